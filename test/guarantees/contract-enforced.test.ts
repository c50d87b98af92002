import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { type Answer, call, TestGateway } from '../harness/gateway.ts';

const DOCUMENT = `
openapi: 3.0.3
info: { title: shop, version: '1' }
paths:
  /orders:
    post:
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
      responses: { '200': { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } } }
  /orders/{id}:
    get:
      parameters:
        - { name: id, in: path, required: true, schema: { type: integer } }
        - { name: limit, in: query, schema: { type: integer } }
      responses: { '200': { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } } }
  /pages:
    get:
      responses:
        '200': { description: ok, headers: { X-Total: { required: true, schema: { type: integer, maximum: 100 } }, Content-Type: { schema: { enum: [none] } } }, content: { application/json: {} } }
        '204': { description: none, headers: { X-Total: { required: true, schema: { type: integer } } } }
components:
  schemas:
    Order: { type: object, required: [sku], properties: { sku: { type: string, maxLength: 8 }, note: { type: string } } }
`;

/** What the API got, and what it is to answer. */
const upstream = {
  requests: [] as string[],
  status: 200,
  type: 'application/json',
  body: '{"sku":"a"}',
  fields: {} as http.OutgoingHttpHeaders,
};
const server = http.createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (part: string) => {
    text += part;
  });
  request.on('end', () => {
    upstream.requests.push(`${request.method} ${request.url} ${text}`);
    response.writeHead(upstream.status, { 'content-type': upstream.type, ...upstream.fields });
    response.end(upstream.body);
  });
});

let gateway: TestGateway;

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const route = (id: string, host: string, more: string): string =>
    `  - { id: ${id}, match: { host: ${host}, path: /* }, upstream: shop, authenticate: none, inspect: { maxBodyBytes: 2000, ${more} } }\n`;
  gateway = await TestGateway.start({
    files: { 'shop.yaml': DOCUMENT },
    config: `mode: enforce
upstreams: { shop: { url: "http://127.0.0.1:${port}", openapi: ./shop.yaml } }
routes:
${route('strict', 'strict.test', 'contract: { response: enforce }')}${route('silent', 'silent.test', 'contract: { describe: false }')}${route('watched', 'watched.test', 'contract: { request: observe }')}${route('off', 'off.test', 'contract: off')}`,
  });
});

after(async () => {
  server.close();
  server.closeAllConnections();
  await gateway.stop();
});

interface Sent {
  readonly host?: string;
  readonly method?: string;
  readonly body?: string;
  readonly headers?: http.OutgoingHttpHeaders;
}

