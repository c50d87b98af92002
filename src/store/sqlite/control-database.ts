import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Kysely, type Selectable, SqliteDialect } from 'kysely';
import { type ControlStore, controlStore } from '../control-store.ts';
import type { ApiKeyRow, StoreSchema } from '../schema.ts';
import { StoreError } from '../store-error.ts';
import { numberOf, storeError, translated } from './event-database.ts';

/** What is used of better-sqlite3, in the shape Kysely wants it. */
interface ControlDatabase {
  readonly inTransaction: boolean;
  prepare(sql: string): ControlStatement;
  exec(sql: string): void;
  pragma(text: string, options?: { simple: boolean }): unknown;
  transaction(run: () => void): { immediate(): void };
  close(): void;
}

interface ControlStatement {
  readonly reader: boolean;
  all(parameters: readonly unknown[]): unknown[];
  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  iterate(parameters: readonly unknown[]): IterableIterator<unknown>;
}

type DatabaseConstructor = new (file: string, options: { readonly timeout: number }) => ControlDatabase;
const openDatabase: DatabaseConstructor = createRequire(import.meta.url)('better-sqlite3');

const APPLICATION_ID = 0x53616c43;
/** How long to wait for another process's lock. The control plane stands still meanwhile, the data plane does not. */
const LOCK_TIMEOUT_MS = 2_000;

