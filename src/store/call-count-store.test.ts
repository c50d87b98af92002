import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { memoryControlStore } from './memory/control-store.ts';
import { openControlStore } from './sqlite/control-database.ts';

test('rows of calls are replaced, removed and listed by time, in both stores alike', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-counts-'));
  const sqlite = openControlStore(join(folder, 'sallyport.db'));
  try {
    for (const { callCounts } of [memoryControlStore(), sqlite]) {
      const row = (startMs: number, document: string, spanMs = 60_000) => ({ startMs, spanMs, document });
      await callCounts.change([row(120_000, 'b'), row(60_000, 'a'), row(60_000, 'hour', 3_600_000)], []);
      await callCounts.change([row(120_000, 'c')], [{ startMs: 60_000, spanMs: 60_000 }]);
      assert.deepEqual(await callCounts.list(), [row(60_000, 'hour', 3_600_000), row(120_000, 'c')]);
      const many = Array.from({ length: 1_700 }, (_, i) => row(i * 60_000, String(i)));
      await callCounts.change(many, []);
      assert.equal((await callCounts.list()).length, 1_701);
    }
  } finally {
    sqlite.close();
    rmSync(folder, { recursive: true });
  }
});
