import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { call, echoUpstream, sallyport, TestGateway } from '../harness/gateway.ts';

const CONFIG = (upstream: string) => `mode: observe
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

let upstream: Awaited<ReturnType<typeof echoUpstream>>;
let gateway: TestGateway;

before(async () => {
  upstream = await echoUpstream();
  gateway = await TestGateway.start({ config: CONFIG(upstream.url) });
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

const status = async (path: string) => (await call(`${gateway.url}${path}`)).status;
const command = (...words: string[]) => sallyport([...words, '--config', gateway.configFile]);
const OPEN = /Calls that match no route are only observed .*\n {2}\.\/sallyport enforce route --config \S+\n/;

test('enforcing every route by path says that calls of no route go on, and the command that it names refuses them', async () => {
  const enforced = await command('enforce', '/*');
  assert.match(enforced.stderr, OPEN);
  assert.deepEqual([await status('/orders/1'), await status('/internal/debug')], [401, 200]);
  const closed = await command('enforce', 'route');
  assert.doesNotMatch(closed.stderr, OPEN);
  assert.deepEqual([await status('/orders/1'), await status('/internal/debug')], [401, 404]);
});

test('what is taken back is named, and what holds then is that of calls of no route, too', async () => {
  const cleared = await command('modes', 'clear', 'route');
  assert.match(
    cleared.stdout,
    /^cleared: enforce is no longer set for stage route\nin force there now: mixed, by other modes that are set/,
  );
  assert.match(cleared.stderr, OPEN);
  assert.equal(await status('/internal/debug'), 200);
});

test('a start names the modes that were set by command, those of paths among them, and what is open', async () => {
  gateway.output = '';
  await gateway.kill();
  await gateway.startAgain();
  assert.match(gateway.output, /set by command, over the configuration .*:\n {2}enforce path \/\*\n/);
  assert.match(gateway.output, OPEN);
  const last = await command('modes', 'clear', '/*');
  assert.match(
    last.stdout,
    /^cleared: enforce is no longer set for path \/\*\nin force there now: observe, as the configuration says\n$/,
  );
  assert.doesNotMatch(last.stderr, OPEN);
});

test('a file that enforces one route is warned of, and what the warning proposes refuses calls of no route alone', async () => {
  const text = readFileSync(gateway.configFile, 'utf8');
  const enforcing = text.replace('id: orders', 'id: orders\n    mode: enforce');
  writeFileSync(gateway.configFile, enforcing);
  const warned = await command('check');
  assert.match(`${warned.stdout}${warned.stderr}`, /SP063[\s\S]*fix: write stages: \{ route: enforce \}/);
  assert.equal((await gateway.admin('POST', '/api/v1/config/reload')).status, 200);
  assert.deepEqual([await status('/orders/1'), await status('/internal/debug')], [401, 200]);
  writeFileSync(gateway.configFile, `${enforcing}stages: { route: enforce }\n`);
  const checked = await command('check');
  assert.doesNotMatch(`${checked.stdout}${checked.stderr}`, /SP063/);
  assert.equal((await gateway.admin('POST', '/api/v1/config/reload')).status, 200);
  assert.deepEqual(
    [await status('/orders/1'), await status('/internal/debug'), await status('/reports/1')],
    [401, 404, 200],
    'a route that observes goes on observing',
  );
});
