import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import pino from 'pino';
import { fileSource } from '../../src/cli/gateway/configuration-source.ts';
import { Gateway } from '../../src/cli/gateway/gateway.ts';
import { freePort } from '../harness/free-port.ts';
import { call } from '../harness/gateway.ts';

test('a data-plane thread that dies is replaced by one that knows the newest keys and rules, and the others go on', async () => {
  const upstream = http.createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-death-'));
  const file = join(folder, 'sallyport.yaml');
  const configure = (scope: string): void =>
    writeFileSync(
      file,
      `version: 1
mode: enforce
listen: { host: 127.0.0.1, port: ${port} }
admin: { host: 127.0.0.1, port: ${adminPort} }
upstreams: { a: { url: "http://127.0.0.1:${(upstream.address() as AddressInfo).port}" } }
authenticators: { keys: { type: api-key } }
routes: [{ id: all, match: { path: "/*" }, upstream: a, authenticate: { anyOf: [keys] }, authorize: { scopes: [${scope}] } }]
unmatched: deny
`,
    );
  const [port, adminPort] = [await freePort(), await freePort()];
  configure('read');
  const workers: Worker[] = [];
  const remember = (worker: Worker): void => {
    workers.push(worker);
  };
  process.on('worker', remember);
  const gateway = await Gateway.start({
    source: fileSource(file, { port: undefined, adminPort: undefined, mode: undefined }, {}),
    workers: 2,
    dataFolder: join(folder, 'data'),
    logger: pino({ level: 'silent' }),
  });
  try {
    assert.equal(workers.length, 2);
    const create = async (scope: string) => {
      const made = await gateway.state.keys.create({ consumer: 'acme', scopes: [scope], allowedCidrs: [], name: '' });
      assert.ok(made.ok);
      return made.key;
    };
    const reader = await create('read');
    const status = async (key: string): Promise<number> =>
      (await call(`http://127.0.0.1:${port}/`, { headers: { 'x-api-key': key } })).status;
    for (let i = 0; i < 10; i++) assert.equal(await status(reader), 200);

    const dying = once(workers[0] as Worker, 'exit');
    await workers[0]?.terminate();
    await dying;
    // One thread is left, and it serves; meanwhile rules and keys change.
    assert.equal(gateway.threads.alive, 1);
    assert.equal(await status(reader), 200);
    const writer = await create('write');
    configure('write');
    await gateway.reload('the test');
    for (const giveUpAt = Date.now() + 10_000; gateway.threads.alive < 2; ) {
      assert.ok(Date.now() < giveUpAt, 'it was not replaced');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(gateway.threads.restarts, 1);
    assert.equal(workers.length, 3);
    // Whichever thread takes the connection, it judges by the newest rules.
    for (let i = 0; i < 40; i++) assert.deepEqual([await status(reader), await status(writer)], [403, 200]);

    // The one that was never ill goes too: now only the new one and its own successor are left.
    await workers[1]?.terminate();
    for (let i = 0; i < 20; i++) assert.deepEqual([await status(reader), await status(writer)], [403, 200]);

    // A thread that is just being born when the gateway stops does not go on serving alone.
    await workers[2]?.terminate();
    for (const giveUpAt = Date.now() + 10_000; workers.length < 5; ) {
      assert.ok(Date.now() < giveUpAt, 'it was not replaced');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await gateway.stop();
    // What a worker that has ended is known by.
    assert.equal(workers[4]?.threadId, -1, 'it outlives the gateway');
    await assert.rejects(status(writer), 'somebody still listens');
  } finally {
    process.off('worker', remember);
    await gateway.stop();
    upstream.closeAllConnections();
    upstream.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
