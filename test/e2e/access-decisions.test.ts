import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { call, sallyport, TestGateway } from '../harness/gateway.ts';
import { json, type ToldServer, toldServer } from '../harness/owner-service.ts';

const ROUTE = { type: 'route', id: 'order', properties: { parameters: { orderId: '7' } } };
const ACME = { type: 'consumer', id: 'acme' };

describe('accepted owners, and applications that ask the same rules', () => {
  let upstream: ToldServer;
  let gateway: TestGateway;
  let token: string;
  before(async () => {
    upstream = await toldServer((_request, response) => json(response, {}));
    gateway = await TestGateway.start({
      config: `
mode: enforce
upstreams: { shop: { url: "${upstream.url}" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
owners: { orderId: { type: accepted } }
consumers: { acme: { groups: [partners] }, other: { groups: [partners] } }
routes:
  - id: order
    match: { path: "/orders/{orderId}", methods: [GET] }
    upstream: shop
    authenticate: { anyOf: [keys] }
    authorize: { groups: [partners], owner: path.orderId in owned(principal) }
  - id: open
    match: { path: /open, methods: [GET] }
    upstream: shop
    authenticate: { anyOf: [keys] }
    authorize:
      deny:
        - { name: suspended, roles: [suspended] }
        - { name: new, issuedWithin: 1h }
  - id: inside
    match: { path: /inside, methods: [GET] }
    upstream: shop
    authenticate: { anyOf: [keys] }
    authorize: { addresses: [127.0.0.0/8] }
  - id: outside
    match: { path: /outside, methods: [GET] }
    upstream: shop
    authenticate: { anyOf: [keys] }
    authorize: { deny: [{ name: banned, addresses: [203.0.113.0/24] }] }
`,
    });
    token = readFileSync(join(gateway.folder, 'data', 'decision-token'), 'utf8').trim();
  });
  after(async () => {
    await gateway.stop();
    await upstream.close();
  });

  async function ask(
    body: unknown,
    path = 'evaluation',
    bearer = token,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const answer = await call(`${gateway.adminUrl}/access/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${bearer}`, 'x-request-id': 'id-1' },
      body: JSON.stringify(body),
    });
    assert.equal(answer.headers['x-request-id'], 'id-1');
    return { status: answer.status, body: JSON.parse(answer.text) as Record<string, unknown> };
  }

  test('an owner that was accepted gets in, and no longer when that is taken back', async () => {
    const { key } = await gateway.createKey('acme');
    const { key: others } = await gateway.createKey('other');
    const get = async (secret: string): Promise<number> =>
      (await call(`${gateway.url}/orders/7`, { headers: { 'x-api-key': secret } })).status;
    assert.equal(await get(key), 404);
    const config = ['--config', gateway.configFile];
    const accepted = await sallyport(['owners', 'accept', 'orderId', '--object', '7', '--owner', 'acme', ...config]);
    assert.equal(accepted.code, 0, accepted.stderr);
    assert.equal(await get(key), 200);
    assert.equal(await get(others), 404);
    assert.match((await sallyport(['owners', 'list', ...config])).stdout, /orderId\s+7\s+acme/);
    assert.equal((await sallyport(['owners', 'remove', 'orderId', '--object', '7', ...config])).code, 0);
    assert.equal(await get(key), 404);
    assert.equal(
      (await sallyport(['owners', 'accept', 'missing', '--object', '7', '--owner', 'acme', ...config])).code,
      2,
    );
  });

  test('an application is answered by the same rules, and nothing reaches the API', async () => {
    await gateway.admin('PUT', '/api/v1/owners', { lookup: 'orderId', object: '7', owners: ['acme'] });
    const before = upstream.seen.length;
    const yes = await ask({ subject: ACME, action: { name: 'GET' }, resource: ROUTE });
    assert.deepEqual([yes.status, yes.body['decision']], [200, true], JSON.stringify(yes.body));
    const path = await ask({ subject: ACME, action: { name: 'GET' }, resource: { type: 'path', id: '/orders/7' } });
    assert.equal(path.body['decision'], true);
    for (const [question, reason] of [
      [{ subject: { type: 'consumer', id: 'other' }, action: { name: 'GET' }, resource: ROUTE }, 'authz.owner'],
      [{ subject: { type: 'anonymous', id: 'x' }, action: { name: 'GET' }, resource: ROUTE }, 'authn.missing'],
      [{ subject: { type: 'user', id: 'acme' }, action: { name: 'GET' }, resource: ROUTE }, 'authz.rule'],
      [{ subject: ACME, action: { name: 'DELETE' }, resource: ROUTE }, 'route.method'],
      [{ subject: ACME, action: { name: 'GET' }, resource: { type: 'route', id: 'missing' } }, 'route.not_found'],
      [
        { subject: ACME, action: { name: 'GET' }, resource: { type: 'path', id: '/orders/..%2f7' } },
        'path.encoded_slash',
      ],
    ] as const) {
      const { status, body } = await ask(question);
      assert.deepEqual([status, body['decision']], [200, false], reason);
      assert.equal((body['context'] as { reason: string }).reason, reason);
    }
    assert.equal(upstream.seen.length, before);
  });

  test('what an application does not say, and who is not there, never opens a route', async () => {
    const seconds = Math.floor(Date.now() / 1000);
    const decision = async (path: string, subject: object, context: object = {}): Promise<unknown> =>
      (await ask({ subject, action: { name: 'GET' }, resource: { type: 'path', id: path }, context })).body['decision'];
    const user = (properties: object): object => ({ type: 'user', id: 'u', properties });
    assert.equal(await decision('/open', ACME), true);
    assert.equal(await decision('/open', { type: 'consumer', id: 'ghost' }), false, 'a consumer there is none of');
    assert.equal(await decision('/open', user({ roles: ['clerk'] })), true);
    assert.equal(await decision('/open', user({ roles: ['clerk', 'suspended'] })), false);
    assert.equal(await decision('/open', user({ issuedAtSeconds: seconds - 60 })), false);
    assert.equal(await decision('/open', user({ issuedAtSeconds: seconds - 7200 })), true);
    for (const [path, address, expected] of [
      ['/inside', '127.0.0.1', true],
      ['/inside', undefined, false],
      ['/outside', '198.51.100.7', true],
      ['/outside', '203.0.113.7', false],
      ['/outside', undefined, false],
    ] as const)
      assert.equal(
        await decision(path, ACME, address === undefined ? {} : { address }),
        expected,
        `${path} ${address}`,
      );
    const strange = { subject: ACME, action: { name: 'GET' }, resource: ROUTE };
    for (const context of [{ address: 'nowhere' }, { address: '127.0.0.1, 8.8.8.8' }])
      assert.equal((await ask({ ...strange, context })).status, 400);
    assert.equal((await ask({ ...strange, subject: user({ roles: 'suspended' }) })).status, 400);
  });

  test('several questions share what they do not say, and end early where that is asked', async () => {
    const other = { subject: { type: 'consumer', id: 'other' } };
    const shared = { subject: ACME, action: { name: 'GET' }, resource: ROUTE };
    const decisions = async (evaluations: unknown[], semantic?: string): Promise<unknown> => {
      const options = semantic === undefined ? {} : { options: { evaluations_semantic: semantic } };
      const { body } = await ask({ ...shared, ...options, evaluations }, 'evaluations');
      return (body['evaluations'] as { decision: boolean }[]).map(({ decision }) => decision);
    };
    assert.deepEqual(await decisions([{}, other, {}, { action: {} }]), [true, false, true, false]);
    assert.deepEqual(await decisions([{}, other, {}], 'deny_on_first_deny'), [true, false]);
    assert.deepEqual(await decisions([other, {}, {}], 'permit_on_first_permit'), [false, true]);
    assert.deepEqual((await ask(shared, 'evaluations')).body['decision'], true);
    assert.equal(
      (await ask({ ...shared, evaluations: [{}], options: { evaluations_semantic: 'x' } }, 'evaluations')).status,
      400,
    );
  });

  test('only who has a token asks; the token for decisions is good for nothing else; questions that are none are 400', async () => {
    const question = { subject: ACME, action: { name: 'GET' }, resource: ROUTE };
    assert.equal((await ask(question, 'evaluation', 'wrong')).status, 401);
    assert.equal((await ask(question, 'evaluation', gateway.adminToken)).status, 200);
    const elsewhere = await call(`${gateway.adminUrl}/api/v1/owners`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(elsewhere.status, 401);
    assert.equal((await call(`${gateway.url}/access/v1/evaluation`, { method: 'POST' })).status, 404);
    for (const broken of [
      {},
      { ...question, subject: { type: 'user' } },
      { ...question, resource: { type: 'x', id: 'y' } },
    ])
      assert.equal((await ask(broken)).status, 400);
    const scopes = { ...question, subject: { ...ACME, properties: { scopes: 'admin' } } };
    assert.equal((await ask(scopes)).status, 400);
    const { body } = await gateway.admin('GET', '/.well-known/authzen-configuration');
    assert.equal(body['access_evaluation_endpoint'], `${gateway.adminUrl}/access/v1/evaluation`);
  });
});
