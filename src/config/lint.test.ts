import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issueApiKey } from '../crypto/api-key-format.ts';
import { load, marked, problemsOf } from './loading-fixture.test.ts';

interface TestRoute {
  readonly id: string;
  readonly match: string;
  /** Further lines of the route; without them it takes API keys. */
  readonly rest?: string;
}

/** A file of routes, each on one line; ▲ before a match marks the place of the expected problem. */
function routesFile(routes: readonly TestRoute[], head = ''): string {
  const lines = routes.map(
    ({ id, match, rest }) =>
      `  - { id: ${id}, match: ${match}, upstream: api, ${rest ?? 'authenticate: { anyOf: [keys] }'} }\n`,
  );
  return `version: 1
mode: enforce
${head}upstreams: { api: { url: "http://127.0.0.1:3000" } }
authenticators: { keys: { type: api-key } }
routes:
${lines.join('')}`;
}

const OPEN = 'authenticate: none';

/** What it shows, the expected code and path, and the routes; the place is the one marked. */
const ROUTE_FINDINGS: readonly (readonly [string, string, readonly TestRoute[]])[] = [
  [
    'the same route twice',
    'SP040 routes[1].match',
    [
      { id: 'a', match: '{ path: "/x/{a}", methods: [GET, POST] }' },
      { id: 'b', match: '▲{ path: "/x/{b}", methods: [POST, GET] }' },
    ],
  ],
  [
    'a dead route',
    'SP041 routes[2].match',
    [
      { id: 'a', match: '{ path: /x, methods: [GET] }' },
      { id: 'b', match: '{ path: /x, methods: [POST, PUT] }' },
      { id: 'c', match: '▲{ path: /x, methods: [PUT, GET] }' },
    ],
  ],
  [
    'a dead HEAD behind GET',
    'SP041 routes[1].match',
    [
      { id: 'a', match: '{ path: /x, methods: [GET] }' },
      { id: 'b', match: '▲{ path: /x, methods: [HEAD] }' },
    ],
  ],
  [
    'methods shared on one path with other protection',
    'SP042 routes[1].match',
    [
      { id: 'a', match: '{ path: /x, methods: [GET, POST] }' },
      {
        id: 'b',
        match: '▲{ path: /x, methods: [GET, PUT] }',
        rest: 'authenticate: { anyOf: [keys] }, authorize: { scopes: [s] }',
      },
    ],
  ],
  [
    'paths that cross with other protection',
    'SP042 routes[1].match',
    [
      { id: 'a', match: '{ path: "/{x}/items" }', rest: 'authenticate: { anyOf: [keys] }, mode: observe' },
      { id: 'b', match: '▲{ path: "/orders/{y}" }' },
    ],
  ],
  [
    'a scope on an open route',
    'SP043 routes[0].authorize.scopes',
    [{ id: 'a', match: '{ path: /x }', rest: `${OPEN}, authorize: { scopes: ▲[s] }` }],
  ],
  ['an open route', 'SP044 routes[0].authenticate', [{ id: 'a', match: '{ path: /x }', rest: 'authenticate: ▲none' }]],
  [
    'a limit per consumer on an open route',
    'SP045 routes[0].limits[0].per',
    [{ id: 'a', match: '{ path: /x }', rest: `${OPEN}, limits: [{ per: ▲[consumer, route], rate: 1/s }]` }],
  ],
  [
    'a limit behind a stricter one',
    'SP047 routes[0].limits[0]',
    [
      {
        id: 'a',
        match: '{ path: /x }',
        rest: 'authenticate: { anyOf: [keys] }, limits: [▲{ per: key, rate: 100/1m }, { per: key, rate: 60/1m }]',
      },
    ],
  ],
  [
    'a limit twice',
    'SP047 routes[0].limits[1]',
    [
      {
        id: 'a',
        match: '{ path: /x }',
        rest: 'authenticate: { anyOf: [keys] }, limits: [{ per: [key, route], rate: 60/1m }, ▲{ per: [route, key], rate: 60/60s }]',
      },
    ],
  ],
  [
    'a daily quota above the monthly one',
    'SP047 routes[0].limits[1]',
    [
      {
        id: 'a',
        match: '{ path: /x }',
        rest: 'authenticate: { anyOf: [keys] }, limits: [{ per: key, quota: 100/1mo }, ▲{ per: key, quota: 200/1d }]',
      },
    ],
  ],
  [
    'a quota that the rate never uses up',
    'SP047 routes[0].limits[0]',
    [
      {
        id: 'a',
        match: '{ path: /x }',
        rest: 'authenticate: { anyOf: [keys] }, limits: [▲{ per: key, quota: 100000/1d }, { per: key, rate: 60/1m }]',
      },
    ],
  ],
  [
    'an id twice',
    'SP032 routes[1].id',
    [
      { id: 'a', match: '{ path: /x }' },
      { id: '▲a', match: '{ path: /y }' },
    ],
  ],
  [
    'a route hidden by a more exact host',
    'SP048 routes[0].match',
    [
      { id: 'a', match: '▲{ path: /health }' },
      { id: 'b', match: '{ host: api.example.com, path: /x }' },
    ],
  ],
  [
    'a route of many hosts hidden by one of them',
    'SP048 routes[0].match',
    [
      { id: 'a', match: '▲{ host: "*.example.com", path: /health }' },
      { id: 'b', match: '{ host: "api.example.com:8443", path: /x }' },
    ],
  ],
  [
    'methods hidden by a narrower path',
    'SP049 routes[1].match',
    [
      { id: 'a', match: '{ path: /x/* }' },
      { id: 'b', match: '▲{ path: "/x/{y}", methods: [GET] }' },
    ],
  ],
];

