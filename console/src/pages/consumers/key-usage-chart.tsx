import { useState } from 'preact/hooks';
import { Chart } from '../../components/chart.tsx';
import { Segments } from '../../components/segments.tsx';
import { countOf, countText, lengthText, timeText } from '../../state/format.ts';
import type { CountedSpan, KeyUsage } from './shapes.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const VIEWS = {
  day: { text: 'Last 24 hours', spanMs: HOUR_MS, spans: 24, of: ({ hours }: KeyUsage) => hours },
  month: { text: 'Last 30 days', spanMs: DAY_MS, spans: 30, of: ({ days }: KeyUsage) => days },
} as const;
type View = keyof typeof VIEWS;

const CHOICES = [
  { value: 'day', text: VIEWS.day.text },
  { value: 'month', text: VIEWS.month.text },
] as const;

/** How often a key was used, hour by hour or day by day; of a key that was replaced, with the moment it was. */
export function KeyUsageChart({ usage }: { readonly usage: KeyUsage }) {
  const [view, setView] = useState<View>('day');
  const { spanMs, spans, of } = VIEWS[view];
  const beganMs = (Math.floor(Date.now() / spanMs) - spans + 1) * spanMs;
  const timesMs = Array.from({ length: spans }, (_, index) => beganMs + index * spanMs);
  const calls = valuesAt(timesMs, of(usage), (span) => span.calls);
  const refusals = valuesAt(timesMs, of(usage), (span) => span.refusals);
  return (
    <>
      <div class="row">
        <Segments label="Time of the chart" value={view} choices={CHOICES} onChange={setView} />
      </div>
      <Chart
        label={`Calls with this key in each ${view === 'day' ? 'hour' : 'day'}`}
        summary={summaryOf(view, timesMs, calls, refusals)}
        timesMs={timesMs}
        series={[
          { label: 'calls', tone: 'calls', values: calls, filled: true },
          { label: 'denied', tone: 'denied', values: refusals },
        ]}
        markers={usage.rotatedAtMs < beganMs ? [] : [{ atMs: usage.rotatedAtMs, text: 'replaced' }]}
        valueText={countText}
      />
    </>
  );
}

function valuesAt(
  timesMs: readonly number[],
  counted: readonly CountedSpan[],
  figureOf: (span: CountedSpan) => number,
): readonly number[] {
  const known = new Map(counted.map((span) => [span.startMs, figureOf(span)]));
  return timesMs.map((ms) => known.get(ms) ?? 0);
}

function summaryOf(
  view: View,
  timesMs: readonly number[],
  calls: readonly number[],
  refusals: readonly number[],
): string {
  const { text, spanMs } = VIEWS[view];
  const all = calls.reduce((sum, count) => sum + count, 0);
  if (all === 0) return `${text}: nobody used it.`;
  const denied = refusals.reduce((sum, count) => sum + count, 0);
  const most = Math.max(...calls);
  const at = timeText(timesMs[calls.indexOf(most)] ?? 0).slice(0, view === 'day' ? 16 : 10);
  return `${text}: ${countOf(all, 'call')}, ${denied === 0 ? 'none' : countText(denied)} denied; at most ${countText(most)} in ${lengthText(spanMs)}, from ${at} UTC.`;
}
