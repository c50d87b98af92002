import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock, Logger } from '../ports.ts';
import { ADMIN_TOKEN_CALLER, type Caller, type ConsoleAccounts, callerOf } from './caller.ts';
import type { ConsolePasskeys } from './console-passkeys.ts';
import { type AdminAnswer, json, problem } from './operation.ts';
import { endedSessionCookies, sessionCookies } from './session-cookie.ts';
import { type Session, Sessions, type SignedIn } from './sessions.ts';
import { WrongTokens } from './wrong-tokens.ts';

/** A request of a browser, as far as signing in is concerned. */
export interface Visit {
  readonly peer: string;
  /** Scheme, host and port of the page that asks. */
  readonly origin: string;
  /** The session that is presented, good or not. */
  readonly sessionId: string | undefined;
}

export interface ConsoleSignInOptions {
  readonly token: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly accounts: ConsoleAccounts | undefined;
  readonly passkeys: ConsolePasskeys | undefined;
}

/** Who is let in to the admin port: the admin token as a bearer token or for a session, and accounts with a role. */
export class ConsoleSignIn {
  readonly #options: ConsoleSignInOptions;
  readonly #digest: Buffer;
  readonly #sessions: Sessions;
  readonly #wrong: WrongTokens;

  constructor(options: ConsoleSignInOptions) {
    this.#options = options;
    this.#digest = tokenDigest(options.token);
    this.#sessions = new Sessions(options.clock);
    this.#wrong = new WrongTokens(options.clock);
  }

  /** Counts a wrong token; true: the peer sent so many that it is not told any more that they are. */
  isOneTooMany(peer: string): boolean {
    const isThrottled = this.#wrong.isThrottled(peer);
    if (!isThrottled) this.#wrong.count(peer);
    return isThrottled;
  }

  /** Whoever holds the admin token may do everything. */
  byBearer(authorization: string): Caller | undefined {
    return isBearer(authorization, this.#digest) ? ADMIN_TOKEN_CALLER : undefined;
  }

  async bySession(id: string | undefined, use: 'use' | 'look' = 'use'): Promise<Caller | undefined> {
    const session = this.#sessions.find(id, use);
    if (session === undefined || id === undefined) return undefined;
    const caller = await callerOf(session, this.#options.accounts);
    if (caller === undefined) this.#sessions.end(id);
    return caller;
  }

  /** Of a request that changes something: a page that cannot read our answers cannot know it. */
  isCsrfToken(session: Session, given: string | undefined): boolean {
    return given !== undefined && timingSafeEqual(tokenDigest(given), tokenDigest(session.csrfToken));
  }

  withToken(visit: Visit, token: string): Promise<AdminAnswer> {
    if (timingSafeEqual(tokenDigest(token), this.#digest)) {
      const { name, role } = ADMIN_TOKEN_CALLER;
      return this.#begin(visit, { kind: 'token', name, role });
    }
    return Promise.resolve(
      this.isOneTooMany(visit.peer) ? throttled() : problem(401, 'unauthenticated', 'This is not the admin token'),
    );
  }

  async passkeyOptions(visit: Visit): Promise<AdminAnswer> {
    const options = await this.#options.passkeys?.options(visit.origin);
    return options === undefined ? noPasskeys() : json(200, options);
  }

  async withPasskey(visit: Visit, responseText: string): Promise<AdminAnswer> {
    const result = await this.#options.passkeys?.signIn(visit.origin, visit.peer, responseText);
    if (result === undefined) return noPasskeys();
    if (!result.ok) {
      if (this.isOneTooMany(visit.peer)) return throttled();
      const { accountId, detail, cloned } = result;
      this.#options.logger.warn({ accountId, detail, cloned }, 'a passkey was refused at the admin port');
      return problem(401, 'unauthenticated', 'This passkey signs nobody in');
    }
    return this.#begin(visit, { kind: 'account', accountId: result.account.id });
  }

  current({ name, role, session }: Caller): AdminAnswer {
    return session === undefined
      ? problem(409, 'session_none', 'There is no session', 'the request was proved by a bearer token')
      : json(200, sessionView(name, role, session));
  }

  signOut({ sessionId }: Visit): AdminAnswer {
    if (sessionId !== undefined) this.#sessions.end(sessionId);
    return { ...json(200, { signedOut: true }), headers: { 'set-cookie': endedSessionCookies() } };
  }

  async #begin(visit: Visit, who: SignedIn): Promise<AdminAnswer> {
    // Whatever the browser presented before is over: nobody else may know the id that counts from now on.
    if (visit.sessionId !== undefined) this.#sessions.end(visit.sessionId);
    const { id, session } = this.#sessions.begin(who);
    const caller = await this.bySession(id);
    if (caller === undefined)
      return problem(403, 'role', 'This account has no role here', 'an administrator gives it one: accounts grant');
    this.#options.logger.info(
      { name: caller.name, role: caller.role, peer: visit.peer },
      'signed in at the admin port',
    );
    const isHttps = visit.origin.startsWith('https:');
    return {
      ...json(201, sessionView(caller.name, caller.role, session)),
      headers: { 'set-cookie': sessionCookies(id, { isHttps }) },
    };
  }
}

export function tokenDigest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Compares in time that does not depend on where they differ. */
export function isBearer(authorization: string | undefined, expected: Buffer | undefined): boolean {
  if (authorization === undefined || expected === undefined || !/^Bearer /i.test(authorization)) return false;
  return timingSafeEqual(tokenDigest(authorization.slice('Bearer '.length).trim()), expected);
}

export function throttled(): AdminAnswer {
  return { ...problem(429, 'throttled', 'Too many wrong tokens'), headers: { 'retry-after': '60' } };
}

function sessionView(name: string, role: string, session: Session): object {
  return { role, name, csrfToken: session.csrfToken, expiresAt: session.expiresAtMs };
}

function noPasskeys(): AdminAnswer {
  return problem(
    409,
    'passkeys_unavailable',
    'Passkeys do not work at this address',
    'they are bound to the host of the authorization server: reach the console by that name, or sign in with the token',
  );
}
