import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import { freePort } from '../harness/free-port.ts';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';
import { issuerConfig } from '../harness/issuer-config.ts';
import { NetworkBrowser } from '../harness/sign-in-server.ts';

const REDIRECT = 'https://app.example.test/callback';
const PASSWORD = 'plum tractor violin';

let upstream: Awaited<ReturnType<typeof echoUpstream>>;
let gateway: TestGateway;

before(async () => {
  upstream = await echoUpstream();
  gateway = await TestGateway.start({
    config: issuerConfig(upstream.url, '  registration: token\n'),
    workers: 2,
  });
  await gateway.admin('PUT', '/api/v1/consumers/acme', {});
  const added = await gateway.admin('POST', '/api/v1/accounts', { name: 'alice', password: PASSWORD });
  assert.equal(added.status, 201, JSON.stringify(added.body));
});
after(async () => {
  await gateway.stop();
  await upstream.close();
});

async function client(
  body: object,
  authentication: (secret: string) => oidc.ClientAuth = () => oidc.None(),
): Promise<oidc.Configuration> {
  const created = await gateway.admin('POST', '/api/v1/clients', {
    consumer: 'acme',
    name: 'Order book',
    authentication: 'none',
    ...body,
  });
  assert.equal(created.status, 201, JSON.stringify(created.body));
  return discovered(String(created.body['id']), authentication(String(created.body['secret'])));
}

function discovered(id: string, authentication: oidc.ClientAuth): Promise<oidc.Configuration> {
  return oidc.discovery(new URL(`${gateway.url}/oauth`), id, undefined, authentication, {
    execute: [oidc.allowInsecureRequests],
  });
}

const tokenOf = (body: string): string => /name="token" value="([^"]+)"/.exec(body)?.[1] ?? '';

/** Goes to a page as a person does: signs in where asked, agrees where asked. */
async function through(
  browser: NetworkBrowser,
  start: string,
  answers: { readonly consent?: 'allow' | 'deny'; readonly stopAt?: string } = {},
): Promise<{ url: string; body: string; asked: string[] }> {
  const stopAt = answers.stopAt ?? REDIRECT;
  const asked: string[] = [];
  let page = await browser.go(start, { stopAt });
  for (let step = 0; step < 4; step++) {
    if (page.body.includes('<h1>Sign in</h1>')) {
      asked.push('login');
      const fields = { token: tokenOf(page.body), userName: 'alice', password: PASSWORD };
      page = await browser.go(`${page.url}/password`, { fields, stopAt });
    } else if (page.body.includes('Allow access?')) {
      asked.push('consent');
      const [path, fields] =
        answers.consent === 'deny'
          ? ['abort', { token: tokenOf(page.body) }]
          : ['consent', { token: tokenOf(page.body) }];
      page = await browser.go(`${page.url}/${path}`, { fields, stopAt });
    } else break;
  }
  return { url: page.url, body: page.body, asked };
}

interface SignedIn {
  readonly tokens: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;
  readonly asked: readonly string[];
}

async function signedIn(
  configuration: oidc.Configuration,
  browser: NetworkBrowser,
  options: { readonly scope?: string; readonly dpop?: oidc.DPoPHandle } = {},
): Promise<SignedIn> {
  const [verifier, state, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()];
  const url = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: REDIRECT,
    scope: options.scope ?? 'openid profile orders:read',
    state,
    nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const end = await through(browser, url.href);
  const tokens = await oidc.authorizationCodeGrant(
    configuration,
    new URL(end.url),
    { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce },
    undefined,
    options.dpop === undefined ? undefined : { DPoP: options.dpop },
  );
  return { tokens, asked: end.asked };
}

const orders = async (bearer: string): Promise<number> =>
  (await call(`${gateway.url}/orders/1`, { headers: { authorization: `Bearer ${bearer}` } })).status;

