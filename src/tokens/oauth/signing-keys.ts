import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import {
  type IssuerLifetimes,
  type SigningAlgorithm,
  type SigningKey,
  type SigningKeyPolicy,
  type SigningKeyState,
  signingKeyState,
} from '../../core/issuer.ts';
import { jwkThumbprint } from '../../crypto/jose/thumbprint.ts';
import type { Sealer } from '../../crypto/sealing.ts';
import type { Clock, SigningKeyStore } from '../../ports.ts';

/** How long after the last token under it could have ended a key stays published: clocks differ, and caches live. */
const OVERLAP_MARGIN_SECONDS = 300;
/** Retired keys that wait for their removal; more rotations than that at once are somebody's mistake. */
const KEYS_MAX = 32;
const RSA_BITS = 3072;
/** After a change that did not work, so that nothing else has to wait while it is tried again and again. */
const RETRY_MS = 5_000;

export interface SigningKeysOptions {
  readonly store: SigningKeyStore;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly policy: () => SigningKeyPolicy;
  readonly lifetimes: () => IssuerLifetimes;
  /** Longest life of a token by exchange, seconds. */
  readonly exchangeSecondsMax: () => number;
  /** Refuses every token under a key from now on. */
  readonly revokeKey: (kid: string) => Promise<void>;
  /** Resolves when everybody publishes and verifies by the keys as they are now. */
  readonly changed: () => Promise<void>;
}

/** A private key that signs, as JWK. */
export type PrivateJwk = Readonly<Record<string, string>>;

export interface SigningKeyView {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly state: SigningKeyState;
  readonly createdAtMs: number;
  readonly signsFromMs: number;
  readonly retiredAtMs: number;
  readonly removedAtMs: number;
}

/** A private key of the store cannot be opened: the sealing key is not the one it was sealed under. */
export class SigningKeysUnreadable extends Error {
  override readonly name = 'SigningKeysUnreadable';
}

/**
 * The keys tokens are signed with, and their life: published, so that whoever caches the set has them; signing; retired, when
 * the next one signs, and published as long as a token under them may live; removed. The private half is kept sealed, and
 * is destroyed when the key retires. Changes happen one after the other.
 */
