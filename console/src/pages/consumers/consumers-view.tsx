import { useMemo } from 'preact/hooks';
import { usePages } from '../../api/pages.ts';
import { useResource } from '../../api/resource.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { type Column, DataTable, RowSecond } from '../../components/data-table.tsx';
import { Empty, Failed, Skeleton } from '../../components/panel.tsx';
import { agoText, countOf, countText, timeText } from '../../state/format.ts';
import { hrefWith } from '../../state/place.ts';
import { useCallsTick } from '../../state/refresh.ts';
import { Score, WEAKNESS_NAMES, Weaknesses, type WeaknessName, weaknessesOf } from './key-weaknesses.tsx';
import type { Consumer, HealthReport } from './shapes.ts';

interface ConsumerRow {
  readonly consumer: Consumer;
  readonly keys: number;
  /** Undefined without active keys, or while it is not known. */
  readonly score: number | undefined;
  readonly weaknesses: readonly WeaknessName[];
  /** 0: never. */
  readonly lastUsedMs: number;
}

const REFRESH_MS = 5_000;

/** Consumers, those whose credentials are kept worst first. */
export function ConsumersView({ changes, open }: { readonly changes: number; readonly open: string | undefined }) {
  const tick = useCallsTick(REFRESH_MS);
  const consumers = usePages<Consumer>('/api/v1/consumers', {}, changes);
  const health = useResource<HealthReport>('/api/v1/keys/health', {}, `${changes} ${tick}`);
  const report = health.kind === 'ready' ? health.value : undefined;
  const rows = useMemo(() => rowsOf(consumers.items, report), [consumers.items, report]);
  if (consumers.items.length === 0) {
    if (consumers.problem !== undefined) return <Failed problem={consumers.problem} again={consumers.reload} />;
    if (consumers.isLoading) return <Skeleton />;
    return (
      <Empty
        icon="person"
        title="No consumers yet"
        text="A consumer is whoever calls: a team, a partner, an app. Make one above; a key belongs to one."
      />
    );
  }
  return (
    <>
      {health.kind === 'failed' ? <Failed problem={health.problem} again={health.reload} /> : null}
      <section class="panel credentials-panel" data-flush aria-label="Consumers">
        <DataTable
          label="Consumers, the weakest first"
          columns={COLUMNS}
          rows={rows}
          keyOf={keyOf}
          hrefOf={({ consumer }) => hrefWith({ owner: consumer.name })}
          openKey={open}
        />
        {consumers.hasMore ? (
          <p class="credentials-more">
            <Button onClick={consumers.more}>Read more consumers</Button>
          </p>
        ) : null}
      </section>
    </>
  );
}

const OF_ONE_KEY: readonly WeaknessName[] = ['never_used', 'not_used_yet', 'replaced'];

function rowsOf(consumers: readonly Consumer[], report: HealthReport | undefined): readonly ConsumerRow[] {
  const scores = new Map(report?.consumers.map((one) => [one.consumer, one]));
  const items = Map.groupBy(report?.items ?? [], ({ consumer }) => consumer);
  return consumers
    .map((consumer): ConsumerRow => {
      const own = items.get(consumer.name) ?? [];
      const names = new Set(own.flatMap((item) => weaknessesOf(item, false)));
      const lastUsedMs = Math.max(0, ...own.map((item) => item.lastUsedMs));
      const known = scores.get(consumer.name);
      return {
        consumer,
        keys: known?.keys ?? 0,
        score: known?.score,
        // Of one key that was never used among others nothing follows for the consumer, nor of one that is replaced.
        weaknesses: WEAKNESS_NAMES.filter(
          (name) => names.has(name) && (!OF_ONE_KEY.includes(name) || (lastUsedMs === 0 && name !== 'replaced')),
        ),
        lastUsedMs,
      };
    })
    .sort(
      (one, other) => (one.score ?? 101) - (other.score ?? 101) || (one.consumer.name < other.consumer.name ? -1 : 1),
    );
}

const COLUMNS: readonly Column<ConsumerRow>[] = [
  {
    id: 'name',
    title: 'Consumer',
    main: true,
    cell: ({ consumer, score, keys }) => (
      <>
        <strong class="cut">{consumer.name}</strong>
        <RowSecond>
          <Score score={score} />
          <span class="cut">
            {keys === 0 ? '' : countOf(keys, 'key')}
            {consumer.disabled ? ' · disabled' : ''}
          </span>
        </RowSecond>
      </>
    ),
  },
  { id: 'score', title: 'Health', width: '9rem', priority: 2, cell: ({ score }) => <Score score={score} /> },
  {
    id: 'weak',
    title: 'What weakens it',
    width: '34%',
    priority: 2,
    cell: ({ weaknesses, keys }) => (keys === 0 ? <span class="faint">–</span> : <Weaknesses names={weaknesses} />),
  },
  { id: 'keys', title: 'Keys', width: '4.5rem', align: 'end', priority: 2, cell: ({ keys }) => countText(keys) },
  {
    id: 'used',
    title: 'Last used',
    width: '7.5rem',
    priority: 2,
    cell: ({ lastUsedMs }) => <Ago ms={lastUsedMs} />,
  },
  {
    id: 'groups',
    title: 'Groups',
    width: '10rem',
    priority: 3,
    cell: ({ consumer }) => <span class="soft">{consumer.groups.join(', ') || '–'}</span>,
  },
  {
    id: 'status',
    title: 'Status',
    width: '7rem',
    priority: 2,
    cell: ({ consumer }) => <ConsumerStatus disabled={consumer.disabled} />,
  },
];

function keyOf({ consumer }: ConsumerRow): string {
  return consumer.name;
}

export function Ago({ ms }: { readonly ms: number }) {
  if (ms === 0) return <span class="faint">never</span>;
  return <time title={timeText(ms)}>{agoText(ms)}</time>;
}

export function ConsumerStatus({ disabled }: { readonly disabled: boolean }) {
  return disabled ? (
    <Badge tone="observe" icon="pause" text="Disabled" plain />
  ) : (
    <Badge tone="permit" icon="check" text="Enabled" plain />
  );
}
