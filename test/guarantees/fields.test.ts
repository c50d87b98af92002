import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Answer, call, TestGateway } from '../harness/gateway.ts';

let gateway: TestGateway;
let upstream: http.Server;
const keys: Record<string, string> = {};
let seen = 0;
let answer: (response: http.ServerResponse) => void = (response) => response.end();

const CONFIG = (url: string): string => `
mode: enforce
upstreams: { api: { url: "${url}" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
consumers: { acme: { groups: [partners] }, staff: { groups: [admins] } }
policies:
  people:
    fields:
      response:
        - { mask: ["**.ssn"], unless: { groups: [admins] } }
        - { drop: ["**.notes"] }
        - { deny: ["**.passwordHash"] }
routes:
  - id: users
    match: { path: "/users" }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize:
      policies: [people]
      fields:
        request:
          - { allow: [name, "address.*", "tags[]"] }
          - { allow: [role], if: { groups: [admins] } }
  - id: denied
    match: { path: "/denied" }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { fields: { otherTypes: pass, request: { deny: ["**.role"], unless: { when: 'principal.claims.chief == true' } } } }
  - id: orders
    match: { path: "/orders" }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { rows: { at: "items[]", owner: "row.owner == consumer.name", do: drop } }
  - id: all-orders
    match: { path: "/all-orders" }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { rows: { at: "items[]", owner: "row.owner == consumer.name", do: deny } }
  - id: seen-orders
    match: { path: "/seen-orders" }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { rows: { at: "items[]", owner: "row.owner == consumer.name" } }
  - id: shared
    match: { path: "/shared" }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { rows: { at: "items[]", owner: "row.with.exists(who, who in query.who)", do: deny } }
  - id: seen-shared
    match: { path: "/seen-shared" }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { rows: { at: "items[]", owner: "row.with.exists(who, who in query.who)", do: report } }
  - id: observed
    match: { path: "/observed" }
    upstream: api
    mode: observe
    authenticate: { anyOf: [keys] }
    authorize: { policies: [people], fields: { request: { allow: [name] } } }
`;

