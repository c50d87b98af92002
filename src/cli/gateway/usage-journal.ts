import type { Configuration } from '../../core/configuration.ts';
import { eventLength } from '../../pipeline/event-codec.ts';
import { eventBytes } from '../../pipeline/event-layout.ts';
import { type EventUsage, readEventUsage } from '../../pipeline/event-usage.ts';
import type { Clock, Logger, UsageStore } from '../../ports.ts';
import { KeyUsageCounter } from '../../tokens/key-usage.ts';

const WRITE_MS = 1_000;
const PRUNE_MS = 3_600_000;
const RETAIN_MS = 90 * 86_400_000;
/** Addresses, agents and routes kept of one key, those used last. */
const VALUES_PER_KEY_MAX = 100;

/** Counts the use of API keys from the record of calls, and writes it down every second. */
export class UsageJournal {
  readonly counter: KeyUsageCounter;
  readonly #store: UsageStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #configuration: () => Configuration;
  readonly #read: EventUsage = {
    timeMs: 0,
    denied: false,
    address: '',
    userAgent: '',
    routeId: '',
    credentialId: '',
    authenticator: '',
  };
  #timers: NodeJS.Timeout[] = [];

  constructor(store: UsageStore, clock: Clock, logger: Logger, configuration: () => Configuration) {
    this.counter = new KeyUsageCounter(store, logger);
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
    this.#configuration = configuration;
  }

  start(): void {
    this.#timers = [
      setInterval(() => void this.counter.flush(), WRITE_MS),
      setInterval(() => void this.#prune(), PRUNE_MS),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  /** A run of encoded events, as it leaves its ring. */
  observe(encoded: Uint8Array): void {
    const source = eventBytes(encoded);
    for (let at = 0; ; ) {
      const length = eventLength(source, at);
      if (length === 0) return;
      if (readEventUsage(source, at, this.#read) && this.#isKey(this.#read.authenticator))
        this.counter.count(this.#read);
      at += length;
    }
  }

  /** What is refused names no method; of those only keys are recorded. */
  #isKey(authenticator: string): boolean {
    return authenticator === '' || this.#configuration().authenticators[authenticator]?.type === 'api-key';
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.counter.close();
  }

  async #prune(): Promise<void> {
    try {
      await this.#store.prune(this.#clock.nowMs() - RETAIN_MS, VALUES_PER_KEY_MAX);
    } catch (error) {
      this.#logger.warn({ error: String(error) }, 'old use of keys could not be forgotten');
    }
  }
}
