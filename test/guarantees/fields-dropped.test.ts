import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Answer, call, TestGateway } from '../harness/gateway.ts';
import { RawClient } from '../harness/raw-client.ts';

const DOCUMENT = `
openapi: 3.0.3
info: { title: orders, version: '1' }
paths:
  /documented:
    post:
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
      responses: { '200': { description: ok } }
components:
  schemas:
    Order: { type: object, required: [sku, price], properties: { sku: { type: string }, price: { type: number } } }
`;

const ROUTES = `
mode: enforce
upstreams:
  api: { url: "{{upstream}}" }
  shop: { url: "{{upstream}}", openapi: ./orders.yaml }
authenticators: { keys: { type: api-key, header: x-api-key } }
consumers: { acme: {}, staff: { groups: [admins] } }
policies:
  prices: { fields: { request: { drop: ["items[].price"] } } }
  secrets: { fields: { request: { deny: ["**.secret"] } } }
routes:
  - id: orders
    match: { path: /orders }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize:
      fields:
        request: [{ drop: ["**.role", "meta"], unless: { groups: [admins] } }]
    inspect: { maxBodyBytes: 4000 }
  - id: both
    match: { path: /both }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { policies: [prices, secrets], fields: { request: { drop: [meta] } } }
  - id: listed
    match: { path: /listed }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { fields: { otherFields: drop, request: { allow: [name, "tags[]", "[].op", "[].path", "[].value"] } } }
  - id: typed
    match: { path: /typed }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { fields: { otherTypes: pass, request: { drop: [role] } } }
  - id: documented
    match: { path: /documented }
    upstream: shop
    authenticate: { anyOf: [keys] }
    authorize: { fields: { request: [{ drop: [note] }, { drop: [price], if: { groups: [admins] } }] } }
  - id: searched
    match: { path: /searched }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { fields: { request: { drop: [note] } } }
    inspect: { payload: strict }
  - id: observed
    match: { path: /observed }
    upstream: api
    mode: observe
    authenticate: { anyOf: [keys] }
    authorize: { fields: { request: { drop: [role] } } }
  - id: enforced-stage
    match: { path: /enforced-stage }
    upstream: api
    mode: observe
    stages: { inspect: enforce }
    authenticate: { anyOf: [keys] }
    authorize: { fields: { request: { drop: [role] } } }
`;

interface Received {
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

let gateway: TestGateway;
const received: Received[] = [];
const keys: Record<string, string> = {};
const upstream = http.createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    received.push({ headers: request.headers, body: Buffer.concat(pieces).toString() });
    response.end();
  });
});

before(async () => {
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  gateway = await TestGateway.start({
    config: ROUTES.replaceAll('{{upstream}}', url),
    files: { 'orders.yaml': DOCUMENT },
  });
  for (const name of ['acme', 'staff']) keys[name] = (await gateway.createKey(name)).key;
});

after(async () => {
  await gateway.stop();
  upstream.closeAllConnections();
  upstream.close();
});

/** One call, with what the API got of it. */
async function send(
  path: string,
  body: string | Buffer,
  headers: http.OutgoingHttpHeaders = {},
  who = 'acme',
): Promise<Answer & { readonly received: Received | undefined }> {
  received.length = 0;
  const all = { 'x-api-key': keys[who], 'content-type': 'application/json', ...headers };
  const answer = await call(`${gateway.url}${path}`, { method: 'POST', headers: all, body });
  return { ...answer, received: received[0] };
}

async function recorded(routeId: string): Promise<{ signals: string[]; outcome: string; detail: string }> {
  const calls = await gateway.recorded(1, (one) => one.routeId === routeId);
  const { signals, outcome, requestId } = calls.at(-1) as unknown as {
    signals: string[];
    outcome: string;
    requestId: string;
  };
  const { body } = await gateway.admin('GET', `/api/v1/calls/${requestId}`);
  return { signals, outcome, detail: JSON.stringify(body) };
}

