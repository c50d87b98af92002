import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { exportJWK } from 'jose';
import * as oidc from 'openid-client';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';
import { issuerConfig } from '../harness/issuer-config.ts';

interface Created {
  readonly id: string;
  readonly secret: string;
}

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

async function createClient(body: object = {}, on = gateway): Promise<Created> {
  const created = await on.admin('POST', '/api/v1/clients', {
    consumer: 'acme',
    name: 'reports',
    grantTypes: ['client_credentials'],
    authentication: 'client_secret_basic',
    ...body,
  });
  assert.equal(created.status, 201, JSON.stringify(created.body));
  return { id: String(created.body['id']), secret: String(created.body['secret']) };
}

function discovered(id: string, authentication: oidc.ClientAuth, on = gateway): Promise<oidc.Configuration> {
  return oidc.discovery(new URL(`${on.url}/oauth`), id, undefined, authentication, {
    execute: [oidc.allowInsecureRequests],
    algorithm: 'oauth2',
  });
}

async function orders(token: string, scheme = 'Bearer', on = gateway): Promise<number> {
  return (await call(`${on.url}/orders/1`, { headers: { authorization: `${scheme} ${token}` } })).status;
}

/** A request to the token endpoint as somebody without a library makes it. */
async function post(
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
  on = gateway,
): Promise<{ status: number; body: Record<string, unknown>; headers: Record<string, unknown> }> {
  const answer = await call(`${on.url}/oauth${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  });
  return {
    status: answer.status,
    body: answer.text.startsWith('{') ? (JSON.parse(answer.text) as Record<string, unknown>) : {},
    headers: answer.headers,
  };
}

const basic = ({ id, secret }: Created) => ({
  authorization: `Basic ${Buffer.from(`${id}:${encodeURIComponent(secret)}`).toString('base64')}`,
});

describe('metadata and keys', () => {
  test('stand where RFC 8414 and OpenID Connect Discovery look for them', async () => {
    for (const path of [
      '/.well-known/oauth-authorization-server/oauth',
      '/.well-known/openid-configuration/oauth',
      '/oauth/.well-known/openid-configuration',
      '/oauth/.well-known/oauth-authorization-server',
    ]) {
      const answer = await call(`${gateway.url}${path}`);
      assert.equal(answer.status, 200, path);
      const metadata = JSON.parse(answer.text) as Record<string, unknown>;
      assert.equal(metadata['issuer'], `${gateway.url}/oauth`);
      assert.equal(metadata['token_endpoint'], `${gateway.url}/oauth/token`);
      assert.equal(metadata['jwks_uri'], `${gateway.url}/oauth/jwks`);
      assert.deepEqual(metadata['code_challenge_methods_supported'], ['S256']);
    }
  });

  test('name the configured address, whatever a client writes into Host and forwarded fields', async () => {
    const answer = await call(`${gateway.url}/.well-known/oauth-authorization-server/oauth`, {
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    });
    assert.equal(answer.status, 200);
    assert.doesNotMatch(answer.text, /evil/);
    assert.match(answer.text, new RegExp(`"token_endpoint":"http://127.0.0.1:${gateway.port}/oauth/token"`));
  });

  test('of the key set is told how long it may be kept', async () => {
    const answer = await call(`${gateway.url}/oauth/jwks`);
    assert.match(String(answer.headers['cache-control']), /^public, max-age=\d+/);
    assert.doesNotMatch(answer.text, /"d":/);
    const etag = String(answer.headers.etag);
    assert.equal((await call(`${gateway.url}/oauth/jwks`, { headers: { 'if-none-match': etag } })).status, 304);
  });
});

describe('client credentials', () => {
  test('by secret in the header, and in the form', async () => {
    const { id, secret } = await createClient();
    const client = await discovered(id, oidc.ClientSecretBasic(secret));
    const {
      access_token: token,
      scope,
      expires_in: lifetime,
    } = await oidc.clientCredentialsGrant(client, {
      scope: 'orders:read',
    });
    assert.equal(scope, 'orders:read');
    assert.equal(lifetime, 300);
    assert.equal(await orders(token), 200);
    const inForm = await createClient({ authentication: 'client_secret_post' });
    const other = await discovered(inForm.id, oidc.ClientSecretPost(inForm.secret));
    assert.equal(await orders((await oidc.clientCredentialsGrant(other, { scope: 'orders:read' })).access_token), 200);
  });

  test('by an assertion under a key of the client (RFC 7523), once', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = { ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig', kid: 'one' };
    const { id } = await createClient({ authentication: 'private_key_jwt', jwks: { keys: [jwk] } });
    const key = await crypto.subtle.importKey(
      'pkcs8',
      privateKey.export({ format: 'der', type: 'pkcs8' }),
      { name: 'ECDSA', namedCurve: 'P-256' },
      false,
      ['sign'],
    );
    const client = await discovered(id, oidc.PrivateKeyJwt({ key, kid: 'one' }));
    const { access_token: token } = await oidc.clientCredentialsGrant(client, { scope: 'orders:read' });
    assert.equal(await orders(token), 200);
  });

  test('with curl', async () => {
    const { id, secret } = await createClient();
    const answer = execFileSync(
      'curl',
      [
        '-sS',
        '-u',
        `${id}:${secret}`,
        `${gateway.url}/oauth/token`,
        '-d',
        'grant_type=client_credentials',
        '-d',
        'scope=orders:read',
      ],
      { encoding: 'utf8' },
    );
    assert.equal(await orders((JSON.parse(answer) as { access_token: string }).access_token), 200);
  });

  test('give no more than the client may have', async () => {
    const client = await createClient({ scope: 'orders:read' });
    const answer = await post('/token', { grant_type: 'client_credentials', scope: 'orders:write' }, basic(client));
    assert.equal(answer.status, 400);
    assert.equal(answer.body['error'], 'invalid_scope');
    const unknown = await post('/token', { grant_type: 'client_credentials', scope: 'nonsense' }, basic(client));
    assert.equal(unknown.body['error'], 'invalid_scope');
  });

  test('are refused with the errors the RFC names', async () => {
    const client = await createClient();
    const grant = { grant_type: 'client_credentials' };
    const cases: [string, number, string, Record<string, string>, Record<string, string>][] = [
      ['a wrong secret', 401, 'invalid_client', grant, basic({ id: client.id, secret: 'spcs_wrong' })],
      ['an unknown client', 401, 'invalid_client', grant, basic({ id: 'nobody', secret: client.secret })],
      ['no client', 400, 'invalid_request', grant, {}],
      ['two ways at once', 400, 'invalid_request', { ...grant, client_secret: client.secret }, basic(client)],
      ['an unknown grant', 400, 'unsupported_grant_type', { grant_type: 'password' }, basic(client)],
      ['a grant of others', 400, 'invalid_request', { grant_type: 'refresh_token', refresh_token: 'x' }, basic(client)],
      ['another API', 400, 'invalid_target', { ...grant, resource: 'https://other.example' }, basic(client)],
    ];
    for (const [name, status, error, fields, headers] of cases) {
      const answer = await post('/token', fields, headers);
      assert.equal(answer.status, status, name);
      assert.equal(answer.body['error'], error, name);
    }
  });

  test('of a client that is disabled, or whose consumer is, give nothing, and its tokens end at once', async () => {
    const created = await createClient();
    const grant = { grant_type: 'client_credentials', scope: 'orders:read' };
    const { body } = await post('/token', grant, basic(created));
    assert.equal(await orders(String(body['access_token'])), 200);
    await gateway.admin('POST', `/api/v1/clients/${created.id}/disable`);
    assert.equal((await post('/token', grant, basic(created))).status, 401);
    assert.equal(await orders(String(body['access_token'])), 401);
    await gateway.admin('PUT', '/api/v1/consumers/closed', {});
    const other = await createClient({ consumer: 'closed' });
    const { body: before } = await post('/token', grant, basic(other));
    assert.equal(await orders(String(before['access_token'])), 200);
    await gateway.admin('PUT', '/api/v1/consumers/closed', { disabled: true });
    assert.equal((await post('/token', grant, basic(other))).status, 401);
    assert.equal(await orders(String(before['access_token'])), 401);
  });

  test('a secret is replaced, the old one works on for the grace and no longer', async () => {
    const old = await createClient();
    const grant = { grant_type: 'client_credentials' };
    const rotate = async (graceSeconds: number): Promise<Created> => {
      const { body } = await gateway.admin('POST', `/api/v1/clients/${old.id}/rotate-secret`, { graceSeconds });
      return { id: old.id, secret: String(body['secret']) };
    };
    const next = await rotate(60);
    assert.equal((await post('/token', grant, basic(old))).status, 200);
    assert.equal((await post('/token', grant, basic(next))).status, 200);
    const last = await rotate(0);
    assert.equal((await post('/token', grant, basic(old))).status, 401);
    assert.equal((await post('/token', grant, basic(next))).status, 401);
    assert.equal((await post('/token', grant, basic(last))).status, 200);
  });
});

describe('a token bound to a key (RFC 9449)', () => {
  test('is taken with a proof of that key, and not without', async () => {
    const { id, secret } = await createClient({ dpopBound: true });
    const client = await discovered(id, oidc.ClientSecretBasic(secret));
    await assert.rejects(oidc.clientCredentialsGrant(client, { scope: 'orders:read' }), /response/);
    const handle = oidc.getDPoPHandle(client, await oidc.randomDPoPKeyPair('ES256'));
    const { access_token: token, token_type: type } = await oidc.clientCredentialsGrant(
      client,
      { scope: 'orders:read' },
      { DPoP: handle },
    );
    assert.equal(type.toLowerCase(), 'dpop');
    const answer = await oidc.fetchProtectedResource(
      client,
      token,
      new URL(`${gateway.url}/orders/1`),
      'GET',
      undefined,
      undefined,
      { DPoP: handle },
    );
    assert.equal(answer.status, 200);
    assert.equal(await orders(token), 401);
  });

  test('with nonces required, a client that knows them gets on', async () => {
    const strict = await TestGateway.start({ config: issuerConfig(upstream.url, '  dpopNonce: true\n') });
    try {
      await strict.admin('PUT', '/api/v1/consumers/acme', {});
      const { id, secret } = await createClient({ dpopBound: true }, strict);
      const client = await discovered(id, oidc.ClientSecretBasic(secret), strict);
      const handle = oidc.getDPoPHandle(client, await oidc.randomDPoPKeyPair('ES256'));
      const { token_type: type } = await oidc.clientCredentialsGrant(client, {}, { DPoP: handle });
      assert.equal(type.toLowerCase(), 'dpop');
    } finally {
      await strict.stop();
    }
  });
});

describe('introspection and revocation reach JSON Web Tokens', () => {
  test('a token is active for its client and for an API, and unknown to another client', async () => {
    const own = await createClient();
    const api = await createClient({ introspects: true });
    const other = await createClient();
    const { body } = await post('/token', { grant_type: 'client_credentials', scope: 'orders:read' }, basic(own));
    const token = String(body['access_token']);
    for (const [who, active] of [
      [own, true],
      [api, true],
      [other, false],
    ] as const) {
      const answer = await post('/introspect', { token }, basic(who));
      assert.equal(answer.status, 200);
      assert.equal(answer.body['active'], active);
      if (active) assert.equal(answer.body['scope'], 'orders:read');
      else assert.deepEqual(Object.keys(answer.body), ['active']);
    }
    assert.equal((await post('/introspect', { token })).status, 400);
  });

  test('what is no token of ours is inactive', async () => {
    const client = await createClient();
    for (const token of ['nothing', 'a.b.c', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.'])
      assert.deepEqual((await post('/introspect', { token }, basic(client))).body, { active: false });
  });

  test('a revoked token is refused on every thread before the answer comes, and inactive', async () => {
    const client = await createClient();
    const { body } = await post('/token', { grant_type: 'client_credentials', scope: 'orders:read' }, basic(client));
    const token = String(body['access_token']);
    for (let i = 0; i < 8; i++) assert.equal(await orders(token), 200);
    assert.equal((await post('/revoke', { token }, basic(client))).status, 200);
    for (let i = 0; i < 8; i++) assert.equal(await orders(token), 401);
    assert.deepEqual((await post('/introspect', { token }, basic(client))).body, { active: false });
  });

  test('nobody revokes the token of another', async () => {
    const client = await createClient();
    const { body } = await post('/token', { grant_type: 'client_credentials', scope: 'orders:read' }, basic(client));
    const token = String(body['access_token']);
    assert.equal((await post('/revoke', { token }, basic(await createClient()))).status, 200);
    assert.equal(await orders(token), 200);
  });
});

test('pushed authorization requests are taken, and nothing else where they are required (RFC 9126)', async () => {
  const strict = await TestGateway.start({ config: issuerConfig(upstream.url, '  pushedRequestsOnly: true\n') });
  try {
    await strict.admin('PUT', '/api/v1/consumers/acme', {});
    const redirectUri = 'https://app.example.test/cb';
    const created = await createClient({ grantTypes: ['authorization_code'], redirectUris: [redirectUri] }, strict);
    const client = await discovered(created.id, oidc.ClientSecretBasic(created.secret), strict);
    const parameters = {
      redirect_uri: redirectUri,
      scope: 'orders:read',
      code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
      code_challenge_method: 'S256',
    };
    const pushed = await oidc.buildAuthorizationUrlWithPAR(client, parameters);
    const begun = await fetch(pushed, { redirect: 'manual' });
    assert.match(String(begun.headers.get('location')), /\/oauth\/sign-in\//);
    const plain = await fetch(oidc.buildAuthorizationUrl(client, parameters), { redirect: 'manual' });
    assert.match(String(plain.headers.get('location')), /error=invalid_request/);
    const withoutChallenge = await post(
      '/par',
      { redirect_uri: redirectUri, scope: 'orders:read', response_type: 'code', client_id: created.id },
      basic(created),
      strict,
    );
    assert.equal(withoutChallenge.body['error'], 'invalid_request');
  } finally {
    await strict.stop();
  }
});

test('in observe mode its endpoints are limited all the same, and everything else is not', async () => {
  const watching = await TestGateway.start({
    config: issuerConfig(upstream.url).replace('mode: enforce', 'mode: observe').replace('100000/1m', '3/1m'),
  });
  try {
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push((await post('/token', {}, {}, watching)).status);
    assert.deepEqual(statuses, [400, 400, 400, 429, 429]);
    assert.equal((await call(`${watching.url}/orders/1`)).status, 200);
    assert.equal((await call(`${watching.url}/elsewhere`)).status, 200);
  } finally {
    await watching.stop();
  }
});

describe('the sealing key', () => {
  test('missing or another, the gateway does not start, says what to do and harms nothing', async () => {
    const first = await TestGateway.start({ config: issuerConfig(upstream.url) });
    const { folder } = first;
    const keysBefore = (await call(`${first.url}/oauth/jwks`)).text;
    first.child.kill('SIGTERM');
    await new Promise((resolve) => first.child.once('exit', resolve));
    const file = join(folder, 'data', 'sealing-key');
    renameSync(file, `${file}.away`);
    try {
      await assert.rejects(
        TestGateway.start({ config: issuerConfig(upstream.url), folder }),
        /sealing-key is missing[\s\S]*SALLYPORT_SEALING_KEY[\s\S]*signing-keys reset/,
      );
      assert.ok(!readdirSync(join(folder, 'data')).includes('sealing-key'), 'none was made');
      renameSync(`${file}.away`, file);
      const again = await TestGateway.start({ config: issuerConfig(upstream.url), folder });
      assert.equal((await call(`${again.url}/oauth/jwks`)).text, keysBefore);
      await again.stop();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

test('whoever reads the data folder finds no secret, no token and no signing key in it', async () => {
  const own = await TestGateway.start({ config: issuerConfig(upstream.url) });
  const { folder } = own;
  try {
    await own.admin('PUT', '/api/v1/consumers/acme', {});
    const client = await createClient({}, own);
    const { body } = await post('/token', { grant_type: 'client_credentials' }, basic(client), own);
    const [, , signature] = String(body['access_token']).split('.');
    own.child.kill('SIGTERM');
    await new Promise((resolve) => own.child.once('exit', resolve));
    const files = readdirSync(join(folder, 'data')).map((name) => join(folder, 'data', name));
    const texts = files.filter((name) => name.includes('.db')).map((name) => readFileSync(name).toString('latin1'));
    assert.ok(texts.length >= 2);
    for (const text of texts) {
      assert.ok(!text.includes(client.secret));
      assert.ok(!text.includes(String(signature)));
      assert.doesNotMatch(text, /"d":"/);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
