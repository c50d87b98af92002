import './overview.css';
import { useEffect } from 'preact/hooks';
import { useResource } from '../../api/resource.ts';
import type { Call, PageOf } from '../../api/shapes.ts';
import { Page } from '../../components/page.tsx';
import { Loaded } from '../../components/panel.tsx';
import { TimeRangePicker } from '../../components/time-range-picker.tsx';
import { go } from '../../state/place.ts';
import { onCalls } from '../../state/stream.ts';
import { timeRange, touchNow } from '../../state/time-range.ts';
import { GatewayHealth } from './gateway-health.tsx';
import { bucketsOf, type OverviewData } from './overview-data.ts';
import { TopLists } from './top-lists.tsx';
import { TrafficPanel } from './traffic-panel.tsx';
import { Verdict } from './verdict.tsx';

/** The figures are of whole minutes: more often nothing would change. */
const REFRESH_MS = 3_000;

export default function OverviewPage() {
  const range = timeRange();
  const overview = useResource<OverviewData>('/api/v1/overview', {
    from: range.fromMs,
    to: range.toMs,
    buckets: bucketsOf(range.toMs - range.fromMs),
  });
  const first = useResource<PageOf<Call>>('/api/v1/calls', { limit: 1 });
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

/** While calls come and the range ends now, its end follows. */
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
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [open]);
}
