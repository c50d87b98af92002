export interface ValueCount {
  readonly value: string;
  readonly calls: number;
  readonly denied: number;
}

/** Values counted exactly within one span; beyond, those that occur least are forgotten. */
const VALUES_MAX = 1_000;
const VALUES_LEFT = 500;

/**
 * How often each value occurred. Exact up to a bound of different values; above it those that occur often stay, so that somebody
 * who makes up values cannot hide who calls most.
 */
export class TopCounts {
  readonly #counts = new Map<string, { calls: number; denied: number }>();

  add(value: string, calls: number, denied: number): void {
    if (value === '') return;
    const known = this.#counts.get(value);
    if (known !== undefined) {
      known.calls += calls;
      known.denied += denied;
      return;
    }
    if (this.#counts.size >= VALUES_MAX) this.trim(VALUES_LEFT);
    this.#counts.set(value, { calls, denied });
  }

  merge(other: TopCounts): void {
    for (const [value, { calls, denied }] of other.#counts) this.add(value, calls, denied);
  }

  /** Those that occurred most, and beside them half as many that were denied most. */
  trim(max: number): void {
    if (this.#counts.size <= max) return;
    const kept = new Set(this.most(max - Math.floor(max / 3)).map(({ value }) => value));
    for (const { value } of this.#sorted(byDenied)) {
      if (kept.size >= max) break;
      kept.add(value);
    }
    for (const value of [...this.#counts.keys()]) if (!kept.has(value)) this.#counts.delete(value);
  }

  most(max: number): ValueCount[] {
    return this.#sorted(byCalls).slice(0, max);
  }

  /** Those that were denied most; of what was never denied, none. */
  mostDenied(max: number): ValueCount[] {
    return this.#sorted(byDenied)
      .slice(0, max)
      .filter(({ denied }) => denied > 0);
  }

  #sorted(order: (one: ValueCount, other: ValueCount) => number): ValueCount[] {
    return [...this.#counts].map(([value, { calls, denied }]) => ({ value, calls, denied })).sort(order);
  }
}

function byCalls(one: ValueCount, other: ValueCount): number {
  return other.calls - one.calls || other.denied - one.denied || (one.value < other.value ? -1 : 1);
}

function byDenied(one: ValueCount, other: ValueCount): number {
  return other.denied - one.denied || byCalls(one, other);
}
