import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as oidc from 'openid-client';
import { NetworkBrowser, SignInServer } from '../harness/sign-in-server.ts';

const APP = { id: 'app', secret: 'a secret of the application', callback: 'https://app.example.test/callback' };
const GATE = { id: 'gate', secret: 'a secret of one issuer at the other' };
const PASSWORD = 'plum tractor violin';

let upstream: SignInServer;
let downstream: SignInServer;

before(async () => {
  const app = { id: APP.id, secret: APP.secret, redirectUri: APP.callback };
  downstream = await SignInServer.start([app]);
  const redirectUri = `${downstream.url}/sign-in/callback/up`;
  upstream = await SignInServer.start([app, { id: GATE.id, secret: GATE.secret, redirectUri }]);
  downstream.config = {
    passwords: false,
    passkeys: false,
    scopeDescriptions: [],
    providers: [
      {
        name: 'up',
        title: 'Upstream',
        issuer: upstream.url,
        clientId: GATE.id,
        clientSecret: GATE.secret,
        scopes: ['openid', 'profile', 'email'],
        allow: { emails: [], domains: ['example.test'], subjects: [], claims: [] },
        createAccounts: true,
        timeoutSeconds: 5,
        allowPrivateAddresses: true,
      },
    ],
  };
});

after(async () => {
  await upstream.close();
  await downstream.close();
});

async function asked(server: SignInServer) {
  const configuration = await oidc.discovery(new URL(server.url), APP.id, APP.secret, undefined, {
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
  });
  const [verifier, state, nonce] = [oidc.randomPKCECodeVerifier(), oidc.randomState(), oidc.randomNonce()];
  const url = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: APP.callback,
    scope: 'openid profile',
    state,
    nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const claims = async (callback: string) =>
    (
      await oidc.authorizationCodeGrant(configuration, new URL(callback), {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
      })
    ).claims();
  return { url: url.href, claims };
}

const tokenOf = (body: string): string => /name="token" value="([^"]+)"/.exec(body)?.[1] ?? '';

async function withPassword(browser: NetworkBrowser, page: { url: string; body: string }, stopAt: string) {
  assert.match(page.body, /<h1>Sign in<\/h1>/);
  const fields = { token: tokenOf(page.body), userName: 'alice', password: PASSWORD };
  const next = await browser.go(`${page.url}/password`, { fields, stopAt });
  if (!next.body.includes('Allow access?')) return next;
  return browser.go(`${next.url}/consent`, { fields: { token: tokenOf(next.body) }, stopAt });
}

test('a person signs in with a password at a real authorization server, agrees, and the client learns who it is', async () => {
  const account = await upstream.accounts.add({ name: 'alice', email: 'alice@example.test', password: PASSWORD });
  assert.ok(account.ok);
  const browser = new NetworkBrowser();
  const { url, claims } = await asked(upstream);
  const page = await browser.go(url);
  assert.ok(page.body.includes('App app'));
  const end = await withPassword(browser, page, APP.callback);
  assert.ok(end.url.startsWith(`${APP.callback}?code=`), end.url);
  const got = await claims(end.url);
  assert.equal(got?.sub, account.account.id);

  const again = await asked(upstream);
  const silent = await browser.go(again.url, { stopAt: APP.callback });
  assert.ok(silent.url.startsWith(`${APP.callback}?code=`), 'signed in already');
});

test('cancel and deny reach the client as access_denied', async () => {
  const browser = new NetworkBrowser();
  const page = await browser.go((await asked(upstream)).url);
  const fields = { token: tokenOf(page.body) };
  const end = await browser.go(`${page.url}/abort`, { fields, stopAt: APP.callback });
  assert.equal(new URL(end.url).searchParams.get('error'), 'access_denied');
});

test('a browser that only knows the address of an interaction gets nowhere', async () => {
  const browser = new NetworkBrowser();
  const page = await browser.go((await asked(upstream)).url);
  const stranger = await new NetworkBrowser().go(page.url);
  assert.equal(stranger.status, 400);
  assert.ok(stranger.body.includes('This sign-in is over'));
});

test('a person signs in at another issuer, on the same pages twice, and gets an account here', async () => {
  const browser = new NetworkBrowser();
  const { url, claims } = await asked(downstream);
  const page = await browser.go(url);
  assert.ok(page.body.includes('Continue with Upstream') && !page.body.includes('type="password"'));
  const there = await browser.go(`${page.url}/provider`, { fields: { token: tokenOf(page.body), provider: 'up' } });
  assert.ok(there.url.startsWith(`${upstream.url}/sign-in/`), there.url);
  const back = await withPassword(browser, there, APP.callback);
  const end = back.body.includes('Allow access?')
    ? await browser.go(`${back.url}/consent`, { fields: { token: tokenOf(back.body) }, stopAt: APP.callback })
    : back;
  assert.ok(end.url.startsWith(`${APP.callback}?code=`), `${end.url} ${end.body}`);
  const [account] = await downstream.accounts.store.list({ limit: 1 });
  assert.equal((await claims(end.url))?.sub, account?.id);
  assert.equal(account?.name, 'up/alice');
  assert.equal(account?.email, 'alice@example.test');
  assert.equal(account?.upstream?.issuer, upstream.url);
  assert.deepEqual([...upstream.logged, ...downstream.logged], []);
});
