import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { openLoop } from './open-loop.ts';

async function withServer(
  answer: (count: number, respond: () => void) => void,
  run: (port: number) => Promise<void>,
): Promise<void> {
  let count = 0;
  const server = createServer((_, response) => {
    answer(count++, () => response.writeHead(200, { 'content-length': 2 }).end('ok'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  try {
    await run((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test('as many requests are sent as the rate and the time ask for', async () => {
  await withServer(
    (_, respond) => respond(),
    async (port) => {
      const result = await openLoop({ port, path: '/', rate: 500, seconds: 0.4, connections: 4, headers: [] });
      assert.equal(result.requests, 200);
      assert.equal(result.refused, 0);
      assert.equal(result.unfinished, 0);
    },
  );
});

test('a pause of the server is seen by every request that was due in it, not by the one alone that met it', async () => {
  await withServer(
    (count, respond) => {
      if (count !== 100) return respond();
      const until = performance.now() + 120;
      while (performance.now() < until);
      respond();
    },
    async (port) => {
      // 500 requests a second, 120 ms of pause: 60 of 200 requests were due meanwhile and had to wait.
      const result = await openLoop({ port, path: '/', rate: 500, seconds: 0.4, connections: 1, headers: [] });
      assert.equal(result.requests, 200);
      assert.ok(result.p90Micros > 20_000, `p90 ${result.p90Micros}`);
      assert.ok(result.maxMicros > 110_000, `max ${result.maxMicros}`);
    },
  );
});

test('a server that closes its connections fails the run', async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-length': 2, connection: 'close' }).end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const port = (server.address() as AddressInfo).port;
  await assert.rejects(openLoop({ port, path: '/', rate: 100, seconds: 0.2, connections: 1, headers: [] }));
  await new Promise((resolve) => server.close(resolve));
});
