import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { test } from 'node:test';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';

function configuration(upstream: string, scope: string): string {
  return `mode: enforce
upstreams: { api: { url: "${upstream}" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - id: open
    match: { path: "/open/*" }
    upstream: api
    authenticate: none
  - id: guarded
    match: { path: "/guarded/*" }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { scopes: [${scope}] }
`;
}

test('100 reloads under load fail no call', { timeout: 120_000 }, async () => {
  const upstream = await echoUpstream();
  const gateway = await TestGateway.start({ config: configuration(upstream.url, 'a'), workers: 2 });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  try {
    const { key } = await gateway.createKey('acme', ['a', 'b']);
    let running = true;
    let calls = 0;
    const failures: string[] = [];
    const load = Array.from({ length: 8 }, async () => {
      while (running) {
        const answer = await call(`${gateway.url}/guarded/1`, { headers: { 'x-api-key': key }, agent }).catch(
          (error) => ({
            status: 0,
            text: String(error),
          }),
        );
        calls++;
        if (answer.status !== 200) failures.push(`${answer.status} ${answer.text}`);
      }
    });
    for (let i = 0; i < 100; i++) {
      const text = TestGateway.complete(
        configuration(upstream.url, i % 2 === 0 ? 'b' : 'a'),
        gateway.port,
        gateway.adminPort,
      );
      writeFileSync(`${gateway.configFile}.new`, text);
      renameSync(`${gateway.configFile}.new`, gateway.configFile);
      const reloaded = await gateway.admin('POST', '/api/v1/config/reload');
      assert.equal(reloaded.status, 200);
    }
    running = false;
    await Promise.all(load);
    const { body } = await gateway.admin('GET', '/api/v1/config');
    assert.ok((body['version'] as number) > 100, 'every reload made a new snapshot');
    assert.ok(calls > 200, `only ${calls} calls were made`);
    assert.deepEqual(failures, []);
  } finally {
    agent.destroy();
    await gateway.stop();
    await upstream.close();
  }
});

test('a changed file and SIGHUP are picked up; an invalid file changes nothing and says why', {
  timeout: 60_000,
}, async () => {
  const upstream = await echoUpstream();
  const gateway = await TestGateway.start({ config: configuration(upstream.url, 'a') });
  const version = async () => (await gateway.admin('GET', '/api/v1/config')).body['version'] as number;
  const until = async (condition: () => Promise<boolean>) => {
    for (const giveUpAt = Date.now() + 10_000; !(await condition()); ) {
      assert.ok(Date.now() < giveUpAt, 'it did not happen in time');
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  };
  try {
    const { key } = await gateway.createKey('acme', ['a']);
    const guarded = async () => (await call(`${gateway.url}/guarded/1`, { headers: { 'x-api-key': key } })).status;
    assert.equal(await guarded(), 200);
    const write = (text: string) =>
      writeFileSync(gateway.configFile, TestGateway.complete(text, gateway.port, gateway.adminPort));

    write(configuration(upstream.url, 'b'));
    await until(async () => (await guarded()) === 403);

    const before = await version();
    write(configuration(upstream.url, 'a').replace('authenticate: none', 'autenticate: none'));
    await until(async () => (await gateway.admin('GET', '/api/v1/health')).body['status'] === 'degraded');
    assert.equal(await version(), before);
    assert.equal(await guarded(), 403, 'the running configuration stays');
    const refused = await gateway.admin('POST', '/api/v1/config/reload');
    assert.equal(refused.status, 422);
    const problems = refused.body['problems'] as { line: number; message: string }[];
    const misspelt = problems.find(({ message }) => message.includes('autenticate'));
    assert.ok((misspelt?.line ?? 0) > 3, JSON.stringify(problems));

    write(configuration(upstream.url, 'a'));
    gateway.child.kill('SIGHUP');
    await until(async () => (await guarded()) === 200);
  } finally {
    await gateway.stop();
    await upstream.close();
  }
});

test('SIGTERM lets calls in progress end, takes no new ones, and ends with 0', { timeout: 60_000 }, async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const arrived = Promise.withResolvers<void>();
  const server = http.createServer(async (request, response) => {
    if (request.url !== '/open/slow') {
      response.end();
      return;
    }
    response.write('first ');
    arrived.resolve();
    await held;
    response.end('last');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const gateway = await TestGateway.start({ config: configuration(`http://127.0.0.1:${port}`, 'a') });
  try {
    const slow = call(`${gateway.url}/open/slow`);
    await arrived.promise;
    const ended = gateway.stop();
    for (const giveUpAt = Date.now() + 5_000; ; ) {
      const refused = await call(`${gateway.url}/open/new`).then(
        () => false,
        () => true,
      );
      if (refused) break;
      assert.ok(Date.now() < giveUpAt, 'new connections are still taken');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    release();
    assert.equal((await slow).text, 'first last');
    assert.equal(await ended, 0);
  } finally {
    release();
    await gateway.stop('SIGKILL');
    server.closeAllConnections();
    server.close();
  }
});
