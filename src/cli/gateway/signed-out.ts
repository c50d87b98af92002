import type { AdminServices } from '../../admin/services.ts';
import type { Clock } from '../../ports.ts';
import type { GatewayState } from './state.ts';

/** Of a setting: until when what was begun for an account is over, Unix seconds. */
const SIGNED_OUT = 'signed-out ';

type Parts = Pick<GatewayState, 'accounts' | 'revocations' | 'settings'>;

/** Whether what was begun for an account then (Unix seconds; undefined: nobody knows when) is over. */
export async function isSignedOut(
  { settings }: Pick<GatewayState, 'settings'>,
  accountId: string,
  sinceSeconds: number | undefined,
): Promise<boolean> {
  const signedOut = Number((await settings.get(SIGNED_OUT + accountId)) ?? 0);
  return signedOut > 0 && (sinceSeconds === undefined || sinceSeconds <= signedOut);
}

/**
 * Accounts of which whoever is disabled, removed or reset is signed out everywhere before the answer: sessions and refresh
 * tokens by the time they were begun, access tokens by revocation. Also while no authorization server runs: it will again.
 */
export function signingOut(
  { accounts, revocations, settings }: Parts,
  clock: Clock,
  issuer: () => string | undefined,
): AdminServices['accounts'] {
  const signOut = async (id: string): Promise<void> => {
    const nowSeconds = Math.floor(clock.nowMs() / 1000);
    const identifier = issuer();
    // One does not wait for the other: a store that fails must not keep the tokens in force.
    const done = await Promise.allSettled([
      identifier === undefined
        ? undefined
        : revocations.revoke({ kind: 'sub', issuer: identifier, value: id, beforeSeconds: nowSeconds }),
      settings.set(SIGNED_OUT + id, String(nowSeconds)),
    ]);
    for (const one of done) if (one.status === 'rejected') throw one.reason;
  };
  return {
    ...accounts,
    store: {
      ...accounts.store,
      remove: async (id) => {
        const removed = await accounts.store.remove(id);
        await signOut(id);
        return removed;
      },
    },
    change: async (name, change) => {
      const result = await accounts.change(name, change);
      if (result.ok && result.account.disabled) await signOut(result.account.id);
      return result;
    },
    setPassword: async (account, password) => {
      const result = await accounts.setPassword(account, password);
      if (result.ok) await signOut(account.id);
      return result;
    },
    reset: async (account) => {
      const invite = await accounts.reset(account);
      await signOut(account.id);
      return invite;
    },
  };
}
