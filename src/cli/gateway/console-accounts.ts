import type { ConsoleAccounts } from '../../admin/caller.ts';
import { isSignedOut } from './signed-out.ts';
import type { GatewayState } from './state.ts';

/** Accounts that may use the admin port: those with a role, until they are disabled, reset or removed. */
export function consoleAccounts(state: Pick<GatewayState, 'accounts' | 'settings'>): ConsoleAccounts {
  return {
    find: async (accountId, signedInAtMs) => {
      const account = await state.accounts.findActive(accountId);
      if (account?.role === undefined) return undefined;
      if (await isSignedOut(state, accountId, Math.floor(signedInAtMs / 1000))) return undefined;
      return { name: account.name, role: account.role };
    },
  };
}
