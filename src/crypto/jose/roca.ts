/**
 * The primes up to 167, all of which divide the primorial of every affected key size. Those whose whole multiplicative
 * group 65537 generates say nothing and are left out of the tables.
 */
const PRIMES: readonly number[] = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
  127, 131, 137, 139, 149, 151, 157, 163, 167,
];
const GENERATOR = 65_537;

interface Discriminant {
  readonly prime: bigint;
  /** 1 at every residue that is a power of 65537 modulo the prime. */
  readonly isPower: Uint8Array;
}

const DISCRIMINANTS: readonly Discriminant[] = PRIMES.map((prime) => {
  const isPower = new Uint8Array(prime);
  for (let power = 1; isPower[power] !== 1; power = (power * GENERATOR) % prime) isPower[power] = 1;
  return { prime: BigInt(prime), isPower };
}).filter(({ prime, isPower }) => isPower.reduce((sum, bit) => sum + bit, 0) < Number(prime) - 1);

/**
 * True where an RSA modulus has the fingerprint of a factorable key of the Infineon library (CVE-2017-15361, ROCA): its
 * primes are k·M + (65537^a mod M), so the modulus is a power of 65537 modulo every prime that divides M.
 * Never misses such a key; takes a sound one for it in 1 of 2^27 cases.
 */
export function hasRocaFingerprint(modulus: bigint): boolean {
  for (const { prime, isPower } of DISCRIMINANTS) if (isPower[Number(modulus % prime)] !== 1) return false;
  return true;
}
