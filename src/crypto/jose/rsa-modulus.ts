import { hasRocaFingerprint } from './roca.ts';
import type { JoseFault } from './types.ts';

/** Smaller is weak (RFC 7518 §3.3), larger makes one verification a burden. */
export const RSA_BITS_MIN = 2_048;
export const RSA_BITS_MAX = 8_192;
/** FIPS 186-5 §A.1.1. RFC 8017 §3.1 allows 3, but no issuer has a reason for it and lenient padding checks break on it. */
const EXPONENT_MIN = 65_537n;
/** An exponent of more than four octets only makes verification slow. */
const EXPONENT_MAX = 0xffff_ffffn;
/** Steps of Fermat's method; keys whose primes were drawn too close fall in the first (CVE-2022-26320). */
const CLOSE_PRIME_STEPS = 100;
/** SP 800-89 §5.3.3: no factor below 752. */
const SMALL_FACTOR_MAX = 752;

/** What is wrong with an RSA public key (RFC 7518 §6.3.1), or undefined. Does not prove that the modulus has two primes. */
export function judgeRsaKey(modulus: bigint, exponent: bigint): JoseFault | undefined {
  const bits = bitLength(modulus);
  if (bits < RSA_BITS_MIN) return fault('jwk.rsa_size', `RSA modulus shorter than ${RSA_BITS_MIN} bits`);
  if (bits > RSA_BITS_MAX) return fault('jwk.rsa_size', `RSA modulus longer than ${RSA_BITS_MAX} bits`);
  if ((exponent & 1n) === 0n || exponent < EXPONENT_MIN || exponent > EXPONENT_MAX)
    return fault('jwk.rsa_exponent', 'RSA exponent is not an odd number from 65537 to 2^32');
  if (hasSmallFactor(modulus)) return fault('jwk.rsa_small_factor', 'RSA modulus has a factor below 752');
  if (hasRocaFingerprint(modulus))
    return fault('jwk.roca', 'RSA modulus has the fingerprint of a factorable key (CVE-2017-15361)');
  if (hasClosePrimes(modulus))
    return fault('jwk.rsa_close_primes', 'RSA modulus is factorable: its primes are too close (CVE-2022-26320)');
  return undefined;
}

function fault(signal: string, detail: string): JoseFault {
  return { signal, detail };
}

/** Position of the highest set bit; 0 for 0. */
export function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return value === 0n ? 0 : hex.length * 4 - Math.clz32(Number.parseInt(hex.charAt(0), 16)) + 28;
}

/** Runs of small primes whose product is exact as a number: one long division serves several of them. */
const SMALL_PRIME_RUNS: readonly { readonly product: bigint; readonly primes: readonly number[] }[] = multiplyInRuns(
  primesBelow(SMALL_FACTOR_MAX),
);

function hasSmallFactor(modulus: bigint): boolean {
  for (const { product, primes } of SMALL_PRIME_RUNS) {
    const rest = Number(modulus % product);
    for (const prime of primes) if (rest % prime === 0) return true;
  }
  return false;
}

function primesBelow(limit: number): readonly number[] {
  const primes: number[] = [];
  for (let candidate = 2; candidate < limit; candidate++)
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  return primes;
}

function multiplyInRuns(primes: readonly number[]): { product: bigint; primes: number[] }[] {
  const runs: { product: bigint; primes: number[] }[] = [];
  for (const prime of primes) {
    const last = runs.at(-1);
    if (last !== undefined && last.product * BigInt(prime) <= BigInt(Number.MAX_SAFE_INTEGER)) {
      last.product *= BigInt(prime);
      last.primes.push(prime);
    } else runs.push({ product: BigInt(prime), primes: [prime] });
  }
  return runs;
}

/** Fermat's factorisation: n = a² − b² for an a near √n where the primes are near each other, or equal. */
function hasClosePrimes(modulus: bigint): boolean {
  let a = squareRoot(modulus);
  if (a * a === modulus) return true;
  a += 1n;
  let rest = a * a - modulus;
  for (let step = 0; step < CLOSE_PRIME_STEPS; step++) {
    if (isSquare(rest)) return true;
    rest += 2n * a + 1n;
    a += 1n;
  }
  return false;
}

/** 1 at every residue a square can have: two small divisions save the root for all but 2 % of the candidates. */
const SQUARES_MODULO_64 = squaresModulo(64);
const SQUARES_MODULO_45045 = squaresModulo(45_045);

function squaresModulo(size: number): Uint8Array {
  const isSquareResidue = new Uint8Array(size);
  for (let i = 0; i < size; i++) isSquareResidue[(i * i) % size] = 1;
  return isSquareResidue;
}

function isSquare(value: bigint): boolean {
  if (SQUARES_MODULO_64[Number(value & 63n)] !== 1 || SQUARES_MODULO_45045[Number(value % 45_045n)] !== 1) return false;
  const root = squareRoot(value);
  return root * root === value;
}

/** Newton's method from above: rounds down. */
function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
