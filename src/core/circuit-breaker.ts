/** Failures without a success between them that open it; more where all came from one source, which may be what causes them. */
const FAILURES_MAX = 5;
const FAILURES_OF_ONE_MAX = 25;
const PAUSE_MS = 2_000;
const PAUSE_MS_MAX = 30_000;

/** A question that was let through. */
export interface Attempt {
  readonly isProbe: boolean;
  readonly startedAtMs: number;
}

/**
 * Keeps calls from waiting for a server that does not answer: after a few failures in a row nothing is asked for a while,
 * then one question at a time, until one is answered. Failures of many questions that were on their way together count as
 * one hiccup, and those that one source alone can cause count for less.
 */
export class CircuitBreaker {
  #failures = 0;
  #pauses = 0;
  readonly #sources = new Set<string>();
  #openedAtMs = Number.NEGATIVE_INFINITY;
  #closedAtMs = 0;
  #isProbing = false;

  /** Undefined: do not ask now. Otherwise `succeeded` or `failed` has to follow. */
  attempt(nowMs: number): Attempt | undefined {
    if (this.#pauses === 0) return { isProbe: false, startedAtMs: nowMs };
    if (nowMs < this.#closedAtMs || this.#isProbing) return undefined;
    this.#isProbing = true;
    return { isProbe: true, startedAtMs: nowMs };
  }

  succeeded({ isProbe }: Attempt): void {
    if (isProbe) this.#isProbing = false;
    this.#failures = 0;
    this.#pauses = 0;
    this.#sources.clear();
  }

  /** `nowMs`: when it failed. `source`: who asked. */
  failed({ isProbe, startedAtMs }: Attempt, source: string, nowMs: number): void {
    if (isProbe) this.#isProbing = false;
    // It was on its way when the others failed, and tells nothing new.
    else if (this.#pauses > 0 || startedAtMs < this.#openedAtMs) return;
    this.#failures++;
    if (this.#sources.size < 2) this.#sources.add(source);
    const isOpen = isProbe || this.#failures >= (this.#sources.size < 2 ? FAILURES_OF_ONE_MAX : FAILURES_MAX);
    if (!isOpen) return;
    this.#openedAtMs = nowMs;
    this.#closedAtMs = nowMs + Math.min(PAUSE_MS * 2 ** Math.min(this.#pauses, 8), PAUSE_MS_MAX);
    this.#pauses++;
  }
}
