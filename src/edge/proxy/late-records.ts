import type { Decision } from '../../core/decision.ts';
import { recordCall } from './call-record.ts';
import type { Exchange } from './exchange.ts';

/** Calls of one thread that are over and wait for their record; beyond it they are recorded as far as they are known. */
const HELD_MAX = 4_096;

/** Records of calls that ended before somebody outside had said what only is observed; each is written once. */
export class LateRecords {
  readonly #held = new Set<Exchange>();

  /** Writes the record when `whole` is known, which takes no longer than the configured time of whoever is asked. */
  hold(exchange: Exchange, whole: Promise<Decision>): void {
    if (this.#held.size >= HELD_MAX) {
      recordCall(exchange);
      return;
    }
    this.#held.add(exchange);
    void whole.then((decision) => {
      if (!this.#held.delete(exchange)) return;
      exchange.decision = decision;
      recordCall(exchange);
    });
  }

  /** Writes all of them as far as they are known: the thread ends. */
  flush(): void {
    for (const exchange of this.#held) recordCall(exchange);
    this.#held.clear();
  }
}
