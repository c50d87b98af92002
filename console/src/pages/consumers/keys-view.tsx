import { useMemo, useState } from 'preact/hooks';
import type { Finding } from '../../../../src/core/finding.ts';
import { usePages } from '../../api/pages.ts';
import { useResource } from '../../api/resource.ts';
import type { PageOf } from '../../api/shapes.ts';
import { Button } from '../../components/button.tsx';
import { type Column, DataTable, RowSecond } from '../../components/data-table.tsx';
import { FilterBar, type FilterField, FilterValue } from '../../components/filter-bar.tsx';
import { Empty, Failed, Notice, Skeleton } from '../../components/panel.tsx';
import { Segments } from '../../components/segments.tsx';
import { hrefWith, param, setParams } from '../../state/place.ts';
import { useCallsTick } from '../../state/refresh.ts';
import { Ago } from './consumers-view.tsx';
import { type KeyRow, keyRows } from './key-rows.ts';
import { KeyStatus, WEAKNESS_NAMES, Weaknesses } from './key-weaknesses.tsx';
import { RevokeManyDialog } from './revoke-many-dialog.tsx';
import type { HealthReport, Key } from './shapes.ts';

const FIELDS: readonly FilterField[] = [
  { name: 'consumer', text: 'consumer' },
  { name: 'weakness', text: 'weakness', values: WEAKNESS_NAMES },
];

type Status = 'all' | 'active' | 'disabled' | 'revoked';

const STATUSES: readonly { readonly value: Status; readonly text: string }[] = [
  { value: 'active', text: 'Active' },
  { value: 'disabled', text: 'Disabled' },
  { value: 'revoked', text: 'Revoked' },
  { value: 'all', text: 'All' },
];

const REFRESH_MS = 5_000;

/** Keys, the weakest first. */
export function KeysView(props: {
  readonly changes: number;
  readonly open: string | undefined;
  readonly onChanged: () => void;
}) {
  const { changes, open, onChanged } = props;
  const tick = useCallsTick(REFRESH_MS);
  const [revoking, setRevoking] = useState(false);
  const status = STATUSES.find(({ value }) => value === param('status'))?.value ?? 'active';
  const consumer = param('consumer');
  const weakness = param('weakness');
  const keys = usePages<Key>('/api/v1/keys', { consumer, status: status === 'all' ? undefined : status }, changes);
  const health = useResource<HealthReport>('/api/v1/keys/health', { consumer }, `${changes} ${tick}`);
  const predictable = usePredictable();
  const report = health.kind === 'ready' ? health.value : undefined;
  const rows = useMemo(
    () => keyRows(keys.items, report, predictable !== undefined),
    [keys.items, report, predictable === undefined],
  );
  const shown = weakness === undefined ? rows : rows.filter(({ weaknesses }) => weaknesses.some((n) => n === weakness));
  return (
    <>
      <FilterBar fields={FIELDS} textField="consumer" placeholder="consumer:acme, weakness:never_used">
        <Segments
          label="Status"
          value={status}
          choices={STATUSES}
          onChange={(value) => setParams({ status: value === 'active' ? undefined : value })}
        />
        <Button icon="block" needs="operator" onClick={() => setRevoking(true)}>
          Revoke many
        </Button>
      </FilterBar>
      {predictable === undefined ? null : (
        <Notice tone="observe" icon="alert">
          Imported keys can be guessed: {predictable.title}.{' '}
          <a href={`/findings?finding=${predictable.id}`}>See the finding</a>
        </Notice>
      )}
      {health.kind === 'failed' ? <Failed problem={health.problem} again={health.reload} /> : null}
      <KeyTable keys={keys} rows={shown} open={open} />
      {revoking ? (
        <RevokeManyDialog consumer={consumer ?? ''} onClose={() => setRevoking(false)} onDone={onChanged} />
      ) : null}
    </>
  );
}

