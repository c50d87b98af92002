import type { Outcome } from '../../core/event.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { TopCounts } from './top-counts.ts';

/** What of a call is counted. */
export interface CountedCall {
  /** Unix time of arrival, milliseconds. */
  readonly timeMs: number;
  readonly outcome: Outcome;
  readonly status: number;
  readonly durationMicros: number;
  readonly consumer: string;
  readonly routeId: string;
  readonly address: string;
  readonly reason: string;
  /** What went wrong behind the decision, or empty. */
  readonly error: string;
}

export const TOP_NAMES = ['consumers', 'routes', 'addresses', 'reasons'] as const;
export type TopName = (typeof TOP_NAMES)[number];

/** Of each kind, once a span is over. */
const VALUES_KEPT = 24;

/** Calls that arrived within one span of time, added up. */
export class CallRow {
  calls = 0;
  denied = 0;
  observed = 0;
  errors = 0;
  readonly latency = new LatencyHistogram();
  readonly tops: Readonly<Record<TopName, TopCounts>> = {
    consumers: new TopCounts(),
    routes: new TopCounts(),
    addresses: new TopCounts(),
    reasons: new TopCounts(),
  };

  add(call: CountedCall): void {
    const denied = call.outcome === 'denied' ? 1 : 0;
    this.calls++;
    this.denied += denied;
    if (call.outcome === 'observed') this.observed++;
    if (isFailure(call)) this.errors++;
    this.latency.add(call.durationMicros);
    this.tops.consumers.add(call.consumer, 1, denied);
    this.tops.routes.add(call.routeId, 1, denied);
    this.tops.addresses.add(call.address, 1, denied);
    this.tops.reasons.add(reasonOf(call), 1, denied);
  }

  merge(other: CallRow): void {
    this.calls += other.calls;
    this.denied += other.denied;
    this.observed += other.observed;
    this.errors += other.errors;
    this.latency.merge(other.latency);
    for (const name of TOP_NAMES) this.tops[name].merge(other.tops[name]);
  }

  trim(): void {
    for (const name of TOP_NAMES) this.tops[name].trim(VALUES_KEPT);
  }

  /** As it is stored. */
  text(): string {
    const tops = Object.fromEntries(
      TOP_NAMES.map((name) => [
        name,
        this.tops[name].most(VALUES_KEPT * 2).map(({ value, calls, denied }) => [value, calls, denied]),
      ]),
    );
    const { calls, denied, observed, errors } = this;
    return JSON.stringify({ calls, denied, observed, errors, latency: this.latency.pairs(), tops });
  }

  /** Undefined where the text is no row. */
  static parse(text: string): CallRow | undefined {
    try {
      const stored = JSON.parse(text) as Stored;
      const row = new CallRow();
      row.calls = Number(stored.calls);
      row.denied = Number(stored.denied);
      row.observed = Number(stored.observed);
      row.errors = Number(stored.errors);
      row.latency.addPairs(stored.latency);
      for (const name of TOP_NAMES)
        for (const [value, calls, denied] of stored.tops[name]) row.tops[name].add(value, calls, denied);
      return Number.isFinite(row.calls + row.denied + row.observed + row.errors) ? row : undefined;
    } catch {
      return undefined;
    }
  }
}

interface Stored {
  readonly calls: number;
  readonly denied: number;
  readonly observed: number;
  readonly errors: number;
  readonly latency: readonly (readonly [number, number])[];
  readonly tops: Readonly<Record<TopName, readonly (readonly [string, number, number])[]>>;
}

/** Answered 5xx, by whomever, or broken off. */
export function isFailure({ status, error }: Pick<CountedCall, 'status' | 'error'>): boolean {
  return status >= 500 || error !== '';
}

/** Why it was denied or would have been, else what went wrong behind the decision. */
export function reasonOf({ reason, error }: Pick<CountedCall, 'reason' | 'error'>): string {
  return reason === '' ? error : reason;
}
