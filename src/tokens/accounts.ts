import { createHash } from 'node:crypto';
import type { Account, Passkey, UpstreamIdentity } from '../core/account.ts';
import type { ConsoleRole } from '../core/console-role.ts';
import { base62 } from '../crypto/base62.ts';
import type { AccountChange, AccountStore, Clock, Random } from '../ports.ts';
import { isDisplayName, isEmail, normalisedUserName } from './account-names.ts';
import { type PasswordContext, passwordFault } from './password-rules.ts';
import type { PasswordWork } from './password-work.ts';

const ID_CHARACTERS = 22;
const INVITE_CHARACTERS = 43;
const INVITE_LIFE_MS = 86_400_000;
export const PASSKEYS_MAX = 16;
const UPSTREAM_CHARACTERS_MAX = 512;

export interface AccountsOptions {
  readonly store: AccountStore;
  readonly passwords: PasswordWork;
  readonly clock: Clock;
  readonly random: Random;
  /** Names of the service that no password may hold. */
  readonly services: () => readonly string[];
}

export interface NewAccount {
  readonly name: string;
  readonly displayName?: string;
  readonly email?: string;
  readonly password?: string;
  readonly upstream?: UpstreamIdentity;
  readonly role?: ConsoleRole | undefined;
}

export type AccountResult =
  | { readonly ok: true; readonly account: Account }
  | { readonly ok: false; readonly problem: 'invalid' | 'taken' | 'unknown' | 'busy'; readonly message: string };

/** A link's token, shown once, and when it is over. */
export interface NewInvite {
  readonly token: string;
  readonly expiresAtMs: number;
}

