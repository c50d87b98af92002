import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { ChartProps, Marker, Series } from './chart.tsx';

const HEIGHT = 200;

type Drawn = Pick<ChartProps, 'timesMs' | 'series' | 'markers' | 'valueText'>;

/** A drawn chart. Its colours are those the style has when it is made. */
export class Plot {
  readonly #plot: uPlot;
  readonly #observer: ResizeObserver;
  readonly #tip: HTMLDivElement;
  #drawn: Drawn;

  constructor(element: HTMLElement, drawn: Drawn, onZoom: (fromMs: number, toMs: number) => void) {
    this.#drawn = drawn;
    this.#tip = document.createElement('div');
    this.#tip.className = 'chart-tip';
    this.#tip.hidden = true;
    const colour = colours(element);
    this.#plot = new uPlot(
      {
        width: Math.max(element.clientWidth, 200),
        height: HEIGHT,
        legend: { show: false },
        // On the right there is room for half of a time beneath the last line.
        padding: [8, 20, 0, 0],
        cursor: { y: false, points: { size: 7 }, drag: { x: true, y: false, setScale: false } },
        scales: {
          x: { time: true, range: () => spanOf(this.#drawn) },
          y: { range: (_plot, _min, max) => [0, niceTop(max)] },
        },
        // Times of day are those of the records: universal time.
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
        series: [{}, ...drawn.series.map((series) => lineOf(series, colour))],
        axes: [
          axis(colour, { space: 64, size: 30, values: (_plot, ticks) => ticks.map(timeTick) }),
          axis(colour, {
            size: (_plot, texts) => Math.max(56, ...(texts ?? []).map(({ length }) => 14 + 6 * length)),
            values: (_plot, ticks) => ticks.map((tick) => this.#drawn.valueText(tick)),
          }),
        ],
        hooks: {
          draw: [(plot) => drawMarkers(plot, this.#drawn.markers ?? [], colour('--text-soft'))],
          setCursor: [(plot) => this.#point(plot)],
          setSelect: [
            (plot) => {
              const { left, width } = plot.select;
              if (width < 4) return;
              onZoom(plot.posToVal(left, 'x') * 1_000, plot.posToVal(left + width, 'x') * 1_000);
              plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
        },
      },
      dataOf(drawn),
      element,
    );
    this.#plot.over.append(this.#tip);
    this.#observer = new ResizeObserver(() => this.#plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    this.#observer.observe(element);
  }

  update(drawn: Drawn): void {
    this.#drawn = drawn;
    this.#plot.setData(dataOf(drawn));
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#plot.destroy();
  }

  /** Values under the mouse, in a box beside it. */
  #point(plot: uPlot): void {
    const { idx, left } = plot.cursor;
    const ms = idx === null || idx === undefined ? undefined : this.#drawn.timesMs[idx];
    this.#tip.hidden = ms === undefined || left === undefined || left < 0;
    if (ms === undefined || idx === null || idx === undefined || left === undefined) return;
    const lines = this.#drawn.series.map(({ label, values }) => {
      const value = values[idx];
      return `${label}  ${value === null || value === undefined ? '–' : this.#drawn.valueText(value)}`;
    });
    this.#tip.textContent = [new Date(ms).toISOString().slice(5, 16).replace('T', ' '), ...lines].join('\n');
    const room = plot.over.clientWidth - left > this.#tip.offsetWidth + 24;
    this.#tip.style.left = room ? `${left + 12}px` : `${left - this.#tip.offsetWidth - 12}px`;
  }
}

type Colour = (name: string) => string;

/** The canvas knows no custom properties: each is looked up through the colour of an element. */
function colours(element: HTMLElement): Colour {
  const probe = document.createElement('span');
  // Otherwise each colour is only on its way to the next when it is read.
  probe.style.transition = 'none';
  element.append(probe);
  const known = new Map<string, string>();
  const names = [
    '--text-faint',
    '--text-soft',
    '--line',
    '--surface',
    ...['calls', 'denied', 'observed', 'errors', 'quiet'].map((tone) => `--series-${tone}`),
  ];
  for (const name of names) {
    probe.style.color = `var(${name})`;
    known.set(name, getComputedStyle(probe).color);
  }
  probe.remove();
  return (name) => known.get(name) ?? 'gray';
}

function lineOf({ label, tone, dashed, filled }: Series, colour: Colour): uPlot.Series {
  const stroke = colour(`--series-${tone}`);
  return {
    label,
    stroke,
    width: 1.5,
    points: { show: false },
    ...(dashed === true ? { dash: [5, 4] } : {}),
    ...(filled === true ? { fill: stroke.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.14)') } : {}),
  };
}

function axis(colour: Colour, more: uPlot.Axis): uPlot.Axis {
  return {
    stroke: colour('--text-faint'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    ...more,
  };
}

/** To the end of the last stretch, so that what happens in it has a place. */
function spanOf({ timesMs }: Drawn): [number, number] {
  const [first = 0, second = first + 1] = timesMs;
  return [first / 1_000, ((timesMs.at(-1) ?? first) + second - first) / 1_000];
}

/** Time of day, and the date where a day begins. */
function timeTick(seconds: number): string {
  const text = new Date(seconds * 1_000).toISOString();
  return text.slice(11, 16) === '00:00' ? text.slice(5, 10) : text.slice(11, 16);
}

function drawMarkers(plot: uPlot, markers: readonly Marker[], stroke: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = stroke;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { atMs } of markers) {
    const x = plot.valToPos(atMs / 1_000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

function niceTop(max: number | null): number {
  return max === null || max <= 0 ? 1 : max * 1.08;
}

function dataOf({ timesMs, series }: Drawn): uPlot.AlignedData {
  return [timesMs.map((ms) => ms / 1_000), ...series.map(({ values }) => [...values])];
}
