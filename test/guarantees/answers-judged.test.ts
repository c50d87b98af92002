import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CERTIFICATE, KEY } from '../../src/config/tls-fixture.test.ts';
import { type Answer, call, TestGateway } from '../harness/gateway.ts';
import { RawClient } from '../harness/raw-client.ts';
import { type RawRequest, type RawUpstream, rawUpstream } from '../harness/raw-upstream.ts';

let gateway: TestGateway;
let upstream: RawUpstream;
let answer: (request: RawRequest) => void = () => undefined;

const JSON_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const CHUNKED = `${JSON_HEAD}transfer-encoding: chunked\r\n\r\n`;

const configuration = (url: string): string => `mode: enforce
upstreams: { api: { url: "${url}" } }
routes:
  - { id: masked, match: { path: "/masked/*" }, upstream: api, authenticate: none, authorize: { fields: { response: { mask: "**.ssn" } } } }
  - { id: denied, match: { path: "/denied/*" }, upstream: api, authenticate: none, authorize: { fields: { response: { deny: "**.ssn" } } } }
  - { id: watched, match: { path: "/watched/*" }, upstream: api, authenticate: none, stages: { answer: observe }, authorize: { fields: { response: [{ mask: "**.ssn" }, { deny: "**.hash" }] } } }
`;