const CODE = { grantTypes: ['authorization_code', 'refresh_token'], redirectUris: [REDIRECT] };

describe('authorization code with PKCE', () => {
  test('a person signs in, agrees once, and the client gets tokens for the API and an ID token', async () => {
    const configuration = await client(CODE);
    const browser = new NetworkBrowser();
    const { tokens, asked } = await signedIn(configuration, browser);
    assert.deepEqual(asked, ['login', 'consent']);
    assert.equal(tokens.claims()?.['name'], 'alice');
    assert.equal(await orders(tokens.access_token), 200);
    const claims = decodeJwt(tokens.access_token);
    assert.equal(claims.sub, tokens.claims()?.sub);
    assert.equal(claims['consumer'], 'acme');
    const again = await signedIn(configuration, browser);
    assert.deepEqual(again.asked, [], 'the browser is known, and what was agreed to stays so');
    const more = await signedIn(configuration, browser, { scope: 'openid profile orders:read orders:write' });
    assert.deepEqual(more.asked, ['consent']);
  });

  test('a trusted client asks nobody for consent', async () => {
    const { tokens, asked } = await signedIn(await client({ ...CODE, trusted: true }), new NetworkBrowser());
    assert.deepEqual(asked, ['login']);
    assert.equal(await orders(tokens.access_token), 200);
  });

  test('bound to a key from the first token to the last', async () => {
    const configuration = await client({ ...CODE, dpopBound: true });
    const dpop = oidc.getDPoPHandle(configuration, await oidc.randomDPoPKeyPair('ES256'));
    const { tokens } = await signedIn(configuration, new NetworkBrowser(), {
      dpop,
      scope: 'openid offline_access orders:read',
    });
    const url = new URL(`${gateway.url}/orders/1`);
    const answer = await oidc.fetchProtectedResource(
      configuration,
      tokens.access_token,
      url,
      'GET',
      undefined,
      undefined,
      { DPoP: dpop },
    );
    assert.equal(answer.status, 200);
    const next = await oidc.refreshTokenGrant(configuration, tokens.refresh_token ?? '', undefined, { DPoP: dpop });
    assert.equal(next.token_type.toLowerCase(), 'dpop');
    assert.equal(await orders(next.access_token), 401);
  });

  test('a person who says no sends the client away with nothing', async () => {
    const configuration = await client(CODE);
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: REDIRECT,
      scope: 'openid orders:read',
      state: 's',
      code_challenge: await oidc.calculatePKCECodeChallenge('x'.repeat(43)),
      code_challenge_method: 'S256',
    });
    const end = await through(new NetworkBrowser(), url.href, { consent: 'deny' });
    assert.equal(new URL(end.url).searchParams.get('error'), 'access_denied');
    assert.equal(new URL(end.url).searchParams.get('code'), null);
  });

  test('a code works once: with the second use everything it gave is refused', async () => {
    const configuration = await client(CODE);
    const verifier = oidc.randomPKCECodeVerifier();
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: REDIRECT,
      scope: 'openid offline_access orders:read',
      prompt: 'consent',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const end = await through(new NetworkBrowser(), url.href);
    const once = await oidc.authorizationCodeGrant(configuration, new URL(end.url), { pkceCodeVerifier: verifier });
    assert.equal(await orders(once.access_token), 200);
    await assert.rejects(
      oidc.authorizationCodeGrant(configuration, new URL(end.url), { pkceCodeVerifier: verifier }),
      (error: oidc.ResponseBodyError) => error.error === 'invalid_grant',
    );
    assert.equal(await orders(once.access_token), 401);
    await assert.rejects(oidc.refreshTokenGrant(configuration, once.refresh_token ?? ''));
    const found = (await gateway.findings()) as { detector: string }[];
    assert.ok(found.some(({ detector }) => detector === 'oauth.code_reuse'));
  });

  test('without PKCE, with its plain form, or to another address, nothing begins', async () => {
    const configuration = await client(CODE);
    const parameters = { redirect_uri: REDIRECT, scope: 'openid', state: 's' };
    const errorOf = async (more: Record<string, string>): Promise<string> => {
      const answer = await fetch(oidc.buildAuthorizationUrl(configuration, { ...parameters, ...more }), {
        redirect: 'manual',
      });
      const location = answer.headers.get('location');
      return location === null ? `${answer.status}` : String(new URL(location).searchParams.get('error'));
    };
    assert.equal(await errorOf({}), 'invalid_request');
    assert.equal(await errorOf({ code_challenge: 'x'.repeat(43), code_challenge_method: 'plain' }), 'invalid_request');
    assert.equal(await errorOf({ redirect_uri: 'https://evil.example/cb' }), '400');
    assert.equal(await errorOf({ redirect_uri: `${REDIRECT}.evil.example` }), '400');
  });

  test('when the account is disabled, its tokens are refused at once and none are given', async () => {
    await gateway.admin('POST', '/api/v1/accounts', { name: 'bob', password: PASSWORD });
    const configuration = await client({ ...CODE, trusted: true });
    const browser = new NetworkBrowser();
    const verifier = oidc.randomPKCECodeVerifier();
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: REDIRECT,
      scope: 'openid offline_access orders:read',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const page = await browser.go(url.href, { stopAt: REDIRECT });
    const fields = { token: tokenOf(page.body), userName: 'bob', password: PASSWORD };
    const end = await browser.go(`${page.url}/password`, { fields, stopAt: REDIRECT });
    const tokens = await oidc.authorizationCodeGrant(configuration, new URL(end.url), { pkceCodeVerifier: verifier });
    assert.equal(await orders(tokens.access_token), 200);
    const changed = await gateway.admin('PUT', '/api/v1/accounts/bob', { disabled: true });
    assert.equal(changed.status, 200);
    assert.equal(await orders(tokens.access_token), 401);
    await assert.rejects(oidc.refreshTokenGrant(configuration, tokens.refresh_token ?? ''));
  });
});

