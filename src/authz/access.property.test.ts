import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AccessConditions, type AccessPolicy, type DenyRule, WEEKDAYS } from '../core/access.ts';
import type { Call } from '../core/call.ts';
import { NO_CLAIMS, type Principal } from '../core/principal.ts';
import { compileAccess } from './access.ts';
import { ALICE, ASKS_NOTHING, factsOf } from './access-fixture.test.ts';
import { compileExpression, compileRowExpression } from './expression.ts';
import { compileOwnerExpression } from './ownership/owner-expression.ts';

const NAMES = ['a', 'b', 'c'];
const some = fc.subarray(NAMES);
const EXPRESSIONS = [
  undefined,
  'principal.identified',
  '"a" in consumer.groups',
  'principal.claims.x == "a"',
  'request.headers["x-h"] == "a"',
  'request.method == "GET" || principal.claims.missing == 1',
];

const conditions: fc.Arbitrary<AccessConditions> = fc.record({
  consumers: some,
  groups: some,
  roles: some,
  tiers: some,
  methods: fc.subarray(['api-key', 'jwt', 'mtls'] as const),
  bindings: fc.subarray(['dpop', 'mtls'] as const),
  acr: some,
  signedInWithinSeconds: fc.constantFrom(0, 10, 1_000),
  issuedWithinSeconds: fc.constantFrom(0, 10, 1_000),
  countries: fc.subarray(['AT', 'CH']),
  addresses: fc.subarray(['192.0.2.0/24', '198.51.100.0/24', '2001:db8::/32']),
  times: fc.array(
    fc.record({
      days: fc.subarray([...WEEKDAYS]),
      fromMinutes: fc.nat(1_439),
      toMinutes: fc.nat(1_439),
      zone: fc.constantFrom('UTC', 'Asia/Tokyo'),
    }),
    { maxLength: 2 },
  ),
  headers: fc.constantFrom({}, { 'x-h': ['a'] }, { 'x-h': ['a', 'b'] }),
  when: fc.constantFrom(...EXPRESSIONS),
  owner: fc.constantFrom(...EXPRESSIONS),
});
const denyRule: fc.Arbitrary<DenyRule> = fc.record({ name: fc.constant('d'), conditions });
const policies: fc.Arbitrary<AccessPolicy[]> = fc.array(
  fc.record({ name: fc.constant('p'), conditions, deny: fc.array(denyRule, { maxLength: 2 }) }),
  { maxLength: 3 },
);

const principal: fc.Arbitrary<Principal> = fc
  .record({
    consumer: fc.constantFrom('', ...NAMES),
    groups: some,
    tier: fc.constantFrom('', ...NAMES),
    method: fc.constantFrom('api-key' as const, 'jwt' as const, 'mtls' as const),
    binding: fc.constantFrom('none' as const, 'dpop' as const, 'mtls' as const),
    acr: fc.constantFrom('', ...NAMES),
    authenticatedAtSeconds: fc.constantFrom(0, 1_800_000_000, 1_799_999_995),
    issuedAtSeconds: fc.constantFrom(undefined, 0, 1_800_000_000, 1_799_999_995),
    roles: fc.option(some, { nil: undefined }),
    x: fc.constantFrom(undefined, 'a', 'b', 1, null),
  })
  .map(({ x, ...rest }) => ({
    version: 1 as const,
    subject: 's',
    scopes: [],
    authenticator: 'm',
    credentialId: 'id',
    issuer: '',
    clientId: '',
    expiresAtMs: 0,
    claims: x === undefined ? NO_CLAIMS : (Object.assign(Object.create(null), { x }) as Principal['claims']),
    ...rest,
  }));

const call: fc.Arbitrary<Call> = fc
  .record({
    method: fc.constantFrom('GET', 'POST'),
    header: fc.constantFrom(undefined, 'a', 'b', 'c'),
    address: fc.constantFrom('192.0.2.1', '203.0.113.1', '2001:db8::5', 'garbage', ''),
  })
  .map(({ method, header, address }) => ({
    requestId: 'r',
    method,
    scheme: 'https' as const,
    host: 'h',
    path: '/x',
    pathAmbiguities: 0,
    query: '',
    httpVersion: '1.1' as const,
    headers: header === undefined ? [] : ['x-h', header],
    address: { text: address, group: address },
    fromTrustedProxy: false,
    peer: undefined,
    bodyFraming: 'none' as const,
    bodyBytesDeclared: -1,
    upgrade: '',
    fault: undefined,
  }));