test('a field that is dropped does not reach the API, whatever its spelling, depth and case; all else keeps its octets', async () => {
  const cases: readonly (readonly [string, string])[] = [
    ['{"name":"a","role":"admin"}', '{"name":"a"}'],
    ['{"role":"admin"}', '{}'],
    [
      '{ "role" : {"a":[1,{"b":2}]} , "n" : 1.0e+2, "big":12345678901234567890 }',
      '{"n":1.0e+2,"big":12345678901234567890}',
    ],
    ['{"a":[{"ro\\u006ce":1,"x":"\\u00e9\\/"},{"ROLE":2},[{"role":3}]]}', '{"a":[{"x":"\\u00e9\\/"},{},[{}]]}'],
    ['[{"role":1},{"name":"b","Role":2}]', '[{},{"name":"b"}]'],
    ['{"meta":{"deep":true},"x":{"meta":1}}', '{"x":{"meta":1}}'],
    ['{"ro\u017fe":1,"role":2,"ROLE":3,"rol\\u0065 ":4}', '{"ro\u017fe":1,"rol\\u0065 ":4}'],
    ['{"__proto__":{"role":1,"x":2}}', '{"__proto__":{"x":2}}'],
  ];
  for (const [body, expected] of cases) {
    const { status, received: got } = await send('/orders', body);
    assert.equal(status, 200, body);
    assert.equal(got?.body, expected);
    assert.equal(got.headers['content-length'], String(Buffer.byteLength(expected)));
    assert.equal(got.headers['transfer-encoding'], undefined);
  }
  const whole = '{ "name": "a" }';
  assert.equal((await send('/orders', whole)).received?.body, whole);
  assert.equal((await send('/orders', cases[0]?.[0] ?? '', {}, 'staff')).received?.body, cases[0]?.[0]);
});

test('the record says which fields were left out, and no name that may be data', async () => {
  const items = Array.from({ length: 12 }, () => '{"price":1}').join(',');
  assert.equal((await send('/both', `{"items":[${items}],"meta":1}`)).status, 200);
  const { signals, outcome, detail } = await recorded('both');
  assert.equal(outcome, 'permitted');
  assert.ok(
    signals.some((name) => /^authz\.request_fields_dropped:13@\/(?:meta|items\/0\/price)$/.test(name)),
    String(signals),
  );
  assert.match(detail, /left out of the body: .*\/items\/0\/price.*and \d more/);
  await send('/orders', '{"jo@example.com":{"role":1}}');
  const told = await recorded('orders');
  assert.doesNotMatch(told.detail, /example\.com/);
});

