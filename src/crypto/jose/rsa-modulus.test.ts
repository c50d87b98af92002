import assert from 'node:assert/strict';
import { generatePrimeSync } from 'node:crypto';
import { test } from 'node:test';
import { encodeNumber, randomPrime, rocaPrime, rsa } from './key-samples.test.ts';
import { hasRocaFingerprint } from './roca.ts';
import { bitLength, judgeRsaKey } from './rsa-modulus.ts';
import { sharedFactor, sharedPrimes } from './shared-factors.ts';

const E = 65_537n;
const sound = BigInt(`0x${Buffer.from(String(rsa.publicJwk['n']), 'base64url').toString('hex')}`);
const [p, q, r] = [randomPrime(1024), randomPrime(1024), randomPrime(1024)];

test('a generated key is sound', () => {
  assert.equal(judgeRsaKey(sound, E), undefined);
  assert.equal(judgeRsaKey(p * q, E), undefined);
  assert.equal(judgeRsaKey(p * q, 0xffff_ffffn), undefined);
});

const weak: readonly [name: string, modulus: bigint, exponent: bigint, signal: string][] = [
  ['exponent 1, under which a signature is the padded hash itself', sound, 1n, 'jwk.rsa_exponent'],
  ['exponent 3', sound, 3n, 'jwk.rsa_exponent'],
  ['exponent 0', sound, 0n, 'jwk.rsa_exponent'],
  ['an even exponent', sound, 65_538n, 'jwk.rsa_exponent'],
  ['an exponent that makes verification slow', sound, (1n << 64n) + 1n, 'jwk.rsa_exponent'],
  ['1024 bits', randomPrime(512) * randomPrime(512), E, 'jwk.rsa_size'],
  ['2047 bits', (1n << 2047n) - 1n, E, 'jwk.rsa_size'],
  ['8193 bits', (1n << 8192n) + 1n, E, 'jwk.rsa_size'],
  ['no modulus at all', 0n, E, 'jwk.rsa_size'],
  ['an even modulus', sound - 1n, E, 'jwk.rsa_small_factor'],
  ['a factor of 751', 751n * randomPrime(2045), E, 'jwk.rsa_small_factor'],
  ['all bits set, a Mersenne number', (1n << 2048n) - 1n, E, 'jwk.rsa_small_factor'],
  ['the ROCA fingerprint', rocaPrime(1024) * rocaPrime(1024), E, 'jwk.roca'],
  ['a prime squared', p * p, E, 'jwk.rsa_close_primes'],
  ['primes next to each other', p * nextPrime(p), E, 'jwk.rsa_close_primes'],
  ['primes that share their upper half', closePair(), E, 'jwk.rsa_close_primes'],
];

for (const [name, modulus, exponent, signal] of weak)
  test(`an RSA key is refused for ${name}`, () => {
    assert.equal(judgeRsaKey(modulus, exponent)?.signal, signal);
  });

test('one ROCA prime with a sound one has no fingerprint, and neither have sound keys', () => {
  assert.equal(hasRocaFingerprint(rocaPrime(1024) * q), false);
  assert.equal(hasRocaFingerprint(sound), false);
  for (let i = 0; i < 200; i++) assert.equal(hasRocaFingerprint(BigInt(`0x${randomOddHex()}`)), false);
});

test('bit lengths are exact at powers of two', () => {
  assert.equal(bitLength(0n), 0);
  for (const bits of [1, 2, 3, 4, 5, 31, 32, 33, 2048, 2049])
    assert.deepEqual([bitLength(1n << BigInt(bits - 1)), bitLength((1n << BigInt(bits)) - 1n)], [bits, bits]);
});

test('keys that share a prime are found across issuers, and one key at two issuers is no such pair', () => {
  const jwk = (modulus: bigint, kid?: string) => ({
    kty: 'RSA',
    n: encodeNumber(modulus),
    e: 'AQAB',
    ...(kid === undefined ? {} : { kid }),
  });
  const found = sharedPrimes([
    { name: 'one', keys: [jwk(sound, 'same'), jwk(p * q, 'lost')] },
    { name: 'two', keys: [jwk(sound, 'same'), { kty: 'EC' }, jwk(q * r)] },
    { name: 'three', keys: [{ kty: 'RSA' }, { kty: 'RSA', n: '!' }, { kty: 'RSA', n: 'AA' }] },
  ]);
  assert.deepEqual(found, [
    { name: 'one', position: 1, kid: 'lost' },
    { name: 'two', position: 2, kid: undefined },
  ]);
  assert.deepEqual(sharedPrimes([]), []);
});

test('what the tree finds is what comparing every pair finds', () => {
  const primes = Array.from({ length: 12 }, () => randomPrime(64));
  for (let size = 2; size < 9; size++) {
    const moduli = new Set<bigint>();
    while (moduli.size < size) {
      const [a = 2n, b = 3n] = [
        primes[(size * 7 + moduli.size * 5) % 12],
        primes[(size * 3 + moduli.size * 7 + 1) % 12],
      ];
      if (moduli.has(a * b)) moduli.add(randomPrime(64) * randomPrime(64));
      moduli.add(a * b);
    }
    const all = [...moduli];
    const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
    const expected = all.flatMap((one, i) => (all.some((other, j) => i !== j && gcd(one, other) !== 1n) ? [i] : []));
    assert.deepEqual([...sharedFactor(all)], expected);
  }
});

test('moduli that share a prime are found among sound ones', () => {
  assert.deepEqual([...sharedFactor([sound, p * q, r * q])], [1, 2]);
  assert.deepEqual([...sharedFactor([p * q, sound, p * r, q * r])], [0, 2, 3]);
  assert.deepEqual([...sharedFactor([sound, p * q])], []);
  assert.deepEqual([...sharedFactor([sound])], []);
  assert.deepEqual([...sharedFactor([])], []);
});

test('numbers are encoded as keys have them', () => {
  assert.equal(encodeNumber(sound), rsa.publicJwk['n']);
});

function nextPrime(value: bigint): bigint {
  const far = generatePrimeSync(32, { bigint: true });
  for (let candidate = value + (far & ~1n); ; candidate += 2n) if (isProbablyPrime(candidate)) return candidate;
}

/** Primes a little farther apart than the fourth root of their product: Fermat's method needs some dozens of steps. */
function closePair(): bigint {
  const base = randomPrime(1024);
  const add = 1n << 516n;
  return base * generatePrimeNear(base + add);
}

function generatePrimeNear(start: bigint): bigint {
  for (let candidate = start | 1n; ; candidate += 2n) if (isProbablyPrime(candidate)) return candidate;
}

function isProbablyPrime(value: bigint): boolean {
  for (const small of [3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n]) if (value % small === 0n) return false;
  return fermatTest(value);
}

function fermatTest(value: bigint): boolean {
  let result = 1n;
  let factor = 2n;
  for (let exponent = value - 1n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = (result * factor) % value;
    factor = (factor * factor) % value;
  }
  return result === 1n;
}

function randomOddHex(): string {
  return `c${generatePrimeSync(64, { bigint: true }).toString(16)}${'9'.repeat(496)}`;
}
