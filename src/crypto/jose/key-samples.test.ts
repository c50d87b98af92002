import { checkPrimeSync, generateKeyPairSync, generatePrimeSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

export type MutableJwk = Record<string, unknown>;

/** Real public keys, and everything of a private one. */
export const rsa = pair('rsa', { modulusLength: 2048 });
export const p256 = pair('ec', { namedCurve: 'P-256' });
export const p384 = pair('ec', { namedCurve: 'P-384' });
export const p521 = pair('ec', { namedCurve: 'P-521' });
export const ed25519 = pair('ed25519', {});

export interface SamplePair {
  readonly publicJwk: MutableJwk;
  readonly privateJwk: MutableJwk;
}

export function pair(type: string, options: object): SamplePair {
  const { publicKey, privateKey } = (
    generateKeyPairSync as unknown as (type: string, options: object) => ReturnType<typeof generateKeyPairSync>
  )(type, options) as unknown as { publicKey: JwkSource; privateKey: JwkSource };
  return { publicJwk: publicKey.export({ format: 'jwk' }), privateJwk: privateKey.export({ format: 'jwk' }) };
}

interface JwkSource {
  export(options: { format: 'jwk' }): MutableJwk;
}

/** Shortest base64url of a number. */
export function encodeNumber(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
}

export function randomPrime(bits: number): bigint {
  return generatePrimeSync(bits, { bigint: true });
}

/** A prime as the faulty library made them: k·M + (65537^a mod M), with M the product of the first 126 primes. */
export function rocaPrime(bits: number): bigint {
  let primorial = 1n;
  for (let candidate = 2; candidate <= 701; candidate++) if (isSmallPrime(candidate)) primorial *= BigInt(candidate);
  for (;;) {
    const exponent = randomBytes(8).readBigUInt64BE();
    // Two primes above three quarters of their range have a product of full length.
    const low = (3n << BigInt(bits - 2)) / primorial + 1n;
    const k = low + (randomBytes(8).readBigUInt64BE() % (low / 3n));
    const prime = k * primorial + power(65_537n, exponent, primorial);
    if (prime >> BigInt(bits) === 0n && checkPrimeSync(prime)) return prime;
  }
}

export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let factor = base % modulus; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = (result * factor) % modulus;
    factor = (factor * factor) % modulus;
  }
  return result;
}

function isSmallPrime(candidate: number): boolean {
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) return false;
  return true;
}

const VECTORS = new URL('../../../../shared/data/vectors/', import.meta.url);

/** A file of the shared test vectors, or undefined where they are absent. */
export function readVectors(name: string): unknown {
  const file = new URL(name, VECTORS);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
