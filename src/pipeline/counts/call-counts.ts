import type { StoredCallRow } from '../../ports.ts';
import { CallRow, type CountedCall, TOP_NAMES, type TopName } from './call-row.ts';
import type { TopCounts, ValueCount } from './top-counts.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
/** Minutes are kept a little longer than a day, then they become hours, which are kept a month. */
const MINUTES_KEPT_MS = 25 * HOUR_MS;
const HOURS_KEPT_MS = 31 * 24 * HOUR_MS;
const DAY_MS = 24 * HOUR_MS;
const TOP_MAX = 10;
const TOP_DENIED_MAX = 3;

export type SpanMs = typeof MINUTE_MS | typeof HOUR_MS;

export interface CallSeries {
  readonly calls: number[];
  readonly denied: number[];
  readonly observed: number[];
  readonly errors: number[];
  readonly p50Ms: number[];
  readonly p99Ms: number[];
}

export interface CallSummary {
  /** Where the first bucket begins and the last one ends: whole minutes, and whole hours where it is about more than a day. */
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
  readonly series: CallSeries;
  readonly top: Tops;
  /** Whom and what was denied most: somebody who is denied need not be among those that call most. */
  readonly topDenied: Tops;
}

type Tops = Readonly<Record<TopName, readonly ValueCount[]>>;

/**
 * Calls added up as they pass, by the minute they arrived in. Bounded by time: a day of minutes and a month of hours. Calls of
 * times that are not kept are not counted.
 */
export class CallCounts {
  readonly #minutes = new Map<number, CallRow>();
  readonly #hours = new Map<number, CallRow>();
  readonly #changed = new Set<number>();
  readonly #changedHours = new Set<number>();
  /** Minutes of an hour together, as they were when they were last asked for: a day of minutes takes long to add up. */
  readonly #together = new Map<number, CallRow>();

