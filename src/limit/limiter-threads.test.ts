import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import type { LimitRule } from '../core/configuration.ts';
import { createLimitMemory, DEFAULT_LIMIT_BUCKETS, type LimitBuckets, type LimitMemory } from './limit-memory.ts';
import { checkLimits, compileLimits } from './limiter.ts';
import { Limits } from './limits.ts';

/** What a thread is told to do. Results are added up in shared words, so that a terminated thread's count too. */
interface Orders {
  readonly memory: LimitMemory;
  readonly rules: readonly LimitRule[];
  /** Word 0: threads ready; 1: started; 2: simulated clock; 3: calls made; from 8: admitted, per consumer. */
  readonly tally: SharedArrayBuffer;
  readonly calls: number;
  readonly consumers: number;
  /** Other subjects of a fast rule, which come to rest at once and so keep slots changing hands; 0 for none. */
  readonly churn: number;
}

const READY = 0;
const STARTED = 1;
const CLOCK = 2;
const CALLS = 3;
const ADMITTED = 8;
const NOW_MICROS = 5e12;
const NOW_MS = Date.UTC(2026, 5, 15, 12);

if (isMainThread) defineTests();
else hammer(workerData as Orders);

function hammer(orders: Orders): void {
  const limits = new Limits(orders.memory);
  const compiled = compileLimits(orders.rules, 'orders', limits);
  const fast: LimitRule = { kind: 'rate', per: ['consumer'], permits: 1_000_000, windowSeconds: 1, burst: 1, cost: 1 };
  const churning = compileLimits([fast], 'churn', limits);
  const tally = new Int32Array(orders.tally);
  Atomics.add(tally, READY, 1);
  Atomics.notify(tally, READY);
  Atomics.wait(tally, STARTED, 0);
  for (let i = 0; i < orders.calls; i++) {
    // Two milliseconds a step: whatever the fast rule admitted is at rest one step later.
    const nowMicros = NOW_MICROS + Atomics.add(tally, CLOCK, 1) * 2000;
    if (orders.churn > 0 && i % 4 !== 0) {
      const consumer = `churn-${(i * 7919) % orders.churn}`;
      checkLimits(churning, { consumer, keyId: '', addressGroup: '' }, nowMicros, NOW_MS);
      continue;
    }
    const number = (i >>> 2) % orders.consumers;
    const subject = { consumer: `consumer-${number}`, keyId: '', addressGroup: `192.0.2.${i % 200}` };
    if (checkLimits(compiled, subject, nowMicros, NOW_MS).kind === 'pass') Atomics.add(tally, ADMITTED + number, 1);
    Atomics.add(tally, CALLS, 1);
  }
}

