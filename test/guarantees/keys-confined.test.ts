import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { hashPassword } from '../../src/crypto/password-hash.ts';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';

const ROUTES = `  - id: orders
    match: { path: "/orders/*", methods: [GET, POST] }
    upstream: api
    authenticate: { anyOf: [keys] }
  - id: reports
    match: { path: "/reports/*" }
    upstream: api
    authenticate: { anyOf: [keys] }
    limits: [{ per: key, quota: 5/1d }]
  - id: both
    match: { path: "/both" }
    upstream: api
    authenticate: { allOf: [basic, keys] }
  - id: guarded
    match: { path: "/guarded/*" }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { deny: [{ name: closed, when: 'route.id == "guarded"' }] }
  - id: loose
    match: { path: "/loose/*" }
    upstream: api
    authenticate: { anyOf: [keys] }
    paths: { encodedSlash: decode, dotSegments: decode }
`;
const CONFIG = (upstream: string, routes = ROUTES) => `mode: enforce
upstreams: { api: { url: "${upstream}" } }
authenticators:
  keys: { type: api-key, header: x-api-key }
  basic: { type: basic, users: { acme: { passwordHash: "\${file:hash}", consumer: acme } } }
consumers: { acme: {} }
routes:
${routes}unmatched: deny
`;

let upstream: Awaited<ReturnType<typeof echoUpstream>>;
let gateway: TestGateway;

before(async () => {
  upstream = await echoUpstream();
  gateway = await TestGateway.start({
    config: CONFIG(upstream.url),
    workers: 3,
    files: { hash: await hashPassword('correct horse battery', randomBytes(16)) },
  });
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

async function create(fields: object): Promise<{ key: string; keyId: string }> {
  const { status, body } = await gateway.admin('POST', '/api/v1/keys', { consumer: 'acme', ...fields });
  assert.equal(status, 201, JSON.stringify(body));
  return { key: String(body['key']), keyId: String(body['keyId']) };
}

/** Calls at once, so that they meet every thread; the statuses, counted. */
async function statuses(key: string, path: string, count = 30, method = 'GET'): Promise<Record<number, number>> {
  const answers = await Promise.all(
    Array.from({ length: count }, () => call(`${gateway.url}${path}`, { method, headers: { 'x-api-key': key } })),
  );
  const counted: Record<number, number> = {};
  for (const { status } of answers) counted[status] = (counted[status] ?? 0) + 1;
  return counted;
}

/** The target as it stands, which a URL would tidy up; the status. */
function callAsWritten(path: string, key: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: gateway.port, path, agent: false, headers: { 'x-api-key': key } };
    const request = http.request(options, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    request.on('error', reject);
    request.end();
  });
}

const BASIC = `Basic ${Buffer.from('acme:correct horse battery').toString('base64')}`;

test('a key that names routes is refused everywhere else, with a reason of its own, on every thread', async () => {
  const { key } = await create({ routes: ['orders:GET'] });
  assert.deepEqual(await statuses(key, '/orders/1'), { 200: 30 });
  assert.deepEqual(await statuses(key, '/orders/1', 6, 'POST'), { 403: 6 });
  assert.deepEqual(await statuses(key, '/reports/1'), { 403: 30 });
  const refused = await call(`${gateway.url}/reports/1`, { headers: { 'x-api-key': key } });
  assert.equal((JSON.parse(refused.text) as { code: string }).code, 'authz.key_route');
  assert.deepEqual(await statuses(key, '/nowhere', 3), { 404: 3 }, 'what no route matches stays closed');
});

