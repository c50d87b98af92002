import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import { memoryControlStore } from '../../src/store/memory/control-store.ts';
import { authorize, TestAuthorizationServer } from '../harness/authorization-server.ts';

const REDIRECT = 'https://app.example.test/callback';

let server: TestAuthorizationServer;
/** While it is set, whoever looks a code up waits for the next one who does. */
let meeting: { readonly others: Promise<void>; readonly arrived: () => void } | undefined;

before(async () => {
  const store = memoryControlStore();
  const { oauthRecords } = store;
  const find: typeof oauthRecords.find = async (model, id) => {
    const found = await oauthRecords.find(model, id);
    if (model === 'AuthorizationCode') {
      meeting?.arrived();
      await meeting?.others;
    }
    return found;
  };
  server = await TestAuthorizationServer.start({ store: { ...store, oauthRecords: { ...oauthRecords, find } } });
});
after(() => server.close());

interface Redeemable {
  readonly clientId: string;
  readonly code: string;
  readonly verifier: string;
}

async function issued(): Promise<Redeemable> {
  const created = await server.server.clients.create({
    consumer: 'acme',
    name: 'an app',
    grantTypes: ['authorization_code', 'refresh_token'],
    authentication: 'none',
    redirectUris: [REDIRECT],
  });
  assert.ok(created.ok);
  const verifier = oidc.randomPKCECodeVerifier();
  const query = new URLSearchParams({
    client_id: created.client.id,
    response_type: 'code',
    redirect_uri: REDIRECT,
    scope: 'offline_access orders:read',
    prompt: 'consent',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const callback = await authorize(`${server.issuer}/authorize?${query}`, REDIRECT);
  return { clientId: created.client.id, code: callback.searchParams.get('code') ?? '', verifier };
}

async function post(fields: Record<string, string>): Promise<Record<string, unknown>> {
  const answer = await fetch(`${server.issuer}/token`, { method: 'POST', body: new URLSearchParams(fields) });
  return (await answer.json()) as Record<string, unknown>;
}

const redeemed = ({ clientId, code, verifier }: Redeemable, change: Record<string, string> = {}) =>
  post({
    grant_type: 'authorization_code',
    client_id: clientId,
    code,
    redirect_uri: REDIRECT,
    code_verifier: verifier,
    ...change,
  });

/** Nothing of what was given for the code works any more. */
async function assertEnded({ clientId }: Redeemable, tokens: Record<string, unknown>): Promise<void> {
  assert.ok(server.revoked.has(`sid ${decodeJwt(String(tokens['access_token']))['sid']}`), 'its access tokens');
  const again = await post({
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: String(tokens['refresh_token']),
  });
  assert.equal(again['error'], 'invalid_grant', 'its refresh token');
}

test('a code that is redeemed a second time ends what it was redeemed for', async () => {
  const one = await issued();
  const tokens = await redeemed(one);
  assert.equal((await redeemed(one))['error'], 'invalid_grant');
  await assertEnded(one, tokens);
});

test('a code that is redeemed twice at once gives tokens once, and those end as well', async () => {
  const one = await issued();
  const { promise, resolve } = Promise.withResolvers<void>();
  let arrivals = 0;
  meeting = { others: promise, arrived: () => ++arrivals === 2 && resolve() };
  const answers = await Promise.all([redeemed(one), redeemed(one)]);
  meeting = undefined;
  const given = answers.filter((answer) => 'access_token' in answer);
  assert.equal(given.length, 1);
  await assertEnded(one, given[0] ?? {});
});

test('a code is good for its client, its redirect and its verifier alone', async () => {
  const other = await issued();
  const cases: [string, Record<string, string>][] = [
    ['another client', { client_id: other.clientId }],
    ['another redirect', { redirect_uri: `${REDIRECT}/` }],
    ['another verifier', { code_verifier: oidc.randomPKCECodeVerifier() }],
    ['no verifier', { code_verifier: '' }],
  ];
  for (const [name, change] of cases) {
    const one = await issued();
    const error = (await redeemed(one, change))['error'];
    assert.ok(error === 'invalid_grant' || error === 'invalid_request', `${name}: ${error}`);
  }
});
