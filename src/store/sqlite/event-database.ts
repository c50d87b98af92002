import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { StoreError } from '../store-error.ts';

/** What is used of better-sqlite3, which ships no types of its own. */
export interface Database {
  readonly inTransaction: boolean;
  prepare(sql: string): Statement;
  exec(sql: string): void;
  pragma(text: string, options?: { simple: boolean }): unknown;
  transaction<Arguments extends readonly unknown[], Result>(
    run: (...values: Arguments) => Result,
  ): { immediate(...values: Arguments): Result };
  close(): void;
}
export interface Statement {
  run(...values: readonly SqlValue[]): { readonly changes: number; readonly lastInsertRowid: number | bigint };
  get(...values: readonly SqlValue[]): Row | undefined;
  all(...values: readonly SqlValue[]): Row[];
}
export type SqlValue = string | number | Uint8Array;
export type Row = Readonly<Record<string, unknown>>;

type DatabaseConstructor = new (
  file: string,
  options: { readonly timeout: number; readonly readonly?: boolean; readonly fileMustExist?: boolean },
) => Database;
const openDatabase: DatabaseConstructor = createRequire(import.meta.url)('better-sqlite3');

const SCHEMA_VERSION = 3;
/** Marks the file as ours for `file` and for whoever opens it by hand. */
const APPLICATION_ID = 0x53616c45;
const PAGE_BYTES = 8192;
/** A write-ahead log grown by a long reader is cut back to this at the next checkpoint. */
const WAL_BYTES_MAX = 64 * 1024 * 1024;

// `data` stands last, so that reading a head does not walk the pages of the blob before it.
const SCHEMA = `
  CREATE TABLE chunk (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    batch INTEGER NOT NULL,
    boot TEXT NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    count INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    data BLOB NOT NULL
  ) STRICT;
  CREATE INDEX chunk_sequence ON chunk (boot, last_seq, first_seq);
  CREATE INDEX chunk_time ON chunk (last_ms, first_ms, count);
`;

/** What many calls have in common, by its fingerprint. Version 1 of the file had none. */
const PROFILES = `
  CREATE TABLE profile (id INTEGER PRIMARY KEY, last_ms INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
`;

/** The oldest profiles go first. Version 2 of the file could not find them. */
const PROFILE_TIMES = 'CREATE INDEX profile_time ON profile (last_ms)';

export interface EventDatabaseOptions {
  /** Size the file never passes; an append that would is refused as `full`. */
  readonly fileBytesMax?: number | undefined;
  /** How long to wait for another process's lock. Short: the caller keeps what it has and tries again. */
  readonly lockTimeoutMs: number;
}

/** Opens or creates the event file, readable by its owner alone. Throws StoreError. */
export function openEventDatabase(file: string, options: EventDatabaseOptions): Database {
  return translated(() => {
    // Events hold addresses and paths. SQLite gives its side files the mode of the main one.
    closeSync(openSync(file, 'a', 0o600));
    const database = new openDatabase(file, { timeout: options.lockTimeoutMs });
    try {
      prepareSchema(database);
      // A cache of the newest pages is all that reading newest-first profits from.
      database.pragma('cache_size = -8192');
      database.pragma('synchronous = NORMAL');
      database.pragma(`journal_size_limit = ${WAL_BYTES_MAX}`);
      if (options.fileBytesMax !== undefined) {
        const pageBytes = numberOf(database.pragma('page_size', { simple: true }));
        database.pragma(`max_page_count = ${Math.max(1, Math.floor(options.fileBytesMax / pageBytes))}`);
      }
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Opens an event file that is there, and cannot write to it. Throws StoreError. */
export function openEventDatabaseToRead(file: string, lockTimeoutMs: number): Database {
  return translated(() => {
    const database = new openDatabase(file, { timeout: lockTimeoutMs, readonly: true, fileMustExist: true });
    const version = numberOf(database.pragma('user_version', { simple: true }));
    if (version === SCHEMA_VERSION) return database;
    database.close();
    throw new StoreError('version', `the event file has schema ${version}, this release reads ${SCHEMA_VERSION}`);
  });
}

function prepareSchema(database: Database): void {
  const version = numberOf(database.pragma('user_version', { simple: true }));
  if (version > SCHEMA_VERSION) {
    throw new StoreError('version', `the event file has schema ${version}, this release knows ${SCHEMA_VERSION}`);
  }
  if (version === 0) {
    // All three must precede the first table: they decide the layout of the file.
    database.pragma(`page_size = ${PAGE_BYTES}`);
    database.pragma('auto_vacuum = INCREMENTAL');
    database.pragma(`application_id = ${APPLICATION_ID}`);
  }
  database.pragma('journal_mode = WAL');
  if (version < SCHEMA_VERSION) {
    database
      .transaction(() => {
        // Asked again under the lock: two processes may create the file at once.
        const found = numberOf(database.pragma('user_version', { simple: true }));
        if (found >= SCHEMA_VERSION) return;
        if (found === 0) database.exec(SCHEMA);
        if (found < 2) database.exec(PROFILES);
        database.exec(PROFILE_TIMES);
        database.pragma(`user_version = ${SCHEMA_VERSION}`);
      })
      .immediate();
  }
}

/** Runs a database action and turns what it throws into a StoreError of a kind the caller can act on. */
export function translated<Result>(action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw storeError(error);
  }
}

/** What a database threw, as a StoreError. */
export function storeError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const message = error instanceof Error ? error.message : 'unknown failure';
  const options = { cause: error };
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'))
    return new StoreError('locked', message, options);
  if (code === 'SQLITE_CONSTRAINT_PRIMARYKEY' || code === 'SQLITE_CONSTRAINT_UNIQUE')
    return new StoreError('exists', message, options);
  if (code.startsWith('SQLITE_FULL') || code === 'ENOSPC') return new StoreError('full', message, options);
  if (code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB'))
    return new StoreError('corrupt', message, options);
  if (code.startsWith('SQLITE_READONLY') || code === 'EACCES' || code === 'EROFS') {
    return new StoreError('readonly', message, options);
  }
  if (error instanceof TypeError && /not open/.test(message)) return new StoreError('closed', message, options);
  return new StoreError('io', message, options);
}

/** A column or pragma that is a number by the schema; anything else means the file is not what it claims. */
export function numberOf(value: unknown): number {
  if (typeof value !== 'number') throw new StoreError('corrupt', 'the event file holds a value of another type');
  return value;
}