test('no way of writing a path leads a confined key to another route', async () => {
  const { key } = await create({ routes: ['orders'] });
  for (const target of [
    '/orders/../reports/1',
    '/orders/%2e%2e/reports/1',
    '/orders/..%2freports/1',
    '/orders%2f..%2freports%2f1',
    '//reports/1',
    '/reports/1;/orders/1',
    '/orders/..;/reports/1',
    '/orders\\..\\reports/1',
    '/ORDERS/../reports/1',
    '/loose/../orders/1',
    '/loose/x%2f..%2f..%2forders%2f1',
    '/loose/%2e%2e/reports/1',
    '/reports/1?/orders/1',
    '/reports/1#/orders/1',
  ]) {
    const seen = upstream.seen.length;
    const status = await callAsWritten(target, key);
    assert.ok(
      upstream.seen.slice(seen).every((line) => /^GET \/orders\/[0-9]+$/.test(line)),
      `${target} reached ${upstream.seen.slice(seen).join()}`,
    );
    if (upstream.seen.length === seen) assert.ok(status >= 400, `${target}: ${status}`);
  }
  for (const headers of [{ 'x-original-url': '/reports/1' }, { 'x-http-method-override': 'DELETE' }])
    await call(`${gateway.url}/orders/1`, { headers: { 'x-api-key': key, ...headers } });
});

test('a key confines a call that another credential begins', async () => {
  const free = await create({});
  const confined = await create({ routes: ['orders'] });
  const both = (key: string) => call(`${gateway.url}/both`, { headers: { 'x-api-key': key, authorization: BASIC } });
  assert.equal((await both(free.key)).status, 200);
  assert.equal((await both(confined.key)).status, 403);
  const limited = await create({ quota: '2/1d' });
  const answers = [await both(limited.key), await both(limited.key), await both(limited.key)];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 429],
  );
});

test('a rate and a quota of a key hold over all threads and routes together, and are told', async () => {
  const { key } = await create({ quota: '20/1d' });
  const orders = await statuses(key, '/orders/1', 15);
  assert.deepEqual(orders, { 200: 15 });
  const more = await statuses(key, '/loose/1', 30);
  assert.deepEqual(more, { 200: 5, 429: 25 });
  const rated = await create({ rate: '10/1h', burst: 10 });
  assert.deepEqual(await statuses(rated.key, '/orders/1', 40), { 200: 10, 429: 30 });
  const told = await create({ quota: '7/1d' });
  const { headers } = await call(`${gateway.url}/orders/1`, { headers: { 'x-api-key': told.key } });
  assert.equal(headers['ratelimit-policy'], '"own-key-quota-7-day";q=7;w=86400');
  assert.match(String(headers['ratelimit']), /^"own-key-quota-7-day";r=6;t=\d+$/);
});

test('a route with the same limit neither feeds nor splits that of the key, and what one refuses the other is not charged', async () => {
  const { key, keyId } = await create({ quota: '5/1d' });
  assert.deepEqual(await statuses(key, '/reports/1', 3), { 200: 3 });
  assert.deepEqual(await statuses(key, '/orders/1', 5), { 200: 2, 429: 3 });
  await gateway.admin('PUT', `/api/v1/keys/${keyId}`, { quota: '100/1d' });
  assert.deepEqual(
    await statuses(key, '/reports/1', 5),
    { 200: 2, 429: 3 },
    'the route has counted the three that passed',
  );
  const raised = await create({ quota: '3/1d' });
  assert.deepEqual(await statuses(raised.key, '/orders/1', 4), { 200: 3, 429: 1 });
  await gateway.admin('PUT', `/api/v1/keys/${raised.keyId}`, { quota: '4/1d' });
  assert.deepEqual(await statuses(raised.key, '/orders/1', 4), { 200: 1, 429: 3 }, 'a changed quota goes on counting');
});

test('a change is in force on every thread when it is answered', async () => {
  const { key, keyId } = await create({});
  assert.deepEqual(await statuses(key, '/reports/1', 3), { 200: 3 });
  for (let round = 0; round < 3; round++) {
    assert.equal((await gateway.admin('PUT', `/api/v1/keys/${keyId}`, { routes: ['orders'] })).status, 200);
    assert.deepEqual(await statuses(key, '/reports/1'), { 403: 30 });
    assert.equal((await gateway.admin('PUT', `/api/v1/keys/${keyId}`, { routes: ['loose'] })).status, 200);
    assert.deepEqual(await statuses(key, '/orders/1'), { 403: 30 });
    assert.deepEqual(await statuses(key, '/loose/1'), { 200: 30 });
  }
  assert.equal((await gateway.admin('PUT', `/api/v1/keys/${keyId}`, { routes: [] })).status, 200);
  assert.deepEqual(await statuses(key, '/orders/1', 3), { 200: 3 });
});

