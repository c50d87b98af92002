import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { ApiKeyRecord } from '../core/credential.ts';
import { foreignKeyId } from '../crypto/api-key-digest.ts';
import type { ControlStore } from '../store/control-store.ts';
import { memoryControlStore } from '../store/memory/control-store.ts';
import { openControlStore } from '../store/sqlite/control-database.ts';
import { StoreError } from '../store/store-error.ts';
import { type KeyResult, PepperMissing } from './api-keys.ts';
import { DAY_MS, done, HOUR_SECONDS, type House, house, refusedAs, T0_MS } from './api-keys-fixture.test.ts';

function life(name: string, open: (folder: string) => { store: ControlStore; close: () => void }): void {
  const withHouse = (run: (made: House) => Promise<void>) => async (): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-keys-'));
    const { store, close } = open(folder);
    try {
      await run(house(store));
    } finally {
      close();
      rmSync(folder, { recursive: true });
    }
  };

  describe(`the life of keys over ${name}`, () => {
    test(
      'a created key is in force and stored before the answer, and its secret is stored nowhere',
      withHouse(async ({ service, store, worth, grants, ...made }) => {
        const { key, record } = done(
          await service.create({ consumer: 'acme', scopes: ['a', 'b'], allowedCidrs: ['10.0.0.0/8'], name: 'first' }),
        );
        assert.match(key, /^sp_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
        assert.equal(worth(key), 'valid');
        assert.deepEqual(grants(key).scopes, ['a', 'b']);
        assert.ok(made.index.size > 0);
        const stored = await service.show(record.keyId);
        assert.equal(stored?.name, 'first');
        assert.equal(stored.createdAtMs, T0_MS);
        assert.ok(!JSON.stringify(stored).includes(key.slice(-49, -6)));
        assert.deepEqual(await store.consumers.find('acme'), { name: 'acme', groups: [], tier: '', disabled: false });
        assert.equal((await service.list({ consumer: 'acme', limit: 9 })).length, 1);
      }),
    );

    test(
      'a key that is refused or not stored is not there at all',
      withHouse(async (made) => {
        refusedAs(await made.service.create({ consumer: 'no such name!' }), 'invalid');
        made.fault = new StoreError('full', 'disk full');
        await assert.rejects(made.service.create({ consumer: 'acme' }), made.fault);
        assert.equal(made.index.size, 0);
        assert.equal(await made.store.keys.count(), 0);
        made.fault = undefined;
        done(await made.service.create({ consumer: 'acme' }));
      }),
    );

    test(
      'rotation with grace keeps both keys until it ends, and the successor inherits',
      withHouse(async (made) => {
        const { service, worth } = made;
        await service.setConsumer({ name: 'acme', groups: ['eu'], tier: 'gold', disabled: false });
        const wanted = { consumer: 'acme', scopes: ['a'], allowedCidrs: ['10.0.0.0/8'], name: 'n' };
        const first = done(await service.create({ ...wanted, expiresAtMs: T0_MS + DAY_MS }));
        made.nowMs += 1_000;
        const second = done(await service.rotate(first.record.keyId, { graceSeconds: HOUR_SECONDS }));
        const end = made.nowMs + HOUR_SECONDS * 1000;
        assert.equal(worth(first.key, end - 1_000), 'valid');
        assert.equal(worth(first.key, end), 'expired');
        assert.equal(worth(second.key, end), 'valid');
        const { consumer, scopes, allowedCidrs, name: label, expiresAtMs, createdAtMs } = second.record;
        assert.deepEqual(
          { consumer, scopes, allowedCidrs, name: label, expiresAtMs },
          { ...wanted, expiresAtMs: T0_MS + DAY_MS },
        );
        assert.equal(createdAtMs, made.nowMs);
        assert.deepEqual(made.grants(second.key).groups, ['eu']);
        assert.equal((await service.show(first.record.keyId))?.successorId, second.record.keyId);
        assert.deepEqual(second.predecessor.successorId, second.record.keyId);
      }),
    );

    test(
      'rotation never makes a life longer: not the old one’s, not the new one’s, and it does not begin earlier',
      withHouse(async (made) => {
        const { service, worth } = made;
        const expiresAtMs = T0_MS + 60_000;
        const soon = done(await service.create({ consumer: 'acme', expiresAtMs }));
        const next = done(await service.rotate(soon.record.keyId, { graceSeconds: 30 * 86_400 }));
        assert.equal(next.predecessor.expiresAtMs, expiresAtMs);
        for (const key of [soon.key, next.key]) {
          assert.equal(worth(key, expiresAtMs - 1_000), 'valid');
          assert.equal(worth(key, expiresAtMs), 'expired');
        }
        const later = done(await service.create({ consumer: 'acme', notBeforeMs: T0_MS + DAY_MS }));
        const { key } = done(await service.rotate(later.record.keyId, { graceSeconds: 0 }));
        assert.equal(worth(key), 'notYet');
        assert.equal(worth(key, T0_MS + DAY_MS), 'valid');
      }),
    );

    test(
      'rotation without grace ends the old key at once',
      withHouse(async ({ service, worth }) => {
        const first = done(await service.create({ consumer: 'acme' }));
        const second = done(await service.rotate(first.record.keyId, { graceSeconds: 0 }));
        assert.equal(worth(first.key), 'revoked');
        assert.equal(worth(second.key), 'valid');
        assert.equal((await service.show(first.record.keyId))?.status, 'revoked');
      }),
    );

    test(
      'a key that was rotated, revoked, has expired or is unknown is not rotated',
      withHouse(async (made) => {
        const { service } = made;
        const first = done(await service.create({ consumer: 'acme' }));
        const second = done(await service.rotate(first.record.keyId, { graceSeconds: 60 }));
        const message = refusedAs(await service.rotate(first.record.keyId, { graceSeconds: 0 }), 'already_rotated');
        assert.ok(message.includes(second.record.keyId), 'the successor is named');
        assert.equal(made.worth(first.key), 'valid', 'the refused rotation took nothing away');
        await service.revoke(second.record.keyId, '');
        refusedAs(await service.rotate(second.record.keyId, { graceSeconds: 0 }), 'revoked');
        const short = done(await service.create({ consumer: 'acme', expiresAtMs: T0_MS + 1_000 }));
        made.nowMs += 2_000;
        refusedAs(await service.rotate(short.record.keyId, { graceSeconds: 0 }), 'revoked');
        refusedAs(await service.rotate('unknown00000', { graceSeconds: 0 }), 'unknown');
        for (const graceSeconds of [-1, 1.5, Number.NaN, 30 * 86_400 + 1])
          refusedAs(await service.rotate(first.record.keyId, { graceSeconds }), 'invalid');
        assert.equal(await made.store.keys.count(), 3);
      }),
    );

    test(
      'of rotations asked for at once one is done, by one process or by two',
      withHouse(async (made) => {
        const { record } = done(await made.service.create({ consumer: 'acme' }));
        const other = house(made.store);
        await other.service.load();
        const results = await Promise.all(
          [made, other, made, other].map(({ service }) => service.rotate(record.keyId, { graceSeconds: 60 })),
        );
        const winners = results.filter((result) => result.ok);
        assert.equal(winners.length, 1);
        const successor = done(winners[0] ?? assert.fail()).record.keyId;
        for (const result of results)
          if (!result.ok) assert.ok(refusedAs(result, 'already_rotated').includes(successor));
        assert.equal(await made.store.keys.count(), 2);
      }),
    );

    test(
      'a rotation that is not stored changes nothing',
      withHouse(async (made) => {
        const { key, record } = done(await made.service.create({ consumer: 'acme' }));
        made.fault = new StoreError('locked', 'busy');
        await assert.rejects(made.service.rotate(record.keyId, { graceSeconds: 0 }), made.fault);
        assert.equal(made.worth(key), 'valid');
        assert.equal(made.index.size, 1);
      }),
    );

    test(
      'a revoked key is refused at once, stays so after a start, and revoking again says the same',
      withHouse(async (made) => {
        const { key, record } = done(await made.service.create({ consumer: 'acme' }));
        const answer = made.service.revoke(record.keyId, 'leaked');
        assert.equal(made.worth(key), 'revoked', 'before the store was asked');
        const first = done(await answer).record;
        assert.equal(first.revokedReason, 'leaked');
        assert.equal(first.revokedAtMs, T0_MS);
        made.nowMs += 5_000;
        assert.deepEqual(done(await made.service.revoke(record.keyId, 'again')).record.revokedAtMs, T0_MS);
        const restarted = house(made.store);
        assert.equal(await restarted.service.load(), 1);
        assert.equal(restarted.worth(key), 'revoked');
        refusedAs(await made.service.revoke('unknown00000', ''), 'unknown');
      }),
    );

    test(
      'a revocation that cannot be stored is in force all the same, says so, and can be repeated',
      withHouse(async (made) => {
        const { key, record } = done(await made.service.create({ consumer: 'acme' }));
        made.fault = new StoreError('full', 'disk full');
        const message = refusedAs(await made.service.revoke(record.keyId, 'leaked'), 'not_stored');
        assert.match(message, /full.*revoke it again/);
        assert.equal(made.worth(key), 'revoked');
        assert.equal((await made.store.keys.find(record.keyId))?.status, 'active');
        made.fault = undefined;
        done(await made.service.revoke(record.keyId, 'leaked'));
        assert.equal((await made.store.keys.find(record.keyId))?.status, 'revoked');
      }),
    );

    test(
      'a revocation asked for during a rotation wins over it',
      withHouse(async (made) => {
        const { key, record } = done(await made.service.create({ consumer: 'acme' }));
        const rotation = made.service.rotate(record.keyId, { graceSeconds: HOUR_SECONDS });
        done(await made.service.revoke(record.keyId, 'leaked'));
        done(await rotation);
        assert.equal(made.worth(key), 'revoked');
        assert.equal((await made.store.keys.find(record.keyId))?.status, 'revoked');
      }),
    );

    test(
      'a changed consumer changes all its keys and no others, created before, after and at the same time',
      withHouse(async (made) => {
        const { service, grants } = made;
        const keys = [done(await service.create({ consumer: 'acme', scopes: ['a'] })).key];
        const other = done(await service.create({ consumer: 'other' })).key;
        const creations = [service.create({ consumer: 'acme' }), service.create({ consumer: 'acme' })];
        const disabled = { name: 'acme', groups: ['eu'], tier: 'gold', disabled: true };
        const change = service.setConsumer(disabled);
        creations.push(service.create({ consumer: 'acme' }));
        done(await change);
        for (const creation of creations) keys.push(done(await creation).key);
        for (const key of keys) {
          const { groups, tier, consumerDisabled } = grants(key);
          assert.deepEqual(
            { groups, tier, consumerDisabled },
            { groups: ['eu'], tier: 'gold', consumerDisabled: true },
          );
        }
        assert.equal(grants(other).consumerDisabled, false);
        assert.deepEqual(await made.store.consumers.find('acme'), disabled);
        done(await service.setConsumer({ ...disabled, disabled: false }));
        for (const key of keys) assert.equal(grants(key).consumerDisabled, false);
        refusedAs(await service.setConsumer({ ...disabled, tier: 'a b' }), 'invalid');
      }),
    );

    test(
      'where the store fails, disabling a consumer is in force and everything else is not',
      withHouse(async (made) => {
        const { service, grants } = made;
        const { key } = done(await service.create({ consumer: 'acme' }));
        made.fault = new StoreError('full', 'disk full');
        const acme = { name: 'acme', groups: ['admins'], tier: '', disabled: false };
        await assert.rejects(service.setConsumer(acme), made.fault);
        assert.deepEqual(grants(key).groups, []);
        await assert.rejects(service.setConsumer({ ...acme, disabled: true }), made.fault);
        assert.equal(grants(key).consumerDisabled, true);
      }),
    );

    test(
      'imported keys are good by what was hashed, all or none, and can be revoked and rotated',
      withHouse(async (made) => {
        const { service, worth } = made;
        const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex');
        const take = (...keys: readonly string[]) =>
          service.import(keys.map((key) => ({ consumer: 'acme', sha256: sha256(key), scopes: ['a'] })));
        assert.equal(done(await take('theirs-1', 'theirs-2')).imported, 2);
        assert.equal(worth('theirs-1'), 'valid');
        assert.equal(worth('theirs-3'), 'unknown');
        for (const again of [['theirs-1'], ['theirs-3', 'theirs-2'], ['theirs-3', 'theirs-3']])
          refusedAs(await take(...again), 'exists');
        refusedAs(await service.import([{ consumer: 'acme', sha256: 'xyz' }]), 'invalid');
        refusedAs(await service.import([{ consumer: 'acme', sha256: `${sha256('a')}00` }]), 'invalid');
        assert.equal(worth('theirs-3'), 'unknown');
        assert.equal(
          done(await service.import([{ consumer: 'b', sha256: sha256('theirs-3').toUpperCase() }])).imported,
          1,
        );
        assert.equal(worth('theirs-3'), 'valid');
        const keyId = foreignKeyId(sha256('theirs-1'));
        const successor = done(await service.rotate(keyId, { graceSeconds: 0 }));
        assert.equal(worth('theirs-1'), 'revoked');
        assert.equal(worth(successor.key), 'valid');
        assert.equal(successor.record.foreign, false);
        done(await service.revoke(foreignKeyId(sha256('theirs-2')), ''));
        assert.equal(worth('theirs-2'), 'revoked');
        made.fault = new StoreError('full', 'disk full');
        await assert.rejects(take('theirs-9'), made.fault);
        assert.equal(worth('theirs-9'), 'unknown');
      }),
    );

    test(
      'a start gives every key what it was worth before',
      withHouse(async (made) => {
        const { service } = made;
        await service.setConsumer({ name: 'gold', groups: ['g'], tier: 't', disabled: false });
        await service.setConsumer({ name: 'out', groups: [], tier: '', disabled: true });
        const keys: string[] = [];
        for (const consumer of ['gold', 'out', 'plain'])
          for (const expiresAtMs of [0, T0_MS + DAY_MS]) {
            const { key, record } = done(await service.create({ consumer, expiresAtMs, scopes: [consumer] }));
            keys.push(key);
            if (expiresAtMs !== 0) keys.push(done(await service.rotate(record.keyId, { graceSeconds: 60 })).key);
          }
        const restarted = house(made.store);
        assert.equal(await restarted.service.load(), keys.length);
        for (const key of keys) {
          assert.deepEqual(restarted.grants(key), made.grants(key));
          for (const atMs of [T0_MS, T0_MS + 60_000, T0_MS + DAY_MS])
            assert.equal(restarted.worth(key, atMs), made.worth(key, atMs));
        }
      }),
    );
  });
}

