/** Failures one after the other that open it. */
const FAILURES_MAX = 5;
const PAUSE_MS = 2_000;
const PAUSE_MS_MAX = 30_000;

/**
 * Keeps calls from waiting for a server that does not answer: after a few failures in a row nothing is asked for a while,
 * then one question at a time, until one is answered.
 */
export class CircuitBreaker {
  #failures = 0;
  #closedAtMs = 0;
  #isProbing = false;

  /** Whether to ask now. Where it says yes, `succeeded` or `failed` has to follow. */
  mayTry(nowMs: number): boolean {
    if (this.#failures < FAILURES_MAX) return true;
    if (nowMs < this.#closedAtMs || this.#isProbing) return false;
    this.#isProbing = true;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#isProbing = false;
  }

  failed(nowMs: number): void {
    this.#failures++;
    this.#isProbing = false;
    if (this.#failures < FAILURES_MAX) return;
    const pauseMs = PAUSE_MS * 2 ** Math.min(this.#failures - FAILURES_MAX, 8);
    this.#closedAtMs = nowMs + Math.min(pauseMs, PAUSE_MS_MAX);
  }
}