for (const [what, expected, routes] of ROUTE_FINDINGS) {
  test(`found at its place: ${what}`, () => {
    const { text, place } = marked(routesFile(routes));
    const [code, path] = expected.split(' ');
    // Open routes are listed too, and may leave the authenticator unused; those are other findings.
    const beside = ['SP033', 'SP044'].filter((other) => other !== code);
    const found = problemsOf(text).filter((problem) => !beside.some((other) => problem.startsWith(other)));
    assert.deepEqual(found, [`${code} ${place} ${path}`]);
  });
}

/** Routes that are plain to read, although they overlap. */
const PLAIN: readonly (readonly [string, readonly TestRoute[]])[] = [
  [
    'an exception inside a wider path',
    [
      { id: 'a', match: '{ path: /x/* }' },
      { id: 'b', match: '{ path: "/x/{y}" }', rest: 'authenticate: { anyOf: [keys] }, mode: observe' },
    ],
  ],
  [
    'one path by method',
    [
      { id: 'a', match: '{ path: /x, methods: [GET] }' },
      { id: 'b', match: '{ path: /x, methods: [POST] }' },
    ],
  ],
  [
    'one path, one method and the others',
    [
      { id: 'a', match: '{ path: /x, methods: [GET] }' },
      { id: 'b', match: '{ path: /x }', rest: 'authenticate: { anyOf: [keys] }, mode: observe' },
    ],
  ],
  [
    'crossing paths with the same protection',
    [
      { id: 'a', match: '{ path: "/{x}/items" }' },
      { id: 'b', match: '{ path: "/orders/{y}" }' },
    ],
  ],
  [
    'a host that covers what the others have',
    [
      { id: 'a', match: '{ path: /x }' },
      { id: 'b', match: '{ host: api.example.com, path: /* }' },
    ],
  ],
  [
    'HEAD named before GET',
    [
      { id: 'a', match: '{ path: /x, methods: [HEAD] }' },
      { id: 'b', match: '{ path: /x, methods: [GET] }' },
    ],
  ],
  [
    'limits of different subjects and windows',
    [
      {
        id: 'a',
        match: '{ path: /x }',
        rest: 'authenticate: { anyOf: [keys] }, limits: [{ per: key, rate: 100/1m, burst: 5 }, { per: key, rate: 10/1m, burst: 10 }, { per: address, rate: 1/s }, { per: key, quota: 1000/1d }, { per: key, quota: 10000/1mo }]',
      },
    ],
  ],
];

for (const [what, routes] of PLAIN) {
  test(`not reported: ${what}`, () => {
    assert.deepEqual(problemsOf(routesFile(routes)), []);
  });
}

const ONE: readonly TestRoute[] = [{ id: 'a', match: '{ path: /x }' }];

/** What it shows, the expected code and path, and lines at the top of the file. */
const HEAD_FINDINGS: readonly (readonly [string, string, string])[] = [
  ['an admin port on every interface', 'SP052 admin.host', 'admin: { host: ▲0.0.0.0 }\n'],
  ['an admin port on a name', 'SP052 admin.host', 'admin: { host: ▲gateway.internal }\n'],
  ['plain HTTP beyond this machine', 'SP053 listen.host', 'listen: { host: ▲0.0.0.0 }\n'],
  ['a very wide block of proxies', 'SP051 trustedProxies[1]', 'trustedProxies: [10.0.0.0/8, ▲64.0.0.0/7]\n'],
  ['a very wide block of IPv6 proxies', 'SP051 trustedProxies[0]', 'trustedProxies: [▲"2000::/3"]\n'],
  ['an authenticator nobody uses', 'SP033 authenticators.spare', ''],
];

for (const [what, expected, head] of HEAD_FINDINGS) {
  test(`warned of at its place: ${what}`, () => {
    const whole = routesFile(ONE, head);
    const { text, place } = marked(
      head === '' ? whole.replace('keys: {', '▲spare: { type: api-key }, keys: {') : whole,
    );
    const [code, path] = expected.split(' ');
    assert.deepEqual(problemsOf(text), [`${code} ${place} ${path}`]);
    assert.equal(load(text).ok, true, 'a warning does not refuse the file');
  });
}

test('a proxy that ends TLS before the gateway makes plain HTTP acceptable', () => {
  assert.deepEqual(problemsOf(routesFile(ONE, 'listen: { host: 0.0.0.0 }\ntrustedProxies: [10.1.0.0/16]\n')), []);
});

test('an API key, a private key and a password in an address are found wherever they stand', () => {
  const { key } = issueApiKey({ bytes: (count) => new Uint8Array(count).fill(7) }, 'sp', 'live');
  const { text, place } = marked(routesFile(ONE, `consumers: { acme: { tier: ▲"${key}" } }\n`));
  const found = load(text);
  assert.ok(!found.ok);
  assert.ok(problemsOf(text).includes(`SP023 ${place} consumers.acme.tier`));
  assert.ok(!JSON.stringify(found).includes(key));
  for (const literal of ['-----BEGIN PRIVATE KEY-----', 'https://user:secret@host']) {
    const result = load(routesFile(ONE, `unknown: { deep: ["${literal}"] }\n`));
    assert.ok(!result.ok);
    assert.deepEqual(result.diagnostics.map((problem) => problem.code).sort(), ['SP010', 'SP023']);
    assert.ok(!JSON.stringify(result).includes(literal));
  }
});

test('thousands of routes that begin alike are linted', () => {
  const routes = Array.from({ length: 2000 }, (_, index) => ({
    id: `r${index}`,
    match: `{ path: "/{tenant}/p${index}" }`,
  }));
  const result = load(routesFile(routes));
  assert.ok(result.ok, JSON.stringify(result).slice(0, 500));
  assert.equal(result.configuration.routes.length, 2000);
});
