import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';
import { issuerConfig } from '../harness/issuer-config.ts';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const KEY_TYPE = 'urn:sallyport:params:oauth:token-type:api-key';
const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

let upstream: Awaited<ReturnType<typeof echoUpstream>>;
let gateway: TestGateway;

before(async () => {
  upstream = await echoUpstream();
  gateway = await TestGateway.start({ config: issuerConfig(upstream.url) });
  await gateway.admin('PUT', '/api/v1/consumers/acme', {});
});
after(async () => {
  await gateway.stop();
  await upstream.close();
});

async function orders(token: string): Promise<number> {
  return (await call(`${gateway.url}/orders/1`, { headers: { authorization: `Bearer ${token}` } })).status;
}

async function post(fields: Record<string, string>, headers: Record<string, string> = {}) {
  const answer = await call(`${gateway.url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  });
  return JSON.parse(answer.text) as Record<string, unknown>;
}

const exchanged = (subject: string, type: string): Promise<Record<string, unknown>> =>
  post({ grant_type: EXCHANGE, client_id: 'exchange', subject_token: subject, subject_token_type: type });

async function createdKey(change: object): Promise<{ key: string; keyId: string }> {
  const { status, body } = await gateway.admin('POST', '/api/v1/keys', {
    consumer: 'acme',
    scopes: ['orders:read'],
    ...change,
  });
  assert.equal(status, 201, JSON.stringify(body));
  return { key: String(body['key']), keyId: String(body['keyId']) };
}

describe('by exchange', () => {
  test('a key that is good for some networks only becomes no token that is good for all', async () => {
    const { key } = await createdKey({ allowedCidrs: ['127.0.0.0/8'] });
    const direct = await call(`${gateway.url}/orders/1`, { headers: { 'x-api-key': key } });
    assert.equal(direct.status, 200);
    assert.equal((await exchanged(key, KEY_TYPE))['error'], 'invalid_grant');
  });

  test('a key about to end becomes no token that outlives it', async () => {
    const expiresAtMs = Date.now() + 20_000;
    const { key } = await createdKey({ expiresAtMs });
    const { access_token: token } = await exchanged(key, KEY_TYPE);
    assert.ok(Number(decodeJwt(String(token)).exp) * 1000 <= expiresAtMs);
  });

  test('a token never lives longer, however often it is exchanged again', async () => {
    const { key } = await createdKey({});
    let { access_token: token } = await exchanged(key, KEY_TYPE);
    const end = Number(decodeJwt(String(token)).exp);
    for (let round = 0; round < 3; round++) {
      ({ access_token: token } = await exchanged(String(token), TOKEN_TYPE));
      assert.ok(Number(decodeJwt(String(token)).exp) <= end);
    }
  });

  test('a key whose rights are changed leaves no token behind with those of before', async () => {
    for (const change of [
      { scopes: [] },
      { allowedCidrs: ['192.0.2.0/24'] },
      { expiresAtMs: Date.now() + 30_000 },
      { routes: ['write'] },
      { quota: '1/1d' },
    ]) {
      const { key, keyId } = await createdKey({});
      const { access_token: token } = await exchanged(key, KEY_TYPE);
      await gateway.admin('PUT', `/api/v1/keys/${keyId}`, { name: 'renamed' });
      assert.equal(await orders(String(token)), 200);
      assert.equal((await gateway.admin('PUT', `/api/v1/keys/${keyId}`, change)).status, 200);
      assert.equal(await orders(String(token)), 401, JSON.stringify(change));
    }
    const { key, keyId } = await createdKey({ scopes: [] });
    await gateway.admin('PUT', `/api/v1/keys/${keyId}`, { scopes: ['orders:read'] });
    // Tokens tell the second they are of: one of the very second of the change counts as of before.
    const again = async () => orders(String((await exchanged(key, KEY_TYPE))['access_token']));
    let status = await again();
    for (const giveUpAt = Date.now() + 5_000; status !== 200 && Date.now() < giveUpAt; ) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      status = await again();
    }
    assert.equal(status, 200, 'a new one has the new');
  });

  test('the token of a client becomes none that outlives the client', async () => {
    for (const end of ['disable', 'remove']) {
      const { body: client } = await gateway.admin('POST', '/api/v1/clients', {
        consumer: 'acme',
        name: 'reports',
        grantTypes: ['client_credentials'],
        authentication: 'client_secret_basic',
      });
      const authorization = `Basic ${Buffer.from(`${client['id']}:${client['secret']}`).toString('base64')}`;
      const { access_token: own } = await post(
        { grant_type: 'client_credentials', scope: 'orders:read' },
        { authorization },
      );
      const { access_token: first } = await exchanged(String(own), TOKEN_TYPE);
      const { access_token: second } = await exchanged(String(first), TOKEN_TYPE);
      assert.equal(await orders(String(second)), 200);
      if (end === 'disable') await gateway.admin('POST', `/api/v1/clients/${client['id']}/disable`);
      else await gateway.admin('DELETE', `/api/v1/clients/${client['id']}`);
      for (const token of [own, first, second]) assert.equal(await orders(String(token)), 401, end);
      assert.equal((await exchanged(String(second), TOKEN_TYPE))['error'], 'invalid_grant');
    }
  });

  test('a planted key gives itself away', async () => {
    const { status, body } = await gateway.admin('POST', '/api/v1/decoys', { kind: 'key', place: 'an old wiki page' });
    assert.equal(status, 201, JSON.stringify(body));
    await exchanged(String(body['key']), KEY_TYPE);
    const found = (await gateway.findings()) as readonly { readonly detector: string }[];
    assert.ok(found.some(({ detector }) => detector === 'decoy.key_used'));
  });

  test('a key is used, so that nobody takes it for an idle one', async () => {
    const { key, keyId } = await createdKey({});
    await exchanged(key, KEY_TYPE);
    const { body } = await gateway.admin('GET', `/api/v1/keys/${keyId}/usage`);
    assert.equal((body as { calls?: number }).calls, 1, JSON.stringify(body));
  });
});
