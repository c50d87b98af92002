import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestGateway } from '../harness/gateway.ts';

const CONFIG = `mode: enforce
upstreams: { api: { url: "http://127.0.0.1:1" } }
consumers: { acme: { groups: [partners], tier: gold } }
routes: [{ id: all, match: { path: "/*" }, upstream: api, authenticate: { none: "nobody calls" } }]
unmatched: deny
`;

let gateway: TestGateway;
before(async () => {
  gateway = await TestGateway.start({ config: CONFIG });
});
after(() => gateway.stop());

const put = (name: string, body: object) => gateway.admin('PUT', `/api/v1/consumers/${name}`, body);
const acme = async () => {
  const { groups, tier, disabled } = (await gateway.admin('GET', '/api/v1/consumers/acme')).body;
  return { groups, tier, disabled };
};

test('groups and tier that stand in the configuration are not changed elsewhere, only to be put back at the next load', async () => {
  for (const change of [
    { groups: [] },
    { groups: ['partners', 'admins'] },
    { tier: '' },
    { tier: 'silver', groups: ['partners'] },
  ]) {
    const { status, body } = await put('acme', { ...change, disabled: true });
    assert.deepEqual([status, body['code']], [409, 'consumer_configured'], JSON.stringify(change));
    assert.match(String(body['detail']), /configuration/);
  }
  assert.deepEqual(await acme(), { groups: ['partners'], tier: 'gold', disabled: false }, 'no part of it was done');
});

test('it can be disabled and enabled, and what is said as it stands is taken; a load keeps that', async () => {
  assert.equal((await put('acme', { disabled: true })).status, 200);
  assert.equal((await put('acme', { groups: ['partners'], tier: 'gold' })).status, 200);
  await gateway.admin('POST', '/api/v1/config/reload');
  assert.deepEqual(await acme(), { groups: ['partners'], tier: 'gold', disabled: true });
  assert.equal((await put('acme', { disabled: false })).status, 200);
});

test('of others groups and tier are changed', async () => {
  for (const name of ['globex', 'constructor']) {
    assert.equal((await put(name, { groups: ['eu'], tier: 'gold' })).status, 200, name);
    assert.equal((await put(name, { tier: 'silver' })).body['tier'], 'silver');
  }
});
