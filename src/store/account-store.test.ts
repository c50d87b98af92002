import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Account, Passkey } from '../core/account.ts';
import type { AccountStore } from '../ports.ts';
import { memoryControlStore } from './memory/control-store.ts';
import { openControlStore } from './sqlite/control-database.ts';

const account = (change: Partial<Account> = {}): Account => ({
  id: 'a1',
  name: 'alice',
  displayName: 'Alice – 名',
  email: '',
  emailVerified: false,
  passwordHash: '',
  disabled: false,
  createdAtMs: 1,
  upstream: undefined,
  role: undefined,
  ...change,
});
const passkey = (change: Partial<Passkey> = {}): Passkey => ({
  id: 'p1',
  accountId: 'a1',
  publicKey: Uint8Array.of(1, 2, 3),
  counter: 5,
  transports: ['internal', 'hybrid'],
  backupEligible: true,
  backedUp: false,
  createdAtMs: 2,
  lastUsedAtMs: 0,
  ...change,
});
const UPSTREAM = { issuer: 'https://id.example.test', subject: "'; DROP TABLE account; --" };

/** What every store of accounts does alike. */
function contract(name: string, open: (folder: string) => { accounts: AccountStore; close: () => void }): void {
  const withStore = (run: (store: AccountStore) => Promise<void>) => async (): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-accounts-'));
    const { accounts, close } = open(folder);
    try {
      await run(accounts);
    } finally {
      close();
      rmSync(folder, { recursive: true });
    }
  };
  describe(name, () => {
    test(
      'keeps accounts, finds them by id, name and upstream identity, and lists them by name',
      withStore(async (store) => {
        const bob = account({ id: 'a2', name: 'bob', upstream: UPSTREAM });
        assert.equal(await store.insert(bob), true);
        assert.equal(await store.insert(account()), true);
        assert.deepEqual(await store.find('a1'), account());
        assert.deepEqual(await store.findByName('bob'), bob);
        assert.deepEqual(await store.findByUpstream(UPSTREAM), bob);
        assert.equal(await store.findByUpstream({ ...UPSTREAM, issuer: 'https://other.example.test' }), undefined);
        assert.equal(await store.findByUpstream({ issuer: '', subject: '' }), undefined);
        assert.deepEqual(
          (await store.list({ limit: 9 })).map(({ id }) => id),
          ['a1', 'a2'],
        );
        assert.deepEqual(await store.list({ afterName: 'alice', limit: 9 }), [bob]);
      }),
    );

    test(
      'takes no name and no upstream identity twice',
      withStore(async (store) => {
        await store.insert(account({ upstream: UPSTREAM }));
        assert.equal(await store.insert(account({ id: 'a2' })), false);
        assert.equal(await store.insert(account({ id: 'a3', name: 'c', upstream: UPSTREAM })), false);
        await store.insert(account({ id: 'a4', name: 'd' }));
        assert.equal(await store.update('a4', { upstream: UPSTREAM }), false);
        assert.equal(await store.update('a1', { upstream: undefined, disabled: true }), true);
        assert.deepEqual(await store.find('a1'), account({ disabled: true }));
        assert.equal(await store.update('a4', { upstream: UPSTREAM }), true);
        assert.equal(await store.update('nobody', { disabled: true }), false);
      }),
    );

    test(
      'keeps the role of an account until it is taken away, and gives none unasked',
      withStore(async (store) => {
        await store.insert(account());
        await store.insert(account({ id: 'a2', name: 'bob', role: 'viewer' }));
        assert.equal((await store.find('a1'))?.role, undefined);
        assert.equal((await store.find('a2'))?.role, 'viewer');
        await store.update('a2', { role: 'administrator' });
        await store.update('a2', { displayName: 'Bob' });
        assert.equal((await store.find('a2'))?.role, 'administrator');
        await store.update('a2', { role: undefined });
        assert.equal((await store.find('a2'))?.role, undefined);
      }),
    );

    test(
      'an invite works once, until its end, and for its own account only',
      withStore(async (store) => {
        await store.insert(account());
        await store.insert(account({ id: 'a2', name: 'bob' }));
        assert.equal(await store.setInvite('a1', { digest: 'd1', expiresAtMs: 100 }), true);
        assert.equal(await store.setInvite('nobody', { digest: 'd2', expiresAtMs: 100 }), false);
        assert.equal((await store.findByInvite('d1', 99))?.id, 'a1');
        assert.equal(await store.findByInvite('d1', 100), undefined);
        assert.equal(await store.findByInvite('', 0), undefined);
        const gain = { kind: 'password', passwordHash: 'h' } as const;
        assert.equal(await store.acceptInvite('', 0, gain), false);
        assert.equal(await store.acceptInvite('d1', 100, gain), false);
        const foreign = { kind: 'passkey', passkey: passkey({ accountId: 'a2' }) } as const;
        assert.equal(await store.acceptInvite('d1', 50, foreign), false);
        assert.deepEqual(
          (await Promise.all([store.acceptInvite('d1', 50, gain), store.acceptInvite('d1', 50, gain)])).sort(),
          [false, true],
        );
        assert.equal((await store.find('a1'))?.passwordHash, 'h');
        await store.setInvite('a2', { digest: 'd3', expiresAtMs: 100 });
        assert.equal(await store.acceptInvite('d3', 50, foreign), true);
        assert.equal((await store.listPasskeys('a2')).length, 1);
        await store.setInvite('a2', { digest: 'd4', expiresAtMs: 100 });
        await store.setInvite('a2', undefined);
        assert.equal(await store.findByInvite('d4', 0), undefined);
      }),
    );

    test(
      'an invite of a disabled account is worth nothing',
      withStore(async (store) => {
        await store.insert(account({ disabled: true }));
        await store.setInvite('a1', { digest: 'd1', expiresAtMs: 100 });
        assert.equal(await store.acceptInvite('d1', 1, { kind: 'password', passwordHash: 'h' }), false);
      }),
    );

    test(
      'passkeys are bounded, unique, used once per counter, and go with their account',
      withStore(async (store) => {
        await store.insert(account());
        assert.equal(await store.insertPasskey(passkey({ accountId: 'nobody' }), 2), false);
        assert.equal(await store.insertPasskey(passkey(), 2), true);
        assert.equal(await store.insertPasskey(passkey(), 2), false);
        assert.equal(await store.insertPasskey(passkey({ id: 'p2', createdAtMs: 3 }), 2), true);
        assert.equal(await store.insertPasskey(passkey({ id: 'p3' }), 2), false);
        assert.deepEqual(await store.findPasskey('p1'), passkey());
        const use = { counter: 6, backedUp: true, lastUsedAtMs: 9 };
        assert.equal(await store.usePasskey('p1', 4, use), false);
        assert.deepEqual((await Promise.all([store.usePasskey('p1', 5, use), store.usePasskey('p1', 5, use)])).sort(), [
          false,
          true,
        ]);
        assert.deepEqual(await store.findPasskey('p1'), passkey(use));
        assert.equal(await store.removePasskey('other', 'p2'), false);
        assert.equal(await store.removePasskey('a1', 'p2'), true);
        assert.equal(await store.remove('a1'), true);
        assert.equal(await store.remove('a1'), false);
        assert.equal(await store.findPasskey('p1'), undefined);
      }),
    );
  });
}

contract('the memory store', () => ({ accounts: memoryControlStore().accounts, close: () => undefined }));
contract('the SQLite store', (folder) => {
  const store = openControlStore(join(folder, 'sallyport.db'));
  return { accounts: store.accounts, close: () => store.close() };
});
