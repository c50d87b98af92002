import './calls.css';
import { useComputed } from '@preact/signals';
import { useCallback, useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { askAhead, queryText } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { activeFilters, FilterBar } from '../../components/filter-bar.tsx';
import { Icon } from '../../components/icon.tsx';
import { Page } from '../../components/page.tsx';
import { Empty, Failed, Skeleton } from '../../components/panel.tsx';
import { Segments } from '../../components/segments.tsx';
import { TimeRangePicker } from '../../components/time-range-picker.tsx';
import { countOf, countText } from '../../state/format.ts';
import { go, hrefWith, param, setParams } from '../../state/place.ts';
import { gaps, narrowStream, onCalls } from '../../state/stream.ts';
import { timeRange } from '../../state/time-range.ts';
import { CALL_COLUMNS } from './call-columns.tsx';
import { CallDrawer } from './call-drawer.tsx';
import { CallFeed, type FeedQuery, firstCalls } from './call-feed.ts';
import { CALL_FIELDS, callQuery } from './call-filters.ts';
import type { CallRow } from './call-row.ts';
import { RuleDialog } from './rule-dialog.tsx';

type Decision = 'all' | 'permitted' | 'denied' | 'observed';

const DECISIONS: readonly { readonly value: Decision; readonly text: string }[] = [
  { value: 'all', text: 'All' },
  { value: 'denied', text: 'Denied' },
  { value: 'observed', text: 'Observed' },
  { value: 'permitted', text: 'Permitted' },
];

/** Begins to read the newest calls of what the address says. */
export function ahead(): Promise<unknown> {
  return askAhead(...firstCalls(feedQuery()));
}

export default function CallsPage() {
  const feed = useFeed();
  const [makingRule, setMakingRule] = useState(false);
  const decision = DECISIONS.find(({ value }) => value === param('outcome'))?.value ?? 'all';
  const open = param('call');
  const close = useCallback(() => setParams({ call: undefined }), []);
  return (
    <Page
      title="Calls"
      fill
      question="Who called what, and what was decided?"
      actions={
        <>
          <Button
            icon="policies"
            off={activeFilters(CALL_FIELDS).length === 0 ? 'set a filter first: the rule is made from it' : undefined}
            onClick={() => setMakingRule(true)}
          >
            Make a rule
          </Button>
          <TimeRangePicker />
        </>
      }
    >
      <FilterBar
        fields={CALL_FIELDS}
        textField="text"
        pathField="pathPrefix"
        placeholder="/path, consumer:acme, reason:authn.missing"
      >
        <Segments
          label="Decision"
          value={decision}
          choices={DECISIONS}
          onChange={(value) => setParams({ outcome: value === 'all' ? undefined : value })}
        />
      </FilterBar>
      <CallTable feed={feed} open={open} />
      {open === undefined ? null : (
        <CallDrawer requestId={open} onClose={close} onMove={(by) => openNeighbour(feed, open, by)} />
      )}
      {makingRule ? <RuleDialog onClose={() => setMakingRule(false)} /> : null}
    </Page>
  );
}

function CallTable({ feed, open }: { readonly feed: CallFeed; readonly open: string | undefined }) {
  const rows = feed.rows.value;
  const problem = feed.problem.value;
  const waiting = feed.waiting.value.length;
  if (feed.state.value === 'loading') return <Skeleton />;
  if (rows.length === 0 && problem !== undefined) return <Failed problem={problem} again={() => feed.retry()} />;
  if (rows.length === 0 && feed.hasMore.value) return <Searching feed={feed} />;
  if (rows.length === 0) return <NoCalls />;
  return (
    <section class="panel calls-panel" data-flush>
      <DataTable
        label="Calls, newest first"
        columns={CALL_COLUMNS}
        rows={rows}
        keyOf={keyOf}
        hrefOf={hrefOf}
        openKey={open}
        tall
        onNearEnd={() => feed.more()}
        onAtTop={(atTop) => feed.setAtTop(atTop)}
        note={
          waiting === 0 ? undefined : (
            <Button
              icon="up"
              kind="primary"
              onClick={() => {
                document.querySelector('.calls-panel .table-scroll')?.scrollTo({ top: 0 });
                feed.showWaiting();
              }}
            >
              {countText(waiting)} newer
            </Button>
          )
        }
      />
      <p class="table-foot" aria-live="polite">
        <FeedState feed={feed} />
      </p>
    </section>
  );
}

function Searching({ feed }: { readonly feed: CallFeed }) {
  return (
    <div class="state" role="status">
      <Icon name="search" />
      <p class="state-title">Searching…</p>
      <p class="state-text">None of the {countOf(feed.searched.value, 'newest call')} passes these filters.</p>
    </div>
  );
}

function FeedState({ feed }: { readonly feed: CallFeed }) {
  const text = useComputed(() => {
    const count = countOf(feed.rows.value.length, 'call');
    const skipped = feed.skipped.value;
    const more =
      skipped === 0 ? '' : ` · ${countText(skipped)} more were too many to show as they came; filters find them`;
    return feed.hasMore.value ? `${count} read, older ones as you scroll${more}` : `${count}${more}`;
  });
  const problem = feed.problem.value;
  if (problem === undefined) return <>{text}</>;
  return (
    <>
      Older calls could not be read: {problem.title}. <Button onClick={() => feed.retry()}>Try again</Button>
    </>
  );
}

function NoCalls() {
  const filters = activeFilters(CALL_FIELDS);
  const { text } = timeRange();
  if (filters.length === 0)
    return (
      <Empty icon="calls" title="No calls" text={`${text}: nobody called. They appear here as they come.`}>
        <Button onClick={() => setParams({ range: '7d', from: undefined, to: undefined })}>
          Look at the last 7 days
        </Button>
      </Empty>
    );
  return (
    <Empty icon="search" title="No call passes these filters" text={`${text}. They appear here as they come.`}>
      <Button onClick={() => setParams(Object.fromEntries(filters.map(({ field }) => [field.name, undefined])))}>
        Clear the filters
      </Button>
      <Button onClick={() => setParams({ range: '7d', from: undefined, to: undefined })}>
        Look at the last 7 days
      </Button>
    </Empty>
  );
}

function feedQuery(): FeedQuery {
  const { fromMs, toMs, open } = timeRange();
  return { ...callQuery(), from: fromMs, to: open ? undefined : toMs };
}

/** The feed of what the address says, as long as the page is there. */
function useFeed(): CallFeed {
  const feed = useMemo(() => new CallFeed(), []);
  const query = feedQuery();
  const end = query.to;
  // Before it is drawn, so that what was asked for ahead is drawn with it.
  useLayoutEffect(() => {
    feed.start(query);
    narrowStream(callQuery());
  }, [feed, queryText(query)]);
  useEffect(() => {
    if (end !== undefined) return undefined;
    const stopListening = onCalls((arrival) => feed.take(arrival));
    const stopFilling = gaps.subscribe(() => feed.fillGap());
    return () => {
      stopListening();
      stopFilling();
    };
  }, [feed, end]);
  useEffect(
    () => () => {
      feed.stop();
      narrowStream({});
    },
    [feed],
  );
  return feed;
}

function openNeighbour(feed: CallFeed, requestId: string, by: number): void {
  const rows = feed.rows.peek();
  const next = rows[rows.findIndex((row) => row.requestId === requestId) + by];
  if (next !== undefined) go(hrefOf(next), 'replace');
}

function keyOf({ requestId }: CallRow): string {
  return requestId;
}

function hrefOf({ requestId }: CallRow): string {
  return hrefWith({ call: requestId });
}