const NOW = 1_800_000_000_000;

function allows(rules: readonly AccessPolicy[], who: Principal | undefined, of: Call): boolean {
  const facts = { call: of, principal: who, routeId: 'r', parameters: {}, nowMs: NOW };
  return compileAccess(rules, []).judge(facts).kind === 'pass';
}

const RUNS = { numRuns: 400 };

test('one more rule that denies never allows more', () => {
  fc.assert(
    fc.property(
      policies,
      denyRule,
      fc.nat(2),
      fc.option(principal, { nil: undefined }),
      call,
      (rules, rule, index, who, of) => {
        if (allows(rules, who, of)) return;
        const more = rules.map((policy, at) => (at === index ? { ...policy, deny: [...policy.deny, rule] } : policy));
        assert.ok(!allows(more, who, of));
      },
    ),
    RUNS,
  );
});

test('one more policy never allows more', () => {
  fc.assert(
    fc.property(policies, conditions, fc.option(principal, { nil: undefined }), call, (rules, extra, who, of) => {
      if (allows(rules, who, of)) return;
      assert.ok(!allows([...rules, { name: 'q', conditions: extra, deny: [] }], who, of));
    }),
    RUNS,
  );
});

test('conditions of the caller are met by nobody who was not identified', () => {
  fc.assert(
    fc.property(conditions, call, (asked, of) => {
      const ofCaller =
        asked.signedInWithinSeconds > 0 ||
        asked.issuedWithinSeconds > 0 ||
        [asked.consumers, asked.groups, asked.roles, asked.tiers, asked.methods, asked.bindings, asked.acr].some(
          (list) => list.length > 0,
        );
      if (ofCaller) assert.ok(!allows([{ name: '', conditions: asked, deny: [] }], undefined, of));
    }),
    RUNS,
  );
});

test('without its credential a call is allowed no more than with it, where no rule asks for that', () => {
  fc.assert(
    fc.property(policies, principal, call, (rules, who, of) => {
      // A rule that denies somebody says, rightly, less of nobody.
      const permitting = rules.map((policy) => ({ ...policy, deny: [] }));
      if (!allows(permitting, who, of)) assert.ok(!allows(permitting, undefined, of));
    }),
    RUNS,
  );
});

test('what a claim holds never makes an expression throw out of the judgement', () => {
  fc.assert(
    fc.property(fc.anything(), fc.constantFrom(...EXPRESSIONS.slice(1)), principal, call, (value, when, who, of) => {
      const claims = Object.assign(Object.create(null), { x: value }) as Principal['claims'];
      const facts = { call: of, principal: { ...who, claims }, routeId: 'r', parameters: {}, nowMs: NOW };
      const asked: AccessConditions = { ...ASKS_NOTHING, when };
      const verdict = compileAccess([{ name: '', conditions: asked, deny: [] }], []).judge(facts);
      assert.ok(verdict.kind === 'pass' || verdict.kind === 'deny');
    }),
    RUNS,
  );
});

test('whatever is written as an expression is compiled or refused, never thrown', () => {
  const pieces = fc.constantFrom(
    'principal',
    '.claims',
    '.x',
    ' == ',
    '"a"',
    '(',
    ')',
    ' && ',
    '[',
    ']',
    '1',
    ' ? ',
    ' : ',
    '!',
    ' in ',
    '{',
    '}',
    '\n',
    '\\',
    "'",
    '.all(x, ',
    'é',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const compiled = compileExpression(parts.join(''), ['id']);
      assert.equal(typeof compiled.ok, 'boolean');
    }),
    { numRuns: 2_000 },
  );
});

