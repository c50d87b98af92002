import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ExampleCall } from '../../src/admin/example-call.ts';
import { exampleCallOf } from '../../src/admin/example-call.ts';
import { load } from '../../src/config/loading-fixture.test.ts';
import { call, sallyport, TestGateway } from '../harness/gateway.ts';

let gateway: TestGateway;
/** In front of the sample API, as `npm start` is. */
before(async () => {
  gateway = await TestGateway.start({});
  for (const target of ['orders-read', 'payments-read', 'users-read']) {
    const { status, body } = await gateway.admin('PUT', '/api/v1/modes', { scope: 'route', target, mode: 'enforce' });
    assert.equal(status, 200, JSON.stringify(body));
  }
});
after(() => gateway.stop());

async function made(more: object): Promise<{ readonly key: string; readonly example: ExampleCall }> {
  const { status, body } = await gateway.admin('POST', '/api/v1/keys', { consumer: 'acme', ...more });
  assert.equal(status, 201, JSON.stringify(body));
  return { key: String(body['key']), example: body['example'] as ExampleCall };
}

test('the call that is suggested with a key of the sample is answered 200', async () => {
  for (const scope of ['orders:read', 'payments:read', 'users:read']) {
    const { key, example } = await made({ scopes: [scope] });
    assert.deepEqual([example.method, example.lacks], ['GET', []]);
    const { status } = await call(`${gateway.url}${example.path}`, { headers: { 'x-api-key': key } });
    assert.equal(status, 200, `${scope}: ${example.path}`);
  }
});

test('the command suggests what the console does', async () => {
  const { example } = await made({ scopes: ['orders:read'] });
  const data = join(gateway.folder, 'data');
  const { stderr } = await sallyport([
    'keys',
    'create',
    '--consumer',
    'acme',
    '--scope',
    'orders:read',
    '--data',
    data,
  ]);
  assert.ok(stderr.includes(`curl -i -H "x-api-key: $KEY" ${gateway.url}${example.path}\n`), stderr);
});

test('of a key without the scopes it is said what it lacks', async () => {
  const { key, example } = await made({});
  assert.ok(example.lacks.length > 0);
  const { status } = await call(`${gateway.url}${example.path}`, {
    method: example.method,
    headers: { 'x-api-key': key },
  });
  assert.equal(status, 403);
  const data = join(gateway.folder, 'data');
  const { stderr } = await sallyport(['keys', 'create', '--consumer', 'acme', '--data', data]);
  assert.ok(stderr.includes(`asks for ${example.lacks.join(' ')}, which this key has not`), stderr);
});

const loaded = load(`version: 1
upstreams: { api: { url: "http://127.0.0.1:9" } }
authenticators: { keys: { type: api-key, header: x-api-key }, people: { type: jwt, issuer: "https://login.example.test", audience: api, algorithms: [ES256] } }
routes:
  - { id: people, match: { path: /people, methods: [GET] }, upstream: api, authenticate: { anyOf: [people] } }
  - { id: one, match: { path: "/things/{id}", methods: [GET] }, upstream: api, authenticate: { anyOf: [keys] } }
  - { id: write, match: { path: "/things", methods: [POST] }, upstream: api, authenticate: { anyOf: [keys] } }
  - { id: open, match: { path: "/list", methods: [GET] }, upstream: api, authenticate: { none: for everybody } }
  - { id: all, match: { path: "/list/*" }, upstream: api, authenticate: { anyOf: [keys] } }
  - { id: shop, match: { host: shop.example, path: "/x" }, upstream: api, authenticate: { anyOf: [keys] } }
`);

test('a key that is confined gets a call of its routes, with method and host, and one that another route would take is not suggested', () => {
  assert.ok(loaded.ok, JSON.stringify(loaded));
  const suggested = (...routes: string[]) => {
    const example = exampleCallOf(loaded.configuration, { scopes: [], routes });
    return example === undefined ? undefined : [example.routeId, example.method, example.host, example.path];
  };
  assert.deepEqual(suggested(), ['one', 'GET', '', '/things/1']);
  assert.deepEqual(suggested('write'), ['write', 'POST', '', '/things']);
  assert.deepEqual(suggested('one:DELETE', 'shop'), ['shop', 'GET', 'shop.example', '/x']);
  assert.deepEqual(suggested('all:PUT'), ['all', 'PUT', '', '/list/1']);
  assert.equal(suggested('people'), undefined);
  assert.deepEqual(suggested('all'), ['all', 'GET', '', '/list/1'], 'GET /list is a call of the open route');
});

test('a key with scopes gets a call of a route that asks for one of them, rather than of one that takes every key', () => {
  const read = load(`version: 1
upstreams: { api: { url: "http://127.0.0.1:9" } }
authenticators: { keys: { type: api-key } }
routes:
  - { id: products, match: { path: /products, methods: [GET] }, upstream: api, authenticate: { anyOf: [keys] } }
  - { id: orders, match: { path: "/orders/{id}", methods: [GET] }, upstream: api, authenticate: { anyOf: [keys] }, authorize: { scopes: [orders:read] } }
`);
  assert.ok(read.ok, JSON.stringify(read));
  const suggested = (...scopes: string[]) => exampleCallOf(read.configuration, { scopes, routes: [] })?.path;
  assert.equal(suggested('orders:read'), '/orders/1');
  assert.equal(suggested(), '/products');
  assert.equal(suggested('other'), '/products', 'nothing it lacks is asked for there');
});

test('the line of the command is read by a shell as what it says, whatever stands in the path of a route', async () => {
  const one = await TestGateway.start({
    config: `
upstreams: { api: { url: "http://127.0.0.1:9" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes: [{ id: odd, match: { path: "/it's$(echo)&echo" }, upstream: api, authenticate: { anyOf: [keys] } }]
`,
  });
  try {
    const data = join(one.folder, 'data');
    const { stdout, stderr } = await sallyport(['keys', 'create', '--consumer', 'acme', '--data', data]);
    const line = stderr.split('\n').find((text) => text.includes('curl')) ?? '';
    const env = { KEY: stdout.trim() };
    const script = `curl() { printf '%s\\n' "$@"; }; ${line}`;
    const words = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8', env }).split('\n');
    assert.deepEqual(words, ['-i', '-H', `x-api-key: ${env.KEY}`, `${one.url}/it's$(echo)&echo`, '']);
  } finally {
    await one.stop();
  }
});
