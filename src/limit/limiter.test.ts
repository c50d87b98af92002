import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitRule, LimitSubject } from '../core/configuration.ts';
import { createLimitMemory, DEFAULT_LIMIT_BUCKETS, type LimitBuckets } from './limit-memory.ts';
import { SLOTS_PER_BUCKET } from './limit-table.ts';
import { type CompiledLimits, checkLimits, compileLimits, limitStates, peekLimits } from './limiter.ts';
import { Limits } from './limits.ts';

const NOW_MICROS = 5e12;
const NOW_MS = Date.UTC(2026, 5, 15, 12);
const SMALL: LimitBuckets = {
  verifiedRates: 1,
  anonymousRates: 1,
  verifiedQuotas: 1,
  anonymousQuotas: 1,
  overflowRates: 64,
  overflowQuotas: 64,
};

function newLimits(buckets: LimitBuckets = SMALL): Limits {
  return new Limits(createLimitMemory(Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1), buckets));
}

function rate(per: readonly LimitSubject[], permits: number, more: { burst?: number; cost?: number } = {}): LimitRule {
  return { kind: 'rate', per, permits, windowSeconds: 86_400, burst: more.burst ?? permits, cost: more.cost ?? 1 };
}

function quota(per: readonly LimitSubject[], permits: number, cost = 1): LimitRule {
  return { kind: 'quota', per, permits, window: 'day', cost };
}

function who(
  consumer: string,
  addressGroup = '192.0.2.1',
  keyId = '',
): { consumer: string; keyId: string; addressGroup: string } {
  return { consumer, keyId, addressGroup };
}

function admitted(compiled: CompiledLimits, subject: ReturnType<typeof who>, calls: number): number {
  let count = 0;
  for (let i = 0; i < calls; i++) if (checkLimits(compiled, subject, NOW_MICROS, NOW_MS).kind === 'pass') count++;
  return count;
}

test('each consumer has its own limit, and a refusal names reason, policy and wait', () => {
  const compiled = compileLimits([rate(['consumer'], 3)], 'orders', newLimits());
  assert.equal(admitted(compiled, who('acme'), 5), 3);
  assert.equal(admitted(compiled, who('other'), 5), 3);
  assert.deepEqual(checkLimits(compiled, who('acme'), NOW_MICROS, NOW_MS), {
    kind: 'refused',
    reason: 'limit.rate',
    policy: 'consumer-3-86400',
    retryAfterSeconds: 28_800,
  });
});

test('without a consumer the address is counted, and an address cannot use up a consumer of the same name', () => {
  const compiled = compileLimits([rate(['consumer'], 3)], 'orders', newLimits());
  assert.equal(admitted(compiled, who('', '192.0.2.1'), 5), 3);
  assert.equal(admitted(compiled, who('', '192.0.2.2'), 5), 3);
  assert.equal(admitted(compiled, who('192.0.2.1', '192.0.2.1'), 5), 3);
});

test('per key counts the key, without one the consumer, without one the address', () => {
  const compiled = compileLimits([rate(['key'], 2)], 'orders', newLimits());
  assert.equal(admitted(compiled, who('acme', 'a', 'k1'), 5), 2);
  assert.equal(admitted(compiled, who('acme', 'a', 'k2'), 5), 2);
  assert.equal(admitted(compiled, who('acme', 'a', ''), 5), 2);
  assert.equal(admitted(compiled, who('', 'a', ''), 5), 2);
});

test('a combination counts each pair, and pairs that read alike when joined are two', () => {
  const compiled = compileLimits([rate(['consumer', 'address'], 2)], 'orders', newLimits());
  assert.equal(admitted(compiled, who('acme', '1'), 5), 2);
  assert.equal(admitted(compiled, who('acme', '2'), 5), 2);
  assert.equal(admitted(compiled, who('ac', 'me1'), 5), 2);
  assert.equal(admitted(compiled, who('acme', '1'), 5), 0);
});

test('the same rule on two routes is one counter, unless route is among its subjects', () => {
  const limits = newLimits();
  const read = compileLimits([rate(['consumer'], 4)], 'read', limits);
  const write = compileLimits([rate(['consumer'], 4, { cost: 2 })], 'write', limits);
  assert.equal(admitted(read, who('acme'), 2), 2);
  assert.equal(admitted(write, who('acme'), 5), 1);
  const readAlone = compileLimits([rate(['route', 'consumer'], 4)], 'read', limits);
  const writeAlone = compileLimits([rate(['consumer', 'route'], 4)], 'write', limits);
  assert.equal(admitted(readAlone, who('acme'), 9), 4);
  assert.equal(admitted(writeAlone, who('acme'), 9), 4);
});