before(async () => {
  upstream = await rawUpstream((request) => answer(request));
  gateway = await TestGateway.start({
    config: configuration(upstream.url),
  });
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

function chunk(text: string | Buffer): string {
  const bytes = Buffer.from(text);
  return `${bytes.length.toString(16)}\r\n${bytes.toString('latin1')}\r\n`;
}

function whole(text: string | Buffer, more = ''): string {
  const bytes = Buffer.from(text);
  return `${JSON_HEAD}${more}content-length: ${bytes.length}\r\n\r\n${bytes.toString('latin1')}`;
}

function says(bytes: string): void {
  answer = ({ socket }) => void socket.write(bytes, 'latin1');
}

function get(path: string, method = 'GET', headers: http.OutgoingHttpHeaders = {}): Promise<Answer> {
  return call(`${gateway.url}${path}`, { method, headers });
}

test('answers that have no body pass every check, and what belongs to them stays', async () => {
  says(`${JSON_HEAD}content-length: 11\r\netag: "v"\r\n\r\n`);
  for (const path of ['/masked/', '/denied/']) assert.equal((await get(path, 'HEAD')).status, 200);
  for (const status of ['204 No Content', '304 Not Modified']) {
    says(`HTTP/1.1 ${status}\r\ncontent-type: application/json\r\n\r\n`);
    for (const path of ['/masked/', '/denied/']) assert.equal((await get(path)).status, Number(status.slice(0, 3)));
  }
  says('HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n');
  for (const path of ['/masked/', '/denied/']) assert.equal((await get(path)).status, 201);
});

test('an answer is masked with a length and in chunks, after early hints, with trailers, one byte at a time', async () => {
  const bodies = [
    whole('{"ssn":"078"}'),
    `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${whole('{"ssn":"078"}')}`,
    `${CHUNKED}${[...'{"ssn":"078"}'].map(chunk).join('')}0\r\nx-sum: 1\r\n\r\n`,
    whole(gzipSync('{"ssn":"078"}'), 'content-encoding: gzip\r\n'),
  ];
  for (const bytes of bodies) {
    says(bytes);
    assert.deepEqual([(await get('/masked/')).text, bytes.slice(0, 20)], ['{"ssn":"***"}', bytes.slice(0, 20)]);
    assert.equal((await get('/denied/')).status, 403, bytes.slice(0, 20));
  }
});

test('the upstream is asked for the whole of an answer, uncompressed', async () => {
  says(whole('{}'));
  await get('/masked/asked', 'GET', { 'accept-encoding': 'gzip, br', range: 'bytes=0-3', 'if-range': '"v"' });
  const { head } = upstream.requests.findLast(({ target }) => target === '/masked/asked')!;
  assert.match(head, /^accept-encoding: identity$/m);
  assert.doesNotMatch(head, /^(range|if-range):/m);
});

test('what an upstream has sent when it dies is never taken for the whole', async () => {
  answer = ({ socket }) => {
    socket.write(`${CHUNKED}${chunk('{"a":1,"ssn":"078')}`);
    socket.end();
  };
  const masked = await get('/masked/').catch(() => undefined);
  assert.ok(masked === undefined || masked.status === 502, masked?.text);
  assert.equal((await get('/denied/')).status, 502);
});

test('a masked stream passes on what it may while the upstream still speaks', async () => {
  let finish = (): void => undefined;
  answer = ({ socket }) => {
    socket.write(`${CHUNKED}${chunk('{"a":1,"ssn":"07')}`);
    finish = () => void socket.write(`${chunk('8","b":2}')}0\r\n\r\n`);
  };
  const client = await RawClient.connect(gateway.port);
  client.send('GET /masked/ HTTP/1.1\r\nhost: a\r\n\r\n');
  await client.until('{"a":1');
  finish();
  await client.until('"b":2}');
  assert.doesNotMatch(client.text, /"07/);
  client.destroy();
});

test('an answer over the bound is refused where it has to be held, and streams where it need not be', async () => {
  const text = `{"pad":"${'x'.repeat(5 * 1024 * 1024)}","ssn":"078"}`;
  says(whole(text));
  assert.equal((await get('/denied/')).status, 502);
  const streamed = await get('/masked/');
  assert.equal(streamed.text.length, text.length);
  assert.match(streamed.text, /"ssn":"\*\*\*"\}$/);
  const packed = gzipSync(`{"pad":"${'x'.repeat(64 * 1024 * 1024)}"}`);
  says(whole(packed, 'content-encoding: gzip\r\n'));
  for (const path of ['/denied/', '/masked/']) assert.equal((await get(path)).status, 502);
});

test('pipelined calls get their own answers in order, refused ones among them', async () => {
  answer = ({ socket, target }) => void socket.write(whole(target.endsWith('1') ? '{"n":1}' : '{"ssn":"078","n":2}'));
  const client = await RawClient.connect(gateway.port);
  client.send(
    ['/denied/1', '/denied/2', '/masked/2', '/denied/1']
      .map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`)
      .join(''),
  );
  await client.until(/(?:HTTP\/1\.1[\s\S]*){4}\{"n":1\}$/);
  const statuses = [...client.text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, code]) => Number(code));
  assert.deepEqual(statuses, [200, 403, 200, 200]);
  assert.doesNotMatch(client.text, /"078/);
  client.destroy();
});

test('a client that does not read holds the upstream back, and one that leaves ends its call', async () => {
  let paused = (): void => undefined;
  const isHeldBack = new Promise<void>((resolve) => {
    paused = resolve;
  });
  const gone = new Promise<void>((resolve) => {
    answer = ({ socket }) => {
      socket.on('close', () => resolve());
      socket.write(`${CHUNKED}${chunk('{"pad":"')}`);
      const piece = chunk('y'.repeat(65_536));
      // Far more than the buffers of both connections and the gateway hold.
      let left = 2_000;
      const pump = (): void => {
        while (left-- > 0) if (!socket.write(piece)) return void socket.once('drain', pump);
      };
      pump();
      const watch = (written: number): void => {
        if (socket.destroyed) return;
        if (socket.writableLength > 0 && socket.bytesWritten === written) paused();
        else setTimeout(watch, 200, socket.bytesWritten);
      };
      watch(-1);
    };
  });
  const client = await RawClient.connect(gateway.port);
  client.socket.pause();
  client.send('GET /masked/ HTTP/1.1\r\nhost: a\r\n\r\n');
  await isHeldBack;
  client.destroy();
  await gone;
});

test('an answer that is only observed passes byte by byte as it came, compressed too, and is told of', async () => {
  const packed = gzipSync('{ "ssn": "078", "hash": 1 }');
  says(whole(packed, 'content-encoding: gzip\r\netag: "v"\r\n'));
  const request = http.get(`${gateway.url}/watched/`, { headers: { 'accept-encoding': 'gzip' }, agent: false });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const parts = (await response.toArray()) as Buffer[];
  assert.deepEqual(Buffer.concat(parts), packed);
  assert.equal(response.headers['etag'], '"v"');
  const [recorded] = await gateway.recorded(1, ({ routeId }) => routeId === 'watched');
  assert.equal(recorded?.outcome, 'observed');
  assert.equal(recorded?.reason, 'authz.answer_field');
});

test('over HTTP/2 answers are masked, refused and cut as over HTTP/1', async () => {
  const encrypted = await TestGateway.start({
    config: configuration(upstream.url),
    files: { cert: CERTIFICATE, key: KEY },
    tls: { cert: 'cert', key: 'key' },
  });
  const session = http2.connect(`https://127.0.0.1:${encrypted.port}`, { rejectUnauthorized: false });
  const ask = async (path: string): Promise<{ status: number; text: string; isCut: boolean }> => {
    const stream = session.request({ ':path': path });
    const seen = { status: 0, text: '', isCut: false };
    stream.on('response', (headers) => {
      seen.status = Number(headers[':status']);
    });
    stream.on('data', (piece: Buffer) => {
      seen.text += piece.toString();
    });
    stream.on('error', () => {
      seen.isCut = true;
    });
    stream.end();
    await once(stream, 'close').catch(() => undefined);
    return seen;
  };
  try {
    says(`${CHUNKED}${chunk('{"ssn":"0')}${chunk('78","n":1}')}0\r\nx-sum: 1\r\n\r\n`);
    assert.deepEqual(await ask('/masked/'), { status: 200, text: '{"ssn":"***","n":1}', isCut: false });
    const refused = await ask('/denied/');
    assert.equal(refused.status, 403);
    assert.doesNotMatch(refused.text, /"078/);
    says(`${CHUNKED}${chunk('{"a":1,"ssn":"078"')}${chunk('"ssn"')}0\r\n\r\n`);
    const cut = await ask('/masked/');
    assert.ok(cut.isCut || cut.status === 502, JSON.stringify(cut));
    assert.doesNotMatch(cut.text, /"078/);
  } finally {
    session.close();
    await encrypted.stop();
  }
});
