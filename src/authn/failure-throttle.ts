/** How many failures an address may have at once, and how many a second are forgiven. */
export interface FailureAllowance {
  readonly burst: number;
  readonly perSecond: number;
}

/** For what people guess: passwords. */
export const GUESSING: FailureAllowance = { burst: 20, perSecond: 5 };
/** For what costs a signature, some 100 µs each: what one address can cause stays below a hundredth of a processor. */
export const SIGNING: FailureAllowance = { burst: 100, perSecond: 50 };

/** How far beyond its allowance an address can fall: it waits at most this long, or one step where steps are longer. */
const OVERDRAWN_MS = 2_000;
/** Addresses remembered; beyond it the oldest are forgotten and begin anew. */
const ADDRESSES_MAX = 8_192;

/**
 * Bounds how often one address can make the gateway do work that only a wrong credential causes: verify a signature, ask an
 * issuer. Right ones are not counted, and those that were seen before are not even asked for.
 */
export class FailureThrottle {
  /** When the failures of an address are forgiven, milliseconds, by address group. */
  readonly #forgivenAtMs = new Map<string, number>();
  readonly #stepMs: number;
  readonly #burstMs: number;
  readonly #overdrawnMs: number;

  constructor({ burst, perSecond }: FailureAllowance = GUESSING) {
    this.#stepMs = 1000 / perSecond;
    this.#burstMs = burst * this.#stepMs;
    this.#overdrawnMs = Math.max(OVERDRAWN_MS, this.#stepMs);
  }

  /** Seconds to wait, or 0 where the address may try. */
  waitSeconds(addressGroup: string, nowMs: number): number {
    const at = this.#forgivenAtMs.get(addressGroup);
    if (at === undefined) return 0;
    const overMs = at - nowMs - this.#burstMs;
    // More than can be owed: the clock was set back.
    return overMs > 0 && overMs <= this.#overdrawnMs ? Math.ceil(overMs / 1000) : 0;
  }

  failed(addressGroup: string, nowMs: number): void {
    // However many fail at once: a moment after the last, the address may try again.
    const at = Math.min(
      Math.max(this.#forgivenAtMs.get(addressGroup) ?? 0, nowMs) + this.#stepMs,
      nowMs + this.#burstMs + this.#overdrawnMs,
    );
    // Put in anew, so that the order of the map is that of the last failures.
    this.#forgivenAtMs.delete(addressGroup);
    if (this.#forgivenAtMs.size >= ADDRESSES_MAX) {
      const oldest = this.#forgivenAtMs.keys().next();
      if (oldest.done !== true) this.#forgivenAtMs.delete(oldest.value);
    }
    this.#forgivenAtMs.set(addressGroup, at);
  }
}
