import { Chart, type Series } from '../../components/chart.tsx';
import { clockText, countOf, countText, lengthText, millisText, shareText, shortCount } from '../../state/format.ts';
import { param, setParams } from '../../state/place.ts';
import { setFixedRange } from '../../state/time-range.ts';
import { latencyOf, type OverviewData, timesOf, totalOf } from './overview-data.ts';

const VIEWS = ['calls', 'denied', 'errors', 'latency'] as const;
type View = (typeof VIEWS)[number];

/** Calls over time; the figures above choose what is drawn. */
export function TrafficPanel({ data, rangeText }: { readonly data: OverviewData; readonly rangeText: string }) {
  const view = VIEWS.find((known) => known === param('view')) ?? 'calls';
  const { series } = data;
  const calls = totalOf(series.calls);
  const denied = totalOf(series.denied);
  const observed = totalOf(series.observed);
  const errors = totalOf(series.errors);
  const figures: readonly {
    readonly view: View;
    readonly name: string;
    readonly figure: string;
    readonly note: string;
  }[] = [
    { view: 'calls', name: 'Calls', figure: shortCount(calls), note: rangeText.toLowerCase() },
    {
      view: 'denied',
      name: 'Denied',
      figure: shortCount(denied),
      note: `${shareText(denied, calls)} of calls; ${shortCount(observed)} more would have been`,
    },
    { view: 'errors', name: 'Errors', figure: shortCount(errors), note: `${shareText(errors, calls)} of calls` },
    {
      view: 'latency',
      name: 'Slowest 1 %',
      figure: latencyText(highest(latencyOf(data, 'p99Ms'))),
      note: `at its worst; half of all then below ${latencyText(highest(latencyOf(data, 'p50Ms')))}`,
    },
  ];
  return (
    <section class="panel" aria-label="Traffic">
      <fieldset class="figures" aria-label="What the chart shows">
        {figures.map((one) => (
          <button
            key={one.view}
            type="button"
            class="figure"
            aria-pressed={one.view === view}
            onClick={() => setParams({ view: one.view === 'calls' ? undefined : one.view }, 'replace')}
          >
            <span class="figure-name">{one.name}</span>
            <span class="figure-value number">{one.figure}</span>
            <span class="figure-note">{one.note}</span>
          </button>
        ))}
      </fieldset>
      <div class="panel-body">
        <Chart
          label={`${figures.find((one) => one.view === view)?.name} over time`}
          summary={summaryOf(view, data)}
          timesMs={timesOf(data)}
          series={seriesOf(view, data)}
          markers={data.configurationChanges.map(({ atMs, fingerprint }) => ({
            atMs,
            text: `configuration ${fingerprint.slice(0, 8)}`,
          }))}
          valueText={view === 'latency' ? millisText : shortCount}
          onZoom={setFixedRange}
        />
      </div>
    </section>
  );
}

function seriesOf(view: View, data: OverviewData): readonly Series[] {
  const { series } = data;
  const denied: Series = { label: 'Denied', tone: 'denied', values: series.denied };
  const observed: Series = { label: 'Would have been denied', tone: 'observed', values: series.observed, dashed: true };
  const errors: Series = { label: 'Errors', tone: 'errors', values: series.errors };
  switch (view) {
    case 'calls':
      return [{ label: 'Calls', tone: 'calls', values: series.calls, filled: true }, denied, observed, errors];
    case 'denied':
      return [{ ...denied, filled: true }, observed];
    case 'errors':
      return [{ ...errors, filled: true }];
    case 'latency':
      return [
        { label: 'Slowest 1 %', tone: 'calls', values: latencyOf(data, 'p99Ms') },
        { label: 'Half of all', tone: 'quiet', values: latencyOf(data, 'p50Ms'), dashed: true },
      ];
  }
}

function summaryOf(view: View, data: OverviewData): string {
  const { series, bucketMs } = data;
  const stretch = bucketMs === 60_000 ? 'in a minute' : `in ${lengthText(bucketMs)}`;
  const most = (values: readonly (number | null)[]): string => {
    const top = highest(values) ?? 0;
    return `at most ${countText(top)} ${stretch}, at ${clockText(timesOf(data)[values.indexOf(top)] ?? data.from).slice(0, 5)}`;
  };
  switch (view) {
    case 'calls': {
      const calls = totalOf(series.calls);
      if (calls === 0) return 'Nobody called.';
      return `${countOf(calls, 'call')}, ${most(series.calls)}; ${countText(totalOf(series.denied))} denied.`;
    }
    case 'denied':
      return totalOf(series.denied) === 0
        ? `Nothing was denied; ${countOf(totalOf(series.observed), 'call')} would have been, were everything enforced.`
        : `${countText(totalOf(series.denied))} denied, ${most(series.denied)}.`;
    case 'errors':
      return totalOf(series.errors) === 0
        ? 'No errors.'
        : `${countOf(totalOf(series.errors), 'error')}, ${most(series.errors)}.`;
    case 'latency':
      return `At its worst the slowest hundredth took ${latencyText(highest(latencyOf(data, 'p99Ms')))} or more, half of all calls at most ${latencyText(highest(latencyOf(data, 'p50Ms')))}.`;
  }
}

function highest(values: readonly (number | null)[]): number | undefined {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? undefined : Math.max(...known);
}

function latencyText(ms: number | undefined): string {
  return ms === undefined ? '–' : millisText(ms);
}
