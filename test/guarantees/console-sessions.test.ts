import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { OPERATIONS } from '../../src/admin/api.ts';
import type { ConsoleAccounts } from '../../src/admin/caller.ts';
import { AdminServer } from '../../src/admin/server.ts';
import type { AdminServices } from '../../src/admin/services.ts';
import { CONSOLE_ROLES, type ConsoleRole, reachesRole } from '../../src/core/console-role.ts';
import { systemRandom } from '../../src/edge/random.ts';
import { memoryControlStore } from '../../src/store/memory/control-store.ts';
import { createAccounts } from '../../src/tokens/accounts.ts';
import { createPasswordWork } from '../../src/tokens/password-work.ts';
import { createPasskeyCeremonies } from '../../src/tokens/sign-in/passkeys.ts';
import { signInSite } from '../../src/tokens/sign-in/site.ts';
import { SoftwareAuthenticator } from '../harness/authenticator.ts';
import { type Answer, call } from '../harness/gateway.ts';

const TOKEN = 'spadm_0123456789012345678901234567890123456789012';
const HOUR_MS = 3_600_000;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const START_MS = 1_800_000_000_000;

let nowMs = START_MS;
const clock = { nowMs: () => nowMs, monotonicMicros: () => 0 };
const store = memoryControlStore();
const accounts = createAccounts({
  store: store.accounts,
  passwords: createPasswordWork(systemRandom),
  clock,
  random: systemRandom,
  services: () => [],
});
let issuer: string | undefined = 'http://localhost/';
const services = {
  clock,
  logger: silent,
  accounts,
  issuerUrl: () => issuer,
  flushEvents: () => Promise.resolve(),
  configuration: () => {
    throw new Error('reached');
  },
  health: () => [],
  routes: () => [],
  unmatched: () => ({ mode: 'enforce', upstream: null }),
  setMode: () => Promise.resolve({ ok: true }),
  assertionKeys: () => ({ keys: [] }),
} as unknown as AdminServices;
const consoleAccounts: ConsoleAccounts = {
  find: async (id) => {
    const account = await accounts.findActive(id);
    return account?.role === undefined ? undefined : { name: account.name, role: account.role };
  },
};

let server: AdminServer;
before(async () => {
  const options = { host: '127.0.0.1', port: 0, token: TOKEN, services, accounts: consoleAccounts, logger: silent };
  server = await AdminServer.start(options);
});
after(() => server.close());

/** The browser of somebody at the console: it keeps the cookie, and sends what browsers send. */
class Browser {
  cookie = '';
  csrfToken = '';
  readonly origin = `http://localhost:${server.port}`;

