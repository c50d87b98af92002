import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { defaultConfiguration } from '../config/default-configuration.ts';
import { MemoryEventStore } from '../store/memory/event-store.ts';
import { OPERATIONS } from './api.ts';
import { openApiDocument } from './openapi.ts';
import { AdminServer } from './server.ts';
import type { AdminServices } from './services.ts';

const TOKEN = 'spadm_0123456789012345678901234567890123456789012';
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Only what these tests ask for; anything else is a fault, which the server must survive. */
const services = {
  clock: { nowMs: () => Date.now(), monotonicMicros: () => 0 },
  logger: silent,
  events: new MemoryEventStore(),
  flushEvents: () => Promise.resolve(),
  configuration: () => ({ current: defaultConfiguration(), version: 1, file: undefined, refused: [] }),
  routes: () => [],
  unmatched: () => ({ mode: 'enforce', upstream: null }),
  health: () => [{ name: 'data-plane', ok: true, detail: '', essential: true }],
  metrics: () => Promise.reject(new Error('password hunter2')),
  assertionKeys: () => ({ keys: [] }),
} as unknown as AdminServices;

let server: AdminServer;

before(async () => {
  server = await AdminServer.start({ host: '127.0.0.1', port: 0, token: TOKEN, services, logger: silent });
});

after(() => server.close());

function ask(
  method: string,
  path: string,
  options: { token?: string; headers?: http.OutgoingHttpHeaders; body?: string; from?: string } = {},
): Promise<{ status: number; headers: http.IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    const authorization = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
    const request = http.request(
      {
        host: '127.0.0.1',
        port: server.port,
        method,
        path,
        agent: false,
        localAddress: options.from ?? '127.0.0.1',
        headers: { ...authorization, ...options.headers },
      },
      (response) => {
        let text = '';
        response.on('data', (piece) => {
          text += piece;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      },
    );
    request.on('error', reject);
    request.end(options.body);
  });
}

test('without the token nothing but health and public keys is told, not even what exists', async () => {
  for (const path of ['/livez', '/readyz', '/.well-known/jwks.json'])
    assert.equal((await ask('GET', path)).status, 200, path);
  for (const path of [
    '/api/v1/calls',
    '/api/v1/openapi.json',
    '/metrics',
    '/api/v1/stream',
    '/nothing',
    '/api/v1/keys/x',
  ])
    assert.equal((await ask('GET', path)).status, 401, path);
  const wrong = await ask('GET', '/api/v1/calls', { token: `${TOKEN}x`, from: '127.0.0.3' });
  assert.deepEqual([wrong.status, wrong.headers['www-authenticate']], [401, 'Bearer realm="sallyport-admin"']);
  assert.equal((await ask('GET', '/api/v1/calls', { token: TOKEN })).status, 200);
});

test('a page of another site, or a name rebound to this address, reaches nothing', async () => {
  for (const headers of [{ host: 'evil.example' }, { origin: 'https://evil.example' }, { origin: 'null' }])
    assert.equal((await ask('GET', '/livez', { token: TOKEN, headers })).status, 403, JSON.stringify(headers));
  const same = { host: `127.0.0.1:${server.port}`, origin: `http://127.0.0.1:${server.port}` };
  assert.equal((await ask('GET', '/livez', { headers: same })).status, 200);
});

test('guessing the token is slowed down for the one who guesses, not for others', async () => {
  const guess = () => ask('GET', '/api/v1/calls', { token: 'wrong', from: '127.0.0.2' });
  for (let i = 0; i < 20; i++) assert.equal((await guess()).status, 401);
  assert.equal((await guess()).status, 429);
  assert.equal((await ask('GET', '/api/v1/calls', { token: TOKEN, from: '127.0.0.2' })).status, 200);
  assert.equal((await ask('GET', '/api/v1/calls', { token: TOKEN })).status, 200);
});

test('a fault is answered without what it says', async () => {
  const { status, text } = await ask('GET', '/metrics', { token: TOKEN });
  assert.equal(status, 500);
  assert.ok(!text.includes('hunter2'));
});

test('what is misspelt, of another type or not JSON is refused with the place', async () => {
  const json = { 'content-type': 'application/json' };
  const post = (body: string, headers: http.OutgoingHttpHeaders = json) =>
    ask('POST', '/api/v1/replay', { token: TOKEN, headers, body });
  assert.equal((await post('{"scope":"route","target":"x"}', { 'content-type': 'text/plain' })).status, 415);
  for (const [body, pointer] of [
    ['{"scope":"route","target":1}', '/target'],
    ['{"scope":"rout","target":"x"}', '/scope'],
    ['{"scope":"route","target":"x","sinse":1}', '/sinse'],
    ['{"scope":"route"}', '/target'],
  ] as const) {
    const answer = await post(body);
    assert.equal(answer.status, 400, body);
    assert.equal((JSON.parse(answer.text) as { pointer: string }).pointer, pointer);
  }
  assert.equal((await post('{')).status, 400);
  assert.equal((await ask('GET', '/api/v1/calls?limitt=1', { token: TOKEN })).status, 400);
  assert.equal((await ask('DELETE', '/api/v1/calls', { token: TOKEN })).status, 405);
  assert.equal((await ask('GET', '/api/v1/nothing', { token: TOKEN })).status, 404);
});

test('answers forbid caching, framing and guessing of types', async () => {
  const { headers } = await ask('GET', '/livez');
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['referrer-policy'], 'no-referrer');
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
  assert.match(String(headers['content-security-policy']), /default-src 'none'/);
});

test('the OpenAPI document describes every operation once, and refers only to what it holds', () => {
  const document = openApiDocument(OPERATIONS) as { paths: Record<string, Record<string, { operationId: string }>> };
  const ids = Object.values(document.paths).flatMap((item) =>
    Object.values(item).map(({ operationId }) => operationId),
  );
  assert.deepEqual([...ids].sort(), OPERATIONS.map(({ operationId }) => operationId).sort());
  assert.equal(new Set(ids).size, ids.length);
  const text = JSON.stringify(document);
  for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g))
    assert.ok(text.includes(`"${name}":{`), name);
});
