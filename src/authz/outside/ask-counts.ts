/** How a question to somebody outside ended. */
export const ASK_OUTCOMES = ['yes', 'no', 'error', 'timeout', 'shed', 'remembered', 'stale'] as const;
export type AskOutcome = (typeof ASK_OUTCOMES)[number];
export type AskKind = 'owners' | 'decider';

export interface AskCount {
  readonly kind: AskKind;
  readonly name: string;
  readonly outcome: AskOutcome;
  count: number;
}

/**
 * What one thread asked of look-ups and deciders; lives longer than a snapshot, so that counts only grow. Bounded by the
 * names of the configurations it has seen: beyond it nothing new is counted.
 */
export class AskCounts {
  readonly #counts = new Map<string, AskCount>();

  count(kind: AskKind, name: string, outcome: AskOutcome): void {
    const key = `${kind} ${outcome} ${name}`;
    const known = this.#counts.get(key);
    if (known !== undefined) known.count++;
    else if (this.#counts.size < SERIES_MAX) this.#counts.set(key, { kind, name, outcome, count: 1 });
  }

  report(): readonly AskCount[] {
    return [...this.#counts.values()];
  }
}

const SERIES_MAX = 5_000;