/** Each step is applied once and never changed afterwards; its number is the schema's version. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE api_key (
     key_id TEXT PRIMARY KEY,
     consumer TEXT NOT NULL,
     digest BLOB NOT NULL,
     pepper_version INTEGER NOT NULL,
     is_foreign INTEGER NOT NULL DEFAULT 0,
     name TEXT NOT NULL,
     scopes TEXT NOT NULL,
     allowed_cidrs TEXT NOT NULL,
     status TEXT NOT NULL CHECK (status IN ('active', 'disabled', 'revoked')),
     created_at_ms INTEGER NOT NULL,
     not_before_ms INTEGER NOT NULL,
     expires_at_ms INTEGER NOT NULL,
     successor_id TEXT NOT NULL,
     revoked_at_ms INTEGER NOT NULL,
     revoked_reason TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX api_key_consumer ON api_key (consumer, key_id);
   CREATE TABLE consumer (
     name TEXT PRIMARY KEY,
     groups TEXT NOT NULL,
     tier TEXT NOT NULL,
     disabled INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE mode_override (
     scope TEXT NOT NULL,
     target TEXT NOT NULL,
     mode TEXT NOT NULL,
     set_at_ms INTEGER NOT NULL,
     PRIMARY KEY (scope, target)
   ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE token_revocation (
     issuer TEXT NOT NULL,
     kind TEXT NOT NULL CHECK (kind IN ('jti', 'sid', 'sub', 'client', 'kid')),
     value TEXT NOT NULL,
     before_seconds INTEGER NOT NULL,
     expires_at_ms INTEGER NOT NULL,
     created_at_ms INTEGER NOT NULL,
     reason TEXT NOT NULL,
     PRIMARY KEY (issuer, kind, value)
   ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE key_usage (
     key_id TEXT NOT NULL,
     kind TEXT NOT NULL CHECK (kind IN ('total', 'address', 'agent', 'route')),
     value TEXT NOT NULL,
     calls INTEGER NOT NULL,
     refusals INTEGER NOT NULL,
     first_ms INTEGER NOT NULL,
     last_ms INTEGER NOT NULL,
     PRIMARY KEY (key_id, kind, value)
   ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE finding (
     id TEXT PRIMARY KEY,
     status TEXT NOT NULL CHECK (status IN ('open', 'resolved')),
     last_ms INTEGER NOT NULL,
     document TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX finding_newest ON finding (last_ms, id);
   CREATE TABLE decoy (
     id TEXT PRIMARY KEY,
     kind TEXT NOT NULL,
     place TEXT NOT NULL,
     created_at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE alert (
     id TEXT PRIMARY KEY,
     body TEXT NOT NULL,
     created_at_ms INTEGER NOT NULL,
     due_at_ms INTEGER NOT NULL,
     tries INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX alert_due ON alert (due_at_ms);`,
  `CREATE TABLE oauth_record (
     model TEXT NOT NULL,
     id TEXT NOT NULL,
     payload BLOB NOT NULL,
     expires_at_ms INTEGER NOT NULL,
     grant_id TEXT NOT NULL,
     uid TEXT NOT NULL,
     user_code TEXT NOT NULL,
     consumed_at_seconds INTEGER NOT NULL DEFAULT 0,
     successor BLOB NOT NULL,
     grace_uses INTEGER NOT NULL DEFAULT 0,
     PRIMARY KEY (model, id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX oauth_record_grant ON oauth_record (grant_id) WHERE grant_id <> '';
   CREATE INDEX oauth_record_uid ON oauth_record (uid) WHERE uid <> '';
   CREATE INDEX oauth_record_user_code ON oauth_record (user_code) WHERE user_code <> '';
   CREATE INDEX oauth_record_expiry ON oauth_record (expires_at_ms);
   CREATE TABLE oauth_client (id TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE signing_key (
     kid TEXT PRIMARY KEY,
     created_at_ms INTEGER NOT NULL,
     document TEXT NOT NULL,
     sealed BLOB NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE account (
     id TEXT PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     display_name TEXT NOT NULL,
     email TEXT NOT NULL,
     email_verified INTEGER NOT NULL,
     password_hash TEXT NOT NULL,
     disabled INTEGER NOT NULL,
     created_at_ms INTEGER NOT NULL,
     upstream_issuer TEXT NOT NULL,
     upstream_subject TEXT NOT NULL,
     invite_digest TEXT NOT NULL,
     invite_expires_at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX account_upstream ON account (upstream_issuer, upstream_subject) WHERE upstream_issuer <> '';
   CREATE UNIQUE INDEX account_invite ON account (invite_digest) WHERE invite_digest <> '';
   CREATE TABLE passkey (
     id TEXT PRIMARY KEY,
     account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
     public_key BLOB NOT NULL,
     counter INTEGER NOT NULL,
     transports TEXT NOT NULL,
     backup_eligible INTEGER NOT NULL,
     backed_up INTEGER NOT NULL,
     created_at_ms INTEGER NOT NULL,
     last_used_at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX passkey_account ON passkey (account_id, created_at_ms);`,
  `ALTER TABLE api_key ADD COLUMN routes TEXT NOT NULL DEFAULT '[]';
   ALTER TABLE api_key ADD COLUMN limits TEXT NOT NULL DEFAULT '[]';
   ALTER TABLE api_key ADD COLUMN idle_seconds INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE api_key ADD COLUMN enabled_at_ms INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE api_key ADD COLUMN disabled_reason TEXT NOT NULL DEFAULT '';
   ALTER TABLE api_key ADD COLUMN family_id TEXT NOT NULL DEFAULT '';
   CREATE TABLE sealed_answer (
     id TEXT PRIMARY KEY,
     sealed BLOB NOT NULL,
     expires_at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE parameter (
     place TEXT PRIMARY KEY,
     id TEXT NOT NULL UNIQUE,
     endpoint TEXT NOT NULL,
     value_count INTEGER NOT NULL,
     last_ms INTEGER NOT NULL,
     pinned INTEGER NOT NULL,
     effect TEXT NOT NULL,
     document TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX parameter_endpoint ON parameter (endpoint, pinned, value_count, last_ms);
   CREATE INDEX parameter_use ON parameter (pinned, value_count, last_ms);
   CREATE INDEX parameter_age ON parameter (last_ms);`,
  `ALTER TABLE account ADD COLUMN console_role TEXT NOT NULL DEFAULT '';`,
  `CREATE TABLE payload_exception (
     id TEXT PRIMARY KEY,
     route TEXT NOT NULL,
     path TEXT NOT NULL,
     class TEXT NOT NULL,
     consumer TEXT NOT NULL,
     reason TEXT NOT NULL,
     added_by TEXT NOT NULL,
     added_at_ms INTEGER NOT NULL,
     expires_at_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE payload_exception_use (
     id TEXT PRIMARY KEY,
     calls INTEGER NOT NULL,
     since_ms INTEGER NOT NULL,
     last_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE call_count (
     start_ms INTEGER NOT NULL,
     span_ms INTEGER NOT NULL,
     document TEXT NOT NULL,
     PRIMARY KEY (start_ms, span_ms)
   ) STRICT, WITHOUT ROWID;`,
  `CREATE TABLE finding_of_any_status (
     id TEXT PRIMARY KEY,
     status TEXT NOT NULL,
     last_ms INTEGER NOT NULL,
     document TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   INSERT INTO finding_of_any_status SELECT id, status, last_ms, document FROM finding;
   DROP TABLE finding;
   ALTER TABLE finding_of_any_status RENAME TO finding;
   CREATE INDEX finding_newest ON finding (last_ms, id);
   CREATE INDEX finding_status ON finding (status, last_ms, id);`,
  `ALTER TABLE payload_exception ADD COLUMN route_place TEXT NOT NULL DEFAULT '';`,
  `CREATE TABLE key_usage_of_any_kind (
     key_id TEXT NOT NULL,
     kind TEXT NOT NULL,
     value TEXT NOT NULL,
     calls INTEGER NOT NULL,
     refusals INTEGER NOT NULL,
     first_ms INTEGER NOT NULL,
     last_ms INTEGER NOT NULL,
     PRIMARY KEY (key_id, kind, value)
   ) STRICT, WITHOUT ROWID;
   INSERT INTO key_usage_of_any_kind SELECT key_id, kind, value, calls, refusals, first_ms, last_ms FROM key_usage;
   DROP TABLE key_usage;
   ALTER TABLE key_usage_of_any_kind RENAME TO key_usage;`,
];

export interface SqliteControlStore extends ControlStore {
  /** Whether a change could be stored now; `detail` is the code of what hinders it. Waits for no lock, writes nothing that stays. */
  writable(): { readonly ok: boolean; readonly detail: string };
  /** What the open database says of its own durability. */
  pragmas(): { readonly journalMode: unknown; readonly synchronous: unknown; readonly foreignKeys: unknown };
  close(): void;
}

