/**
 * What one rule says of one call. One object per compiled rule is written again and again, so that the hot path
 * allocates nothing; read it before the next check.
 */
export interface Charge {
  admitted: boolean;
  /** True: the value below is to be stored, either because the call is admitted or because the old one was impossible. */
  store: boolean;
  /** The stored value after the call: 28 high and 32 low bits, see limit-table. */
  valueHi: number;
  valueLo: number;
  /** Permits left after the call. */
  remaining: number;
  /** Time until the same call could pass; 0 where it passes. */
  retryAfterMs: number;
  /** Time until more permits become available; 0 where none are used. */
  resetMs: number;
}

/** Makes an empty, refusing charge. */
export function newCharge(): Charge {
  return { admitted: false, store: false, valueHi: 0, valueLo: 0, remaining: 0, retryAfterMs: 0, resetMs: 0 };
}

/** Writes a refusal that stores nothing: what is left where a rule cannot compute. */
export function refuse(out: Charge): void {
  out.admitted = false;
  out.store = false;
  out.remaining = 0;
  out.retryAfterMs = 1000;
  out.resetMs = 1000;
}
