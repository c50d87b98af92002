import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { AddedException } from '../core/payload.ts';
import type { PayloadExceptionStore } from '../ports.ts';
import { memoryControlStore } from './memory/control-store.ts';
import { openControlStore } from './sqlite/control-database.ts';

const exception = (id: string, change: Partial<AddedException> = {}): AddedException => ({
  id,
  routeId: 'r',
  routePlace: '* /r',
  path: `body.${id}`,
  class: 'sqli',
  consumer: undefined,
  reason: "'; DROP TABLE payload_exception; --",
  addedBy: 'administrator',
  addedMs: 10,
  expiresMs: 100,
  ...change,
});

/** What every store of exceptions does alike. */
function contract(name: string, open: (folder: string) => { store: PayloadExceptionStore; close: () => void }): void {
  const withStore = (run: (store: PayloadExceptionStore) => Promise<void>) => async (): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-exceptions-'));
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
      'exceptions come back exactly and in order, replace those of their name, and have a bound only new ones meet',
      withStore(async (store) => {
        const wide = exception('wide', { routeId: '', consumer: 'acme' });
        const [a, b] = [exception('a'), exception('b', { path: '' })];
        for (const one of [a, wide, b]) assert.equal(await store.put(one, 3), true);
        assert.deepEqual(await store.list(), [wide, b, a]);
        assert.equal(await store.put(exception('c'), 3), false);
        const longer = { ...a, expiresMs: 900 };
        assert.equal(await store.put(longer, 3), true);
        assert.deepEqual(await store.list(), [wide, b, longer]);
        assert.deepEqual(await store.remove('a'), longer);
        assert.equal(await store.remove('a'), undefined);
        assert.deepEqual(await store.list(), [wide, b]);
      }),
    );

    test(
      'uses add up, with the first time and the last',
      withStore(async (store) => {
        await store.addUses([{ id: 'a', calls: 0, sinceMs: 50, lastMs: 0 }]);
        await store.addUses([
          { id: 'a', calls: 2, sinceMs: 60, lastMs: 70 },
          { id: 'b', calls: 1, sinceMs: 5, lastMs: 5 },
        ]);
        await store.addUses([{ id: 'a', calls: 1, sinceMs: 40, lastMs: 65 }]);
        assert.deepEqual(await store.uses(), [
          { id: 'a', calls: 3, sinceMs: 40, lastMs: 70 },
          { id: 'b', calls: 1, sinceMs: 5, lastMs: 5 },
        ]);
      }),
    );

    test(
      'what ended long ago is forgotten, and the uses of what nobody knows',
      withStore(async (store) => {
        await store.put(exception('old', { expiresMs: 20 }), 9);
        await store.put(exception('new', { expiresMs: 21 }), 9);
        for (const id of ['known', 'unknown']) await store.addUses([{ id, calls: 1, sinceMs: 1, lastMs: 20 }]);
        await store.addUses([{ id: 'recent', calls: 1, sinceMs: 1, lastMs: 21 }]);
        assert.equal(await store.prune(21, new Set(['known'])), 1);
        assert.deepEqual(
          (await store.list()).map(({ id }) => id),
          ['new'],
        );
        assert.deepEqual(
          (await store.uses()).map(({ id }) => id),
          ['known', 'recent'],
        );
      }),
    );
  });
}

contract('exceptions in SQLite', (folder) => {
  const store = openControlStore(join(folder, 'sallyport.db'));
  return { store: store.payloadExceptions, close: () => store.close() };
});
contract('exceptions in memory', () => ({ store: memoryControlStore().payloadExceptions, close: () => undefined }));

test('exceptions and their uses are there after a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-exceptions-'));
  try {
    const first = openControlStore(join(folder, 'sallyport.db'));
    await first.payloadExceptions.put(exception('a'), 9);
    await first.payloadExceptions.addUses([{ id: 'a', calls: 7, sinceMs: 1, lastMs: 2 }]);
    first.close();
    const again = openControlStore(join(folder, 'sallyport.db'));
    assert.deepEqual(await again.payloadExceptions.list(), [exception('a')]);
    assert.equal((await again.payloadExceptions.uses())[0]?.calls, 7);
    again.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
