/**
 * Finds RSA moduli that share a prime with another one: such keys, made by bad random generators, are factored by
 * anyone who sees both (Heninger et al., "Mining your Ps and Qs", 2012). Returns the positions of all of them. The
 * moduli must differ from each other and be above 1. One greatest common divisor per modulus against the product of the
 * others; 100 moduli of 2048 bits take tens of milliseconds, so it belongs where key sets are loaded, not on a call.
 */
export function sharedFactor(moduli: readonly bigint[]): ReadonlySet<number> {
  const positions = new Set<number>();
  if (moduli.length < 2) return positions;
  let product = 1n;
  for (const modulus of moduli) product *= modulus;
  moduli.forEach((modulus, position) => {
    if (greatestCommonDivisor(modulus, (product / modulus) % modulus) !== 1n) positions.add(position);
  });
  return positions;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}
