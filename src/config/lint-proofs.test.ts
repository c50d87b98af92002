import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { load, marked, problemsOf } from './loading-fixture.test.ts';

const HEAD = `version: 1
mode: enforce
upstreams: { shop: { url: "http://127.0.0.1:3000" } }
authenticators:
  keys: { type: api-key, header: x-api-key }
  tokens: { type: jwt, issuer: "https://id.example", audience: shop, algorithms: [ES256] }
  hooks: { type: hmac, scheme: sallyport-hmac, clients: { a: { secrets: ["\${env:SECRET}"], consumer: a, scopes: [hooks] } } }
policies:
  office: { addresses: [10.0.0.0/8], times: [{ from: "08:00", to: "12:00" }] }
  strict: { groups: [partners], consumers: [acme] }
routes:
`;
const SPARE = `  - { id: spare, upstream: shop, match: { path: /spare }, authenticate: { anyOf: [keys, tokens] }, authorize: { policies: [office, strict] } }
  - { id: hook, upstream: shop, match: { path: /hook }, authenticate: { anyOf: [hooks] } }
`;
const PORTS = { env: { SECRET: createHash('sha256').update('a secret of this test').digest('base64') } };

function text(asked: string, by = 'keys'): string {
  const route = `  - { id: one, upstream: shop, match: { path: /one }, authenticate: { anyOf: [${by}] }, authorize: ${asked} }\n`;
  return HEAD + route + SPARE;
}

/** Each line: what it shows, the code, the path, what the route asks with ▲ where the problem stands, its methods. */
const PROVED: readonly (readonly [string, string, string, string, string?])[] = [
  ['a method the route has not', 'SP149', 'routes[0].authorize.methods', '{ methods: ▲[jwt] }'],
  ['a proof that keys cannot give', 'SP149', 'routes[0].authorize.bindings', '{ bindings: ▲[dpop] }'],
  ['a sign-in without a token', 'SP149', 'routes[0].authorize.signedInWithin', '{ signedInWithin: ▲15m }'],
  ['an age that keys have not', 'SP149', 'routes[0].authorize.issuedWithin', '{ issuedWithin: ▲15m }'],
  ['a class without a token', 'SP149', 'routes[0].authorize.acr', '{ acr: ▲gold }'],
  ['roles without rolesClaim', 'SP149', 'routes[0].authorize.roles', '{ roles: ▲[admin] }', 'tokens'],
  [
    'a rule that denies by roles of keys',
    'SP149',
    'routes[0].authorize.deny[0].roles',
    '{ deny: [{ name: no-admins, roles: ▲[admin] }] }',
  ],
  [
    'an exception for roles of keys',
    'SP149',
    'routes[0].authorize.fields.response[0].unless.roles',
    '{ fields: { response: [{ mask: card, unless: { roles: ▲[support] } }] } }',
  ],
  [
    'a field rule for roles of keys',
    'SP149',
    'routes[0].authorize.fields.request[0].if.roles',
    '{ fields: { request: { drop: card, if: { roles: ▲[support] } } } }',
  ],
  [
    'blocks without a common address',
    'SP142',
    'policies.office.addresses',
    '{ addresses: [192.0.2.0/24], policies: [office] }',
  ],
  [
    'hours without a common minute',
    'SP142',
    'policies.office.times',
    '{ times: [{ from: "13:00", to: "18:00" }], policies: [office] }',
  ],
  ['two consumers at once', 'SP142', 'policies.strict.consumers', '{ consumers: [bulk], policies: [strict] }'],
  [
    'a rule that denies less than another',
    'SP147',
    'routes[0].authorize.deny[0]',
    '{ deny: [▲{ name: small, addresses: [10.1.0.0/16] }, { name: all, addresses: [10.0.0.0/8] }] }',
  ],
  [
    'conditions that a policy asks too',
    'SP147',
    'routes[0].authorize',
    '▲{ groups: [partners, staff], policies: [strict] }',
  ],
  ['a scope no client has', 'SP148', 'routes[0].authorize.scopes', '{ scopes: ▲[hooks, other] }', 'hooks'],
];

for (const [name, code, path, asked, by] of PROVED)
  test(`proved: ${name}`, () => {
    const problems = problemsOf(text(asked.replace('▲', ''), by), PORTS);
    const place = asked.includes('▲') ? marked(text(asked, by)).place : undefined;
    const found = problems.filter((problem) => problem.startsWith(`${code} `) && problem.endsWith(` ${path}`));
    assert.equal(found.length, 1, problems.join('\n'));
    if (place !== undefined) assert.equal(found[0], `${code} ${place} ${path}`);
  });

/** What looks alike and is not wrong. */
const FINE: readonly (readonly [string, string?])[] = [
  ['{ methods: [jwt, api-key] }'],
  ['{ bindings: [dpop], acr: gold, signedInWithin: 15m }', 'keys, tokens'],
  ['{ groups: [staff], policies: [strict] }'],
  ['{ groups: [partners], consumers: [acme], tiers: [gold], policies: [strict] }'],
  ['{ addresses: [10.1.0.0/16], policies: [office] }'],
  ['{ times: [{ from: "22:00", to: "08:01" }], policies: [office] }'],
  ['{ times: [{ from: "13:00", to: "18:00", zone: Europe/Vienna }], policies: [office] }'],
  ['{ deny: [{ name: a, addresses: [10.1.0.0/16], tiers: [x] }, { name: b, addresses: [10.0.0.0/8], tiers: [y] }] }'],
  ['{ scopes: [other] }', 'keys, hooks'],
  ['{ scopes: [hooks] }', 'hooks'],
];

for (const [asked, by] of FINE)
  test(`nothing is said of ${asked}`, () => {
    assert.deepEqual(problemsOf(text(asked, by), PORTS), []);
  });

test('what a policy asks is idle where no route of it has a method that can meet it', () => {
  const masked = `policies:\n  masked: { fields: { response: { mask: card, unless: { methods: [jwt] } } } }\n`;
  const asked = (spare: string): readonly string[] =>
    problemsOf(
      text('{ policies: [masked] }')
        .replace('policies:\n', masked)
        .replace('policies: [office', `policies: [${spare}office`),
      PORTS,
    ).map((one) => one.replace(/ .* /, ' '));
  assert.deepEqual(asked(''), ['SP149 policies.masked.fields.response[0].unless.methods']);
  assert.deepEqual(asked('masked, '), []);
});

test('a route that asks nobody is warned of, and not where it says why', () => {
  const open = (said: string): readonly string[] =>
    problemsOf(`${HEAD}  - { id: open, upstream: shop, match: { path: /o }, authenticate: ${said} }\n${SPARE}`, PORTS);
  assert.deepEqual(
    open('none').map((one) => one.split(' ')[0]),
    ['SP044'],
  );
  assert.deepEqual(open('{ none: "the status page is for everybody" }'), []);
  assert.deepEqual(
    open('{ none: "" }').map((one) => one.split(' ')[0]),
    ['SP014'],
  );
  assert.deepEqual(
    open('{ none: "why", anyOf: [keys] }').map((one) => one.split(' ')[0]),
    ['SP015'],
  );
  const result = load(
    `${HEAD}  - { id: open, upstream: shop, match: { path: /o }, authenticate: { none: why } }\n${SPARE}`,
    PORTS,
  );
  assert.ok(result.ok);
  assert.deepEqual(result.configuration.routes[0]?.authenticate, { kind: 'none', because: 'why' });
});
