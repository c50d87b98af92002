import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import type { Account } from '../core/account.ts';
import { memoryControlStore } from '../store/memory/control-store.ts';
import { type Accounts, createAccounts } from './accounts.ts';
import { createPasswordWork, type PasswordWork } from './password-work.ts';

const random = { bytes: (count: number) => randomBytes(count) };
const GOOD = 'plum tractor violin';

function world(passwords: PasswordWork = createPasswordWork(random)) {
  const clock = { now: 1_000_000, nowMs: () => clock.now, monotonicMicros: () => clock.now * 1000 };
  const { accounts: store } = memoryControlStore();
  return { clock, store, accounts: createAccounts({ store, passwords, clock, random, services: () => ['sallyport'] }) };
}

async function added(accounts: Accounts, name = 'Alice', more: object = {}): Promise<Account> {
  const result = await accounts.add({ name, ...more });
  assert.ok(result.ok);
  return result.account;
}

describe('accounts', () => {
  test('have a random id, a name of one form, and a password that is nowhere in them', async () => {
    const { accounts } = world();
    const account = await added(accounts, 'Alice', { password: GOOD, email: 'alice@example.test' });
    assert.match(account.id, /^[0-9A-Za-z]{22}$/);
    assert.equal(account.name, 'alice');
    assert.equal(account.displayName, 'Alice');
    assert.equal(account.emailVerified, false);
    assert.ok(!JSON.stringify(account).includes('plum'));
    assert.equal(await accounts.passwords.verify(account.passwordHash, GOOD), true);
    assert.equal(await accounts.passwords.verify(account.passwordHash, `${GOOD} `), false);
    assert.deepEqual(await accounts.findByName(' ALICE '), account);
  });

  test('cannot be made twice, with a bad name, address, password or half an identity', async () => {
    const { accounts } = world();
    await added(accounts);
    const problem = async (wanted: Parameters<Accounts['add']>[0]) => {
      const result = await accounts.add(wanted);
      return result.ok ? 'made' : result.problem;
    };
    assert.equal(await problem({ name: 'ＡＬＩＣＥ' }), 'taken');
    assert.equal(await problem({ name: 'corp/alice' }), 'invalid');
    assert.equal(await problem({ name: 'bob', email: 'nothing' }), 'invalid');
    assert.equal(await problem({ name: 'bob', password: 'short' }), 'invalid');
    assert.equal(await problem({ name: 'bob', displayName: 'a\u202eb' }), 'invalid');
    assert.equal(
      await problem({ name: 'bob', upstream: { issuer: 'https://id.example.test', subject: '' } }),
      'invalid',
    );
  });

  test('an address that is changed is not verified any more', async () => {
    const { accounts, store } = world();
    const { id } = await added(accounts, 'alice', { email: 'alice@example.test' });
    await store.update(id, { emailVerified: true });
    await accounts.change('alice', { email: 'alice@example.test' });
    assert.equal((await store.find(id))?.emailVerified, true);
    await accounts.change('alice', { email: 'other@example.test' });
    assert.equal((await store.find(id))?.emailVerified, false);
  });

  test('that are disabled are not active', async () => {
    const { accounts } = world();
    const { id } = await added(accounts);
    assert.equal((await accounts.findActive(id))?.id, id);
    await accounts.change('alice', { disabled: true });
    assert.equal(await accounts.findActive(id), undefined);
    assert.equal(await accounts.findActive('nobody'), undefined);
  });
});

describe('an invite', () => {
  test('works once, for a day', async () => {
    const { accounts, clock } = world();
    const account = await added(accounts);
    const { token, expiresAtMs } = await accounts.invite(account);
    assert.equal(expiresAtMs, clock.now + 86_400_000);
    assert.equal((await accounts.invited(token))?.id, account.id);
    clock.now = expiresAtMs;
    assert.equal(await accounts.invited(token), undefined);
    clock.now--;
    const weak = await accounts.acceptWithPassword(token, 'password1234');
    assert.ok(!weak.ok && weak.problem === 'invalid');
    assert.ok((await accounts.acceptWithPassword(token, GOOD)).ok);
    assert.equal(await accounts.invited(token), undefined);
    const again = await accounts.acceptWithPassword(token, 'lantern oboe glacier');
    assert.ok(!again.ok && again.problem === 'unknown');
    assert.equal(await accounts.passwords.verify((await accounts.findByName('alice'))?.passwordHash ?? '', GOOD), true);
  });

  test('is over when there is a newer one, or a password was set', async () => {
    const { accounts } = world();
    const account = await added(accounts);
    const first = await accounts.invite(account);
    const second = await accounts.invite(account);
    assert.equal(await accounts.invited(first.token), undefined);
    assert.ok((await accounts.setPassword(account, GOOD)).ok);
    assert.equal(await accounts.invited(second.token), undefined);
  });

  test('of a reset takes the password away at once', async () => {
    const { accounts } = world();
    const account = await added(accounts, 'alice', { password: GOOD });
    const { token } = await accounts.reset(account);
    assert.equal((await accounts.findByName('alice'))?.passwordHash, '');
    assert.equal((await accounts.invited(token))?.id, account.id);
  });

  test('is kept as a digest alone', async () => {
    const { accounts, store } = world();
    const account = await added(accounts);
    let kept = '';
    const spy = createAccounts({
      store: {
        ...store,
        setInvite: async (_id, invite) => {
          kept = JSON.stringify(invite);
          return true;
        },
      },
      passwords: accounts.passwords,
      clock: { nowMs: () => 0, monotonicMicros: () => 0 },
      random,
      services: () => [],
    });
    const { token } = await spy.invite(account);
    assert.ok(kept.includes('digest') && !kept.includes(token));
  });
});

describe('checking a password', () => {
  test('computes one hash whether there is a password or not', async () => {
    const { accounts } = world();
    const account = await added(accounts, 'alice', { password: GOOD });
    for (const hash of [account.passwordHash, '', 'not a hash']) {
      const before = accounts.passwords.computed;
      assert.equal(await accounts.passwords.verify(hash, 'wrong'), false);
      assert.equal(accounts.passwords.computed, before + 1);
    }
  });

  test('of nobody is never right, not even with the empty password or one too long', async () => {
    const { accounts } = world();
    for (const password of ['', 'x'.repeat(5_000)]) assert.equal(await accounts.passwords.verify('', password), false);
  });

  test('is refused, not queued without end, when too many are checked at once', async () => {
    const work = createPasswordWork(random);
    const results = await Promise.all(Array.from({ length: 50 }, () => work.verify('', 'x')));
    assert.equal(results.filter((one) => one === undefined).length, 16);
  });
});
