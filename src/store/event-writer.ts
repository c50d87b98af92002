import { eventLength } from '../pipeline/event-codec.ts';
import { EVENT_BYTES_MAX, eventBytes } from '../pipeline/event-layout.ts';
import type { Clock, EventStore, Logger } from '../ports.ts';
import { StoreError, type StoreErrorCode } from './store-error.ts';

const INTERVAL_MS_DEFAULT = 100;
const BACKLOG_BYTES_MAX_DEFAULT = 64 * 1024 * 1024;
/** Taken from one ring in one go: a default ring whole. */
const DRAIN_BYTES_MAX = 4 * 1024 * 1024;
/** One append, and with it one transaction; small drains wait for each other up to this or the delay below. */
const APPEND_BYTES_TARGET = 1024 * 1024;
const APPEND_EARLY_BYTES = 128 * 1024;
const APPEND_DELAY_MS_MAX = 500;
/** Appends of one turn of the timer, so that catching up leaves the control plane room for its other work. */
const APPENDS_PER_TURN_MAX = 8;
const RETRY_DELAY_MS_MIN = 200;
const RETRY_DELAY_MS_MAX = 5_000;
const PRUNE_INTERVAL_MS = 60_000;
const PRUNE_AFTER_BYTES = 32 * 1024 * 1024;
const WARN_INTERVAL_MS = 60_000;

/** The reading end of one thread's ring (see pipeline/event-ring). */
export interface EventSource {
  readonly dropped: number;
  readonly torn: number;
  drain(bytesMax: number): Uint8Array;
}

export interface EventWriterOptions {
  readonly rings: readonly EventSource[];
  readonly store: EventStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Asked at every pruning, so that a reloaded configuration counts. */
  readonly retention: () => { readonly retainMs: number; readonly bytesMax: number };
  /** Given every run of encoded events once, as it leaves its ring. Must not throw, and not keep it. */
  readonly observe?: (encoded: Uint8Array) => void;
  readonly intervalMs?: number;
  /** Encoded events kept in memory while the store refuses them; beyond it they stay in the rings, which then drop. */
  readonly backlogBytesMax?: number;
}

export interface EventWriterStats {
  readonly appendedEvents: number;
  /** Events that were recorded and are lost: refused by a full ring, unreadable, or given up at `close`. */
  readonly droppedEvents: number;
  readonly failedAppends: number;
  /** Unix time of the last append that succeeded; 0 before the first. */
  readonly lastAppendMs: number;
  readonly backlogBytes: number;
  readonly prunedEvents: number;
  /** Whether the last append failed: events wait in memory. */
  readonly stalled: boolean;
}

/**
 * Carries events from the rings to the store. Nothing it does, and nothing that fails in it, reaches the data plane:
 * when the store refuses, events wait in a bounded backlog, then in the rings, and what those drop is counted.
 */
export class EventWriter {
  readonly #options: EventWriterOptions;
  readonly #backlogBytesMax: number;
  readonly #rings: EventSource[];
  #backlog: Uint8Array[] = [];
  #backlogBytes = 0;
  #oldestWaitingMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #lostEvents = 0;
  /** Drops of rings that were detached; a ring counts for itself while it is attached. */
  #detachedDrops = 0;
  #appendedEvents = 0;
  #failedAppends = 0;
  #prunedEvents = 0;
  #lastAppendMs = 0;
  #refusedWith: StoreErrorCode | undefined;
  #retryDelayMs = 0;
  #retryAtMs = 0;
  #pruneAtMs = 0;
  #bytesSincePrune = 0;
  #warnAtMs = 0;

