import type { ConsoleRole } from '../core/console-role.ts';
import type { Session, SignedIn } from './sessions.ts';

/** Who asks, proved by a bearer token or a session. */
export interface Caller {
  readonly name: string;
  readonly role: ConsoleRole;
  /** Undefined: by a bearer token. */
  readonly session: Session | undefined;
}

export const ADMIN_TOKEN_CALLER: Caller = { name: 'admin token', role: 'administrator', session: undefined };

/** Accounts as far as they may use the admin port, as they are at this moment. */
export interface ConsoleAccounts {
  /** Undefined where the account is gone, disabled, signed out since then, or has no role. */
  find(
    accountId: string,
    signedInAtMs: number,
  ): Promise<{ readonly name: string; readonly role: ConsoleRole } | undefined>;
}

/** The caller a session stands for now; undefined where its account lost what it had. */
export async function callerOf(session: Session, accounts: ConsoleAccounts | undefined): Promise<Caller | undefined> {
  const known = await whoIs(session.who, session.beganAtMs, accounts);
  return known === undefined ? undefined : { ...known, session };
}

async function whoIs(
  who: SignedIn,
  sinceMs: number,
  accounts: ConsoleAccounts | undefined,
): Promise<{ readonly name: string; readonly role: ConsoleRole } | undefined> {
  switch (who.kind) {
    case 'token':
      return { name: who.name, role: who.role };
    case 'account':
      return accounts?.find(who.accountId, sinceMs);
  }
}
