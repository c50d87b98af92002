import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';

/** What is used of better-sqlite3, which ships no types of its own. */
interface SqliteStatement {
  readonly readonly: boolean;
  readonly reader: boolean;
  raw(on: boolean): SqliteStatement;
  safeIntegers(on: boolean): SqliteStatement;
  all(parameters: Readonly<Record<string, string>>): (readonly unknown[])[];
}
interface SqliteDatabase {
  prepare(text: string): SqliteStatement;
  close(): void;
}
type DatabaseConstructor = new (
  file: string,
  options: { readonly: boolean; fileMustExist: boolean; timeout: number },
) => SqliteDatabase;

const OpenDatabase: DatabaseConstructor = createRequire(import.meta.url)('better-sqlite3');

/** One question to a file. */
export interface SqliteQuestion {
  readonly id: number;
  readonly file: string;
  readonly statement: string;
  readonly object: string;
}

export type SqliteAnswer =
  | { readonly id: number; readonly rows: readonly (readonly unknown[])[] }
  /** SQLite's own name of what went wrong. */
  | { readonly id: number; readonly error: string };

const FILES_MAX = 16;
const STATEMENTS_MAX = 64;
const BUSY_TIMEOUT_MS = 250;

interface OpenFile {
  readonly database: SqliteDatabase;
  readonly inode: bigint;
  readonly statements: Map<string, SqliteStatement>;
}

const open = new Map<string, OpenFile>();

/** SQLite answers while its thread waits: in a thread of its own, a slow statement delays no call that does not need it. */
parentPort?.on('message', ({ id, file, statement, object }: SqliteQuestion) => {
  parentPort?.postMessage(answer(id, file, statement, object));
});

function answer(id: number, file: string, statement: string, object: string): SqliteAnswer {
  try {
    const rows = prepared(file, statement).all({ 1: object });
    return { id, rows };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be asked';
    return { id, error: code };
  }
}

function prepared(file: string, text: string): SqliteStatement {
  const { database, statements } = opened(file);
  const known = statements.get(text);
  if (known !== undefined) return known;
  const statement = database.prepare(text);
  if (!statement.readonly || !statement.reader)
    throw Object.assign(new Error('it writes'), { code: 'it does not only read' });
  if (statements.size >= STATEMENTS_MAX) statements.clear();
  statement.raw(true).safeIntegers(true);
  statements.set(text, statement);
  return statement;
}

function opened(file: string): OpenFile {
  // A file that was replaced is another one; the old one would be read for ever.
  const inode = statSync(file, { bigint: true }).ino;
  const known = open.get(file);
  if (known !== undefined && known.inode === inode) return known;
  known?.database.close();
  open.delete(file);
  if (open.size >= FILES_MAX) {
    for (const { database } of open.values()) database.close();
    open.clear();
  }
  const database = new OpenDatabase(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  const fresh: OpenFile = { database, inode, statements: new Map() };
  open.set(file, fresh);
  return fresh;
}