/** One call, with what reached the API of it. */
async function send(path: string, sent: Sent = {}): Promise<Answer & { readonly reached: readonly string[] }> {
  upstream.requests.length = 0;
  const { host = 'strict.test', body, method = body === undefined ? 'GET' : 'POST', headers } = sent;
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await call(`${gateway.url}${path}`, {
    method,
    headers: { host, ...type, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { ...answer, reached: [...upstream.requests] };
}

const ATTACKS: readonly (readonly [string, string, Sent, number])[] = [
  ['an endpoint that is not documented', '/admin', {}, 404],
  ['a method that is not documented', '/orders/1', { method: 'DELETE' }, 404],
  ['another path parameter than a number', '/orders/1%20or%201', {}, 400],
  ['a path parameter with an encoded slash', '/orders/1%2f2', {}, 400],
  ['a parameter that comes twice', '/orders/1?limit=1&limit=2', {}, 400],
  ['a parameter under an encoded name', '/orders/1?li%6dit=x', {}, 400],
  ['a parameter that is not documented', '/orders/1?debug=1', {}, 400],
  ['a method override', '/orders/1', { headers: { 'x-http-method-override': 'DELETE' } }, 400],
  ['JSON in the guise of text', '/orders', { body: '{"sku":"a"}', headers: { 'content-type': 'text/plain' } }, 415],
  [
    'JSON in another charset',
    '/orders',
    { body: '{"sku":"a"}', headers: { 'content-type': 'application/json; charset=utf-7' } },
    415,
  ],
  [
    'two media types in one field',
    '/orders',
    { body: '{"sku":"a"}', headers: { 'content-type': 'application/json, text/html' } },
    415,
  ],
  ['a compressed body', '/orders', { body: '{"sku":"a"}', headers: { 'content-encoding': 'gzip' } }, 415],
  ['a member that stands twice', '/orders', { body: '{"sku":"a","sku":"b"}' }, 400],
  ['a member named __proto__', '/orders', { body: '{"sku":"a","__proto__":{"admin":true}}' }, 400],
  ['a member that is not documented', '/orders', { body: '{"sku":"a","admin":true}' }, 400],
  ['a number in place of text', '/orders', { body: '{"sku":1}' }, 400],
  ['text that is too long', '/orders', { body: '{"sku":"123456789"}' }, 400],
  ['what is no JSON', '/orders', { body: '{"sku":' }, 400],
  ['endless nesting', '/orders', { body: `{"sku":${'['.repeat(900)}${']'.repeat(900)}}` }, 400],
  ['no body where one is required', '/orders', { method: 'POST' }, 400],
  [
    'a body where none is documented',
    '/orders/1',
    { method: 'GET', body: '{}', headers: { 'content-length': 2 } },
    400,
  ],
];

for (const [what, path, sent, status] of ATTACKS)
  test(`${what} does not reach the API`, async () => {
    const answer = await send(path, sent);
    assert.equal(answer.status, status, answer.text);
    assert.deepEqual(answer.reached, []);
  });

test('a chunked body beyond the bound of the route does not reach the API', async () => {
  const answer = await send('/orders', {
    body: `{"sku":"a","note":"${'x'.repeat(4_000)}"}`,
    headers: { 'transfer-encoding': 'chunked' },
  });
  assert.equal(answer.status, 413);
  assert.deepEqual(answer.reached, []);
});

test('two Content-Type fields do not reach the API', async () => {
  upstream.requests.length = 0;
  const socket = net.connect(Number(new URL(gateway.url).port), '127.0.0.1');
  socket.end(
    'POST /orders HTTP/1.1\r\nHost: strict.test\r\nContent-Type: application/json\r\nContent-Type: text/plain\r\nContent-Length: 11\r\nConnection: close\r\n\r\n{"sku":"a"}',
  );
  const [first] = await once(socket, 'data');
  assert.match(String(first), /^HTTP\/1\.1 4(?:00|15)/);
  assert.deepEqual(upstream.requests, []);
  socket.destroy();
});

test('a call that keeps the contract reaches the API as it came', async () => {
  const answer = await send('/orders', { body: '{"sku":"a", "note":"b"}' });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.reached, ['POST /orders {"sku":"a", "note":"b"}']);
  assert.equal((await send('/orders/17?limit=2', { method: 'HEAD' })).status, 200);
});

test('the caller is told where and what was expected, and never a value', async () => {
  const answer = await send('/orders', { body: '{"sku":"a","note":{"secret":"hunter2"}}' });
  const problem = JSON.parse(answer.text);
  assert.equal(problem.code, 'contract.body');
  assert.deepEqual(problem.errors, [{ pointer: '/note', expected: 'text', got: 'an object of 1 member' }]);
  assert.ok(!answer.text.includes('hunter2') && !answer.text.includes('secret'));
  const silent = await send('/orders', { host: 'silent.test', body: '{"sku":1}' });
  assert.equal(silent.status, 400);
  assert.equal(JSON.parse(silent.text).errors, undefined);
});

test('an unknown endpoint looks like one that matches no route', async () => {
  const problem = JSON.parse((await send('/admin')).text);
  assert.equal(problem.code, 'route.not_found');
  assert.equal(problem.errors, undefined);
});

test('what is only observed reaches the API as it came, and is recorded', async () => {
  const answer = await send('/orders?debug=1', { host: 'watched.test', body: '{"sku":1}' });
  assert.equal(answer.status, 200);
  assert.deepEqual(answer.reached, ['POST /orders?debug=1 {"sku":1}']);
  const off = await send('/anything', { host: 'off.test' });
  assert.deepEqual(off.reached, ['GET /anything ']);
});

test('an answer that departs from the document does not reach the caller', async () => {
  const answers: readonly (readonly [number, string, string])[] = [
    [200, 'application/json', '{"sku":"a","passwordHash":"hunter2"}'],
    [200, 'application/json', '{"note":"no sku"}'],
    [200, 'application/json', '{"sku":"a"'],
    [200, 'text/html', '<p>hunter2'],
    [500, 'application/json', '{"trace":"hunter2"}'],
  ];
  for (const [status, type, body] of answers) {
    Object.assign(upstream, { status, type, body });
    const strict = await send('/orders/1');
    assert.equal(strict.status, 502, body);
    assert.equal(JSON.parse(strict.text).code, 'contract.answer');
    assert.ok(!strict.text.includes('hunter2'));
    const observed = await send('/orders/1', { host: 'silent.test' });
    assert.equal(observed.text, body, 'observed: as it came');
    assert.equal(observed.status, status);
  }
  Object.assign(upstream, { status: 200, type: 'application/json', body: '{"sku":"a"}' });
  assert.equal((await send('/orders/1')).text, '{"sku":"a"}');
});

test('an answer whose head departs from the document does not reach the caller, and no value of it is told', async () => {
  Object.assign(upstream, { status: 200, type: 'application/json', body: '{}' });
  const refused: readonly (readonly [number, http.OutgoingHttpHeaders])[] = [
    [200, {}],
    [200, { 'X-Total': 'hunter2' }],
    [200, { 'x-total': '101' }],
    [200, { 'x-total': ['1', '2'] }],
    [204, {}],
  ];
  for (const [status, fields] of refused) {
    Object.assign(upstream, { status, fields });
    const strict = await send('/pages');
    assert.equal(strict.status, 502, JSON.stringify(fields));
    assert.doesNotMatch(strict.text + JSON.stringify(strict.headers), /hunter2|x-total/i);
    const observed = await send('/pages', { host: 'watched.test' });
    assert.equal(observed.status, status, 'answers are only observed unless the route says otherwise');
    assert.equal((await send('/pages', { host: 'off.test' })).status, status);
  }
  Object.assign(upstream, { status: 200, fields: { 'x-total': 'hunter2' } });
  await send('/pages');
  const told = await gateway.recorded(1, ({ path, reason }) => path === '/pages' && reason === 'contract.answer');
  const { body } = await gateway.admin('GET', `/api/v1/calls/${told.at(-1)?.requestId}`);
  assert.match(JSON.stringify(body), /header:x-total: expected/);
  assert.doesNotMatch(JSON.stringify(body), /hunter2/);
  Object.assign(upstream, { status: 200, fields: { 'x-total': '7', 'x-other': 'fine' } });
  const passed = await send('/pages');
  assert.deepEqual([passed.status, passed.headers['x-total'], passed.headers['x-other']], [200, '7', 'fine']);
  Object.assign(upstream, { fields: {} });
});