function KeyTable(props: {
  readonly keys: ReturnType<typeof usePages<Key>>;
  readonly rows: readonly KeyRow[];
  readonly open: string | undefined;
}) {
  const { keys, rows, open } = props;
  if (keys.items.length === 0 && keys.problem !== undefined)
    return <Failed problem={keys.problem} again={keys.reload} />;
  if (keys.items.length === 0 && keys.isLoading) return <Skeleton />;
  if (rows.length === 0 && !keys.hasMore) return <NoKeys />;
  return (
    <section class="panel credentials-panel" data-flush aria-label="Keys">
      <DataTable
        label="Keys, the weakest first"
        columns={COLUMNS}
        rows={rows}
        keyOf={({ keyId }) => keyId}
        hrefOf={({ keyId }) => hrefWith({ key: keyId })}
        openKey={open}
      />
      {keys.hasMore ? (
        <p class="credentials-more">
          <Button off={keys.isLoading ? 'asking the gateway' : undefined} onClick={keys.more}>
            Read more keys
          </Button>
        </p>
      ) : null}
    </section>
  );
}

function NoKeys() {
  const isFiltered = ['consumer', 'weakness', 'status'].some((name) => param(name) !== undefined);
  if (!isFiltered)
    return <Empty icon="keys" title="No active keys" text="A key says who calls. Make the first one above." />;
  return (
    <Empty icon="search" title="No key passes these filters">
      <Button onClick={() => setParams({ consumer: undefined, weakness: undefined, status: undefined })}>
        Clear the filters
      </Button>
    </Empty>
  );
}

/** The open finding that imported keys can be guessed, if there is one. */
function usePredictable(): Finding | undefined {
  const found = useResource<PageOf<Finding>>('/api/v1/findings', {
    detector: 'credential.predictable',
    status: 'open',
  });
  if (found.kind !== 'ready') return undefined;
  return found.value.items.find(({ actor }) => actor.startsWith('key '));
}

const COLUMNS: readonly Column<KeyRow>[] = [
  {
    id: 'key',
    title: 'Key',
    main: true,
    cell: ({ keyId, name, consumer, weaknesses, health, status, expiresAtMs }) => (
      <>
        <code class="cut">{keyId}</code> {name === '' ? null : <span class="soft">{name}</span>}
        <RowSecond>
          <KeyStatus status={status} expiresAtMs={expiresAtMs} />
          <span class="cut">{consumer}</span>
          {health === undefined ? null : <Weaknesses names={weaknesses.slice(0, 1)} />}
        </RowSecond>
      </>
    ),
  },
  {
    id: 'consumer',
    title: 'Consumer',
    width: '9rem',
    priority: 2,
    cell: ({ consumer }) => <FilterValue name="consumer" value={consumer} inTable />,
  },
  {
    id: 'weak',
    title: 'What weakens it',
    width: '32%',
    priority: 2,
    cell: ({ health, weaknesses }) =>
      health === undefined ? <span class="faint">–</span> : <Weaknesses names={weaknesses} />,
  },
  {
    id: 'used',
    title: 'Last used',
    width: '7.5rem',
    priority: 2,
    cell: ({ health }) => (health === undefined ? <span class="faint">–</span> : <Ago ms={health.lastUsedMs} />),
  },
  {
    id: 'ends',
    title: 'Ends',
    width: '9.5rem',
    priority: 3,
    cell: ({ expiresAtMs, status, revokedAtMs }) =>
      status === 'revoked' ? (
        <span>
          revoked <Ago ms={revokedAtMs} />
        </span>
      ) : expiresAtMs === 0 ? (
        <span class="faint">never</span>
      ) : (
        <Ago ms={expiresAtMs} />
      ),
  },
  {
    id: 'status',
    title: 'Status',
    width: '7rem',
    priority: 2,
    cell: ({ status, expiresAtMs }) => <KeyStatus status={status} expiresAtMs={expiresAtMs} />,
  },
];
