import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { ALICE, factsOf, KEY } from './access-fixture.test.ts';
import { compileExpression } from './expression.ts';
import { constantPartOf, contradictionOf, type Domains, placeName } from './satisfiability.ts';

const NOTHING_KNOWN: Domains = new Map();
const astOf = (text: string) => new Environment({ unlistedVariablesAreDyn: true }).parse(text).ast;

for (const text of [
  'consumer.tier == "gold" && consumer.tier == "silver"',
  '"gold" == consumer.tier && consumer.tier in ["silver", "bronze"]',
  'consumer.tier == "gold" && consumer.tier != "gold"',
  'consumer.tier == "gold" && !(consumer.tier in ["gold", "silver"])',
  'principal.identified && !principal.identified',
  '!(principal.identified || consumer.tier == "a") && principal.identified',
  'principal.claims.x == "a" && principal.claims["x"] == "b"',
  'principal.claims.level == 1 && principal.claims.level == 2',
  'consumer.tier in []',
  '(consumer.tier == "a" && consumer.tier == "b") || (consumer.name == "a" && consumer.name == "b")',
  'request.headers["x"] == "1" && request.path == "/" && request.headers["x"] == "2"',
])
  test(`never true: ${text}`, () => assert.notEqual(contradictionOf(astOf(text), NOTHING_KNOWN), undefined));

for (const text of [
  'consumer.tier == "gold" || consumer.tier == "silver"',
  'consumer.tier == "gold" && consumer.name == "silver"',
  'consumer.tier != "gold" && consumer.tier != "silver"',
  'principal.claims.x == 1 && principal.claims.x == "1"',
  'principal.claims.x == 1 && principal.claims.x == 1.0',
  'principal.scopes.exists(s, s == "a") && principal.scopes.exists(s, s == "b")',
  'query["a"] == ["1"] && query["a"] == ["1"]',
  'consumer.tier == "gold" && (consumer.tier == "silver" || principal.identified)',
  'request.path.startsWith("/a") && request.path.endsWith("b")',
  'principal.claims.x > 1 && principal.claims.x < 1',
])
  test(`may be true: ${text}`, () => assert.equal(contradictionOf(astOf(text), NOTHING_KNOWN), undefined));

test('what the route says is known: a method it does not take makes no expression true', () => {
  const domains: Domains = new Map([[placeName('request', 'method'), ['GET', 'HEAD']]]);
  assert.match(contradictionOf(astOf('request.method == "POST"'), domains) ?? '', /request\.method/);
  assert.match(
    contradictionOf(astOf('request.method != "GET" && request.method != "HEAD"'), domains) ?? '',
    /excluded/,
  );
  assert.equal(contradictionOf(astOf('request.method != "GET"'), domains), undefined);
});

test('a part that names nothing of the call is found, wherever it stands', () => {
  for (const text of [
    'principal.identified && 1 == 1',
    '!(true || principal.identified)',
    'a == 1 && (b == 1 || 2 > 3)',
  ])
    assert.notEqual(constantPartOf(astOf(text)), undefined, text);
  for (const text of ['principal.identified', 'now > timestamp("2030-01-01T00:00:00Z")', 'a == 1 || b == 2'])
    assert.equal(constantPartOf(astOf(text)), undefined, text);
});

test('an expression with very many ways to be true counts as one that may be', () => {
  const some = Array.from({ length: 8 }, (_, i) => `(request.path == "${i}" || request.host == "${i}")`);
  assert.equal(contradictionOf(astOf(some.join(' && ')), NOTHING_KNOWN), undefined);
});

const leaf = fc
  .tuple(
    fc.constantFrom('consumer.tier', 'consumer.name', 'principal.claims.tenant'),
    fc.constantFrom('==', '!='),
    fc.constantFrom('"gold"', '"acme"', '"t1"', '""'),
  )
  .map((parts) => parts.join(' '));
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.constant('principal.identified'),
    tie('expression').map((inner) => `!(${inner})`),
    fc
      .tuple(tie('expression'), fc.constantFrom('&&', '||'), tie('expression'))
      .map(([a, op, b]) => `(${a}) ${op} (${b})`),
  ),
}));

test('no false alarm: what is said never to be true is true for nobody', () => {
  let alarms = 0;
  fc.assert(
    fc.property(
      expression,
      fc.constantFrom('gold', 'acme', ''),
      fc.constantFrom('acme', 't1', 'gold'),
      fc.constantFrom(undefined, ALICE, KEY),
      (text, tier, consumer, who) => {
        if (contradictionOf(astOf(text), NOTHING_KNOWN) === undefined) return;
        alarms++;
        const compiled = compileExpression(text, []);
        if (!compiled.ok) return;
        const facts = factsOf(who === undefined ? undefined : { ...who, tier, consumer }, {});
        let holds = false;
        try {
          holds = compiled.expression(facts);
        } catch {
          // A missing claim: it is not true.
        }
        assert.equal(holds, false, text);
      },
    ),
    { numRuns: 6_000 },
  );
  assert.ok(alarms > 20, `${alarms} contradictions were among them`);
});
