import { REVOCATION_KINDS, REVOKED_ALWAYS, type RevocationKind, type TokenRevocation } from '../core/credential.ts';
import type { RevocationWriter } from '../crypto/revocation-memory.ts';
import type { Clock, RevocationStore } from '../ports.ts';

const VALUE_CHARACTERS_MAX = 512;
const LIST_PAGE = 1_000;

export interface NewRevocation {
  readonly kind: RevocationKind;
  readonly issuer: string;
  readonly value: string;
  /** Tokens issued up to then; undefined: now, by the issuer's clock too, for `sub` and `client`, every one for the others. */
  readonly beforeSeconds?: number;
  /** True: every token, also future ones, until it is taken back. */
  readonly always?: boolean;
  readonly reason?: string;
}

export type RevocationResult =
  | { readonly ok: true; readonly revocation: TokenRevocation }
  | { readonly ok: false; readonly message: string };

export interface TokenRevocationsOptions {
  readonly store: RevocationStore;
  readonly writer: RevocationWriter;
  /** Resolves when every thread reads the newest table; called after a change that may have made it grow. */
  readonly published: () => Promise<void>;
  readonly clock: Clock;
  /** Longest life of any token that is taken, seconds: so long a revocation has to be remembered. Infinity: some never end. */
  readonly lifetimeSecondsMax: () => number;
  /** How far ahead of ours the clock of an issuer may be: what was issued up to now may say so much later. */
  readonly skewSecondsMax: () => number;
}

/**
 * Revokes tokens of issuers by id, session, subject, client or signing key. In force on every thread, verification caches
 * included, before a promise resolves, and durable then.
 */
export class TokenRevocations {
  readonly #options: TokenRevocationsOptions;

  constructor(options: TokenRevocationsOptions) {
    this.#options = options;
  }

  /** Puts everything that is stored into force; answers how many. */
  async load(): Promise<number> {
    const { store, writer, clock } = this.#options;
    await store.prune(clock.nowMs());
    let count = 0;
    let after: TokenRevocation | undefined;
    for (;;) {
      const found = await store.list(after === undefined ? { limit: LIST_PAGE } : { after, limit: LIST_PAGE });
      for (const { kind, issuer, value, beforeSeconds, expiresAtMs } of found)
        writer.add(kind, issuer, value, beforeSeconds, expiresAtMs);
      count += found.length;
      after = found.at(-1);
      if (found.length < LIST_PAGE) return count;
    }
  }

  async revoke(wanted: NewRevocation): Promise<RevocationResult> {
    const problem = problemOf(wanted);
    if (problem !== undefined) return { ok: false, message: problem };
    const { store, writer, published, clock, lifetimeSecondsMax, skewSecondsMax } = this.#options;
    const nowMs = clock.nowMs();
    const { kind, issuer, value } = wanted;
    const revocation: TokenRevocation = {
      kind,
      issuer,
      value,
      beforeSeconds:
        wanted.always === true
          ? REVOKED_ALWAYS
          : (wanted.beforeSeconds ?? defaultBefore(kind, nowMs, skewSecondsMax())),
      // A key that is revoked stays so: its successor has another id.
      expiresAtMs: wanted.always === true || kind === 'kid' ? 0 : forgottenAtMs(nowMs, lifetimeSecondsMax()),
      createdAtMs: nowMs,
      reason: wanted.reason ?? '',
    };
    // In force first: what cannot be stored is refused all the same until the next start, and the caller is told.
    writer.add(kind, issuer, value, revocation.beforeSeconds, revocation.expiresAtMs);
    await published();
    await store.put(revocation);
    return { ok: true, revocation };
  }

  /** Takes a revocation back; false where there was none. */
  async restore(kind: RevocationKind, issuer: string, value: string): Promise<boolean> {
    const { store, writer, published } = this.#options;
    const removed = await store.remove(kind, issuer, value);
    if (removed) {
      writer.remove(kind, issuer, value);
      await published();
    }
    return removed;
  }

  list(page: Parameters<RevocationStore['list']>[0]): Promise<TokenRevocation[]> {
    return this.#options.store.list(page);
  }

  /** Forgets what no valid token can meet any more. */
  async prune(): Promise<void> {
    const { store, writer, clock } = this.#options;
    const nowMs = clock.nowMs();
    await store.prune(nowMs);
    writer.prune(nowMs);
  }
}

function defaultBefore(kind: RevocationKind, nowMs: number, skewSeconds: number): number {
  return kind === 'sub' || kind === 'client' ? Math.ceil(nowMs / 1000) + skewSeconds : REVOKED_ALWAYS;
}

/** 0: never. */
function forgottenAtMs(nowMs: number, lifetimeSeconds: number): number {
  return Number.isFinite(lifetimeSeconds) ? nowMs + (lifetimeSeconds + 60) * 1000 : 0;
}

function problemOf({ kind, issuer, value, beforeSeconds }: NewRevocation): string | undefined {
  if (!REVOCATION_KINDS.includes(kind)) return `kind is one of ${REVOCATION_KINDS.join(', ')}`;
  if (issuer === '' || issuer.length > VALUE_CHARACTERS_MAX) return 'the issuer is empty or too long';
  if (value === '' || value.length > VALUE_CHARACTERS_MAX) return 'the value is empty or too long';
  if (
    beforeSeconds !== undefined &&
    (!Number.isSafeInteger(beforeSeconds) || beforeSeconds < 0 || beforeSeconds >= REVOKED_ALWAYS)
  )
    return 'the time is no number of Unix seconds';
  return undefined;
}
