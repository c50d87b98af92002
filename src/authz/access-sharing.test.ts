import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessPolicy } from '../core/access.ts';
import { AccessCompiler, compileAccess } from './access.ts';
import { ALICE, ASKS_NOTHING, factsOf } from './access-fixture.test.ts';
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
