import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { parseRequestId, RequestIdSource } from './request-id.ts';

const random = { bytes: (count: number): Uint8Array => randomBytes(count) };
const zeros = { bytes: (count: number): Uint8Array => new Uint8Array(count) };

test('ids are twenty characters of lower-case base32, count up by one and share their boot', () => {
  const source = new RequestIdSource(random);
  let previous = -1;
  for (let i = 0; i < 5_000; i++) {
    const id = source.next();
    assert.match(id, /^[0-9a-hjkmnp-tv-z]{20}$/);
    const parts = parseRequestId(id);
    assert.ok(parts);
    assert.equal(parts.boot, source.boot);
    if (i > 0) assert.equal(parts.sequence, previous + 1);
    previous = parts.sequence;
  }
});

test('two sources never share a boot', () => {
  const boots = new Set(Array.from({ length: 1_000 }, () => new RequestIdSource(random).boot));
  assert.equal(boots.size, 1_000);
});

test('the count starts where the random bytes say', () => {
  assert.equal(new RequestIdSource(zeros).next(), '00000000000000000000');
  const ones = new RequestIdSource({ bytes: (count) => new Uint8Array(count).fill(255) });
  const parts = parseRequestId(ones.next());
  assert.equal(parts?.boot, 'zzzzzzzzzzzz');
  assert.equal(parts?.sequence, (2 ** 28 - 1) * 1024);
});

test('what is not an id of this form is not parsed', () => {
  const id = new RequestIdSource(random).next();
  for (const wrong of [
    '',
    id.slice(1),
    `${id}0`,
    id.slice(0, 19).concat('u'),
    id.slice(0, 19).concat('L'),
    'é'.repeat(20),
  ]) {
    assert.equal(parseRequestId(wrong), undefined);
  }
});
