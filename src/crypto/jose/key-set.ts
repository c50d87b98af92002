import type { JwsAlgorithm } from '../../core/configuration.ts';
import { importVerificationKeys, NOT_ALLOWED_SIGNAL } from './jwk.ts';
import { isKeyId } from './jwk-members.ts';
import { ENCRYPTION_KEY_SIGNAL } from './jwk-purpose.ts';
import { sharedPrimes } from './shared-factors.ts';
import { jwkThumbprint } from './thumbprint.ts';
import type { JoseFault, JsonObject, VerificationKey } from './types.ts';

/** Keys of a set that are looked at; those after them are left out. */
export const SET_KEYS_MAX = 100;
/** Keys of one kid and algorithm that are kept, since each costs a verification; those after them are left out. */
export const CANDIDATES_MAX = 4;

/** The verification keys of one issuer, ready to be looked up. Immutable: newer keys make a new one. */
export interface KeySet {
  /** Why keys were left out. Keys for encryption or for algorithms that are not allowed are left out without a word. */
  readonly faults: readonly JoseFault[];
  /**
   * Keys a token may have been signed with, none where there are none, at most four. A kid has to match exactly; a token
   * without one is taken only where a single key of that algorithm exists, so that no key is ever guessed.
   */
  find(kid: string | undefined, algorithm: JwsAlgorithm): readonly VerificationKey[];
  /** True where the set names this kid, be its key usable or left out: asking the issuer again would not help. */
  has(kid: string): boolean;
  /** True where this kid belongs to a usable key of another algorithm alone: a token that says otherwise confuses keys. */
  knowsOtherAlgorithm(kid: string, algorithm: JwsAlgorithm): boolean;
}

/**
 * Reads the keys of a set (RFC 7517 §5). A key that is not fit is left out and told in `faults`, never at the cost of
 * the good ones. Beyond what is judged on each key: RSA keys that share a prime are all left out; a key published for
 * two algorithms serves neither (RFC 8725 §3.1); secrets count only in a set of secrets alone, and not where two have
 * one kid, because such a set is written by hand and that is a mistake.
 */
export function compileKeySet(keys: readonly JsonObject[], algorithms: readonly JwsAlgorithm[]): KeySet {
  const faults: JoseFault[] = [];
  if (keys.length > SET_KEYS_MAX)
    faults.push({ signal: 'jwk.set_size', detail: `the set has more than ${SET_KEYS_MAX} keys: the rest is ignored` });
  const considered = keys.slice(0, SET_KEYS_MAX);
  const barred = barByCompany(considered);
  const kids = new Set<string>();
  const imported: { readonly key: VerificationKey; readonly thumbprint: string; readonly position: number }[] = [];
  considered.forEach((jwk, position) => {
    if (typeof jwk['kid'] === 'string') kids.add(jwk['kid']);
    const result = importVerificationKeys(jwk, algorithms);
    const fault = result.ok ? barred.get(position) : result.fault;
    if (fault !== undefined) {
      if (fault.signal !== ENCRYPTION_KEY_SIGNAL && fault.signal !== NOT_ALLOWED_SIGNAL)
        faults.push(locate(fault, jwk, position));
    } else if (result.ok)
      for (const key of result.keys) imported.push({ key, thumbprint: jwkThumbprint(jwk), position });
  });
  const index = new KeyIndex(kids, faults);
  const algorithmOfKey = new Map<string, JwsAlgorithm | 'several'>();
  for (const { key, thumbprint } of imported) {
    const known = algorithmOfKey.get(thumbprint);
    algorithmOfKey.set(thumbprint, known === undefined || known === key.algorithm ? key.algorithm : 'several');
  }
  const names = new Map<string, string[]>();
  for (const { key, thumbprint } of imported)
    if (key.kid !== undefined) names.set(thumbprint, [...(names.get(thumbprint) ?? []), key.kid]);
  const added = new Set<string>();
  for (const { key, thumbprint, position } of imported) {
    const jwk = considered[position] ?? {};
    // The same key twice under one kid is one candidate, not two.
    const identity = `${thumbprint} ${key.kid ?? ''}`;
    if (algorithmOfKey.get(thumbprint) === 'several') faults.push(locate(TWO_ALGORITHMS, jwk, position));
    else if (!added.has(identity) && !index.add({ ...key, names: names.get(thumbprint) ?? NO_NAMES }))
      faults.push(locate(TOO_MANY_CANDIDATES, jwk, position));
    added.add(identity);
  }
  if (index.isEmpty && considered.length > 0)
    faults.push({ signal: 'jwk.none_usable', detail: 'no key of the set is usable with the allowed algorithms' });
  return index;
}