test('per route alone counts everyone together', () => {
  const compiled = compileLimits([rate(['route'], 3)], 'orders', newLimits());
  assert.equal(admitted(compiled, who('acme'), 2) + admitted(compiled, who(''), 9), 3);
});

test('one definition twice on a route is two counters, each with a name of its own', () => {
  const compiled = compileLimits([rate(['consumer'], 3), rate(['consumer'], 3)], 'orders', newLimits());
  assert.equal(compiled.policyField, '"consumer-3-86400";q=3;w=86400, "consumer-3-86400-2";q=3;w=86400');
  assert.equal(admitted(compiled, who('acme'), 9), 3);
});

test('a call that one rule refuses is not charged by the others', () => {
  const limits = newLimits();
  const both = compileLimits([quota(['consumer'], 10), rate(['address'], 2), rate(['consumer'], 10)], 'both', limits);
  assert.equal(admitted(both, who('acme'), 50), 2);
  assert.equal(admitted(compileLimits([quota(['consumer'], 10)], 'q', limits), who('acme'), 50), 8);
  assert.equal(admitted(compileLimits([rate(['consumer'], 10)], 'r', limits), who('acme'), 50), 8);
});

test('of two refusals the one with the longer wait is told', () => {
  const compiled = compileLimits([rate(['consumer'], 24), quota(['consumer'], 24)], 'orders', newLimits());
  assert.equal(admitted(compiled, who('acme'), 30), 24);
  const outcome = checkLimits(compiled, who('acme'), NOW_MICROS, NOW_MS);
  assert.deepEqual([outcome.reason, outcome.retryAfterSeconds], ['limit.quota', 12 * 3600]);
});

test('peeking says what a check would say, and charges nothing', () => {
  const compiled = compileLimits([rate(['consumer'], 1), quota(['consumer'], 1)], 'orders', newLimits());
  for (let i = 0; i < 5; i++) assert.equal(peekLimits(compiled, who('acme'), NOW_MICROS, NOW_MS).kind, 'pass');
  assert.deepEqual(
    limitStates(compiled).map((state) => state.remaining),
    [1, 1],
  );
  assert.equal(admitted(compiled, who('acme'), 5), 1);
  assert.equal(peekLimits(compiled, who('acme'), NOW_MICROS, NOW_MS).kind, 'refused');
});

test('the states tell what is left, in the order of the configuration', () => {
  const compiled = compileLimits(
    [rate(['consumer'], 24, { burst: 2 }), quota(['address'], 5, 2)],
    'orders',
    newLimits(),
  );
  checkLimits(compiled, who('acme'), NOW_MICROS, NOW_MS);
  assert.deepEqual(limitStates(compiled), [
    { policy: 'consumer-24-86400', limit: 24, windowSeconds: 86_400, remaining: 1, resetSeconds: 3600 },
    { policy: 'address-quota-5-day', limit: 5, windowSeconds: 86_400, remaining: 3, resetSeconds: 12 * 3600 },
  ]);
  checkLimits(compiled, who('acme'), NOW_MICROS, NOW_MS);
  checkLimits(compiled, who('acme'), NOW_MICROS, NOW_MS);
  assert.deepEqual(
    limitStates(compiled).map((state) => state.remaining),
    [0, 1],
  );
});

test('keys without room share the overflow slots of their rule: at most eight limits for all of them', () => {
  const limits = newLimits();
  const compiled = compileLimits([rate(['consumer'], 5)], 'orders', limits);
  let total = 0;
  for (let i = 0; i < 500; i++) total += admitted(compiled, who(`consumer-${i}`), 20);
  assert.ok(total > SLOTS_PER_BUCKET * 5, 'calls in overflow are counted, not all refused');
  assert.ok(total <= (SLOTS_PER_BUCKET + 8) * 5, `${total} were admitted`);
  const [statistics] = limits.statistics(NOW_MICROS, NOW_MS);
  assert.equal(statistics?.live, SLOTS_PER_BUCKET);
  assert.ok((statistics?.overflowed ?? 0) >= (500 - SLOTS_PER_BUCKET) * 20);
});

