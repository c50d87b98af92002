import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ApiKeyRecord, TokenRevocation } from '../core/credential.ts';
import { sampleConsumer, sampleKeyId, sampleRecord } from '../crypto/credential-samples.test.ts';
import type { ApiKeyChange, ModeOverride } from '../ports.ts';
import type { ControlStore } from './control-store.ts';
import { memoryControlStore } from './memory/control-store.ts';
import { openControlStore } from './sqlite/control-database.ts';
import { StoreError, type StoreErrorCode } from './store-error.ts';

const RATE = { kind: 'rate', per: ['key'], permits: 100, windowSeconds: 60, burst: 100, cost: 1 } as const;
const QUOTA = { kind: 'quota', per: ['key'], permits: 1_000, window: 'day', cost: 1 } as const;

/** What every store of the control plane does alike. */
function contract(name: string, open: (folder: string) => { store: ControlStore; close: () => void }): void {
  const withStore = (run: (store: ControlStore) => Promise<void>) => async (): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-control-'));
    const { store, close } = open(folder);
    try {
      await run(store);
    } finally {
      close();
      rmSync(folder, { recursive: true });
    }
  };

  describe(`keys in ${name}`, () => {
    test(
      'an empty store answers nothing',
      withStore(async ({ keys }) => {
        assert.equal(await keys.find(sampleKeyId(1)), undefined);
        assert.deepEqual(await keys.list({ limit: 10 }), []);
        assert.equal(await keys.count(), 0);
        assert.equal(await keys.update(sampleKeyId(1), { status: 'revoked' }), false);
        await keys.scan(() => assert.fail('there is nothing to visit'));
        await keys.insert([]);
        assert.equal(await keys.count(), 0);
      }),
    );

    test(
      'many keys are revoked or none, those revoked before are passed over, and an answer is kept with its rotation until it expires',
      withStore(async ({ keys }) => {
        const records = Array.from({ length: 2_500 }, (_, n) => sampleRecord(n, { status: 'active', successorId: '' }));
        await keys.insert(records);
        const ids = records.map(({ keyId }) => keyId);
        await keys.update(ids[7] ?? '', { status: 'revoked', revokedReason: 'before' });
        const change = { status: 'revoked', revokedAtMs: 5, revokedReason: 'all' } as const;
        const revoked = await keys.revokeMany([...ids.slice(0, 2_400), sampleKeyId(9_999)], change);
        assert.deepEqual(
          [...revoked].sort(),
          ids
            .slice(0, 2_400)
            .filter((_, n) => n !== 7)
            .sort(),
        );
        assert.equal((await keys.find(ids[7] ?? ''))?.revokedReason, 'before');
        assert.equal((await keys.find(ids[2_399] ?? ''))?.revokedReason, 'all');
        assert.equal((await keys.find(ids[2_400] ?? ''))?.status, 'active');
        const last = ids[2_499] ?? '';
        const successor = sampleRecord(5_000, {});
        const answer = { id: 'a', sealed: Uint8Array.of(1, 2, 3), expiresAtMs: 100 };
        assert.equal(await keys.rotate(last, { successorId: successor.keyId }, successor, answer), true);
        assert.deepEqual([...((await keys.findAnswer('a', 99))?.sealed ?? [])], [1, 2, 3]);
        assert.equal(await keys.findAnswer('a', 100), undefined);
        assert.equal(await keys.findAnswer('b', 0), undefined);
        const lost = { id: 'lost', sealed: Uint8Array.of(4), expiresAtMs: 100 };
        assert.equal(await keys.rotate(last, { successorId: 'x' }, sampleRecord(5_001, {}), lost), false);
        assert.equal(await keys.findAnswer('lost', 0), undefined, 'a rotation that was none keeps no answer');
        await keys.pruneAnswers(100);
        assert.equal(await keys.findAnswer('a', 0), undefined);
      }),
    );

    test(
      'what was put in comes back exactly, whatever it holds',
      withStore(async ({ keys }) => {
        const times = fc.constantFrom(0, 1, 1_790_000_000_123, Number.MAX_SAFE_INTEGER);
        const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { maxLength: 3 });
        let n = 0;
        await fc.assert(
          fc.asyncProperty(
            fc.record({
              consumer: fc.constantFrom('acme', 'x', "'; DROP TABLE api_key; --"),
              digest: fc.uint8Array({ minLength: 32, maxLength: 32 }),
              pepperVersion: fc.nat({ max: 2 ** 29 - 1 }),
              foreign: fc.boolean(),
              name: fc.string({ unit: 'grapheme', maxLength: 20 }),
              scopes: texts,
              allowedCidrs: texts,
              status: fc.constantFrom('active' as const, 'disabled' as const, 'revoked' as const),
              createdAtMs: times,
              notBeforeMs: times,
              expiresAtMs: times,
              successorId: fc.constantFrom('', sampleKeyId(3)),
              revokedAtMs: times,
              revokedReason: fc.string({ maxLength: 20 }),
              routes: texts,
              limits: fc.subarray([RATE, QUOTA]),
              idleSeconds: fc.constantFrom(-1, 0, 86_400),
              enabledAtMs: times,
              disabledReason: fc.string({ maxLength: 20 }),
              familyId: fc.constantFrom('', sampleKeyId(4)),
            }),
            async (fields) => {
              const record = { ...fields, keyId: sampleKeyId(++n) };
              await keys.insert([record]);
              assert.deepEqual(plain(await keys.find(record.keyId)), plain(record));
            },
          ),
          { numRuns: 60 },
        );
        assert.equal(await keys.count(), n);
      }),
    );

    test(
      'what is given and what is got can be changed without changing what is stored',
      withStore(async ({ keys }) => {
        const record = sampleRecord(1, { scopes: ['a'], digest: new Uint8Array(32).fill(7) });
        await keys.insert([record]);
        record.digest.fill(0);
        (await keys.find(record.keyId))?.digest.fill(1);
        assert.deepEqual([...((await keys.find(record.keyId))?.digest ?? [])], new Array(32).fill(7));
      }),
    );

    test(
      'an insert is all or nothing',
      withStore(async ({ keys }) => {
        await keys.insert([sampleRecord(1, { name: 'first' })]);
        for (const batch of [
          [sampleRecord(2), sampleRecord(3), sampleRecord(1, { name: 'second' })],
          [sampleRecord(2), sampleRecord(2)],
          // More than goes into one statement.
          [...Array.from({ length: 2_500 }, (_, i) => sampleRecord(100 + i)), sampleRecord(1)],
        ])
          await assertStoreError(keys.insert(batch), 'exists');
        assert.equal(await keys.count(), 1);
        assert.equal((await keys.find(sampleKeyId(1)))?.name, 'first');
        await keys.insert(Array.from({ length: 2_500 }, (_, i) => sampleRecord(100 + i)));
        assert.equal(await keys.count(), 2_501);
      }),
    );

    test(
      'a list is in the order of ids, filtered, and its pages give every key once',
      withStore(async ({ keys }) => {
        const records = Array.from({ length: 57 }, (_, n) =>
          sampleRecord(n, {
            consumer: n % 3 === 0 ? 'acme' : 'other',
            status: n % 5 === 0 ? 'revoked' : n % 7 === 0 ? 'disabled' : 'active',
          }),
        );
        await keys.insert(records);
        const filters = [{}, { consumer: 'acme' }, { status: 'revoked' as const }, { consumer: 'none' }];
        for (const filter of [...filters, { consumer: 'other', status: 'disabled' as const }])
          for (const limit of [1, 10, 57, 1_000]) {
            const seen: string[] = [];
            for (let afterKeyId: string | undefined; ; ) {
              const page = await keys.list({ ...filter, limit, ...(afterKeyId === undefined ? {} : { afterKeyId }) });
              assert.ok(page.length <= limit);
              seen.push(...page.map(({ keyId }) => keyId));
              afterKeyId = page.at(-1)?.keyId;
              if (page.length < limit) break;
            }
            const expected = records.filter(
              (key) =>
                (!('consumer' in filter) || filter.consumer === key.consumer) &&
                (!('status' in filter) || filter.status === key.status),
            );
            assert.deepEqual(seen, expected.map(({ keyId }) => keyId).sort(byCodeUnits));
          }
      }),
    );

    test(
      'a change changes its fields and no others, of its key and no other',
      withStore(async ({ keys }) => {
        const changes: readonly Required<ApiKeyChange>[] = [
          {
            status: 'revoked',
            expiresAtMs: 5,
            successorId: sampleKeyId(9),
            revokedAtMs: 6,
            revokedReason: 'leaked',
            scopes: ['x', 'y'],
            allowedCidrs: ['10.0.0.0/8'],
            name: 'new',
            routes: ['orders:GET'],
            limits: [RATE, QUOTA],
            idleSeconds: 3_600,
            enabledAtMs: 7,
            disabledReason: 'idle',
          },
        ];
        for (const whole of changes)
          for (const field of Object.keys(whole) as (keyof ApiKeyChange)[]) {
            const record = sampleRecord(await keys.count(), { name: 'old', scopes: ['a'] });
            const bystander = sampleRecord((await keys.count()) + 1, { name: 'old' });
            await keys.insert([record, bystander]);
            assert.equal(await keys.update(record.keyId, { [field]: whole[field] }), true);
            assert.deepEqual(plain(await keys.find(record.keyId)), plain({ ...record, [field]: whole[field] }));
            assert.deepEqual(plain(await keys.find(bystander.keyId)), plain(bystander));
          }
        const record = sampleRecord(0, { name: 'old', scopes: ['a'] });
        const before = plain(await keys.find(record.keyId));
        assert.equal(await keys.update(record.keyId, {}), true);
        assert.deepEqual(plain(await keys.find(record.keyId)), before);
        assert.equal(await keys.update(sampleKeyId(999), {}), false);
        assert.equal(await keys.update(sampleKeyId(999), { name: 'x' }), false);
      }),
    );

    test(
      'of two rotations of one key one wins, and a refused one leaves nothing behind',
      withStore(async ({ keys }) => {
        await keys.insert([
          sampleRecord(1),
          sampleRecord(2, { status: 'revoked' }),
          sampleRecord(3, { status: 'disabled' }),
        ]);
        const change = (n: number): ApiKeyChange => ({ successorId: sampleKeyId(n), expiresAtMs: 1_000 });
        const results = await Promise.all(
          [10, 11, 12].map((n) => keys.rotate(sampleKeyId(1), change(n), sampleRecord(n))),
        );
        assert.deepEqual(results.toSorted(), [false, false, true]);
        const winner = 10 + results.indexOf(true);
        assert.equal((await keys.find(sampleKeyId(1)))?.successorId, sampleKeyId(winner));
        for (const n of [10, 11, 12])
          assert.equal((await keys.find(sampleKeyId(n))) !== undefined, n === winner, `successor ${n}`);
        for (const n of [2, 3, 999]) {
          assert.equal(await keys.rotate(sampleKeyId(n), change(20), sampleRecord(20)), false);
          assert.equal(await keys.find(sampleKeyId(20)), undefined);
        }
      }),
    );

    test(
      'a successor that exists already leaves the key as it was',
      withStore(async ({ keys }) => {
        await keys.insert([sampleRecord(1), sampleRecord(2)]);
        const rotation = keys.rotate(
          sampleKeyId(1),
          { successorId: sampleKeyId(2), status: 'revoked' },
          sampleRecord(2),
        );
        await assertStoreError(rotation, 'exists');
        assert.deepEqual(plain(await keys.find(sampleKeyId(1))), plain(sampleRecord(1)));
        assert.equal(await keys.count(), 2);
      }),
    );

    test(
      'a scan visits every key once',
      withStore(async ({ keys }) => {
        const records = Array.from({ length: 3_000 }, (_, n) =>
          sampleRecord(n, { scopes: n % 2 === 0 ? [] : [`s${n}`] }),
        );
        await keys.insert(records);
        const seen = new Map<string, ApiKeyRecord>();
        await keys.scan((record) => {
          assert.ok(!seen.has(record.keyId));
          seen.set(record.keyId, record);
        });
        assert.equal(seen.size, 3_000);
        for (const record of records) assert.deepEqual(plain(seen.get(record.keyId)), plain(record));
      }),
    );
  });

  describe(`consumers in ${name}`, () => {
    test(
      'are added, replaced whole, found and listed in order',
      withStore(async ({ consumers }) => {
        assert.equal(await consumers.find('acme'), undefined);
        const acme = sampleConsumer('acme', { groups: ['a', 'b'], tier: 'gold', disabled: true });
        await consumers.upsert(acme);
        assert.deepEqual(await consumers.find('acme'), acme);
        await consumers.upsert(sampleConsumer('acme'));
        assert.deepEqual(await consumers.find('acme'), sampleConsumer('acme'));
        assert.equal(await consumers.find('ACME'), undefined);
        for (const name of ['zeta', 'Beta', 'beta', '_x', '9']) await consumers.upsert(sampleConsumer(name));
        const first = await consumers.list({ limit: 3 });
        const rest = await consumers.list({ limit: 10, afterName: first.at(-1)?.name ?? '' });
        assert.deepEqual(
          [...first, ...rest].map((consumer) => consumer.name),
          ['zeta', 'Beta', 'beta', '_x', '9', 'acme'].sort(byCodeUnits),
        );
      }),
    );
  });

  describe(`settings in ${name}`, () => {
    test(
      'are set, replaced and removed',
      withStore(async ({ settings }) => {
        assert.equal(await settings.get('a'), undefined);
        await settings.set('a', '1');
        await settings.set('a', '');
        await settings.set('b', 'ü'.repeat(10_000));
        assert.equal(await settings.get('a'), '');
        assert.equal(await settings.get('b'), 'ü'.repeat(10_000));
        await settings.remove('a');
        await settings.remove('a');
        assert.equal(await settings.get('a'), undefined);
        assert.notEqual(await settings.get('b'), undefined);
      }),
    );

    test(
      'modes are held one per scope and target, in the order they were set',
      withStore(async ({ settings }) => {
        const modes: ModeOverride[] = [
          { scope: 'route', target: 'a', mode: 'enforce', setAtMs: 3 },
          { scope: 'path', target: 'a', mode: 'observe', setAtMs: 1 },
          { scope: 'stage', target: 'limit', mode: 'observe', setAtMs: 2 },
          { scope: 'route-stage', target: 'limit@a', mode: 'observe', setAtMs: 4 },
        ];
        for (const mode of modes) await settings.setMode(mode);
        assert.deepEqual(
          await settings.listModes(),
          modes.toSorted((one, other) => one.setAtMs - other.setAtMs),
        );
        const changed: ModeOverride = { scope: 'path', target: 'a', mode: 'enforce', setAtMs: 9 };
        await settings.setMode(changed);
        assert.deepEqual((await settings.listModes()).at(-1), changed);
        assert.equal((await settings.listModes()).length, modes.length);
        assert.equal(await settings.removeMode('path', 'a'), true);
        assert.equal(await settings.removeMode('path', 'a'), false);
        assert.deepEqual(
          (await settings.listModes()).map(({ scope }) => scope),
          ['stage', 'route', 'route-stage'],
        );
      }),
    );
  });

  describe(`revocations in ${name}`, () => {
    const one: TokenRevocation = {
      kind: 'jti',
      issuer: 'https://id.example.com',
      value: 'a',
      beforeSeconds: 4_294_967_295,
      expiresAtMs: 1_000,
      createdAtMs: 1,
      reason: 'lost',
    };

    test(
      'come back exactly, in order, page by page',
      withStore(async ({ revocations }) => {
        const all = [
          one,
          { ...one, value: 'b' },
          { ...one, kind: 'sub' as const },
          { ...one, issuer: 'https://z.example', expiresAtMs: 0 },
        ];
        for (const revocation of all.toReversed()) await revocations.put(revocation);
        assert.deepEqual(await revocations.list({ limit: 10 }), all);
        const first = await revocations.list({ limit: 2 });
        assert.deepEqual(first, all.slice(0, 2));
        assert.deepEqual(await revocations.list({ limit: 10, after: first[1]! }), all.slice(2));
      }),
    );

    test(
      'are never weakened by another one for the same value, only taken back',
      withStore(async ({ revocations }) => {
        await revocations.put({ ...one, beforeSeconds: 500, expiresAtMs: 9_000 });
        await revocations.put({ ...one, beforeSeconds: 100, expiresAtMs: 5_000 });
        const [kept] = await revocations.list({ limit: 1 });
        assert.equal(kept?.beforeSeconds, 500);
        assert.equal(kept?.expiresAtMs, 9_000);
        await revocations.put({ ...one, beforeSeconds: 700, expiresAtMs: 0 });
        await revocations.put({ ...one, beforeSeconds: 1, expiresAtMs: 10_000 });
        const [wider] = await revocations.list({ limit: 1 });
        assert.equal(wider?.beforeSeconds, 700);
        assert.equal(wider?.expiresAtMs, 0, 'for good');
        assert.equal(await revocations.remove('jti', one.issuer, 'a'), true);
        assert.equal(await revocations.remove('jti', one.issuer, 'a'), false);
        assert.deepEqual(await revocations.list({ limit: 1 }), []);
      }),
    );

    test(
      'are forgotten when they have expired, and those for good never',
      withStore(async ({ revocations }) => {
        await revocations.put(one);
        await revocations.put({ ...one, value: 'b', expiresAtMs: 2_000 });
        await revocations.put({ ...one, value: 'c', expiresAtMs: 0 });
        assert.equal(await revocations.prune(1_000), 1);
        assert.equal(await revocations.prune(1_000), 0);
        assert.deepEqual(
          (await revocations.list({ limit: 10 })).map(({ value }) => value),
          ['b', 'c'],
        );
      }),
    );
  });
}

contract('memory', () => ({ store: memoryControlStore(), close: () => undefined }));
contract('SQLite', (folder) => {
  const store = openControlStore(join(folder, 'control.db'));
  return { store, close: () => store.close() };
});

/** Digests come as arrays of several kinds. */
function plain(record: ApiKeyRecord | undefined): unknown {
  return record && { ...record, digest: Buffer.from(record.digest).toString('hex') };
}

function byCodeUnits(one: string, other: string): number {
  return one < other ? -1 : 1;
}

async function assertStoreError(action: Promise<unknown>, code: StoreErrorCode): Promise<void> {
  await assert.rejects(action, (error) => error instanceof StoreError && error.code === code);
}
