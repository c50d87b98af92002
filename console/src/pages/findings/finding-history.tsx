import { useMemo } from 'preact/hooks';
import type { Finding, FindingChange } from '../../../../src/core/finding.ts';
import { Chart } from '../../components/chart.tsx';
import { agoText, countText, timeText } from '../../state/format.ts';
import { StatusBadge } from './finding-status.tsx';

const HOUR_MS = 3_600_000;
const HOURS_SHOWN_MAX = 168;
/** With fewer a sentence says all there is to see. */
const HOURS_DRAWN_MIN = 3;

/** How often it was seen in which hour, quiet hours between them included. */
export function FindingHours({ finding }: { readonly finding: Finding }) {
  const { hourly } = finding;
  const drawn = useMemo(() => hoursOf(hourly), [hourly]);
  if (hourly.length < HOURS_DRAWN_MIN) return null;
  const [busiest = 0, most = 0] = hourly.reduce((best, one) => (one[1] > best[1] ? one : best));
  return (
    <section class="section" aria-label="How often">
      <h3>How often</h3>
      <Chart
        label="Times seen in each hour"
        summary={`Most often, ${countText(most)} times, in the hour from ${timeText(busiest)}.`}
        timesMs={drawn.timesMs}
        series={[{ label: 'times seen', tone: 'denied', values: drawn.values, filled: true }]}
        valueText={countText}
      />
    </section>
  );
}

function hoursOf(hourly: Finding['hourly']): {
  readonly timesMs: readonly number[];
  readonly values: readonly number[];
} {
  const counts = new Map(hourly);
  const last = Math.max(...counts.keys());
  const first = Math.max(Math.min(...counts.keys()), last - (HOURS_SHOWN_MAX - 1) * HOUR_MS);
  const timesMs = Array.from({ length: (last - first) / HOUR_MS + 1 }, (_, index) => first + index * HOUR_MS);
  return { timesMs, values: timesMs.map((ms) => counts.get(ms) ?? 0) };
}

/** What became of it, the newest first. */
export function FindingTimeline({ finding }: { readonly finding: Finding }) {
  const changes = finding.timeline.toReversed();
  return (
    <section class="section" aria-label="Timeline">
      <h3>Timeline</h3>
      <ol class="finding-timeline">
        {changes.map((change, index) => (
          <li key={`${change.atMs} ${index}`}>
            <Change change={change} />
          </li>
        ))}
        {changes.at(-1)?.count === 0 ? null : (
          <li>
            <span class="soft">First seen</span>
            <time class="faint" title={timeText(finding.firstMs)}>
              {agoText(finding.firstMs)}
            </time>
          </li>
        )}
      </ol>
    </section>
  );
}

function Change({ change }: { readonly change: FindingChange }) {
  return (
    <>
      <span class="row">
        <StatusBadge status={change.status} plain />
        <span class="soft">
          {change.by === '' ? (change.count === 0 ? 'first seen' : 'seen again') : `by ${change.by}`}
          {change.count === 0 ? '' : ` · ${countText(change.count)}× by then`}
        </span>
      </span>
      <time class="faint" title={timeText(change.atMs)}>
        {agoText(change.atMs)}
      </time>
      {change.note === '' ? null : <p class="finding-note">{change.note}</p>}
    </>
  );
}
