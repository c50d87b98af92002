import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '../core/principal.ts';
import { compileAccess } from './access.ts';
import { ALICE, ASKS_NOTHING, type CallOptions, factsOf, KEY, NOBODY } from './access-fixture.test.ts';

/** Expressions, each with what they say of Alice, of a key, and of nobody. */
const EXPRESSIONS: readonly (readonly [
  text: string,
  alice: boolean,
  key: boolean,
  nobody: boolean,
  options?: CallOptions,
])[] = [
  ['principal.identified', true, true, false],
  ['!principal.identified', false, false, true],
  ['principal.subject == "alice"', true, false, false],
  ['principal.subject != ""', true, true, false],
  ['principal.claims.tenant == path.tenant', true, false, false],
  ['principal.claims.tenant == path.tenant', false, false, false, { parameters: { tenant: 't2', id: '7' } }],
  ['principal.claims["tenant"] == path.tenant', true, false, false],
  ['has(principal.claims.tenant) && principal.claims.tenant == path.tenant', true, false, false],
  ['has(principal.claims.missing)', false, false, false],
  ['!has(principal.claims.missing)', true, true, true],
  ['principal.claims.missing == "x"', false, false, false],
  ['principal.claims.missing != "x"', false, false, false],
  ['principal.claims.level >= 3', true, false, false],
  ['principal.claims.level > 3', false, false, false],
  ['principal.claims.level == "3"', false, false, false],
  ['principal.claims.admin == true', true, false, false],
  ['principal.claims.admin == "true"', false, false, false],
  ['principal.claims.tenant > 3', false, false, false],
  ['"editor" in principal.claims.roles', true, false, false],
  ['"admin" in principal.claims.roles', false, false, false],
  ['principal.claims.roles.exists(r, r == "viewer")', true, false, false],
  ['principal.claims.roles.all(r, r != "root")', true, false, false],
  ['principal.claims.nested.team == "blue"', true, false, false],
  ['principal.claims.nested.team.colour == "blue"', false, false, false],
  ['principal.claims.nothing == null', true, false, false],
  ['principal.claims.__proto__ == null', false, false, false],
  ['principal.claims.constructor == "x"', false, false, false],
  ['principal.claims["toString"] == "x"', false, false, false],
  ['"orders:write" in principal.scopes', true, true, false],
  ['"orders:*" in principal.scopes', false, false, false],
  ['size(principal.scopes) == 2', true, true, false],
  ['principal.method == "jwt" && principal.binding == "dpop"', true, false, false],
  ['principal.method in ["api-key", "mtls"]', false, true, false],
  ['principal.acr == "urn:mfa"', true, false, false],
  ['principal.issuer == "https://id.example"', true, true, false],
  ['consumer.name == "acme"', true, true, false],
  ['consumer.tier == "gold"', true, false, false],
  ['"beta" in consumer.groups', true, false, false],
  ['consumer.groups.exists(g, g.startsWith("part"))', true, false, false],
  ['consumer.groups.exists_one(g, g == "beta")', true, false, false],
  ['path.id == "7"', true, true, true],
  ['path.id == "8"', false, false, false],
  ['int(path.id) < 10', true, true, true],
  ['int(path.id) < 10', false, false, false, { parameters: { tenant: 't1', id: 'seven' } }],
  ['request.method == "GET"', true, true, true],
  ['request.method in ["GET", "HEAD"]', true, true, true],
  ['request.method == "GET"', false, false, false, { method: 'POST' }],
  ['request.method == "get"', false, false, false],
  ['request.host == "api.example"', true, true, true],
  ['request.scheme == "https"', true, true, true],
  ['request.path.startsWith("/tenants/")', true, true, true],
  ['request.path.contains("..")', false, false, false],
  ['request.address == "192.0.2.10"', true, true, true],
  ['request.headers["x-tenant"] == "t1"', true, true, true, { headers: ['x-tenant', 't1'] }],
  ['request.headers["x-tenant"] == "t1"', false, false, false],
  ['request.headers["x-tenant"] == "t1"', false, false, false, { headers: ['x-tenant', 't1', 'x-tenant', 't2'] }],
  ['request.headers["X-Tenant"] == "t1"', false, false, false, { headers: ['x-tenant', 't1'] }],
  ['"x-debug" in request.headers', false, false, false],
  ['!("x-debug" in request.headers)', true, true, true],
  ['request.headers["__proto__"] == ""', false, false, false],
  ['principal.claims.tenant == request.headers["x-tenant"]', true, false, false, { headers: ['x-tenant', 't1'] }],
  ['query["page"] == ["1"]', true, true, true, { query: 'page=1' }],
  ['query["page"] == ["1"]', false, false, false, { query: 'page=1&page=2' }],
  ['query["page"] == ["1"]', false, false, false],
  ['"page" in query', false, false, false],
  ['"export" in query && !principal.identified', false, false, true, { query: 'export' }],
  ['size(query) == 0', true, true, true],
  ['query.all(name, name in ["page", "limit"])', true, true, true, { query: 'page=1&limit=2' }],
  ['query.all(name, name in ["page", "limit"])', false, false, false, { query: 'page=1&evil=2' }],
  ['route.id == "orders"', true, true, true],
  ['now < timestamp("2026-06-16T00:00:00Z")', true, true, true],
  ['now > timestamp("2026-06-16T00:00:00Z")', false, false, false],
  ['now.getHours() >= 8 && now.getHours() < 18', true, true, true],
  ['now.getHours("America/New_York") >= 8', false, false, false],
  ['principal.identified ? consumer.tier == "gold" : request.method == "GET"', true, false, true],
  ['principal.identified || request.method == "GET"', true, true, true],
  ['principal.claims.missing == "x" || request.method == "GET"', true, true, true],
  ['principal.claims.missing == "x" && request.method == "POST"', false, false, false],
];

let decisions = 0;

function decide(when: string, principal: Principal | undefined, options: CallOptions = {}): string {
  const policy = { name: '', conditions: { ...ASKS_NOTHING, when }, deny: [] };
  const verdict = compileAccess([policy], ['tenant', 'id']).judge(factsOf(principal, options));
  return verdict.kind === 'pass' ? 'allowed' : verdict.kind === 'deny' ? verdict.reason : verdict.kind;
}

for (const [text, alice, key, nobody, options] of EXPRESSIONS)
  test(`when: ${text}${options === undefined ? '' : ` (${JSON.stringify(options)})`}`, () => {
    for (const [who, expected] of [
      [ALICE, alice],
      [KEY, key],
      [NOBODY, nobody],
    ] as const) {
      assert.equal(decide(text, who, options), expected ? 'allowed' : 'authz.rule', who?.method ?? 'nobody');
      decisions++;
    }
  });

test('there are more than 200 decisions here', () => {
  assert.ok(decisions > 200, `${decisions} decisions`);
});