const NO_NAMES: readonly string[] = Object.freeze([]);

const SHARED_PRIME: JoseFault = {
  signal: 'jwk.shared_prime',
  detail: 'RSA modulus shares a prime with another key of the set: both are factorable',
};
const MIXED_SET: JoseFault = { signal: 'jwk.mixed_set', detail: 'a secret in one set with public keys' };
const DUPLICATE_SECRET: JoseFault = { signal: 'jwk.duplicate_kid', detail: 'several secrets have this kid' };
const TWO_ALGORITHMS: JoseFault = {
  signal: 'jwk.two_algorithms',
  detail: 'one key is published for two allowed algorithms: allow one of them',
};
const TOO_MANY_CANDIDATES: JoseFault = {
  signal: 'jwk.duplicate_kid',
  detail: `more than ${CANDIDATES_MAX} keys have this kid and algorithm`,
};

/** Faults that only the other keys of a set reveal, by position. Keys for other uses count: a shared prime breaks both. */
function barByCompany(keys: readonly JsonObject[]): ReadonlyMap<number, JoseFault> {
  const barred = new Map<number, JoseFault>();
  const secretsOfKid = new Map<unknown, number>();
  for (const jwk of keys)
    if (jwk['kty'] === 'oct') secretsOfKid.set(jwk['kid'], (secretsOfKid.get(jwk['kid']) ?? 0) + 1);
  for (const { position } of sharedPrimes([{ name: '', keys }])) barred.set(position, SHARED_PRIME);
  const isMixed = keys.some(({ kty }) => kty !== 'oct');
  keys.forEach(({ kty, kid }, position) => {
    if (kty !== 'oct') return;
    if (isMixed) barred.set(position, MIXED_SET);
    else if ((secretsOfKid.get(kid) ?? 0) > 1) barred.set(position, DUPLICATE_SECRET);
  });
  return barred;
}

function locate({ signal, detail }: JoseFault, { kid }: JsonObject, position: number): JoseFault {
  const name = typeof kid === 'string' && isKeyId(kid) ? ` (kid ${kid})` : '';
  const located = { signal, detail: `key ${position + 1}${name}: ${detail}` };
  return name === '' ? located : { ...located, kid: String(kid) };
}

const NONE: readonly VerificationKey[] = Object.freeze([]);

class KeyIndex implements KeySet {
  readonly faults: readonly JoseFault[];
  readonly #kids: ReadonlySet<string>;
  readonly #byAlgorithm = new Map<JwsAlgorithm, VerificationKey[]>();
  readonly #byKid = new Map<string, Map<JwsAlgorithm, VerificationKey[]>>();

  constructor(kids: ReadonlySet<string>, faults: readonly JoseFault[]) {
    this.#kids = kids;
    this.faults = faults;
  }

  get isEmpty(): boolean {
    return this.#byAlgorithm.size === 0;
  }

  /** False, and nothing kept, where its kid and algorithm have enough keys already. */
  add(key: VerificationKey): boolean {
    if (key.kid !== undefined) {
      const ofKid = this.#byKid.get(key.kid) ?? new Map<JwsAlgorithm, VerificationKey[]>();
      const candidates = ofKid.get(key.algorithm) ?? [];
      if (candidates.length >= CANDIDATES_MAX) return false;
      candidates.push(key);
      ofKid.set(key.algorithm, candidates);
      this.#byKid.set(key.kid, ofKid);
    }
    const all = this.#byAlgorithm.get(key.algorithm) ?? [];
    all.push(key);
    this.#byAlgorithm.set(key.algorithm, all);
    return true;
  }

  find(kid: string | undefined, algorithm: JwsAlgorithm): readonly VerificationKey[] {
    if (kid !== undefined) return this.#byKid.get(kid)?.get(algorithm) ?? NONE;
    const all = this.#byAlgorithm.get(algorithm);
    return all?.length === 1 ? all : NONE;
  }

  has(kid: string): boolean {
    return this.#kids.has(kid);
  }

  knowsOtherAlgorithm(kid: string, algorithm: JwsAlgorithm): boolean {
    const ofKid = this.#byKid.get(kid);
    return ofKid !== undefined && !ofKid.has(algorithm);
  }
}
