import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { REVOKED_ALWAYS } from '../core/credential.ts';
import { type RevocationHandle, RevocationReader, RevocationWriter } from './revocation-memory.ts';

/** Words through which the writing thread says what must be seen from now on. */
const ADDED = 0;
const STOP = 1;
const READY = 2;

const FLICKERS = 2;

const VALUES = 60_000;
const ISSUER = 'https://issuer.example';

interface Birth {
  readonly handle: RevocationHandle;
  readonly shared: SharedArrayBuffer;
}

interface Report {
  readonly checks: number;
  readonly misses: number;
  readonly versions: number;
  readonly faults: readonly string[];
}

/** Checks everything against what follows from the number of the value: number n is revoked up to second n. */
function readUntilStopped({ handle, shared }: Birth): Report {
  const words = new Int32Array(shared);
  const reader = new RevocationReader(handle);
  const faults: string[] = [];
  const fault = (text: string): void => {
    if (faults.length < 10) faults.push(text);
  };
  let checks = 0;
  let misses = 0;
  let versions = 0;
  let version = reader.version;
  let n = 0;
  Atomics.add(words, READY, 1);
  Atomics.notify(words, READY);
  while (Atomics.load(words, STOP) === 0) {
    const added = Atomics.load(words, ADDED);
    const seen = reader.version;
    if (seen !== version) versions++;
    version = seen;
    for (let turn = 0; turn < 100; turn++) {
      // Half of the looks go to what was added last.
      n = turn % 2 === 0 ? (n * 5 + 12_347) % VALUES : Math.max(0, added - 1 - (turn >> 1));
      checks++;
      if (!reader.isRevoked('jti', ISSUER, `${n}`, n)) {
        misses++;
        if (n < added) fault(`${n} of ${added} is not revoked`);
      }
      if (reader.isRevoked('jti', ISSUER, `${n}`, n + 1)) fault(`${n} is revoked for too long`);
      if (reader.isRevoked('sid', ISSUER, `${n}`, 0)) fault(`${n} is revoked as another kind`);
      // Values that come and go, next to ones that are revoked for good: the time of one must not count for another.
      const flicker = turn % FLICKERS;
      if (reader.isRevoked('sub', ISSUER, `flicker ${flicker}`, 100 + flicker + 1)) fault('a time of another entry');
    }
  }
  return { checks, misses, versions, faults };
}

if (isMainThread) {
  test('threads miss no revocation and see none that is not, while it grows and entries come and go', async () => {
    const writer = new RevocationWriter({ bytes: (count) => randomBytes(count) });
    const shared = new SharedArrayBuffer(16);
    const words = new Int32Array(shared);
    const workers = [0, 1].map(
      () => new Worker(import.meta.filename, { workerData: { handle: writer.handle(), shared } satisfies Birth }),
    );
    const reports = workers.map((worker) => once(worker, 'message') as Promise<[Report]>);
    for (let ready = 0; ready < workers.length; ready = Atomics.load(words, READY))
      assert.notEqual(await Atomics.waitAsync(words, READY, ready, 10_000).value, 'timed-out');
    const firstBytes = writer.handle().shared.byteLength;
    for (let n = 0; n < VALUES; n++) {
      writer.add('jti', ISSUER, `${n}`, n, 0);
      Atomics.store(words, ADDED, n + 1);
      const flicker = n % FLICKERS;
      writer.add('sub', ISSUER, `flicker ${flicker}`, 100 + flicker, 0);
      writer.add('client', ISSUER, `always ${n}`, REVOKED_ALWAYS, 0);
      writer.remove('sub', ISSUER, `flicker ${flicker}`);
      writer.add('client', ISSUER, `always too ${n}`, REVOKED_ALWAYS, 0);
      writer.remove('client', ISSUER, `always ${n}`);
      writer.remove('client', ISSUER, `always too ${n}`);
    }
    Atomics.store(words, STOP, 1);
    for (const [{ faults, checks, misses, versions }] of await Promise.all(reports)) {
      assert.deepEqual(faults, []);
      assert.ok(checks > 5_000, `only ${checks} checks`);
      assert.ok(misses < checks, 'nothing was ever found');
      assert.ok(versions > 0, 'no change of the version was seen');
    }
    await Promise.all(workers.map((worker) => worker.terminate()));
    assert.ok(writer.handle().shared.byteLength > firstBytes);
    assert.equal(writer.size, VALUES);
  });
} else parentPort?.postMessage(readUntilStopped(workerData as Birth));
