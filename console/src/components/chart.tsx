import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { timeText } from '../state/format.ts';
import { shownTheme } from '../state/theme.ts';
import { Button } from './button.tsx';
import type { Plot } from './plot.ts';

export interface Series {
  readonly label: string;
  readonly tone: 'calls' | 'denied' | 'observed' | 'errors' | 'quiet';
  /** One for each time; null where there is nothing to say. */
  readonly values: readonly (number | null)[];
  readonly dashed?: boolean;
  /** True: the ground beneath the line is filled. */
  readonly filled?: boolean;
}

/** Something that happened at one time, as a line through the chart. */
export interface Marker {
  readonly atMs: number;
  readonly text: string;
}

export interface ChartProps {
  readonly label: string;
  /** The whole chart in a sentence or two. */
  readonly summary: ComponentChildren;
  readonly timesMs: readonly number[];
  readonly series: readonly Series[];
  readonly markers?: readonly Marker[];
  /** How a value reads, with its unit. */
  valueText(value: number): string;
  /** A stretch was drawn out with the mouse. */
  readonly onZoom?: (fromMs: number, toMs: number) => void;
}

/** Values over time: drawn, in words, and as a table. */
export function Chart(props: ChartProps) {
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  return (
    <figure class="stack chart" aria-labelledby={id}>
      <figcaption class="row">
        <span id={id} class="grow chart-summary">
          <span class="visually-hidden">{props.label}. </span>
          {props.summary}
        </span>
        <Button kind="quiet" icon="table" pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? 'As chart' : 'As table'}
        </Button>
      </figcaption>
      {asTable ? <ValueTable {...props} /> : <Drawing {...props} onLost={() => setAsTable(true)} />}
      <ul class="chart-legend">
        {props.series.map(({ label, tone, dashed }) => (
          <li key={label} data-series={tone}>
            <span class="chart-key" data-dash={dashed === true ? '' : undefined} />
            {label}
          </li>
        ))}
        {(props.markers ?? []).length === 0 ? null : (
          <li>
            <span class="chart-key" data-marker="" />
            {props.markers?.length === 1 ? props.markers[0]?.text : `${props.markers?.length} configuration changes`}
          </li>
        )}
      </ul>
    </figure>
  );
}

/** The library that draws is fetched when the first chart is. Where it cannot be had, the numbers are. */
function Drawing(props: ChartProps & { readonly onLost: () => void }) {
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const theme = shownTheme.value;
  const shape = props.series.map(({ label }) => label).join('\n');
  useEffect(() => {
    let over = false;
    void import('./plot.ts').then(({ Plot: Drawn }) => {
      if (over || element.current === null) return;
      plot.current = new Drawn(element.current, latest.current, (from, to) => latest.current.onZoom?.(from, to));
    }, latest.current.onLost);
    return () => {
      over = true;
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [theme, shape]);
  useEffect(() => plot.current?.update(props), [props]);
  return (
    <div
      ref={element}
      class="chart-canvas"
      role="img"
      aria-label={`${props.label}, drawn; “As table” has the numbers`}
    />
  );
}

function ValueTable({ label, timesMs, series, markers, valueText }: ChartProps) {
  return (
    <section class="table-scroll chart-table" tabIndex={0} aria-label={`${label} as a table`}>
      <table class="table loose">
        <thead>
          <tr>
            <th scope="col">From</th>
            {series.map(({ label: name }) => (
              <th key={name} scope="col" data-align="end">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {timesMs.map((ms, index) => (
            <tr key={ms}>
              <th scope="row">
                {timeText(ms)}
                {changesIn(markers ?? [], ms, timesMs[index + 1])}
              </th>
              {series.map(({ label: name, values }) => {
                const value = values[index];
                return (
                  <td key={name} data-align="end">
                    {value === null || value === undefined ? '–' : valueText(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function changesIn(markers: readonly Marker[], fromMs: number, toMs: number | undefined): string {
  const within = markers.filter(({ atMs }) => atMs >= fromMs && (toMs === undefined || atMs < toMs));
  return within.length === 0 ? '' : ` · ${within.map(({ text }) => text).join(', ')}`;
}
