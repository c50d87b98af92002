import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import type { CallEvent } from '../../core/event.ts';
import { decodeEvent } from '../../pipeline/event-codec.ts';
import { eventBytes } from '../../pipeline/event-layout.ts';
import { parseRequestId } from '../../pipeline/request-id.ts';
import type { EventFilter, EventPage, EventStore } from '../../ports.ts';
import { findInChunk, profilesIn, splitIntoChunks } from '../event-chunk.ts';
import type { ChunkHead, ChunkSource } from '../event-query.ts';
import { queryChunks, scanChunks } from '../event-query.ts';
import type { Database, Row, Statement } from './event-database.ts';
import { numberOf, openEventDatabase, openEventDatabaseToRead, storeError, translated } from './event-database.ts';

const LOCK_TIMEOUT_MS = 250;
/** Bounds of one `prune`, so that it never holds the control plane for long; the next call goes on. */
const PRUNE_CHUNKS_MAX = 256;
const PRUNE_PROFILES_MAX = 4_096;
const VACUUM_PAGES_MAX = 2048;
/** Free pages are left for the next appends until they are this share of the file. */
const FREE_SHARE_MAX = 1 / 8;
/** What pruning leaves of the file's hard bound, so that a full file frees itself even where retention allows more. */
const PRUNE_SHARE = 0.9;

/** How long a profile may be named after it was last told. */
const PROFILE_SLACK_MS = 3_600_000;
/** Of the bytes that may be kept, what profiles take at most: beyond it the oldest go, and are told again if they are still named. */
const PROFILE_SHARE = 1 / 4;
/** Of a row beside its text, the index included. */
const PROFILE_ROW_BYTES = 32;

export interface SqliteEventStoreOptions {
  /** Size the file never passes, whatever `prune` manages; an append that would is refused as `full`. */
  readonly fileBytesMax?: number;
}

export interface EventStoreStats {
  readonly events: number;
  /** Bytes in use in the file, indexes included; free pages and the write-ahead log are not counted. */
  readonly bytes: number;
  /** Earliest arrival in the oldest chunk; 0 where there is none. */
  readonly oldestMs: number;
  /** Readings of a chunk that was damaged, since the file was opened; its events are missing from answers. */
  readonly corruptReads: number;
}

/** Opens the event file, creating it where there is none. Throws StoreError. */
export function openSqliteEventStore(file: string, options: SqliteEventStoreOptions = {}): SqliteEventStore {
  return new SqliteEventStore(
    openEventDatabase(file, { fileBytesMax: options.fileBytesMax, lockTimeoutMs: LOCK_TIMEOUT_MS }),
    options.fileBytesMax ?? Number.POSITIVE_INFINITY,
  );
}

/** Opens an event file to read it alone, beside whoever writes it: `append` and `prune` are refused as `readonly`. Throws StoreError. */
export function openSqliteEventsToRead(file: string): SqliteEventStore {
  return new SqliteEventStore(openEventDatabaseToRead(file, LOCK_TIMEOUT_MS), Number.POSITIVE_INFINITY);
}

/**
 * Events as rows of many: one append is one transaction of one row per boot, and a row is decoded only when it is read.
 * A committed append survives the death of the process; a power cut may take the last ones (`synchronous=NORMAL`).
 */
export class SqliteEventStore implements EventStore, ChunkSource {
  readonly #database: Database;
  readonly #insert: Statement;
  readonly #heads: Statement;
  readonly #data: Statement;
  readonly #candidates: Statement;
  readonly #firstSince: Statement;
  readonly #oldest: Statement;
  readonly #expired: Statement;
  readonly #earliest: Statement;
  readonly #remove: Statement;
  readonly #headsAfter: Statement;
  readonly #putProfile: Statement;
  readonly #profile: Statement;
  readonly #toldAgain: Statement;
  readonly #oldestProfiles: Statement;
  readonly #removeProfile: Statement;
  readonly #pageBytes: number;
  readonly #bytesMax: number;
  readonly #appendChunks: { immediate(encoded: Uint8Array): Appended };
  readonly #removeRows: { immediate(statement: Statement, ids: readonly number[]): void };
  /** Kept beside the file, for a count over millions of rows would hold up whoever asks. */
  #events: number;
  #profileBytes: number;
  #corruptReads = 0;

