import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PageAnswer, SignInProviderConfig } from '../../src/core/sign-in.ts';
import { MemoryOpenIdProvider, PROVIDER } from '../harness/openid-provider.ts';
import { PASSWORD, ROOT, SignInWorld, type TestBrowser, tokenOf } from '../harness/sign-in.ts';

async function atProvider(change: Partial<SignInProviderConfig> = {}, others: readonly SignInProviderConfig[] = []) {
  const config = { ...PROVIDER, ...change };
  const provider = new MemoryOpenIdProvider(config);
  const here = new SignInWorld({ providers: [config, ...others] }, provider.send);
  const browser = here.browser();
  return { here, provider, browser, id: here.interaction(browser) };
}

async function begun(browser: TestBrowser, id: string, name = 'corp'): Promise<string> {
  const token = tokenOf(await browser.get(`${ROOT}/${id}`));
  const answer = await browser.post(`${ROOT}/${id}/provider`, { fields: { token, provider: name } });
  assert.equal(answer.status, 200, answer.body);
  return String(answer.headers['refresh']).replace('0; url=', '');
}

async function back(browser: TestBrowser, query: string, name = 'corp'): Promise<PageAnswer> {
  const answer = await browser.get(`${ROOT}/callback/${name}?${query}`);
  if (answer.status !== 303) return answer;
  return browser.get(new URL(String(answer.headers['location'])).pathname);
}