  constructor(options: EventWriterOptions) {
    this.#options = options;
    this.#rings = [...options.rings];
    this.#backlogBytesMax = options.backlogBytesMax ?? BACKLOG_BYTES_MAX_DEFAULT;
    if (!(this.#backlogBytesMax >= EVENT_BYTES_MAX)) {
      throw new RangeError(`a backlog of ${this.#backlogBytesMax} bytes may never fit an event`);
    }
  }

  /** Starts the timer. It does not keep the process alive. */
  start(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setInterval(() => this.turn(), this.#options.intervalMs ?? INTERVAL_MS_DEFAULT);
    this.#timer.unref();
  }

  /** Takes on the ring of a thread that was started later. */
  attach(ring: EventSource): void {
    this.#rings.push(ring);
  }

  /** Takes what a dead thread's ring still holds and forgets the ring. */
  detach(ring: EventSource): void {
    const at = this.#rings.indexOf(ring);
    if (at === -1) return;
    this.#drain(ring, Number.POSITIVE_INFINITY);
    this.#detachedDrops += dropsOf(ring);
    this.#rings.splice(at, 1);
  }

  /** One turn of the timer: drains the rings, appends what is due, prunes when it is time. Never throws. */
  turn(): void {
    if (this.#closed) return;
    const nowMs = this.#options.clock.nowMs();
    this.#drainRings();
    const due = this.#backlogBytes >= APPEND_EARLY_BYTES || nowMs - this.#oldestWaitingMs >= APPEND_DELAY_MS_MAX;
    // A clock set back must not hold events for hours, hence both sides of the comparison.
    const mayTry = nowMs >= this.#retryAtMs || nowMs < this.#retryAtMs - RETRY_DELAY_MS_MAX;
    if (mayTry && (due || nowMs < this.#oldestWaitingMs)) this.#appendBacklog(APPENDS_PER_TURN_MAX);
    const pruneDue = nowMs >= this.#pruneAtMs || nowMs < this.#pruneAtMs - PRUNE_INTERVAL_MS;
    if (pruneDue || this.#bytesSincePrune >= PRUNE_AFTER_BYTES) this.#prune(nowMs);
  }

  /** Makes every event published up to now readable in the store, unless the store refuses; `stats().stalled` then says so. */
  flush(): Promise<void> {
    if (!this.#closed) {
      // More may wait in the rings than the backlog holds, so draining and appending take turns.
      let drainedAll = this.#drainRings();
      while (this.#appendAll() && !drainedAll) drainedAll = this.#drainRings();
    }
    return Promise.resolve();
  }

  /** Stops the timer and appends what waits; what the store refuses is counted as dropped. Does not close the store. */
  async close(): Promise<void> {
    if (this.#closed) return;
    clearInterval(this.#timer);
    await this.flush();
    for (const ring of [...this.#rings]) this.detach(ring);
    this.#closed = true;
    if (this.#backlogBytes === 0) return;
    const lost = this.#backlog.reduce((sum, piece) => sum + countEvents(piece), 0);
    this.#lostEvents += lost;
    this.#backlog = [];
    this.#backlogBytes = 0;
    this.#options.logger.error({ lostEvents: lost }, 'events could not be stored before shutdown');
  }

  stats(): EventWriterStats {
    return {
      appendedEvents: this.#appendedEvents,
      droppedEvents: this.#rings.reduce((sum, ring) => sum + dropsOf(ring), this.#lostEvents + this.#detachedDrops),
      failedAppends: this.#failedAppends,
      lastAppendMs: this.#lastAppendMs,
      backlogBytes: this.#backlogBytes,
      prunedEvents: this.#prunedEvents,
      stalled: this.#retryDelayMs > 0,
    };
  }

  /** True where everything that waited was taken. */
  #drainRings(): boolean {
    let drainedAll = true;
    for (const ring of this.#rings) drainedAll = this.#drain(ring, this.#backlogBytesMax) && drainedAll;
    return drainedAll;
  }

  #drain(ring: EventSource, backlogBytesMax: number): boolean {
    for (;;) {
      // Without room the ring keeps its events; when it is full it drops and counts exactly what has no place.
      const room = Math.min(DRAIN_BYTES_MAX, backlogBytesMax - this.#backlogBytes);
      if (room < EVENT_BYTES_MAX) return false;
      const piece = ring.drain(room);
      if (piece.length > 0) {
        if (this.#backlogBytes === 0) this.#oldestWaitingMs = this.#options.clock.nowMs();
        this.#backlog.push(piece);
        this.#options.observe?.(piece);
        this.#backlogBytes += piece.length;
      }
      // Room was left for any event, so nothing more was waiting. Asking until it is empty might never end under load.
      if (room - piece.length >= EVENT_BYTES_MAX) return true;
    }
  }

  /** A store that is full is pruned and asked again: nobody may come back for what waits. False where it refused for good. */
  #appendAll(): boolean {
    while (!this.#appendBacklog(Number.POSITIVE_INFINITY)) {
      const nowMs = this.#options.clock.nowMs();
      if (this.#refusedWith !== 'full' || this.#prune(nowMs) === 0) return false;
    }
    return true;
  }

  /** Appends up to so many times; false where the store refused. */
  #appendBacklog(appendsMax: number): boolean {
    for (let i = 0; i < appendsMax && this.#backlog.length > 0; i++) {
      let pieces = 0;
      let bytes = 0;
      for (const piece of this.#backlog) {
        if (pieces > 0 && bytes + piece.length > APPEND_BYTES_TARGET) break;
        pieces++;
        bytes += piece.length;
      }
      const joined = joinPieces(this.#backlog.slice(0, pieces), bytes);
      if (!this.#append(joined)) return false;
      this.#backlog.splice(0, pieces);
      this.#backlogBytes -= bytes;
    }
    return true;
  }

  /** True where the bytes are dealt with: stored, or unreadable and counted as lost. */
  #append(encoded: Uint8Array): boolean {
    const { store, clock } = this.#options;
    try {
      store.append(encoded);
    } catch (error) {
      return this.#refused(error, encoded);
    }
    this.#appendedEvents += countEvents(encoded);
    this.#lastAppendMs = clock.nowMs();
    this.#bytesSincePrune += encoded.length;
    if (this.#retryDelayMs > 0) this.#options.logger.info({}, 'events are stored again');
    this.#retryDelayMs = 0;
    this.#retryAtMs = 0;
    return true;
  }

  #refused(error: unknown, encoded: Uint8Array): boolean {
    const { clock, logger } = this.#options;
    const nowMs = clock.nowMs();
    const code = error instanceof StoreError ? error.code : 'io';
    this.#refusedWith = code;
    this.#failedAppends++;
    if (code === 'malformed') {
      // Trying again would refuse it again and hold up all that follows.
      const lost = countEvents(encoded);
      this.#lostEvents += lost;
      logger.error({ lostEvents: lost }, 'unreadable events were given up');
      return true;
    }
    this.#retryDelayMs = Math.min(RETRY_DELAY_MS_MAX, Math.max(RETRY_DELAY_MS_MIN, this.#retryDelayMs * 2));
    this.#retryAtMs = nowMs + this.#retryDelayMs;
    if (code === 'full') this.#pruneAtMs = nowMs;
    this.#warn(nowMs, code, 'events cannot be stored and wait in memory');
    return false;
  }

  /** A failure repeats at every try; once a minute is enough to read. */
  #warn(nowMs: number, code: string, message: string): void {
    if (nowMs < this.#warnAtMs && nowMs >= this.#warnAtMs - WARN_INTERVAL_MS) return;
    this.#warnAtMs = nowMs + WARN_INTERVAL_MS;
    this.#options.logger.warn({ code, backlogBytes: this.#backlogBytes }, message);
  }

  /** How many events went. */
  #prune(nowMs: number): number {
    const { store, retention } = this.#options;
    const { retainMs, bytesMax } = retention();
    this.#pruneAtMs = nowMs + PRUNE_INTERVAL_MS;
    this.#bytesSincePrune = 0;
    try {
      const { deletedEvents } = store.prune({ olderThanMs: nowMs - retainMs, bytesMax });
      this.#prunedEvents += deletedEvents;
      // One call deletes a bounded amount: go on at the next turn until nothing is left to delete.
      if (deletedEvents > 0) this.#pruneAtMs = nowMs;
      return deletedEvents;
    } catch (error) {
      this.#warn(nowMs, error instanceof StoreError ? error.code : 'io', 'old events could not be deleted');
      return 0;
    }
  }
}

function dropsOf(ring: EventSource): number {
  // How many events a torn run held is unknown: counted as one, so that it shows.
  return ring.dropped + ring.torn;
}

function joinPieces(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  const only = pieces[0];
  if (pieces.length === 1 && only !== undefined) return only;
  const joined = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** Whole records at the start of the bytes; what follows them and is none counts as one, so that it shows. */
function countEvents(encoded: Uint8Array): number {
  const source = eventBytes(encoded);
  let count = 0;
  for (let at = 0; at < encoded.length; count++) {
    const length = eventLength(source, at);
    if (length === 0) return count + 1;
    at += length;
  }
  return count;
}
