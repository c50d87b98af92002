import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rewrittenHeaders } from './judged-answer.ts';

function cacheControl(...values: readonly string[]): string | undefined {
  const fields = rewrittenHeaders(
    values.flatMap((value) => ['cache-control', value]),
    undefined,
  );
  assert.equal(fields.filter((name, index) => index % 2 === 0 && name === 'cache-control').length, 1);
  return fields[fields.indexOf('cache-control') + 1];
}

test('what was changed for one caller is kept by no cache for another', () => {
  assert.equal(cacheControl(), 'private');
  assert.equal(cacheControl('public, max-age=60, S-Maxage=600'), 'private, max-age=60');
  assert.equal(cacheControl('public', 'max-age=5'), 'private, max-age=5');
  assert.equal(cacheControl('private="set-cookie", no-store'), 'private, no-store');
});

test('what is said of the bytes that came is not said of those that pass', () => {
  const came = ['etag', '"a"', 'content-length', '9', 'content-encoding', 'gzip', 'digest', 'x', 'content-type', 'a/b'];
  assert.deepEqual(rewrittenHeaders(came, 4), [
    'content-type',
    'a/b',
    'cache-control',
    'private',
    'content-length',
    '4',
  ]);
});