test('where even the overflow slots are full the call is refused as uncountable', () => {
  const limits = newLimits({ ...SMALL, overflowQuotas: 1 });
  let uncountable = 0;
  for (let rule = 1; rule <= 3; rule++) {
    const compiled = compileLimits([quota(['consumer'], rule)], 'orders', limits);
    for (let i = 0; i < 200; i++) {
      const outcome = checkLimits(compiled, who(`consumer-${i}`), NOW_MICROS, NOW_MS);
      if (outcome.kind === 'unavailable') {
        uncountable++;
        assert.equal(outcome.reason, 'limit.unavailable');
      }
    }
  }
  assert.ok(uncountable > 0);
});

test('slots of consumers at rest are given to others', () => {
  const limits = newLimits();
  const compiled = compileLimits(
    [{ kind: 'rate', per: ['consumer'], permits: 10, windowSeconds: 1, burst: 10, cost: 1 }],
    'r',
    limits,
  );
  for (let i = 0; i < 1000; i++) {
    // Each comes two seconds after the one before: by then that one has earned everything back.
    assert.equal(checkLimits(compiled, who(`consumer-${i}`), NOW_MICROS + i * 2_000_000, NOW_MS).kind, 'pass');
  }
  assert.equal(limits.statistics(NOW_MICROS, NOW_MS)[0]?.overflowed, 0);
});

test('a million addresses do not touch what a consumer has left', () => {
  const limits = newLimits({ ...DEFAULT_LIMIT_BUCKETS, anonymousRates: 256 });
  const perConsumer = compileLimits([rate(['consumer'], 1000)], 'orders', limits);
  const perAddress = compileLimits([rate(['consumer'], 1000), rate(['address'], 5)], 'open', limits);
  assert.equal(admitted(perConsumer, who('acme'), 400), 400);
  for (let i = 0; i < 1_000_000; i++) {
    checkLimits(
      perAddress,
      who('', `2001:db8:${(i >>> 12).toString(16)}:${(i & 0xfff).toString(16)}::/64`),
      NOW_MICROS,
      NOW_MS,
    );
  }
  assert.equal(admitted(perConsumer, who('acme'), 1000), 600);
  assert.equal(limits.statistics(NOW_MICROS, NOW_MS)[0]?.overflowed, 0);
  assert.ok((limits.statistics(NOW_MICROS, NOW_MS)[1]?.overflowed ?? 0) > 100_000);
});

test('a consumer forgotten by the cache of a thread is still counted', () => {
  const limits = newLimits({ ...SMALL, verifiedRates: 16_384 });
  const compiled = compileLimits([rate(['consumer'], 10)], 'orders', limits);
  assert.equal(admitted(compiled, who('acme'), 7), 7);
  for (let i = 0; i < 70_000; i++) checkLimits(compiled, who(`consumer-${i}`), NOW_MICROS, NOW_MS);
  assert.ok(limits.cache.size < 65_536);
  assert.equal(admitted(compiled, who('acme'), 7), 3);
});

test('another view of the same memory, as after a reload, counts on', () => {
  const memory = createLimitMemory(new Uint8Array(8), SMALL);
  const before = compileLimits([rate(['consumer'], 10)], 'orders', new Limits(memory));
  const after = compileLimits([rate(['consumer'], 10)], 'orders', new Limits(memory));
  assert.equal(admitted(before, who('acme'), 6), 6);
  assert.equal(admitted(after, who('acme'), 6), 4);
});

test('a route without limits passes and has no policy', () => {
  const compiled = compileLimits([], 'open', newLimits());
  assert.equal(checkLimits(compiled, who(''), NOW_MICROS, NOW_MS).kind, 'pass');
  assert.equal(compiled.policyField, '');
});

test('clocks that are no numbers refuse', () => {
  const compiled = compileLimits([rate(['consumer'], 5)], 'orders', newLimits());
  assert.notEqual(checkLimits(compiled, who('acme'), Number.NaN, NOW_MS).kind, 'pass');
  const daily = compileLimits([quota(['consumer'], 5)], 'orders', newLimits());
  assert.notEqual(checkLimits(daily, who('acme'), NOW_MICROS, Number.NaN).kind, 'pass');
});

test('a clock near zero works from the first call', () => {
  const compiled = compileLimits([rate(['consumer'], 2)], 'orders', newLimits());
  let count = 0;
  for (let i = 0; i < 5; i++) if (checkLimits(compiled, who('acme'), i, 0).kind === 'pass') count++;
  assert.equal(count, 2);
});

test('an impossible rule does not compile', () => {
  for (const rule of [
    rate(['consumer'], 0),
    rate([], 5),
    rate(['consumer'], 5, { cost: 6 }),
    quota(['consumer'], 2 ** 30),
  ]) {
    assert.throws(() => compileLimits([rule], 'orders', newLimits()), TypeError);
  }
});
