import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { createReplayMemory, mayPredate, ReplayGuard } from './replay-memory.ts';

const START_MS = 1_790_000_000_000;
const LIFE_MS = 70_000;

function guard(entries = 1_024): ReplayGuard {
  return new ReplayGuard(createReplayMemory({ entries, startedAtMs: START_MS, hashKey: randomBytes(32) }));
}

describe('the replay memory', () => {
  test('a value is fresh once, for every guard of the memory', () => {
    const memory = structuredClone(createReplayMemory({ entries: 64, startedAtMs: START_MS }));
    const one = new ReplayGuard(memory);
    const other = new ReplayGuard(memory);
    assert.equal(one.claim('dpop', ['jkt', 'jti'], START_MS + LIFE_MS, START_MS), 'fresh');
    assert.equal(one.claim('dpop', ['jkt', 'jti'], START_MS + LIFE_MS, START_MS), 'replayed');
    assert.equal(other.claim('dpop', ['jkt', 'jti'], START_MS + LIFE_MS, START_MS + 1), 'replayed');
    assert.equal(other.startedAtMs, START_MS);
  });

  test('joins that look alike are different values', () => {
    const replay = guard();
    const values: readonly (readonly [string, readonly string[]])[] = [
      ['a', ['b', 'c']],
      ['a', ['bc']],
      ['ab', ['c']],
      ['a', ['b', 'c', '']],
      ['a', ['', 'b', 'c']],
      ['', ['a', 'b', 'c']],
      ['a', ['1:b', 'c']],
      ['a', ['1:b1:c']],
      ['a1:b', ['c']],
      ['a', ['b,c']],
      ['a', ['b\0c']],
    ];
    for (const [scope, parts] of values)
      assert.equal(replay.claim(scope, parts, START_MS + LIFE_MS, START_MS), 'fresh', JSON.stringify([scope, parts]));
    for (const [scope, parts] of values)
      assert.equal(replay.claim(scope, parts, START_MS + LIFE_MS, START_MS), 'replayed');
  });

  test('a value is remembered until the moment it expires, at the least', () => {
    for (let offset = 0; offset < 20_000; offset += 333) {
      const replay = guard();
      const nowMs = START_MS + 12_345;
      const expiresAtMs = nowMs + 60_000 + offset;
      assert.equal(replay.claim('s', ['v'], expiresAtMs, nowMs), 'fresh');
      assert.equal(replay.claim('s', ['v'], expiresAtMs, expiresAtMs - 1), 'replayed');
      assert.equal(replay.claim('s', ['v'], expiresAtMs + 100_000, expiresAtMs + 8_000), 'fresh');
    }
  });

  test('a full bucket answers full, forgets nothing live and takes new values when old ones expire', () => {
    const replay = guard(16);
    for (let n = 0; n < 16; n++)
      assert.equal(replay.claim('s', [`${n}`], START_MS + LIFE_MS + n * 16_000, START_MS), 'fresh');
    assert.equal(replay.claim('s', ['one more'], START_MS + LIFE_MS, START_MS), 'full');
    for (let n = 0; n < 16; n++) assert.equal(replay.claim('s', [`${n}`], START_MS + LIFE_MS, START_MS), 'replayed');
    const laterMs = START_MS + LIFE_MS + 8_000;
    assert.equal(replay.claim('s', ['one more'], laterMs + LIFE_MS, laterMs), 'fresh');
    assert.equal(replay.claim('s', ['yet one more'], laterMs + LIFE_MS, laterMs), 'full');
    for (let n = 2; n < 16; n++) assert.equal(replay.claim('s', [`${n}`], laterMs + LIFE_MS, laterMs), 'replayed');
  });

  test('times that cannot be kept are refused as full', () => {
    const replay = guard();
    for (const expiresAtMs of [Number.NaN, Number.POSITIVE_INFINITY, START_MS + 20 * 31_557_600_000])
      assert.equal(replay.claim('s', ['v'], expiresAtMs, START_MS), 'full');
    assert.equal(replay.claim('s', ['v'], START_MS + LIFE_MS, Number.NaN), 'full');
    assert.equal(replay.claim('s', ['v'], START_MS + LIFE_MS, START_MS), 'fresh');
  });

  test('a clock before the start, or a value that is over, still is fresh once at a time', () => {
    const replay = guard();
    assert.equal(replay.claim('s', ['v'], START_MS - 1, START_MS - 50_000), 'fresh');
    assert.equal(replay.claim('s', ['v'], START_MS - 1, START_MS - 50_000), 'replayed');
  });

  test('a million slots hold half a million values, and deny none that is new', () => {
    const replay = guard(2 ** 20);
    const tally = { fresh: 0, replayed: 0, full: 0 };
    for (let n = 0; n < 2 ** 19; n++) tally[replay.claim('s', [`${n}`], START_MS + LIFE_MS, START_MS)]++;
    assert.equal(tally.replayed, 0);
    assert.ok(tally.full < 5_000, `${tally.full} full`);
    for (let n = 0; n < 1_000; n++) assert.notEqual(replay.claim('s', [`${n}`], START_MS + LIFE_MS, START_MS), 'fresh');
  });

  test('what may have been used before the start is told by its issue time', () => {
    const memory = createReplayMemory({ entries: 16, startedAtMs: START_MS });
    assert.equal(mayPredate(memory, START_MS - 1, 5_000), true);
    assert.equal(mayPredate(memory, START_MS + 5_000, 5_000), true);
    assert.equal(mayPredate(memory, START_MS + 5_001, 5_000), false);
    assert.equal(mayPredate(memory, Number.NaN, 5_000), true);
  });

  test('sizes and keys that make no sense are refused', () => {
    for (const entries of [0, -1, 1.5, 2 ** 28, Number.NaN])
      assert.throws(() => createReplayMemory({ entries, startedAtMs: START_MS }), RangeError);
    assert.throws(() => createReplayMemory({ entries: 1, startedAtMs: Number.NaN }), RangeError);
    assert.throws(
      () => createReplayMemory({ entries: 1, startedAtMs: START_MS, hashKey: new Uint8Array(8) }),
      RangeError,
    );
  });
});
