import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { issueApiKey } from './api-key-format.ts';
import { ApiKeySearch, keySearchNeedle, keysIn } from './api-key-search.ts';

const random = { bytes: (count: number) => randomBytes(count) };
const NEEDLE = keySearchNeedle('sp');

function searched(...pieces: readonly string[]): readonly string[] {
  const search = new ApiKeySearch(NEEDLE);
  for (const piece of pieces) search.add(Buffer.from(piece, 'latin1'));
  return search.found ?? [];
}

test('a key is found wherever it stands', () => {
  const { key, keyId } = issueApiKey(random, 'sp', 'live');
  for (const text of [
    key,
    `{"key":"${key}"}`,
    `?api_key=${key}&x=1`,
    `\n${key}\n`,
    `<a href="${key}">`,
    `sp_sp_${key}`,
    `x${key}`,
    `${key}abc`,
    `${key}_x`,
  ])
    assert.deepEqual(searched(text), [keyId], text);
});

test('10,000 planted keys are all found, each cut in two at any place', () => {
  let found = 0;
  for (let i = 0; i < 10_000; i++) {
    const { key, keyId } = issueApiKey(random, 'sp', i % 2 === 0 ? 'live' : 'test');
    const text = `${'a'.repeat(i % 97)}"${key}" ${'b'.repeat(i % 31)}`;
    const cut = i % text.length;
    if (searched(text.slice(0, cut), text.slice(cut)).includes(keyId)) found++;
  }
  assert.equal(found, 10_000);
});

test('a key in pieces of one byte is found, once', () => {
  const { key, keyId } = issueApiKey(random, 'sp', 'live');
  assert.deepEqual(searched(...`[${key}]`), [keyId]);
});

test('10,000 look-alikes with a wrong checksum are no keys', () => {
  for (let i = 0; i < 10_000; i++) {
    const { key } = issueApiKey(random, 'sp', 'live');
    const at = 9 + (i % 60);
    const other = key[at] === 'a' ? 'b' : 'a';
    if (key[at] === '_') continue;
    assert.deepEqual(searched(key.slice(0, at) + other + key.slice(at + 1)), [], 'a false alarm');
  }
});

test('keys of another brand are not ours, and many are told of only in part', () => {
  assert.deepEqual(searched(issueApiKey(random, 'other', 'live').key), []);
  const many = Array.from({ length: 50 }, () => issueApiKey(random, 'sp', 'live').key).join(' ');
  assert.equal(searched(many).length, 8);
  assert.equal(keysIn(`a=${issueApiKey(random, 'sp', 'live').key}`, 'sp').length, 1);
  assert.equal(keysIn('nothing here', 'sp').length, 0);
});
