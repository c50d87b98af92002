import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Chromium, chromiumPath } from '../harness/chromium.ts';
import { SignInServer } from '../harness/sign-in-server.ts';

const PASSWORD = 'plum tractor violin';
const path = chromiumPath();

test('in a real browser: password, a new passkey, consent, and the passkey alone the next time', {
  skip: path === undefined && 'no chromium',
  timeout: 60_000,
}, async () => {
  const client = http.createServer((_request, response) => response.end('<title>client</title>'));
  client.listen(0, '127.0.0.1');
  await once(client, 'listening');
  // Another origin than the issuer, so that the policy of forms has to let the last redirect through.
  const redirectUri = `http://127.0.0.1:${(client.address() as AddressInfo).port}/callback`;
  const server = await SignInServer.start(
    [{ id: 'app', secret: 'a secret of the application', redirectUri }],
    'localhost',
  );
  const browser = await Chromium.start(path ?? '');
  try {
    const account = await server.accounts.add({ name: 'alice', password: PASSWORD });
    assert.ok(account.ok);
    await browser.addAuthenticator();
    const query = new URLSearchParams({
      client_id: 'app',
      response_type: 'code',
      scope: 'openid profile',
      redirect_uri: redirectUri,
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
    const address = `${server.url}/auth?${query}`;
    const click = async (selector: string, before = ''): Promise<void> => {
      const loaded = browser.loaded();
      await browser.evaluate(`${before};document.querySelector(${JSON.stringify(selector)}).click()`);
      await loaded;
    };

    await browser.go(address);
    assert.equal(
      await browser.evaluate("getComputedStyle(document.querySelector('main')).maxWidth"),
      '416px',
      'styled',
    );
    assert.equal(await browser.evaluate("document.querySelector('form[data-passkey]').hidden"), false, 'offered');
    assert.equal(await browser.evaluate('document.activeElement.id'), 'user-name');
    await click(
      'form[action$="/password"] button',
      `document.querySelector('#user-name').value='alice';document.querySelector('#password').value='${PASSWORD}';document.querySelector('#add-passkey').checked=true`,
    );
    assert.equal(await browser.evaluate("document.querySelector('h1').textContent"), 'Set up a passkey');
    await click('form[data-passkey=create] button');
    assert.equal(await browser.evaluate("document.querySelector('h1').textContent"), 'Allow access?');
    await click('form[action$="/consent"] button');
    assert.match(String(await browser.evaluate('location.href')), /\/callback\?code=/);
    const [kept] = await server.accounts.store.listPasskeys(account.account.id);
    assert.equal(kept?.lastUsedAtMs, 0);

    await browser.send('Network.clearBrowserCookies');
    await browser.go(`${address}&prompt=login`);
    const heading = "document.querySelector('h1')?.textContent";
    // The device may have answered the request for autofill by itself already; then this page is gone.
    if ((await browser.evaluate(heading)) === 'Sign in')
      await browser.evaluate("document.querySelector('form[data-passkey=get] button').click()");
    await browser.until(`${heading} === 'Allow access?' && document.readyState === 'complete'`);
    await browser.evaluate('document.querySelector(\'form[action$="/consent"] button\').click()');
    await browser.until(`location.href.startsWith('${redirectUri}?code=')`);
    const [used] = await server.accounts.store.listPasskeys(account.account.id);
    assert.ok((used?.lastUsedAtMs ?? 0) > 0);
    assert.deepEqual(
      browser.faults.filter((one) => !one.includes('favicon')),
      [],
    );
    assert.deepEqual(server.logged, []);
  } finally {
    await browser.close();
    await server.close();
    client.closeAllConnections();
    client.close();
  }
});
