import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { FORM_BYTES_MAX, type PageAnswer } from '../../src/core/sign-in.ts';
import { PASSWORD, ROOT, SignInWorld, tokenOf } from '../harness/sign-in.ts';

const LOGIN = { userName: 'alice', password: PASSWORD };

async function opened(world = new SignInWorld()) {
  const account = await world.account();
  const browser = world.browser();
  const id = world.interaction(browser);
  const page = `${ROOT}/${id}`;
  return { world, account, browser, id, page, token: tokenOf(await browser.get(page)) };
}

describe('a form that another site sends', () => {
  test('is refused without its token, with that of another interaction, and with that of another browser', async () => {
    const { world, browser, page, token } = await opened();
    const other = world.interaction(browser);
    const foreign = tokenOf(await browser.get(`${ROOT}/${other}`));
    const attacker = world.browser();
    attacker.interactions.add(other);
    const own = world.interaction(attacker);
    const theirs = tokenOf(await attacker.get(`${ROOT}/${own}`));
    for (const forged of ['', foreign, theirs, token.slice(0, -1), `${token}x`, token.toLowerCase()]) {
      const answer = await browser.post(`${page}/password`, { fields: { ...LOGIN, token: forged } });
      assert.equal(answer.status, 403, forged);
    }
    assert.equal(world.logins.length, 0);
    assert.ok(world.signals.every(({ name }) => name === 'sign_in.forged_form'));
    assert.equal((await browser.post(`${page}/password`, { fields: { ...LOGIN, token } })).status, 303);
  });

  test('is refused by what the browser says of where it comes from, even with a right token', async () => {
    const { world, browser, page, token } = await opened();
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.test' },
      { origin: 'https://id.example.test.evil.test' },
      { origin: 'http://id.example.test' },
      { 'sec-fetch-site': 'cross-site', origin: 'null' },
    ])
      assert.equal((await browser.post(`${page}/password`, { fields: { ...LOGIN, token }, headers })).status, 403);
    assert.equal(world.logins.length, 0);
  });

  test('cannot sign the victim in as the attacker: the attacker’s token is worth nothing in the victim’s browser', async () => {
    const { world, browser: victim, page } = await opened();
    const attacker = world.browser('203.0.113.66');
    const theirs = world.interaction(attacker);
    const token = tokenOf(await attacker.get(`${ROOT}/${theirs}`));
    // The attacker even got the victim's browser to hold the interaction's cookie.
    victim.interactions.add(theirs);
    assert.equal((await victim.get(`${ROOT}/${theirs}`)).status, 400);
    assert.notEqual((await victim.post(`${ROOT}/${theirs}/password`, { fields: { ...LOGIN, token } })).status, 303);
    assert.notEqual((await victim.post(`${page}/password`, { fields: { ...LOGIN, token } })).status, 303);
    assert.equal(world.logins.length, 0);
  });

  test('changes nothing when it is only looked at', async () => {
    const { world, browser, page, token } = await opened();
    for (const what of ['password', 'consent', 'abort', 'passkey', 'continue', 'provider'])
      assert.equal(
        (await browser.get(`${page}/${what}?token=${token}&userName=alice&password=${PASSWORD}`)).status,
        404,
      );
    assert.deepEqual([world.logins, world.consents, world.aborts], [[], [], []]);
  });

  test('is refused in a browser that says one cookie twice', async () => {
    const { browser, page, token } = await opened();
    const cookie = browser.cookies.get('__Host-sallyport-browser') ?? '';
    const twice = `__Host-sallyport-browser=${cookie}; __Host-sallyport-browser=${'A'.repeat(43)}`;
    const answer = await browser.post(`${page}/password`, { fields: { ...LOGIN, token }, headers: { cookie: twice } });
    assert.equal(answer.status, 403);
  });
});