describe('device flow (RFC 8628)', () => {
  const DEVICE = {
    name: 'Sensor',
    grantTypes: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
  };

  test('a device gets its tokens when its person typed the code, signed in and agreed', async () => {
    const configuration = await client(DEVICE);
    const begun = await oidc.initiateDeviceAuthorization(configuration, { scope: 'openid orders:read' });
    assert.match(begun.user_code, /^[A-Z]{4}-[A-Z]{4}$/);
    await assert.rejects(
      oidc.genericGrantRequest(configuration, 'urn:ietf:params:oauth:grant-type:device_code', {
        device_code: begun.device_code,
      }),
      (error: oidc.ResponseBodyError) => error.error === 'authorization_pending',
    );
    const browser = new NetworkBrowser();
    const page = await browser.go(begun.verification_uri);
    assert.match(page.body, /<h1>Connect a device<\/h1>/);
    const hidden = (body: string): Record<string, string> =>
      Object.fromEntries(
        [...body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
          name,
          value,
        ]),
      );
    const confirm = await browser.go(page.url, { fields: { ...hidden(page.body), user_code: begun.user_code } });
    assert.match(confirm.body, /Is this your device\?/);
    assert.match(confirm.body, /Sensor/);
    const login = await browser.go(confirm.url, { fields: hidden(confirm.body) });
    const end = await through(browser, login.url, { stopAt: 'https://nowhere.example' });
    assert.match(end.body, /Device connected/);
    const tokens = await oidc.pollDeviceAuthorizationGrant(configuration, { ...begun, interval: 1 });
    assert.equal(await orders(tokens.access_token), 200);
    assert.ok(typeof tokens.refresh_token === 'string');
  });

  test('a wrong code says nothing about right ones', async () => {
    const browser = new NetworkBrowser();
    const page = await browser.go(`${gateway.url}/oauth/device`);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    const answer = await browser.go(page.url, { fields: { xsrf, user_code: 'BBBB-BBBB' } });
    assert.match(answer.body, /This code is not right, or it is over/);
  });
});

