import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfigurationText } from './load.ts';

const OWNERS = 'owners: { orders: { type: http, url: "https://shop.example/owners/{id}" } }';
const DECIDERS = 'deciders: { pdp: { type: opa, url: "https://opa.example/v1/data/shop/allow" } }';

function codes(outside: string, authorize: string, path = '/orders/{orderId}'): string[] {
  const text = `
version: 1
mode: enforce
upstreams: { shop: { url: "http://127.0.0.1:3000" } }
authenticators: { keys: { type: api-key, header: x-key } }
${outside}
routes:
  - { id: order, match: { path: "${path}" }, upstream: shop, authenticate: { anyOf: [keys] }, authorize: ${authorize} }
`;
  const loaded = loadConfigurationText(text, '/srv/sallyport.yaml', {
    env: {},
    cwd: '/srv',
    readFile: () => 'postgres://u:p@db.example/shop',
  });
  const problems = loaded.ok ? loaded.warnings : loaded.diagnostics;
  return problems.map(({ code, line }) => `${code}:${line}`);
}

const OWNER = `{ owner: 'path.orderId in owned(principal, "orders")' }`;

test('a look-up and a decider that are there and used are no finding', () => {
  assert.deepEqual(codes(OWNERS, OWNER), []);
  assert.deepEqual(codes(OWNERS, '{ owner: { lookup: orders, object: path.orderId } }'), []);
  assert.deepEqual(codes(DECIDERS, '{ decide: [pdp] }'), []);
  assert.deepEqual(codes('owners: { orderId: { type: accepted } }', '{ owner: path.orderId in owned(principal) }'), []);
});

test('names that lead nowhere are errors, and what nothing uses is a warning', () => {
  assert.deepEqual(codes('', OWNER), ['SP130:8']);
  assert.deepEqual(codes('', '{ decide: [pdp] }'), ['SP131:8']);
  assert.deepEqual(codes(OWNERS, '{}'), ['SP033:6']);
  assert.deepEqual(codes(DECIDERS, '{}'), ['SP033:6']);
});

for (const expression of [
  'owned(principal, "orders") == []',
  'path.orderId in owned("orders")',
  'path.orderId in owned()',
  'path.orderId in owned(principal, "orders", "x")',
  'query["id"] in owned(principal, "orders")',
  'query["id"][0] in owned(principal, "orders")',
  'path.orderId in owned(principal, path.orderId)',
  'request.path in owned(principal)',
  'query.all(name, name in owned(principal, "orders"))',
  'path.missing in owned(principal, "orders")',
  'path.orderId in owned(owners[0], "orders")',
  'path.orderId in owned(principal, "orders") && 1',
])
  test(`an expression that cannot be judged is refused: ${expression}`, () => {
    const found = codes(OWNERS, `{ owner: '${expression}' }`);
    assert.ok(
      found.some((code) => code === 'SP101:8' || code === 'SP130:8'),
      found.join(' '),
    );
  });

for (const url of [
  'https://shop.example/owners/x{id}',
  'https://shop.example/owners/{id}.json',
  'https://shop.example/owners/{id}{id}',
  'https://shop.example/owners/',
  'https://{id}/owners',
  'https://{id}.example/owners',
  'https://shop.example/{}',
  'https://shop.example/owners?x={id}x',
  'https://shop.example/owners?{id}',
  'https://shop.example/owners/{id}#x',
  'ftp://shop.example/{id}',
])
  test(`an address in which an object could lead elsewhere is refused: ${url}`, () => {
    assert.ok(codes(`owners: { orders: { type: http, url: "${url}" } }`, OWNER).includes('SP014:6'));
  });

