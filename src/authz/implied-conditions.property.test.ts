import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AccessConditions, WEEKDAYS } from '../core/access.ts';
import type { AccessFacts } from './access-facts.ts';
import { ALICE, ASKS_NOTHING, CERTIFICATE, factsOf, KEY, NOW } from './access-fixture.test.ts';
import { compileConditions } from './conditions.ts';
import { disjointKind, implies } from './implied-conditions.ts';

const some = <T extends string>(...values: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...values]);

const window = fc.record({
  days: fc.subarray([...WEEKDAYS]),
  fromMinutes: fc.constantFrom(0, 360, 629, 630, 631, 1200),
  toMinutes: fc.constantFrom(0, 360, 630, 631, 1200),
  zone: fc.constantFrom('UTC', 'UTC', 'Europe/Vienna'),
});

const conditions: fc.Arbitrary<AccessConditions> = fc.record({
  consumers: some('acme', 'robot', 'nobody'),
  groups: some('partners', 'beta', 'machines'),
  roles: fc.constant([]),
  tiers: some('gold', 'silver'),
  methods: some('jwt', 'api-key', 'mtls'),
  bindings: some('dpop', 'mtls'),
  acr: some('urn:mfa', 'urn:pwd'),
  signedInWithinSeconds: fc.constantFrom(0, 300, 600, 900),
  issuedWithinSeconds: fc.constant(0),
  addresses: some('10.0.0.0/8', '10.1.0.0/16', '10.1.2.3/32', '192.0.2.0/24', '2001:db8::/32', '0.0.0.0/0'),
  countries: fc.constant([]),
  times: fc.array(window, { maxLength: 2 }),
  headers: fc.constantFrom({}, { 'x-a': ['1'] }, { 'x-a': ['1', '2'] }, { 'x-a': ['2'], 'x-b': ['1'] }),
  when: fc.constantFrom(undefined, 'request.method == "GET"', 'consumer.tier == "gold"'),
  owner: fc.constant(undefined),
});

/** Most conditions ask one or two things: else hardly any call would meet them. */
const sparse = fc
  .tuple(conditions, fc.subarray(Object.keys(ASKS_NOTHING) as (keyof AccessConditions)[], { maxLength: 2 }))
  .map(
    ([whole, kept]): AccessConditions => ({
      ...ASKS_NOTHING,
      ...Object.fromEntries(kept.map((kind) => [kind, whole[kind]])),
    }),
  );

/** Two that ask of the same kinds: others have nothing that could be disjoint. */
const alike = fc
  .tuple(
    conditions,
    conditions,
    fc.subarray(Object.keys(ASKS_NOTHING) as (keyof AccessConditions)[], { minLength: 1, maxLength: 2 }),
  )
  .map(([one, other, kept]): readonly [AccessConditions, AccessConditions] => {
    const only = (whole: AccessConditions): AccessConditions => ({
      ...ASKS_NOTHING,
      ...Object.fromEntries(kept.map((kind) => [kind, whole[kind]])),
    });
    return [only(one), only(other)];
  });

const facts = fc
  .tuple(
    fc.constantFrom(ALICE, KEY, CERTIFICATE, undefined),
    fc.constantFrom('10.1.2.3', '10.1.9.9', '10.9.9.9', '192.0.2.10', '2001:db8::1', '203.0.113.1'),
    fc.constantFrom([], ['x-a', '1'], ['x-a', '2', 'x-b', '1'], ['x-a', '1', 'x-a', '2']),
    fc.integer({ min: 0, max: 7 * 1_440 - 1 }),
  )
  .map(([principal, address, headers, minutes]) =>
    factsOf(principal, { address, headers, nowMs: NOW + minutes * 60_000 }),
  );

/** Every member met, for certain. */
function meets(asked: AccessConditions, call: AccessFacts): boolean {
  return compileConditions(asked, []).every((condition) => {
    try {
      return condition.holds(call);
    } catch {
      return false;
    }
  });
}

test('whoever meets what implies something meets that too', () => {
  let claimed = 0;
  let met = 0;
  fc.assert(
    fc.property(sparse, sparse, fc.array(facts, { minLength: 8, maxLength: 8 }), (narrow, wide, calls) => {
      if (!implies(narrow, wide)) return;
      claimed++;
      for (const call of calls)
        if (meets(narrow, call)) {
          met++;
          assert.ok(meets(wide, call), JSON.stringify([narrow, wide]));
        }
    }),
    { numRuns: 1_500 },
  );
  assert.ok(claimed > 100 && met > 100, `${claimed} claims, met ${met} times`);
});

test('nobody meets all of what has nothing in common', () => {
  let claimed = 0;
  fc.assert(
    fc.property(alike, fc.array(facts, { minLength: 8, maxLength: 8 }), ([one, other], calls) => {
      if (disjointKind([one, other]) === undefined) return;
      claimed++;
      for (const call of calls) assert.ok(!meets(one, call) || !meets(other, call), JSON.stringify([one, other]));
    }),
    { numRuns: 1_500 },
  );
  assert.ok(claimed > 10, `${claimed} claims`);
});

test('what is plainly implied or disjoint is seen', () => {
  const of = (some: Partial<AccessConditions>): AccessConditions => ({ ...ASKS_NOTHING, ...some });
  assert.ok(implies(of({ groups: ['a'], tiers: ['gold'] }), of({ groups: ['a', 'b'] })));
  assert.ok(implies(of({ addresses: ['10.1.0.0/16'] }), of({ addresses: ['10.0.0.0/8'] })));
  assert.ok(!implies(of({ addresses: ['10.0.0.0/8'] }), of({ addresses: ['10.1.0.0/16'] })));
  assert.ok(!implies(of({}), of({ groups: ['a'] })));
  assert.ok(!implies(of({ addresses: ['10.0.0.0/8'] }), of({ addresses: ['10.0.0.0/16'] })));
  const hours = (fromMinutes: number, toMinutes: number, zone = 'UTC'): Partial<AccessConditions> => ({
    times: [{ days: [], fromMinutes, toMinutes, zone }],
  });
  assert.ok(implies(of(hours(540, 600)), of(hours(480, 1080))));
  assert.equal(disjointKind([of(hours(0, 480)), of(hours(480, 960))]), 'times');
  assert.equal(disjointKind([of(hours(0, 480)), of(hours(480, 960, 'Europe/Vienna'))]), undefined);
  assert.equal(disjointKind([of(hours(1_200, 360)), of(hours(300, 400))]), undefined);
  const overnight = of({ times: [{ days: ['sun'], fromMinutes: 1_200, toMinutes: 360, zone: 'UTC' }] });
  const monday = of({ times: [{ days: ['mon'], fromMinutes: 359, toMinutes: 400, zone: 'UTC' }] });
  assert.equal(disjointKind([overnight, monday]), undefined);
  assert.equal(disjointKind([of({ addresses: ['10.0.0.0/8'] }), of({ addresses: ['192.0.2.0/24'] })]), 'addresses');
  assert.equal(disjointKind([of({ consumers: ['a'] }), of({ consumers: ['b'] })]), 'consumers');
  assert.equal(disjointKind([of({ groups: ['a'] }), of({ groups: ['b'] })]), undefined);
});
