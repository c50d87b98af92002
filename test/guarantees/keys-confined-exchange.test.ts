import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';
import { issuerConfig } from '../harness/issuer-config.ts';

test('a confined key is not exchanged for a token, which nothing would confine', { timeout: 60_000 }, async () => {
  const upstream = await echoUpstream();
  const gateway = await TestGateway.start({ config: issuerConfig(upstream.url) });
  const exchanged = async (fields: object): Promise<number> => {
    const { body } = await gateway.admin('POST', '/api/v1/keys', {
      consumer: 'acme',
      scopes: ['orders:read'],
      ...fields,
    });
    const answer = await call(`${gateway.url}/oauth/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        client_id: 'exchange',
        subject_token: String(body['key']),
        subject_token_type: 'urn:sallyport:params:oauth:token-type:api-key',
      }).toString(),
    });
    return answer.status;
  };
  try {
    assert.equal(await exchanged({}), 200);
    assert.equal(await exchanged({ routes: ['orders'] }), 400);
    assert.equal(await exchanged({ quota: '5/1d' }), 400);
  } finally {
    await gateway.stop();
    await upstream.close();
  }
});
