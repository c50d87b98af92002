import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authoriser, caller } from '../../test/harness/authoriser.ts';
import type { AcceptedOwner } from '../core/ownership.ts';
import type { Principal } from '../core/principal.ts';
import { compileAccess } from './access.ts';
import { ALICE, ASKS_NOTHING, factsOf, KEY } from './access-fixture.test.ts';

function heldBy(principal: Principal | undefined, asked: 'when' | 'owner', text: string, parameters = {}): string {
  const access = compileAccess(
    [{ name: '', conditions: { ...ASKS_NOTHING, [asked]: text }, deny: [] }],
    Object.keys({ tenant: '', id: '', ...parameters }),
  );
  const verdict = access.judge(factsOf(principal, { parameters: { tenant: 't2', id: '7', ...parameters } }));
  assert.equal(verdict.kind, 'deny');
  return (verdict.kind === 'deny' ? (verdict.detail ?? '') : '').split(' is required; held: ')[1] ?? '';
}

test('a refusal says which values were compared', () => {
  assert.equal(heldBy(KEY, 'owner', 'path.id == principal.subject'), 'path.id is "7", principal.subject is "acme"');
  assert.equal(
    heldBy(ALICE, 'when', '"staff" in consumer.groups && request.method == "POST"'),
    'consumer.groups is ["partners", "beta"], request.method is "GET"',
  );
  assert.equal(
    heldBy(undefined, 'owner', 'path.id == principal.subject'),
    'path.id is "7", principal.subject is empty',
  );
});

test('what no record holds is named and not shown', () => {
  const secret = { ...ALICE, claims: { ...ALICE.claims, tenant: 'secret' }, subject: 'secret' };
  for (const [text, wanted] of [
    ['principal.claims.tenant == path.tenant', 'principal.claims is not recorded, path.tenant is "t2"'],
    ['path.tenant == principal.subject', 'path.tenant is "t2", principal.subject is not recorded'],
    [
      '!("a" in query) && request.headers["host"] == path.id',
      'query is not recorded, request.headers is not recorded, path.id is "7"',
    ],
  ] as const)
    assert.equal(heldBy(secret, 'owner', text), wanted);
  assert.equal(
    heldBy(KEY, 'owner', 'path.long == principal.subject', { long: 'x'.repeat(81) }),
    'path.long is a text of 81 characters, principal.subject is "acme"',
  );
});

test('a look-up says what it was asked for whom, and never who the owners are', async () => {
  const accepted: readonly AcceptedOwner[] = [{ lookup: 'orders', object: '7', owners: ['alice'] }];
  const detail = async (owner: string, principal: Principal, target = '/orders/7'): Promise<string> => {
    const rules = new Authoriser({
      outside: 'owners: { orders: { type: accepted } }',
      authorize: `{ owner: '${owner}' }`,
      accepted,
    });
    const verdict = await rules.judge(principal, { target });
    return verdict.kind === 'deny' ? (verdict.detail ?? '') : verdict.kind;
  };
  const rule = 'path.orderId in owned(principal, "orders")';
  assert.equal(
    await detail(rule, caller('bob')),
    `owner: ${rule} is required; held: path.orderId is "7", principal.subject is "bob", the owner is not shown; orders: found, remembered`,
  );
  assert.match(
    await detail(rule, caller('bob'), '/orders/8'),
    /held: path\.orderId is "8", .*; orders: no such object/,
  );
  assert.match(
    await detail(`consumer.tier == "x" && ${rule}`, caller('bob')),
    /held: consumer\.tier is "gold", path\.orderId is "7", principal\.subject is "bob"; no look-up was needed$/,
  );
});
