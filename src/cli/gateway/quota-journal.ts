import type { LimitMemory } from '../../limit/limit-memory.ts';
import { Limits } from '../../limit/limits.ts';
import { recordQuotas, restoreQuotas } from '../../limit/quota-record.ts';
import type { Clock, Logger, SettingStore } from '../../ports.ts';

const SETTING = 'quotas';
/** With the time a write takes, less than a second. */
const INTERVAL_MS = 750;

/** Writes quota counters down all the time and counts on from them after a start: a kill loses one second at most. */
export class QuotaJournal {
  readonly #limits: Limits;
  readonly #settings: SettingStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #active: () => boolean;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #last = '';
  #failing = false;

  /** `active` says whether any limit is a quota: without one there is nothing to look through every second. */
  constructor(memory: LimitMemory, settings: SettingStore, clock: Clock, logger: Logger, active: () => boolean) {
    this.#limits = new Limits(memory);
    this.#settings = settings;
    this.#clock = clock;
    this.#logger = logger;
    this.#active = active;
  }

  async restore(): Promise<void> {
    const text = await this.#settings.get(SETTING);
    if (text === undefined) return;
    const result = restoreQuotas(this.#limits, Buffer.from(text, 'base64'), this.#clock.nowMs());
    if (!result.ok)
      this.#logger.error({ problem: result.problem }, 'quota counters could not be restored and start at 0');
    else if (result.dropped > 0)
      this.#logger.warn({ dropped: result.dropped }, 'some quota counters found no room and start at 0');
  }

  start(): void {
    this.#timer = setInterval(() => {
      if (this.#active()) this.#writing = this.#writing.then(() => this.#write());
    }, INTERVAL_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    if (this.#active()) await this.#write();
  }

  /** What is unchanged is not written again, so that a gateway without quotas never touches its disk for them. */
  async #write(): Promise<void> {
    const text = Buffer.from(recordQuotas(this.#limits, this.#clock.nowMs())).toString('base64');
    if (text === this.#last) return;
    try {
      await this.#settings.set(SETTING, text);
      this.#last = text;
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#logger.error({ error: String(error) }, 'quota counters could not be written down');
      this.#failing = true;
    }
  }
}