before(async () => {
  upstream = http.createServer((request, response) => {
    seen++;
    request.resume();
    request.on('end', () => answer(response));
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  gateway = await TestGateway.start({ config: CONFIG(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`) });
  for (const name of ['acme', 'staff']) keys[name] = (await gateway.createKey(name)).key;
});

after(async () => {
  await gateway.stop();
  upstream.closeAllConnections();
  upstream.close();
});

function send(
  path: string,
  body: string | Buffer,
  headers: http.OutgoingHttpHeaders = {},
  who = 'acme',
): Promise<Answer> {
  const all = { 'x-api-key': keys[who], 'content-type': 'application/json', ...headers };
  return call(`${gateway.url}${path}`, { method: 'POST', headers: all, body });
}

function get(path: string, who = 'acme', headers: http.OutgoingHttpHeaders = {}): Promise<Answer> {
  return call(`${gateway.url}${path}`, { headers: { 'x-api-key': keys[who], ...headers } });
}

function answersJson(text: string, headers: http.OutgoingHttpHeaders = {}): void {
  answer = (response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers });
    response.end(text);
  };
}

test('a caller sets the fields it may set, and whoever may more sets more', async () => {
  answersJson('{}');
  assert.equal((await send('/users', '{"name":"a","address":{"city":"W"},"tags":["x"]}')).status, 200);
  assert.equal((await send('/users', '{"name":"a","role":"admin"}', {}, 'staff')).status, 200);
  assert.equal((await send('/users', '{"name":"a","role":"admin"}')).status, 403);
});

test('no spelling of a body sets a field that is not allowed, and none of them reaches the upstream', async () => {
  const bodies: readonly (readonly [string | Buffer, http.OutgoingHttpHeaders, number])[] = [
    ['{"ro\\u006ce":"admin"}', {}, 403],
    ['{"Role":"admin"}', {}, 403],
    ['{"__proto__":{"role":"admin"}}', {}, 403],
    ['{"constructor":{"prototype":{"role":1}}}', {}, 403],
    ['{"name":{"$ne":null}}', {}, 403],
    ['{"name":["a"]}', {}, 403],
    ['{"address":{"geo":{"role":1}}}', {}, 403],
    ['[{"role":"admin"}]', {}, 403],
    ['"role"', {}, 403],
    ['{"name":"a","name":"b"}', {}, 400],
    ['{"name":"a","n\\u0061me":"b"}', {}, 400],
    ['{"name":"a"', {}, 400],
    ['{"name":"a",}', {}, 400],
    ['\ufeff{"name":"a"}', {}, 400],
    [Buffer.from('{"name":"a"}', 'utf16le'), {}, 400],
    ['{"role":1}', { 'content-type': 'text/plain' }, 415],
    ['{"role":1}', { 'content-type': 'application/json, text/plain' }, 415],
    ['{"role":1}', { 'content-type': 'application/json; charset=utf-7' }, 415],
    ['role=admin', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    [gzipSync('{"role":1}'), { 'content-encoding': 'gzip' }, 415],
    ['{"role":1}', { 'content-type': 'application/merge-patch+json' }, 403],
    ['[{"op":"add","path":"/role","value":1}]', { 'content-type': 'application/json-patch+json' }, 403],
    ['[{"op":"add","path":"","value":{"role":1}}]', { 'content-type': 'application/json-patch+json' }, 403],
    ['[{"op":"test","path":"/role","value":1}]', { 'content-type': 'application/json-patch+json' }, 403],
    ['[{"op":"copy","from":"/name","path":"/role"}]', { 'content-type': 'application/json-patch+json' }, 403],
    ['[{"op":"evil","path":"/name"}]', { 'content-type': 'application/json-patch+json' }, 400],
    ['{"op":"add","path":"/name","value":1}', { 'content-type': 'application/json-patch+json' }, 400],
  ];
  const before = seen;
  for (const [body, headers, status] of bodies)
    assert.equal((await send('/users', body, headers)).status, status, `${body} ${JSON.stringify(headers)}`);
  assert.equal(seen, before);
  const patch = { 'content-type': 'application/json-patch+json' };
  answersJson('{}');
  assert.equal((await send('/users', '[{"op":"add","path":"/tags/-","value":"x"}]', patch)).status, 200);
});

test('what is denied is denied in every case and at every depth, also where its condition cannot be found out', async () => {
  answersJson('{}');
  const before = seen;
  for (const body of ['{"ROLE":1}', '{"a":[{"b":{"role":1}}]}', '{"\u017fole":0,"role":1}', '[[{"role":1}]]'])
    assert.equal((await send('/denied', body)).status, 403, body);
  const text = { 'content-type': 'text/plain' };
  assert.equal((await send('/denied', ' {"role":1}', text)).status, 403);
  assert.equal((await send('/denied', '{"a":1,"role":1,"role":2}', text)).status, 400);
  assert.equal((await send('/denied', '[{"op":"replace","path":"/role","value":1}]')).status, 403);
  assert.equal((await send('/denied', '[{"op":"move","from":"/a","path":"/b"}]')).status, 403);
  assert.equal(seen, before);
  assert.equal((await send('/denied', 'role: none of JSON', text)).status, 200);
  assert.equal((await send('/denied', '{"name":"a"}')).status, 200);
});

test('a caller sees the fields it may see, whatever way the answer takes', async () => {
  answersJson('{"id":1,"ssn":"078","notes":"x","more":[{"SSN":5}]}', { etag: '"v1"', 'content-digest': 'sha-256=:x:' });
  const masked = '{"id":1,"ssn":"***","more":[{"SSN":null}]}';
  const first = await get('/users');
  assert.equal(first.text, masked);
  assert.equal(first.headers['etag'], undefined);
  assert.equal(first.headers['content-digest'], undefined);
  assert.equal((await get('/users', 'staff')).text, '{"id":1,"ssn":"078","more":[{"SSN":5}]}');
  answer = (response) => {
    response.writeHead(200, { 'content-type': 'application/problem+json' });
    for (const byte of Buffer.from('{"id":1,"s\\u0073n":"078"}')) response.write(Buffer.of(byte));
    response.end();
  };
  assert.equal((await get('/users')).text, '{"id":1,"s\\u0073n":"***"}');
  answer = (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    response.end(gzipSync('{"id":1,"ssn":"078"}'));
  };
  assert.equal((await get('/users')).text, '{"id":1,"ssn":"***"}');
});

test('an answer whose fields cannot be read does not pass', async () => {
  const cases: readonly (readonly [string | Buffer, http.OutgoingHttpHeaders])[] = [
    ['{"ssn":"078"', {}],
    ['<user ssn="078"/>', { 'content-type': 'application/xml' }],
    ['{"ssn":"078"}', { 'content-type': 'text/plain' }],
    ['{"ssn":"078"}', { 'content-type': 'application/json; charset=utf-16' }],
    [Buffer.from('{"ssn":"078"}', 'utf16le'), {}],
    ['{"ssn":"078"}', { 'content-encoding': 'snappy' }],
    ['{"ssn":"078"}{"ssn":"079"}', {}],
  ];
  for (const [body, headers] of cases) {
    answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers });
      response.end(body);
    };
    const got = await get('/users').catch(() => ({ status: 502, text: '' }));
    assert.equal(got.status, 502, String(body));
    assert.doesNotMatch(got.text, /"07/);
  }
  answer = (response) => {
    response.writeHead(206, { 'content-type': 'application/json', 'content-range': 'bytes 0-3/20' });
    response.end('{"ssn":"078"}');
  };
  assert.equal((await get('/users')).status, 502);
});

test('what somebody who may see more was answered stays in no cache for those who may see less', async () => {
  answersJson('{"ssn":"078"}', {
    'cache-control': 'public, max-age=60',
    'cdn-cache-control': 'max-age=600',
    etag: '"v1"',
  });
  const whole = await get('/users', 'staff');
  assert.equal(whole.text, '{"ssn":"078"}');
  assert.deepEqual(
    [whole.headers['cache-control'], whole.headers['cdn-cache-control']],
    ['private, max-age=60', undefined],
  );
  const head = await call(`${gateway.url}/users`, { method: 'HEAD', headers: { 'x-api-key': keys['staff'] } });
  assert.deepEqual([head.status, head.headers['cache-control']], [200, 'private, max-age=60']);
  answersJson('{"a":1}', { 'cache-control': 'public' });
  assert.equal((await get('/observed')).headers['cache-control'], 'public');
});

test('names in bodies that may be data are not told', async () => {
  answersJson('{"people":{"jo@example.com":{"ssn":"078"}}}');
  assert.equal((await get('/users')).text, '{"people":{"jo@example.com":{"ssn":"***"}}}');
  assert.equal((await send('/users', '{"name":"a","sk_live 4242":1}')).status, 403);
  const recorded = await gateway.recorded(2, ({ routeId }) => routeId === 'users');
  const told = JSON.stringify(recorded);
  assert.doesNotMatch(told, /example\.com|4242/);
  assert.match(told, /fields_masked:1@\/people\/\*\/ssn/);
});

test('an answer with a field that denies is refused whole', async () => {
  answersJson('{"users":[{"id":1,"passwordHash":"$2b$"}]}');
  const refused = await get('/users');
  assert.equal(refused.status, 403);
  assert.doesNotMatch(refused.text, /2b|passwordHash/);
});

test('rows of others are left out, refuse the answer, or are only told of', async () => {
  answersJson(
    '{"items":[{"id":1,"owner":"other"},{"id":2,"owner":"acme"},{"id":3},{"id":4,"owner":"acme","owner":"x"}],"total":4}',
  );
  assert.equal((await get('/orders')).text, '{"items":[{"id":2,"owner":"acme"}],"total":4}');
  assert.equal((await get('/all-orders')).status, 403);
  const told = await get('/seen-orders');
  assert.equal(told.status, 200);
  assert.match(told.text, /"id":1/);
  const [recorded] = await gateway.recorded(1, ({ routeId }) => routeId === 'seen-orders');
  assert.deepEqual((recorded as unknown as { signals: string[] }).signals, ['authz.foreign_rows:3/4@/items/0']);
  answersJson('{"rows":[{"id":1,"owner":"other"}]}');
  assert.equal((await get('/all-orders')).status, 502);
  answersJson('{"items":null}');
  assert.equal((await get('/all-orders')).text, '{"items":null}');
});

test('an answer of more rows than are judged does not pass, nor one whose rows take too many steps', async () => {
  const own = '{"owner":"acme"}';
  answersJson(`{"items":[${`${own},`.repeat(9_999)}${own}]}`);
  assert.equal((await get('/all-orders')).status, 200);
  answersJson(`{"items":[${`${own},`.repeat(10_000)}${own}]}`);
  assert.equal((await get('/all-orders')).status, 502);
  assert.equal((await get('/orders').catch(() => undefined))?.status ?? 502, 502, 'one that has begun is broken off');
  const passed = await get('/seen-orders');
  assert.deepEqual([passed.status, passed.text.length], [200, 10 + 17 * 10_001 + 1]);

  const query = `?${Array.from({ length: 300 }, (_, i) => `who=${i}`).join('&')}`;
  const others = `{"with":[${Array.from({ length: 100 }, (_, i) => `"u${i}"`).join(',')},"7"]}`;
  answersJson(`{"items":[${others},${others}]}`);
  assert.equal((await get(`/shared${query}`)).status, 200);
  const many = `{"items":[${`${others},`.repeat(200)}${others}]}`;
  answersJson(many);
  const refused = await get(`/shared${query}`);
  assert.equal(refused.status, 502);
  assert.equal((await get(`/seen-shared${query}`)).text, many, 'what is only told of passes');
  for (const [routeId, outcome] of [
    ['shared', 'denied'],
    ['seen-shared', 'observed'],
  ] as const) {
    const told = await gateway.recorded(1, (one) => one.routeId === routeId && one.outcome === outcome);
    assert.equal(told.at(-1)?.reason, 'answer.unreadable');
  }
});

test('where a route only observes, call and answer pass as they came, and what would have been done is recorded', async () => {
  const text = '{ "ssn" : "078", "passwordHash": 1 }';
  answersJson(text, { etag: '"v1"' });
  const passed = await send('/observed', '{"role":"admin"}');
  assert.equal(passed.status, 200);
  assert.equal(passed.text, text);
  assert.equal(passed.headers['etag'], '"v1"');
  const [recorded] = await gateway.recorded(1, ({ routeId, method }) => routeId === 'observed' && method === 'POST');
  assert.equal(recorded?.outcome, 'observed');
  assert.equal(recorded?.reason, 'authz.field');
  const { signals } = recorded as unknown as { signals: string[] };
  assert.ok(
    signals.includes('authz.fields_masked:1@/ssn') && signals.includes('authz.field_refused@/role'),
    String(signals),
  );
});

test('an answer that leaves HTTP carries no fields past the rules, unless the route only observes', async () => {
  const handshake = (path: string): string =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${keys['acme']}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n`;
  const tunnel = (_request: http.IncomingMessage, socket: Duplex): void => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n{"ssn":"078"}');
  };
  upstream.on('upgrade', tunnel);
  try {
    const answers: Record<string, string> = {};
    for (const path of ['/users', '/orders', '/all-orders', '/observed']) {
      const socket = net.connect(gateway.port, '127.0.0.1', () => socket.write(handshake(path)));
      let text = '';
      socket.on('data', (piece) => {
        text += piece;
      });
      await once(socket, 'close');
      answers[path] = text;
    }
    for (const path of ['/users', '/orders', '/all-orders']) {
      assert.match(answers[path] ?? '', /^HTTP\/1\.1 502 /, path);
      assert.doesNotMatch(answers[path] ?? '', /078/, path);
    }
    assert.match(answers['/observed'] ?? '', /^HTTP\/1\.1 101 [\s\S]*078/);
    const [told] = await gateway.recorded(1, ({ routeId, status }) => routeId === 'observed' && status === 101);
    assert.deepEqual([told?.outcome, told?.reason], ['observed', 'answer.unreadable']);
  } finally {
    upstream.off('upgrade', tunnel);
  }
});
