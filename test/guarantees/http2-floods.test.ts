import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import tls from 'node:tls';
import { CERTIFICATE, KEY } from '../../src/config/tls-fixture.test.ts';
import { TestGateway } from '../harness/gateway.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const GROWTH_BYTES_MAX = 150 * 2 ** 20;

let upstream: http.Server;
let gateway: TestGateway;

before(async () => {
  upstream = http.createServer((_, response) => setTimeout(() => response.end('ok'), 20));
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  gateway = await TestGateway.start({
    config: `mode: enforce
upstreams: { a: { url: "http://127.0.0.1:${(upstream.address() as AddressInfo).port}" } }
routes: [{ id: all, match: { path: "/*" }, upstream: a, authenticate: none }]
unmatched: deny
`,
    files: { cert: CERTIFICATE, key: KEY },
    tls: { cert: 'cert', key: 'key' },
  });
});

after(async () => {
  await gateway.stop();
  upstream.closeAllConnections();
  upstream.close();
});

function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Fields as HPACK literals without indexing. */
function block(fields: readonly (readonly [string, string])[]): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value);
    const length = bytes.length < 127 ? [bytes.length] : [127, ...varint(bytes.length - 127)];
    return Buffer.concat([Buffer.from(length), bytes]);
  };
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

const REQUEST = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/a'],
  [':authority', 'gateway.test'],
] as const;

/** A raw HTTP/2 connection after its preface; `ended` is set when the gateway ends it. */
async function attack(): Promise<{
  send: (bytes: Uint8Array) => Promise<boolean>;
  ended: () => boolean;
  end: () => void;
}> {
  const socket = tls.connect({
    port: gateway.port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: ['h2'],
  });
  let ended = false;
  socket.on('error', () => undefined);
  socket.on('close', () => {
    ended = true;
  });
  socket.resume();
  await once(socket, 'secureConnect');
  socket.write(Buffer.concat([PREFACE, frame(4, 0, 0)]));
  return {
    send: async (bytes) => {
      if (ended || !socket.writable) return false;
      // A write that fails (EPIPE) is the connection's end.
      if (!socket.write(bytes))
        await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined);
      else await new Promise((resolve) => setImmediate(resolve));
      return !ended;
    },
    ended: () => ended,
    end: () => socket.destroy(),
  };
}

function residentBytes(): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${gateway.child.pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** A call of somebody else; milliseconds it took. */
async function goodCall(): Promise<number> {
  const startedAt = performance.now();
  const session = http2.connect(`https://127.0.0.1:${gateway.port}`, { rejectUnauthorized: false });
  session.on('error', () => undefined);
  const stream = session.request({ ':path': '/good' });
  const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
  stream.resume();
  await once(stream, 'end');
  session.close();
  assert.equal(headers[':status'], 200);
  return performance.now() - startedAt;
}

/** Runs a flood for so many pieces, with calls of somebody else meanwhile; true where the gateway ended the connection. */
async function flood(pieces: number, piece: (n: number) => Uint8Array): Promise<boolean> {
  const before = residentBytes();
  const attacker = await attack();
  let slowestMs = 0;
  try {
    for (let n = 0; n < pieces; n++) {
      if (!(await attacker.send(piece(n)))) break;
      if (n % Math.ceil(pieces / 5) === 0) slowestMs = Math.max(slowestMs, await goodCall());
    }
    for (const giveUpAt = Date.now() + 1_000; !attacker.ended() && Date.now() < giveUpAt; )
      await new Promise((resolve) => setTimeout(resolve, 20));
    slowestMs = Math.max(slowestMs, await goodCall());
    assert.ok(slowestMs < 3_000, `another client waited ${slowestMs} ms`);
    const grown = residentBytes() - before;
    assert.ok(grown < GROWTH_BYTES_MAX, `the gateway grew by ${grown} bytes`);
    return attacker.ended();
  } finally {
    attacker.end();
  }
}

describe('floods of HTTP/2', () => {
  test('rapid reset (CVE-2023-44487): the connection is ended', async () => {
    const ended = await flood(200, (n) =>
      Buffer.concat(
        Array.from({ length: 50 }, (_, i) => {
          const stream = 1 + 2 * (n * 50 + i);
          return Buffer.concat([frame(1, 5, stream, block(REQUEST)), frame(3, 0, stream, Buffer.from([0, 0, 0, 8]))]);
        }),
      ),
    );
    assert.ok(ended, '10,000 requests were made and taken back on one connection');
  });

  test('heads that go on for ever (CONTINUATION): the connection is ended', async () => {
    const filler = block([['x-filler', 'x'.repeat(8_000)]]);
    const ended = await flood(500, (n) => (n === 0 ? frame(1, 0, 1, block(REQUEST)) : frame(9, 0, 1, filler)));
    assert.ok(ended, 'a head of 4 MB was taken');
  });

  test('PING and SETTINGS without end: others are served, and memory stays bounded', async () => {
    await flood(200, () => Buffer.concat(Array.from({ length: 200 }, () => frame(6, 0, 0, Buffer.alloc(8)))));
    await flood(200, () => Buffer.concat(Array.from({ length: 200 }, () => frame(4, 0, 0))));
  });

  test('more streams than are allowed: the others are refused', async () => {
    await flood(20, (n) =>
      Buffer.concat(Array.from({ length: 100 }, (_, i) => frame(1, 5, 1 + 2 * (n * 100 + i), block(REQUEST)))),
    );
  });

  test('empty frames of a body without end: others are served', async () => {
    const head = frame(1, 4, 1, block([[':method', 'POST'], ...REQUEST.slice(1)]));
    await flood(200, (n) => (n === 0 ? head : Buffer.concat(Array.from({ length: 200 }, () => frame(0, 0, 1)))));
  });

  test('windows that overflow, frames on streams there are none of, heads that cannot be decoded: the connection is ended', async () => {
    for (const bytes of [
      frame(8, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff])),
      frame(0, 0, 5, Buffer.alloc(10)),
      frame(1, 5, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
      frame(9, 4, 3, Buffer.alloc(1)),
      frame(5, 4, 2, Buffer.alloc(8)),
    ]) {
      const ended = await flood(3, () => bytes);
      assert.ok(ended, bytes.toString('hex'));
    }
  });
});