  constructor(database: Database, fileBytesMax: number) {
    this.#database = database;
    this.#bytesMax = fileBytesMax * PRUNE_SHARE;
    const prepare = (sql: string): Statement => translated(() => database.prepare(sql));
    this.#insert = prepare(
      `INSERT INTO chunk (batch, boot, first_seq, last_seq, first_ms, last_ms, count, bytes, crc, data)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#heads = prepare(
      `SELECT id, batch, first_ms, last_ms FROM chunk
       WHERE id < ? AND id >= ? AND last_ms >= ? ORDER BY id DESC LIMIT ?`,
    );
    this.#data = prepare('SELECT crc, data FROM chunk WHERE id = ?');
    this.#candidates = prepare(
      'SELECT id FROM chunk WHERE boot = ? AND last_seq >= ? AND first_seq <= ? ORDER BY last_seq',
    );
    this.#firstSince = prepare('SELECT min(id) AS id FROM chunk WHERE last_ms >= ?');
    this.#oldest = prepare('SELECT id, bytes, count FROM chunk ORDER BY id LIMIT ?');
    this.#expired = prepare('SELECT id, bytes, count FROM chunk WHERE last_ms < ? ORDER BY last_ms LIMIT ?');
    this.#earliest = prepare('SELECT first_ms FROM chunk ORDER BY last_ms LIMIT 1');
    this.#headsAfter = prepare(
      'SELECT id, batch, first_ms, last_ms FROM chunk WHERE id > ? AND last_ms >= ? ORDER BY id LIMIT ?',
    );
    this.#putProfile = prepare('INSERT INTO profile (id, last_ms, text) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING');
    this.#toldAgain = prepare('UPDATE profile SET last_ms = max(last_ms, ?) WHERE id = ?');
    this.#profile = prepare('SELECT text FROM profile WHERE id = ?');
    this.#oldestProfiles = prepare(
      'SELECT id, last_ms, octet_length(text) AS bytes FROM profile ORDER BY last_ms LIMIT ?',
    );
    this.#removeProfile = prepare('DELETE FROM profile WHERE id = ?');
    this.#remove = prepare('DELETE FROM chunk WHERE id = ?');
    const last = prepare(`SELECT coalesce(max(seq), 0) AS id FROM sqlite_sequence WHERE name = 'chunk'`);
    this.#appendChunks = database.transaction((encoded: Uint8Array) => {
      const batch = numberOf(last.get()?.['id']) + 1;
      let appended = 0;
      for (const chunk of splitIntoChunks(encoded)) {
        const { boot, firstSequence, lastSequence, firstMs, lastMs, count, crc, data } = chunk;
        this.#insert.run(batch, boot, firstSequence, lastSequence, firstMs, lastMs, count, data.length, crc, data);
        appended += count;
      }
      return { events: appended, profileBytes: this.#putProfiles(encoded) };
    });
    this.#removeRows = database.transaction((statement: Statement, ids: readonly number[]) => {
      for (const id of ids) statement.run(id);
    });
    this.#pageBytes = this.#pragma('page_size');
    this.#events = translated(() =>
      numberOf(database.prepare('SELECT coalesce(sum(count), 0) AS n FROM chunk').get()?.['n']),
    );
    this.#profileBytes = translated(() =>
      numberOf(
        database.prepare('SELECT coalesce(sum(octet_length(text) + ?), 0) AS n FROM profile').get(PROFILE_ROW_BYTES)?.[
          'n'
        ],
      ),
    );
  }

  /** Appends whole encoded events in one transaction. Throws StoreError; then nothing was appended. */
  append(encoded: Uint8Array): void {
    if (encoded.length === 0) return;
    const { events, profileBytes } = translated(() => this.#appendChunks.immediate(encoded));
    this.#events += events;
    this.#profileBytes += profileBytes;
  }

  /** The event with this request id. Ids of another gateway's form are found by looking through all such events. */
  find(requestId: string): CallEvent | undefined {
    const id = parseRequestId(requestId);
    const sequence = id?.sequence ?? 0;
    const rows = translated(() => this.#candidates.all(id?.boot ?? '', sequence, sequence));
    for (const row of rows) {
      const data = this.read(numberOf(row['id']));
      if (data === undefined) continue;
      const source = eventBytes(data);
      const at = findInChunk(source, requestId);
      const decoded = at === -1 ? undefined : decodeEvent(source, at);
      if (decoded?.ok) return decoded.event;
    }
    return undefined;
  }

  profile(id: number): string | undefined {
    const text = translated(() => this.#profile.get(id))?.['text'];
    return typeof text === 'string' ? text : undefined;
  }

  scan(fromMs: number): Iterable<CallEvent> {
    return scanChunks(this, fromMs);
  }

  /** Newest first. A cursor is good for the filter it was given with. Throws StoreError. */
  query(filter: EventFilter, page: { limit: number; before?: string; scanMax?: number }): EventPage {
    return queryChunks(this, filter, page);
  }

  /**
   * Deletes whole chunks: those whose newest event is older than the bound, then the oldest while the file holds more
   * bytes than the bound. Stops early where there is very much to delete; call again while something was deleted.
   */
  prune(bounds: { olderThanMs: number; bytesMax: number }): { deletedEvents: number } {
    return translated(() => {
      const expired = this.#expired.all(Math.floor(bounds.olderThanMs), PRUNE_CHUNKS_MAX);
      let deletedEvents = this.#removeAll(expired.map(sizeOf));
      const bytesMax = Math.min(bounds.bytesMax, this.#bytesMax);
      this.#pruneProfiles(bytesMax * PROFILE_SHARE);
      let excess = this.#usedBytes() - bytesMax;
      if (excess > 0) {
        const surplus: ChunkSize[] = [];
        for (const row of this.#oldest.all(PRUNE_CHUNKS_MAX)) {
          if (excess <= 0) break;
          const size = sizeOf(row);
          surplus.push(size);
          excess -= size.bytes;
        }
        deletedEvents += this.#removeAll(surplus);
      }
      this.#giveBackPages(bytesMax);
      return { deletedEvents };
    });
  }

  stats(): EventStoreStats {
    return translated(() => ({
      events: this.#events,
      bytes: this.#usedBytes(),
      oldestMs: this.#oldestMs(),
      corruptReads: this.#corruptReads,
    }));
  }

  close(): void {
    this.#database.close();
  }

  headsAfter(after: number, fromMs: number, limit: number): readonly ChunkHead[] {
    return translated(() => this.#headsAfter.all(after, Math.max(0, Math.floor(fromMs)), limit).map(headOf));
  }

  heads(before: number, fromMs: number, limit: number): readonly ChunkHead[] {
    return translated(() => {
      // Long calls end up in later chunks than their time says, so an id alone bounds nothing; the index gives the first that can match.
      const first = fromMs <= 0 ? 0 : this.#firstSince.get(fromMs)?.['id'];
      if (typeof first !== 'number') return [];
      return this.#heads.all(before, first, fromMs, limit).map(headOf);
    });
  }

  /** Data of one chunk, or undefined where it is gone or damaged; damage is counted, never fatal. */
  read(id: number): Uint8Array | undefined {
    try {
      const row = this.#data.get(id);
      if (row === undefined) return undefined;
      const data = row['data'];
      if (data instanceof Uint8Array && crc32(data) === row['crc']) return data;
    } catch (error) {
      const failure = storeError(error);
      if (failure.code !== 'corrupt' && failure.code !== 'io') throw failure;
    }
    this.#corruptReads++;
    return undefined;
  }

  #removeAll(chunks: readonly ChunkSize[]): number {
    if (chunks.length === 0) return 0;
    this.#removeRows.immediate(
      this.#remove,
      chunks.map((chunk) => chunk.id),
    );
    const events = chunks.reduce((sum, chunk) => sum + chunk.count, 0);
    this.#events -= events;
    return events;
  }

  /** Bytes of the profiles that were not known before. */
  #putProfiles(encoded: Uint8Array): number {
    let bytes = 0;
    for (const { id, text, timeMs } of profilesIn(encoded)) {
      const lastMs = Math.floor(timeMs);
      if (this.#putProfile.run(id, lastMs, text).changes === 0) this.#toldAgain.run(lastMs, id);
      else bytes += Buffer.byteLength(text) + PROFILE_ROW_BYTES;
    }
    return bytes;
  }

  /** Those that no event names any more, and the oldest of what is too much. A profile is told again every few minutes while calls name it. */
  #pruneProfiles(bytesMax: number): void {
    const namedFromMs = this.#oldestMs() - PROFILE_SLACK_MS;
    const gone: number[] = [];
    let left = this.#profileBytes;
    for (const row of this.#oldestProfiles.all(PRUNE_PROFILES_MAX)) {
      if (left <= bytesMax && numberOf(row['last_ms']) >= namedFromMs) break;
      gone.push(numberOf(row['id']));
      left -= numberOf(row['bytes']) + PROFILE_ROW_BYTES;
    }
    if (gone.length === 0) return;
    this.#removeRows.immediate(this.#removeProfile, gone);
    this.#profileBytes = left;
  }

  #giveBackPages(bytesMax: number): void {
    const pages = this.#pragma('page_count');
    const free = this.#pragma('freelist_count');
    if (free === 0 || (free <= pages * FREE_SHARE_MAX && pages * this.#pageBytes <= bytesMax)) return;
    this.#database.pragma(`incremental_vacuum(${Math.min(free, VACUUM_PAGES_MAX)})`);
  }

  #usedBytes(): number {
    return (this.#pragma('page_count') - this.#pragma('freelist_count')) * this.#pageBytes;
  }

  #oldestMs(): number {
    const row = this.#earliest.get();
    return row === undefined ? 0 : numberOf(row['first_ms']);
  }

  #pragma(name: string): number {
    return translated(() => numberOf(this.#database.pragma(name, { simple: true })));
  }
}

function headOf(row: Row): ChunkHead {
  return {
    id: numberOf(row['id']),
    batch: numberOf(row['batch']),
    firstMs: numberOf(row['first_ms']),
    lastMs: numberOf(row['last_ms']),
  };
}

interface Appended {
  readonly events: number;
  readonly profileBytes: number;
}

interface ChunkSize {
  readonly id: number;
  readonly bytes: number;
  readonly count: number;
}

function sizeOf(row: Row): ChunkSize {
  return { id: numberOf(row['id']), bytes: numberOf(row['bytes']), count: numberOf(row['count']) };
}