describe('an interaction', () => {
  test('of another browser looks like one that is over and like one that never was', async () => {
    const { world, page } = await opened();
    const stranger = world.browser('203.0.113.66');
    const [foreign, never] = [await stranger.get(page), await stranger.get(`${ROOT}/${'x'.repeat(22)}`)];
    assert.equal(foreign.status, 400);
    assert.equal(foreign.body, never.body);
  });

  test('is the one its address names, and not another that the browser has open', async () => {
    const { world, browser, id } = await opened();
    const named = 'x'.repeat(22);
    world.interactions.set(named, world.interactions.get(id)!);
    browser.interactions.add(named);
    assert.equal((await browser.get(`${ROOT}/${named}`)).status, 400);
  });

  test('for login takes no consent, and one for consent no login', async () => {
    const { world, account, browser, page, token } = await opened();
    assert.equal((await browser.post(`${page}/consent`, { fields: { token } })).status, 404);
    const id = world.interaction(browser, { prompt: 'consent', accountId: account.id });
    assert.equal((await browser.submit(`${ROOT}/${id}`, `${ROOT}/${id}/password`, LOGIN)).status, 404);
    assert.equal((await browser.get(`${ROOT}/${id}/arrived`)).status, 404);
    assert.deepEqual([world.logins, world.consents], [[], []]);
  });

  test('sends nobody anywhere but where the authorization server says', async () => {
    const { world, browser, id, page, token } = await opened();
    const more = { returnTo: 'https://evil.test', redirect_uri: 'https://evil.test', next: '//evil.test' };
    const answer = await browser.post(`${page}/password?next=https://evil.test`, {
      fields: { ...LOGIN, token, ...more },
    });
    assert.equal(answer.headers['location'], `https://id.example.test/auth/resume/${id}`);
    for (const path of [`${ROOT}//evil.test`, `${ROOT}/callback/..%2f..%2fevil`, `${ROOT}/\\evil.test`])
      assert.equal((await world.browser().get(path)).headers['location'], undefined);
  });
});

describe('a form of the wrong shape', () => {
  test('is refused when it is long, twice the same, full of fields, or no form', async () => {
    const { world, browser, page, token } = await opened();
    const post = async (body: string, headers = {}) =>
      (await browser.post(`${page}/password`, { body, headers })).status;
    const right = new URLSearchParams({ ...LOGIN, token }).toString();
    assert.equal(await post(`${right}&x=${'y'.repeat(FORM_BYTES_MAX)}`), 413);
    assert.equal(await post(`${right}&userName=bob`), 400);
    assert.equal(await post(`userName=bob&${right}`), 400);
    assert.equal(await post(`${right}&${Array.from({ length: 40 }, (_, i) => `f${i}=1`).join('&')}`), 400);
    assert.equal(await post(JSON.stringify({ ...LOGIN, token }), { 'content-type': 'application/json' }), 415);
    assert.equal(await post(right, { 'content-type': 'text/plain' }), 415);
    assert.equal(await post(right, { 'content-type': '' }), 415);
    assert.equal(world.logins.length, 0);
  });
});

describe('who has an account', () => {
  test('is told neither by text nor by status nor by the work that is done', async () => {
    const world = new SignInWorld();
    await world.account('alice');
    await world.account('disabled');
    await world.accounts.change('disabled', { disabled: true });
    await world.account('invited', undefined);
    const answers = new Set<string>();
    for (const [name, password] of [
      ['alice', 'wrong'],
      ['nobody', 'wrong'],
      ['disabled', PASSWORD],
      ['invited', 'wrong'],
      ['invited', '$argon2id$'],
    ] as const) {
      const browser = world.browser(`192.0.2.${answers.size}`);
      const page = `${ROOT}/${world.interaction(browser)}`;
      const before = world.accounts.passwords.computed;
      const answer = await browser.submit(page, `${page}/password`, { userName: name, password });
      assert.equal(world.accounts.passwords.computed, before + 1, name);
      answers.add(`${answer.status} ${anonymous(answer, page, name)}`);
    }
    assert.equal(answers.size, 1);
    assert.equal(world.logins.length, 0);
    assert.ok(world.signals.every(({ accountId }) => accountId === undefined));
  });

  test('is not told by when the waiting begins', async () => {
    const world = new SignInWorld();
    await world.account('alice');
    const waits = [];
    for (const name of ['alice', 'nobody']) {
      const browser = world.browser(name === 'alice' ? '192.0.2.1' : '192.0.2.2');
      const page = `${ROOT}/${world.interaction(browser)}`;
      const statuses = [];
      for (let i = 0; i < 8; i++)
        statuses.push((await browser.submit(page, `${page}/password`, { userName: name, password: 'wrong' })).status);
      waits.push(statuses.join(' '));
    }
    assert.equal(waits[0], waits[1]);
    assert.ok(waits[0]?.endsWith('429 429'));
  });

  test('is not told by passkeys: options name nobody, whoever is hinted at', async () => {
    const { world, browser } = await opened();
    const id = world.interaction(browser, { loginHint: 'alice' });
    const token = tokenOf(await browser.get(`${ROOT}/${id}`));
    const { body } = await browser.post(`${ROOT}/${id}/passkey-options`, { fields: { token } });
    assert.deepEqual(Object.keys(JSON.parse(body)).sort(), ['challenge', 'rpId', 'timeout', 'userVerification']);
  });
});

