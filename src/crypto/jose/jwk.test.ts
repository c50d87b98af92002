import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JwsAlgorithm } from '../../core/configuration.ts';
import { importVerificationKeys } from './jwk.ts';
import {
  ed25519,
  encodeNumber,
  type MutableJwk,
  p256,
  p384,
  p521,
  pair,
  randomPrime,
  readVectors,
  rocaPrime,
  rsa,
} from './key-samples.test.ts';

const PUBLIC: readonly JwsAlgorithm[] = ['Ed25519', 'ES256', 'ES384', 'ES512', 'RS256'];
const SECRET = Buffer.alloc(64, 0xa5).toString('base64url');
const secret: MutableJwk = { kty: 'oct', k: SECRET };

const accepted: readonly [name: string, jwk: MutableJwk, algorithms: readonly JwsAlgorithm[], as: JwsAlgorithm][] = [
  ['RSA that names its algorithm', { ...rsa.publicJwk, alg: 'PS384' }, ['RS256', 'PS384'], 'PS384'],
  ['RSA without alg where one RSA algorithm is allowed', rsa.publicJwk, PUBLIC, 'RS256'],
  ['P-256 without alg', p256.publicJwk, PUBLIC, 'ES256'],
  ['P-384 without alg', p384.publicJwk, PUBLIC, 'ES384'],
  ['P-521 without alg', p521.publicJwk, PUBLIC, 'ES512'],
  ['Ed25519 without alg', ed25519.publicJwk, PUBLIC, 'Ed25519'],
  ['Ed25519 by its older name', { ...ed25519.publicJwk, alg: 'EdDSA' }, PUBLIC, 'Ed25519'],
  ['Ed25519 by its name', { ...ed25519.publicJwk, alg: 'Ed25519' }, PUBLIC, 'Ed25519'],
  ['use sig', { ...p256.publicJwk, use: 'sig' }, PUBLIC, 'ES256'],
  ['key_ops verify', { ...p256.publicJwk, key_ops: ['verify'] }, PUBLIC, 'ES256'],
  ['use and key_ops that agree', { ...p256.publicJwk, use: 'sig', key_ops: ['sign', 'verify'] }, PUBLIC, 'ES256'],
  ['members of no concern', { ...p256.publicJwk, x5t: 'AA', x5c: ['AA'], ext: true, iat: 1 }, PUBLIC, 'ES256'],
  ['a secret that names its algorithm', { ...secret, alg: 'HS512' }, ['HS256', 'HS512'], 'HS512'],
  ['a secret without alg where one is allowed', secret, ['HS384'], 'HS384'],
];

for (const [name, jwk, algorithms, as] of accepted)
  test(`a key is imported for one algorithm: ${name}`, () => {
    const result = importVerificationKeys({ ...jwk, kid: 'k1' }, algorithms);
    assert.ok(result.ok, JSON.stringify(result));
    assert.deepEqual(
      result.keys.map(({ algorithm, kid }) => [algorithm, kid]),
      [[as, 'k1']],
    );
    assert.equal(result.keys[0]!.key.type, jwk['kty'] === 'oct' ? 'secret' : 'public');
  });

const off = Buffer.from(String(p256.publicJwk['y']), 'base64url');
off.writeUInt8(off.readUInt8(31) ^ 1, 31);
const zero = Buffer.alloc(32).toString('base64url');
const n = String(rsa.publicJwk['n']);
const rs = { ...rsa.publicJwk, alg: 'RS256' };
const es = p256.publicJwk;
const ed = ed25519.publicJwk;

