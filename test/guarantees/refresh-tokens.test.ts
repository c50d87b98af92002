import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as oidc from 'openid-client';
import { authorize, TestAuthorizationServer } from '../harness/authorization-server.ts';

const REDIRECT = 'https://app.example.test/callback';
const GRANTS = ['authorization_code', 'refresh_token'];
const GRACE_SECONDS = 2;

let server: TestAuthorizationServer;

before(async () => {
  server = await TestAuthorizationServer.start({
    config: { refresh: { graceSeconds: GRACE_SECONDS, graceUsesMax: 1_000 } },
  });
});
after(() => server.close());

async function publicClient(on: TestAuthorizationServer = server): Promise<oidc.Configuration> {
  const created = await on.server.clients.create({
    consumer: 'acme',
    name: 'an app',
    grantTypes: GRANTS,
    authentication: 'none',
    redirectUris: [REDIRECT],
  });
  assert.ok(created.ok);
  return oidc.discovery(new URL(on.issuer), created.client.id, undefined, oidc.None(), {
    execute: [oidc.allowInsecureRequests],
    algorithm: 'oauth2',
  });
}

async function signedIn(
  client: oidc.Configuration,
  options: { readonly dpop?: oidc.DPoPHandle; readonly scope?: string } = {},
): Promise<oidc.TokenEndpointResponse> {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const url = oidc.buildAuthorizationUrl(client, {
    redirect_uri: REDIRECT,
    scope: options.scope ?? 'offline_access orders:read',
    prompt: 'consent',
    state,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const callback = await authorize(url.href, REDIRECT);
  return oidc.authorizationCodeGrant(
    client,
    callback,
    { pkceCodeVerifier: verifier, expectedState: state },
    undefined,
    options.dpop === undefined ? undefined : { DPoP: options.dpop },
  );
}

/** The tokens, or the error the server names. */
async function refreshed(
  client: oidc.Configuration,
  token: string | undefined,
  options: { readonly dpop?: oidc.DPoPHandle; readonly scope?: string } = {},
): Promise<oidc.TokenEndpointResponse | string> {
  assert.ok(token !== undefined);
  try {
    return await oidc.refreshTokenGrant(
      client,
      token,
      options.scope === undefined ? undefined : { scope: options.scope },
      options.dpop === undefined ? undefined : { DPoP: options.dpop },
    );
  } catch (error) {
    if (error instanceof oidc.ResponseBodyError) return error.error;
    throw error;
  }
}

function tokenOf(answer: oidc.TokenEndpointResponse | string): string {
  assert.ok(typeof answer !== 'string', `refused: ${String(answer)}`);
  assert.ok(answer.refresh_token !== undefined);
  return answer.refresh_token;
}

const found = (detector: string): number => server.observed.filter((one) => one.detector === detector).length;

describe('a refresh token', () => {
  test('is replaced by every use, and its successor works', async () => {
    const client = await publicClient();
    const first = await signedIn(client);
    const second = tokenOf(await refreshed(client, first.refresh_token));
    assert.notEqual(second, first.refresh_token);
    const third = tokenOf(await refreshed(client, second));
    assert.notEqual(third, second);
  });

  test('that is presented again by its client right away gets the same successor: two tabs do not log anybody out', async () => {
    const client = await publicClient();
    const { refresh_token: first } = await signedIn(client);
    const before = found('oauth.refresh_repeated');
    const [one, other] = await Promise.all([refreshed(client, first), refreshed(client, first)]);
    assert.equal(tokenOf(one), tokenOf(other));
    assert.equal(tokenOf(await refreshed(client, first)), tokenOf(one));
    assert.equal(found('oauth.refresh_repeated'), before + 2, 'and is told of');
    assert.ok(typeof (await refreshed(client, tokenOf(one))) !== 'string', 'the successor still works');
  });

  test('presented after the grace is a stolen one: the whole family is refused, thief and owner', async () => {
    const client = await publicClient();
    const { refresh_token: stolen } = await signedIn(client);
    const owner = tokenOf(await refreshed(client, stolen));
    await sleep(GRACE_SECONDS * 1000 + 1_100);
    const before = found('oauth.refresh_reuse');
    assert.equal(await refreshed(client, stolen), 'invalid_grant');
    assert.equal(found('oauth.refresh_reuse'), before + 1);
    assert.equal(await refreshed(client, owner), 'invalid_grant');
  });

  test('whose successor was used already is a stolen one, also within the grace', async () => {
    const client = await publicClient();
    const { refresh_token: first } = await signedIn(client);
    const second = tokenOf(await refreshed(client, first));
    const third = tokenOf(await refreshed(client, second));
    assert.equal(await refreshed(client, first), 'invalid_grant');
    assert.equal(await refreshed(client, third), 'invalid_grant');
  });

  test('its theft ends the access tokens of the family too', async () => {
    const client = await publicClient();
    const signed = await signedIn(client);
    const next = await refreshed(client, signed.refresh_token);
    const again = await refreshed(client, tokenOf(next));
    assert.equal(await refreshed(client, signed.refresh_token), 'invalid_grant');
    for (const answer of [signed, next, again]) {
      assert.ok(typeof answer !== 'string');
      const payload = JSON.parse(Buffer.from(answer.access_token.split('.')[1] ?? '', 'base64url').toString()) as {
        sid: string;
      };
      assert.ok(server.revoked.has(`sid ${payload.sid}`));
    }
  });

  test('is not given to another client, and that neither replaces nor revokes it', async () => {
    const client = await publicClient();
    const { refresh_token: token } = await signedIn(client);
    assert.equal(await refreshed(await publicClient(), token), 'invalid_grant');
    assert.ok(typeof (await refreshed(client, token)) !== 'string');
  });

  test('from another address or agent is a stolen one, also within the grace, where the client keeps no secret and no key', async () => {
    const client = await publicClient();
    const { refresh_token: token } = await signedIn(client);
    const owner = tokenOf(await refreshed(client, token));
    const elsewhere = await fetch(`${server.issuer}/token`, {
      method: 'POST',
      headers: { 'sallyport-client-address': '198.51.100.7' },
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: token ?? '',
        client_id: client.clientMetadata().client_id,
      }),
    });
    assert.equal(elsewhere.status, 400);
    assert.equal(((await elsewhere.json()) as { error: string }).error, 'invalid_grant');
    assert.equal(await refreshed(client, owner), 'invalid_grant');
  });

  test('may ask for less and never for more', async () => {
    const client = await publicClient();
    const { refresh_token: token } = await signedIn(client, { scope: 'offline_access orders:read orders:write' });
    const narrowed = await refreshed(client, token, { scope: 'orders:read' });
    assert.ok(typeof narrowed !== 'string');
    assert.equal(narrowed.scope, 'orders:read');
    const small = await signedIn(client, { scope: 'offline_access orders:read' });
    assert.equal(await refreshed(client, small.refresh_token, { scope: 'orders:read orders:write' }), 'invalid_scope');
  });

  test('of a client with a key of its own works with that key only, and the thief without it revokes nothing', async () => {
    const client = await publicClient();
    const own = oidc.getDPoPHandle(client, await oidc.randomDPoPKeyPair('ES256'));
    const foreign = oidc.getDPoPHandle(client, await oidc.randomDPoPKeyPair('ES256'));
    const { refresh_token: token, token_type } = await signedIn(client, { dpop: own });
    assert.equal(token_type.toLowerCase(), 'dpop');
    assert.equal(await refreshed(client, token, { dpop: foreign }), 'invalid_grant');
    assert.equal(await refreshed(client, token), 'invalid_grant');
    const next = tokenOf(await refreshed(client, token, { dpop: own }));
    assert.equal(await refreshed(client, token, { dpop: foreign }), 'invalid_grant', 'the grace is for the same key');
    assert.ok(typeof (await refreshed(client, next, { dpop: own })) !== 'string');
  });
});

