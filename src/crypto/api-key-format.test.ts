import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { API_KEY_CHARACTERS_MAX, API_KEY_PATTERN, isKeyId, issueApiKey, parseApiKey } from './api-key-format.ts';

const random = { bytes: (count: number) => randomBytes(count) };
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const label = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789'),
  minLength: 2,
  maxLength: 10,
});
const bytes = fc.uint8Array({ minLength: 48, maxLength: 48 });

/** Random that gives the bytes it was made with, in their order. */
function fixed(given: Uint8Array): { bytes(count: number): Uint8Array } {
  let at = 0;
  return {
    bytes: (count) => {
      at += count;
      return given.slice(at - count, at);
    },
  };
}

function number(text: string): bigint {
  return [...text].reduce((sum, character) => sum * 62n + BigInt(ALPHABET.indexOf(character)), 0n);
}

describe('issueApiKey', () => {
  it('makes a key of the stated form that parses back to its id, for any labels and any random bytes', () => {
    fc.assert(
      fc.property(label, label, bytes, (brand, env, given) => {
        const { key, keyId } = issueApiKey(fixed(given), brand, env);
        assert.match(key, /^[a-z0-9]{2,10}_[a-z0-9]{2,10}_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
        assert.ok(key.length <= API_KEY_CHARACTERS_MAX);
        assert.deepEqual(parseApiKey(key), { kind: 'ok', keyId });
        assert.ok(isKeyId(keyId));
      }),
    );
  });

  it('carries all 256 random bits and the CRC-32 of everything before it', () => {
    fc.assert(
      fc.property(bytes, (given) => {
        const { key } = issueApiKey(fixed(given), 'sp', 'live');
        const secret = key.slice(-49, -6);
        assert.equal(number(secret), BigInt(`0x${Buffer.from(given.slice(16)).toString('hex')}`));
        assert.equal(number(key.slice(-6)), BigInt(crc32(key.slice(0, -6))));
      }),
    );
  });

  it('refuses labels that would not parse', () => {
    for (const wrong of ['', 'a', 'Ab', 'a_b', 'elevenchars', 'a-b', 'äö'])
      assert.throws(() => issueApiKey(random, wrong, 'live'), TypeError);
  });

  it('is found in text by its pattern, alone and whole', () => {
    const { key } = issueApiKey(random, 'sp', 'live');
    const text = `curl -H 'x-api-key: ${key}' https://example.com/?k=${key}&b=c "${key}" x${key}`;
    const found = [...text.matchAll(new RegExp(API_KEY_PATTERN, 'g'))].map(([match]) => match);
    assert.deepEqual(found, [key, key, key, `x${key}`]);
    assert.equal(new RegExp(API_KEY_PATTERN).test(`${key}A`), false);
  });
});

describe('parseApiKey', () => {
  const { key } = issueApiKey(random, 'sp', 'live');

  it('refuses a key with any one character changed', () => {
    for (let i = 0; i < key.length; i++)
      for (const character of `${ALPHABET}_-. \0ÿŁ`) {
        if (character === key[i]) continue;
        const altered = key.slice(0, i) + character + key.slice(i + 1);
        assert.notEqual(parseApiKey(altered).kind, 'ok', altered);
      }
  });

  it('refuses a key cut off, prolonged, or with a character inserted or left out, anywhere', () => {
    for (let i = 0; i <= key.length; i++) {
      if (i < key.length) {
        assert.notEqual(parseApiKey(key.slice(0, i)).kind, 'ok');
        assert.notEqual(parseApiKey(key.slice(0, i) + key.slice(i + 1)).kind, 'ok');
      }
      for (const character of 'a0Z_\0 ')
        assert.notEqual(parseApiKey(key.slice(0, i) + character + key.slice(i)).kind, 'ok');
    }
  });

  it('refuses neighbours swapped and case folded', () => {
    for (let i = 1; i < key.length; i++) {
      const swapped = key.slice(0, i - 1) + key[i] + key[i - 1] + key.slice(i + 1);
      if (swapped !== key) assert.notEqual(parseApiKey(swapped).kind, 'ok', swapped);
    }
    assert.notEqual(parseApiKey(key.toUpperCase()).kind, 'ok');
    assert.notEqual(parseApiKey(key.toLowerCase()).kind, 'ok');
  });

  it('reads a checksum of one spelling only', () => {
    // Six base62 characters reach beyond 32 bits: a checksum plus 2^32 must not pass for the checksum.
    const body = key.slice(0, -6);
    const spelled = (value: number): string =>
      Array.from({ length: 6 }, (_, i) => ALPHABET[Math.floor(value / 62 ** (5 - i)) % 62]).join('');
    assert.equal(body + spelled(crc32(body)), key);
    for (const turns of [1, 2, 12]) {
      const value = crc32(body) + turns * 2 ** 32;
      if (value < 62 ** 6) assert.equal(parseApiKey(body + spelled(value)).kind, 'checksum');
    }
  });

  it('tells an invented key from what is no key at all', () => {
    assert.equal(parseApiKey(`sp_live_${'a'.repeat(12)}_${'b'.repeat(49)}`).kind, 'checksum');
    for (const text of [
      '',
      '_',
      '___',
      'Bearer abc',
      key.replace('_', '-'),
      `${key}\n`,
      ` ${key}`,
      key.repeat(150),
      '\0'.repeat(80),
    ])
      assert.equal(parseApiKey(text).kind, 'malformed', JSON.stringify(text.slice(0, 90)));
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (text) => {
        assert.notEqual(parseApiKey(text).kind, 'ok');
      }),
    );
  });
});