/** Without what differs by right: the interaction, its tokens, and the name that was typed. */
function anonymous({ body }: PageAnswer, page: string, name: string): string {
  return body
    .replaceAll(page, '')
    .replaceAll(`value="${name}"`, '')
    .replace(/name="token" value="[^"]+"/g, '');
}

describe('guessing', () => {
  const guess = async (world: SignInWorld, address: string, password: string, browser = world.browser(address)) => {
    const page = `${ROOT}/${world.interaction(browser)}`;
    return browser.submit(page, `${page}/password`, { userName: 'alice', password });
  };

  test('at once counts as many guesses: no more are checked than are free', async () => {
    const world = new SignInWorld();
    await world.account();
    const before = world.accounts.passwords.computed;
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => guess(world, '192.0.2.1', `guess ${i}`)));
    assert.equal(world.accounts.passwords.computed - before, 6);
    assert.equal(answers.filter(({ status }) => status === 429).length, 24);
  });

  test('from one place waits longer each time, and even the right password waits there', async () => {
    const world = new SignInWorld();
    await world.account();
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) await guess(world, '192.0.2.9', 'wrong');
    for (let i = 0; i < 4; i++) {
      const { headers } = await guess(world, '192.0.2.9', PASSWORD);
      waits.push(Number(headers['retry-after']));
      world.clock.now += Number(headers['retry-after']) * 1_000;
      await guess(world, '192.0.2.9', 'wrong');
    }
    assert.deepEqual(waits, [2, 4, 8, 16]);
  });

  test('by strangers from everywhere locks nobody out: the owner’s browser does not wait, and others a minute at most', async () => {
    const world = new SignInWorld();
    await world.account();
    const owner = world.browser('198.51.100.1');
    assert.equal((await guess(world, '', PASSWORD, owner)).status, 303);
    for (let i = 0; i < 60; i++) {
      await guess(world, `203.0.113.${i}`, 'wrong');
      world.clock.now += 61_000;
    }
    await guess(world, '203.0.113.250', 'wrong');
    const stranger = await guess(world, '203.0.113.251', PASSWORD);
    assert.equal(stranger.status, 429);
    assert.ok(Number(stranger.headers['retry-after']) <= 60);
    assert.equal((await guess(world, '', PASSWORD, owner)).status, 303);
    world.clock.now += 61_000;
    await guess(world, '203.0.113.252', 'wrong');
    const forged = world.browser('203.0.113.253');
    forged.cookies.set('__Host-sallyport-device', randomBytes(32).toString('base64url'));
    assert.equal((await guess(world, '', PASSWORD, forged)).status, 429);
  });

  test('with one long address block counts as one place', async () => {
    const world = new SignInWorld();
    await world.account();
    const statuses = [];
    for (let i = 0; i < 8; i++) statuses.push((await guess(world, `2001:db8::${i + 1}`, 'wrong')).status);
    assert.deepEqual(statuses.slice(-2), [429, 429]);
  });
});

