import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import type { Account } from '../../core/account.ts';
import { memoryControlStore } from '../../store/memory/control-store.ts';
import { createAccounts } from '../../tokens/accounts.ts';
import { createPasswordWork } from '../../tokens/password-work.ts';
import { isSignedOut, signingOut } from './signed-out.ts';

const NOW_SECONDS = 1_800_000_000;
const ISSUER = 'https://api.example.test/oauth';

function house({ issuer, broken = false }: { readonly issuer?: string; readonly broken?: boolean } = {}) {
  const clock = { nowMs: () => NOW_SECONDS * 1000, monotonicMicros: () => 0 };
  const random = { bytes: (count: number) => randomBytes(count) };
  const { accounts: store, settings: kept } = memoryControlStore();
  const settings = { ...kept, set: broken ? () => Promise.reject(new Error('disk full')) : kept.set };
  const revoked: unknown[] = [];
  const revoke = async (wanted: unknown) => {
    revoked.push(wanted);
    return { ok: true };
  };
  const parts = {
    accounts: createAccounts({ store, passwords: createPasswordWork(random), clock, random, services: () => [] }),
    settings,
    revocations: { revoke },
  } as unknown as Parameters<typeof signingOut>[0];
  return { parts, revoked, accounts: signingOut(parts, clock, () => issuer) };
}

const ENDINGS: readonly [string, (accounts: ReturnType<typeof signingOut>, account: Account) => Promise<unknown>][] = [
  ['disabled', (accounts, { name }) => accounts.change(name, { disabled: true })],
  ['removed', (accounts, { id }) => accounts.store.remove(id)],
  ['given another password', (accounts, account) => accounts.setPassword(account, 'plum tractor violin')],
  ['reset', (accounts, account) => accounts.reset(account)],
];

for (const issuer of [ISSUER, undefined])
  for (const [how, end] of ENDINGS)
    test(`who is ${how} is signed out, ${issuer === undefined ? 'also where no issuer is configured' : 'with their access tokens'}`, async () => {
      const { parts, accounts, revoked } = house(issuer === undefined ? {} : { issuer });
      const added = await accounts.add({ name: 'alice' });
      assert.ok(added.ok);
      const { id } = added.account;
      assert.equal(await isSignedOut(parts, id, NOW_SECONDS), false);
      await end(accounts, added.account);
      assert.equal(await isSignedOut(parts, id, NOW_SECONDS), true);
      assert.equal(await isSignedOut(parts, id, undefined), true, 'what nobody knows the age of');
      assert.equal(await isSignedOut(parts, id, NOW_SECONDS + 1), false, 'who signed in again');
      assert.deepEqual(
        revoked,
        issuer === undefined ? [] : [{ kind: 'sub', issuer, value: id, beforeSeconds: NOW_SECONDS }],
      );
    });

test('access tokens are refused also where the sign-out cannot be stored, and whoever asked is told', async () => {
  const { accounts, revoked } = house({ issuer: ISSUER, broken: true });
  const added = await accounts.add({ name: 'alice' });
  assert.ok(added.ok);
  await assert.rejects(accounts.reset(added.account), /disk full/);
  assert.equal(revoked.length, 1);
});
