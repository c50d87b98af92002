import { bigEndian } from './curve-point.ts';
import { base64urlMember } from './jwk-members.ts';
import type { JsonObject } from './types.ts';

/**
 * Finds RSA moduli that share a prime with another one: such keys, made by bad random generators, are factored by
 * anyone who sees both (Heninger et al., "Mining your Ps and Qs", 2012). Returns the positions of all of them. The
 * moduli must differ from each other and be above 1. A product tree downwards again as remainders (Bernstein, "How to find
 * smooth parts of integers", 2004): 500 moduli of 2048 bits take some hundred milliseconds, so it belongs where key sets
 * are loaded, not on a call.
 */
export function sharedFactor(moduli: readonly bigint[]): ReadonlySet<number> {
  const positions = new Set<number>();
  if (moduli.length < 2) return positions;
  const tree: (readonly bigint[])[] = [moduli];
  for (let level = moduli; level.length > 1; ) {
    level = multipliedInPairs(level);
    tree.push(level);
  }
  let remainders: readonly bigint[] = tree.at(-1) ?? [];
  // What is left of the whole product modulo n² is n times what is left of the others' product modulo n.
  for (const level of tree.slice(0, -1).reverse())
    remainders = level.map((value, position) => (remainders[position >> 1] ?? 0n) % (value * value));
  moduli.forEach((modulus, position) => {
    if (greatestCommonDivisor(modulus, (remainders[position] ?? 0n) / modulus) !== 1n) positions.add(position);
  });
  return positions;
}

function multipliedInPairs(values: readonly bigint[]): readonly bigint[] {
  const products: bigint[] = [];
  for (let i = 0; i < values.length; i += 2) products.push((values[i] ?? 1n) * (values[i + 1] ?? 1n));
  return products;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** Keys of one place, such as an issuer. */
export interface NamedKeys {
  readonly name: string;
  readonly keys: readonly JsonObject[];
}

/** A key whose modulus shares a prime with another one, of the same or of another place. */
export interface SharedPrime {
  readonly name: string;
  /** From 0. */
  readonly position: number;
  readonly kid: string | undefined;
}

/** Different moduli that are compared; those after them are left out. */
export const MODULI_MAX = 500;
const MODULUS_CHARACTERS_MAX = 1_366;

/**
 * Compares the RSA keys of all places with each other, whatever they are for. One key in two places is one key, not two that
 * share a prime. Does not judge a key by itself.
 */
export function sharedPrimes(places: readonly NamedKeys[]): readonly SharedPrime[] {
  const holders = new Map<bigint, SharedPrime[]>();
  for (const { name, keys } of places)
    keys.forEach((jwk, position) => {
      const bytes = jwk['kty'] === 'RSA' ? base64urlMember(jwk, 'n', MODULUS_CHARACTERS_MAX) : undefined;
      const modulus = bytes === undefined ? 0n : bigEndian(bytes);
      if (modulus <= 1n) return;
      const holder = { name, position, kid: typeof jwk['kid'] === 'string' ? jwk['kid'] : undefined };
      const known = holders.get(modulus);
      if (known !== undefined) known.push(holder);
      else if (holders.size < MODULI_MAX) holders.set(modulus, [holder]);
    });
  const found = [...holders.values()];
  return [...sharedFactor([...holders.keys()])].flatMap((which) => found[which] ?? []);
}
