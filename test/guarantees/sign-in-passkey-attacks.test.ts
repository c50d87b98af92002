import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { type Misbehaviour, SoftwareAuthenticator } from '../harness/authenticator.ts';
import { ORIGIN, PASSWORD, ROOT, SignInWorld, tokenOf } from '../harness/sign-in.ts';

const LOGIN = { userName: 'alice', password: PASSWORD };

async function opened(world = new SignInWorld()) {
  const account = await world.account();
  const browser = world.browser();
  const id = world.interaction(browser);
  const page = `${ROOT}/${id}`;
  return { world, account, browser, id, page, token: tokenOf(await browser.get(page)) };
}

/** A passkey of an account, and a browser that is asked for it. */
async function withPasskey(name = 'carol', world = new SignInWorld()) {
  const account = await world.account(name, undefined);
  const { token: invite } = await world.accounts.invite(account);
  const setup = world.browser();
  const page = `${ROOT}/invite/${invite}`;
  const token = tokenOf(await setup.get(page));
  const options = JSON.parse((await setup.post(`${page}/passkey-options`, { fields: { token } })).body);
  const device = new SoftwareAuthenticator(ORIGIN);
  const made = await setup.post(`${page}/passkey`, {
    fields: { token, response: JSON.stringify(device.create(options)) },
  });
  assert.equal(made.status, 200);
  return { world, account, device };
}

async function ceremony(world: SignInWorld, browser = world.browser()) {
  const id = world.interaction(browser);
  const page = `${ROOT}/${id}`;
  const token = tokenOf(await browser.get(page));
  const options = JSON.parse((await browser.post(`${page}/passkey-options`, { fields: { token } })).body) as {
    challenge: string;
  };
  const send = (response: object) =>
    browser.post(`${page}/passkey`, { fields: { token, response: JSON.stringify(response) } });
  return { options, send, browser };
}

