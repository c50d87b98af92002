import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { createReplayMemory, ReplayGuard, type ReplayMemory } from './replay-memory.ts';

const START_MS = 1_790_000_000_000;
const STEP_MS = 8_000;
const VALUES = 40_000;
const ROUNDS = 20_000;
/** Words of the tally of a duel. */
const BARRIER = 0;
const DOUBLE = 1;
const NOBODY = 2;
const WRONG_AFTER = 3;
const FRESH = 4;

interface Orders {
  readonly kind: 'swarm' | 'duel';
  readonly memory: ReplayMemory;
  readonly tally: SharedArrayBuffer;
  readonly thread: number;
}

if (isMainThread) defineTests();
else {
  const orders = workerData as Orders;
  if (orders.kind === 'swarm') swarm(orders);
  else duel(orders);
}

/** Every thread claims every value, all in nearly the same order. Word n counts how often value n was fresh. */
function swarm({ memory, tally, thread }: Orders): void {
  const replay = new ReplayGuard(memory);
  const freshOf = new Int32Array(tally);
  Atomics.add(freshOf, VALUES, 1);
  while (Atomics.load(freshOf, VALUES) < 4);
  for (let n = 0; n < VALUES; n++) {
    const value = n ^ thread;
    // One value in ten comes with a clock that is a step ahead.
    const nowMs = START_MS + (n % 10 === thread ? STEP_MS : 0);
    if (replay.claim('s', [`${value}`], START_MS + 100 * STEP_MS, nowMs) === 'fresh') Atomics.add(freshOf, value, 1);
  }
}

/**
 * Two threads claim one value at once while three slots of its bucket are expired for the one and live for the other,
 * which makes them take different slots. Afterwards one of them tries again alone.
 */
function duel({ memory, tally, thread }: Orders): void {
  const replay = new ReplayGuard(memory);
  const words = new Int32Array(tally);
  let meetings = 0;
  const meet = (): void => {
    meetings++;
    Atomics.add(words, BARRIER, 1);
    while (Atomics.load(words, BARRIER) < meetings * 2);
  };
  for (let round = 1; round <= ROUNDS; round++) {
    const baseMs = START_MS + round * 1_000 * STEP_MS;
    if (thread === 0) for (let n = 0; n < 3; n++) replay.claim('s', [`${round} filler ${n}`], baseMs + STEP_MS, baseMs);
    meet();
    const answer = replay.claim('s', [`${round}`], baseMs + 100 * STEP_MS, baseMs + thread * STEP_MS);
    if (answer === 'fresh') Atomics.add(words, FRESH, 1);
    meet();
    if (thread === 0) {
      const fresh = Atomics.exchange(words, FRESH, 0);
      if (fresh > 1) Atomics.add(words, DOUBLE, 1);
      if (fresh === 0) Atomics.add(words, NOBODY, 1);
      // Alone: what nobody won is to be had, and what somebody won is not.
      const after = replay.claim('s', [`${round}`], baseMs + 100 * STEP_MS, baseMs + STEP_MS);
      if (after !== (fresh === 0 ? 'fresh' : 'replayed')) Atomics.add(words, WRONG_AFTER, 1);
    }
    meet();
  }
}

async function run(kind: Orders['kind'], threads: number, memory: ReplayMemory, tally: SharedArrayBuffer) {
  const workers = Array.from(
    { length: threads },
    (_, thread) =>
      new Worker(new URL(import.meta.url), { workerData: { kind, memory, tally, thread } satisfies Orders }),
  );
  const exits = await Promise.all(workers.map((worker) => once(worker, 'exit')));
  assert.deepEqual(
    exits.map(([code]) => code),
    workers.map(() => 0),
  );
}

function defineTests(): void {
  test('of four threads that claim the same values, one at most gets each, and it can be had', async () => {
    const memory = createReplayMemory({ entries: 2 ** 18, startedAtMs: START_MS });
    const tally = new SharedArrayBuffer((VALUES + 1) * 4);
    await run('swarm', 4, memory, tally);
    const freshOf = new Int32Array(tally).subarray(0, VALUES);
    const replay = new ReplayGuard(memory);
    let won = 0;
    freshOf.forEach((fresh, value) => {
      assert.ok(fresh <= 1, `value ${value} was fresh ${fresh} times`);
      won += fresh;
      const after = replay.claim('s', [`${value}`], START_MS + 100 * STEP_MS, START_MS);
      assert.equal(after, fresh === 1 ? 'replayed' : 'fresh', `value ${value}`);
    });
    assert.ok(won > VALUES * 0.9, `only ${won} were won`);
  });

  test('two threads that take different slots for one value never both get it', async () => {
    const memory = createReplayMemory({ entries: 16, startedAtMs: START_MS });
    const tally = new SharedArrayBuffer(64);
    await run('duel', 2, memory, tally);
    const words = new Int32Array(tally);
    assert.equal(words[DOUBLE], 0, 'rounds in which both won');
    assert.equal(words[WRONG_AFTER], 0, 'rounds after which the value was wrongly free or taken');
    assert.ok((words[NOBODY] ?? 0) < ROUNDS / 2, `${words[NOBODY]} rounds in which nobody won`);
  });
}
