import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createTryThrottle } from './try-throttle.ts';

const ALLOWANCE = { free: 2, firstWaitMs: 1_000, waitMsMax: 8_000, forgetMs: 60_000 };

test('waits double beyond the free tries, up to the longest', () => {
  const throttle = createTryThrottle(ALLOWANCE);
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    throttle.charge('a', 0);
    waits.push(throttle.waitMs('a', 0));
  }
  assert.deepEqual(waits, [0, 0, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  assert.equal(throttle.waitMs('b', 0), 0);
});

test('are forgotten after a while, taken back when right, and no clock that was set back makes them longer', () => {
  const throttle = createTryThrottle(ALLOWANCE);
  for (let i = 0; i < 9; i++) throttle.charge('a', 1_000_000);
  assert.equal(throttle.waitMs('a', 0), 0);
  assert.equal(throttle.waitMs('a', 1_008_000), 0);
  throttle.charge('a', 1_060_000);
  assert.equal(throttle.waitMs('a', 1_060_000), 0);
  for (let i = 0; i < 3; i++) throttle.charge('b', 0);
  throttle.refund('b');
  throttle.charge('b', 0);
  assert.equal(throttle.waitMs('b', 0), 1_000);
  throttle.clear('b');
  assert.equal(throttle.waitMs('b', 0), 0);
});

test('nobody ever waits longer than the longest', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(100_000), fc.boolean()), { maxLength: 80 }), (steps) => {
      const throttle = createTryThrottle(ALLOWANCE);
      for (const [atMs, right] of steps) {
        throttle.charge('a', atMs);
        if (right) throttle.refund('a');
        assert.ok(throttle.waitMs('a', atMs) <= ALLOWANCE.waitMsMax);
      }
    }),
  );
});

test('what is remembered has a bound', () => {
  const throttle = createTryThrottle(ALLOWANCE);
  for (let i = 0; i < 3; i++) throttle.charge('first', 0);
  for (let i = 0; i < 20_000; i++) throttle.charge(`key ${i}`, 0);
  assert.equal(throttle.waitMs('first', 0), 0);
});
