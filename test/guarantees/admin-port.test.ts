import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { AdminServer } from '../../src/admin/server.ts';
import type { AdminServices } from '../../src/admin/services.ts';
import { MemoryEventStore } from '../../src/store/memory/event-store.ts';

const TOKEN = 'spadm_0123456789012345678901234567890123456789012';
const DECISION_TOKEN = 'spdec_0123456789012345678901234567890123456789012';

const logged: string[] = [];
const note = (_fields: unknown, text: unknown): void => void logged.push(String(text));
const logger = { debug: () => undefined, info: () => undefined, warn: note, error: note };
const services = {
  clock: { nowMs: () => Date.now(), monotonicMicros: () => 0 },
  logger,
  events: new MemoryEventStore(),
  onEvents: () => () => undefined,
  flushEvents: () => Promise.resolve(),
  configuration: () => ({ version: 1, refused: [] }),
  health: () => [],
  routes: () => [],
  unmatched: () => ({ mode: 'enforce', upstream: null }),
} as unknown as AdminServices;

let server: AdminServer;
before(async () => {
  const decisions = {
    token: DECISION_TOKEN,
    decide: () => Promise.reject(new Error('not asked')),
    consumer: () => Promise.resolve(undefined),
  };
  server = await AdminServer.start({ host: '127.0.0.1', port: 0, token: TOKEN, services, decisions, logger });
});
after(() => server.close());

interface Asked {
  readonly token?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string;
  readonly from?: string;
}

async function ask(method: string, path: string, { token, headers, body, from = '127.0.0.1' }: Asked = {}) {
  const request = http.request({
    host: '127.0.0.1',
    port: server.port,
    method,
    path,
    agent: false,
    localAddress: from,
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const part of response) text += String(part);
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

describe('a name that was made to resolve to this address', () => {
  test('is not taken for an address, though it be spelt in hexadecimal digits and dots alone', async () => {
    for (const name of ['feed.de', 'bad.cafe', 'fade.cc:8081', '1.2.3.4.5', '999.1.1.1', '127.0.0.1.', '[feed.de]'])
      for (const headers of [{ host: name }, { host: name, origin: `http://${name}` }])
        assert.equal((await ask('GET', '/livez', { token: TOKEN, headers })).status, 403, name);
  });

  test('and addresses are taken for what they are', async () => {
    for (const host of ['127.0.0.1', '10.0.0.7:8081', '[::1]:8081', '[fe80::1]', 'LOCALHOST:1'])
      assert.equal((await ask('GET', '/livez', { headers: { host } })).status, 200, host);
  });
});

test('a target means one thing, to this port and to a proxy that allows some paths before it', async () => {
  assert.equal((await ask('GET', '/api/v1/routes', { token: TOKEN })).status, 200);
  for (const path of [
    '//elsewhere/api/v1/routes',
    '/x/../api/v1/routes',
    '/livez/../api/v1/routes',
    '/livez/%2e%2e/api/v1/routes',
    '/api/v1/./routes',
    '/api\\v1\\routes',
    '/%61pi/v1/routes',
    '/api/v1/routes/',
    'http://elsewhere.example/api/v1/routes',
    '//elsewhere.example/',
  ])
    assert.equal((await ask('GET', path, { token: TOKEN })).status, 404, path);
});

describe('somebody who sends wrong tokens from the address of others', () => {
  const guess = (path: string, from: string) => ask('GET', path, { token: 'wrong', from });

  test('is slowed down, and locks out nobody who has the right one', async () => {
    const from = '127.0.0.5';
    for (let i = 0; i < 20; i++) assert.equal((await guess('/api/v1/routes', from)).status, 401);
    assert.equal((await guess('/api/v1/routes', from)).status, 429);
    assert.equal((await ask('GET', '/api/v1/routes', { token: TOKEN, from })).status, 200);
    const body = JSON.stringify({ token: TOKEN });
    const headers = { 'content-type': 'application/json' };
    assert.equal((await ask('POST', '/api/v1/session', { headers, body, from })).status, 201);
    const wrong = JSON.stringify({ token: 'wrong' });
    assert.equal((await ask('POST', '/api/v1/session', { headers, body: wrong, from })).status, 429);
  });

  test('takes no decisions from the applications behind it', async () => {
    const from = '127.0.0.6';
    const metadata = '/.well-known/authzen-configuration';
    for (let i = 0; i < 20; i++) assert.equal((await guess(metadata, from)).status, 401);
    assert.equal((await guess(metadata, from)).status, 429);
    assert.equal((await ask('GET', metadata, { token: DECISION_TOKEN, from })).status, 200);
    assert.equal((await ask('GET', '/api/v1/routes', { token: DECISION_TOKEN, from: '127.0.0.8' })).status, 401);
  });
});

describe('a body', () => {
  const headers = { 'content-type': 'application/json' };

  test('of a stranger is a fault of the stranger, however deep it is', async () => {
    logged.length = 0;
    const body = `{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
    const answer = await ask('POST', '/api/v1/session/passkey', { headers, body, from: '127.0.0.7' });
    assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status));
    assert.deepEqual(logged, []);
  });

  test('that is too large is told to be so', async () => {
    const body = JSON.stringify({ token: 'x'.repeat(200_000) });
    assert.equal((await ask('POST', '/api/v1/session', { headers, body, from: '127.0.0.7' })).status, 413);
  });

  test('is not held where the operation takes none', async () => {
    const body = ' '.repeat(200_000);
    assert.equal(
      (
        await ask('GET', '/api/v1/routes', {
          token: TOKEN,
          headers: { ...headers, 'content-length': body.length },
          body,
        })
      ).status,
      413,
    );
  });
});

test('whoever listens to calls leaves room for others', async () => {
  const open = async (): Promise<{ status: number; close: () => void }> => {
    const request = http.get({
      host: '127.0.0.1',
      port: server.port,
      path: '/api/v1/stream',
      agent: false,
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    return { status: response.statusCode ?? 0, close: () => request.destroy() };
  };
  const streams = [];
  for (let i = 0; i < 12; i++) streams.push(await open());
  for (const { close } of streams) close();
  assert.equal(streams.filter(({ status }) => status === 200).length, 10);
  assert.deepEqual(
    streams.slice(10).map(({ status }) => status),
    [503, 503],
  );
});
