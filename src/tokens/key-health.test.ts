import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sampleRecord } from '../crypto/credential-samples.test.ts';
import { consumerScore, healthOfKey, type KeyFacts, WEAKNESS_POINTS } from './key-health.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 1_790_000_000_000;
const SETTINGS = { disableAfterIdleSeconds: 0, warnBeforeExpirySeconds: 14 * 86_400 };
const ROUTES = new Map([
  ['read', ['orders:read']],
  ['write', ['orders:read', 'orders:write']],
]);

/** A key without a weakness. */
const GOOD: KeyFacts = {
  record: {
    ...sampleRecord(1, { scopes: ['orders:read', 'orders:write'], status: 'active', successorId: '' }),
    createdAtMs: NOW_MS,
    notBeforeMs: 0,
    enabledAtMs: 0,
    expiresAtMs: NOW_MS + 100 * DAY_MS,
    routes: ['read', 'write'],
    allowedCidrs: [],
  },
  lastUsedMs: NOW_MS,
  addresses: 1,
  agents: 1,
  routesUsed: new Set(['write']),
  isLeaked: false,
  successorSinceMs: 0,
  isSuccessorUsed: false,
};

const judged = (facts: Partial<KeyFacts>, record: Partial<KeyFacts['record']> = {}) =>
  healthOfKey({ ...GOOD, ...facts, record: { ...GOOD.record, ...record } }, ROUTES, SETTINGS, NOW_MS);
const points = (facts: Partial<KeyFacts>, record: Partial<KeyFacts['record']> = {}) =>
  Object.fromEntries(judged(facts, record).weaknesses.map((one) => [one.name, one.points]));

test('a well-kept key has no weakness', () => {
  assert.deepEqual(points({}), {});
  assert.equal(judged({}).penalty, 0);
});

test('each weakness costs what the formula says', () => {
  const watched = { createdAtMs: NOW_MS - 7 * DAY_MS };
  const old = { createdAtMs: NOW_MS - 730 * DAY_MS };
  for (const [facts, record, expected] of [
    [{ isLeaked: true }, {}, { leaked: 60 }],
    [{ successorSinceMs: NOW_MS - 1 }, { successorId: 'x' }, { rotated_still_used: 20 }],
    [{ successorSinceMs: NOW_MS + 1 }, { successorId: 'x' }, {}],
    [{ lastUsedMs: 0 }, { createdAtMs: NOW_MS - 45 * DAY_MS }, { idle: 10, old: 1 }],
    [{}, old, { old: 15 }],
    [{}, { expiresAtMs: 0 }, { never_expires: 15 }],
    [{}, { expiresAtMs: NOW_MS + DAY_MS }, { ends_soon: 10 }],
    [{ isSuccessorUsed: true }, { expiresAtMs: NOW_MS + DAY_MS, successorId: 'x' }, {}],
    [{ isSuccessorUsed: false }, { expiresAtMs: NOW_MS + DAY_MS, successorId: 'x' }, {}],
    [{ routesUsed: new Set(['read']) }, watched, { unused_scopes: 7 }],
    [{ routesUsed: new Set<string>() }, watched, { unused_scopes: 15 }],
    [{ routesUsed: new Set<string>() }, { createdAtMs: NOW_MS - 7 * DAY_MS + 1 }, {}],
    [{ routesUsed: new Set<string>() }, { ...watched, notBeforeMs: NOW_MS - DAY_MS }, {}],
    [{}, { routes: [] }, { unconfined: 10 }],
    [{}, { routes: [], allowedCidrs: ['10.0.0.0/8'] }, {}],
    [{ addresses: 4, agents: 3 }, {}, { many_addresses: 3, many_agents: 2 }],
    [{ addresses: 100, agents: 100 }, {}, { many_addresses: 10, many_agents: 5 }],
    [{}, { routes: ['read', 'gone:GET'] }, { routes_gone: 5 }],
  ] as const)
    assert.deepEqual(points(facts, record), expected, JSON.stringify(record));
});

test('it is said for how long a key was watched, and what it had no use for up to then', () => {
  const { watchedDays, isWatchedEnough, unusedScopes } = judged(
    { routesUsed: new Set(['read']) },
    { createdAtMs: NOW_MS - 3 * DAY_MS },
  );
  assert.deepEqual([watchedDays, isWatchedEnough, unusedScopes], [3, false, ['orders:write']]);
});

test('a penalty is a whole number from 0 to 100 and grows with whatever gets worse', () => {
  const facts = fc.record({
    isLeaked: fc.boolean(),
    idle: fc.nat(400),
    age: fc.nat(2_000),
    addresses: fc.nat(300),
    agents: fc.nat(300),
    expires: fc.boolean(),
    confined: fc.boolean(),
    gone: fc.boolean(),
    used: fc.subarray(['read', 'write']),
  });
  const penaltyOf = (one: typeof facts extends fc.Arbitrary<infer T> ? T : never): number => {
    const age = Math.max(one.age, one.idle);
    return judged(
      {
        isLeaked: one.isLeaked,
        addresses: one.addresses,
        agents: one.agents,
        routesUsed: new Set(one.used),
        lastUsedMs: NOW_MS - one.idle * DAY_MS,
      },
      {
        createdAtMs: NOW_MS - age * DAY_MS,
        expiresAtMs: one.expires ? NOW_MS + 100 * DAY_MS : 0,
        routes: [...(one.confined ? ['read'] : []), ...(one.gone && one.confined ? ['gone'] : [])],
      },
    ).penalty;
  };
  fc.assert(
    fc.property(facts, fc.nat(50), (one, more) => {
      const penalty = penaltyOf(one);
      assert.ok(Number.isInteger(penalty) && penalty >= 0 && penalty <= 100);
      const worse = [
        { ...one, isLeaked: true },
        { ...one, idle: one.idle + more },
        { ...one, age: one.age + more },
        { ...one, addresses: one.addresses + more },
        { ...one, agents: one.agents + more },
        { ...one, expires: false },
        { ...one, used: one.used.slice(1) },
      ];
      for (const other of worse) assert.ok(penaltyOf(other) >= penalty, JSON.stringify(other));
    }),
  );
});

test('a score is a whole number from 0 to 100, never grows with a penalty, and one bad key does not hide', () => {
  const penalties = fc.array(fc.nat(100), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(penalties, fc.nat(49), fc.nat(100), (all, at, more) => {
      const score = consumerScore(all);
      assert.ok(Number.isInteger(score) && score >= 0 && score <= 100);
      const worse = all.map((penalty, index) => (index === at % all.length ? Math.min(100, penalty + more) : penalty));
      assert.ok(consumerScore(worse) <= score);
      assert.ok(score <= 100 - Math.max(...all) / 2, 'however many good keys there are beside it');
      assert.equal(consumerScore(all.toReversed()), score);
    }),
  );
  assert.equal(consumerScore([]), 100);
  assert.equal(consumerScore([0, 0]), 100);
  assert.equal(consumerScore([100, 100]), 0);
  assert.equal(consumerScore([60]), 40);
  assert.equal(consumerScore([60, 0, 0]), 60);
});

test('what the guide says of points is what is charged', async () => {
  const { readFileSync } = await import('node:fs');
  const guide = readFileSync(new URL('../../docs/guides/credentials.md', import.meta.url), 'utf8');
  for (const [name, most] of Object.entries(WEAKNESS_POINTS))
    assert.match(guide, new RegExp(`\`${name}\` \\| [^|]*\\b${most}\\b`), name);
});