for (const [text, problem] of [
  ['principal.claims.x.matches("(a+)+$")', /matches\(\) is not available/],
  ['principal.scopes.all(a, principal.scopes.exists(b, a == b))', /stands within another loop/],
  ['query["a"].exists(a, query["a"].join(",") == a)', /join\(\) stands within a loop/],
  ['query["a"].exists(a, query["b"][0].split("").size() > 9)', /split\(\) stands within a loop/],
  ['principal.scopes.map(a, a + "x").exists(b, b == "y")', undefined],
  ['true', /the same for every call/],
  ['1 == 1 || "a" in ["a"]', /the same for every call/],
  ['principal.subject', /of type string/],
  ['principal.claims.x', /of type dyn/],
  ['request.hedaers["x"] == "a"', /hedaers/],
  ['path.nope == "x"', /nope/],
  ['user.name == "x"', /Unknown variable: user/],
  ['principal.subject = "x"', /./],
  [
    '(((((((((((((((((((((((((((((((((((((((((principal.identified)))))))))))))))))))))))))))))))))))))))))',
    /maxDepth/,
  ],
  [`principal.subject == "${'x'.repeat(5_000)}"`, /longer than/],
  [`principal.subject in [${Array.from({ length: 300 }, (_, i) => `"${i}"`).join(',')}]`, /./],
] as const)
  test(`an expression is ${problem === undefined ? 'taken' : 'refused'}: ${text.slice(0, 60)}`, () => {
    const compiled = compileExpression(text, ['id']);
    if (problem === undefined) assert.ok(compiled.ok, JSON.stringify(compiled));
    else assert.ok(!compiled.ok && problem.test(compiled.problem), JSON.stringify(compiled));
  });

test('steps are counted by what texts are split into that were joined', () => {
  const when = 'query["v"].join(",").split(",").all(x, !(x in query["v"]))';
  const judge = (values: number) => {
    const facts = factsOf(ALICE, { query: Array.from({ length: values }, () => `v=${'a,'.repeat(80)}`).join('&') });
    return compileAccess([{ name: '', conditions: { ...ASKS_NOTHING, when }, deny: [] }], []).judge(facts);
  };
  assert.equal(judge(1).kind, 'pass');
  assert.match(JSON.stringify(judge(100)), /too many steps/);
});

test('steps are counted too where owners are asked for, in what is looked up and in what decides', () => {
  const walks = 'query["v"].all(x, x in query["v"])';
  const facts = (values: number) =>
    factsOf(ALICE, { query: Array.from({ length: values }, (_, i) => `v=${i}`).join('&') });
  const decides = compileOwnerExpression(`path.id in owned(principal) && ${walks}`, ['id']);
  assert.ok(decides.ok, JSON.stringify(decides));
  const known = [{ object: '1', owners: [...LONG, ALICE.subject] }];
  assert.equal(decides.expression.judge({ ...facts(20), parameters: { id: '1' } }, known), true);
  assert.throws(() => decides.expression.judge({ ...facts(2_000), parameters: { id: '1' } }, known), /too many steps/);
  const looked = compileOwnerExpression(
    `(request.headers["x"].split(",").all(x, x in principal.claims.a) ? path.id : "") in owned(principal, "o")`,
    ['id'],
  );
  assert.ok(looked.ok, JSON.stringify(looked));
  const [question] = looked.expression.questions;
  const asking = (length: number) => {
    const claims = Object.assign(Object.create(null), { a: LONG.slice(0, length) }) as Principal['claims'];
    const { call } = factsOf(ALICE, { headers: ['x', LONG.slice(0, length).join(',')] });
    return question?.object({
      call,
      principal: { ...ALICE, claims },
      routeId: 'r',
      parameters: { id: '1' },
      nowMs: NOW,
    });
  };
  assert.equal(asking(20), '1');
  assert.throws(() => asking(2_000), /too many steps/);
});

const LONG = Array.from({ length: 8_000 }, (_, i) => `e${i}`);

test('steps are counted by what a row of an answer holds', () => {
  for (const text of ['row.a.all(x, x in row.a)', 'row.t.split(",").exists(x, row.t.contains(x + "-"))']) {
    const compiled = compileRowExpression(text, []);
    assert.ok(compiled.ok);
    const rows = compiled.expression(factsOf(ALICE, {}));
    const row = (length: number) => ({ a: LONG.slice(0, length), t: 'e,'.repeat(length) });
    assert.equal(typeof rows.holds(row(20)), 'boolean');
    const few = rows.steps;
    assert.ok(few > 20 && few < 20_000, String(few));
    assert.throws(() => rows.holds(row(8_000)), /too many steps/);
    assert.equal(rows.steps, few + 200_000, 'what is not judged for its steps counts in full');
  }
});