describe('a passkey', () => {
  const STRANGER = new SoftwareAuthenticator(ORIGIN).privateKey;
  for (const [name, bad] of [
    ['for another origin', { origin: 'https://id.example.test.evil.test' }],
    ['for another port of the host', { origin: 'https://id.example.test:8443' }],
    ['for a host below', { origin: 'https://evil.id.example.test' }],
    ['for another relying party', { rpId: 'example.test' }],
    ['without verification of the user', { userVerified: false }],
    ['with the handle of another account', { userHandle: Buffer.from('another').toString('base64url') }],
    ['without a handle', { userHandle: undefined }],
    ['asked for by a frame of another site', { crossOrigin: true }],
    ['with a challenge of its own', { challenge: randomBytes(32).toString('base64url') }],
    ['that answers the other ceremony', { type: 'webauthn.create' }],
    ['signed by another key', { signWith: STRANGER }],
    ['that can suddenly not be backed up', { backupEligible: false, backedUp: false }],
  ] as readonly (readonly [string, Misbehaviour])[])
    test(`${name} signs nobody in`, async () => {
      const { world, device } = await withPasskey();
      const { options, send } = await ceremony(world);
      assert.equal((await send(device.get(options, bad))).status, 400);
      assert.equal(world.logins.length, 0);
      assert.equal(world.signals.at(-1)?.name, 'sign_in.passkey_refused');
      // The same challenge is used up, whatever became of it; where it was never sent, it is still good.
      assert.equal(
        (await send(device.get(options))).status,
        'challenge' in bad || 'type' in bad || 'crossOrigin' in bad ? 303 : 400,
      );
    });

  test('answers a challenge once, in one browser and one interaction', async () => {
    const { world, device } = await withPasskey();
    const first = await ceremony(world);
    const answer = device.get(first.options);
    const second = await ceremony(world, first.browser);
    const stranger = await ceremony(world);
    assert.equal((await stranger.send(answer)).status, 400);
    const third = await ceremony(world, first.browser);
    const fresh = device.get(third.options);
    assert.equal((await second.send(fresh)).status, 400);
    const fourth = await ceremony(world, first.browser);
    const good = device.get(fourth.options);
    const answers = await Promise.all([fourth.send(good), fourth.send(good)]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 400]);
    assert.equal(world.logins.length, 1);
  });

  test('answers no challenge that is older than five minutes', async () => {
    const { world, device } = await withPasskey();
    const { options, send } = await ceremony(world);
    world.clock.now += 300_000;
    assert.equal((await send(device.get(options))).status, 400);
  });

  test('whose counter goes back is refused, and somebody is told that there may be a copy', async () => {
    const { world, account, device } = await withPasskey();
    for (const [counter, status] of [
      [7, 303],
      [7, 400],
      [3, 400],
      [0, 400],
      [8, 303],
    ] as const) {
      const { options, send } = await ceremony(world);
      assert.equal((await send(device.get(options, { counter }))).status, status, String(counter));
    }
    const told = world.signals.filter(({ name }) => name === 'sign_in.passkey_cloned');
    assert.deepEqual(
      told.map(({ accountId }) => accountId),
      [account.id, account.id, account.id],
    );
  });

  test('of an account that is disabled or gone signs nobody in', async () => {
    const { world, account, device } = await withPasskey();
    await world.accounts.change('carol', { disabled: true });
    const first = await ceremony(world);
    assert.equal((await first.send(device.get(first.options))).status, 400);
    await world.accounts.store.remove(account.id);
    const second = await ceremony(world);
    assert.equal((await second.send(device.get(second.options))).status, 400);
    assert.equal(world.logins.length, 0);
  });

  test('of one account cannot be registered for another, nor twice', async () => {
    const { world, device } = await withPasskey();
    const mallory = await world.account('mallory', undefined);
    const browser = world.browser();
    const page = `${ROOT}/invite/${(await world.accounts.invite(mallory)).token}`;
    const token = tokenOf(await browser.get(page));
    const options = JSON.parse((await browser.post(`${page}/passkey-options`, { fields: { token } })).body);
    const response = JSON.stringify(device.create(options));
    assert.equal((await browser.post(`${page}/passkey`, { fields: { token, response } })).status, 400);
    assert.equal((await world.accounts.store.listPasskeys(mallory.id)).length, 0);
  });

  test('is not registered for a sign-in challenge, for another origin, or without verification', async () => {
    const { world } = await withPasskey();
    const browser = world.browser();
    const page = `${ROOT}/invite/${(await world.accounts.invite(await world.account('dave', undefined))).token}`;
    const token = tokenOf(await browser.get(page));
    const { options: foreign } = await ceremony(world, browser);
    for (const bad of [
      { challenge: foreign.challenge },
      { origin: 'https://evil.test' },
      { userVerified: false },
      { rpId: 'evil.test' },
    ]) {
      const options = JSON.parse((await browser.post(`${page}/passkey-options`, { fields: { token } })).body);
      const response = JSON.stringify(new SoftwareAuthenticator(ORIGIN).create(options, bad));
      assert.equal((await browser.post(`${page}/passkey`, { fields: { token, response } })).status, 400);
    }
  });

  test('that is no passkey at all is refused without a fault', async () => {
    const { world } = await withPasskey();
    for (const response of [
      '',
      '{',
      '[]',
      'null',
      '{"id":1}',
      '{"__proto__":{}}',
      '{"id":"a","rawId":"a","type":"public-key","response":{"clientDataJSON":"e30"}}',
    ]) {
      const { send, browser } = await ceremony(world);
      assert.equal((await send({})).status, 400);
      const id = world.interaction(browser);
      assert.equal((await browser.submit(`${ROOT}/${id}`, `${ROOT}/${id}/passkey`, { response })).status, 400);
    }
    assert.deepEqual(world.logged, []);
  });

  test('cannot be added without the password of a moment ago', async () => {
    const { world, account, browser, page, token } = await opened();
    assert.equal((await browser.post(`${page}/add-passkey-options`, { fields: { token } })).status, 404);
    const offer = await browser.post(`${page}/password`, { fields: { ...LOGIN, token, addPasskey: 'on' } });
    assert.equal(offer.status, 200);
    const other = JSON.parse((await browser.post(`${page}/passkey-options`, { fields: { token } })).body);
    const user = { id: Buffer.from(account.id).toString('base64url') };
    const response = JSON.stringify(new SoftwareAuthenticator(ORIGIN).create({ challenge: other.challenge, user }));
    assert.equal(
      (await browser.post(`${page}/add-passkey`, { fields: { token, response } })).status,
      200,
      'asked again',
    );
    world.clock.now += 600_000;
    assert.equal((await browser.post(`${page}/add-passkey-options`, { fields: { token } })).status, 404);
    assert.equal((await browser.post(`${page}/continue`, { fields: { token } })).status, 400);
    assert.equal((await world.accounts.store.listPasskeys(account.id)).length, 0);
    assert.equal(world.logins.length, 0);
  });

  for (const taken of ['reset', 'setPassword'] as const)
    test(`cannot be added by whoever had a password that was taken away since, by ${taken}`, async () => {
      const { world, account, browser, page, token } = await opened();
      const offer = await browser.post(`${page}/password`, { fields: { ...LOGIN, token, addPasskey: 'on' } });
      assert.equal(offer.status, 200);
      const options = JSON.parse((await browser.post(`${page}/add-passkey-options`, { fields: { token } })).body);
      const response = JSON.stringify(new SoftwareAuthenticator(ORIGIN).create(options));
      if (taken === 'reset') await world.accounts.reset(account);
      else assert.ok((await world.accounts.setPassword(account, 'lantern gravel osprey')).ok);
      assert.equal((await browser.post(`${page}/add-passkey-options`, { fields: { token } })).status, 404);
      assert.equal((await browser.post(`${page}/add-passkey`, { fields: { token, response } })).status, 400);
      assert.equal((await world.accounts.store.listPasskeys(account.id)).length, 0);
      assert.equal(world.logins.length, 0);
    });

  test('that is added while the password is taken away does not stay', async () => {
    const { world, account, browser, page, token } = await opened();
    await browser.post(`${page}/password`, { fields: { ...LOGIN, token, addPasskey: 'on' } });
    const options = JSON.parse((await browser.post(`${page}/add-passkey-options`, { fields: { token } })).body);
    const response = JSON.stringify(new SoftwareAuthenticator(ORIGIN).create(options));
    const { store } = world.accounts;
    const insert = store.insertPasskey.bind(store);
    Object.assign(store, {
      insertPasskey: async (...passkey: Parameters<typeof insert>) => {
        await world.accounts.reset(account);
        return insert(...passkey);
      },
    });
    assert.equal((await browser.post(`${page}/add-passkey`, { fields: { token, response } })).status, 400);
    assert.equal((await store.listPasskeys(account.id)).length, 0);
    assert.equal(world.logins.length, 0);
  });
});

test('a password that is taken away while it is hashed signs nobody in', async () => {
  const { world, account, browser, page, token } = await opened();
  const { passwords } = world.accounts;
  const verify = passwords.verify.bind(passwords);
  Object.assign(passwords, {
    verify: async (...tried: Parameters<typeof verify>) => {
      const isRight = await verify(...tried);
      await world.accounts.reset(account);
      return isRight;
    },
  });
  assert.equal((await browser.post(`${page}/password`, { fields: { ...LOGIN, token } })).status, 400);
  assert.equal(world.logins.length, 0);
});
