import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';

const CONFIG = (upstream: string) => `mode: enforce
upstreams: { api: { url: "${upstream}" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - id: limited
    match: { path: "/limited" }
    upstream: api
    authenticate: { anyOf: [keys] }
    limits: [{ per: consumer, rate: 50/1h, burst: 50 }]
  - id: quota
    match: { path: "/quota" }
    upstream: api
    authenticate: { anyOf: [keys] }
    limits: [{ per: consumer, quota: 20/1d }]
`;

test('a limit holds exactly over the real gateway with four threads, and says what is left', {
  timeout: 60_000,
}, async () => {
  const upstream = await echoUpstream();
  const gateway = await TestGateway.start({ config: CONFIG(upstream.url), workers: 4 });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  try {
    const { key } = await gateway.createKey('acme');
    const headers = { 'x-api-key': key };
    const answers = await Promise.all(
      Array.from({ length: 300 }, () => call(`${gateway.url}/limited`, { headers, agent })),
    );
    assert.equal(answers.filter(({ status }) => status === 200).length, 50);
    const refused = answers.filter(({ status }) => status === 429);
    assert.equal(refused.length, 250);
    assert.match(String(refused[0]?.headers['retry-after']), /^[1-9][0-9]*$/);
    assert.match(String(refused[0]?.headers['ratelimit']), /r=0/);
    const other = await gateway.createKey('other');
    assert.equal((await call(`${gateway.url}/limited`, { headers: { 'x-api-key': other.key } })).status, 200);
  } finally {
    agent.destroy();
    await gateway.stop();
    await upstream.close();
  }
});

test('a quota goes on counting after a restart', { timeout: 60_000 }, async () => {
  const upstream = await echoUpstream();
  const first = await TestGateway.start({ config: CONFIG(upstream.url) });
  const { folder } = first;
  try {
    const { key } = await first.createKey('acme');
    const count = async (gateway: TestGateway, calls: number) => {
      let admitted = 0;
      for (let i = 0; i < calls; i++)
        if ((await call(`${gateway.url}/quota`, { headers: { 'x-api-key': key } })).status === 200) admitted++;
      return admitted;
    };
    assert.equal(await count(first, 15), 15);
    first.child.kill('SIGTERM');
    await new Promise((resolve) => first.child.once('exit', resolve));
    const second = await TestGateway.start({ config: CONFIG(upstream.url), folder });
    try {
      assert.equal(await count(second, 15), 5);
    } finally {
      await second.stop();
    }
  } finally {
    await first.stop();
    await upstream.close();
  }
});