  async send(
    method: string,
    path: string,
    options: { body?: object; headers?: Record<string, string | undefined> } = {},
  ): Promise<Answer> {
    const headers: Record<string, string | undefined> = {
      host: `localhost:${server.port}`,
      'sec-fetch-site': 'same-origin',
      ...(method === 'GET' ? {} : { origin: this.origin, 'x-csrf-token': this.csrfToken }),
      ...(this.cookie === '' ? {} : { cookie: this.cookie }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    };
    for (const [name, value] of Object.entries(headers)) if (value === undefined) delete headers[name];
    const answer = await call(`http://127.0.0.1:${server.port}${path}`, {
      method,
      headers: headers as Record<string, string>,
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const [set] = answer.headers['set-cookie'] ?? [];
    if (set !== undefined) this.cookie = set.split(';', 1)[0] ?? '';
    return answer;
  }

  async signIn(token = TOKEN): Promise<Answer> {
    const answer = await this.send('POST', '/api/v1/session', { body: { token } });
    this.csrfToken = String((JSON.parse(answer.text) as { csrfToken?: string }).csrfToken);
    return answer;
  }

  async status(path = '/api/v1/session'): Promise<number> {
    return (await this.send('GET', path)).status;
  }
}

async function signedIn(): Promise<Browser> {
  const browser = new Browser();
  assert.equal((await browser.signIn()).status, 201);
  return browser;
}

type CreationOptions = Parameters<SoftwareAuthenticator['create']>[0];
type SignInOptions = Parameters<SoftwareAuthenticator['get']>[0];

/** An account with a passkey, made as the authorization server makes it. */
async function withPasskey(name: string, role: ConsoleRole | undefined) {
  const added = await accounts.add({ name, role });
  assert.ok(added.ok);
  const { account } = added;
  const device = new SoftwareAuthenticator(`http://localhost:${server.port}`);
  const site = { ...signInSite('http://localhost/', 'x'), origin: device.origin };
  const ceremonies = createPasskeyCeremonies({ site, accounts, clock, random: systemRandom });
  const options = (await ceremonies.creationOptions('here', account)) ?? assert.fail();
  const made = await ceremonies.create(
    'here',
    'me',
    account,
    JSON.stringify(device.create(options as CreationOptions)),
  );
  assert.ok('id' in made);
  assert.ok(await store.accounts.insertPasskey(made, 1));
  return { account, device };
}

async function passkeySignIn(browser: Browser, device: SoftwareAuthenticator, bad = {}): Promise<Answer> {
  const asked = await browser.send('POST', '/api/v1/session/passkey/options');
  assert.equal(asked.status, 200, asked.text);
  const response = device.get(JSON.parse(asked.text), bad);
  device.counter++;
  const answer = await browser.send('POST', '/api/v1/session/passkey', { body: response });
  browser.csrfToken = String((JSON.parse(answer.text) as { csrfToken?: string }).csrfToken);
  return answer;
}

describe('a session', () => {
  test('is told as it is, in a cookie that no script reads and no other site sends', async () => {
    const browser = new Browser();
    const begun = await browser.signIn();
    const [cookie = '', hint, ...others] = begun.headers['set-cookie'] ?? [];
    assert.equal(
      hint,
      'sallyport_signed_in=1; Path=/; SameSite=Strict',
      'what a script may read says that there is one, and nothing of it',
    );
    assert.deepEqual(others, []);
    assert.match(cookie, /^sallyport_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    const view = JSON.parse(begun.text) as object;
    assert.deepEqual(view, {
      role: 'administrator',
      name: 'admin token',
      csrfToken: browser.csrfToken,
      expiresAt: START_MS + 12 * HOUR_MS,
    });
    assert.deepEqual(JSON.parse((await browser.send('GET', '/api/v1/session')).text), view);
    assert.ok(!begun.text.includes(browser.cookie.split('=')[1] ?? ''));
  });

  test('is Secure where the page came by https', async () => {
    const browser = new Browser();
    const origin = `https://localhost:${server.port}`;
    const begun = await browser.send('POST', '/api/v1/session', { body: { token: TOKEN }, headers: { origin } });
    for (const cookie of begun.headers['set-cookie'] ?? []) assert.match(cookie, /; Secure$/);
    assert.equal(begun.headers['set-cookie']?.length, 2);
  });

  test('has an id of its own at each sign-in, whatever was presented before', async () => {
    const browser = new Browser();
    const planted = `sallyport_session=${'A'.repeat(43)}`;
    browser.cookie = planted;
    await browser.signIn();
    assert.notEqual(browser.cookie, planted);
    const first = browser.cookie;
    const stranger = new Browser();
    stranger.cookie = planted;
    assert.equal(await stranger.status(), 401);
    await browser.signIn();
    assert.notEqual(browser.cookie, first);
    stranger.cookie = first;
    assert.equal(await stranger.status(), 401, 'what was known before the sign-in is over');
  });

  test('is not taken from two cookies of its name: another application of this host may have set one', async () => {
    const browser = await signedIn();
    browser.cookie = `sallyport_session=${'B'.repeat(43)}; ${browser.cookie}`;
    assert.equal(await browser.status(), 401);
  });

  test('is over after sign-out, and the browser forgets it', async () => {
    const browser = await signedIn();
    const kept = browser.cookie;
    const ended = await browser.send('DELETE', '/api/v1/session');
    assert.equal(ended.status, 200);
    const [cookie, hint] = ended.headers['set-cookie'] ?? [];
    assert.match(String(cookie), /^sallyport_session=; .*Max-Age=0$/);
    assert.match(String(hint), /^sallyport_signed_in=; .*Max-Age=0$/);
    browser.cookie = kept;
    assert.equal(await browser.status(), 401);
  });

  test('is over an hour after its last request, and twelve hours after it began', async () => {
    const browser = await signedIn();
    nowMs += HOUR_MS - 1;
    assert.equal(await browser.status(), 200);
    nowMs += HOUR_MS;
    assert.equal(await browser.status(), 401);
    const busy = await signedIn();
    for (let hour = 0; hour < 13; hour++) {
      nowMs += HOUR_MS - 1_000;
      assert.equal(await busy.status(), hour < 12 ? 200 : 401, String(hour));
    }
  });

  test('is over where the clock was set back', async () => {
    const browser = await signedIn();
    nowMs -= HOUR_MS;
    assert.equal(await browser.status(), 401);
    nowMs += HOUR_MS;
  });

  test('helps no wrong bearer token', async () => {
    const browser = await signedIn();
    const answer = await browser.send('GET', '/api/v1/session', { headers: { authorization: 'Bearer wrong' } });
    assert.equal(answer.status, 401);
  });
});

describe('a page that is not the console', () => {
  const CHANGE = { body: { scope: 'stage', target: 'limit', mode: 'observe' } };

  test('changes nothing by the cookie: the token against forgery and the origin are both needed', async () => {
    const browser = await signedIn();
    assert.equal((await browser.send('PUT', '/api/v1/modes', CHANGE)).status, 200);
    const other = await signedIn();
    for (const [why, headers] of [
      ['no token', { 'x-csrf-token': undefined }],
      ['an empty token', { 'x-csrf-token': '' }],
      ['the token of another session', { 'x-csrf-token': other.csrfToken }],
      ['the id as the token', { 'x-csrf-token': browser.cookie.split('=')[1] }],
      ['no origin', { origin: undefined }],
      ['another origin', { origin: 'https://evil.example' }],
      ['another port of this host', { origin: 'http://localhost:3000' }],
      ['a document without origin', { origin: 'null' }],
    ] as const) {
      const answer = await browser.send('PUT', '/api/v1/modes', { ...CHANGE, headers });
      assert.equal(answer.status, 403, why);
      assert.match(answer.text, /"code":"(csrf|origin)"/, why);
    }
  });

  test('reads nothing by the cookie either, be it of the same host at another port', async () => {
    const browser = await signedIn();
    for (const site of ['same-site', 'cross-site'])
      assert.equal((await browser.send('GET', '/api/v1/session', { headers: { 'sec-fetch-site': site } })).status, 401);
    const typed = await browser.send('GET', '/api/v1/session', { headers: { 'sec-fetch-site': 'none' } });
    assert.equal(typed.status, 200);
  });

  test('signs nobody in: a form cannot send JSON, and another origin is refused', async () => {
    const browser = new Browser();
    const form = { 'content-type': 'text/plain' };
    const body = { token: TOKEN };
    assert.equal((await browser.send('POST', '/api/v1/session', { body, headers: form })).status, 415);
    const foreign = { origin: 'https://evil.example' };
    assert.equal((await browser.send('POST', '/api/v1/session', { body, headers: foreign })).status, 403);
  });

  test('shows no part of the console in a frame', async () => {
    const browser = await signedIn();
    for (const path of ['/', '/calls', '/api/v1/session', '/livez']) {
      const { headers } = await browser.send('GET', path);
      assert.equal(headers['x-frame-options'], 'DENY', path);
      assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/, path);
      assert.equal(headers['access-control-allow-origin'], undefined, path);
    }
  });
});

test('guessing the admin token at the sign-in is slowed down like any other guessing', async () => {
  nowMs += 61_000;
  const browser = new Browser();
  for (let i = 0; i < 20; i++) assert.equal((await browser.signIn('wrong')).status, 401);
  assert.equal((await browser.signIn('wrong')).status, 429);
  assert.equal((await browser.send('POST', '/api/v1/session/passkey/options')).status, 200);
  assert.equal((await browser.signIn()).status, 201, 'who has the right one is not locked out');
  nowMs += 61_000;
  assert.equal((await new Browser().signIn('wrong')).status, 401);
});

describe('a passkey', () => {
  test('signs its account in with the role the account has', async () => {
    const { device } = await withPasskey('olga', 'operator');
    const browser = new Browser();
    const begun = await passkeySignIn(browser, device);
    assert.equal(begun.status, 201, begun.text);
    const { role, name } = JSON.parse(begun.text) as { role: string; name: string };
    assert.deepEqual([role, name], ['operator', 'olga']);
    assert.equal(await browser.status('/api/v1/routes'), 200);
    assert.equal(await browser.status('/api/v1/accounts'), 403);
  });

  test('of an account without a role, or made for another origin, signs nobody in', async () => {
    const { device } = await withPasskey('nina', undefined);
    const browser = new Browser();
    const refused = await passkeySignIn(browser, device);
    assert.deepEqual([refused.status, browser.cookie], [403, '']);
    const known = await withPasskey('omar', 'viewer');
    for (const origin of ['http://localhost:3000', 'http://localhost', 'https://evil.example'])
      assert.equal((await passkeySignIn(browser, known.device, { origin })).status, 401, origin);
    assert.equal(browser.cookie, '');
  });

  test('is not kept from signing in by others who ask for challenges, however many and from the same address', async () => {
    const { device } = await withPasskey('quinn', 'viewer');
    const browser = new Browser();
    const asked = await browser.send('POST', '/api/v1/session/passkey/options');
    const stranger = new Browser();
    for (let i = 0; i < 200; i++)
      assert.equal((await stranger.send('POST', '/api/v1/session/passkey/options')).status, 200);
    const body = device.get(JSON.parse(asked.text));
    const answer = await browser.send('POST', '/api/v1/session/passkey', { body });
    assert.equal(answer.status, 201, answer.text);
  });

  test('whose answer was taken signs nobody in with it again, however many wrong ones come from the same address', async () => {
    const { device } = await withPasskey('rosa', 'viewer');
    const browser = new Browser();
    const sign = async (answer: object): Promise<number> =>
      (await new Browser().send('POST', '/api/v1/session/passkey', { body: answer })).status;
    const asked = async (): Promise<SignInOptions> =>
      JSON.parse((await browser.send('POST', '/api/v1/session/passkey/options')).text) as SignInOptions;
    // Its counter stays at 0, as that of a passkey which is kept on several devices.
    const answer = device.get(await asked());
    assert.equal(await sign(answer), 201);
    for (let i = 0; i < 100; i++) await sign(device.get(await asked(), { origin: 'https://evil.example' }));
    nowMs += 60_000;
    assert.equal(await sign(answer), 401);
  });

  test('is not asked for where it would be another page’s: at another port, name or address', async () => {
    const browser = new Browser();
    const ask = async (host: string): Promise<number> => {
      const headers = { host, origin: `http://${host}` };
      return (await browser.send('POST', '/api/v1/session/passkey/options', { headers })).status;
    };
    assert.equal(await ask(`localhost:${server.port}`), 200);
    assert.equal(await ask('localhost:3000'), 409);
    assert.equal(await ask(`127.0.0.1:${server.port}`), 409);
    issuer = 'https://id.example.test/';
    assert.equal(await ask(`localhost:${server.port}`), 409);
    issuer = undefined;
    assert.equal(await ask(`localhost:${server.port}`), 409);
    issuer = 'http://localhost/';
  });

  test('gives nothing more the moment its account loses the role, is disabled, or is removed', async () => {
    const { account, device } = await withPasskey('pia', 'administrator');
    const browser = new Browser();
    await passkeySignIn(browser, device);
    assert.equal(await browser.status('/api/v1/accounts'), 200);
    await accounts.change('pia', { role: 'viewer' });
    assert.equal(await browser.status('/api/v1/accounts'), 403);
    await accounts.change('pia', { role: undefined });
    assert.equal(await browser.status(), 401);
    await accounts.change('pia', { role: 'administrator' });
    assert.equal(await browser.status(), 401, 'it does not come back');
    await passkeySignIn(browser, device);
    assert.equal(await browser.status(), 200);
    await accounts.change('pia', { disabled: true });
    assert.equal(await browser.status(), 401);
    await accounts.change('pia', { disabled: false });
    await passkeySignIn(browser, device);
    await accounts.store.remove(account.id);
    assert.equal(await browser.status(), 401);
  });
});

describe('roles', () => {
  /** A path of an operation, its variables filled in. */
  const targetOf = (path: string): string => path.replaceAll(/\{\w+\}/g, 'x');

  test('every operation answers nobody without a credential, unless it is anyone’s', async () => {
    for (const { method, path, role, operationId } of OPERATIONS) {
      const answer = await call(`http://127.0.0.1:${server.port}${targetOf(path)}`, { method });
      if (role === 'anyone') assert.notEqual(answer.status, 401, operationId);
      else assert.equal(answer.status, 401, operationId);
    }
    const open = OPERATIONS.filter(({ role }) => role === 'anyone').map(({ operationId }) => operationId);
    assert.deepEqual(open.sort(), [
      'getAssertionKeys',
      'live',
      'passkeyOptions',
      'ready',
      'signIn',
      'signInWithPasskey',
    ]);
  });

  test('what gives power over the gateway itself is the administrator’s, and a viewer changes nothing', () => {
    const harmless = ['signOut'];
    for (const { method, path, role, operationId } of OPERATIONS) {
      const isChange = method !== 'GET' && role !== 'anyone' && !harmless.includes(operationId);
      const isPower = /^\/api\/v1\/(accounts|clients|signing-keys|config|owners)\b/.test(path);
      if (isChange && isPower) assert.equal(role, 'administrator', operationId);
      else if (isChange) assert.notEqual(role, 'viewer', operationId);
      if (path.startsWith('/api/v1/accounts')) assert.equal(role, 'administrator', operationId);
    }
  });

  for (const role of CONSOLE_ROLES)
    test(`what a session of the role ${role} may ask for is what the operations say, one by one`, async () => {
      const { device } = await withPasskey(`one-${role}`, role);
      const browser = new Browser();
      assert.equal((await passkeySignIn(browser, device)).status, 201);
      let refused = 0;
      for (const operation of OPERATIONS) {
        // Ends the session that the others are asked in; asked at the end.
        if (operation.role === 'anyone' || operation.operationId === 'signOut' || operation.stream === true) continue;
        const { method, path, operationId } = operation;
        const answer = await browser.send(method, targetOf(path));
        if (reachesRole(role, operation.role)) assert.ok(![401, 403].includes(answer.status), operationId);
        else {
          assert.equal(answer.status, 403, operationId);
          assert.match(String(answer.headers['content-type']), /problem\+json/);
          const { code, role: least } = JSON.parse(answer.text) as { code: string; role: string };
          assert.deepEqual([code, least], ['role', operation.role]);
          refused++;
        }
      }
      assert.equal(refused > 0, role !== 'administrator');
      assert.equal((await browser.send('DELETE', '/api/v1/session')).status, 200);
      assert.equal(await browser.status('/api/v1/stream'), 401);
    });

  test('nobody but an administrator gives roles, to others or to itself', async () => {
    for (const role of ['viewer', 'operator'] as const) {
      const name = `climbing-${role}`;
      const { device } = await withPasskey(name, role);
      const browser = new Browser();
      await passkeySignIn(browser, device);
      const raised = { body: { role: 'administrator' } };
      assert.equal((await browser.send('PUT', `/api/v1/accounts/${name}`, raised)).status, 403);
      assert.equal((await accounts.findByName(name))?.role, role);
    }
    const administrator = await signedIn();
    const granted = await administrator.send('PUT', '/api/v1/accounts/climbing-viewer', { body: { role: 'operator' } });
    assert.equal(granted.status, 200);
    assert.equal((await accounts.findByName('climbing-viewer'))?.role, 'operator');
  });
});
