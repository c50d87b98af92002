import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryOpenIdProvider, PROVIDER } from '../../../test/harness/openid-provider.ts';
import { ROOT, SignInWorld, type TestBrowser, tokenOf } from '../../../test/harness/sign-in.ts';
import type { SignInProviderConfig } from '../../core/sign-in.ts';

function world(change: Partial<SignInProviderConfig> = {}) {
  const config = { ...PROVIDER, ...change };
  const provider = new MemoryOpenIdProvider(config);
  return { provider, world: new SignInWorld({ providers: [config] }, provider.send) };
}

/** The address of the provider that a browser is sent to. */
async function begun(browser: TestBrowser, id: string): Promise<string> {
  const token = tokenOf(await browser.get(`${ROOT}/${id}`));
  const answer = await browser.post(`${ROOT}/${id}/provider`, { fields: { token, provider: 'corp' } });
  assert.equal(answer.status, 200, answer.body);
  return String(answer.headers['refresh']).replace('0; url=', '');
}

/** Comes back from the provider and takes what was found out. */
async function back(browser: TestBrowser, query: string) {
  const answer = await browser.get(`${ROOT}/callback/corp?${query}`);
  if (answer.status !== 303) return answer;
  return browser.get(new URL(String(answer.headers['location'])).pathname);
}

describe('sign-in at a provider', () => {
  test('asks with PKCE, state and nonce, and signs in who comes back', async () => {
    const { provider, world: here } = world();
    provider.claims = {
      email: 'a@corp.test',
      email_verified: true,
      name: 'Alice',
      preferred_username: 'Alice',
      auth_time: 1_600_000_000,
    };
    const browser = here.browser();
    const id = here.interaction(browser, { loginHint: 'a@corp.test' });
    const url = new URL(await begun(browser, id));
    assert.equal(url.origin + url.pathname, 'https://login.corp.test/authorize');
    assert.equal(url.searchParams.get('code_challenge_method'), 'S256');
    assert.equal(url.searchParams.get('redirect_uri'), `https://id.example.test${ROOT}/callback/corp`);
    assert.equal(url.searchParams.get('login_hint'), 'a@corp.test');
    for (const name of ['state', 'nonce', 'code_challenge']) assert.ok((url.searchParams.get(name) ?? '').length >= 43);
    assert.equal((await back(browser, provider.authorize(url.href))).status, 303);
    const account = await here.accounts.findByName('corp/alice');
    assert.equal(account?.displayName, 'Alice');
    assert.deepEqual(account?.upstream, { issuer: 'https://login.corp.test', subject: 'u-1' });
    assert.deepEqual(here.logins, [
      { id, accountId: account?.id, amr: ['fed'], authTimeSeconds: 1_600_000_000, remember: false },
    ]);
    assert.ok(!JSON.stringify([here.signals, here.logged]).includes('a secret of the gateway'));
  });

  test('finds the same account again by issuer and subject, whatever else changed', async () => {
    const { provider, world: here } = world();
    for (const name of ['alice', 'renamed']) {
      provider.claims = { preferred_username: name };
      const browser = here.browser();
      assert.equal(
        (await back(browser, provider.authorize(await begun(browser, here.interaction(browser))))).status,
        303,
      );
    }
    assert.equal(here.logins[0]?.accountId, here.logins[1]?.accountId);
    assert.equal((await here.accounts.store.list({ limit: 9 })).length, 1);
  });

  test('asks for what the ID token left out, and takes no other subject there', async () => {
    const { provider, world: here } = world({
      allow: { emails: ['a@corp.test'], domains: [], subjects: [], claims: [] },
    });
    provider.userInfo = { sub: 'u-1', email: 'A@corp.test', email_verified: true };
    const browser = here.browser();
    assert.equal(
      (await back(browser, provider.authorize(await begun(browser, here.interaction(browser))))).status,
      303,
    );
    provider.userInfo = { sub: 'somebody else', email: 'a@corp.test', email_verified: true };
    assert.equal(
      (await back(browser, provider.authorize(await begun(browser, here.interaction(browser))))).status,
      400,
    );
  });

  test('a provider that is down leaves the other ways open, and is asked again later', async () => {
    const { provider, world: here } = world();
    provider.down = true;
    const browser = here.browser();
    const id = here.interaction(browser);
    const token = tokenOf(await browser.get(`${ROOT}/${id}`));
    const answer = await browser.post(`${ROOT}/${id}/provider`, { fields: { token, provider: 'corp' } });
    assert.equal(answer.status, 502);
    assert.ok(answer.body.includes('does not answer') && answer.body.includes('name="password"'));
    provider.down = false;
    here.clock.now += 10_001;
    assert.ok((await begun(browser, id)).startsWith('https://login.corp.test/authorize'));
  });

  test('without createAccounts only those an administrator linked come in', async () => {
    const { provider, world: here } = world({ createAccounts: false });
    const browser = here.browser();
    const refused = await back(browser, provider.authorize(await begun(browser, here.interaction(browser))));
    assert.equal(refused.status, 400);
    assert.ok(refused.body.includes('may not sign in here'));
    await here.account('alice', undefined);
    await here.accounts.change('alice', { upstream: { issuer: PROVIDER.issuer, subject: 'u-1' } });
    assert.equal(
      (await back(browser, provider.authorize(await begun(browser, here.interaction(browser))))).status,
      303,
    );
  });
});

describe('who may come in', () => {
  const nobody = { emails: [], domains: [], subjects: [], claims: [] };
  for (const [name, allow, claims, comesIn] of [
    ['a domain, verified', { ...nobody, domains: ['corp.test'] }, { email: 'a@CORP.test', email_verified: true }, true],
    ['a domain, not verified', { ...nobody, domains: ['corp.test'] }, { email: 'a@corp.test' }, false],
    [
      'a domain, verified in words',
      { ...nobody, domains: ['corp.test'] },
      { email: 'a@corp.test', email_verified: 'true' },
      false,
    ],
    ['a domain below', { ...nobody, domains: ['corp.test'] }, { email: 'a@x.corp.test', email_verified: true }, false],
    [
      'a domain within the local part',
      { ...nobody, domains: ['corp.test'] },
      { email: '"a@corp.test"@evil.test', email_verified: true },
      false,
    ],
    ['a subject', { ...nobody, subjects: ['u-1'] }, {}, true],
    ['a group', { ...nobody, claims: [{ name: 'groups', value: 'staff' }] }, { groups: ['x', 'staff'] }, true],
    ['another group', { ...nobody, claims: [{ name: 'groups', value: 'staff' }] }, { groups: ['staff-guests'] }, false],
    ['a claim of every object', { ...nobody, claims: [{ name: 'constructor', value: 'x' }] }, {}, false],
    ['nobody', nobody, { email: '', email_verified: true }, false],
  ] as const)
    test(`${name}: ${comesIn ? 'yes' : 'no'}`, async () => {
      const { provider, world: here } = world({ allow });
      provider.claims = claims;
      const browser = here.browser();
      const answer = await back(browser, provider.authorize(await begun(browser, here.interaction(browser))));
      assert.equal(answer.status, comesIn ? 303 : 400);
      assert.equal(here.logins.length, comesIn ? 1 : 0);
    });
});