function defineTests(): void {
  const thousand: LimitRule = {
    kind: 'rate',
    per: ['consumer'],
    permits: 1000,
    windowSeconds: 30 * 86_400,
    burst: 1000,
    cost: 1,
  };

  test('four threads, 100,000 calls, a rate of 1,000: admitted exactly 1,000', async () => {
    const { admitted, calls } = await run({ rules: [thousand] });
    assert.equal(calls, 100_000);
    assert.deepEqual(admitted, [1000]);
  });

  test('four threads, 100,000 calls, a quota of 1,000: admitted exactly 1,000', async () => {
    const quota: LimitRule = { kind: 'quota', per: ['consumer'], permits: 1000, window: 'month', cost: 1 };
    const { admitted } = await run({ rules: [quota] });
    assert.deepEqual(admitted, [1000]);
  });

  test('four threads, three rules: exactly what the tightest allows, and the others were charged exactly that', async () => {
    const quota: LimitRule = { kind: 'quota', per: ['consumer'], permits: 5000, window: 'month', cost: 2 };
    const wide: LimitRule = { ...thousand, permits: 4000, burst: 4000 };
    const { admitted, memory, endMicros } = await run({ rules: [wide, thousand, quota] });
    assert.deepEqual(admitted, [1000]);
    const left = (rule: LimitRule): number => {
      const compiled = compileLimits([rule], 'after', new Limits(memory));
      let count = 0;
      const subject = { consumer: 'consumer-0', keyId: '', addressGroup: '' };
      while (checkLimits(compiled, subject, endMicros, NOW_MS).kind === 'pass') count++;
      return count;
    };
    assert.equal(left({ ...quota, cost: 1 }), 5000 - 2000);
    assert.equal(left(wide), 3000);
  });

  test('threads that insert the same keys at once into a table whose slots keep changing hands never count one twice', async () => {
    const five: LimitRule = { ...thousand, permits: 5, burst: 5 };
    const buckets = { ...DEFAULT_LIMIT_BUCKETS, verifiedRates: 4 };
    const { admitted } = await run({ rules: [five], buckets, consumers: 20, churn: 200, calls: 40_000 });
    assert.deepEqual(admitted, new Array<number>(20).fill(5));
  });

  test('a thread terminated at any moment blocks no other, and loses at most the one call it was counting', async () => {
    // Earns one permit in more simulated time than the test has.
    const slow: LimitRule = { ...thousand, permits: 5000, burst: 5000, windowSeconds: 366 * 86_400 };
    const buckets = { ...DEFAULT_LIMIT_BUCKETS, verifiedRates: 4 };
    const rounds = 12;
    const orders = prepare({ rules: [slow], buckets, consumers: 4, churn: 200, calls: 200_000 });
    const tally = new Int32Array(orders.tally);
    for (let round = 0; round < rounds; round++) {
      const worker = await start(orders);
      const before = Atomics.load(tally, CALLS);
      release(tally);
      while (Atomics.load(tally, CALLS) < before + 100 + round * 37) await new Promise(setImmediate);
      await worker.terminate();
    }
    const survivor = await start({ ...orders, calls: 400_000 });
    release(tally);
    await once(survivor, 'exit');
    const admitted = [...tally.subarray(ADMITTED, ADMITTED + 4)];
    for (const count of admitted) assert.ok(count <= 5000 && count >= 5000 - rounds, admitted.join());
  });
}

interface Setup {
  readonly rules: readonly LimitRule[];
  readonly buckets?: LimitBuckets;
  readonly consumers?: number;
  readonly churn?: number;
  readonly calls?: number;
}

function prepare(setup: Setup): Orders {
  return {
    memory: createLimitMemory(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), setup.buckets ?? DEFAULT_LIMIT_BUCKETS),
    rules: setup.rules,
    tally: new SharedArrayBuffer(4096),
    calls: setup.calls ?? 25_000,
    consumers: setup.consumers ?? 1,
    churn: setup.churn ?? 0,
  };
}

async function run(
  setup: Setup,
): Promise<{ admitted: number[]; calls: number; memory: LimitMemory; endMicros: number }> {
  const orders = prepare(setup);
  const tally = new Int32Array(orders.tally);
  const workers = await Promise.all([start(orders), start(orders), start(orders), start(orders)]);
  const ended = workers.map((worker) => once(worker, 'exit'));
  release(tally);
  await Promise.all(ended);
  return {
    admitted: [...tally.subarray(ADMITTED, ADMITTED + orders.consumers)],
    calls: Atomics.load(tally, CALLS),
    memory: orders.memory,
    endMicros: NOW_MICROS + Atomics.load(tally, CLOCK) * 2000,
  };
}

/** Starts a thread and waits until it stands at the line. */
async function start(orders: Orders): Promise<Worker> {
  const tally = new Int32Array(orders.tally);
  Atomics.store(tally, STARTED, 0);
  const before = Atomics.load(tally, READY);
  const worker = new Worker(new URL(import.meta.url), { workerData: orders });
  const failed = once(worker, 'error').then(([error]) => {
    throw error;
  });
  failed.catch(() => {});
  while (Atomics.load(tally, READY) === before) {
    await Promise.race([failed, new Promise(setImmediate)]);
  }
  return worker;
}

function release(tally: Int32Array): void {
  Atomics.store(tally, STARTED, 1);
  Atomics.notify(tally, STARTED);
}
