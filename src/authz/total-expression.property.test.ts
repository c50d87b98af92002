import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { ALICE, CERTIFICATE, factsOf, KEY } from './access-fixture.test.ts';
import { compileExpression } from './expression.ts';
import { compileTotalExpression, totalHolds } from './total-expression.ts';

const VALUES = ['GET', 'POST', 'https', 't1', '7', 'acme', 'gold', 'jwt', 'orders', '', 'e', 'partners', 'editor'];
const TEXTS = [
  ...['method', 'scheme', 'host', 'path', 'address'].map((name) => `request.${name}`),
  ...['subject', 'method', 'binding', 'issuer', 'clientId', 'credentialId', 'acr'].map((name) => `principal.${name}`),
  ...['consumer.name', 'consumer.tier', 'route.id', 'path.tenant', 'path.id'],
  ...VALUES.map((value) => JSON.stringify(value)),
];
const text = fc.constantFrom(...TEXTS);
const list = fc.oneof(
  fc.constantFrom('principal.scopes', 'principal.roles', 'consumer.groups'),
  fc.array(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 3 }).map((values) => JSON.stringify(values)),
);
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    fc.tuple(text, fc.constantFrom('==', '!='), text).map((parts) => parts.join(' ')),
    fc.tuple(text, list).map(([item, whole]) => `${item} in ${whole}`),
    fc
      .tuple(text, fc.constantFrom('startsWith', 'endsWith', 'contains'), text)
      .map(([one, name, other]) => `${one}.${name}(${other})`),
    fc.constantFrom('principal.identified', 'true', 'false'),
    tie('expression').map((inner) => `!(${inner})`),
    fc
      .tuple(tie('expression'), fc.constantFrom('&&', '||'), tie('expression'))
      .map(([one, op, other]) => `(${one}) ${op} (${other})`),
  ),
}));

const callers = fc.constantFrom(undefined, ALICE, KEY, CERTIFICATE, { ...ALICE, roles: ['editor'] });

test('an expression over texts that are always there is judged as the library judges it', () => {
  let total = 0;
  fc.assert(
    fc.property(expression, callers, fc.constantFrom('GET', 'POST'), (written, principal, method) => {
      // The conjunct with a claim is of another kind, so that the whole goes to the library; it is always true here.
      const byLibrary = compileExpression(`(${written}) && !has(principal.claims.absent)`, ['tenant', 'id']);
      assert.ok(byLibrary.ok, JSON.stringify(byLibrary));
      const facts = factsOf(principal, { method });
      const { ast } = new Environment({ unlistedVariablesAreDyn: true }).parse(written);
      const compiled = compileTotalExpression(ast as ASTNode, ['tenant', 'id']);
      assert.ok(compiled !== undefined, written);
      total++;
      assert.equal(totalHolds(compiled, facts), byLibrary.expression(facts), written);
    }),
    { numRuns: 1_500 },
  );
  assert.equal(total, 1_500);
});

test('what is not needed is not missing: header fields and queries are there wherever they are named', () => {
  const facts = factsOf(ALICE, { headers: ['x-tenant', 't1'], query: 'page=1' });
  for (const written of [
    'request.headers["x-tenant"] == path.tenant',
    'has(request.headers.host)',
    'dyn(request).headers.host == "api.example"',
    '[request].exists(r, r.headers["x-tenant"] == "t1")',
    'query["page"] == ["1"]',
    '"page" in query && request.method == "GET"',
  ]) {
    const compiled = compileExpression(written, ['tenant', 'id']);
    assert.ok(compiled.ok, `${written} ${JSON.stringify(compiled)}`);
    assert.equal(compiled.expression(facts), true, written);
  }
});
