import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { sampleConsumer, sampleKeyId, sampleRecord } from '../../crypto/credential-samples.test.ts';
import { StoreError, type StoreErrorCode } from '../store-error.ts';
import { openControlStore } from './control-database.ts';

interface RawDatabase {
  exec(sql: string): void;
  pragma(text: string, options?: { simple: boolean }): unknown;
  close(): void;
}
const openRaw: new (file: string) => RawDatabase = createRequire(import.meta.url)('better-sqlite3');

const [, , role, databaseFile] = process.argv;

if (role === 'change-until-killed' && databaseFile !== undefined) {
  const { keys } = openControlStore(databaseFile);
  for (let n = 0; ; n++) {
    await keys.insert([sampleRecord(n)]);
    if (n % 3 === 1) await keys.update(sampleKeyId(n), { status: 'revoked' });
    if (n % 3 === 2)
      await keys.rotate(sampleKeyId(n), { successorId: sampleKeyId(-n), expiresAtMs: n }, sampleRecord(-n));
    writeSync(1, `${n}\n`);
  }
}

function withFolder(run: (folder: string) => Promise<void> | void): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-control-'));
    try {
      await run(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

function isStoreError(code: StoreErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof StoreError && error.code === code;
}

test(
  'a process killed while it changes keys loses nothing that was acknowledged',
  withFolder(async (folder) => {
    for (const changesBeforeKill of [0, 60, 500]) {
      const file = join(folder, `control-${changesBeforeKill}.db`);
      const child = spawn(process.execPath, [import.meta.filename, 'change-until-killed', file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exit = once(child, 'exit');
      let acknowledged = -1;
      for await (const line of createInterface({ input: child.stdout })) {
        if (!/^\d+$/.test(line)) continue;
        acknowledged = Number(line);
        if (acknowledged === changesBeforeKill) child.kill('SIGKILL');
      }
      assert.equal((await exit)[1], 'SIGKILL');
      assert.ok(acknowledged >= changesBeforeKill);
      const raw = new openRaw(file);
      assert.deepEqual(raw.pragma('integrity_check'), [{ integrity_check: 'ok' }]);
      raw.close();
      const store = openControlStore(file);
      for (let n = 0; n <= acknowledged; n++) {
        const record = await store.keys.find(sampleKeyId(n));
        assert.equal(record?.status, n % 3 === 1 ? 'revoked' : 'active', `key ${n}`);
        assert.equal(record.successorId, n % 3 === 2 ? sampleKeyId(-n) : '', `key ${n}`);
        if (n % 3 === 2) assert.ok(await store.keys.find(sampleKeyId(-n)), `successor of ${n}`);
      }
      store.close();
    }
  }),
);

test(
  'every commit waits for the disk, and the files are their owner’s alone',
  withFolder(async (folder) => {
    const store = openControlStore(join(folder, 'control.db'));
    await store.keys.insert([sampleRecord(1)]);
    const files = readdirSync(folder);
    assert.ok(files.includes('control.db-wal'), 'there is a write-ahead log');
    for (const name of files) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
    assert.deepEqual(store.pragmas(), { journalMode: 'wal', synchronous: 2, foreignKeys: 1 });
    store.close();
    const again = openControlStore(join(folder, 'control.db'));
    assert.equal(await again.keys.count(), 1);
    again.close();
  }),
);

test(
  'a lock held by another process is told as such, changes nothing, and passes',
  withFolder(async (folder) => {
    const file = join(folder, 'control.db');
    const store = openControlStore(file, { lockTimeoutMs: 20 });
    await store.keys.insert([sampleRecord(1)]);
    const other = new openRaw(file);
    other.exec('BEGIN IMMEDIATE');
    await assert.rejects(store.keys.insert([sampleRecord(2)]), isStoreError('locked'));
    await assert.rejects(store.keys.update(sampleKeyId(1), { status: 'revoked' }), isStoreError('locked'));
    const rotation = store.keys.rotate(sampleKeyId(1), { successorId: sampleKeyId(3) }, sampleRecord(3));
    await assert.rejects(rotation, isStoreError('locked'));
    await assert.rejects(store.consumers.upsert(sampleConsumer('acme')), isStoreError('locked'));
    await assert.rejects(store.settings.set('a', 'b'), isStoreError('locked'));
    assert.deepEqual(store.writable(), { ok: false, detail: 'locked' });
    assert.equal((await store.keys.find(sampleKeyId(1)))?.status, 'active', 'reading goes on');
    other.exec('ROLLBACK');
    other.close();
    assert.equal(await store.keys.count(), 1);
    assert.deepEqual(store.writable(), { ok: true, detail: '' });
    await store.keys.insert([sampleRecord(2)]);
    assert.equal(await store.keys.count(), 2);
    store.close();
  }),
);

test(
  'a file at its bound refuses as full, keeps what it has, and still takes a revocation',
  withFolder(async (folder) => {
    const store = openControlStore(join(folder, 'control.db'), { fileBytesMax: 300_000 });
    let stored = 0;
    const fill = async (): Promise<void> => {
      for (; ; stored += 50)
        await store.keys.insert(Array.from({ length: 50 }, (_, i) => sampleRecord(stored + i, { status: 'disabled' })));
    };
    await assert.rejects(fill, isStoreError('full'));
    assert.ok(stored >= 50);
    assert.equal(await store.keys.count(), stored, 'the refused batch left nothing behind');
    assert.equal(await store.keys.update(sampleKeyId(0), { status: 'revoked' }), true);
    assert.equal((await store.keys.find(sampleKeyId(0)))?.status, 'revoked');
    store.close();
  }),
);

test(
  'what is no store of ours is refused by kind and left as it is',
  withFolder(async (folder) => {
    const text = join(folder, 'text.db');
    writeFileSync(text, 'not a database, but long enough to be looked at as one: '.repeat(40));
    assert.throws(() => openControlStore(text), isStoreError('corrupt'));

    const foreign = join(folder, 'foreign.db');
    const raw = new openRaw(foreign);
    raw.exec('CREATE TABLE theirs (a)');
    raw.close();
    assert.throws(() => openControlStore(foreign), isStoreError('corrupt'));
    const still = new openRaw(foreign);
    assert.equal(still.pragma('journal_mode', { simple: true }), 'delete');
    still.close();

    const newer = join(folder, 'newer.db');
    openControlStore(newer).close();
    const lifted = new openRaw(newer);
    lifted.pragma('user_version = 99');
    lifted.close();
    assert.throws(() => openControlStore(newer), isStoreError('version'));

    const cut = join(folder, 'cut.db');
    const store = openControlStore(cut);
    await store.keys.insert(Array.from({ length: 500 }, (_, n) => sampleRecord(n)));
    store.close();
    truncateSync(cut, 6_000);
    await assert.rejects(async () => {
      const opened = openControlStore(cut);
      try {
        await opened.keys.scan(() => undefined);
      } finally {
        opened.close();
      }
    }, isStoreError('corrupt'));

    assert.throws(() => openControlStore(join(folder, 'none', 'control.db')), isStoreError('io'));
  }),
);

test(
  'a damaged list makes its key unreadable, never unrestricted',
  withFolder(async (folder) => {
    const file = join(folder, 'control.db');
    const store = openControlStore(file);
    await store.keys.insert([sampleRecord(1, { allowedCidrs: ['10.0.0.0/8'] }), sampleRecord(2)]);
    const raw = new openRaw(file);
    for (const damage of ['', '{}', '[1]', '["10.0.0.0/8"', 'null']) {
      raw.exec(`UPDATE api_key SET allowed_cidrs = '${damage}' WHERE key_id = '${sampleKeyId(1)}'`);
      await assert.rejects(store.keys.find(sampleKeyId(1)), isStoreError('corrupt'), damage);
      assert.ok(await store.keys.find(sampleKeyId(2)));
    }
    raw.close();
    store.close();
  }),
);

test(
  'a closed store says so',
  withFolder(async (folder) => {
    const store = openControlStore(join(folder, 'control.db'));
    store.close();
    await assert.rejects(store.keys.count(), isStoreError('closed'));
    await assert.rejects(store.keys.insert([sampleRecord(1)]), isStoreError('closed'));
    assert.deepEqual(store.writable(), { ok: false, detail: 'closed' });
  }),
);
