import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GOOD, marked, problemsOf } from './loading-fixture.test.ts';

const SCOPES = 'authorize: { scopes: ["orders:read"] }';
const REQUEST = 'routes[0].authorize.fields.request';
const RESPONSE = 'routes[0].authorize.fields.response';

/** Each line: what it shows, the code, the path, and what stands under `authorize`, with ▲ where the problem stands. */
const PROBLEMS: readonly (readonly [string, string, string, string])[] = [
  ['a rule that says two things', 'SP121', `${REQUEST}[0]`, 'fields: { request: [▲{ allow: a, deny: b }] }'],
  ['a rule that says nothing', 'SP121', RESPONSE, 'fields: { response: ▲{ unless: { groups: a } } }'],
  ['a verb of the other side', 'SP010', `${REQUEST}.mask`, 'fields: { request: { ▲mask: a } }'],
  ['a condition that asks nothing', 'SP120', `${RESPONSE}.unless`, 'fields: { response: { mask: a, unless: ▲{} } }'],
  [
    'others that are dropped where nothing is allowed',
    'SP123',
    'routes[0].authorize.fields.otherFields',
    'fields: { otherFields: ▲drop, request: { deny: a } }',
  ],
  ['a path that is none', 'SP014', `${RESPONSE}.drop`, 'fields: { response: { drop: ▲"a..b" } }'],
  [
    'an expression of a condition',
    'SP101',
    `${RESPONSE}[0].if.when`,
    `fields: { response: [{ mask: a, if: { when: ▲'row.x == 1' } }] }`,
  ],
  [
    'rows that end in no element',
    'SP014',
    'routes[0].authorize.rows.at',
    `rows: { at: ▲items, owner: 'row.a == "b"' }`,
  ],
  ['rows within rows', 'SP014', 'routes[0].authorize.rows.at', `rows: { at: ▲"**[]", owner: 'row.a == "b"' }`],
  [
    'rows that are not looked at',
    'SP122',
    'routes[0].authorize.rows.owner',
    `rows: { at: "items[]", owner: ▲'principal.subject == "a"' }`,
  ],
];

for (const [name, code, path, rules] of PROBLEMS)
  test(name, () => {
    assert.ok(GOOD.includes(SCOPES), 'the change is made');
    const { text, place } = marked(GOOD.replace(SCOPES, () => `authorize: { ${rules} }`));
    assert.ok(problemsOf(text).includes(`${code} ${place} ${path}`), problemsOf(text).join('\n'));
  });

test('a route that identifies nobody asks nothing of a caller', () => {
  const rules = `authorize: { fields: { response: { mask: a, unless: { groups: [staff] } } } }`;
  const text = GOOD.replace(SCOPES, () => rules).replace(/authenticate: \{[^}]*\}/, 'authenticate: none');
  assert.ok(
    problemsOf(text).some((one) => one.startsWith('SP103') && one.endsWith('.unless')),
    problemsOf(text).join('\n'),
  );
});
