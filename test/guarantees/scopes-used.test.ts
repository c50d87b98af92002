import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';

let upstream: Awaited<ReturnType<typeof echoUpstream>>;
let gateway: TestGateway;

before(async () => {
  upstream = await echoUpstream();
  gateway = await TestGateway.start({
    config: `mode: enforce
upstreams: { api: { url: "${upstream.url}" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - id: things
    match: { path: "/things/*" }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { scopes: [things:read] }
  - id: exports
    match: { path: "/exports/*" }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { when: '"things:export" in principal.scopes' }
`,
  });
});
after(async () => {
  await gateway.stop();
  await upstream.close();
});

test('a scope that was used is unused neither where a mode made a route for a while, nor where an expression asks for it', async () => {
  const { key, keyId } = await gateway.createKey('acme', ['things:read', 'things:export', 'things:write']);
  const unused = async (): Promise<unknown> => {
    const { body } = await gateway.admin('GET', '/api/v1/keys/health');
    return (body['items'] as { unusedScopes: string[] }[])[0]?.unusedScopes;
  };
  assert.deepEqual(await unused(), ['things:read', 'things:export', 'things:write']);
  const mode = { scope: 'path', target: '/things/{id}', mode: 'observe' };
  assert.equal((await gateway.admin('PUT', '/api/v1/modes', mode)).status, 200);
  for (const path of ['/things/1', '/exports/1'])
    assert.equal((await call(`${gateway.url}${path}`, { headers: { 'x-api-key': key } })).status, 200, path);
  await gateway.recorded(2);
  assert.equal((await gateway.admin('DELETE', '/api/v1/modes/path/%2Fthings%2F%7Bid%7D')).status, 200);
  assert.deepEqual(await unused(), ['things:write']);
  const { body } = await gateway.admin('GET', `/api/v1/keys/${keyId}/usage`);
  assert.deepEqual((body['routes'] as { value: string }[]).map(({ value }) => value).sort(), ['exports', 'things']);
});
