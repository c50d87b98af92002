import { useState } from 'preact/hooks';
import { usePages } from '../../api/pages.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { type Column, DataTable, RowSecond } from '../../components/data-table.tsx';
import { Empty, Failed, Panel, Skeleton } from '../../components/panel.tsx';
import { hrefWith, param, setParams } from '../../state/place.ts';
import { ClientDialog } from './client-dialog.tsx';
import { ClientDrawer } from './client-drawer.tsx';
import { grantsText, textsOf } from './client-texts.ts';
import { Ago } from './consumers-view.tsx';
import { NoIssuer } from './no-issuer.tsx';
import type { Client } from './shapes.ts';

/** OAuth clients of the embedded issuer. */
export function ClientsView() {
  const [changes, setChanges] = useState(0);
  const [making, setMaking] = useState(false);
  const clients = usePages<Client>('/api/v1/clients', {}, changes);
  const open = param('client');
  const changed = (): void => setChanges((before) => before + 1);
  if (clients.problem?.code === 'issuer_off') return <NoIssuer />;
  return (
    <>
      <ClientTable clients={clients} open={open} onNew={() => setMaking(true)} />
      {open === undefined ? null : (
        <ClientDrawer
          key={open}
          id={open}
          changes={changes}
          onChanged={changed}
          onClose={() => setParams({ client: undefined })}
        />
      )}
      {making ? <ClientDialog onClose={() => setMaking(false)} onDone={changed} /> : null}
    </>
  );
}

function ClientTable(props: {
  readonly clients: ReturnType<typeof usePages<Client>>;
  readonly open: string | undefined;
  readonly onNew: () => void;
}) {
  const { clients, open, onNew } = props;
  const { items, problem, isLoading } = clients;
  const button = (
    <Button icon="plus" kind="primary" needs="administrator" onClick={onNew}>
      New client
    </Button>
  );
  if (items.length === 0 && problem !== undefined) return <Failed problem={problem} again={clients.reload} />;
  if (items.length === 0 && isLoading) return <Skeleton />;
  if (items.length === 0)
    return (
      <Empty
        icon="keys"
        title="No clients yet"
        text="A client is a program that gets tokens here, for itself or for people."
      >
        {button}
      </Empty>
    );
  return (
    <Panel title="OAuth clients" flush class="credentials-panel" actions={button}>
      <DataTable
        label="Clients in the order of their ids"
        columns={COLUMNS}
        rows={items}
        keyOf={({ id }) => id}
        hrefOf={({ id }) => hrefWith({ client: id })}
        openKey={open}
      />
      {clients.hasMore ? (
        <p class="credentials-more">
          <Button onClick={clients.more}>Read more clients</Button>
        </p>
      ) : null}
    </Panel>
  );
}

export function ClientStatus({ disabled }: { readonly disabled: boolean }) {
  return disabled ? (
    <Badge tone="observe" icon="pause" text="Disabled" plain />
  ) : (
    <Badge tone="permit" icon="check" text="Enabled" plain />
  );
}

const COLUMNS: readonly Column<Client>[] = [
  {
    id: 'name',
    title: 'Client',
    main: true,
    cell: ({ name, id, consumer, disabled }) => (
      <>
        <strong>{name}</strong> <code class="faint">{id}</code>
        <RowSecond>
          <ClientStatus disabled={disabled} />
          <span class="cut">{consumer}</span>
        </RowSecond>
      </>
    ),
  },
  { id: 'consumer', title: 'Consumer', width: '9rem', priority: 2, cell: ({ consumer }) => consumer },
  {
    id: 'grants',
    title: 'Gets tokens',
    width: '15rem',
    priority: 2,
    cell: (client) => <span class="soft">{grantsText(textsOf(client, 'grant_types'))}</span>,
  },
  {
    id: 'origin',
    title: 'Registered by',
    width: '8.5rem',
    priority: 3,
    cell: ({ origin }) => <span class="soft">{origin === 'operator' ? 'an operator' : 'itself'}</span>,
  },
  { id: 'made', title: 'Made', width: '7rem', priority: 3, cell: ({ createdAtMs }) => <Ago ms={createdAtMs} /> },
  {
    id: 'status',
    title: 'Status',
    width: '7rem',
    priority: 2,
    cell: ({ disabled }) => <ClientStatus disabled={disabled} />,
  },
];
