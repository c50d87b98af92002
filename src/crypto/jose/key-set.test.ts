import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JwsAlgorithm } from '../../core/configuration.ts';
import { encodeNumber, type MutableJwk, p256, p384, pair, randomPrime, rsa } from './key-samples.test.ts';
import { compileKeySet, type KeySet } from './key-set.ts';

const ALGORITHMS: readonly JwsAlgorithm[] = ['RS256', 'ES256', 'ES384'];
const a = named(p256.publicJwk, 'a');
const r = named({ ...rsa.publicJwk, alg: 'RS256' }, 'r');
const other = () => pair('ec', { namedCurve: 'P-256' }).publicJwk;
const secretOf = (octet: number) => Buffer.alloc(64, octet).toString('base64url');

function named(jwk: MutableJwk, kid: string): MutableJwk {
  return { ...jwk, kid };
}

function signals(set: KeySet): readonly string[] {
  return set.faults.map(({ signal }) => signal);
}

test('keys are found by exact kid and algorithm alone', () => {
  const set = compileKeySet([a, r], ALGORITHMS);
  assert.deepEqual(set.faults, []);
  assert.equal(set.find('a', 'ES256').length, 1);
  assert.equal(set.find('r', 'RS256')[0]?.kid, 'r');
  for (const [kid, algorithm] of [
    ['a', 'RS256'],
    ['r', 'ES256'],
    ['A', 'ES256'],
    ['a ', 'ES256'],
    ['', 'ES256'],
    ['constructor', 'ES256'],
    ['__proto__', 'ES256'],
  ] as const)
    assert.deepEqual(set.find(kid, algorithm), [], `${kid} ${algorithm}`);
});

test('a token without kid is taken only where one key of its algorithm exists', () => {
  assert.equal(compileKeySet([a, r], ALGORITHMS).find(undefined, 'ES256').length, 1);
  assert.equal(compileKeySet([a, named(other(), 'b')], ALGORITHMS).find(undefined, 'ES256').length, 0);
  assert.equal(compileKeySet([p256.publicJwk], ALGORITHMS).find(undefined, 'ES256').length, 1);
  assert.equal(compileKeySet([p256.publicJwk, a], ALGORITHMS).find('a', 'ES256').length, 1);
});

test('bad keys are left out and told by place and kid, and the good ones serve', () => {
  const set = compileKeySet(
    [named(p256.privateJwk, 'leaked'), a, { kty: 'RSA', kid: 'x\ny' }, { kty: 'EC' }, r],
    ALGORITHMS,
  );
  assert.deepEqual(signals(set), ['jwk.private', 'jwk.kid', 'jwk.type']);
  assert.match(set.faults[0]!.detail, /^key 1 \(kid leaked\): /);
  assert.match(set.faults[1]!.detail, /^key 3: /);
  assert.deepEqual(
    [set.find('leaked', 'ES256').length, set.find('a', 'ES256').length, set.find('r', 'RS256').length],
    [0, 1, 1],
  );
});

test('keys for encryption and for other algorithms are left out without a word', () => {
  const set = compileKeySet(
    [a, named({ ...rsa.publicJwk, use: 'enc', alg: 'RSA-OAEP' }, 'e'), named({ ...rsa.publicJwk, alg: 'PS512' }, 'p')],
    ALGORITHMS,
  );
  assert.deepEqual(set.faults, []);
  assert.deepEqual(set.find('e', 'RS256'), []);
});

test('a set without one usable key says so', () => {
  assert.deepEqual(signals(compileKeySet([named({ ...rsa.publicJwk, use: 'enc' }, 'e')], ALGORITHMS)), [
    'jwk.none_usable',
  ]);
  assert.deepEqual(signals(compileKeySet([], ALGORITHMS)), []);
  assert.deepEqual(compileKeySet([a], []).find('a', 'ES256'), []);
});

test('the set knows the kids of keys it left out, so that they are not asked for again and again', () => {
  const set = compileKeySet([named(p256.privateJwk, 'leaked'), a], ALGORITHMS);
  assert.deepEqual([set.has('leaked'), set.has('a'), set.has('b'), set.has('toString')], [true, true, false, false]);
});

