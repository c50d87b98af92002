import assert from 'node:assert/strict';
import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { freePort } from '../harness/free-port.ts';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';

/** One upstream that does whatever its path says, and two targets of which one is dead. */
const sockets = new Set<net.Socket>();
let posts = 0;
let aborted = 0;
const upstream = http.createServer((request, response) => {
  const path = (request.url ?? '').split('?', 1)[0];
  switch (path) {
    case '/slow':
      return;
    case '/broken':
      response.writeHead(200, { 'content-length': '100' });
      response.write('only this');
      setTimeout(() => request.socket.destroy(), 20);
      return;
    case '/events':
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: first\n\n');
      response.on('close', () => aborted++);
      return;
    case '/reset':
      if (request.method === 'POST') posts++;
      request.socket.destroy();
      return;
    case '/big':
      response.writeHead(200);
      for (let i = 0; i < 32; i++) response.write(Buffer.alloc(1_048_576, 'x'));
      response.end();
      return;
    case '/none':
      response.writeHead(204);
      response.end();
      return;
    default: {
      let bytes = 0;
      request.on('data', (piece: Buffer) => {
        bytes += piece.length;
      });
      request.on('end', () => response.end(String(bytes)));
    }
  }
});
upstream.on('connection', (socket) => {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
});
upstream.on('upgrade', (_request, socket: net.Socket, head: Buffer) => {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  if (head.length > 0) socket.write(head);
  socket.on('data', (piece) => socket.write(piece));
});

let gateway: TestGateway;
let echo: Awaited<ReturnType<typeof echoUpstream>>;
let key = '';

before(async () => {
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as net.AddressInfo;
  const dead = await freePort();
  echo = await echoUpstream();
  gateway = await TestGateway.start({
    config: `mode: enforce
upstreams:
  live: { url: "http://127.0.0.1:${port}", timeoutSeconds: 1 }
  dead: { url: "http://127.0.0.1:${dead}" }
  half: { targets: ["http://127.0.0.1:${port}", "http://127.0.0.1:${dead}"] }
  echo: { url: "${echo.url}" }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - { id: dead, match: { host: dead.test, path: "/*" }, upstream: dead, authenticate: none }
  - { id: half, match: { host: half.test, path: "/*" }, upstream: half, authenticate: none }
  - { id: keyed, match: { host: keyed.test, path: "/*" }, upstream: echo, authenticate: { anyOf: [keys] } }
  - { id: watched, match: { host: watched.test, path: "/*" }, mode: observe, upstream: echo, authenticate: { anyOf: [keys] } }
  - { id: small, match: { host: small.test, path: "/*" }, upstream: live, authenticate: none, inspect: { maxBodyBytes: 1000 } }
  - { id: live, match: { path: "/*" }, upstream: live, authenticate: none, inspect: { maxBodyBytes: 100000000 } }
`,
  });
  key = (await gateway.createKey('acme', ['a:b', 'c'])).key;
});

after(async () => {
  await gateway.stop();
  await echo.close();
  for (const socket of sockets) socket.destroy();
  upstream.close();
});

function to(path: string, host = 'live.test', options: Parameters<typeof call>[1] = {}) {
  return call(`${gateway.url}${path}`, { ...options, headers: { host, ...options.headers } });
}

function code(answer: { text: string }): string {
  return (JSON.parse(answer.text) as { code: string }).code;
}

test('an unreachable upstream is 502, a silent one 504, each with its code', async () => {
  const unreachable = await to('/x', 'dead.test');
  assert.deepEqual([unreachable.status, code(unreachable)], [502, 'upstream.unreachable']);
  const silent = await to('/slow');
  assert.deepEqual([silent.status, code(silent)], [504, 'upstream.timeout']);
});

test('an answer that breaks off is never passed on as whole', async () => {
  await assert.rejects(to('/broken'), /aborted|ECONNRESET|socket hang up/);
});

test('an idempotent call is tried once more, a POST is sent once', async () => {
  const answer = await to('/reset');
  assert.deepEqual([answer.status, code(answer)], [502, 'upstream.broken']);
  posts = 0;
  assert.equal((await to('/reset', 'live.test', { method: 'POST', body: 'x' })).status, 502);
  assert.equal(posts, 1);
});

test('with one of two targets dead every call succeeds', async () => {
  for (let i = 0; i < 40; i++) assert.equal((await to('/ok', 'half.test')).status, 200);
});

test('a body over the limit is refused, declared or not', async () => {
  const declared = await to('/x', 'small.test', { method: 'POST', body: 'x'.repeat(2_000) });
  assert.deepEqual([declared.status, code(declared)], [413, 'body.too_large']);
  const chunked = await to('/x', 'small.test', {
    method: 'POST',
    headers: { 'transfer-encoding': 'chunked' },
    body: 'x'.repeat(2_000),
  });
  assert.deepEqual([chunked.status, code(chunked)], [413, 'body.too_large']);
  assert.equal(
    (
      await to('/x', 'small.test', {
        method: 'POST',
        headers: { 'transfer-encoding': 'chunked' },
        body: 'x'.repeat(900),
      })
    ).text,
    '900',
  );
});

