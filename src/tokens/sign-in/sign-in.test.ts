import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SoftwareAuthenticator } from '../../../test/harness/authenticator.ts';
import { ORIGIN, PASSWORD, ROOT, SignInWorld, tokenOf } from '../../../test/harness/sign-in.ts';

describe('sign-in with a password', () => {
  test('ends with a redirect, tells how and when, and marks the browser as known', async () => {
    const world = new SignInWorld();
    const account = await world.account();
    const browser = world.browser();
    const id = world.interaction(browser);
    const answer = await browser.submit(`${ROOT}/${id}`, `${ROOT}/${id}/password`, {
      userName: ' ALICE',
      password: PASSWORD,
      remember: 'on',
    });
    assert.equal(answer.status, 303);
    assert.equal(answer.headers['location'], `https://id.example.test/auth/resume/${id}`);
    assert.deepEqual(world.logins, [
      { id, accountId: account.id, amr: ['pwd'], authTimeSeconds: 1_700_000_000, remember: true },
    ]);
    assert.ok(browser.cookies.has('__Host-sallyport-device'));
  });

  test('what is wrong is said beside the field, and nothing typed into the password field comes back', async () => {
    const world = new SignInWorld();
    await world.account();
    const browser = world.browser();
    const id = world.interaction(browser);
    const empty = await browser.submit(`${ROOT}/${id}`, `${ROOT}/${id}/password`, { userName: '', password: '' });
    assert.equal(empty.status, 400);
    for (const field of ['user-name', 'password']) {
      assert.ok(empty.body.includes(`href="#${field}"`));
      assert.ok(empty.body.includes(`aria-describedby="${field}-fault"`));
    }
    const wrong = await browser.submit(`${ROOT}/${id}`, `${ROOT}/${id}/password`, {
      userName: 'alice',
      password: 'hunter2!',
    });
    assert.ok(!wrong.body.includes('hunter2') && wrong.body.includes('value="alice"'));
    assert.equal(world.logins.length, 0);
    assert.ok(!JSON.stringify([world.signals, world.logged]).includes('hunter2'));
  });

  test('cancel tells the client', async () => {
    const world = new SignInWorld();
    const browser = world.browser();
    const id = world.interaction(browser);
    assert.equal((await browser.submit(`${ROOT}/${id}`, `${ROOT}/${id}/abort`)).status, 303);
    assert.deepEqual(world.aborts, [id]);
  });
});

describe('passkeys', () => {
  test('are set up after a password, and then sign in without a name', async () => {
    const world = new SignInWorld();
    const account = await world.account();
    const browser = world.browser();
    const id = world.interaction(browser);
    const offer = await browser.submit(`${ROOT}/${id}`, `${ROOT}/${id}/password`, {
      userName: 'alice',
      password: PASSWORD,
      addPasskey: 'on',
    });
    assert.equal(offer.status, 200);
    assert.equal(world.logins.length, 0, 'not told before the person goes on');
    const token = tokenOf(offer);
    const options = JSON.parse((await browser.post(`${ROOT}/${id}/add-passkey-options`, { fields: { token } })).body);
    assert.equal(options.authenticatorSelection.userVerification, 'required');
    assert.equal(options.authenticatorSelection.residentKey, 'required');
    const device = new SoftwareAuthenticator(ORIGIN);
    const response = JSON.stringify(device.create(options));
    assert.equal((await browser.post(`${ROOT}/${id}/add-passkey`, { fields: { token, response } })).status, 303);
    assert.deepEqual(world.logins[0]?.amr, ['pwd']);
    const [kept] = await world.accounts.store.listPasskeys(account.id);
    assert.deepEqual([kept?.backupEligible, kept?.backedUp, kept?.transports], [true, true, ['internal']]);

    const other = world.browser('198.51.100.9');
    const second = world.interaction(other);
    const form = tokenOf(await other.get(`${ROOT}/${second}`));
    const asked = await other.post(`${ROOT}/${second}/passkey-options`, { fields: { token: form } });
    const request = JSON.parse(asked.body);
    assert.equal(request.rpId, 'id.example.test');
    assert.equal(request.allowCredentials, undefined, 'nobody is named before somebody signs in');
    device.counter = 3;
    const signed = JSON.stringify(device.get(request));
    const done = await other.post(`${ROOT}/${second}/passkey`, { fields: { token: form, response: signed } });
    assert.equal(done.status, 303);
    assert.deepEqual(world.logins[1], {
      id: second,
      accountId: account.id,
      amr: ['swk', 'user', 'mfa'],
      authTimeSeconds: 1_700_000_000,
      remember: false,
    });
    assert.equal((await world.accounts.store.listPasskeys(account.id))[0]?.counter, 3);
  });

  test('can be declined after the password', async () => {
    const world = new SignInWorld();
    await world.account();
    const browser = world.browser();
    const id = world.interaction(browser);
    const offer = await browser.submit(`${ROOT}/${id}`, `${ROOT}/${id}/password`, {
      userName: 'alice',
      password: PASSWORD,
      addPasskey: 'on',
    });
    const token = tokenOf(offer);
    assert.equal((await browser.post(`${ROOT}/${id}/continue`, { fields: { token } })).status, 303);
    assert.equal(world.logins.length, 1);
    assert.equal((await browser.post(`${ROOT}/${id}/continue`, { fields: { token } })).status, 400);
    assert.equal(world.logins.length, 1);
  });

  test('are not offered where they are switched off', async () => {
    const world = new SignInWorld({ passkeys: false });
    const browser = world.browser();
    const id = world.interaction(browser);
    const page = await browser.get(`${ROOT}/${id}`);
    assert.ok(!page.body.includes('passkey'));
    const answer = await browser.post(`${ROOT}/${id}/passkey-options`, { fields: { token: tokenOf(page) } });
    assert.equal(answer.status, 404);
  });
});

