import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { ApiKeySearch, keySearchNeedle } from './api-key-search.ts';

const file = fileURLToPath(new URL('../../../shared/data/detect/benign-requests-dev.jsonl.gz', import.meta.url));

test('recorded benign requests hold no key', { skip: !existsSync(file) && 'the corpus is not here' }, () => {
  let requests = 0;
  for (const line of gunzipSync(readFileSync(file)).toString('utf8').split('\n')) {
    if (line === '') continue;
    const { raw } = JSON.parse(line) as { raw: string };
    const bytes = Buffer.from(raw, 'base64');
    for (const brand of ['sp', 'acme', 'api']) {
      const search = new ApiKeySearch(keySearchNeedle(brand));
      search.add(bytes);
      assert.equal(search.found, undefined);
    }
    requests++;
  }
  assert.ok(requests > 5_000, `${requests} requests`);
});
