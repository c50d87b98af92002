import type { Clock, Logger, UsageStore } from '../../ports.ts';
import { KeyUsageCounter } from '../../tokens/key-usage.ts';

/** With the tenth of a second events wait in their ring and the time a write takes, less than a second. */
const WRITE_MS = 750;
const PRUNE_MS = 3_600_000;
const RETAIN_MS = 90 * 86_400_000;
/** Addresses, agents, routes and hours kept of one key, those used last. */
const VALUES_PER_KEY_MAX = 100;

/** Writes down how keys are used, so often that a kill loses less than a second of it. */
export class UsageJournal {
  readonly counter: KeyUsageCounter;
  readonly #store: UsageStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #timers: NodeJS.Timeout[] = [];

  constructor(store: UsageStore, clock: Clock, logger: Logger) {
    this.counter = new KeyUsageCounter(store, logger);
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
  }

  start(): void {
    this.#timers = [
      setInterval(() => void this.counter.flush(), WRITE_MS),
      setInterval(() => void this.#prune(), PRUNE_MS),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.counter.flushAll();
  }

  async #prune(): Promise<void> {
    try {
      await this.#store.prune(this.#clock.nowMs() - RETAIN_MS, VALUES_PER_KEY_MAX);
    } catch (error) {
      this.#logger.warn({ error: String(error) }, 'old use of keys could not be forgotten');
    }
  }
}