describe('an invite', () => {
  test('gives a password, after a weak one was explained', async () => {
    const world = new SignInWorld();
    const account = await world.account('bob', undefined);
    const { token } = await world.accounts.invite(account);
    const page = `${ROOT}/invite/${token}`;
    const browser = world.browser();
    assert.ok((await browser.get(page)).body.includes('autocomplete="new-password"'));
    const weak = await browser.submit(page, page, { password: 'password1234' });
    assert.equal(weak.status, 400);
    assert.ok(weak.body.includes('tried first') && weak.body.includes('href="#new-password"'));
    assert.equal((await browser.submit(page, page, { password: PASSWORD })).status, 200);
    const id = world.interaction(browser);
    const login = await browser.submit(`${ROOT}/${id}`, `${ROOT}/${id}/password`, {
      userName: 'bob',
      password: PASSWORD,
    });
    assert.equal(login.status, 303);
  });

  test('gives a passkey', async () => {
    const world = new SignInWorld({ passwords: false });
    const account = await world.account('bob', undefined);
    const { token: invite } = await world.accounts.invite(account);
    const page = `${ROOT}/invite/${invite}`;
    const browser = world.browser();
    const token = tokenOf(await browser.get(page));
    const options = JSON.parse((await browser.post(`${page}/passkey-options`, { fields: { token } })).body);
    const response = JSON.stringify(new SoftwareAuthenticator(ORIGIN).create(options));
    assert.equal((await browser.post(`${page}/passkey`, { fields: { token, response } })).status, 200);
    assert.equal((await world.accounts.store.listPasskeys(account.id)).length, 1);
    assert.equal((await browser.get(page)).status, 404);
  });
});

describe('consent', () => {
  test('names who asks, where the answer goes, as whom and for what, and both answers weigh the same', async () => {
    const world = new SignInWorld({ scopeDescriptions: [{ scope: 'orders:read', text: 'Read your orders' }] });
    const account = await world.account();
    const browser = world.browser();
    const id = world.interaction(browser, {
      prompt: 'consent',
      accountId: account.id,
      scopes: ['openid', 'orders:read', 'odd:scope'],
      resources: ['https://api.example.test'],
    });
    const { body, headers } = await browser.get(`${ROOT}/${id}`);
    for (const text of [
      'Reports',
      'reports.example.test',
      'alice',
      'Read your orders',
      'orders:read',
      'odd:scope',
      'https://api.example.test',
    ])
      assert.ok(body.includes(text), text);
    const buttons = [...body.matchAll(/<button[^>]*>(?:Allow|Deny)<\/button>/g)].map(([button]) =>
      button.replace(/>.*/, '>'),
    );
    assert.equal(buttons.length, 2);
    assert.equal(buttons[0], buttons[1]);
    assert.match(String(headers['content-security-policy']), /form-action 'self' https:\/\/reports\.example\.test;/);
    assert.equal((await browser.submit(`${ROOT}/${id}`, `${ROOT}/${id}/consent`)).status, 303);
    assert.deepEqual(world.consents, [id]);
  });

  test('is not asked of an account that is disabled, and not taken from it', async () => {
    const world = new SignInWorld();
    const account = await world.account();
    const browser = world.browser();
    const id = world.interaction(browser, { prompt: 'consent', accountId: account.id });
    const token = tokenOf(await browser.get(`${ROOT}/${id}`));
    await world.accounts.change('alice', { disabled: true });
    assert.equal((await browser.get(`${ROOT}/${id}`)).status, 403);
    assert.equal((await browser.post(`${ROOT}/${id}/consent`, { fields: { token } })).status, 403);
    assert.deepEqual(world.consents, []);
  });
});

