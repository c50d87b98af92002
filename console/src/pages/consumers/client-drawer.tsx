import { useState } from 'preact/hooks';
import { ask } from '../../api/client.ts';
import { useResource } from '../../api/resource.ts';
import { Button } from '../../components/button.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { DialogFoot } from '../../components/dialog-foot.tsx';
import { SelectField } from '../../components/field.tsx';
import { Dialog, Drawer } from '../../components/overlay.tsx';
import { Loaded } from '../../components/panel.tsx';
import { timeText } from '../../state/format.ts';
import { hrefWith } from '../../state/place.ts';
import { failed, told } from '../../state/toast.ts';
import { ClientSecret } from './client-dialog.tsx';
import { AUTHENTICATIONS, grantsText, textOf, textsOf } from './client-texts.ts';
import { ClientStatus } from './clients-view.tsx';
import { Done } from './key-dialog.tsx';
import { GRACES } from './rotate-dialog.tsx';
import type { Client, ClientWithSecret } from './shapes.ts';

interface ClientDrawerProps {
  readonly id: string;
  readonly changes: number;
  readonly onChanged: () => void;
  readonly onClose: () => void;
}

/** One OAuth client: what it may, and what can be done about it. */
export function ClientDrawer({ id, changes, onChanged, onClose }: ClientDrawerProps) {
  const path = `/api/v1/clients/${encodeURIComponent(id)}`;
  const found = useResource<Client>(path, {}, changes);
  const [asked, setAsked] = useState<'rotate' | 'remove'>();
  const close = (): void => setAsked(undefined);
  const client = found.kind === 'ready' ? found.value : undefined;
  const remove = async (): Promise<boolean> => {
    const answer = await ask('DELETE', path);
    if (!answer.ok) {
      failed('The client is still there', answer.problem);
      return false;
    }
    onClose();
    onChanged();
    told(`The client ${client?.name ?? id} is gone, and its tokens are refused`);
    return true;
  };
  return (
    <Drawer title={client?.name ?? 'Client'} onClose={onClose}>
      <Loaded from={found}>
        {(value) => (
          <>
            <div class="row">
              <ClientStatus disabled={value.disabled} />
              <span class="soft">
                of{' '}
                <a href={hrefWith({ view: undefined, client: undefined, owner: value.consumer })}>{value.consumer}</a>
              </span>
            </div>
            <ClientFacts client={value} />
            <div class="row">
              <Button
                icon="refresh"
                needs="administrator"
                off={value.secretCount === 0 ? 'it has no secret' : undefined}
                onClick={() => setAsked('rotate')}
              >
                Rotate the secret
              </Button>
              <Button
                icon={value.disabled ? 'play' : 'pause'}
                needs="administrator"
                onClick={() => void switchClient(value, onChanged)}
              >
                {value.disabled ? 'Enable' : 'Disable'}
              </Button>
              <Button kind="danger" icon="block" needs="administrator" onClick={() => setAsked('remove')}>
                Delete {value.name}
              </Button>
            </div>
          </>
        )}
      </Loaded>
      {client !== undefined && asked === 'rotate' ? (
        <RotateSecretDialog client={client} onClose={close} onDone={onChanged} />
      ) : null}
      {client !== undefined && asked === 'remove' ? (
        <Confirm
          title={`Delete ${client.name}`}
          action={`Delete ${client.name}`}
          needs="administrator"
          word={client.name}
          onClose={close}
          onConfirm={remove}
        >
          <p>
            The client is forgotten and every token it has is refused. That cannot be taken back; to stop it for a
            while, disable it.
          </p>
        </Confirm>
      ) : null}
    </Drawer>
  );
}

function ClientFacts({ client }: { readonly client: Client }) {
  const authentication = textOf(client, 'token_endpoint_auth_method');
  const redirects = textsOf(client, 'redirect_uris');
  return (
    <dl class="facts">
      <dt>Client id</dt>
      <dd class="mono">{client.id}</dd>
      <dt>Gets tokens</dt>
      <dd>{grantsText(textsOf(client, 'grant_types'))}</dd>
      <dt>Proves itself</dt>
      <dd>{AUTHENTICATIONS.find(({ value }) => value === authentication)?.text ?? authentication}</dd>
      <dt>Secrets</dt>
      <dd>{client.secretCount === 2 ? '2: an old one works in its grace' : client.secretCount}</dd>
      <dt>Scopes</dt>
      <dd class="mono">{textOf(client, 'scope') || <span class="faint">every one</span>}</dd>
      {redirects.length === 0 ? null : (
        <>
          <dt>Sends back to</dt>
          <dd class="mono">{redirects.join(' ')}</dd>
        </>
      )}
      <dt>Consent</dt>
      <dd>{client.trusted ? 'people are not asked' : 'people are asked'}</dd>
      <dt>Registered</dt>
      <dd>
        {timeText(client.createdAtMs)}{' '}
        <span class="faint">· by {client.origin === 'operator' ? 'an operator' : 'itself'}</span>
      </dd>
    </dl>
  );
}

async function switchClient(client: Client, changed: () => void): Promise<void> {
  const verb = client.disabled ? 'enable' : 'disable';
  const answer = await ask<Client>('POST', `/api/v1/clients/${encodeURIComponent(client.id)}/${verb}`);
  if (!answer.ok) {
    failed(`${client.name} is as it was`, answer.problem);
    return;
  }
  changed();
  told(
    verb === 'disable'
      ? `${client.name} is disabled, and the tokens it has are refused`
      : `${client.name} may get tokens again`,
    { text: 'Undo', run: () => void switchClient(answer.value, changed) },
  );
}

function RotateSecretDialog(props: {
  readonly client: Client;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { client, onClose, onDone } = props;
  const [grace, setGrace] = useState('86400');
  const [made, setMade] = useState<ClientWithSecret>();
  const [busy, setBusy] = useState(false);
  const rotate = async (): Promise<void> => {
    setBusy(true);
    const path = `/api/v1/clients/${encodeURIComponent(client.id)}/rotate-secret`;
    const answer = await ask<ClientWithSecret>('POST', path, { body: { graceSeconds: Number(grace) } });
    setBusy(false);
    if (!answer.ok) {
      failed('The secret is as it was', answer.problem);
      return;
    }
    setMade(answer.value);
    onDone();
  };
  if (made !== undefined)
    return (
      <Dialog title={`The new secret of ${client.name}`} onClose={onClose} foot={<Done onClose={onClose} />}>
        <ClientSecret client={made} />
      </Dialog>
    );
  return (
    <Dialog
      title={`Rotate the secret of ${client.name}`}
      onClose={onClose}
      foot={
        <DialogFoot onClose={onClose} icon="refresh" needs="administrator" busy={busy} onClick={() => void rotate()}>
          Make the new secret
        </DialogFoot>
      }
    >
      <SelectField label="Grace of the old secret" value={grace} choices={GRACES} onChange={setGrace} />
    </Dialog>
  );
}
