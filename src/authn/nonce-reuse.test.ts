import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import type { ReadableToken } from './jwt-form.ts';
import { NonceReuse } from './nonce-reuse.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function signed(text: string, kid = 'k', signature?: Buffer): ReadableToken {
  const made = signature ?? sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return { algorithm: 'ES256', claims: {}, jws: { kid, signature: made } } as unknown as ReadableToken;
}

test('two tokens signed with one random number are noticed, however their second half differs', () => {
  const reuse = new NonceReuse();
  const first = signed('a');
  assert.equal(reuse.isReused(first, 'a'), false);
  assert.equal(reuse.isReused(first, 'a'), false, 'the same token again is none');
  const second = Buffer.from(first.jws.signature);
  second.fill(7, 32);
  assert.equal(reuse.isReused(signed('b', 'k', second), 'b'), true);
  assert.equal(reuse.isReused(signed('b', 'other', second), 'b'), false, 'of another key it is chance');
});

test('10,000 tokens of a good issuer are none, nor any of an algorithm without such a number', () => {
  const reuse = new NonceReuse();
  for (let i = 0; i < 10_000; i++) assert.equal(reuse.isReused(signed(`${i}`), `${i}`), false);
  const rsa = {
    algorithm: 'RS256',
    claims: {},
    jws: { kid: 'k', signature: Buffer.alloc(256) },
  } as unknown as ReadableToken;
  assert.equal(reuse.isReused(rsa, 'a'), false);
  assert.equal(reuse.isReused(rsa, 'b'), false);
});