describe('what others write', () => {
  const EVIL = `"><script>alert(1)</script><img src=x onerror='x'>&amp;\u202e`;
  const harmless = ({ body, headers }: PageAnswer): void => {
    assert.ok(
      !body.includes('<script>') && !body.includes('<img') && !body.includes("onerror='") && !body.includes('\u202e'),
    );
    assert.ok(!String(headers['content-security-policy']).includes('unsafe'));
  };

  test('stays text: names of clients, scopes, resources, hints, accounts and names that were typed', async () => {
    const world = new SignInWorld({ scopeDescriptions: [{ scope: EVIL, text: EVIL }] });
    const account = await world.account();
    const browser = world.browser();
    const client = {
      id: EVIL,
      name: EVIL,
      uri: 'javascript:alert(1)',
      redirectHost: EVIL,
      redirectUri: `${EVIL}; script-src *`,
    };
    const login = world.interaction(browser, { client, loginHint: EVIL });
    harmless(await browser.get(`${ROOT}/${login}`));
    harmless(await browser.submit(`${ROOT}/${login}`, `${ROOT}/${login}/password`, { userName: EVIL, password: EVIL }));
    const consent = world.interaction(browser, {
      prompt: 'consent',
      accountId: account.id,
      client,
      scopes: [EVIL],
      resources: [EVIL],
    });
    const page = await browser.get(`${ROOT}/${consent}`);
    harmless(page);
    assert.ok(page.body.includes('&lt;script&gt;alert(1)&lt;/script&gt;') && !page.body.includes('javascript:'));
  });

  test('adds nothing to the policy of a page', async () => {
    const world = new SignInWorld();
    const browser = world.browser();
    for (const [redirectUri, source] of [
      ['https://app.example.test/cb; script-src *', ' https://app.example.test'],
      ['https://app.example.test;script-src/', ''],
      ['com.example.app:/cb', ' com.example.app:'],
      ['http://127.0.0.1:4711/cb', ' http://127.0.0.1:4711'],
      ['http://[::1]:4711/cb', ' http:'],
      ['javascript:alert(1)', ''],
      ['data:text/html,x', ''],
      ['no address', ''],
    ] as const) {
      const client = { id: 'a', name: 'a', uri: undefined, redirectHost: 'a', redirectUri };
      const { headers } = await browser.get(`${ROOT}/${world.interaction(browser, { client })}`);
      const policy = String(headers['content-security-policy']);
      assert.equal(/form-action 'self'([^;]*);/.exec(policy)?.[1], source, redirectUri);
      assert.equal(policy.split('script-src').length, 2);
    }
  });
});

describe('an invite', () => {
  test('works once, even for two at the same time, and its form belongs to one browser', async () => {
    const world = new SignInWorld();
    const { token } = await world.accounts.invite(await world.account('bob', undefined));
    const page = `${ROOT}/invite/${token}`;
    const [one, other] = [world.browser(), world.browser('203.0.113.66')];
    const own = tokenOf(await one.get(page));
    assert.equal((await other.post(page, { fields: { token: own, password: PASSWORD } })).status, 403);
    await other.get(page);
    assert.equal((await other.post(page, { fields: { token: own, password: PASSWORD } })).status, 403);
    const answers = await Promise.all([
      one.submit(page, page, { password: PASSWORD }),
      other.submit(page, page, { password: 'lantern oboe glacier' }),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 404]);
    const over = await one.get(page);
    const never = await one.get(`${ROOT}/invite/${'x'.repeat(43)}`);
    assert.equal(over.status, 404);
    assert.equal(over.body, never.body);
    assert.ok(!JSON.stringify([world.signals, world.logged]).includes(token));
  });

  test('is not used up by a program that looks at links', async () => {
    const world = new SignInWorld();
    const { token } = await world.accounts.invite(await world.account('bob', undefined));
    const page = `${ROOT}/invite/${token}`;
    for (let i = 0; i < 5; i++) assert.equal((await world.browser().get(page)).status, 200);
    assert.equal((await world.browser().submit(page, page, { password: PASSWORD })).status, 200);
  });
});
