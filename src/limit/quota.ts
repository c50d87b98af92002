import { type Charge, refuse } from './charge.ts';

/**
 * Quotas: a counter per fixed window. One 60-bit value holds the end of the window (30 bits, seconds since
 * 2025-01-01 UTC, until 2059) and the count (30 bits), so that counting and rolling over are one compare-and-swap.
 */
export interface QuotaParameters {
  readonly permits: number;
  readonly cost: number;
}

/** The largest quota: what the counter holds. */
export const QUOTA_PERMITS_MAX = 2 ** 30 - 1;
export const QUOTA_WINDOW_SECONDS_MAX = 366 * 86_400;

const EPOCH_SECONDS = Date.UTC(2025, 0, 1) / 1000;
const EPOCH_MS = EPOCH_SECONDS * 1000;
/** Past this the last window never ends, which is strict; a clock that far ahead is wrong anyway. */
const NOW_MS_MAX = EPOCH_MS + (2 ** 30 - 1 - QUOTA_WINDOW_SECONDS_MAX) * 1000;
/** No thread's reading of the clock is this old. */
const CLOCK_SLACK_SECONDS = 60;
/** The month after February is longer than it by a tenth. */
const NEXT_WINDOW_RATIO = 1.2;
const DAY_MS = 86_400_000;

/** The window a moment lies in; remembered, because it changes rarely and the calendar is slow. */
export class QuotaWindow {
  readonly #length: 'day' | 'month' | number;
  #startMs = 0;
  #endMs = 0;

  constructor(length: 'day' | 'month' | number) {
    this.#length = length;
  }

  /** Moves to the window around `nowMs`, which is brought into the range the counter can hold. */
  moveTo(nowMs: number): void {
    if (nowMs >= this.#startMs && nowMs < this.#endMs) return;
    const now = Math.min(Math.max(nowMs, EPOCH_MS), NOW_MS_MAX);
    if (this.#length === 'month') {
      const date = new Date(now);
      this.#startMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
      this.#endMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
    } else {
      // Windows of N seconds start at multiples of N since 1970-01-01 UTC, on every node alike.
      const lengthMs = this.#length === 'day' ? DAY_MS : this.#length * 1000;
      this.#startMs = Math.floor(now / lengthMs) * lengthMs;
      this.#endMs = this.#startMs + lengthMs;
    }
  }

  get endMs(): number {
    return this.#endMs;
  }

  get lengthSeconds(): number {
    return (this.#endMs - this.#startMs) / 1000;
  }
}

/**
 * Decides one call and writes the outcome and the value to store.
 * The wall clock may jump: a stored window at most one window ahead of the clock is counted on in; one further ahead
 * can only come from a clock that was wrong, and its count is carried into the present window. Neither forgets a call.
 */
export function decideQuota(
  parameters: QuotaParameters,
  window: QuotaWindow,
  valueHi: number,
  valueLo: number,
  nowMs: number,
  out: Charge,
): void {
  if (Number.isNaN(nowMs)) {
    refuse(out);
    return;
  }
  window.moveTo(nowMs);
  const currentEnd = window.endMs / 1000 - EPOCH_SECONDS;
  const storedEnd = quotaEnd(valueHi, valueLo);
  const ahead = storedEnd - currentEnd;
  const keepsStored = ahead > 0 && ahead <= Math.max(window.lengthSeconds * NEXT_WINDOW_RATIO, CLOCK_SLACK_SECONDS);
  const end = keepsStored ? storedEnd : currentEnd;
  const before = ahead >= 0 ? quotaCount(valueLo) : 0;
  const after = before + parameters.cost;
  const admitted = after <= parameters.permits;
  const used = admitted ? after : before;
  const untilEndMs = Math.max(0, (end + EPOCH_SECONDS) * 1000 - nowMs);
  out.admitted = admitted;
  out.store = admitted;
  writeQuota(end, used, out);
  out.remaining = Math.max(0, parameters.permits - used);
  out.retryAfterMs = admitted ? 0 : untilEndMs;
  out.resetMs = untilEndMs;
}

/** Writes the value without the cost of one call, or as it is where its window has been left since. */
export function refundQuota(
  parameters: QuotaParameters,
  chargedHi: number,
  chargedLo: number,
  valueHi: number,
  valueLo: number,
  out: Charge,
): void {
  const end = quotaEnd(valueHi, valueLo);
  const sameWindow = end === quotaEnd(chargedHi, chargedLo);
  const count = quotaCount(valueLo);
  writeQuota(end, sameWindow ? Math.max(0, count - parameters.cost) : count, out);
}

/** High word of the value below which every window has ended. */
export function quotaIdleHi(nowMs: number): number {
  return firstLiveEnd(nowMs) >>> 2;
}

/** Low word of the value below which every window has ended. */
export function quotaIdleLo(nowMs: number): number {
  return (firstLiveEnd(nowMs) & 3) << 30;
}

/** The later of two windows, and in the same window the higher count: what merging two records of one key must keep. */
export function laterQuota(aHi: number, aLo: number, bHi: number, bLo: number): 'a' | 'b' {
  if (aHi !== bHi) return aHi > bHi ? 'a' : 'b';
  return aLo >>> 0 >= bLo >>> 0 ? 'a' : 'b';
}

function firstLiveEnd(nowMs: number): number {
  const now = Math.min(Math.max(nowMs, EPOCH_MS), NOW_MS_MAX);
  return Math.floor(now / 1000) - EPOCH_SECONDS + 1;
}

function quotaEnd(valueHi: number, valueLo: number): number {
  return valueHi * 4 + (valueLo >>> 30);
}

function quotaCount(valueLo: number): number {
  return valueLo & QUOTA_PERMITS_MAX;
}

function writeQuota(end: number, count: number, out: Charge): void {
  out.valueHi = end >>> 2;
  out.valueLo = ((end & 3) << 30) | count;
}