test('the successor of a confined key is confined alike, and rotating gives no fresh quota', async () => {
  const first = await create({ routes: ['orders'], quota: '6/1d' });
  assert.deepEqual(await statuses(first.key, '/orders/1', 4), { 200: 4 });
  const rotated = await gateway.admin('POST', `/api/v1/keys/${first.keyId}/rotate`, { graceSeconds: 3600 });
  const next = { key: String(rotated.body['key']), keyId: String(rotated.body['keyId']) };
  assert.deepEqual(await statuses(next.key, '/reports/1', 3), { 403: 3 });
  const used = [await statuses(next.key, '/orders/1', 5), await statuses(first.key, '/orders/1', 5)];
  assert.deepEqual(used, [{ 200: 2, 429: 3 }, { 429: 5 }]);
  const again = await gateway.admin('POST', `/api/v1/keys/${next.keyId}/rotate`, { graceSeconds: 3600 });
  assert.deepEqual(await statuses(String(again.body['key']), '/orders/1', 3), { 429: 3 });
});

test('scopes, addresses and end of a key can be changed, on every thread at once', async () => {
  const { key, keyId } = await create({ allowedCidrs: ['192.0.2.0/24'] });
  const change = (fields: object) => gateway.admin('PUT', `/api/v1/keys/${keyId}`, fields);
  assert.deepEqual(await statuses(key, '/orders/1'), { 401: 30 });
  assert.equal((await change({ allowedCidrs: ['127.0.0.0/8'], scopes: ['orders:read'] })).status, 200);
  assert.deepEqual(await statuses(key, '/orders/1'), { 200: 30 });
  for (const wrong of [{ expiresAtMs: 1 }, { allowedCidrs: ['everywhere'] }, { scopes: ['a b'] }])
    assert.equal((await change(wrong)).status, 422, JSON.stringify(wrong));
  assert.equal((await change({ consumer: 'globex' })).status, 400, 'a key stays whose it is');
  const expiresAtMs = Date.now() + 500;
  assert.equal((await change({ expiresAtMs })).status, 200);
  while (Date.now() <= expiresAtMs) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(await statuses(key, '/orders/1'), { 401: 30 });
  assert.equal((await change({ expiresAtMs: 0 })).status, 422, 'what has ended is not prolonged');
});

test('what changes the consumer of a confined key leaves it confined', async () => {
  // Of one that does not stand in the configuration, which would put groups and tier back.
  const { key } = await create({ consumer: 'globex', routes: ['orders'], quota: '100/1d' });
  for (const change of [{ disabled: true }, { disabled: false }, { tier: 'gold' }, { groups: ['eu'] }]) {
    assert.equal((await gateway.admin('PUT', '/api/v1/consumers/globex', change)).status, 200);
    const { 200: passed = 0 } = await statuses(key, '/reports/1', 3);
    assert.equal(passed, 0, JSON.stringify(change));
  }
  assert.deepEqual(await statuses(key, '/orders/1', 3), { 200: 3 });
});

test('an imported key can be confined as well', async () => {
  const foreign = `legacy-${'x7Q'.repeat(12)}`;
  const sha256 = createHash('sha256').update(foreign).digest('hex');
  const imported = await gateway.admin('POST', '/api/v1/keys/import', {
    keys: [{ consumer: 'acme', sha256, routes: ['orders'], quota: '2/1d' }],
  });
  assert.deepEqual(imported.body, { imported: 1 });
  assert.deepEqual(await statuses(foreign, '/reports/1', 3), { 403: 3 });
  assert.deepEqual(await statuses(foreign, '/orders/1', 3), { 200: 2, 429: 1 });
});

