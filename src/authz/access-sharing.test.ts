import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AccessConditions, AccessPolicy } from '../core/access.ts';
import { AccessCompiler, compileAccess } from './access.ts';
import { ALICE, ASKS_NOTHING, CERTIFICATE, factsOf, KEY, NOBODY, NOW } from './access-fixture.test.ts';
import { compileConditions, type SharedConditions } from './conditions.ts';
import type { CountryOf } from './countries.ts';

const GROUPS = { ...ASKS_NOTHING, groups: ['partners'] };
const GOLD = { ...GROUPS, when: 'consumer.tier == "gold"' };

test('equal rules of two routes are one object, others are not', () => {
  const compiler = new AccessCompiler(undefined);
  const policy = (change: Partial<AccessPolicy>): AccessPolicy => ({ name: '', conditions: GOLD, deny: [], ...change });
  const one = compiler.compile([policy({})], ['id']);
  assert.equal(compiler.compile([structuredClone(policy({}))], ['id']), one);
  for (const other of [
    policy({ name: 'partners' }),
    policy({ group: 'shops' }),
    policy({ conditions: GROUPS }),
    policy({ deny: [{ name: 'd', conditions: GROUPS }] }),
  ])
    assert.notEqual(compiler.compile([other], ['id']), one);
  assert.notEqual(compiler.compile([policy({})], ['order']), one);
});

test('equal conditions are one object, and others that are told in the same words are not', () => {
  const shared: SharedConditions = new Map();
  const [groups, when] = compileConditions(GOLD, ['id'], undefined, shared);
  assert.equal(compileConditions(GROUPS, [], undefined, shared)[0], groups);
  assert.notEqual(compileConditions({ ...GROUPS, groups: ['partners', 'x'] }, [], undefined, shared)[0], groups);
  assert.equal(compileConditions({ ...ASKS_NOTHING, when: GOLD.when }, ['id'], undefined, shared)[0], when);
  const listed = compileConditions({ ...ASKS_NOTHING, groups: ['a, b'] }, [], undefined, shared)[0];
  const apart = compileConditions({ ...ASKS_NOTHING, groups: ['a', 'b'] }, [], undefined, shared)[0];
  assert.equal(listed?.what, apart?.what);
  assert.notEqual(listed, apart);
  const roles = compileConditions({ ...ASKS_NOTHING, roles: ['partners'] }, [], undefined, shared)[0];
  assert.notEqual(roles, groups);
});

test('what a route asks by one file of countries says nothing of another file', () => {
  const policies: readonly AccessPolicy[] = [
    { name: '', conditions: { ...ASKS_NOTHING, countries: ['NZ'] }, deny: [] },
  ];
  const allowedBy = (countryOf: CountryOf): boolean =>
    compileAccess(policies, [], countryOf).judge(factsOf(ALICE, {})).kind === 'pass';
  assert.equal(
    allowedBy(() => 'NZ'),
    true,
  );
  assert.equal(
    allowedBy(() => 'FR'),
    false,
  );
});

/** One thing asked, of every kind in some that are alike but for one part of them. */
const alike: readonly Partial<AccessConditions>[] = [
  ...['acme', 'robot'].map((one) => ({ consumers: [one] })),
  ...['partners', 'machines'].flatMap((one) => [{ groups: [one] }, { roles: [one] }]),
  ...['gold', ''].map((one) => ({ tiers: [one] })),
  { methods: ['jwt'] },
  { methods: ['mtls'] },
  { bindings: ['mtls'] },
  { bindings: ['dpop'] },
  { acr: ['urn:mfa'] },
  ...[60, 3_600].flatMap((seconds) => [{ signedInWithinSeconds: seconds }, { issuedWithinSeconds: seconds }]),
  { addresses: ['192.0.2.0/24'] },
  { addresses: ['192.0.2.0/32'] },
  { countries: ['AT'] },
  { countries: ['NZ'] },
  ...['UTC', 'Asia/Tokyo'].map((zone) => ({ times: [{ days: [], fromMinutes: 600, toMinutes: 660, zone }] })),
  ...[['a'], ['b'], ['a', 'b']].flatMap((values) => [{ headers: { x: values } }, { headers: { y: values } }]),
  ...['path.id == "7"', 'path.order == "7"', 'consumer.tier == "gold"', 'consumer.tier != "gold"'].flatMap((text) => [
    { when: text },
    { owner: text },
  ]),
];

test('a route is judged as it is alone, whatever rules like its own other routes have', () => {
  const conditions = fc
    .array(fc.constantFrom(...alike), { minLength: 1, maxLength: 2 })
    .map((parts): AccessConditions => Object.assign({ ...ASKS_NOTHING }, ...parts) as AccessConditions);
  const policy = fc.record({
    name: fc.constantFrom('', 'p'),
    group: fc.constantFrom(undefined, 'g'),
    conditions: fc.oneof(conditions, fc.constant(ASKS_NOTHING)),
    deny: fc.array(fc.record({ name: fc.constantFrom('n', 'm'), conditions }), { maxLength: 2 }),
  });
  const facts = fc
    .record({
      principal: fc.constantFrom(ALICE, KEY, CERTIFICATE, NOBODY, { ...KEY, roles: ['partners'] }),
      address: fc.constantFrom('192.0.2.0', '192.0.2.9', '203.0.113.1'),
      headers: fc.constantFrom([], ['x', 'a'], ['x', 'b'], ['y', 'a']),
      parameters: fc.constantFrom({ id: '7', order: '8' }, { id: '8', order: '7' }),
      nowMs: fc.constantFrom(NOW, NOW + 15 * 3_600_000),
    })
    .map(({ principal, ...call }) => factsOf(principal, call));
  const countryOf: CountryOf = (address) => (address.startsWith('192') ? 'AT' : undefined);
  const kinds = new Set<string>();
  fc.assert(
    fc.property(fc.array(fc.array(policy, { maxLength: 3 }), { minLength: 2, maxLength: 8 }), facts, (routes, call) => {
      const compiler = new AccessCompiler(countryOf);
      const parameters = ['id', 'order'];
      const together = routes.map((policies) => compiler.compile(policies, parameters));
      for (const [index, policies] of routes.entries()) {
        const alone = compileAccess(policies, parameters, countryOf).judge(call);
        kinds.add(alone.kind);
        assert.deepEqual(together[index]?.judge(call), alone);
      }
    }),
    { numRuns: 500 },
  );
  assert.deepEqual([...kinds].sort(), ['deny', 'pass']);
});
