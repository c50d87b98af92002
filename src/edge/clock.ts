import type { Clock } from '../ports.ts';

/**
 * The machine's clock. `performance.now()` starts anew on every thread, so it is anchored once to the
 * machine-wide monotonic clock; after that a reading costs no allocation.
 */
export function systemClock(): Clock {
  const anchorMicros = Number(process.hrtime.bigint() / 1000n) - performance.now() * 1000;
  return {
    nowMs: () => Date.now(),
    monotonicMicros: () => performance.now() * 1000 + anchorMicros,
  };
}