test('a kid under another algorithm is known for what it is', () => {
  const set = compileKeySet([a, r, named(p384.publicJwk, 'a')], [...ALGORITHMS, 'HS256']);
  assert.equal(set.knowsOtherAlgorithm('r', 'HS256'), true);
  assert.equal(set.knowsOtherAlgorithm('r', 'RS256'), false);
  assert.equal(set.knowsOtherAlgorithm('a', 'ES256'), false);
  assert.equal(set.knowsOtherAlgorithm('a', 'ES384'), false);
  assert.equal(set.knowsOtherAlgorithm('unknown', 'HS256'), false);
});

test('keys of one kid and algorithm are candidates, four at most', () => {
  const set = compileKeySet(
    Array.from({ length: 6 }, () => named(other(), 'same')),
    ALGORITHMS,
  );
  assert.equal(set.find('same', 'ES256').length, 4);
  assert.deepEqual(signals(set), ['jwk.duplicate_kid', 'jwk.duplicate_kid']);
});

test('one key given twice is one candidate', () => {
  const set = compileKeySet([a, { ...a, alg: 'ES256' }], ALGORITHMS);
  assert.equal(set.find('a', 'ES256').length, 1);
  assert.equal(set.find(undefined, 'ES256').length, 1);
  assert.deepEqual(set.faults, []);
});

test('a key published for two allowed algorithms serves neither', () => {
  const keys = [named({ ...rsa.publicJwk, alg: 'RS256' }, 'x'), named({ ...rsa.publicJwk, alg: 'PS256' }, 'y'), a];
  const both = compileKeySet(keys, ['RS256', 'PS256', 'ES256']);
  assert.deepEqual(signals(both), ['jwk.two_algorithms', 'jwk.two_algorithms']);
  assert.deepEqual(
    [both.find('x', 'RS256').length, both.find('y', 'PS256').length, both.find('a', 'ES256').length],
    [0, 0, 1],
  );
  assert.equal(compileKeySet(keys, ['PS256']).find('y', 'PS256').length, 1);
});

test('RSA keys that share a prime are all left out, even with one that is for encryption', () => {
  const [p, q, s] = [randomPrime(1024), randomPrime(1024), randomPrime(1024)];
  const one = { kty: 'RSA', kid: 'one', alg: 'RS256', n: encodeNumber(p * q), e: 'AQAB' };
  const two = { kty: 'RSA', kid: 'two', use: 'enc', alg: 'RSA-OAEP', n: encodeNumber(p * s), e: 'AQAB' };
  const set = compileKeySet([one, two, r], ALGORITHMS);
  assert.deepEqual(signals(set), ['jwk.shared_prime']);
  assert.deepEqual([set.find('one', 'RS256').length, set.find('r', 'RS256').length], [0, 1]);
  assert.deepEqual(compileKeySet([one, r], ALGORITHMS).faults, []);
  // The same key for two uses shares both its primes with itself: no fault of its primes.
  assert.deepEqual(compileKeySet([one, { ...one, kid: 'again' }], ALGORITHMS).faults, []);
});

test('secrets do not count in a set with public keys, and not twice under one kid', () => {
  const secret = { kty: 'oct', alg: 'HS256', kid: 's', k: secretOf(1) };
  const mixed = compileKeySet([secret, a], ['HS256', 'ES256']);
  assert.deepEqual(signals(mixed), ['jwk.mixed_set']);
  assert.deepEqual([mixed.find('s', 'HS256').length, mixed.find('a', 'ES256').length], [0, 1]);
  const twice = compileKeySet(
    [secret, { ...secret, k: secretOf(2) }, { ...secret, kid: 't', k: secretOf(3) }],
    ['HS256'],
  );
  assert.deepEqual(signals(twice), ['jwk.duplicate_kid', 'jwk.duplicate_kid']);
  assert.deepEqual([twice.find('s', 'HS256').length, twice.find('t', 'HS256').length], [0, 1]);
  assert.equal(
    compileKeySet([secret, { ...secret, kid: 't', k: secretOf(2) }], ['HS256']).find('s', 'HS256').length,
    1,
  );
});

test('a set of more than a hundred keys is read to the hundredth', () => {
  const filler = Array.from({ length: 99 }, (_, i) => ({ kty: 'none', kid: `f${i}` }));
  const set = compileKeySet([...filler, a, r], ALGORITHMS);
  assert.equal(set.faults[0]?.signal, 'jwk.set_size');
  assert.deepEqual([set.find('a', 'ES256').length, set.find('r', 'RS256').length, set.has('r')], [1, 0, false]);
});
