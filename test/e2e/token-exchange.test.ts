import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as oidc from 'openid-client';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';
import { issuerConfig } from '../harness/issuer-config.ts';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const KEY_TYPE = 'urn:sallyport:params:oauth:token-type:api-key';
const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

let upstream: Awaited<ReturnType<typeof echoUpstream>>;
let gateway: TestGateway;

before(async () => {
  upstream = await echoUpstream();
  gateway = await TestGateway.start({ config: issuerConfig(upstream.url), workers: 2 });
  await gateway.admin('PUT', '/api/v1/consumers/acme', {});
});
after(async () => {
  await gateway.stop();
  await upstream.close();
});

async function orders(token: string): Promise<number> {
  return (await call(`${gateway.url}/orders/1`, { headers: { authorization: `Bearer ${token}` } })).status;
}

async function exchange(
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await call(`${gateway.url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams({ grant_type: EXCHANGE, client_id: 'exchange', ...fields }).toString(),
  });
  return { status: answer.status, body: JSON.parse(answer.text) as Record<string, unknown> };
}

describe('token exchange (RFC 8693)', () => {
  test('an API key becomes a short token that can do no more', async () => {
    const { key } = await gateway.createKey('acme', ['orders:read']);
    const { status, body } = await exchange({ subject_token: key, subject_token_type: KEY_TYPE });
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body['issued_token_type'], TOKEN_TYPE);
    assert.equal(body['scope'], 'orders:read');
    assert.equal(body['expires_in'], 300);
    const token = String(body['access_token']);
    const answer = await call(`${gateway.url}/orders/1`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(answer.status, 200);
    assert.equal(
      (JSON.parse(answer.text) as { headers: Record<string, string> }).headers['sallyport-consumer'],
      'acme',
    );
    const written = await call(`${gateway.url}/orders`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-length': '0' },
    });
    assert.equal(written.status, 403);
  });

  test('asking for more is refused, and is a finding', async () => {
    const { key, keyId } = await gateway.createKey('acme', ['orders:read']);
    const wide = await exchange({
      subject_token: key,
      subject_token_type: KEY_TYPE,
      scope: 'orders:read orders:write',
    });
    assert.equal(wide.body['error'], 'invalid_scope');
    const { body: first } = await exchange({ subject_token: key, subject_token_type: KEY_TYPE });
    const far = await exchange({
      subject_token: String(first['access_token']),
      subject_token_type: TOKEN_TYPE,
      audience: 'https://other.example',
    });
    assert.equal(far.body['error'], 'invalid_target');
    const { body } = await gateway.admin('GET', '/api/v1/findings');
    const items = body['items'] as { detector: string; subject: string }[];
    assert.ok(items.some(({ detector, subject }) => detector === 'oauth.exchange_widening' && subject === keyId));
  });

  test('a token of the issuer is narrowed, and never widened again', async () => {
    const { key } = await gateway.createKey('acme', ['orders:read', 'orders:write']);
    const { body: whole } = await exchange({ subject_token: key, subject_token_type: KEY_TYPE });
    const { body: small } = await exchange({
      subject_token: String(whole['access_token']),
      subject_token_type: TOKEN_TYPE,
      scope: 'orders:read',
    });
    assert.equal(small['scope'], 'orders:read');
    const back = await exchange({
      subject_token: String(small['access_token']),
      subject_token_type: TOKEN_TYPE,
      scope: 'orders:write',
    });
    assert.equal(back.body['error'], 'invalid_scope');
  });

  test('what was issued ends with the key', async () => {
    const { key, keyId } = await gateway.createKey('acme', ['orders:read']);
    const { body } = await exchange({ subject_token: key, subject_token_type: KEY_TYPE });
    const token = String(body['access_token']);
    assert.equal(await orders(token), 200);
    await gateway.admin('POST', `/api/v1/keys/${keyId}/revoke`, {});
    assert.equal(await orders(token), 401);
    assert.equal((await exchange({ subject_token: key, subject_token_type: KEY_TYPE })).body['error'], 'invalid_grant');
  });

  test('a token that is bound to a key of somebody else cannot be laundered into an unbound one', async () => {
    const { body: created } = await gateway.admin('POST', '/api/v1/clients', {
      consumer: 'acme',
      name: 'bound',
      grantTypes: ['client_credentials'],
      authentication: 'client_secret_basic',
      dpopBound: true,
    });
    const client = await oidc.discovery(
      new URL(`${gateway.url}/oauth`),
      String(created['id']),
      undefined,
      oidc.ClientSecretBasic(String(created['secret'])),
      { execute: [oidc.allowInsecureRequests], algorithm: 'oauth2' },
    );
    const handle = oidc.getDPoPHandle(client, await oidc.randomDPoPKeyPair('ES256'));
    const { access_token: bound } = await oidc.clientCredentialsGrant(
      client,
      { scope: 'orders:read' },
      { DPoP: handle },
    );
    const answer = await exchange({ subject_token: bound, subject_token_type: TOKEN_TYPE });
    assert.equal(answer.body['error'], 'invalid_grant');
  });

  test('is refused what RFC 8693 does not allow', async () => {
    const { key } = await gateway.createKey('acme', ['orders:read']);
    const subject = { subject_token: key, subject_token_type: KEY_TYPE };
    const cases: [string, string, Record<string, string>][] = [
      ['no subject', 'invalid_request', {}],
      [
        'an unknown type',
        'invalid_request',
        { ...subject, subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
      ],
      ['a key as a token', 'invalid_grant', { ...subject, subject_token_type: TOKEN_TYPE }],
      [
        'a refresh token',
        'invalid_request',
        { ...subject, requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' },
      ],
      ['an actor', 'invalid_request', { ...subject, actor_token: key, actor_token_type: KEY_TYPE }],
      ['a wrong key', 'invalid_grant', { ...subject, subject_token: `${key.slice(0, -1)}x` }],
      ['a line break', 'invalid_grant', { ...subject, subject_token: `${key}\r\nx: y` }],
    ];
    for (const [name, error, fields] of cases) assert.equal((await exchange(fields)).body['error'], error, name);
  });
});