test('large bodies pass both ways, whole', async () => {
  const up = Buffer.alloc(20_000_000, 'y');
  assert.equal((await to('/x', 'live.test', { method: 'POST', body: up })).text, '20000000');
  assert.equal((await to('/big')).text.length, 32 * 1_048_576);
});

test('HEAD and 204 have no body and leave the connection usable', async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  assert.equal((await to('/x', 'live.test', { method: 'HEAD', agent })).text, '');
  assert.equal((await to('/none', 'live.test', { agent })).status, 204);
  assert.equal((await to('/x', 'live.test', { agent })).text, '0');
  agent.destroy();
});

test('server-sent events come at once, and a client that goes takes the upstream call with it', async () => {
  const request = http.get(`${gateway.url}/events`, { headers: { host: 'live.test' }, agent: false });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const [piece] = (await once(response, 'data')) as [Buffer];
  assert.equal(String(piece), 'data: first\n\n');
  aborted = 0;
  request.destroy();
  for (const giveUpAt = Date.now() + 5_000; aborted === 0; ) {
    assert.ok(Date.now() < giveUpAt, 'the upstream call goes on');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

test('a WebSocket passes both ways, bytes sent too early included; a denied one gets 401', async () => {
  const handshake = (host: string) =>
    `GET /ws HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n`;
  const socket = net.connect(gateway.port, '127.0.0.1', () => socket.write(`${handshake('live.test')}early`));
  let text = '';
  socket.on('data', (piece) => {
    text += piece;
    if (text.endsWith('early')) socket.write('later');
    if (text.endsWith('later')) socket.end();
  });
  await once(socket, 'close');
  assert.match(text, /^HTTP\/1\.1 101 [\s\S]*sallyport-request-id: [\s\S]*\r\n\r\nearlylater$/);

  const denied = net.connect(gateway.port, '127.0.0.1', () => denied.write(handshake('keyed.test')));
  let answer = '';
  denied.on('data', (piece) => {
    answer += piece;
  });
  await once(denied, 'close');
  assert.match(answer, /^HTTP\/1\.1 401 /);
});

test('the upstream learns who was identified, and nothing a client says of it', async () => {
  const answer = await to('/x?a=1', 'keyed.test', {
    headers: {
      'x-api-key': key,
      'Sallyport-Consumer': 'admin',
      'x-forwarded-for': '203.0.113.1',
      Connection: 'close, x-hop',
      'X-Hop': '1',
      'X-Kept': 'yes',
    },
  });
  const { headers, url } = JSON.parse(answer.text) as { headers: Record<string, string>; url: string };
  assert.equal(url, '/x?a=1');
  assert.equal(headers['sallyport-consumer'], 'acme');
  assert.equal(headers['sallyport-scopes'], 'a:b c');
  assert.equal(headers['sallyport-auth'], 'api-key');
  assert.equal(headers['x-forwarded-for'], '127.0.0.1');
  assert.equal(headers['x-kept'], 'yes');
  assert.equal(headers['x-hop'], undefined);
  assert.equal(headers['x-api-key'], undefined);
  assert.equal(headers['sallyport-request-id'], answer.headers['sallyport-request-id']);

  const [head = '', claims = '', signature = ''] = String(headers['sallyport-assertion']).split('.');
  const { keys } = JSON.parse((await call(`${gateway.adminUrl}/.well-known/jwks.json`)).text) as {
    keys: (JsonWebKey & { kid: string })[];
  };
  const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string };
  const jwk = keys.find((one) => one.kid === kid);
  assert.ok(jwk !== undefined);
  assert.ok(
    verify(
      null,
      Buffer.from(`${head}.${claims}`),
      createPublicKey({ key: jwk, format: 'jwk' }),
      Buffer.from(signature, 'base64url'),
    ),
  );
  const told = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { aud: string; sub: string; exp: number };
  assert.deepEqual([told.aud, told.sub], ['echo', 'acme']);
  assert.ok(told.exp - Date.now() / 1000 <= 60);
});

test('an observed route passes the call on as it came, forged fields of ours aside', async () => {
  const answer = await to('/%61?x=%2f', 'watched.test', {
    headers: {
      'x-api-key': 'wrong',
      'X-Forwarded-For': '203.0.113.1',
      'Sallyport-Consumer': 'admin',
      'X-Odd_Name': 'kept',
    },
  });
  assert.equal(answer.status, 200);
  const { headers, url } = JSON.parse(answer.text) as { headers: Record<string, string>; url: string };
  assert.equal(url, '/%61?x=%2f');
  assert.equal(headers['x-api-key'], 'wrong');
  assert.equal(headers['x-forwarded-for'], '203.0.113.1');
  assert.equal(headers['x-odd_name'], 'kept');
  assert.equal(headers['sallyport-consumer'], undefined);
  assert.equal(headers['sallyport-assertion'], undefined);
});