  add(call: CountedCall, nowMs: number): void {
    if (call.timeMs > nowMs + HOUR_MS || call.timeMs < nowMs - MINUTES_KEPT_MS) return;
    const startMs = Math.floor(call.timeMs / MINUTE_MS) * MINUTE_MS;
    let row = this.#minutes.get(startMs);
    if (row === undefined) {
      row = new CallRow();
      this.#minutes.set(startMs, row);
    }
    row.add(call);
    this.#changed.add(startMs);
    if (this.#together.size > 0) this.#together.delete(Math.floor(startMs / HOUR_MS) * HOUR_MS);
  }

  /** Rows that changed since the last time. Minutes that are over keep of their values those that occur most. */
  takeChanged(nowMs: number): StoredCallRow[] {
    for (const startMs of this.#changed) if (startMs < nowMs - 2 * MINUTE_MS) this.#minutes.get(startMs)?.trim();
    const rows = [
      ...stored(this.#minutes, this.#changed, MINUTE_MS),
      ...stored(this.#hours, this.#changedHours, HOUR_MS),
    ];
    this.#changed.clear();
    this.#changedHours.clear();
    return rows;
  }

  /** Says again that these are to be stored. */
  putBack(rows: readonly StoredCallRow[]): void {
    for (const { startMs, spanMs } of rows) (spanMs === HOUR_MS ? this.#changedHours : this.#changed).add(startMs);
  }

  restore(rows: Iterable<StoredCallRow>): void {
    this.#together.clear();
    for (const { startMs, spanMs, document } of rows) {
      const row = CallRow.parse(document);
      if (row !== undefined) (spanMs === HOUR_MS ? this.#hours : this.#minutes).set(startMs, row);
    }
  }

  /** The newest minute that is known; 0 where there is none. */
  get newestMs(): number {
    let newestMs = 0;
    for (const startMs of this.#minutes.keys()) newestMs = Math.max(newestMs, startMs);
    return newestMs;
  }

  /** Forgets the minutes from then on, to be counted anew. */
  forgetFrom(startMs: number): void {
    this.#together.clear();
    for (const minute of [...this.#minutes.keys()]) if (minute >= startMs) this.#minutes.delete(minute);
  }

  /** Makes hours of minutes that are old and forgets old hours; answers what is no longer a row. */
  roll(nowMs: number): Omit<StoredCallRow, 'document'>[] {
    const gone: Omit<StoredCallRow, 'document'>[] = [];
    const minutesFromMs = Math.floor((nowMs - MINUTES_KEPT_MS) / HOUR_MS) * HOUR_MS;
    for (const [startMs, row] of [...this.#minutes]) {
      if (startMs >= minutesFromMs && startMs <= nowMs + HOUR_MS) continue;
      const hourMs = Math.floor(startMs / HOUR_MS) * HOUR_MS;
      const hour = this.#hours.get(hourMs) ?? new CallRow();
      hour.merge(row);
      hour.trim();
      this.#hours.set(hourMs, hour);
      this.#changedHours.add(hourMs);
      this.#minutes.delete(startMs);
      this.#together.delete(hourMs);
      this.#changed.delete(startMs);
      gone.push({ startMs, spanMs: MINUTE_MS });
    }
    for (const startMs of [...this.#hours.keys()]) {
      if (startMs >= nowMs - HOURS_KEPT_MS && startMs <= nowMs + DAY_MS) continue;
      this.#hours.delete(startMs);
      this.#changedHours.delete(startMs);
      gone.push({ startMs, spanMs: HOUR_MS });
    }
    return gone;
  }

  /** What is known of a time, in at most so many buckets of the same length. */
  summary(fromMs: number, toMs: number, buckets: number, nowMs: number): CallSummary {
    const spanMs = fromMs >= nowMs - DAY_MS ? MINUTE_MS : HOUR_MS;
    const from = Math.floor(fromMs / spanMs) * spanMs;
    const length = Math.max(spanMs, toMs - from);
    const bucketMs = Math.ceil(length / buckets / spanMs) * spanMs;
    const count = Math.min(buckets, Math.ceil(length / bucketMs));
    const rows = Array.from({ length: count }, () => new CallRow());
    const total = new CallRow();
    for (const held of [this.#minutes, this.#hours])
      for (const [startMs, row] of held) {
        const bucket = rows[Math.floor((startMs - from) / bucketMs)];
        if (bucket === undefined) continue;
        bucket.calls += row.calls;
        bucket.denied += row.denied;
        bucket.observed += row.observed;
        bucket.errors += row.errors;
        bucket.latency.merge(row.latency);
      }
    const to = from + count * bucketMs;
    for (const row of this.#within(from, to)) for (const name of TOP_NAMES) total.tops[name].merge(row.tops[name]);
    return {
      from,
      to,
      bucketMs,
      series: seriesOf(rows),
      top: topsOf(total, (counts) => counts.most(TOP_MAX)),
      topDenied: topsOf(total, (counts) => counts.mostDenied(TOP_DENIED_MAX)),
    };
  }

  /** Rows that hold every call of a time once, as few as there can be. */
  *#within(from: number, to: number): Generator<CallRow> {
    for (const [startMs, row] of this.#hours) if (startMs >= from && startMs < to) yield row;
    const whole = new Set<number>();
    for (const [startMs, row] of this.#minutes) {
      if (startMs < from || startMs >= to) continue;
      const hourMs = Math.floor(startMs / HOUR_MS) * HOUR_MS;
      if (hourMs < from || hourMs + HOUR_MS > to) yield row;
      else whole.add(hourMs);
    }
    for (const hourMs of whole) yield this.#hourOf(hourMs);
  }

  #hourOf(hourMs: number): CallRow {
    const known = this.#together.get(hourMs);
    if (known !== undefined) return known;
    const hour = new CallRow();
    for (let startMs = hourMs; startMs < hourMs + HOUR_MS; startMs += MINUTE_MS) {
      const row = this.#minutes.get(startMs);
      if (row !== undefined) hour.merge(row);
    }
    this.#together.set(hourMs, hour);
    return hour;
  }
}

function topsOf({ tops }: CallRow, most: (counts: TopCounts) => readonly ValueCount[]): Tops {
  return {
    consumers: most(tops.consumers),
    routes: most(tops.routes),
    addresses: most(tops.addresses),
    reasons: most(tops.reasons),
  };
}

function seriesOf(rows: readonly CallRow[]): CallSeries {
  const milliseconds = (row: CallRow, share: number): number => Math.round(row.latency.percentile(share)) / 1000;
  return {
    calls: rows.map(({ calls }) => calls),
    denied: rows.map(({ denied }) => denied),
    observed: rows.map(({ observed }) => observed),
    errors: rows.map(({ errors }) => errors),
    p50Ms: rows.map((row) => milliseconds(row, 0.5)),
    p99Ms: rows.map((row) => milliseconds(row, 0.99)),
  };
}

function stored(held: ReadonlyMap<number, CallRow>, changed: ReadonlySet<number>, spanMs: SpanMs): StoredCallRow[] {
  const rows: StoredCallRow[] = [];
  for (const startMs of changed) {
    const row = held.get(startMs);
    if (row !== undefined) rows.push({ startMs, spanMs, document: row.text() });
  }
  return rows;
}
