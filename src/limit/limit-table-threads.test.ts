import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { BUCKET_BYTES, LimitTable, newLimitKey, setLimitKey } from './limit-table.ts';

/** Two threads, so that on two cores they truly run at once. */
const THREADS = 2;
const ROUNDS = 30_000;
const BARRIER = 0;
const FIRSTS = 1;

interface Orders {
  readonly table: SharedArrayBuffer;
  readonly tally: SharedArrayBuffer;
  readonly thread: number;
}

if (isMainThread) defineTests();
else race(workerData as Orders);

/**
 * Every round both threads insert keys of their own and one key that they share, in one bucket, in different order.
 * Whoever finds the shared key untouched marks it; were it ever in two slots, both would.
 */
function race(orders: Orders): void {
  const table = new LimitTable(orders.table, 0, 1);
  const tally = new Int32Array(orders.tally);
  const key = newLimitKey();
  for (let round = 1; round <= ROUNDS; round++) {
    Atomics.add(tally, BARRIER, 1);
    while (Atomics.load(tally, BARRIER) < round * THREADS);
    const before = (round + orders.thread) % 3;
    for (let own = 0; own < 3; own++) {
      if (own === before) {
        setLimitKey(key, Math.imul(round, 0x9e37_79b1), 0x7000_0000);
        if (take(table, key, round)) Atomics.add(tally, FIRSTS, 1);
      }
      setLimitKey(key, Math.imul(round * 8 + own * THREADS + orders.thread, 0x85eb_ca6b), 0x1000_0000);
      take(table, key, round);
    }
  }
}

/** Gives the key a slot and marks it for this round; false where it was marked before or had no room. */
function take(table: LimitTable, key: ReturnType<typeof newLimitKey>, round: number): boolean {
  while (table.claim(key, round, 0)) {
    if ((table.stateHi & 0xfffffff) === round) return false;
    if (table.swap(key.slot, table.stateHi, table.stateLo, round, 1)) return true;
  }
  throw new Error('a bucket of 15 had no room for seven keys');
}

function defineTests(): void {
  test('a key that two threads insert at once gets one slot', async () => {
    const table = new SharedArrayBuffer(BUCKET_BYTES);
    const tally = new SharedArrayBuffer(64);
    const workers = Array.from(
      { length: THREADS },
      (_, thread) => new Worker(new URL(import.meta.url), { workerData: { table, tally, thread } satisfies Orders }),
    );
    await Promise.all(workers.map((worker) => once(worker, 'exit')));
    assert.equal(new Int32Array(tally)[FIRSTS], ROUNDS);
  });
}
