import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GOOD, load, marked, problemsOf } from './loading-fixture.test.ts';

const SCOPES = 'authorize: { scopes: ["orders:read"] }';
const ISSUER = 'mode: enforce\nissuer: { url: "https://api.example.com" }';

/** Each line: what it shows, the code, the path, and a change of GOOD with ▲ where the problem stands. */
const PROBLEMS: readonly (readonly [string, string, string, string, string])[] = [
  ['an unknown policy', 'SP100', 'routes[0].authorize.policies[0]', SCOPES, 'authorize: { policies: [▲partners] }'],
  [
    'a policy nobody names',
    'SP033',
    'policies.partners',
    'mode: enforce',
    'mode: enforce\npolicies: { ▲partners: { groups: [a] } }',
  ],
  ['a name there is not', 'SP101', 'routes[0].authorize.when', SCOPES, 'authorize: { when: ▲\'user.name == "x"\' }'],
  ['a parameter there is not', 'SP101', 'routes[0].authorize.when', SCOPES, 'authorize: { when: ▲\'path.id == "x"\' }'],
  [
    'an expression that contradicts itself',
    'SP142',
    'routes[0].authorize.when',
    SCOPES,
    `authorize: { when: ▲'consumer.tier == "gold" && consumer.tier == "silver"' }`,
  ],
  [
    'a rule that asks for a method its route does not take',
    'SP142',
    'routes[0].authorize.deny[0].when',
    SCOPES,
    `authorize: { deny: [{ name: x, when: ▲'request.method == "POST"' }] }`,
  ],
  [
    'a part that is the same for every call',
    'SP101',
    'routes[0].authorize.when',
    SCOPES,
    "authorize: { when: ▲'principal.identified || 1 < 2' }",
  ],
  ['no truth value', 'SP101', 'routes[0].authorize.when', SCOPES, "authorize: { when: ▲'principal.subject' }"],
  ['the same for every call', 'SP101', 'routes[0].authorize.when', SCOPES, "authorize: { when: ▲'1 < 2' }"],
  [
    'the same in a rule that denies',
    'SP101',
    'routes[0].authorize.deny[0].when',
    SCOPES,
    "authorize: { deny: [{ name: x, when: ▲'1 < 2' }] }",
  ],
  [
    'a rule that denies everything',
    'SP102',
    'routes[0].authorize.deny[0]',
    SCOPES,
    'authorize: { deny: [▲{ name: x }] }',
  ],
  [
    'a condition nobody can meet',
    'SP103',
    'routes[0].authorize',
    `{ anyOf: [keys] }\n    ${SCOPES}`,
    'none\n    authorize: ▲{ groups: [partners] }',
  ],
  [
    'an unknown day',
    'SP013',
    'routes[0].authorize.times[0].days[0]',
    SCOPES,
    'authorize: { times: [{ days: [▲monday] }] }',
  ],
  [
    'no time of day',
    'SP014',
    'routes[0].authorize.times[0].from',
    SCOPES,
    'authorize: { times: [{ from: ▲"24:00" }] }',
  ],
  ['no time zone', 'SP014', 'routes[0].authorize.times[0].zone', SCOPES, 'authorize: { times: [{ zone: ▲Vienna }] }'],
  [
    'no block of addresses',
    'SP014',
    'routes[0].authorize.addresses[0]',
    SCOPES,
    'authorize: { addresses: [▲10.0.0.0/33] }',
  ],
  [
    'a header in upper case',
    'SP018',
    'routes[0].authorize.headers.X-Region',
    SCOPES,
    'authorize: { headers: { ▲X-Region: eu } }',
  ],
  ['countries without a file', 'SP141', 'routes[0].authorize.countries', SCOPES, 'authorize: { countries: ▲[AT] }'],
  ['no country', 'SP014', 'routes[0].authorize.countries', SCOPES, 'authorize: { countries: ▲austria }'],
  ['tokens of no issuer', 'SP095', 'authenticators.keys', '{ type: api-key, header: X-Api-Key }', '▲{ type: issuer }'],
  [
    'a route under the issuer',
    'SP092',
    'routes[0].match.path',
    `mode: enforce\nupstreams:\n  orders: { url: "http://127.0.0.1:3000" }\nauthenticators:\n  keys: { type: api-key, header: X-Api-Key }\nroutes:\n  - id: read-order\n    match: { host: API.example.com, path: "/orders/{orderId}"`,
    `${ISSUER}\nupstreams:\n  orders: { url: "http://127.0.0.1:3000" }\nauthenticators:\n  keys: { type: api-key, header: X-Api-Key }\nroutes:\n  - id: read-order\n    match: { host: API.example.com, path: ▲"/oauth/{orderId}"`,
  ],
  [
    'an issuer in plain HTTP',
    'SP093',
    'issuer.url',
    'mode: enforce',
    'mode: enforce\nissuer: { url: ▲"http://api.example.com" }',
  ],
  [
    'anybody may register',
    'SP094',
    'issuer.registration',
    'mode: enforce',
    'mode: enforce\nissuer: { url: "https://api.example.com", registration: ▲open }',
  ],
  [
    'exchange by an unknown method',
    'SP031',
    'issuer.exchange.authenticators[0]',
    'mode: enforce',
    'mode: enforce\nissuer: { url: "https://api.example.com", exchange: { authenticators: [▲kyes] } }',
  ],
];

for (const [name, code, path, from, to] of PROBLEMS)
  test(name, () => {
    assert.ok(GOOD.includes(from), 'the change is made');
    const { text, place } = marked(GOOD.replace(from, () => to));
    assert.ok(problemsOf(text).includes(`${code} ${place} ${path}`), problemsOf(text).join('\n'));
  });

test('rules that can be used load without a word', () => {
  const rules = `authorize:
      scopes: ["orders:read"]
      policies: [partners]
      groups: partners
      signedInWithin: 15m
      addresses: [10.0.0.0/8]
      times: [{ days: [mon, fri], from: "08:00", to: "18:00", zone: Europe/Vienna }]
      headers: { x-region: [eu, ch] }
      when: 'path.orderId != "0" && principal.claims.tenant == request.headers["x-tenant"]'`;
  const policies = `mode: enforce
policies:
  partners:
    methods: [jwt, api-key]
    bindings: dpop
    deny: [{ name: embargo, addresses: [203.0.113.0/24] }]`;
  const tokens = '{ type: jwt, issuer: "https://id.example", audience: shop, algorithms: [ES256] }';
  const text = GOOD.replace(SCOPES, () => rules).replace('{ type: api-key, header: X-Api-Key }', tokens);
  assert.deepEqual(problemsOf(text.replace('mode: enforce', policies)), []);
});

test('the message says where in the expression it went wrong', () => {
  const result = load(GOOD.replace(SCOPES, () => `authorize: { when: 'request.method == "GET" && user.name == "x"' }`));
  assert.ok(!result.ok);
  assert.match(result.diagnostics[0]?.message ?? '', /Unknown variable: user \(column 28 of it\)/);
});