/**
 * Opens the control plane's database, creating it where there is none. A change is acknowledged only when it would survive
 * a power cut (`synchronous=FULL` over a write-ahead log). Throws StoreError.
 */
export function openControlStore(
  file: string,
  options: { readonly fileBytesMax?: number; readonly lockTimeoutMs?: number } = {},
): SqliteControlStore {
  const lockTimeoutMs = options.lockTimeoutMs ?? LOCK_TIMEOUT_MS;
  const database = translated(() => {
    // Digests and names of consumers. SQLite gives its side files the mode of the main one.
    closeSync(openSync(file, 'a', 0o600));
    const opened = new openDatabase(file, { timeout: lockTimeoutMs });
    try {
      prepare(opened);
      if (options.fileBytesMax !== undefined) {
        const pageBytes = numberOf(opened.pragma('page_size', { simple: true }));
        opened.pragma(`max_page_count = ${Math.max(1, Math.floor(options.fileBytesMax / pageBytes))}`);
      }
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  });
  const kysely = new Kysely<StoreSchema>({ dialect: new SqliteDialect({ database: withSafeRollback(database) }) });
  const store = controlStore({
    database: kysely,
    translate: storeError,
    scanKeys: (visit) => scanKeys(database, visit),
  });
  const pragma = (name: string): unknown => database.pragma(name, { simple: true });
  return {
    ...store,
    writable: () => probe(database, lockTimeoutMs),
    pragmas: () => ({
      journalMode: pragma('journal_mode'),
      synchronous: pragma('synchronous'),
      foreignKeys: pragma('foreign_keys'),
    }),
    close: () => database.close(),
  };
}

/**
 * A full disk or a failing one makes SQLite roll back by itself. A second rollback would fail, and that failure would hide
 * the first, which says what is the matter.
 */
function withSafeRollback(database: ControlDatabase): Pick<ControlDatabase, 'prepare' | 'close'> {
  return {
    prepare: (sql) => (sql === 'rollback' && !database.inTransaction ? NOTHING_TO_ROLL_BACK : database.prepare(sql)),
    close: () => database.close(),
  };
}

const NOTHING_TO_ROLL_BACK: ControlStatement = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
};

function prepare(database: ControlDatabase): void {
  const version = numberOf(database.pragma('user_version', { simple: true }));
  const owner = numberOf(database.pragma('application_id', { simple: true }));
  // A path mistyped in the configuration must not put our tables into another program's file.
  if (owner !== APPLICATION_ID && !(owner === 0 && version === 0 && isEmpty(database)))
    throw new StoreError('corrupt', 'the file is a database of something else');
  if (version > MIGRATIONS.length)
    throw new StoreError('version', `the store has schema ${version}, this release knows ${MIGRATIONS.length}`);
  if (version === 0) database.pragma(`application_id = ${APPLICATION_ID}`);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  database
    .transaction(() => {
      // Asked again under the lock: two processes may create the file at once.
      const from = numberOf(database.pragma('user_version', { simple: true }));
      for (const step of MIGRATIONS.slice(from)) database.exec(step);
      database.pragma(`user_version = ${MIGRATIONS.length}`);
    })
    .immediate();
}

function isEmpty(database: ControlDatabase): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').all([]).length === 0;
}

/** Row by row from the driver: Kysely's stream would cost more than the reading. */
async function scanKeys(database: ControlDatabase, visit: (row: Selectable<ApiKeyRow>) => void): Promise<void> {
  for (const row of database.prepare('SELECT * FROM api_key').iterate([])) visit(row as Selectable<ApiKeyRow>);
}

function probe(database: ControlDatabase, lockTimeoutMs: number): { ok: boolean; detail: string } {
  try {
    database.pragma('busy_timeout = 0');
    try {
      database
        .transaction(() => {
          database.prepare("INSERT OR REPLACE INTO setting (name, value) VALUES ('probe', '')").run([]);
          database.prepare("DELETE FROM setting WHERE name = 'probe'").run([]);
        })
        .immediate();
    } finally {
      database.pragma(`busy_timeout = ${lockTimeoutMs}`);
    }
    return { ok: true, detail: '' };
  } catch (error) {
    return { ok: false, detail: storeError(error).code };
  }
}