test('a route that is renamed grants nothing to a key that names the old one, before, while and after it is loaded', async () => {
  const { key, keyId } = await create({ routes: ['orders'] });
  const written = readFileSync(gateway.configFile, 'utf8');
  let isDone = false;
  const others: number[] = [];
  const asking = (async () => {
    while (!isDone) others.push(...Object.keys(await statuses(key, '/reports/1', 6)).map(Number));
  })();
  writeFileSync(gateway.configFile, written.replace('id: orders', 'id: purchases'));
  assert.equal((await gateway.admin('POST', '/api/v1/config/reload')).status, 200);
  assert.deepEqual(await statuses(key, '/orders/1'), { 403: 30 });
  const { body } = await gateway.admin('GET', '/api/v1/keys/health?consumer=acme');
  const item = (body['items'] as { keyId: string; weaknesses: { name: string; detail: string }[] }[]).find(
    (one) => one.keyId === keyId,
  );
  assert.equal(item?.weaknesses.find(({ name }) => name === 'routes_gone')?.detail, 'orders');
  await gateway.admin('POST', '/api/v1/keys/sweep');
  const findings = await gateway.admin('GET', '/api/v1/findings?status=open');
  assert.ok(
    (findings.body['items'] as { detector: string; subject: string }[]).some(
      ({ detector, subject }) => detector === 'key.routes_gone' && subject === keyId,
    ),
  );
  writeFileSync(gateway.configFile, written);
  assert.equal((await gateway.admin('POST', '/api/v1/config/reload')).status, 200);
  assert.deepEqual(await statuses(key, '/orders/1'), { 200: 30 });
  isDone = true;
  await asking;
  assert.deepEqual(new Set(others), new Set([403]));
});

test('what cannot be is refused in the words of the setting', async () => {
  for (const [fields, words] of [
    [{ routes: ['/orders/*'] }, /not a route id/],
    [{ rate: '0/1m' }, /permits/],
    [{ rate: 'fast' }, /not of the form/],
    [{ quota: '5/2mo' }, /calendar month/],
    [{ burst: 5 }, /burst belongs to a rate/],
    [{ idleSeconds: 5 }, /idle is/],
  ] as const) {
    const { status, body } = await gateway.admin('POST', '/api/v1/keys', { consumer: 'acme', ...fields });
    assert.equal(status, 422, JSON.stringify(fields));
    assert.match(String(body['detail']), words);
  }
});

test('a mode set for a path of a route neither widens nor narrows a key, and gives no fresh quota', async () => {
  const orders = await create({ routes: ['orders'] });
  const reports = await create({ routes: ['reports'] });
  assert.deepEqual(await statuses(reports.key, '/reports/1', 4), { 200: 4 });
  for (const target of ['/orders/private/*', '/reports/private/*'])
    assert.equal((await gateway.admin('PUT', '/api/v1/modes', { scope: 'path', target, mode: 'enforce' })).status, 200);
  try {
    assert.deepEqual(await statuses(orders.key, '/orders/private/1', 6), { 200: 6 });
    assert.deepEqual(await statuses(orders.key, '/reports/private/1', 6), { 403: 6 });
    assert.deepEqual(await statuses(reports.key, '/orders/private/1', 6), { 403: 6 });
    assert.deepEqual(await statuses(reports.key, '/reports/private/1', 6), { 200: 1, 429: 5 });
  } finally {
    for (const target of ['/orders/private/*', '/reports/private/*'])
      await gateway.admin('DELETE', `/api/v1/modes/path/${encodeURIComponent(target)}`);
  }
});

test('a mode set for a path leads around no rule that names the route', async () => {
  const { key } = await create({});
  assert.deepEqual(await statuses(key, '/guarded/a/1', 3), { 403: 3 });
  const target = '/guarded/a/*';
  assert.equal((await gateway.admin('PUT', '/api/v1/modes', { scope: 'path', target, mode: 'enforce' })).status, 200);
  try {
    assert.deepEqual(await statuses(key, '/guarded/a/1', 6), { 403: 6 });
  } finally {
    await gateway.admin('DELETE', `/api/v1/modes/path/${encodeURIComponent(target)}`);
  }
});
