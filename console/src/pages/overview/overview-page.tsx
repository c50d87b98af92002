import './overview.css';
import { useEffect } from 'preact/hooks';
import { askAhead, type Query } from '../../api/client.ts';
import { useResource } from '../../api/resource.ts';
import type { Call, PageOf } from '../../api/shapes.ts';
import { Page } from '../../components/page.tsx';
import { Loaded } from '../../components/panel.tsx';
import { TimeRangePicker } from '../../components/time-range-picker.tsx';
import { go } from '../../state/place.ts';
import { configurationChanges, onCalls } from '../../state/stream.ts';
import { timeRange, touchNow } from '../../state/time-range.ts';
import { GatewayHealth } from './gateway-health.tsx';
import { bucketsOf, type OverviewData } from './overview-data.ts';
import { TopLists } from './top-lists.tsx';
import { TrafficPanel } from './traffic-panel.tsx';
import { Verdict } from './verdict.tsx';

const OVERVIEW = '/api/v1/overview';
const CALLS = '/api/v1/calls';
const FIRST_CALL = { limit: 1 } as const;

/** The figures are of whole minutes: more often nothing would change. */
const REFRESH_MS = 3_000;
/** Without calls the figures change as well: that nobody calls any more may be what is wrong. */
const QUIET_REFRESH_MS = 15_000;

/** Begins to ask for the figures of the range the address names, and whether anybody ever called. */
export function ahead(): Promise<unknown> {
  return Promise.all([askAhead(OVERVIEW, overviewQuery()), askAhead(CALLS, FIRST_CALL)]);
}

function overviewQuery(): Query {
  const { fromMs, toMs } = timeRange();
  return { from: fromMs, to: toMs, buckets: bucketsOf(toMs - fromMs) };
}

export default function OverviewPage() {
  const range = timeRange();
  const overview = useResource<OverviewData>(OVERVIEW, overviewQuery(), configurationChanges.value);
  const first = useResource<PageOf<Call>>(CALLS, FIRST_CALL);
  useRefresh(range.open);
  const nobodyCalled = first.kind === 'ready' && first.value.items.length === 0;
  useEffect(() => {
    if (nobodyCalled) go('/first-run', 'replace');
  }, [nobodyCalled]);
  return (
    <Page title="Overview" question="Is anything wrong now, and who is it?" actions={<TimeRangePicker />}>
      <Loaded from={overview}>
        {(data) => (
          <>
            <Verdict data={data} />
            <TrafficPanel data={data} rangeText={range.text} />
            <TopLists data={data} />
            <GatewayHealth health={data.health} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** While the range ends now, its end follows: soon after a call, and at times without one. */
function useRefresh(open: boolean): void {
  useEffect(() => {
    if (!open) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onCalls(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        if (!document.hidden) touchNow();
      }, REFRESH_MS);
    });
    const quiet = setInterval(() => {
      if (!document.hidden) touchNow();
    }, QUIET_REFRESH_MS);
    return () => {
      clearTimeout(timer);
      clearInterval(quiet);
      stop();
    };
  }, [open]);
}
