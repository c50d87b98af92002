import { createHash } from 'node:crypto';
import type { Account } from '../../core/account.ts';
import { addressGroup } from '../../http/client-address.ts';
import type { Clock } from '../../ports.ts';
import { normalisedUserName } from '../account-names.ts';
import type { Accounts } from '../accounts.ts';
import { createTryThrottle } from './try-throttle.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
/** One account from one address, or from a browser it signed in from before. */
const PAIR = { free: 5, firstWaitMs: 2_000, waitMsMax: 15 * MINUTE_MS, forgetMs: DAY_MS } as const;
/** One address, which may be that of a whole office. */
const ADDRESS = { free: 30, firstWaitMs: 1_000, waitMsMax: 5 * MINUTE_MS, forgetMs: 60 * MINUTE_MS } as const;
/** One account from everywhere: its owner, from a browser that is known, does not wait for this. */
const ACCOUNT = { free: 50, firstWaitMs: 1_000, waitMsMax: MINUTE_MS, forgetMs: DAY_MS } as const;

export type PasswordResult =
  /** `atMs`: when it was right, of what was in force then. */
  | { readonly kind: 'right'; readonly account: Account; readonly atMs: number }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'busy' };

export interface PasswordTry {
  readonly userName: string;
  readonly password: string;
  readonly address: string;
  /** Whether the account signed in from this browser before. */
  readonly isKnownDevice: (accountId: string) => boolean;
}

/** Checks user name and password. */
export type PasswordSignIn = (attempt: PasswordTry) => Promise<PasswordResult>;

/**
 * Guessing is slowed down per account and address, per address, and per account; names that nobody has are counted alike
 * and cost one hash as well, so that neither text, wait nor work tells who exists. How many hashes run at once is bounded
 * over all.
 */
export function createPasswordSignIn({
  accounts,
  clock,
}: {
  readonly accounts: Accounts;
  readonly clock: Clock;
}): PasswordSignIn {
  const pairs = createTryThrottle(PAIR);
  const addresses = createTryThrottle(ADDRESS);
  const everywhere = createTryThrottle(ACCOUNT);
  return async ({ userName, password, address, isKnownDevice }) => {
    const account = await accounts.findByName(userName);
    // Read before anything is decided, and no promise between deciding and counting.
    const nowMs = clock.nowMs();
    const name = keyOf(userName);
    const group = addressGroup(address);
    const isKnown = account !== undefined && isKnownDevice(account.id);
    const pair = isKnown ? `device ${name}` : `${group} ${name}`;
    const waitMs = Math.max(
      pairs.waitMs(pair, nowMs),
      addresses.waitMs(group, nowMs),
      isKnown ? 0 : everywhere.waitMs(name, nowMs),
    );
    if (waitMs > 0) return { kind: 'wait', seconds: Math.ceil(waitMs / 1_000) };
    pairs.charge(pair, nowMs);
    addresses.charge(group, nowMs);
    if (!isKnown) everywhere.charge(name, nowMs);
    const isRight = await accounts.passwords.verify(account?.passwordHash ?? '', password);
    if (isRight === undefined) {
      // Nothing was found out: it was no try.
      pairs.refund(pair);
      addresses.refund(group);
      if (!isKnown) everywhere.refund(name);
      return { kind: 'busy' };
    }
    if (!isRight || account === undefined) return { kind: 'wrong' };
    const atMs = clock.nowMs();
    // Hashing takes a while, in which somebody may have taken the password away, and ended everything up to then.
    const current = await accounts.findActive(account.id);
    if (current?.passwordHash !== account.passwordHash) return { kind: 'wrong' };
    pairs.clear(pair);
    addresses.refund(group);
    if (!isKnown) everywhere.clear(name);
    return { kind: 'right', account, atMs };
  };
}

/** Of one length whatever is typed, so that the memory has a bound. */
function keyOf(userName: string): string {
  const name = normalisedUserName(userName) ?? userName;
  return createHash('sha256').update(name).digest('base64');
}