for (const [name, when] of [
  [
    'all of it searched for each part',
    'request.headers["x"].split(",").all(x, !request.headers["x"].contains(x + "-"))',
  ],
  ['at every character', 'request.headers["x"].split("").all(x, !request.headers["x"].contains(x + "-"))'],
  ['at what the call says', 'request.headers["x"].split(request.host).all(x, !request.headers["x"].contains(x + "-"))'],
] as const)
  test(`steps are counted by what a text is split into: ${name}`, () => {
    const judge = (length: number) => {
      const facts = factsOf(ALICE, { headers: ['x', 'a,'.repeat(length)] });
      return compileAccess([{ name: '', conditions: { ...ASKS_NOTHING, when }, deny: [] }], []).judge(facts);
    };
    assert.equal(judge(20).kind, 'pass', 'what is short is judged');
    const refused = judge(8_000);
    assert.equal(refused.kind, 'deny');
    assert.match(JSON.stringify(refused), /too many steps/);
  });

/** What a caller sent, and who has to take how many steps over it. */
const LOOPS: readonly (readonly [string, string])[] = [
  ['a list looked up in another', 'principal.claims.a.all(x, x in principal.claims.b)'],
  ['a list looked up in itself', 'principal.claims.a.exists(x, !(x in principal.claims.a))'],
  [
    'lists compared for each element',
    'principal.claims.a.exists(x, principal.claims.a != principal.claims.b && x == "")',
  ],
  ['a map looked through for each element', 'principal.claims.a.all(x, principal.claims == principal.claims)'],
  [
    'the list put in place of each element',
    'principal.claims.a.map(x, principal.claims.b).all(y, y == principal.claims.b)',
  ],
  ['parameters of the query', 'query["v"].all(x, x in query["v"])'],
];

for (const [name, when] of LOOPS)
  test(`steps are counted by what the caller sent: ${name}`, () => {
    const judge = (length: number, rules: { permit?: string; deny?: string }) => {
      const list = LONG.slice(0, length);
      const claims = Object.assign(Object.create(null), { a: list, b: [...list] }) as Principal['claims'];
      const query = list.map((one) => `v=${one}`).join('&');
      const { call } = factsOf(ALICE, { query });
      const facts = { call, principal: { ...ALICE, claims }, routeId: 'r', parameters: {}, nowMs: NOW };
      const conditions = { ...ASKS_NOTHING, when: rules.permit };
      const deny = rules.deny === undefined ? [] : [{ name: 'n', conditions: { ...ASKS_NOTHING, when: rules.deny } }];
      return compileAccess([{ name: '', conditions, deny }], []).judge(facts);
    };
    const few = judge(20, { permit: `${when} || true == principal.identified` });
    assert.equal(few.kind, 'pass', 'what is short is judged');
    const permitted = judge(LONG.length, { permit: `${when} || principal.identified` });
    assert.equal(permitted.kind, 'deny', 'what cannot be judged permits nothing');
    assert.match(JSON.stringify(permitted), /too many steps/);
    const denied = judge(LONG.length, { deny: `${when} && !principal.identified` });
    assert.equal(denied.kind, 'deny', 'and denies where it was to deny');
  });

test('a loop that looks at nothing but its element, or at literals, is not bounded by the length of its list', () => {
  const claims = Object.assign(Object.create(null), { a: LONG }) as Principal['claims'];
  const facts = { ...factsOf(ALICE, {}), principal: { ...ALICE, claims } };
  for (const when of ['principal.claims.a.all(x, x.startsWith("e"))', 'principal.claims.a.exists(x, x in ["e7999"])'])
    assert.equal(
      compileAccess([{ name: '', conditions: { ...ASKS_NOTHING, when }, deny: [] }], []).judge(facts).kind,
      'pass',
    );
});