test('who decides is not asked in clear', () => {
  assert.deepEqual(codes('owners: { orders: { type: http, url: "http://shop.example/{id}" } }', OWNER), ['SP133:6']);
  assert.deepEqual(codes('deciders: { pdp: { type: opa, url: "http://opa.example/x" } }', '{ decide: [pdp] }'), [
    'SP133:6',
  ]);
  const table = 'table: orders, keyColumn: id, ownerColumn: owner';
  for (const [store, expected] of [
    ['postgres://db.example/shop', ['SP133:6']],
    ['postgres://db.example/shop?sslmode=prefer', ['SP133:6']],
    ['postgres://db.example/shop?sslmode=no-verify', ['SP133:6']],
    ['postgres://db.example/shop?sslmode=verify-full', []],
    ['postgres://u:p@db.example/shop?sslmode=verify-full', ['SP023:6']],
    ['file:./shop.db', []],
    ['mysql://db.example/shop', ['SP014:6']],
  ] as const)
    assert.deepEqual(codes(`owners: { orders: { type: sql, store: "${store}", ${table} } }`, OWNER), expected, store);
});

test('a table is said in one way, and a query is one SELECT over the object', () => {
  const sql = (source: string): string[] =>
    codes(`owners: { orders: { type: sql, store: "file:./shop.db", ${source} } }`, OWNER);
  assert.deepEqual(sql('table: orders, keyColumn: id'), ['SP132:6']);
  assert.deepEqual(
    sql('table: orders, keyColumn: id, ownerColumn: owner, query: "SELECT owner FROM orders WHERE id = $1"'),
    ['SP132:6'],
  );
  for (const query of [
    'DELETE FROM orders WHERE id = $1',
    'SELECT 1; SELECT $1',
    'SELECT owner FROM orders',
    'SELECT owner FROM orders WHERE id = $1 AND x = $2',
  ])
    assert.deepEqual(sql(`query: "${query}"`), ['SP014:6'], query);
  for (const table of ['orders; DROP TABLE x', 'a.b.c', '\\"x\\"', "o'", 'ord ers'])
    assert.ok(sql(`table: "${table}", keyColumn: id, ownerColumn: owner`).includes('SP014:6'), table);
});

test('a decider is told no credential, and does not open a route by failing', () => {
  const pdp = (more: string): string => `deciders: { pdp: { type: opa, url: "https://opa.example/x", ${more} } }`;
  for (const field of ['authorization', 'cookie', 'x-key'])
    assert.deepEqual(codes(pdp(`headers: [${field}]`), '{ decide: [pdp] }'), ['SP136:6'], field);
  assert.deepEqual(codes(pdp('onFailure: rules'), '{ decide: [pdp] }'), ['SP134:8']);
  assert.deepEqual(codes(pdp('onFailure: rules'), '{ decide: [pdp], scopes: [a] }'), []);
  assert.deepEqual(codes(pdp('onFailure: allow'), '{ decide: [pdp] }'), ['SP013:6']);
  assert.deepEqual(codes(pdp('send: [authorization]'), '{ decide: [pdp] }'), ['SP013:6']);
  const authzen = 'deciders: { pdp: { type: authzen, url: "https://pdp.example/x", send: [method] } }';
  assert.deepEqual(codes(authzen, '{ decide: [pdp] }'), ['SP135:6']);
});

test('staleSeconds means something with onFailure: stale only', () => {
  const http = (more: string): string =>
    `owners: { orders: { type: http, url: "https://shop.example/{id}", ${more} } }`;
  assert.deepEqual(codes(http('staleSeconds: 60'), OWNER), ['SP015:6']);
  assert.deepEqual(codes(http('onFailure: stale, staleSeconds: 60'), OWNER), []);
  assert.deepEqual(codes(http('onFailure: allow'), OWNER), ['SP013:6']);
});

test('an authority is refused where there is no TLS to verify by it, and where its file is none', () => {
  const plain = 'url: "http://127.0.0.1/{id}", allowPrivateAddresses: true, ca: ca.pem';
  const encrypted = 'url: "https://shop.example/{id}", ca: ca.pem';
  const owners = (more: string): string => `owners: { orders: { type: http, ${more} } }`;
  const deciders = (more: string): string => `deciders: { pdp: { type: opa, ${more.replace('{id}', 'v1')} } }`;
  for (const [more, code] of [
    [plain, 'SP137:6'],
    [encrypted, 'SP024:6'],
  ] as const) {
    assert.ok(codes(owners(more), OWNER).includes(code), code);
    assert.ok(codes(deciders(more), '{ decide: [pdp] }').includes(code), code);
  }
});