describe('pages', () => {
  test('carry a policy that allows nothing of others, and are not kept', async () => {
    const world = new SignInWorld();
    const browser = world.browser();
    const { headers, body } = await browser.get(`${ROOT}/${world.interaction(browser)}`);
    const policy = String(headers['content-security-policy']);
    for (const part of [
      "default-src 'none'",
      `style-src ${ORIGIN}${ROOT}/style.css`,
      `script-src ${ORIGIN}${ROOT}/passkey.js`,
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ])
      assert.ok(policy.includes(part), part);
    assert.ok(!policy.includes('unsafe') && !policy.includes('*'));
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
    assert.ok(!/<script(?![^>]* src=)|<style|style="| on[a-z]+="/.test(body), 'nothing inline');
    assert.ok(body.startsWith('<!doctype html>\n<html lang="en">'));
    const [cookie] = [headers['set-cookie'] ?? []].flat();
    assert.match(cookie ?? '', /^__Host-sallyport-browser=[0-9A-Za-z]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
  });

  test('every input has a label, and every fault and hint it names is there', async () => {
    const world = new SignInWorld();
    const browser = world.browser();
    const id = world.interaction(browser);
    const pages = [
      await browser.get(`${ROOT}/${id}`),
      await browser.submit(`${ROOT}/${id}`, `${ROOT}/${id}/password`, { userName: '', password: '' }),
      await browser.get(`${ROOT}/invite/${(await world.accounts.invite(await world.account('bob'))).token}`),
    ];
    for (const { body } of pages) {
      const ids = new Set([...body.matchAll(/ id="([^"]+)"/g)].map(([, one]) => one));
      for (const [input] of body.matchAll(/<input [^>]*>/g)) {
        if (input.includes('type="hidden"') || input.includes(' hidden')) continue;
        const own = / id="([^"]+)"/.exec(input)?.[1] ?? '';
        assert.ok(body.includes(`<label for="${own}">`), input);
      }
      for (const [, names = ''] of body.matchAll(/aria-describedby="([^"]+)"/g))
        for (const name of names.split(' ')) assert.ok(ids.has(name), name);
      for (const [, name] of body.matchAll(/href="#([^"]+)"/g)) assert.ok(ids.has(name), name);
    }
  });

  test('style and script are served with a tag, and 304 to who has them', async () => {
    const world = new SignInWorld();
    const browser = world.browser();
    for (const name of ['style.css', 'passkey.js']) {
      const first = await browser.get(`${ROOT}/${name}`);
      assert.equal(first.status, 200);
      const again = await browser.get(`${ROOT}/${name}`, { 'if-none-match': String(first.headers['etag']) });
      assert.equal(again.status, 304);
      assert.equal(again.body, '');
    }
  });

  test('a method or path of nobody is answered as such', async () => {
    const world = new SignInWorld();
    const browser = world.browser();
    assert.equal((await browser.get('/elsewhere')).status, 404);
    assert.equal((await browser.get(`${ROOT}/a/b/c/d`)).status, 404);
    const answer = await world.signIn.handle({
      method: 'PUT',
      path: `${ROOT}/style.css`,
      query: '',
      headers: {},
      body: Buffer.alloc(0),
      address: '',
      handle: undefined,
    });
    assert.equal(answer.status, 405);
  });

  test('a fault of a store is answered without its text', async () => {
    const world = new SignInWorld();
    const browser = world.browser();
    const id = world.interaction(browser);
    world.interactions.set(id, {
      ...world.interactions.get(id)!,
      abort: () => Promise.reject(new Error('SELECT secret FROM account')),
    });
    const answer = await browser.submit(`${ROOT}/${id}`, `${ROOT}/${id}/abort`);
    assert.equal(answer.status, 503);
    assert.ok(!(answer.body + world.logged.join('')).includes('SELECT'));
  });
});