const refused: readonly [name: string, jwk: MutableJwk, signal: string, algorithms?: readonly JwsAlgorithm[]][] = [
  // Whose key it is.
  ['a private RSA key', rsa.privateJwk, 'jwk.private'],
  ['a private EC key', p256.privateJwk, 'jwk.private'],
  ['a private Ed25519 key', ed25519.privateJwk, 'jwk.private'],
  ['a private key for encryption', { ...p256.privateJwk, use: 'enc' }, 'jwk.private'],
  ['one prime of an RSA key', { ...rs, p: 'AQAB' }, 'jwk.private'],
  ['a private member that is null', { ...es, d: null }, 'jwk.private'],
  ['a secret among public keys', { ...secret, alg: 'HS256' }, 'jwk.symmetric'],
  ['a secret that says it is for RS256', { ...secret, alg: 'RS256' }, 'jwk.algorithm', ['HS256', 'RS256']],
  ['an RSA key that says it is for HS256', { ...rs, alg: 'HS256' }, 'jwk.algorithm', ['HS256', 'RS256']],
  ['a public key with a secret in it', { ...es, k: SECRET }, 'jwk.private', ['HS256', 'ES256']],
  // What it is for.
  ['use enc', { ...es, use: 'enc' }, 'jwk.encryption'],
  ['another use', { ...es, use: 'tls' }, 'jwk.use'],
  ['use in other case', { ...es, use: 'SIG' }, 'jwk.use'],
  ['use that is no text', { ...es, use: ['sig'] }, 'jwk.use'],
  ['key_ops of encryption alone', { ...es, key_ops: ['deriveKey'] }, 'jwk.encryption'],
  ['use sig with key_ops of encryption', { ...es, use: 'sig', key_ops: ['deriveKey'] }, 'jwk.key_ops'],
  ['use enc with key_ops of signing', { ...es, use: 'enc', key_ops: ['verify'] }, 'jwk.key_ops'],
  ['key_ops without verify', { ...es, key_ops: ['sign'] }, 'jwk.key_ops'],
  ['empty key_ops', { ...es, key_ops: [] }, 'jwk.key_ops'],
  ['key_ops that mix uses', { ...es, key_ops: ['verify', 'encrypt'] }, 'jwk.key_ops'],
  ['key_ops with a duplicate', { ...es, key_ops: ['verify', 'verify'] }, 'jwk.key_ops'],
  ['key_ops that is a text', { ...es, key_ops: 'verify' }, 'jwk.key_ops'],
  [
    'key_ops without end',
    { ...es, key_ops: ['verify', ...Array.from({ length: 9 }, (_, i) => `x${i}`)] },
    'jwk.key_ops',
  ],
  ['a kid that is a number', { ...es, kid: 7 }, 'jwk.kid'],
  ['an empty kid', { ...es, kid: '' }, 'jwk.kid'],
  ['a kid with a line end', { ...es, kid: 'a\nb' }, 'jwk.kid'],
  ['a kid of 129 characters', { ...es, kid: 'k'.repeat(129) }, 'jwk.kid'],
  // Which algorithm.
  ['an algorithm that is not allowed', { ...rs, alg: 'RS512' }, 'jwk.algorithm_not_allowed'],
  ['a curve that is not allowed', p384.publicJwk, 'jwk.algorithm_not_allowed', ['ES256']],
  ['the algorithm of another curve', { ...es, alg: 'ES384' }, 'jwk.algorithm'],
  ['the algorithm of another type', { ...es, alg: 'RS256' }, 'jwk.algorithm'],
  ['an algorithm nobody knows', { ...es, alg: 'ES521' }, 'jwk.algorithm'],
  ['algorithm none', { ...es, alg: 'none' }, 'jwk.algorithm'],
  ['an algorithm of encryption', { ...rs, alg: 'RSA-OAEP-256' }, 'jwk.algorithm'],
  ['an algorithm that is no text', { ...es, alg: 256 }, 'jwk.algorithm'],
  ['RSA named EdDSA', { ...rs, alg: 'EdDSA' }, 'jwk.algorithm'],
  ['RSA without alg where two are allowed', rsa.publicJwk, 'jwk.algorithm_open', ['RS256', 'PS256']],
  ['a secret without alg where two are allowed', secret, 'jwk.algorithm_open', ['HS256', 'HS384']],
  // Which type.
  ['no type', { x: es['x'], y: es['y'], crv: 'P-256' }, 'jwk.type'],
  ['a type in other case', { ...es, kty: 'ec' }, 'jwk.type'],
  ['a name of every object as type', { ...es, kty: 'constructor' }, 'jwk.type'],
  ['an unknown curve', { ...es, crv: 'secp256k1' }, 'jwk.type'],
  ['a curve for agreement', { ...pair('x25519', {}).publicJwk }, 'jwk.type'],
  ['Ed448', { ...pair('ed448', {}).publicJwk }, 'jwk.type'],
  ['an EC point called RSA', { ...es, kty: 'RSA' }, 'jwk.member'],
  // Its numbers.
  ['a padded modulus', { ...rs, n: `${n}=` }, 'jwk.member'],
  ['a modulus with white space', { ...rs, n: `${n}\n` }, 'jwk.member'],
  ['a modulus in plain base64', { ...rs, n: `+/${n.slice(2)}` }, 'jwk.member'],
  ['a modulus with stray low bits', { ...rs, n: stray(n) }, 'jwk.member'],
  ['a modulus with a leading zero', { ...rs, n: leadingZero(n) }, 'jwk.member'],
  ['a modulus that is a number', { ...rs, n: 17 }, 'jwk.member'],
  ['an endless modulus', { ...rs, n: 'A'.repeat(100_000) }, 'jwk.member'],
  ['no exponent', { kty: 'RSA', n, alg: 'RS256' }, 'jwk.member'],
  ['an exponent with a leading zero', { ...rs, e: Buffer.from([0, 1, 0, 1]).toString('base64url') }, 'jwk.member'],
  ['exponent 1', { ...rs, e: 'AQ' }, 'jwk.rsa_exponent'],
  ['exponent 3', { ...rs, e: 'Aw' }, 'jwk.rsa_exponent'],
  ['1024 bits', { ...rs, n: encodeNumber(randomPrime(512) * randomPrime(512)) }, 'jwk.rsa_size'],
  ['a ROCA modulus', { ...rs, n: encodeNumber(rocaPrime(1024) * rocaPrime(1024)) }, 'jwk.roca'],
  ['a small factor', { ...rs, n: encodeNumber(3n * randomPrime(2047)) }, 'jwk.rsa_small_factor'],
  ['a point off the curve', { ...es, y: off.toString('base64url') }, 'jwk.off_curve'],
  ['the stand-in of the point at infinity', { ...es, x: zero, y: zero }, 'jwk.off_curve'],
  ['a point of another curve', { ...p384.publicJwk, crv: 'P-256' }, 'jwk.member'],
  ['a compressed point', { kty: 'EC', crv: 'P-256', x: es['x'] }, 'jwk.member'],
  ['a coordinate with a leading zero too many', { ...es, x: leadingZero(String(es['x'])) }, 'jwk.member'],
  ['a short coordinate', { ...es, x: String(es['x']).slice(0, 42) }, 'jwk.member'],
  ['a coordinate with stray low bits', { ...es, x: stray(String(es['x'])) }, 'jwk.member'],
  ['an Ed25519 key of 31 octets', { ...ed, x: Buffer.alloc(31, 9).toString('base64url') }, 'jwk.member'],
  ['an Ed25519 key of small order', { ...ed, x: zero }, 'jwk.small_order'],
  ['the identity of Ed25519', { ...ed, x: Buffer.alloc(32).fill(1, 0, 1).toString('base64url') }, 'jwk.small_order'],
  [
    'a secret shorter than its hash',
    { kty: 'oct', alg: 'HS256', k: SECRET.slice(0, 40) },
    'jwk.short_secret',
    ['HS256'],
  ],
  ['a secret for HS512 as long as for HS256', { kty: 'oct', k: SECRET.slice(0, 43) }, 'jwk.member', ['HS512']],
  ['a secret of 63 octets for HS512', { kty: 'oct', k: SECRET.slice(0, 84) }, 'jwk.short_secret', ['HS512']],
  ['an empty secret', { kty: 'oct', alg: 'HS256', k: '' }, 'jwk.member', ['HS256']],
  ['a secret without k', { kty: 'oct', alg: 'HS256' }, 'jwk.member', ['HS256']],
  ['a padded secret', { kty: 'oct', alg: 'HS256', k: `${SECRET}==` }, 'jwk.member', ['HS256']],
];

