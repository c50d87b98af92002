/** How much costly work runs at once, and how much more may wait for it. */
export interface WorkAllowance {
  readonly running: number;
  readonly waiting: number;
}

/**
 * Bounds work that takes memory and processors: so much at once, so much in a queue, first come first served. What comes
 * when both are full is not begun at all, so that a flood costs nothing but its refusals.
 */
export class WorkSlots {
  readonly #allowance: WorkAllowance;
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor(allowance: WorkAllowance) {
    this.#allowance = allowance;
  }

  /** What `work` resolves with, or undefined at once where there is no room. Rejects where the work does. */
  run<T>(work: () => Promise<T>): Promise<T> | undefined {
    if (this.#running < this.#allowance.running) {
      this.#running++;
      return this.#begin(work);
    }
    if (this.#queue.length >= this.#allowance.waiting) return undefined;
    return new Promise<void>((resolve) => this.#queue.push(resolve)).then(() => this.#begin(work));
  }

  async #begin<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      // The slot is handed on, not given back, so that nobody overtakes those who wait.
      const next = this.#queue.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
