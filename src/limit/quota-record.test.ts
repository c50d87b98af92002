import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitRule } from '../core/configuration.ts';
import { createLimitMemory, DEFAULT_LIMIT_BUCKETS } from './limit-memory.ts';
import { checkLimits, compileLimits } from './limiter.ts';
import { Limits } from './limits.ts';
import { recordQuotas, restoreQuotas } from './quota-record.ts';

const NOW_MS = Date.UTC(2026, 5, 15, 12);
const DAY_MS = 86_400_000;
const KEY = Uint8Array.of(1, 1, 2, 3, 5, 8, 13, 21);
const RULES: readonly LimitRule[] = [{ kind: 'quota', per: ['consumer'], permits: 100, window: 'day', cost: 1 }];

function newLimits(key = KEY, buckets = DEFAULT_LIMIT_BUCKETS): Limits {
  return new Limits(createLimitMemory(key, buckets));
}

function admitted(limits: Limits, consumer: string, calls: number, nowMs = NOW_MS): number {
  const compiled = compileLimits(RULES, 'orders', limits);
  let count = 0;
  for (let i = 0; i < calls; i++) {
    if (checkLimits(compiled, { consumer, keyId: '', addressGroup: '192.0.2.1' }, 1e12, nowMs).kind === 'pass') count++;
  }
  return count;
}

test('quotas count on after a restart, verified and anonymous ones, in tables of another size too', () => {
  const before = newLimits();
  assert.equal(admitted(before, 'acme', 60), 60);
  assert.equal(admitted(before, '', 90), 90);
  for (const buckets of [DEFAULT_LIMIT_BUCKETS, { ...DEFAULT_LIMIT_BUCKETS, verifiedQuotas: 16 }]) {
    const after = newLimits(KEY, buckets);
    assert.deepEqual(restoreQuotas(after, recordQuotas(before, NOW_MS), NOW_MS), { ok: true, restored: 2, dropped: 0 });
    assert.equal(admitted(after, 'acme', 100), 40);
    assert.equal(admitted(after, '', 100), 10);
    assert.equal(admitted(after, 'other', 200), 100);
  }
});

test('restoring over counters that already count keeps the higher count', () => {
  const limits = newLimits();
  admitted(limits, 'acme', 10);
  const record = recordQuotas(limits, NOW_MS);
  admitted(limits, 'acme', 20);
  restoreQuotas(limits, record, NOW_MS);
  assert.equal(admitted(limits, 'acme', 100), 70);
});

test('a window that ended is not recorded, and one that ended since starts anew', () => {
  const limits = newLimits();
  admitted(limits, 'acme', 100);
  assert.deepEqual(recordQuotas(limits, NOW_MS + DAY_MS), recordQuotas(newLimits(), NOW_MS));
  const after = newLimits();
  restoreQuotas(after, recordQuotas(limits, NOW_MS), NOW_MS + DAY_MS);
  assert.equal(admitted(after, 'acme', 200, NOW_MS + DAY_MS), 100);
});

test('equal counts give equal records', () => {
  const limits = newLimits();
  admitted(limits, 'acme', 3);
  const first = recordQuotas(limits, NOW_MS);
  assert.deepEqual(recordQuotas(limits, NOW_MS + 1000), first);
  admitted(limits, 'acme', 1);
  assert.notDeepEqual(recordQuotas(limits, NOW_MS + 1000), first);
});

test('a record that does not fit is refused as a whole and says why', () => {
  const limits = newLimits();
  admitted(limits, 'acme', 3);
  const record = recordQuotas(limits, NOW_MS);
  const other = newLimits(new Uint8Array(8));
  assert.match(JSON.stringify(restoreQuotas(other, record, NOW_MS)), /another hash key/);
  assert.match(JSON.stringify(restoreQuotas(newLimits(), record.subarray(0, -4), NOW_MS)), /cut off/);
  assert.match(JSON.stringify(restoreQuotas(newLimits(), record.subarray(0, 7), NOW_MS)), /cut off/);
  assert.match(JSON.stringify(restoreQuotas(newLimits(), record.with(0, 0), NOW_MS)), /not a quota record/);
  assert.match(JSON.stringify(restoreQuotas(newLimits(), record.with(24, 9), NOW_MS)), /does not exist/);
  const small = newLimits(KEY, { ...DEFAULT_LIMIT_BUCKETS, verifiedQuotas: 16 });
  admitted(small, 'acme', 3);
  assert.match(JSON.stringify(restoreQuotas(newLimits(), recordQuotas(small, NOW_MS), NOW_MS)), /another size/);
});

test('a record is restored from a view into shared memory too, as buffers of small sizes are', () => {
  const memory = createLimitMemory(new Uint8Array(8).fill(7));
  const record = recordQuotas(new Limits(memory), NOW_MS);
  const view = Buffer.from(Buffer.from(record).toString('base64'), 'base64');
  assert.deepEqual(restoreQuotas(new Limits(memory), view, NOW_MS), { ok: true, restored: 0, dropped: 0 });
});
