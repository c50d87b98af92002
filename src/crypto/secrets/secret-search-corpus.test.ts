import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { ownKeyFormat } from './own-key-format.ts';
import { SecretPatterns, SecretSearch } from './secret-search.ts';
import { VENDOR_FORMATS } from './vendor-formats.ts';

const folder = fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const patterns = new SecretPatterns([...['sp', 'acme', 'api'].map(ownKeyFormat), ...VENDOR_FORMATS]);

for (const part of ['train', 'dev']) {
  const file = `${folder}/detect/benign-requests-${part}.jsonl.gz`;
  test(`recorded benign requests (${part}) hold no secret`, {
    skip: !existsSync(file) && 'the corpus is not here',
  }, () => {
    let requests = 0;
    const kinds = new Map<string, number>();
    for (const line of gunzipSync(readFileSync(file)).toString('utf8').split('\n')) {
      if (line === '') continue;
      const { raw } = JSON.parse(line) as { raw: string };
      const search = new SecretSearch(patterns, {
        secretFound: ({ kind, usualIn }) => usualIn !== undefined || kinds.set(kind, (kinds.get(kind) ?? 0) + 1),
      });
      search.add(Buffer.from(raw, 'base64'));
      search.end();
      requests++;
    }
    assert.deepEqual([...kinds], []);
    assert.ok(requests > 5_000, `${requests} requests`);
  });
}
