import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  isMainThread,
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  Worker,
  workerData,
} from 'node:worker_threads';
import { type CredentialIndexHandle, CredentialIndexWriter, CredentialReader } from './credential-index.ts';
import { random, sampleConsumer, sampleDigest, sampleKeyId, sampleRecord } from './credential-samples.test.ts';

/** Words through which the writing thread says what must be seen from now on. */
const ADDED = 0;
const REVOKED = 1;
const STOP = 2;
const ADOPTED = 3;
const REVOKED_IN_MOVE = 4;

const KEYS = 12_000;
const CHANGED = KEYS + 1;
const NOW_MS = 1_790_000_000_000;

interface Birth {
  readonly handle: CredentialIndexHandle;
  readonly shared: SharedArrayBuffer;
}

interface Report {
  readonly lookups: number;
  readonly changesSeen: number;
  readonly faults: readonly string[];
}

/** The reading side: checks everything it reads against what follows from the number of the key. */
function readUntilStopped({ handle, shared }: Birth, port: MessagePort): Report {
  const words = new Int32Array(shared);
  const reader = new CredentialReader(handle);
  const ids = Array.from({ length: KEYS }, (_, n) => sampleKeyId(n));
  const digests = ids.map(sampleDigest);
  const faults: string[] = [];
  const fault = (text: string): void => {
    if (faults.length < 10) faults.push(text);
  };
  let lookups = 0;
  let changesSeen = 0;
  let lastScope = '';
  let n = 0;
  while (Atomics.load(words, STOP) === 0) {
    const received = receiveMessageOnPort(port);
    if (received !== undefined) {
      const next = received.message as CredentialIndexHandle;
      reader.adopt(next);
      Atomics.store(words, ADOPTED, next.generation);
      Atomics.notify(words, ADOPTED);
    }
    for (let turn = 0; turn < 200; turn++) {
      n = (n * 5 + 12_347) % KEYS;
      const added = Atomics.load(words, ADDED);
      const revoked = Atomics.load(words, REVOKED);
      const index = reader.lookup(ids[n] ?? '');
      lookups++;
      if (index < 0) {
        if (n < added) fault(`key ${n} of ${added} is not found`);
        continue;
      }
      if (!reader.digestEquals(index, digests[n] ?? Buffer.alloc(0))) fault(`key ${n} has another digest`);
      if (reader.consumer(index) !== `consumer-${n}`) fault(`key ${n} is of ${reader.consumer(index)}`);
      if (reader.grants(reader.grantsId(index)).scopes[0] !== `scope-${n % 50}`) fault(`key ${n} has other scopes`);
      const validity = reader.validity(index, NOW_MS);
      if (n < revoked && validity !== 'revoked') fault(`key ${n} is ${validity} after it was revoked`);
      if (validity !== 'valid' && validity !== 'revoked') fault(`key ${n} is ${validity}`);
    }
    const moved = Atomics.load(words, REVOKED_IN_MOVE) - 1;
    if (moved >= 0 && reader.status(reader.lookup(sampleKeyId(moved))) !== 'revoked')
      fault(`key ${moved} is good after it was revoked in a move`);
    // Wide scopes and a long life are never given together.
    for (let turn = 0; turn < 200; turn++) {
      const index = reader.lookup(sampleKeyId(CHANGED));
      const before = reader.grantsId(index);
      const validity = reader.validity(index, NOW_MS);
      if (reader.grantsId(index) !== before) continue;
      const scope = reader.grants(before).scopes[0] ?? '';
      if (scope !== lastScope) changesSeen++;
      lastScope = scope;
      if (validity === 'valid' && scope === 'wide') fault('the old life met the new scopes');
    }
  }
  return { lookups, changesSeen, faults };
}

if (isMainThread) {
  test('threads read right answers while keys are added, changed and revoked and tables are replaced', async () => {
    const writer = new CredentialIndexWriter(random, 4);
    const change = (wide: boolean): void => {
      const what = wide ? { scopes: ['wide'], expiresAtMs: NOW_MS - 5_000 } : { scopes: ['narrow'], expiresAtMs: 0 };
      writer.upsert(sampleRecord(CHANGED, what), sampleConsumer('x'));
    };
    change(false);
    const words = new Int32Array(new SharedArrayBuffer(20));
    const shared = words.buffer as SharedArrayBuffer;
    const worker = new Worker(import.meta.filename, {
      workerData: { handle: writer.handle(), shared } satisfies Birth,
    });
    const report = once(worker, 'message') as Promise<[Report]>;
    await once(worker, 'online');
    let tables = 0;
    for (let n = 0; n < KEYS; n++) {
      writer.upsert(sampleRecord(n, { scopes: [`scope-${n % 50}`] }), undefined);
      for (let turn = 0; turn < 20; turn++) change(turn % 2 === 0);
      if (writer.moving) {
        // Revoked while the other thread still reads the table that is being left.
        writer.revoke(sampleKeyId(n >> 1));
        Atomics.store(words, REVOKED_IN_MOVE, (n >> 1) + 1);
        const handle = writer.handle();
        worker.postMessage(handle);
        while (Atomics.load(words, ADOPTED) < handle.generation)
          assert.notEqual(Atomics.wait(words, ADOPTED, Atomics.load(words, ADOPTED), 10_000), 'timed-out');
        writer.retire(handle.generation);
        tables++;
      }
      Atomics.store(words, ADDED, n + 1);
      if (n % 3 === 0) {
        writer.revoke(sampleKeyId(n / 3));
        Atomics.store(words, REVOKED, n / 3 + 1);
      }
    }
    Atomics.store(words, STOP, 1);
    const [{ faults, lookups, changesSeen }] = await report;
    await worker.terminate();
    assert.deepEqual(faults, []);
    assert.ok(tables >= 9, `only ${tables} tables`);
    assert.ok(lookups > 10_000, `only ${lookups} look-ups`);
    assert.ok(changesSeen > 100, `only ${changesSeen} changes seen`);
  });
} else if (parentPort !== null) parentPort.postMessage(readUntilStopped(workerData as Birth, parentPort));
