import { createSecretKey } from 'node:crypto';
import type { JwsAlgorithm, JwtAuthenticatorConfig } from '../core/configuration.ts';
import { compileKeySet, type KeySet } from '../crypto/jose/key-set.ts';
import type { VerificationKey } from '../crypto/jose/types.ts';
import type { KeySetSource, PublishedKeySet } from '../ports.ts';
import { keySetName } from './issuers/key-set-name.ts';

/** Keys tokens are verified with, and until when. */
export interface KeysInForce {
  /** Differs from that of any other keys of this issuer. */
  readonly generation: number;
  /** After this they are not to be believed. */
  readonly usableUntilMs: number;
  /** Before this, asking for newer ones changes nothing. */
  readonly refreshableAtMs: number;
  readonly keys: Pick<KeySet, 'find' | 'has' | 'knowsOtherAlgorithm'>;
}

/** The keys of one issuer: those of the configuration, or the newest that were published. */
export interface TokenKeys {
  /** Undefined while none could be had. */
  current(): KeysInForce | undefined;
  /** Asks the issuer; resolves when `current` is as new as it will get. Never rejects. */
  refresh(): Promise<void>;
}

/** `name`: of the authenticator. Throws where a configured secret is none, which loading has already refused. */
export function createTokenKeys(name: string, config: JwtAuthenticatorConfig, source: KeySetSource): TokenKeys {
  const { keys, algorithms } = config;
  switch (keys.kind) {
    case 'fixed':
      return fixed(compileKeySet(keys.keys, algorithms));
    case 'secrets':
      return fixed(secretKeys(keys.secrets, algorithms));
    case 'discovery':
    case 'url':
    case 'own':
      return new PublishedKeys(keySetName(name, config), algorithms, source);
  }
}

function fixed(keys: KeysInForce['keys']): TokenKeys {
  const inForce: KeysInForce = { generation: 0, usableUntilMs: Infinity, refreshableAtMs: Infinity, keys };
  return { current: () => inForce, refresh: () => Promise.resolve() };
}

/** A secret has no name: each is tried, and a `kid` of the token decides nothing. */
function secretKeys(secrets: readonly string[], algorithms: readonly JwsAlgorithm[]): KeysInForce['keys'] {
  const [algorithm, ...others] = algorithms;
  if (algorithm === undefined || others.length > 0 || !algorithm.startsWith('HS'))
    throw new TypeError('secrets serve exactly one HS* algorithm');
  const candidates: readonly VerificationKey[] = secrets.map((secret) => ({
    algorithm,
    kid: undefined,
    key: createSecretKey(Buffer.from(secret, 'utf8')),
  }));
  return {
    find: (_kid, asked) => (asked === algorithm ? candidates : []),
    has: () => true,
    knowsOtherAlgorithm: () => false,
  };
}

/** Compiles each published set once. */
class PublishedKeys implements TokenKeys {
  readonly #name: string;
  readonly #algorithms: readonly JwsAlgorithm[];
  readonly #source: KeySetSource;
  #published: PublishedKeySet | undefined;
  #inForce: KeysInForce | undefined;

  constructor(name: string, algorithms: readonly JwsAlgorithm[], source: KeySetSource) {
    this.#name = name;
    this.#algorithms = algorithms;
    this.#source = source;
  }

  current(): KeysInForce | undefined {
    const published = this.#source.current(this.#name);
    if (published === this.#published) return this.#inForce;
    // A set that was published again with other times is the same set: what was verified by it stays verified.
    if (published === undefined) this.#inForce = undefined;
    else
      this.#inForce = {
        generation: published.generation,
        usableUntilMs: published.usableUntilMs,
        refreshableAtMs: published.refreshableAtMs,
        keys:
          this.#inForce?.generation === published.generation
            ? this.#inForce.keys
            : compileKeySet(published.keys, this.#algorithms),
      };
    this.#published = published;
    return this.#inForce;
  }

  refresh(): Promise<void> {
    return this.#source.refresh(this.#name);
  }
}
