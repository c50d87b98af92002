import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';

const CONFIG = (upstream: string) => `mode: enforce
upstreams: { api: { url: "${upstream}" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - id: orders
    match: { path: "/orders/*" }
    upstream: api
    authenticate: { anyOf: [keys] }
  - id: reports
    match: { path: "/reports/*" }
    upstream: api
    authenticate: { anyOf: [keys] }
unmatched: deny
`;

const CALLERS = 6;
const LOST_MS_MAX = 1_000;
const LOAD_MS_MIN = 3_000;
const LOAD_MS_MAX = 40_000;
const CHANGES_MIN = 10;
const QUOTA = 1_000_000;

/** What a key must be worth after the restart, by its own words before it. */
interface Acknowledged {
  readonly key: string;
  readonly orders: number;
  readonly reports: number;
}

test('a gateway killed under load loses no key change it acknowledged, and less than a second of what it counted', {
  timeout: 90_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-kill-'));
  const upstream = await echoUpstream();
  const config = CONFIG(upstream.url);
  let gateway = await TestGateway.start({ config, folder, workers: 2 });
  try {
    const callers = [];
    for (let i = 0; i < CALLERS; i++) callers.push(await gateway.createKey('load'));
    const answeredAt = callers.map((): number[] => []);
    const limited = await gateway.admin('POST', '/api/v1/keys', { consumer: 'limited', quota: `${QUOTA}/1d` });
    const limitedAt: number[] = [];
    let isKilled = false;
    const agent = new http.Agent({ keepAlive: true, maxSockets: CALLERS + 1 });
    const loop = async (key: string, times: number[]): Promise<void> => {
      while (!isKilled) {
        const answer = await call(`${gateway.url}/orders/1`, { headers: { 'x-api-key': key }, agent }).catch(
          () => undefined,
        );
        if (answer?.status === 200) times.push(Date.now());
      }
    };
    const load = [
      ...callers.map(({ key }, i) => loop(key, answeredAt[i] ?? [])),
      loop(String(limited.body['key']), limitedAt),
    ];
    const acknowledged: Acknowledged[] = [];
    const changing = (async () => {
      for (let turn = 0; !isKilled; turn++) await change(gateway, turn, acknowledged).catch(() => undefined);
    })();
    // A slow machine loads for longer, so that there is as much to lose.
    const loadedFrom = Date.now();
    const loadedMs = (): number => Date.now() - loadedFrom;
    while (loadedMs() < LOAD_MS_MIN || (acknowledged.length < CHANGES_MIN && loadedMs() < LOAD_MS_MAX))
      await new Promise((resolve) => setTimeout(resolve, 50));
    const killedAt = Date.now();
    isKilled = true;
    await gateway.stop('SIGKILL');
    await Promise.all([...load, changing]);
    agent.destroy();

    gateway = await TestGateway.start({ config, folder, workers: 2 });
    assert.ok(acknowledged.length >= CHANGES_MIN, `${acknowledged.length} changes were acknowledged`);
    for (const { key, orders, reports } of acknowledged) {
      const statusOf = async (path: string): Promise<number> =>
        (await call(`${gateway.url}${path}`, { headers: { 'x-api-key': key } })).status;
      assert.deepEqual([await statusOf('/orders/1'), await statusOf('/reports/1')], [orders, reports]);
    }
    let lostMs = 0;
    for (const [i, { keyId }] of callers.entries()) {
      const times = answeredAt[i] ?? [];
      const { body } = await gateway.admin('GET', `/api/v1/keys/${keyId}/usage`);
      const counted = Number(body['calls']);
      assert.ok(counted > 0 && times.length > 0);
      // One more than was answered may have been counted: its answer was on the way.
      assert.ok(counted <= times.length + 1, `${counted} of ${times.length} calls are counted`);
      const firstLost = times[counted];
      if (firstLost !== undefined) lostMs = Math.max(lostMs, killedAt - firstLost);
    }
    const { headers } = await call(`${gateway.url}/orders/1`, {
      headers: { 'x-api-key': String(limited.body['key']) },
    });
    const left = Number(/;r=(\d+)/.exec(String(headers['ratelimit']))?.[1]);
    const charged = QUOTA - left - 1;
    const firstUncharged = limitedAt[charged];
    const unchargedMs = firstUncharged === undefined ? 0 : killedAt - firstUncharged;
    console.log(
      `${answeredAt.flat().length} calls, ${acknowledged.length} changes; lost ${lostMs} ms of counts, ${unchargedMs} ms of a quota`,
    );
    assert.ok(lostMs <= LOST_MS_MAX, `${lostMs} ms of counts are lost`);
    assert.ok(unchargedMs <= LOST_MS_MAX, `${unchargedMs} ms of a quota are lost`);
  } finally {
    await gateway.stop();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Makes keys and changes them; notes what they are worth only once that was answered. */
async function change(gateway: TestGateway, turn: number, acknowledged: Acknowledged[]): Promise<void> {
  const done = (answer: { status: number; body: Record<string, unknown> }): Record<string, unknown> => {
    if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
    return answer.body;
  };
  const made = done(await gateway.admin('POST', '/api/v1/keys', { consumer: 'changing', routes: ['orders'] }));
  const [key, keyId] = [String(made['key']), String(made['keyId'])];
  switch (turn % 5) {
    case 0:
      acknowledged.push({ key, orders: 200, reports: 403 });
      return;
    case 1:
      done(await gateway.admin('POST', `/api/v1/keys/${keyId}/revoke`, {}));
      acknowledged.push({ key, orders: 401, reports: 401 });
      return;
    case 2: {
      const rotated = done(await gateway.admin('POST', `/api/v1/keys/${keyId}/rotate`, { graceSeconds: 0 }));
      acknowledged.push({ key, orders: 401, reports: 401 }, { key: String(rotated['key']), orders: 200, reports: 403 });
      return;
    }
    case 3:
      done(await gateway.admin('PUT', `/api/v1/keys/${keyId}`, { routes: ['reports'] }));
      acknowledged.push({ key, orders: 403, reports: 200 });
      return;
    default:
      done(await gateway.admin('POST', `/api/v1/keys/${keyId}/disable`, {}));
      acknowledged.push({ key, orders: 401, reports: 401 });
  }
}