life('memory', () => ({ store: memoryControlStore(), close: () => undefined }));
life('SQLite', (folder) => {
  const store = openControlStore(join(folder, 'control.db'));
  return { store, close: () => store.close() };
});

test('a key whose pepper is missing stops the start with instructions, unless it is revoked', async () => {
  const { keys, consumers } = memoryControlStore();
  const made = house({ ...memoryControlStore(), keys, consumers });
  const { record } = done(await made.service.create({ consumer: 'acme' }));
  const older: ApiKeyRecord = { ...record, keyId: 'AAAAAAAAAAAA', pepperVersion: 7 };
  await keys.insert([older, { ...older, keyId: 'BBBBBBBBBBBB', status: 'disabled' }]);
  await assert.rejects(
    house(made.store).service.load(),
    (error) => error instanceof PepperMissing && error.versions.join() === '7' && /2 keys.*backup/.test(error.message),
  );
  for (const keyId of ['AAAAAAAAAAAA', 'BBBBBBBBBBBB']) await keys.update(keyId, { status: 'revoked' });
  assert.equal(await house(made.store).service.load(), 3);
});

test('whatever is asked for in whatever order at once, store and index agree afterwards', async () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constant('create' as const), consumer: fc.constantFrom('a', 'b') }),
    fc.record({ kind: fc.constant('rotate' as const), n: fc.nat({ max: 6 }), graceSeconds: fc.constantFrom(0, 60) }),
    fc.record({ kind: fc.constant('revoke' as const), n: fc.nat({ max: 6 }) }),
    fc.record({ kind: fc.constant('consumer' as const), name: fc.constantFrom('a', 'b'), disabled: fc.boolean() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
      const made = house(memoryControlStore());
      const keys: string[] = [];
      const note = (result: KeyResult<{ readonly key: string }>): void => {
        if (result.ok) keys.push(result.key);
      };
      for (let n = 0; n < 4; n++) note(await made.service.create({ consumer: n % 2 === 0 ? 'a' : 'b' }));
      const idOf = (n: number): string => keys[n % keys.length]?.slice(8, 20) ?? '';
      await Promise.all(
        acts.map(async (action) => {
          switch (action.kind) {
            case 'create':
              return note(await made.service.create({ consumer: action.consumer }));
            case 'rotate':
              return note(await made.service.rotate(idOf(action.n), { graceSeconds: action.graceSeconds }));
            case 'revoke':
              return void (await made.service.revoke(idOf(action.n), ''));
            case 'consumer':
              return void (await made.service.setConsumer({
                name: action.name,
                groups: [],
                tier: '',
                disabled: action.disabled,
              }));
          }
        }),
      );
      const restarted = house(made.store);
      assert.equal(await restarted.service.load(), keys.length);
      for (const key of keys) {
        for (const atMs of [T0_MS, T0_MS + 61_000]) assert.equal(made.worth(key, atMs), restarted.worth(key, atMs));
        assert.deepEqual(made.grants(key), restarted.grants(key));
      }
    }),
    { numRuns: 100 },
  );
});
