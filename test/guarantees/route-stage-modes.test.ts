import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, echoUpstream, sallyport, TestGateway } from '../harness/gateway.ts';

const CONFIG = (upstream: string) => `mode: enforce
upstreams: { api: { url: "${upstream}" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - id: orders
    match: { path: "/orders/*" }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { scopes: [orders:read] }
  - id: reports
    match: { path: "/reports/*" }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { scopes: [orders:read] }
unmatched: deny
`;
const WORKERS = 3;

let upstream: Awaited<ReturnType<typeof echoUpstream>>;
let gateway: TestGateway;
let key = '';

before(async () => {
  upstream = await echoUpstream();
  gateway = await TestGateway.start({ config: CONFIG(upstream.url), workers: WORKERS });
  ({ key } = await gateway.createKey('acme'));
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

/** The statuses that calls get, made at once so that they meet every thread. */
async function statuses(path: string, headers: Record<string, string> = { 'x-api-key': key }): Promise<number[]> {
  const answers = await Promise.all(
    Array.from({ length: 8 * WORKERS }, () => call(`${gateway.url}${path}`, { headers })),
  );
  return [...new Set(answers.map(({ status }) => status))];
}

async function set(scope: string, target: string, mode: string): Promise<number> {
  return (await gateway.admin('PUT', '/api/v1/modes', { scope, target, mode })).status;
}

test('one stage of one route is observed on every thread while its other stages and other routes enforce', async () => {
  assert.deepEqual(await statuses('/orders/1'), [403]);
  assert.equal(await set('route-stage', 'authorise@orders', 'observe'), 200);
  assert.deepEqual(await statuses('/orders/1'), [200]);
  assert.deepEqual(await statuses('/orders/1', {}), [401], 'who calls is still asked');
  assert.deepEqual(await statuses('/reports/1'), [403], 'other routes stay');
});

test('the replay of it counts what that stage alone would have denied, on that route', async () => {
  await gateway.recorded(8 * WORKERS * 4);
  const { status, body } = await gateway.admin('POST', '/api/v1/replay', {
    scope: 'route-stage',
    target: 'authorise@orders',
  });
  assert.equal(status, 200);
  const { calls, denied, deniedByStages, wouldDeny, byReason } = body;
  assert.deepEqual(
    { calls, denied, deniedByStages, wouldDeny, byReason },
    {
      calls: 72,
      denied: 48,
      deniedByStages: 24,
      wouldDeny: 24,
      byReason: [{ reason: 'authz.scope', calls: 24 }],
    },
  );
});

test('the command line takes it as it is written, and shows the replay first', async () => {
  const args = ['observe', 'authorise@orders', '--config', gateway.configFile, '--dry-run'];
  const { code, stdout, stderr } = await sallyport(args);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /48 of 72 calls in the last hour were denied/);
});

test('enforcing it again is tried on the recorded calls first', async () => {
  const args = ['enforce', 'authorise@orders', '--config', gateway.configFile, '--dry-run'];
  const { code, stdout, stderr } = await sallyport(args);
  assert.equal(code, 0, stderr);
  // Those that it denied before it was observed among them; it is observed now.
  assert.match(stdout, /would have denied 48 of 72 calls in the last hour; 24 are denied already/, stderr);
});

test('it is told of the route, holds over a mode the route gets later, and over a restart', async () => {
  const { body } = await gateway.admin('GET', '/api/v1/routes');
  const [orders, reports] = body['items'] as { stages: Record<string, string>; ownStages: string[] }[];
  assert.deepEqual([orders?.stages['authorise'], orders?.stages['limit']], ['observe', 'enforce']);
  assert.deepEqual([orders?.ownStages, reports?.ownStages], [['authorise'], []]);
  assert.equal(await set('route', 'orders', 'enforce'), 200);
  assert.deepEqual(await statuses('/orders/1'), [200]);
  await gateway.kill();
  await gateway.startAgain();
  assert.deepEqual(await statuses('/orders/1'), [200]);
  assert.deepEqual(await statuses('/reports/1'), [403]);
  assert.equal((await gateway.admin('DELETE', '/api/v1/modes/route-stage/authorise%40orders')).status, 200);
  assert.deepEqual(await statuses('/orders/1'), [403]);
});

test('what names no stage of a route is refused and changes nothing', async () => {
  for (const target of ['authorise@nowhere', 'authorise', 'admit@orders', 'framing@orders', '@orders', 'authorise@'])
    assert.equal(await set('route-stage', target, 'observe'), 404, target);
  assert.deepEqual(await statuses('/orders/1'), [403]);
});