describe('clients that register themselves (RFC 7591)', () => {
  const register = (body: object, token?: string) =>
    call(`${gateway.url}/oauth/register`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });

  test('need an initial access token, act for people only, and cannot name a consumer', async () => {
    const metadata = { redirect_uris: [REDIRECT], client_name: 'Registered', token_endpoint_auth_method: 'none' };
    assert.equal((await register(metadata)).status, 401);
    assert.equal((await register(metadata, 'guessed')).status, 401);
    const { body } = await gateway.admin('POST', '/api/v1/clients/registration-tokens', {});
    const token = String(body['token']);
    const refused = await register({ ...metadata, grant_types: ['client_credentials'], response_types: [] }, token);
    assert.equal((JSON.parse(refused.text) as { error: string }).error, 'invalid_client_metadata');
    const made = await register({ ...metadata, consumer: 'acme', trusted: true, introspects: true }, token);
    assert.equal(made.status, 201, made.text);
    const { client_id: id } = JSON.parse(made.text) as { client_id: string };
    const { tokens, asked } = await signedIn(await discovered(id, oidc.None()), new NetworkBrowser());
    assert.deepEqual(asked, ['login', 'consent'], 'nobody trusts it');
    assert.equal(decodeJwt(tokens.access_token)['consumer'], `client-${id}`);
  });
});

test('signing out ends the session of the browser', async () => {
  const configuration = await client({ ...CODE, trusted: true });
  const browser = new NetworkBrowser();
  await signedIn(configuration, browser);
  const page = await browser.go(`${gateway.url}/oauth/sign-out`);
  const hidden = [...page.body.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  const fields = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value]));
  const done = await browser.go(`${gateway.url}/oauth/sign-out/confirm`, { fields: { ...fields, logout: 'yes' } });
  assert.match(done.body, /Signed out/);
  assert.deepEqual((await signedIn(configuration, browser)).asked, ['login']);
});

test('cookies of the authorization server go to its own path, and to no API behind the gateway', async () => {
  const answer = await fetch(`${gateway.url}/oauth/device`);
  const cookies = answer.headers.getSetCookie();
  assert.ok(cookies.length > 0);
  for (const cookie of cookies) {
    assert.match(cookie, /path=\/oauth/i);
    assert.match(cookie, /httponly/i);
  }
});

describe('@modelcontextprotocol/conformance', () => {
  test('every scenario for authorization servers passes', async () => {
    const port = await freePort();
    const callback = `http://127.0.0.1:${port}/callback`;
    const created = await gateway.admin('POST', '/api/v1/clients', {
      consumer: 'acme',
      name: 'Conformance',
      ...CODE,
      redirectUris: [callback],
      authentication: 'none',
    });
    assert.equal(created.status, 201, JSON.stringify(created.body));
    const program = join(
      dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json')),
      'dist/index.js',
    );
    const child = spawn(process.execPath, [
      program,
      'authorization',
      '--url',
      `${gateway.url}/oauth`,
      '--client-id',
      String(created.body['id']),
      '--port',
      String(port),
      '--resource',
      gateway.url,
    ]);
    let output = '';
    let visited = 0;
    const take = (piece: Buffer): void => {
      output += piece;
      const urls = [...output.matchAll(/http:\/\/127\.0\.0\.1:\d+\/oauth\/authorize\?[A-Za-z0-9_.%&=+~-]+/g)].map(
        ([url]) => url,
      );
      for (const url of urls.slice(visited)) {
        visited++;
        void through(new NetworkBrowser(), url, { stopAt: callback }).then((end) => fetch(end.url));
      }
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /FAIL|✗/);
    assert.match(output, /authorization-code-grant/);
  });
});
