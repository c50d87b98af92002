import type { Account, Invite, Passkey } from '../../core/account.ts';
import type { AccountStore } from '../../ports.ts';

export function memoryAccountStore(): AccountStore {
  const accounts = new Map<string, Account>();
  const invites = new Map<string, Invite>();
  const passkeys = new Map<string, Passkey>();
  const first = (fits: (account: Account) => boolean): Account | undefined => [...accounts.values()].find(fits);
  const upstreamTaken = (id: string, upstream: Account['upstream']): boolean =>
    upstream !== undefined && first((one) => one.id !== id && isSame(one.upstream, upstream)) !== undefined;
  const byInvite = (digest: string, nowMs: number): Account | undefined =>
    digest === ''
      ? undefined
      : first(({ id }) => {
          const invite = invites.get(id);
          return invite?.digest === digest && invite.expiresAtMs > nowMs;
        });
  const ofAccount = (accountId: string): Passkey[] =>
    [...passkeys.values()]
      .filter((one) => one.accountId === accountId)
      .sort((one, other) => one.createdAtMs - other.createdAtMs || (one.id < other.id ? -1 : 1));
  return {
    async insert(account) {
      const isTaken = accounts.has(account.id) || first(({ name }) => name === account.name) !== undefined;
      if (isTaken || upstreamTaken(account.id, account.upstream)) return false;
      accounts.set(account.id, account);
      return true;
    },
    find: async (id) => accounts.get(id),
    findByName: async (name) => first((one) => one.name === name),
    findByUpstream: async (upstream) => first((one) => isSame(one.upstream, upstream)),
    list: async ({ afterName, limit }) =>
      [...accounts.values()]
        .filter(({ name }) => afterName === undefined || name > afterName)
        .sort((one, other) => (one.name < other.name ? -1 : 1))
        .slice(0, limit),
    async update(id, change) {
      const known = accounts.get(id);
      if (known === undefined || upstreamTaken(id, change.upstream)) return false;
      accounts.set(id, { ...known, ...change });
      return true;
    },
    async remove(id) {
      for (const one of ofAccount(id)) passkeys.delete(one.id);
      invites.delete(id);
      return accounts.delete(id);
    },
    async setInvite(id, invite) {
      if (!accounts.has(id)) return false;
      if (invite === undefined) invites.delete(id);
      else invites.set(id, invite);
      return true;
    },
    findByInvite: async (digest, nowMs) => byInvite(digest, nowMs),
    async acceptInvite(digest, nowMs, gain) {
      const account = byInvite(digest, nowMs);
      if (account === undefined || account.disabled) return false;
      if (gain.kind === 'passkey') {
        if (gain.passkey.accountId !== account.id || passkeys.has(gain.passkey.id)) return false;
        passkeys.set(gain.passkey.id, gain.passkey);
      } else accounts.set(account.id, { ...account, passwordHash: gain.passwordHash });
      invites.delete(account.id);
      return true;
    },
    async insertPasskey(passkey, max) {
      const hasRoom = accounts.has(passkey.accountId) && ofAccount(passkey.accountId).length < max;
      if (!hasRoom || passkeys.has(passkey.id)) return false;
      passkeys.set(passkey.id, passkey);
      return true;
    },
    findPasskey: async (id) => passkeys.get(id),
    listPasskeys: async (accountId) => ofAccount(accountId),
    async usePasskey(id, counterBefore, use) {
      const known = passkeys.get(id);
      if (known === undefined || known.counter !== counterBefore) return false;
      passkeys.set(id, { ...known, ...use });
      return true;
    },
    removePasskey: async (accountId, id) => passkeys.get(id)?.accountId === accountId && passkeys.delete(id),
    async removePasskeys(accountId) {
      const held = ofAccount(accountId);
      for (const { id } of held) passkeys.delete(id);
      return held.length;
    },
  };
}

function isSame(one: Account['upstream'], other: Account['upstream']): boolean {
  return one !== undefined && one.issuer === other?.issuer && one.subject === other.subject;
}
