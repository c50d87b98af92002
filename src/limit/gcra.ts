import { type Charge, refuse } from './charge.ts';

/**
 * The generic cell rate algorithm with exact arithmetic.
 *
 * `rate: P/W, burst: B` means: from rest, at most B permits at once; then one more every W/P. Over any stretch of
 * time t a key gets at most B + t·P/W permits. Where no burst is given it is P.
 *
 * State is the theoretical arrival time (TAT): the moment at which everything taken so far would have been earned.
 * It is kept as whole milliseconds plus a fraction counted in the rule's own unit, chosen so that W/P is a whole
 * number of units: nothing is ever rounded when permits are added up, so that the long-run rate has no drift.
 * Only the reading of the clock is cut down to a unit (at most 0.5 µs), which never accumulates.
 */
export interface GcraParameters {
  readonly unitsPerMs: number;
  /** W/P, the time one permit takes to be earned. */
  readonly emissionUnits: number;
  readonly costUnits: number;
  readonly burstUnits: number;
}

/** Above this denominator W/P is rounded up to the next unit (≤ 8 ns): stricter, never looser. */
const UNITS_PER_MS_MAX = 2 ** 17;
/** A finer clock than this brings nothing: a microsecond is four units. */
const UNITS_PER_MS_WANTED = 4096;
const FRACTION_BITS = 18;
const FRACTION_MASK = 2 ** FRACTION_BITS - 1;
/** Milliseconds that fit the low word beside the fraction. */
const LOW_MS = 2 ** (32 - FRACTION_BITS);
const TAT_MS_MAX = 2 ** 42;
/** No thread's reading of the clock is this old; a TAT beyond it can only come from a clock that went back. */
const CLOCK_SLACK_MS = 60_000;

/** Computes the constants of a rule. Does not check the rule: see `limitRuleProblem`. */
export function compileGcra(rule: {
  readonly permits: number;
  readonly windowSeconds: number;
  readonly burst: number;
  readonly cost: number;
}): GcraParameters {
  const windowMs = rule.windowSeconds * 1000;
  const divisor = greatestCommonDivisor(rule.permits, windowMs);
  const denominator = rule.permits / divisor;
  let unitsPerMs = UNITS_PER_MS_MAX;
  let emissionUnits = Math.ceil((windowMs * UNITS_PER_MS_MAX) / rule.permits);
  if (denominator <= UNITS_PER_MS_MAX) {
    const multiple = Math.max(1, Math.floor(UNITS_PER_MS_WANTED / denominator));
    unitsPerMs = denominator * multiple;
    emissionUnits = (windowMs / divisor) * multiple;
  }
  return {
    unitsPerMs,
    emissionUnits,
    costUnits: rule.cost * emissionUnits,
    burstUnits: rule.burst * emissionUnits,
  };
}

/**
 * Decides one call and writes the outcome and the TAT to store.
 * A clock that jumps forward earns permits as if the time had passed; one that goes back by more than a minute leaves
 * the key as if its burst had just been used up, so that it is held up for the time of one burst at most.
 */
export function decideGcra(
  parameters: GcraParameters,
  valueHi: number,
  valueLo: number,
  nowMicros: number,
  out: Charge,
): void {
  const { unitsPerMs, emissionUnits, costUnits, burstUnits } = parameters;
  const nowMs = Math.floor(nowMicros / 1000);
  const nowUnits = Math.floor(((nowMicros - nowMs * 1000) * unitsPerMs) / 1000);
  const tatMs = valueHi * LOW_MS + (valueLo >>> FRACTION_BITS);
  const ahead = (tatMs - nowMs) * unitsPerMs + (valueLo & FRACTION_MASK) - nowUnits;
  const backwards = ahead > burstUnits + CLOCK_SLACK_MS * unitsPerMs;
  const before = backwards ? burstUnits : Math.max(ahead, 0);
  const after = before + costUnits;
  const admitted = after <= burstUnits;
  const used = admitted ? after : before;
  const total = nowUnits + used;
  const carryMs = Math.floor(total / unitsPerMs);
  const storedMs = nowMs + carryMs;
  // Negated, so that a clock that is not a number refuses instead of passing.
  if (!(nowMs >= 0 && storedMs < TAT_MS_MAX)) {
    refuse(out);
    return;
  }
  out.admitted = admitted;
  out.store = admitted || backwards;
  out.valueHi = Math.floor(storedMs / LOW_MS);
  out.valueLo = ((storedMs % LOW_MS) << FRACTION_BITS) | (total - carryMs * unitsPerMs);
  const remaining = used < burstUnits ? Math.floor((burstUnits - used) / emissionUnits) : 0;
  out.remaining = remaining;
  out.retryAfterMs = admitted ? 0 : (after - burstUnits) / unitsPerMs;
  out.resetMs = used > 0 ? (used - burstUnits + (remaining + 1) * emissionUnits) / unitsPerMs : 0;
}

/** Writes the TAT without the cost of one call that was charged and then refused by another rule. */
export function refundGcra(parameters: GcraParameters, valueHi: number, valueLo: number, out: Charge): void {
  const { unitsPerMs, costUnits } = parameters;
  const tatMs = valueHi * LOW_MS + (valueLo >>> FRACTION_BITS);
  const costMs = Math.floor(costUnits / unitsPerMs);
  let ms = tatMs - costMs;
  let units = (valueLo & FRACTION_MASK) - (costUnits - costMs * unitsPerMs);
  if (units < 0) {
    units += unitsPerMs;
    ms -= 1;
  }
  if (ms < 0) {
    ms = 0;
    units = 0;
  }
  out.valueHi = Math.floor(ms / LOW_MS);
  out.valueLo = ((ms % LOW_MS) << FRACTION_BITS) | units;
}

/** High word of the value below which every TAT has passed, whatever its rule. */
export function gcraIdleHi(nowMicros: number): number {
  return Math.floor(Math.floor(nowMicros / 1000) / LOW_MS);
}

/** Low word of the value below which every TAT has passed, whatever its rule. */
export function gcraIdleLo(nowMicros: number): number {
  return (Math.floor(nowMicros / 1000) % LOW_MS) << FRACTION_BITS;
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}