export class SigningKeys {
  readonly #options: SigningKeysOptions;
  #keys: readonly SigningKey[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  /** False: somebody may still publish, or sign with, keys that were changed since. */
  #toldAll = true;
  #failedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: SigningKeysOptions) {
    this.#options = options;
  }

  /** Reads the keys, and makes the first one where there is none. Throws SigningKeysUnreadable. */
  async load(): Promise<void> {
    this.#keys = await this.#options.store.list();
    for (const key of this.#keys) if (key.sealedPrivateJwk.length > 0) this.#opened(key);
    await this.advance();
  }

  /** Keys that may be published now, the one that signs first. */
  published(): readonly Readonly<Record<string, string>>[] {
    const nowMs = this.#options.clock.nowMs();
    const signing = this.#signing(nowMs);
    const others = this.#keys.filter((key) => key !== signing && signingKeyState(key, nowMs) !== 'removed');
    return [...(signing === undefined ? [] : [signing]), ...others].map(({ publicJwk }) => publicJwk);
  }

  /** The private key that signs now. Throws where there is none, which `load` has ruled out. */
  signing(): PrivateJwk {
    const key = this.#signing(this.#options.clock.nowMs());
    if (key === undefined) throw new TypeError('there is no signing key');
    return this.#opened(key);
  }

  list(): readonly SigningKeyView[] {
    const nowMs = this.#options.clock.nowMs();
    return this.#keys.map((key) => ({
      kid: key.kid,
      algorithm: key.algorithm,
      state: signingKeyState(key, nowMs),
      createdAtMs: key.createdAtMs,
      signsFromMs: key.signsFromMs,
      retiredAtMs: key.retiredAtMs,
      removedAtMs: key.removedAtMs,
    }));
  }

  /** Unix milliseconds of the next change that is due by itself. */
  dueAtMs(): number {
    const nowMs = this.#options.clock.nowMs();
    const isRetry = nowMs >= this.#failedAtMs && nowMs < this.#failedAtMs + RETRY_MS;
    return isRetry ? this.#failedAtMs + RETRY_MS : this.#dueAtMs(nowMs);
  }

  #dueAtMs(nowMs: number): number {
    if (!this.#toldAll) return nowMs;
    const { rotateSeconds, publishAheadSeconds, algorithm } = this.#options.policy();
    const signing = this.#signing(nowMs);
    const next = this.#next(nowMs);
    const times = this.#keys.map(({ removedAtMs }) => (removedAtMs === 0 ? Infinity : removedAtMs));
    if (next !== undefined) times.push(next.signsFromMs);
    else if (signing === undefined || signing.algorithm !== algorithm) times.push(nowMs);
    else times.push(signing.signsFromMs + (rotateSeconds - publishAheadSeconds) * 1000);
    return Math.min(...times);
  }

  /** Does what is due by the time and the policy. */
  advance(): Promise<void> {
    return this.#inTurn(async () => {
      const { clock, policy } = this.#options;
      const { algorithm, rotateSeconds, publishAheadSeconds } = policy();
      const nowMs = clock.nowMs();
      let keys = this.#retireReplaced(this.#keys, nowMs);
      const signing = newestSigning(keys, nowMs);
      const next = keys.find((key) => signingKeyState(key, nowMs) === 'published');
      if (signing === undefined) keys = [...keys, await this.#made(algorithm, nowMs, nowMs)];
      else if (next === undefined) {
        const dueAtMs = signing.signsFromMs + rotateSeconds * 1000;
        // With another algorithm there is no reason to wait for the end of the old key's time.
        const signsFromMs = signing.algorithm === algorithm ? dueAtMs : nowMs + publishAheadSeconds * 1000;
        if (signsFromMs - publishAheadSeconds * 1000 <= nowMs)
          keys = [
            ...keys,
            await this.#made(algorithm, nowMs, Math.max(signsFromMs, nowMs + publishAheadSeconds * 1000)),
          ];
      }
      await this.#keep(keys, nowMs);
    });
  }

  /**
   * Rotates out of turn. `scheduled`: the next key is published now and signs after the time of the policy; `now`: it signs at
   * once; `emergency`: it signs at once, and every other key is removed and its tokens refused.
   */
  rotate(how: 'scheduled' | 'now' | 'emergency'): Promise<readonly SigningKeyView[]> {
    return this.#inTurn(async () => {
      const { clock, policy, revokeKey } = this.#options;
      const { algorithm, publishAheadSeconds } = policy();
      const nowMs = clock.nowMs();
      if (how === 'emergency') {
        const made = await this.#made(algorithm, nowMs, nowMs);
        // Refused first: whatever fails afterwards, no token under a lost key is taken, and who asks again finds them all.
        for (const { kid } of this.#keys) await revokeKey(kid);
        await this.#keep([made], nowMs);
        return this.list();
      }
      const next = this.#next(nowMs);
      const signsFromMs = how === 'now' ? nowMs : nowMs + publishAheadSeconds * 1000;
      const keys =
        next === undefined
          ? [...this.#keys, await this.#made(algorithm, nowMs, signsFromMs)]
          : this.#keys.map((key) =>
              key === next ? { ...key, signsFromMs: Math.min(key.signsFromMs, signsFromMs) } : key,
            );
      if (keys.length > KEYS_MAX) throw new TooManyKeys(`${KEYS_MAX} keys are published already`);
      await this.#keep(this.#retireReplaced(keys, nowMs), nowMs);
      return this.list();
    });
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(action);
    this.#turn = done.then(
      () => {
        this.#failedAtMs = Number.NEGATIVE_INFINITY;
      },
      () => {
        this.#failedAtMs = this.#options.clock.nowMs();
      },
    );
    return done;
  }

  /** Stored first: a key nobody could find again after a restart must not sign. */
  async #keep(keys: readonly SigningKey[], nowMs: number): Promise<void> {
    const kept = keys.filter((key) => signingKeyState(key, nowMs) !== 'removed');
    const before = new Map(this.#keys.map((key) => [key.kid, key]));
    const changed = kept.filter((key) => before.get(key.kid) !== key);
    const left = new Set(kept.map(({ kid }) => kid));
    const removed = this.#keys.filter(({ kid }) => !left.has(kid)).map(({ kid }) => kid);
    const signedBy = this.#signing(nowMs)?.kid;
    if (changed.length > 0 || removed.length > 0) await this.#options.store.change(changed, removed);
    this.#keys = kept;
    if (changed.length > 0 || removed.length > 0 || signedBy !== this.#signing(nowMs)?.kid) this.#toldAll = false;
    if (this.#toldAll) return;
    await this.#options.changed();
    this.#toldAll = true;
  }

  /** Whoever signed before the newest does no longer: its private half goes, its public half stays for its last token. */
  #retireReplaced(keys: readonly SigningKey[], nowMs: number): readonly SigningKey[] {
    const newest = newestSigning(keys, nowMs);
    const overlapMs = (this.#longestToken() + OVERLAP_MARGIN_SECONDS) * 1000;
    return keys.map((key) =>
      newest === undefined || key === newest || key.retiredAtMs !== 0 || key.signsFromMs > nowMs
        ? key
        : { ...key, sealedPrivateJwk: NOTHING, retiredAtMs: nowMs, removedAtMs: nowMs + overlapMs },
    );
  }

  #longestToken(): number {
    const { accessSeconds, idTokenSeconds } = this.#options.lifetimes();
    return Math.max(accessSeconds, idTokenSeconds, this.#options.exchangeSecondsMax());
  }

  #signing(nowMs: number): SigningKey | undefined {
    return newestSigning(this.#keys, nowMs);
  }

  #next(nowMs: number): SigningKey | undefined {
    return this.#keys.find((key) => signingKeyState(key, nowMs) === 'published');
  }

  async #made(algorithm: SigningAlgorithm, nowMs: number, signsFromMs: number): Promise<SigningKey> {
    const { publicKey, privateKey } = await generate(algorithm);
    const exported = publicKey.export({ format: 'jwk' }) as Record<string, string>;
    const kid = jwkThumbprint(exported);
    const names = { kid, alg: algorithm, use: 'sig' };
    const privateJwk = { ...(privateKey.export({ format: 'jwk' }) as Record<string, string>), ...names };
    return {
      kid,
      algorithm,
      publicJwk: { ...exported, ...names },
      sealedPrivateJwk: this.#options.sealer.seal(Buffer.from(JSON.stringify(privateJwk)), kid),
      createdAtMs: nowMs,
      signsFromMs,
      retiredAtMs: 0,
      removedAtMs: 0,
    };
  }

  #opened(key: SigningKey): PrivateJwk {
    const plain = this.#options.sealer.open(key.sealedPrivateJwk, key.kid);
    if (plain === undefined)
      throw new SigningKeysUnreadable(`the signing key ${key.kid} was sealed under another sealing key`);
    return JSON.parse(Buffer.from(plain).toString('utf8')) as PrivateJwk;
  }
}

export class TooManyKeys extends Error {
  override readonly name = 'TooManyKeys';
}

const NOTHING = new Uint8Array(0);

function newestSigning(keys: readonly SigningKey[], nowMs: number): SigningKey | undefined {
  let newest: SigningKey | undefined;
  for (const key of keys)
    if (signingKeyState(key, nowMs) === 'signing' && (newest === undefined || key.signsFromMs >= newest.signsFromMs))
      newest = key;
  return newest;
}

const generated = promisify(generateKeyPair);

/** Off this thread, which has calls to answer: a pair for RSA takes up to seconds. */
function generate(algorithm: SigningAlgorithm) {
  switch (algorithm) {
    case 'ES256':
      return generated('ec', { namedCurve: 'P-256' });
    case 'Ed25519':
      return generated('ed25519');
    case 'PS256':
    case 'RS256':
      return generated('rsa', { modulusLength: RSA_BITS });
  }
}
