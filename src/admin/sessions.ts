import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { ConsoleRole } from '../core/console-role.ts';
import type { Clock } from '../ports.ts';

const LIFE_MS = 12 * 3_600_000;
const IDLE_MS = 3_600_000;
const SESSIONS_MAX = 1_000;
/** Of one account: whoever signs in again and again must not sign out the others. */
const SESSIONS_PER_ACCOUNT_MAX = 50;
const ID_BYTES = 32;
/** 32 bytes in base64url; anything else is no id and is not hashed. */
const ID = /^[\w-]{43}$/;

/** Who signed in. Of an account the role is asked for again at every request. */
export type SignedIn =
  | { readonly kind: 'token'; readonly name: string; readonly role: ConsoleRole }
  | { readonly kind: 'account'; readonly accountId: string };

export interface Session {
  readonly who: SignedIn;
  readonly csrfToken: string;
  readonly beganAtMs: number;
  /** At the latest; earlier without a request for an hour. */
  readonly expiresAtMs: number;
}

interface Held extends Session {
  usedAtMs: number;
}

/**
 * Sessions of browsers, in memory alone: a restart ends them all. Only digests of their ids are held. Full, the one that
 * was used longest ago goes.
 */
export class Sessions {
  readonly #clock: Clock;
  readonly #held = new Map<string, Held>();
  /** Of this process, so that who reads an id in a cookie does not know the token that goes with it. */
  readonly #csrfKey = randomBytes(32);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new session under an id that nobody had before. */
  begin(who: SignedIn): { readonly id: string; readonly session: Session } {
    const nowMs = this.#clock.nowMs();
    const id = randomBytes(ID_BYTES).toString('base64url');
    const session: Held = {
      who,
      csrfToken: createHmac('sha256', this.#csrfKey).update(id).digest('base64url'),
      beganAtMs: nowMs,
      expiresAtMs: nowMs + LIFE_MS,
      usedAtMs: nowMs,
    };
    for (const [digest, held] of this.#held) if (isOver(held, nowMs)) this.#held.delete(digest);
    const isOwn = (held: Held): boolean =>
      who.kind === 'account' && held.who.kind === 'account' && held.who.accountId === who.accountId;
    this.#makeRoom(isOwn, SESSIONS_PER_ACCOUNT_MAX);
    this.#makeRoom(() => true, SESSIONS_MAX);
    this.#held.set(digestOf(id), session);
    return { id, session };
  }

  /** The session of an id while it lasts; `use`: this is a request, which keeps it alive. */
  find(id: string | undefined, use: 'use' | 'look'): Session | undefined {
    if (id === undefined || !ID.test(id)) return undefined;
    const digest = digestOf(id);
    const held = this.#held.get(digest);
    if (held === undefined) return undefined;
    const nowMs = this.#clock.nowMs();
    if (isOver(held, nowMs)) {
      this.#held.delete(digest);
      return undefined;
    }
    if (use === 'use') held.usedAtMs = nowMs;
    return held;
  }

  end(id: string): void {
    if (ID.test(id)) this.#held.delete(digestOf(id));
  }

  /** Ends the idlest of those meant until there is room for one more. */
  #makeRoom(isMeant: (held: Held) => boolean, max: number): void {
    const meant = [...this.#held].filter(([, held]) => isMeant(held));
    const idlestFirst = meant.sort(([, one], [, other]) => one.usedAtMs - other.usedAtMs);
    for (const [digest] of idlestFirst.slice(0, Math.max(0, meant.length - max + 1))) this.#held.delete(digest);
  }
}

function isOver(held: Held, nowMs: number): boolean {
  // Before it began: the clock was set back, and would let it live longer.
  return nowMs >= held.expiresAtMs || nowMs - held.usedAtMs >= IDLE_MS || nowMs < held.beganAtMs;
}

function digestOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}