/** The life of accounts. Does not end sessions and grants of an account that is disabled: who holds those asks `find`. */
export interface Accounts {
  readonly store: AccountStore;
  readonly passwords: PasswordWork;
  add(wanted: NewAccount): Promise<AccountResult>;
  /** By name as it is typed. */
  findByName(typed: string): Promise<Account | undefined>;
  /** The account if it exists and is not disabled. */
  findActive(id: string): Promise<Account | undefined>;
  change(typed: string, change: Omit<AccountChange, 'passwordHash' | 'emailVerified'>): Promise<AccountResult>;
  setPassword(account: Account, password: string): Promise<AccountResult>;
  /** A new link; one from before is over. */
  invite(account: Account): Promise<NewInvite>;
  /** Takes password and passkeys away, and answers a link to new ones. */
  reset(account: Account): Promise<NewInvite>;
  /** The account a link is for, while it is good. */
  invited(token: string): Promise<Account | undefined>;
  acceptWithPassword(token: string, password: string): Promise<AccountResult>;
  acceptWithPasskey(token: string, passkey: Passkey): Promise<boolean>;
  passwordFault(account: Pick<Account, 'name' | 'email'>, password: string): string | undefined;
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { store, passwords, clock, random } = options;
  const contextOf = ({ name, email }: Pick<Account, 'name' | 'email'>): PasswordContext => ({
    userName: name,
    email,
    services: options.services(),
  });
  const faultOf = (account: Pick<Account, 'name' | 'email'>, password: string): string | undefined =>
    passwordFault(password, contextOf(account));
  const newInvite = async ({ id }: Account): Promise<NewInvite> => {
    const token = base62(random.bytes(32), INVITE_CHARACTERS);
    const expiresAtMs = clock.nowMs() + INVITE_LIFE_MS;
    await store.setInvite(id, { digest: digestOf(token), expiresAtMs });
    return { token, expiresAtMs };
  };
  const named = async (typed: string): Promise<Account | undefined> => {
    // Names that were made for people of a provider have a slash, which no other has; one look-up for whatever is typed.
    const name = typed.includes('/') ? typed : normalisedUserName(typed);
    return store.findByName(name ?? '');
  };
  return {
    store,
    passwords,
    add: async (wanted) => {
      const name = normalisedUserName(wanted.name);
      if (name === undefined)
        return invalid('a user name has 1 to 64 letters, digits and . _ - @ +, and begins with a letter or digit');
      const { email = '', password, upstream } = wanted;
      const displayName = wanted.displayName ?? wanted.name.trim();
      const fault =
        detailFault({ email, displayName, ...(upstream === undefined ? {} : { upstream }) }) ??
        (password === undefined ? undefined : faultOf({ name, email }, password));
      if (fault !== undefined) return invalid(fault);
      const passwordHash = password === undefined ? '' : await passwords.hash(password);
      if (passwordHash === undefined) return BUSY;
      const account: Account = {
        id: newAccountId(random),
        name,
        displayName,
        email,
        emailVerified: false,
        passwordHash,
        disabled: false,
        createdAtMs: clock.nowMs(),
        upstream,
        role: wanted.role,
      };
      return (await store.insert(account)) ? { ok: true, account } : TAKEN;
    },
    findByName: named,
    findActive: async (id) => {
      const account = await store.find(id);
      return account?.disabled === false ? account : undefined;
    },
    change: async (typed, change) => {
      const known = await named(typed);
      if (known === undefined) return UNKNOWN;
      const fault = detailFault(change);
      if (fault !== undefined) return invalid(fault);
      const isNewEmail = change.email !== undefined && change.email !== known.email;
      const isChanged = await store.update(known.id, { ...change, ...(isNewEmail ? { emailVerified: false } : {}) });
      const account = await store.find(known.id);
      if (account === undefined) return UNKNOWN;
      return isChanged ? { ok: true, account } : TAKEN;
    },
    setPassword: async (account, password) => {
      const fault = faultOf(account, password);
      if (fault !== undefined) return invalid(fault);
      const passwordHash = await passwords.hash(password);
      if (passwordHash === undefined) return BUSY;
      // A link that was given out before would set another one.
      await store.setInvite(account.id, undefined);
      if (!(await store.update(account.id, { passwordHash }))) return UNKNOWN;
      return { ok: true, account: { ...account, passwordHash } };
    },
    invite: newInvite,
    reset: async (account) => {
      await store.update(account.id, { passwordHash: '' });
      await store.removePasskeys(account.id);
      return newInvite(account);
    },
    invited: async (token) => {
      const account = await store.findByInvite(digestOf(token), clock.nowMs());
      return account?.disabled === false ? account : undefined;
    },
    acceptWithPassword: async (token, password) => {
      const digest = digestOf(token);
      const account = await store.findByInvite(digest, clock.nowMs());
      if (account === undefined || account.disabled) return UNKNOWN;
      const fault = faultOf(account, password);
      if (fault !== undefined) return invalid(fault);
      const passwordHash = await passwords.hash(password);
      if (passwordHash === undefined) return BUSY;
      const isAccepted = await store.acceptInvite(digest, clock.nowMs(), { kind: 'password', passwordHash });
      return isAccepted ? { ok: true, account } : UNKNOWN;
    },
    acceptWithPasskey: (token, passkey) =>
      store.acceptInvite(digestOf(token), clock.nowMs(), { kind: 'passkey', passkey }),
    passwordFault: faultOf,
  };
}

/** Random, so that no `sub` is ever given to a second person. */
export function newAccountId(random: Random): string {
  return base62(random.bytes(16), ID_CHARACTERS);
}

/** 256 random bits need no slow hash. */
function digestOf(token: string): string {
  return createHash('sha256').update(token.slice(0, 256)).digest('hex');
}

function detailFault({ email, displayName, upstream }: AccountChange): string | undefined {
  if (email !== undefined && email !== '' && !isEmail(email)) return 'this is no e-mail address';
  if (displayName !== undefined && !isDisplayName(displayName))
    return 'a display name has 1 to 100 characters, all of them visible';
  if (upstream === undefined) return undefined;
  const isBounded = [upstream.issuer, upstream.subject].every(
    (one) => one !== '' && one.length <= UPSTREAM_CHARACTERS_MAX,
  );
  return isBounded ? undefined : 'an upstream identity has an issuer and a subject, of at most 512 characters each';
}

function invalid(message: string): AccountResult {
  return { ok: false, problem: 'invalid', message };
}

const TAKEN: AccountResult = { ok: false, problem: 'taken', message: 'the name or the upstream identity is taken' };
const UNKNOWN: AccountResult = { ok: false, problem: 'unknown', message: 'no such account' };
const BUSY: AccountResult = { ok: false, problem: 'busy', message: 'as many passwords as allowed are being hashed' };