test('the grace is counted: beyond it nothing is given, and nobody is logged out', async () => {
  const strict = await TestAuthorizationServer.start({ config: { refresh: { graceSeconds: 30, graceUsesMax: 2 } } });
  try {
    const client = await publicClient(strict);
    const { refresh_token: token } = await signedIn(client);
    const answers: (oidc.TokenEndpointResponse | string)[] = [];
    for (let i = 0; i < 5; i++) answers.push(await refreshed(client, token));
    assert.deepEqual(
      answers.map((answer) => (typeof answer === 'string' ? answer : 'tokens')),
      ['tokens', 'tokens', 'tokens', 'invalid_grant', 'invalid_grant'],
    );
    assert.ok(typeof (await refreshed(client, tokenOf(answers[0] ?? ''))) !== 'string');
    assert.equal(strict.observed.filter(({ detector }) => detector === 'oauth.refresh_flood').length, 2);
  } finally {
    await strict.close();
  }
});

test('without a grace every second use is a theft', async () => {
  const strict = await TestAuthorizationServer.start({ config: { refresh: { graceSeconds: 0, graceUsesMax: 1 } } });
  try {
    const client = await publicClient(strict);
    const { refresh_token: token } = await signedIn(client);
    const next = tokenOf(await refreshed(client, token));
    assert.equal(await refreshed(client, token), 'invalid_grant');
    assert.equal(await refreshed(client, next), 'invalid_grant');
  } finally {
    await strict.close();
  }
});

test('1,000 at once yield one successor', async () => {
  // Within one grace, however busy the machine is.
  const patient = await TestAuthorizationServer.start({
    config: { refresh: { graceSeconds: 120, graceUsesMax: 1_000 } },
  });
  try {
    const client = await publicClient(patient);
    const { refresh_token: token } = await signedIn(client);
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => refreshed(client, token)));
    assert.equal(new Set(answers.map(tokenOf)).size, 1);
  } finally {
    await patient.close();
  }
});