test('a body that could be read in two ways is refused and not made into one', async () => {
  const bodies: readonly (readonly [string | Buffer, http.OutgoingHttpHeaders, number])[] = [
    ['{"role":1,"role":2}', {}, 400],
    ['{"role":1,"r\\u006fle":2}', {}, 400],
    ['{"name":1,"name":2,"role":3}', {}, 400],
    ['{"role\\ud800":1}', {}, 400],
    ['{"role\\u0000":1}', {}, 400],
    ['{"role":1', {}, 400],
    ['{"role":1}{"role":2}', {}, 400],
    ['{"role":1,}', {}, 400],
    ['\ufeff{"role":1}', {}, 400],
    [Buffer.from('{"role":1}', 'utf16le'), {}, 400],
    ['{"role":1}\n{"role":2}\n', { 'content-type': 'application/x-ndjson' }, 415],
    ['{"role":1}', { 'content-type': 'text/plain' }, 415],
    ['{"role":1}', { 'content-type': 'application/json; charset=utf-7' }, 415],
    ['role=admin', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    [gzipSync('{"role":1}'), { 'content-encoding': 'gzip' }, 415],
    [`{"role":"${'x'.repeat(5_000)}"}`, {}, 413],
  ];
  for (const [body, headers, status] of bodies) {
    const answer = await send('/orders', body, headers);
    assert.equal(answer.status, status, `${body.toString().slice(0, 80)} ${JSON.stringify(headers)}`);
    assert.equal(answer.received, undefined);
  }
  const twice = `POST /orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Api-Key: ${keys['acme']}\r\nContent-Type: application/json\r\nContent-Encoding: identity\r\nContent-Encoding: br\r\nContent-Length: 10\r\n\r\n{"role":1}`;
  assert.match(await RawClient.exchange(gateway.port, twice), /^HTTP\/1\.1 415 /);
});

test('where other types pass, what begins as JSON is read all the same', async () => {
  const text = { 'content-type': 'text/plain' };
  assert.equal((await send('/typed', ' {"role":1,"a":2}', text)).received?.body, '{"a":2}');
  assert.equal(
    (await send('/typed', '{"role":1}\n{"role":2}', { 'content-type': 'application/x-ndjson' })).status,
    400,
  );
  assert.equal((await send('/typed', `{"${'x'.repeat(5_000)}":1,"role":2}`)).status, 400);
  assert.equal((await send('/typed', 'role: none of JSON', text)).received?.body, 'role: none of JSON');
});

test('a patch that touches what would be dropped is refused: without an operation it would mean another', async () => {
  const patch = { 'content-type': 'application/json-patch+json' };
  for (const body of [
    '[{"op":"replace","path":"/role","value":1}]',
    '[{"op":"add","path":"/a","value":{"role":1}}]',
    '[{"op":"test","path":"/role","value":1},{"op":"add","path":"/a","value":1}]',
    '[{"op":"move","from":"/a","path":"/b"}]',
  ])
    for (const headers of [patch, {}]) assert.equal((await send('/orders', body, headers)).status, 403, body);
  // What is left of this list would be a patch that nobody has judged.
  const hidden = '["x",{"op":"replace","path":"/role","value":1}]';
  assert.equal((await send('/listed', hidden)).status, 403);
  assert.equal((await send('/orders', '[{"op":"add","path":"/a","value":1}]', patch)).status, 200);
});

test('where others are dropped, only what a rule allows goes on, and a body of nothing else is refused', async () => {
  assert.equal(
    (await send('/listed', '{"name":"a","role":1,"tags":["x",{"y":1}],"__proto__":{"z":1}}')).received?.body,
    '{"name":"a","tags":["x"]}',
  );
  assert.equal((await send('/listed', '{"name":{"$ne":null}}')).received?.body, '{}');
  for (const body of ['"role"', '5', 'null']) assert.equal((await send('/listed', body)).status, 403, body);
});

test('what one policy denies is denied also within what another one drops', async () => {
  assert.equal((await send('/both', '{"meta":{"secret":1}}')).status, 403);
  assert.equal(
    (await send('/both', '{"meta":{"open":1},"items":[{"price":1,"sku":"a"}]}')).received?.body,
    '{"items":[{"sku":"a"}]}',
  );
});

test('digests of a body go with the bytes they are of; a signature over them is not made to look right', async () => {
  const digests = {
    'content-digest': 'sha-256=:x:',
    'repr-digest': 'sha-256=:x:',
    digest: 'sha-256=x',
    'content-md5': 'x',
    'signature-input': 'sig=("content-digest")',
  };
  const changed = await send('/orders', '{"role":1,"a":2}', digests);
  assert.equal(changed.received?.body, '{"a":2}');
  const { headers } = changed.received;
  assert.deepEqual(
    Object.keys(digests).filter((name) => headers[name] !== undefined),
    ['signature-input'],
  );
  const same = await send('/orders', '{"a":2}', digests);
  assert.equal(same.received?.headers['content-digest'], digests['content-digest']);
});

test('a body in chunks, or one that waits to be asked for, goes on with the length it has then', async () => {
  received.length = 0;
  const head = `POST /orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Api-Key: ${keys['acme']}\r\nContent-Type: application/json\r\n`;
  const chunks = '5\r\n{"rol\r\n9\r\ne":1,"a":\r\n2\r\n2}\r\n0\r\n\r\n';
  assert.match(
    await RawClient.exchange(gateway.port, `${head}Transfer-Encoding: chunked\r\n\r\n${chunks}`),
    /^HTTP\/1\.1 200 /,
  );
  const client = await RawClient.connect(gateway.port);
  client.send(`${head}Content-Length: 16\r\nExpect: 100-continue\r\n\r\n`);
  await client.until('100 Continue');
  client.send('{"role":1,"a":2}');
  await client.until('HTTP/1.1 200 ');
  assert.equal(client.text.split('100 Continue').length, 2);
  client.destroy();
  assert.deepEqual(
    received.map(({ body, headers }) => [
      body,
      headers['content-length'],
      headers['transfer-encoding'],
      headers['expect'],
    ]),
    [
      ['{"a":2}', '7', undefined, undefined],
      ['{"a":2}', '7', undefined, undefined],
    ],
  );
});

test('the contract is asked of what goes on, attacks are looked for in all that came', async () => {
  const kept = await send('/documented', '{"sku":"a","price":1,"note":"undocumented"}');
  assert.equal(kept.received?.body, '{"sku":"a","price":1}');
  const incomplete = await send('/documented', '{"sku":"a","price":1}', {}, 'staff');
  assert.deepEqual([incomplete.status, incomplete.received], [400, undefined]);
  const attack = await send('/searched', `{"note":"1' OR '1'='1' UNION SELECT password FROM users --","a":1}`);
  assert.deepEqual([attack.status, attack.received], [403, undefined]);
  assert.equal((await send('/searched', '{"note":"fine","a":1}')).received?.body, '{"a":1}');
});

test('where a route only observes, the body goes on as it came, and the record says what would have been left out', async () => {
  const body = '{ "role" : 1, "a": 2 }';
  const passed = await send('/observed', body, { 'content-digest': 'sha-256=:x:' });
  assert.equal(passed.received?.body, body);
  assert.equal(passed.received.headers['content-digest'], 'sha-256=:x:');
  const { signals, outcome, detail } = await recorded('observed');
  assert.equal(outcome, 'permitted');
  assert.ok(signals.includes('authz.request_fields_dropped:1@/role'), String(signals));
  assert.match(detail, /would be left out of the body: \/role/);
});

test('where only this stage enforces, it leaves out all the same', async () => {
  const passed = await send('/enforced-stage', '{"role":1,"a":2}', { 'content-digest': 'sha-256=:x:' });
  assert.equal(passed.received?.body, '{"a":2}');
  assert.equal(passed.received.headers['content-digest'], undefined);
});
