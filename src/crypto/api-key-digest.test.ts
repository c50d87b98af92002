import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ApiKeyDigester, foreignKeyHash, foreignKeyId, sameDigest } from './api-key-digest.ts';
import { isKeyId } from './api-key-format.ts';

const pepper = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('ApiKeyDigester', () => {
  it('computes what createHmac computes, for any pepper and any text', () => {
    fc.assert(
      fc.property(
        pepper,
        fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { minLength: 1 }),
        (secret, texts) => {
          const digester = new ApiKeyDigester({ current: 1, byVersion: { 1: secret } });
          for (const text of texts)
            assert.deepEqual(digester.digest(1, text), createHmac('sha256', secret).update(text).digest());
        },
      ),
    );
  });

  it('gives the value of RFC 4231, test case 2, for a key padded with zeros', () => {
    const secret = Buffer.alloc(32);
    secret.write('Jefe');
    const digester = new ApiKeyDigester({ current: 1, byVersion: { 1: secret } });
    assert.equal(
      digester.digest(1, 'what do ya want for nothing?')?.toString('hex'),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('keeps versions apart and knows which it has', () => {
    const digester = new ApiKeyDigester({ current: 2, byVersion: { 1: randomBytes(32), 2: randomBytes(32) } });
    assert.equal(digester.current, 2);
    assert.notDeepEqual(digester.digest(1, 'key'), digester.digest(2, 'key'));
    assert.ok(digester.has(1) && !digester.has(3));
    assert.equal(digester.digest(3, 'key'), undefined);
  });

  it('leaves nothing of a longer text in the digest of a shorter one', () => {
    const secret = randomBytes(32);
    const digester = new ApiKeyDigester({ current: 1, byVersion: { 1: secret } });
    digester.digest(1, 'x'.repeat(1_000));
    assert.deepEqual(digester.digest(1, 'y'), createHmac('sha256', secret).update('y').digest());
  });

  it('digests up to 1,024 characters of any width and nothing longer', () => {
    const secret = randomBytes(32);
    const digester = new ApiKeyDigester({ current: 1, byVersion: { 1: secret } });
    const wide = '€'.repeat(1_024);
    assert.deepEqual(digester.digest(1, wide), createHmac('sha256', secret).update(wide).digest());
    assert.equal(digester.digest(1, `${wide}a`), undefined);
  });

  it('survives structured cloning of its peppers', () => {
    const peppers = { current: 1, byVersion: { 1: new Uint8Array(randomBytes(32)) } };
    const cloned = new ApiKeyDigester(structuredClone(peppers));
    assert.deepEqual(cloned.digest(1, 'key'), new ApiKeyDigester(peppers).digest(1, 'key'));
  });

  it('refuses peppers of another length and a missing current one', () => {
    assert.throws(() => new ApiKeyDigester({ current: 1, byVersion: { 1: randomBytes(31) } }), TypeError);
    assert.throws(() => new ApiKeyDigester({ current: 2, byVersion: { 1: randomBytes(32) } }), TypeError);
  });
});

describe('sameDigest', () => {
  it('is false for one bit of difference and for another length', () => {
    const digest = randomBytes(32);
    for (let bit = 0; bit < 256; bit++) {
      const other = Buffer.from(digest);
      other[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(sameDigest(digest, other), false);
    }
    assert.equal(sameDigest(digest, Buffer.from(digest)), true);
    assert.equal(sameDigest(digest, digest.subarray(1)), false);
    assert.equal(sameDigest(digest, Buffer.alloc(0)), false);
  });
});

describe('foreign keys', () => {
  it('are named by the SHA-256 of the whole key', () => {
    const hash = foreignKeyHash('whatever-they-used');
    assert.equal(hash, createHash('sha256').update('whatever-they-used').digest('hex'));
    assert.ok(isKeyId(foreignKeyId(hash)));
    assert.equal(foreignKeyId(hash), foreignKeyId(hash));
    assert.notEqual(foreignKeyId(hash), foreignKeyId(foreignKeyHash('whatever-they-use')));
  });
});
