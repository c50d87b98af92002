import { REASONS } from '../../core/reasons.ts';
import { CallCounts, MINUTE_MS } from '../../pipeline/counts/call-counts.ts';
import type { CountedCall } from '../../pipeline/counts/call-row.ts';
import type { CallCountStore, Clock, EventStore, Logger, StoredCallRow } from '../../ports.ts';

const WRITE_MS = 30_000;
/** Counted anew at a start: what the last run may not have written down. */
const RECOUNTED_MS = 3 * MINUTE_MS;
const DAY_MS = 86_400_000;
const RECOUNTED_EVENTS_MAX = 200_000;

const UNDECIDED: ReadonlySet<string> = new Set(
  Object.entries(REASONS).flatMap(([code, { status }]) => (status === 503 ? [code] : [])),
);

type RowPlace = Pick<StoredCallRow, 'startMs' | 'spanMs'>;

export interface CallJournalOptions {
  readonly store: CallCountStore;
  readonly events: Pick<EventStore, 'scan'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Adds calls up as they pass and writes that down. What a kill loses is counted anew from the recorded calls. */
export class CallJournal {
  readonly counts = new CallCounts();
  readonly #options: CallJournalOptions;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  /** Rows that are to be removed. */
  #gone: RowPlace[] = [];
  /** Calls since the start that went through although a stage could not decide, since it only observed. */
  undecided = 0;

  constructor(options: CallJournalOptions) {
    this.#options = options;
  }

  add(call: CountedCall): void {
    this.counts.add(call, this.#options.clock.nowMs());
    if (call.outcome === 'observed' && UNDECIDED.has(call.reason)) this.undecided++;
  }

  /** Reads what was kept. Never rejects: without it the figures begin anew. */
  async restore(): Promise<void> {
    const { store, events, clock, logger } = this.#options;
    const nowMs = clock.nowMs();
    try {
      this.counts.restore(await store.list());
      const { newestMs } = this.counts;
      const fromMs = newestMs === 0 ? nowMs - DAY_MS : newestMs - RECOUNTED_MS;
      this.counts.forgetFrom(fromMs);
      let left = RECOUNTED_EVENTS_MAX;
      for (const event of events.scan(fromMs)) {
        if (left-- === 0) break;
        this.counts.add(event, nowMs);
      }
    } catch (error) {
      logger.warn({ error: String(error) }, 'the figures of earlier calls cannot be read; they begin anew');
    }
  }

  start(): void {
    this.#timer = setInterval(() => void this.write(), WRITE_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.write();
  }

  /** Never rejects; what could not be written is written the next time. */
  write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const { store, clock, logger } = this.#options;
    const nowMs = clock.nowMs();
    this.#gone.push(...this.counts.roll(nowMs));
    const gone = [...this.#gone];
    const changed = this.counts.takeChanged(nowMs);
    if (changed.length === 0 && gone.length === 0) return;
    try {
      await store.change(changed, gone);
      this.#gone.splice(0, gone.length);
    } catch (error) {
      this.counts.putBack(changed);
      logger.warn({ error: String(error) }, 'the figures of calls cannot be stored');
    }
  }
}
