import type { Clock } from '../ports.ts';

/** Wrong tokens per peer and minute before further wrong ones are answered 429. */
const FAILURES_MAX = 20;
const WINDOW_MS = 60_000;
const PEERS_MAX = 1_000;

/** Slows down whoever guesses tokens, and nobody else. */
export class WrongTokens {
  readonly #clock: Clock;
  readonly #failures = new Map<string, { count: number; sinceMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isThrottled(peer: string): boolean {
    const failures = this.#failures.get(peer);
    return (
      failures !== undefined && failures.count >= FAILURES_MAX && this.#clock.nowMs() - failures.sinceMs < WINDOW_MS
    );
  }

  count(peer: string): void {
    const nowMs = this.#clock.nowMs();
    const failures = this.#failures.get(peer);
    if (failures !== undefined && nowMs - failures.sinceMs < WINDOW_MS) failures.count++;
    else {
      if (this.#failures.size >= PEERS_MAX) this.#failures.clear();
      this.#failures.set(peer, { count: 1, sinceMs: nowMs });
    }
  }
}
