import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { call, echoUpstream, sallyport, TestGateway } from '../harness/gateway.ts';

let upstream: Awaited<ReturnType<typeof echoUpstream>>;
let gateway: TestGateway;

const config = (consumers: string): string => `
mode: observe
upstreams: { api: { url: "${upstream.url}" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
consumers: { acme: {}, other: {} }
routes:
  - id: items
    match: { path: "/items/*" }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { consumers: [${consumers}] }
  - id: rest
    match: { path: "/*" }
    upstream: api
    authenticate: { anyOf: [keys] }
`;

function write(text: string): void {
  writeFileSync(gateway.configFile, text);
}

const complete = (consumers: string): string =>
  TestGateway.complete(config(consumers), gateway.port, gateway.adminPort);

before(async () => {
  upstream = await echoUpstream();
  gateway = await TestGateway.start({ config: config('acme, other') });
  for (const [consumer, calls] of [
    ['acme', 6],
    ['other', 3],
  ] as const) {
    const { key } = await gateway.createKey(consumer);
    for (let i = 0; i < calls; i++) await call(`${gateway.url}/items/${i}`, { headers: { 'x-api-key': key } });
  }
  await call(`${gateway.url}/elsewhere`);
  await gateway.recorded(10);
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

/** What `enforce --dry-run` says. */
async function preview(target: string): Promise<{ code: number; stdout: string; stderr: string }> {
  return sallyport(['enforce', target, '--dry-run', '--config', gateway.configFile]);
}

test('what enforcing would have denied is judged by the rules in force, not by those of the time', async () => {
  assert.match((await preview('items')).stdout, /^would have denied 0 of 9 calls in the last hour\n$/);
  write(complete('acme'));
  assert.equal((await gateway.admin('POST', '/api/v1/config/reload')).status, 200);
  const lines = (await preview('items')).stdout.split('\n');
  assert.equal(lines[0], 'would have denied 3 of 9 calls in the last hour');
  assert.match(lines[1] ?? '', /^ {8}3 {2}authz\.rule/);
  assert.equal(lines[2], '  consumer other: 3');
});

test('it concerns what is named alone: a route, a path, a stage of a route, a stage', async () => {
  const all = await preview('authorise');
  assert.match(all.stdout, /^would have denied 3 of 10 calls/);
  assert.match((await preview('authorise@items')).stdout, /^would have denied 3 of 9 calls/);
  assert.match((await preview('authenticate@items')).stdout, /^would have denied 0 of 9 calls/);
  assert.match((await preview('/items/*')).stdout, /^would have denied 3 of 9 calls/);
  const rest = await preview('rest');
  assert.match(
    rest.stdout,
    /^would have denied 1 of 1 calls in the last hour\n.*\n {2}nobody identified, from 127\.0\.0\.1: 1\n$/,
  );
});

test('a file that does not load is no reason to guess: what is in force is asked', async () => {
  write('version: 1\nmode: [');
  try {
    assert.match((await preview('items')).stdout, /^would have denied 3 of 9 calls/);
  } finally {
    write(complete('acme'));
  }
});

test('what is not there is refused, and nothing is set by asking', async () => {
  const { code, stderr } = await preview('nowhere');
  assert.equal(code, 1);
  assert.match(stderr, /Nothing to set/);
  const { status, body } = await gateway.admin('POST', '/api/v1/config/replay', { mode: { scope: 'route' } });
  assert.equal(status, 400, JSON.stringify(body));
  assert.deepEqual((await gateway.admin('GET', '/api/v1/modes')).body['items'], []);
});

test('of calls that could not be told it says why', async () => {
  write(complete('acme').replace('consumers: [acme] }', `consumers: [acme], when: '"x" in query' }`));
  try {
    assert.equal((await gateway.admin('POST', '/api/v1/config/reload')).status, 200);
    const { stdout } = await preview('items');
    assert.match(
      stdout,
      /\n {2}6 could not be told, of which 6 go through now and may be denied\n {8}6 {2}not recorded: \S/,
    );
  } finally {
    write(complete('acme'));
    await gateway.admin('POST', '/api/v1/config/reload');
  }
});

test('of a path it is counted what of its calls is denied already, and nothing of other paths', async () => {
  write(complete('acme, other').replace('  - id: rest', '  - id: rest\n    mode: enforce'));
  assert.equal((await gateway.admin('POST', '/api/v1/config/reload')).status, 200);
  const denied = /^would have denied 0 of (\d+) calls in the last hour; (\d+) is denied already\n/;
  assert.match((await preview('/items/*')).stdout, /^would have denied 0 of 9 calls in the last hour\n$/);
  assert.deepEqual(denied.exec((await preview('/elsewhere')).stdout)?.slice(1), ['1', '1']);
});

test('of a route it is counted, too, what was recorded on a route that a mode for a path made for a while', async () => {
  const place = { scope: 'path', target: '/items/{id}' };
  assert.equal((await gateway.admin('PUT', '/api/v1/modes', { ...place, mode: 'enforce' })).status, 200);
  assert.equal((await call(`${gateway.url}/items/7`)).status, 401);
  await gateway.recorded(11);
  assert.equal((await gateway.admin('DELETE', '/api/v1/modes/path/%2Fitems%2F%7Bid%7D')).status, 200);
  assert.match((await preview('items')).stdout, /^would have denied 1 of 10 calls in the last hour\n/);
});