describe('a provider', () => {
  test('cannot take an account over by saying its address', async () => {
    const { here, provider, browser, id } = await atProvider();
    const made = await here.accounts.add({ name: 'admin', email: 'admin@corp.test', password: PASSWORD });
    assert.ok(made.ok);
    provider.claims = { email: 'admin@corp.test', email_verified: true, preferred_username: 'admin', name: 'admin' };
    assert.equal((await back(browser, provider.authorize(await begun(browser, id)))).status, 303);
    assert.notEqual(here.logins[0]?.accountId, made.account.id);
    assert.equal((await here.accounts.findByName('admin'))?.id, made.account.id);
    assert.equal((await here.accounts.findByName('admin'))?.upstream, undefined);
  });

  test('is believed only for an answer that this browser asked for, once', async () => {
    const { here, provider, browser, id } = await atProvider();
    const query = provider.authorize(await begun(browser, id));
    const stranger = here.browser('203.0.113.66');
    assert.equal((await back(stranger, query)).status, 400);
    const known = here.browser('203.0.113.67');
    await known.get(`${ROOT}/${here.interaction(known)}`);
    const again = provider.authorize(await begun(browser, id));
    assert.equal((await known.get(`${ROOT}/callback/corp?${again}`)).status, 400, 'not even sent on');
    assert.ok(!provider.requests.some(({ url }) => url.endsWith('/token')), 'and its code is not used');
    const good = provider.authorize(await begun(browser, id));
    assert.equal((await back(browser, good)).status, 303);
    assert.equal((await back(browser, good)).status, 400);
    assert.equal((await browser.get(`${ROOT}/${id}/arrived`)).status, 400);
    assert.equal(here.logins.length, 1);
  });

  test('cannot sign the victim in as the attacker: what came back waits for the browser that began', async () => {
    const { here, provider, browser: attacker, id } = await atProvider();
    const query = provider.authorize(await begun(attacker, id));
    await attacker.get(`${ROOT}/callback/corp?${query}`);
    const victim = here.browser();
    victim.interactions.add(id);
    await victim.get(`${ROOT}/${here.interaction(victim)}`);
    assert.equal((await victim.get(`${ROOT}/${id}/arrived`)).status, 400);
    assert.equal(here.logins.length, 0);
  });

  test('is not mixed up with another: issuer, callback and state belong together', async () => {
    const other = { ...PROVIDER, name: 'other', title: 'Other' };
    const { here, provider, browser, id } = await atProvider({}, [other]);
    for (const iss of ['https://login.evil.test', 'https://login.corp.test/', undefined])
      assert.equal(
        (await back(browser, provider.authorize(await begun(browser, id), { iss }))).status,
        400,
        String(iss),
      );
    assert.equal((await back(browser, provider.authorize(await begun(browser, id)), 'other')).status, 400);
    const state = new URL(await begun(browser, id)).searchParams.get('state') ?? '';
    assert.equal(
      (await back(browser, `code=the-code&state=${state}&state=${state}&iss=https://login.corp.test`)).status,
      400,
    );
    assert.equal(here.logins.length, 0);
    const asked = provider.requests.filter(({ url }) => url.endsWith('/token'));
    assert.equal(asked.length, 0, 'no code was sent anywhere');
  });

  test('whose ID token is not for this sign-in is refused', async () => {
    const { here, provider, browser, id } = await atProvider();
    const past = Math.floor(Date.now() / 1_000) - 3_600;
    for (const claims of [
      { nonce: 'another' },
      { aud: 'another' },
      { iss: 'https://login.evil.test' },
      { exp: past, iat: past - 60 },
      { sub: '' },
      { aud: ['gateway', 'another'], azp: 'another' },
    ]) {
      provider.claims = claims;
      assert.equal(
        (await back(browser, provider.authorize(await begun(browser, id)))).status,
        400,
        JSON.stringify(claims),
      );
    }
    provider.claims = {};
    provider.forge = true;
    assert.equal(
      (await back(browser, provider.authorize(await begun(browser, id)))).status,
      400,
      'signed by another key',
    );
    assert.equal(here.logins.length, 0);
  });

  test('that says it is another issuer, or sends people to another scheme, is not used', async () => {
    for (const metadata of [{ issuer: 'https://login.evil.test' }, { authorization_endpoint: 'javascript:alert(1)' }]) {
      const { provider, browser, id } = await atProvider();
      provider.metadata = metadata;
      const token = tokenOf(await browser.get(`${ROOT}/${id}`));
      const answer = await browser.post(`${ROOT}/${id}/provider`, { fields: { token, provider: 'corp' } });
      assert.equal(answer.status, 502);
      assert.equal(answer.headers['refresh'], undefined);
    }
  });

  test('brings nobody in whose account is disabled, and nothing after ten minutes', async () => {
    const { here, provider, browser, id } = await atProvider();
    const late = provider.authorize(await begun(browser, id));
    here.clock.now += 600_000;
    assert.equal((await back(browser, late)).status, 400);
    assert.equal((await back(browser, provider.authorize(await begun(browser, id)))).status, 303);
    const slow = provider.authorize(await begun(browser, id));
    assert.equal((await browser.get(`${ROOT}/callback/corp?${slow}`)).status, 303);
    here.clock.now += 120_000;
    assert.equal((await browser.get(`${ROOT}/${id}/arrived`)).status, 400);
    const [account] = await here.accounts.store.list({ limit: 1 });
    await here.accounts.store.update(account?.id ?? '', { disabled: true });
    assert.equal((await back(browser, provider.authorize(await begun(browser, id)))).status, 400);
    assert.equal(here.logins.length, 1);
  });

  test('brings nobody in who was disabled between coming back and being taken', async () => {
    const { here, provider, browser, id } = await atProvider();
    const query = provider.authorize(await begun(browser, id));
    assert.equal((await browser.get(`${ROOT}/callback/corp?${query}`)).status, 303);
    const [account] = await here.accounts.store.list({ limit: 1 });
    await here.accounts.store.update(account?.id ?? '', { disabled: true });
    assert.equal((await browser.get(`${ROOT}/${id}/arrived`)).status, 403);
    assert.equal(here.logins.length, 0);
  });

  test('that was taken out, or lets in fewer people, meanwhile, is not believed for what was begun before', async () => {
    for (const providers of [
      [],
      [{ ...PROVIDER, allow: { emails: [], domains: [], subjects: ['u-2'], claims: [] } }],
      [{ ...PROVIDER, clientId: 'another' }],
    ]) {
      const { here, provider, browser, id } = await atProvider();
      const query = provider.authorize(await begun(browser, id));
      here.config = { ...here.config, providers };
      assert.equal((await back(browser, query)).status, 400);
      assert.equal(here.logins.length, 0);
    }
  });

  test('cannot fill memory: each place has its share, and its own oldest goes', async () => {
    const { here, provider, browser, id } = await atProvider();
    const url = await begun(browser, id);
    const flooder = here.browser('203.0.113.66');
    const theirs = here.interaction(flooder);
    for (let i = 0; i < 200; i++) await begun(flooder, theirs);
    assert.equal((await back(browser, provider.authorize(url))).status, 303, 'what others began is still there');
  });

  test('that refuses in words of its own is not repeated', async () => {
    const { here, provider, browser, id } = await atProvider();
    const query = provider.authorize(await begun(browser, id), {
      code: undefined,
      error: 'access_denied',
      error_description: '<script>alert(1)</script>',
      error_uri: 'https://evil.test',
    });
    const answer = await back(browser, query);
    assert.ok(!answer.body.includes('<script>'));
    assert.ok(
      answer.body.includes('Corp did not sign you in') &&
        !answer.body.includes('alert(1)') &&
        !answer.body.includes('evil.test'),
    );
    assert.equal(here.logins.length, 0);
  });
});
