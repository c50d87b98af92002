import type { Clock } from '../../ports.ts';

/** One target of an upstream as this thread sees it. */
export interface Target<T> {
  readonly origin: string;
  readonly engine: T;
  inProgress: number;
  failuresInRow: number;
  /** Until then (monotonic microseconds) the target is passed over; 0 where it is in. */
  outUntilMicros: number;
}

const FAILURES_UNTIL_OUT = 3;
const OUT_FIRST_MICROS = 1_000_000;
const OUT_MAX_MICROS = 30_000_000;

/**
 * Chooses the target with the least calls in progress among those that are in; a target that failed three times in a row
 * is out for 1 s, doubling to 30 s, and then gets one call to prove itself. Where every target is out, all are tried:
 * refusing everything because of old failures would turn a short outage into a long one.
 */
export class Balancer<T> {
  readonly targets: readonly Target<T>[];
  readonly #clock: Clock;
  #next = 0;

  constructor(engines: readonly { origin: string; engine: T }[], clock: Clock) {
    this.#clock = clock;
    this.targets = engines.map(({ origin, engine }) => ({
      origin,
      engine,
      inProgress: 0,
      failuresInRow: 0,
      outUntilMicros: 0,
    }));
  }

  /** `avoid` is passed over where another target can be had. */
  choose(avoid: Target<T> | undefined): Target<T> | undefined {
    const { targets } = this;
    const count = targets.length;
    if (count === 1) return targets[0];
    const now = this.#clock.monotonicMicros();
    this.#next = (this.#next + 1) % count;
    let best: Target<T> | undefined;
    let fallback: Target<T> | undefined;
    for (let i = 0; i < count; i++) {
      const target = targets[(this.#next + i) % count];
      if (target === undefined || target === avoid) continue;
      if (fallback === undefined || target.outUntilMicros < fallback.outUntilMicros) fallback = target;
      if (target.outUntilMicros > now) continue;
      if (best === undefined || target.inProgress < best.inProgress) best = target;
    }
    if (best === undefined) return fallback ?? avoid;
    // Out before and due again: this call is the probe, others keep away until it is decided.
    if (best.outUntilMicros > 0) best.outUntilMicros = now + outMicros(best.failuresInRow);
    return best;
  }

  succeeded(target: Target<T>): void {
    target.failuresInRow = 0;
    target.outUntilMicros = 0;
  }

  failed(target: Target<T>): void {
    target.failuresInRow++;
    if (target.failuresInRow >= FAILURES_UNTIL_OUT)
      target.outUntilMicros = this.#clock.monotonicMicros() + outMicros(target.failuresInRow);
  }
}

function outMicros(failures: number): number {
  const doublings = Math.min(Math.max(failures - FAILURES_UNTIL_OUT, 0), 5);
  return Math.min(OUT_FIRST_MICROS * 2 ** doublings, OUT_MAX_MICROS);
}
