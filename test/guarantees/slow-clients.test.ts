import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { call, TestGateway } from '../harness/gateway.ts';

const PIECE = Buffer.alloc(65_536, 'x');
const ANSWER_BYTES = 200 * 2 ** 20;

let upstream: http.Server;
let config = '';
/** Bytes of the large answer the upstream got rid of. */
let written = 0;
let held = 0;

before(async () => {
  upstream = http.createServer((request, response) => {
    if (request.url === '/hold') {
      held++;
      return;
    }
    if (request.url !== '/large') {
      request.resume();
      request.on('end', () => response.end('ok'));
      request.on('error', () => undefined);
      return;
    }
    written = 0;
    response.writeHead(200, { 'content-length': ANSWER_BYTES });
    const push = (): void => {
      while (written < ANSWER_BYTES && !response.destroyed) {
        written += PIECE.length;
        if (!response.write(PIECE)) {
          response.once('drain', push);
          return;
        }
      }
      response.end();
    };
    push();
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  config = `mode: enforce
upstreams: { a: { url: "http://127.0.0.1:${(upstream.address() as AddressInfo).port}" } }
routes: [{ id: all, match: { path: "/*" }, upstream: a, authenticate: none }]
unmatched: deny
`;
});

after(() => {
  upstream.closeAllConnections();
  upstream.close();
});

async function withGateway(limits: string, run: (gateway: TestGateway) => Promise<void>): Promise<void> {
  const gateway = await TestGateway.start({ config, limits });
  try {
    await run(gateway);
  } finally {
    await gateway.stop();
  }
}

interface Ended {
  readonly text: string;
  readonly seconds: number;
}

/** A raw connection; `closed` resolves when the gateway ends it. */
function connect(gateway: TestGateway): { readonly socket: net.Socket; readonly closed: Promise<Ended> } {
  const startedAt = performance.now();
  const socket = net.connect(gateway.port, '127.0.0.1');
  let text = '';
  socket.on('data', (part: Buffer) => {
    text += part.toString('latin1');
  });
  socket.on('error', () => undefined);
  const closed = once(socket, 'close').then(() => ({ text, seconds: (performance.now() - startedAt) / 1000 }));
  return { socket, closed };
}

/** Sends a piece again and again until the connection ends. */
function dribble(socket: net.Socket, piece: string, everyMs: number): void {
  const timer = setInterval(() => (socket.writable ? socket.write(piece) : clearInterval(timer)), everyMs);
  socket.once('close', () => clearInterval(timer));
}

function residentBytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

describe('slow clients', () => {
  test('heads that come drop by drop are cut off, and 200 of them keep nobody else waiting', async () => {
    await withGateway('{ headersTimeoutSeconds: 2, connectionsPerAddressMax: 500 }', async (gateway) => {
      const slow = Array.from({ length: 200 }, () => connect(gateway));
      for (const { socket } of slow) {
        socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
        dribble(socket, 'X-A: b\r\n', 300);
      }
      let longestMs = 0;
      for (let i = 0; i < 20; i++) {
        const startedAt = performance.now();
        assert.equal((await call(`${gateway.url}/`)).status, 200);
        longestMs = Math.max(longestMs, performance.now() - startedAt);
      }
      assert.ok(longestMs < 2_000, `another client waited ${longestMs} ms`);
      for (const { text, seconds } of await Promise.all(slow.map(({ closed }) => closed))) {
        assert.ok(text === '' || text.startsWith('HTTP/1.1 408'), text.slice(0, 40));
        assert.ok(seconds < 8, `${seconds} s`);
      }
    });
  });

  test('a body that comes drop by drop is cut off when the request has taken too long', async () => {
    await withGateway('{ requestTimeoutSeconds: 2, headersTimeoutSeconds: 2 }', async (gateway) => {
      const { socket, closed } = connect(gateway);
      socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n');
      dribble(socket, 'x', 200);
      const { text, seconds } = await closed;
      assert.ok(seconds < 8, `${seconds} s`);
      assert.ok(!text.startsWith('HTTP/1.1 200'), text);
    });
  });

  test('a client that does not read its answer is cut off, and the answer waits at the upstream, not in memory', async () => {
    await withGateway('{ idleTimeoutSeconds: 2 }', async (gateway) => {
      assert.equal((await call(`${gateway.url}/`)).status, 200);
      const before = residentBytes(gateway.child.pid ?? 0);
      const { socket, closed } = connect(gateway);
      socket.pause();
      socket.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n');
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const taken = written;
      const grown = residentBytes(gateway.child.pid ?? 0) - before;
      assert.ok(taken < 32 * 2 ** 20, `${taken} bytes were taken from the upstream`);
      assert.ok(grown < 64 * 2 ** 20, `the gateway grew by ${grown} bytes`);
      for (const giveUpAt = Date.now() + 10_000; ; ) {
        const { body } = await gateway.admin('GET', '/api/v1/calls?pathPrefix=/large');
        if ((body['items'] as unknown[] | undefined)?.length === 1) break;
        assert.ok(Date.now() < giveUpAt, 'the call never ended');
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      socket.resume();
      const { text } = await closed;
      assert.ok(text.length < ANSWER_BYTES);
    });
  });

  test('a connection on which nothing is asked any more is closed', async () => {
    await withGateway('{ keepAliveTimeoutSeconds: 1 }', async (gateway) => {
      const { socket, closed } = connect(gateway);
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      const { text, seconds } = await closed;
      assert.match(text, /^HTTP\/1\.1 200/);
      assert.ok(seconds < 6, `${seconds} s`);
    });
  });

  test('one address holds so many connections and no more, and its places become free again', async () => {
    await withGateway('{ connectionsPerAddressMax: 5 }', async (gateway) => {
      const places = Array.from({ length: 5 }, () => connect(gateway));
      await Promise.all(places.map(({ socket }) => once(socket, 'connect')));
      await assert.rejects(call(`${gateway.url}/`));
      for (const { socket } of places) socket.destroy();
      for (const giveUpAt = Date.now() + 5_000; ; ) {
        const answer = await call(`${gateway.url}/`).catch(() => undefined);
        if (answer?.status === 200) break;
        assert.ok(Date.now() < giveUpAt, 'the places never became free');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    });
  });

  test('more calls than are held at once are shed with 503, and taken again when there is room', async () => {
    await withGateway('{ callsInProgressMax: 3 }', async (gateway) => {
      held = 0;
      const holding = Array.from({ length: 3 }, () => connect(gateway));
      for (const { socket } of holding) socket.write('GET /hold HTTP/1.1\r\nHost: x\r\n\r\n');
      for (const giveUpAt = Date.now() + 5_000; held < 3; ) {
        assert.ok(Date.now() < giveUpAt);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const shed = await call(`${gateway.url}/`);
      assert.equal(shed.status, 503);
      assert.match(shed.text, /admit\.overloaded/);
      assert.ok(Number(shed.headers['retry-after']) >= 1);
      for (const { socket } of holding) socket.destroy();
      for (const giveUpAt = Date.now() + 5_000; ; ) {
        if ((await call(`${gateway.url}/`)).status === 200) break;
        assert.ok(Date.now() < giveUpAt, 'calls whose clients are gone are still counted');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    });
  });
});