for (const [name, jwk, signal, algorithms = PUBLIC] of refused)
  test(`a key is refused for ${name}`, () => {
    const result = importVerificationKeys(jwk, algorithms);
    assert.equal(result.ok ? 'imported' : result.fault.signal, signal);
    // A detail names the rule, never a part of the key.
    for (const member of ['d', 'k', 'p'])
      if (!result.ok && typeof jwk[member] === 'string' && jwk[member].length > 4)
        assert.ok(!result.fault.detail.includes(jwk[member]));
  });

test('the fault of a key without alg says what to do', () => {
  const result = importVerificationKeys(rsa.publicJwk, ['RS256', 'PS256', 'ES256']);
  assert.ok(!result.ok);
  assert.match(result.fault.detail, /RS256, PS256 are allowed: allow one of them/);
});

test('the keys of RFC 7520 §3 are judged as what they are', (context) => {
  const names = [
    '1.ec_public',
    '2.ec_private',
    '3.rsa_public',
    '4.rsa_private',
    '5.symmetric_key_mac_computation',
    '6.symmetric_key_encryption',
  ];
  const keys = names.map((name) =>
    readVectors(`jose-cookbook/jwk-3_${name}${name.includes('_key_') ? '' : '_key'}.json`),
  );
  if (keys.includes(undefined)) return context.skip('test vectors are absent');
  const judge = (jwk: unknown, algorithms: readonly JwsAlgorithm[]) => {
    const result = importVerificationKeys(jwk as MutableJwk, algorithms);
    return result.ok ? result.keys.map(({ algorithm }) => algorithm).join() : result.fault.signal;
  };
  assert.deepEqual(
    keys.map((jwk) => judge(jwk, PUBLIC)),
    ['ES512', 'jwk.private', 'RS256', 'jwk.private', 'jwk.symmetric', 'jwk.symmetric'],
  );
  assert.deepEqual(
    keys.slice(4).map((jwk) => judge(jwk, ['HS256'])),
    ['HS256', 'jwk.encryption'],
  );
});

/** The same octets with bits set that base64url leaves unused. */
function stray(encoded: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return encoded.slice(0, -1) + alphabet.charAt(alphabet.indexOf(encoded.slice(-1)) + 1);
}

function leadingZero(encoded: string): string {
  return Buffer.concat([Buffer.alloc(1), Buffer.from(encoded, 'base64url')]).toString('base64url');
}
