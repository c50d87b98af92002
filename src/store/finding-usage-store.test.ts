import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Finding } from '../core/finding.ts';
import type { UsageCount } from '../core/usage.ts';
import type { ControlStore } from './control-store.ts';
import { memoryControlStore } from './memory/control-store.ts';
import { openControlStore } from './sqlite/control-database.ts';

const finding = (id: string, lastMs: number, status: Finding['status'] = 'open'): Finding => ({
  id: id.padStart(16, '0'),
  detector: 'test.seen',
  actor: "'; DROP TABLE finding; --",
  subject: 's',
  severity: 'low',
  certainty: 0.5,
  title: 'gesehen – 見た',
  count: 3,
  firstMs: 1,
  lastMs,
  requestIds: ['r'],
  status,
  resolvedAtMs: 0,
  timeline: [],
  hourly: [],
  resolution: '',
});
const count = (change: Partial<UsageCount>): UsageCount => ({
  keyId: 'k1',
  kind: 'address',
  value: '192.0.2.1',
  calls: 1,
  refusals: 0,
  firstMs: 10,
  lastMs: 10,
  ...change,
});

/** What every store of findings, decoys and usage does alike. */
function contract(name: string, open: (folder: string) => { store: ControlStore; close: () => void }): void {
  const withStore = (run: (store: ControlStore) => Promise<void>) => async (): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-findings-'));
    const { store, close } = open(folder);
    try {
      await run(store);
    } finally {
      close();
      rmSync(folder, { recursive: true });
    }
  };

  describe(name, () => {
    test(
      'findings come back exactly, the newest first, page by page and by status',
      withStore(async ({ findings }) => {
        const all = [finding('d', 40), finding('c', 30, 'resolved'), finding('b', 20), finding('a', 20)];
        for (const one of all.toReversed()) await findings.put(one);
        assert.deepEqual(await findings.list({ limit: 10 }), all);
        assert.deepEqual(await findings.list({ limit: 2, before: { lastMs: 30, id: all[1]!.id } }), all.slice(2));
        assert.deepEqual(await findings.list({ limit: 9, before: { lastMs: 20, id: all[2]!.id } }), all.slice(3));
        assert.deepEqual(await findings.list({ limit: 9, status: 'resolved' }), [all[1]]);
        assert.deepEqual(await findings.list({ limit: 9, detector: all[0]!.detector, severity: 'low' }), all);
        assert.deepEqual(await findings.list({ limit: 9, detector: 'none' }), []);
        assert.deepEqual(await findings.list({ limit: 9, severity: 'high' }), []);
        assert.deepEqual(await findings.list({ limit: 9, actor: all[0]!.actor }), all);
        assert.deepEqual(await findings.list({ limit: 9, actor: 'nobody' }), []);
        await findings.put({ ...all[2]!, severity: 'critical', status: 'snoozed' });
        await findings.put({ ...all[3]!, severity: 'high' });
        assert.deepEqual(await findings.countOpen(), { info: 0, low: 1, medium: 0, high: 1, critical: 0 });
        assert.equal((await findings.list({ limit: 9, status: 'snoozed' })).length, 1);
        await findings.put({ ...all[0]!, count: 9 });
        assert.equal((await findings.find(all[0]!.id))?.count, 9);
        assert.equal(await findings.find('nothing'), undefined);
      }),
    );

    test(
      'decoys are kept until they are taken up',
      withStore(async ({ decoys }) => {
        await decoys.put({ id: 'b', kind: 'key', place: 'wiki', createdAtMs: 2 });
        await decoys.put({ id: 'a', kind: 'key', place: 'git', createdAtMs: 1 });
        assert.deepEqual(
          (await decoys.list()).map(({ id }) => id),
          ['a', 'b'],
        );
        assert.equal(await decoys.remove('a'), true);
        assert.equal(await decoys.remove('a'), false);
        assert.equal((await decoys.list()).length, 1);
      }),
    );

    test(
      'usage is added up, and old or many values are forgotten but no total',
      withStore(async ({ usage }) => {
        await usage.add([count({ kind: 'total', value: '', calls: 2, lastMs: 5 }), count({ calls: 2 })]);
        await usage.add([
          count({ calls: 3, refusals: 1, firstMs: 5, lastMs: 20 }),
          count({ value: '192.0.2.2', lastMs: 30 }),
        ]);
        assert.deepEqual(
          (await usage.ofKey('k1')).map((one) => [
            one.kind,
            one.value,
            one.calls,
            one.refusals,
            one.firstMs,
            one.lastMs,
          ]),
          [
            ['address', '192.0.2.2', 1, 0, 10, 30],
            ['address', '192.0.2.1', 5, 1, 5, 20],
            ['total', '', 2, 0, 10, 5],
          ],
        );
        assert.equal(await usage.prune(25, 100), 1);
        await usage.add([1, 2, 3].map((n) => count({ value: `v${n}`, lastMs: 30 + n })));
        assert.equal(await usage.prune(0, 2), 2);
        assert.deepEqual(
          (await usage.ofKey('k1')).map(({ kind, value }) => `${kind} ${value}`),
          ['address v3', 'address v2', 'total '],
        );
        assert.equal((await usage.totals(['k1', 'k2'])).length, 1);
      }),
    );
  });
}

contract('memory', () => ({ store: memoryControlStore(), close: () => undefined }));
contract('SQLite', (folder) => {
  const store = openControlStore(join(folder, 'control.db'));
  return { store, close: () => store.close() };
});
