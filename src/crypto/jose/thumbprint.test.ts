import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { ed25519, p256, p384, p521, rsa } from './key-samples.test.ts';
import { jwkThumbprint } from './thumbprint.ts';

test('the example of RFC 7638 §3.1 has its thumbprint', () => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
  const jwk = { kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' };
  assert.equal(jwkThumbprint(jwk), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
});

test('the example of RFC 8037 §A.3 has its thumbprint', () => {
  const jwk = { crv: 'Ed25519', kty: 'OKP', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
  assert.equal(jwkThumbprint(jwk), 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
});

test('thumbprints are those of another implementation, with or without private and other members', async () => {
  const secret = { kty: 'oct', k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ' };
  for (const jwk of [
    ...[rsa, p256, p384, p521, ed25519].flatMap(({ publicJwk, privateJwk }) => [publicJwk, privateJwk]),
    secret,
  ]) {
    const expected = await calculateJwkThumbprint(jwk as JWK);
    assert.equal(jwkThumbprint(jwk), expected);
    assert.equal(jwkThumbprint({ use: 'sig', ...jwk, kid: 'other' }), expected);
  }
});

test('a key without its members has no thumbprint', () => {
  assert.throws(() => jwkThumbprint({ kty: 'EC', crv: 'P-256', x: 'AA' }), TypeError);
  assert.throws(() => jwkThumbprint({ kty: 'RSA', n: 'AA', e: 3 }), TypeError);
  assert.throws(() => jwkThumbprint({ kty: 'AKP' }), TypeError);
  assert.throws(() => jwkThumbprint({}), TypeError);
});
