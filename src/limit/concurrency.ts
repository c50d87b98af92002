/** Proof of one place taken. Giving it back twice gives it back once. */
export interface Place {
  release(): void;
}

/**
 * Calls in progress on one thread, up to a maximum; above it new calls are shed (`admit.overloaded`).
 * Exact for its thread, which is the one that does the work.
 */
export class CallGauge {
  readonly #inProgressMax: number;
  #inProgress = 0;
  #shed = 0;

  constructor(inProgressMax: number) {
    if (!(inProgressMax >= 1)) throw new RangeError('inProgressMax must be at least 1');
    this.#inProgressMax = inProgressMax;
  }

  /** Takes a place, or none where all are taken. */
  enter(): Place | undefined {
    if (this.#inProgress >= this.#inProgressMax) {
      this.#shed++;
      return undefined;
    }
    this.#inProgress++;
    return new CallPlace(this);
  }

  /** For `CallPlace` alone. */
  leave(): void {
    this.#inProgress--;
  }

  get inProgress(): number {
    return this.#inProgress;
  }

  /** Calls refused since the start. */
  get shed(): number {
    return this.#shed;
  }
}

class CallPlace implements Place {
  #gauge: CallGauge | undefined;

  constructor(gauge: CallGauge) {
    this.#gauge = gauge;
  }

  release(): void {
    const gauge = this.#gauge;
    this.#gauge = undefined;
    gauge?.leave();
  }
}
