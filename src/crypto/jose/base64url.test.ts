import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { decodeBase64url, encodeBase64url, judgeBase64url } from './base64url.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

test('every code unit outside the alphabet is refused, also those whose low octet is in it', () => {
  for (let code = 0; code < 0x10000; code++) {
    const character = String.fromCharCode(code);
    const isIn = ALPHABET.includes(character);
    assert.equal(judgeBase64url(`AAA${character}`, 0, 4), isIn ? undefined : 'character', code.toString(16));
  }
});

const REFUSED: readonly (readonly [what: string, text: string, fault: string])[] = [
  ['padding', 'QQ==', 'character'],
  ['a plus', 'QUJ+', 'character'],
  ['a slash', 'QUJ/', 'character'],
  ['white space in the middle', 'QU JD', 'character'],
  ['a line feed at the end', 'QUJD\n', 'character'],
  ['a dot', 'QUJD.', 'character'],
  ['one character left over', 'QUJDR', 'length'],
  ['a single character', 'A', 'length'],
  ['stray bits after one octet', 'QR', 'trailingBits'],
  ['stray bits after two octets', 'QUJ', 'trailingBits'],
];

for (const [what, text, fault] of REFUSED)
  test(`base64url refuses ${what}`, () => {
    assert.equal(judgeBase64url(text, 0, text.length), fault);
    assert.equal(decodeBase64url(text), undefined);
  });

test('of all texts of two and three characters exactly one stands for the same octets', () => {
  for (const length of [2, 3]) {
    const seen = new Set<string>();
    const total = 64 ** length;
    for (let i = 0; i < total; i++) {
      let text = '';
      for (let rest = i, k = 0; k < length; k++, rest = Math.floor(rest / 64)) text += ALPHABET[rest % 64];
      const bytes = decodeBase64url(text);
      if (bytes === undefined) continue;
      const octets = Buffer.from(bytes).toString('hex');
      assert.ok(!seen.has(octets));
      seen.add(octets);
    }
    assert.equal(seen.size, 256 ** (length - 1));
  }
});

test('octets come back as they were, and only the part that is asked for is judged', () => {
  for (let length = 0; length < 100; length++) {
    const bytes = randomBytes(length);
    const text = encodeBase64url(bytes);
    assert.equal(Buffer.compare(decodeBase64url(text) ?? Buffer.alloc(200), bytes), 0);
    assert.equal(judgeBase64url(`=.${text}.=`, 2, 2 + text.length), undefined);
  }
});
