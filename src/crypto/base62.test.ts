import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { base62, base62Word, base62WordAt, isBase62 } from './base62.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function number(text: string): bigint {
  return [...text].reduce((sum, character) => sum * 62n + BigInt(ALPHABET.indexOf(character)), 0n);
}

describe('base62', () => {
  it('writes the number the bytes are, of fixed width, cut at the top', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 50 }), (bytes, characters) => {
        const text = base62(bytes, characters);
        assert.equal(text.length, characters);
        const value = BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);
        assert.equal(number(text), value % 62n ** BigInt(characters));
      }),
    );
  });

  it('writes 32-bit numbers with six characters and reads them back', () => {
    fc.assert(
      fc.property(fc.integer(), (word) => {
        const text = base62Word(word);
        assert.equal(text.length, 6);
        assert.equal(base62WordAt(`ab${text}`, 2), word >>> 0);
      }),
    );
    assert.equal(base62Word(-1), '4gfFC3');
    assert.equal(base62WordAt('zzzzzz', 0), 62 ** 6 - 1);
  });

  it('knows its alphabet among all code units', () => {
    for (let code = 0; code < 65_536; code++) {
      const character = String.fromCharCode(code);
      assert.equal(isBase62(`-${character}-`, 1, 2), ALPHABET.includes(character), String(code));
    }
    assert.equal(isBase62('ab', 1, 3), false);
  });
});
