import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeEvents, sampleEvent } from '../../pipeline/event-samples.test.ts';
import { parseRequestId } from '../../pipeline/request-id.ts';
import { CHUNK_BYTES_TARGET } from '../event-chunk.ts';
import type { Database } from './event-database.ts';
import { openSqliteEventStore, openSqliteEventsToRead } from './event-store.ts';

const OpenDatabase: new (file: string) => Database = createRequire(import.meta.url)('better-sqlite3');

const idOf = (i: number): string => `abcdefghjkmn${String(i).padStart(8, '0')}`;

function batch(first: number, count: number, detail = ''): Uint8Array {
  return encodeEvents(
    Array.from({ length: count }, (_, i) =>
      sampleEvent({ requestId: idOf(first + i), timeMs: 1_000_000 + first + i, detail }),
    ),
  );
}

function inFolder(run: (file: string) => void): () => void {
  return () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-events-'));
    try {
      run(join(folder, 'events.db'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

test(
  'what was appended is there after reopening, counts included, and the file is its owner’s alone',
  inFolder((file) => {
    const first = openSqliteEventStore(file);
    first.append(batch(0, 50));
    first.append(batch(50, 50));
    const before = first.stats();
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(`${file}-wal`).mode & 0o777, 0o600);
    first.close();
    const second = openSqliteEventStore(file);
    assert.deepEqual(second.stats(), before);
    assert.equal(second.find(idOf(73))?.requestId, idOf(73));
    second.append(batch(100, 1));
    assert.equal(second.query({}, { limit: 1 }).events[0]?.requestId, idOf(100));
    second.close();
  }),
);

test(
  'a large append becomes chunks near the target, all in one transaction',
  inFolder((file) => {
    const store = openSqliteEventStore(file);
    store.append(batch(0, 6_000, 'd'.repeat(100)));
    const database = new OpenDatabase(file);
    const rows = database.prepare('SELECT bytes, batch, first_seq, last_seq, count FROM chunk ORDER BY id').all();
    assert.ok(rows.length > 4);
    assert.ok(rows.every((row) => Number(row['bytes']) <= CHUNK_BYTES_TARGET));
    assert.equal(new Set(rows.map((row) => row['batch'])).size, 1);
    assert.equal(rows[0]?.['first_seq'], parseRequestId(idOf(0))?.sequence);
    assert.equal(
      rows.reduce((sum, row) => sum + Number(row['count']), 0),
      6_000,
    );
    database.close();
    store.close();
  }),
);

test(
  'a damaged chunk is left out and counted, and every other event stays readable',
  inFolder((file) => {
    const store = openSqliteEventStore(file);
    for (let i = 0; i < 5; i++) store.append(batch(i * 10, 10));
    const database = new OpenDatabase(file);
    database.exec('UPDATE chunk SET data = zeroblob(bytes) WHERE id = 2');
    database.exec('UPDATE chunk SET crc = crc + 1 WHERE id = 3');
    database.exec("UPDATE chunk SET data = x'00' WHERE id = 4");
    database.close();
    assert.equal(store.find(idOf(15)), undefined);
    assert.equal(store.stats().corruptReads, 1);
    const page = store.query({}, { limit: 100 });
    assert.deepEqual(
      page.events.map((event) => event.requestId),
      [...Array(10).keys()].map((i) => idOf(49 - i)).concat([...Array(10).keys()].map((i) => idOf(9 - i))),
    );
    assert.equal(page.next, undefined);
    assert.equal(store.stats().corruptReads, 4);
    store.close();
  }),
);

test(
  'records that are damaged under a right checksum are left out, not what follows them',
  inFolder((file) => {
    const store = openSqliteEventStore(file);
    const bytes = batch(0, 10);
    // The version byte of every record: lengths stay right, so the store takes them.
    for (let at = 0, view = new DataView(bytes.buffer); at < bytes.length; at += view.getUint32(at, true))
      bytes[at + 4] = 99;
    store.append(bytes);
    store.append(batch(10, 3));
    const page = store.query({}, { limit: 100 });
    assert.equal(page.events.length, 3);
    assert.equal(page.scanned, 13);
    assert.equal(store.find(idOf(4)), undefined);
    store.close();
  }),
);

test(
  'a file at its bound refuses an append as full and keeps what it has; pruning makes room again',
  inFolder((file) => {
    const store = openSqliteEventStore(file, { fileBytesMax: 1024 * 1024 });
    let appended = 0;
    assert.throws(
      () => {
        for (;;) {
          store.append(batch(appended, 100, 'd'.repeat(400)));
          appended += 100;
        }
      },
      { name: 'StoreError', code: 'full' },
    );
    assert.ok(appended > 500);
    assert.equal(store.stats().events, appended);
    assert.equal(store.query({}, { limit: 10_000 }).events.length, appended);
    assert.ok(statSync(file).size <= 1024 * 1024);
    const { deletedEvents } = store.prune({ olderThanMs: 0, bytesMax: Number.MAX_SAFE_INTEGER });
    assert.ok(deletedEvents > 0 && deletedEvents < appended / 2);
    store.append(batch(appended, 100, 'd'.repeat(400)));
    assert.equal(store.query({}, { limit: 1 }).events[0]?.requestId, idOf(appended + 99));
    store.close();
  }),
);

test(
  'a lock held by another process is a StoreError, and the next append succeeds',
  inFolder((file) => {
    const store = openSqliteEventStore(file);
    const other = new OpenDatabase(file);
    other.exec('BEGIN IMMEDIATE');
    assert.throws(() => store.append(batch(0, 1)), { name: 'StoreError', code: 'locked' });
    assert.equal(store.query({}, { limit: 1 }).events.length, 0);
    other.exec('ROLLBACK');
    other.close();
    store.append(batch(0, 1));
    assert.equal(store.stats().events, 1);
    store.close();
  }),
);

test(
  'pruning gives pages back to the system, bounded per call',
  inFolder((file) => {
    const store = openSqliteEventStore(file);
    for (let i = 0; i < 40; i++) store.append(batch(i * 400, 400, 'd'.repeat(400)));
    const full = store.stats().bytes;
    assert.ok(full > 8 * 1024 * 1024);
    let deleted = 0;
    for (;;) {
      const { deletedEvents } = store.prune({ olderThanMs: 0, bytesMax: 1024 * 1024 });
      if (deletedEvents === 0) break;
      deleted += deletedEvents;
    }
    assert.equal(store.stats().events, 16_000 - deleted);
    assert.ok(store.stats().bytes <= 1024 * 1024);
    store.close();
    assert.ok(statSync(file).size <= 1024 * 1024, `${statSync(file).size}`);
  }),
);

/** Events that each bring a profile nobody else has, as callers with claims of their own do. */
function profiled(first: number, count: number): Uint8Array {
  const facts = {
    pathAmbiguities: 0,
    pathWhole: true,
    bodyBytesDeclared: -1,
    authenticatedAtSeconds: 0,
    issuedAtSeconds: 0,
    subjectIsConsumer: false,
    subjectId: 0,
  };
  return encodeEvents(
    Array.from({ length: count }, (_, i) =>
      sampleEvent({
        requestId: idOf(first + i),
        timeMs: 1_000_000 + first + i,
        facts: { ...facts, profileId: first + i + 1, profileText: 'p'.repeat(2_000) },
      }),
    ),
  );
}

test(
  'profiles without number leave room for the events: the oldest go, and a full file frees itself of them',
  inFolder((file) => {
    const options = { fileBytesMax: 2 * 1024 * 1024 };
    const store = openSqliteEventStore(file, options);
    const bounds = { olderThanMs: 0, bytesMax: Number.MAX_SAFE_INTEGER };
    let refused = 0;
    for (let i = 0; i < 60; i++) {
      try {
        store.append(profiled(i * 50, 50));
      } catch (error) {
        refused++;
        assert.equal((error as { code?: string }).code, 'full');
        store.prune(bounds);
        store.append(profiled(i * 50, 50));
      }
    }
    assert.ok(refused > 0);
    store.prune(bounds);
    const kept = (from: typeof store): number =>
      Array.from({ length: 3_000 }, (_, i) => from.profile(i + 1)).filter((text) => text !== undefined).length;
    assert.ok(kept(store) * 2_032 <= (2 * 1024 * 1024 * 0.9) / 4, `${kept(store)}`);
    assert.ok(store.stats().events >= 300, `${store.stats().events}`);
    assert.deepEqual([store.profile(1), store.profile(3_000)?.length], [undefined, 2_000]);
    store.close();
    // What is kept is counted anew, so that the bound holds after a restart.
    const again = openSqliteEventStore(file, options);
    again.prune({ ...bounds, bytesMax: 400 * 1024 });
    assert.ok(kept(again) > 0 && kept(again) * 2_032 <= 100 * 1024, `${kept(again)}`);
    again.close();
  }),
);

test(
  'a profile that is told again stays; one that no event can name any more goes',
  inFolder((file) => {
    const store = openSqliteEventStore(file);
    const told = (id: number, timeMs: number): void => {
      const facts = {
        pathAmbiguities: 0,
        pathWhole: true,
        bodyBytesDeclared: -1,
        authenticatedAtSeconds: 0,
        issuedAtSeconds: 0,
        subjectIsConsumer: false,
        subjectId: 0,
      };
      store.append(encodeEvents([sampleEvent({ timeMs, facts: { ...facts, profileId: id, profileText: `p${id}` } })]));
    };
    told(1, 1_000);
    told(2, 2_000);
    told(1, 9_000_000);
    store.prune({ olderThanMs: 5_000_000, bytesMax: Number.MAX_SAFE_INTEGER });
    store.prune({ olderThanMs: 5_000_000, bytesMax: Number.MAX_SAFE_INTEGER });
    assert.deepEqual([store.profile(1), store.profile(2)], ['p1', undefined]);
    store.close();
  }),
);

test(
  'whoever opens the file to read sees what is appended meanwhile, and can write nothing',
  inFolder((file) => {
    assert.throws(() => openSqliteEventsToRead(file), { name: 'StoreError' });
    const store = openSqliteEventStore(file);
    store.append(profiled(0, 3));
    const reader = openSqliteEventsToRead(file);
    store.append(profiled(3, 2));
    assert.deepEqual(
      [...reader.scan(0)].map(({ requestId }) => requestId),
      [0, 1, 2, 3, 4].map(idOf),
    );
    assert.equal(reader.profile(5)?.length, 2_000);
    assert.throws(() => reader.append(profiled(5, 1)), { name: 'StoreError', code: 'readonly' });
    assert.throws(() => reader.prune({ olderThanMs: 9_000_000, bytesMax: 0 }), {
      name: 'StoreError',
      code: 'readonly',
    });
    reader.close();
    assert.equal(store.stats().events, 5);
    store.close();
    // Nobody writes any more, and the log beside the file is gone.
    const alone = openSqliteEventsToRead(file);
    assert.equal([...alone.scan(0)].length, 5);
    alone.close();
  }),
);

test(
  'files of earlier versions gain what they lack and keep their events',
  inFolder((file) => {
    const store = openSqliteEventStore(file);
    store.append(profiled(0, 3));
    store.close();
    for (const [version, sql] of [
      [2, 'DROP INDEX profile_time'],
      [1, 'DROP TABLE profile'],
    ] as const) {
      const database = new OpenDatabase(file);
      database.exec(sql);
      database.pragma(`user_version = ${version}`);
      database.close();
      const again = openSqliteEventStore(file);
      assert.deepEqual([again.stats().events, again.profile(1)?.length], [3, version === 1 ? undefined : 2_000]);
      again.close();
    }
  }),
);

test(
  'a file that is no database, is damaged at its root, or comes from a newer release is refused by kind',
  inFolder((file) => {
    writeFileSync(file, 'not a database at all, '.repeat(500));
    assert.throws(() => openSqliteEventStore(file), { name: 'StoreError', code: 'corrupt' });
    rmSync(file);
    openSqliteEventStore(file).close();
    const database = new OpenDatabase(file);
    database.pragma('user_version = 99');
    database.close();
    assert.throws(() => openSqliteEventStore(file), { name: 'StoreError', code: 'version' });
    assert.throws(() => openSqliteEventStore(join(file, 'below-a-file')), { name: 'StoreError', code: 'io' });
  }),
);

test(
  'a file cut off in its middle answers with what is left of it or fails as a StoreError',
  inFolder((file) => {
    const store = openSqliteEventStore(file);
    for (let i = 0; i < 20; i++) store.append(batch(i * 300, 300, 'd'.repeat(300)));
    store.close();
    truncateSync(file, Math.floor(statSync(file).size / 2 / 8192) * 8192);
    try {
      const cut = openSqliteEventStore(file);
      const page = cut.query({}, { limit: 10_000 });
      assert.ok(page.events.length < 6_000);
      cut.close();
    } catch (error) {
      assert.equal((error as Error).name, 'StoreError');
    }
  }),
);

test(
  'a closed store says so',
  inFolder((file) => {
    const store = openSqliteEventStore(file);
    store.close();
    assert.throws(() => store.append(batch(0, 1)), { name: 'StoreError', code: 'closed' });
    assert.throws(() => store.query({}, { limit: 1 }), { name: 'StoreError', code: 'closed' });
    assert.throws(() => store.stats(), { name: 'StoreError', code: 'closed' });
  }),
);
