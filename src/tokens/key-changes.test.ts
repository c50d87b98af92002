import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryControlStore } from '../store/memory/control-store.ts';
import { StoreError } from '../store/store-error.ts';
import { done, HOUR_SECONDS, house, refusedAs, T0_MS } from './api-keys-fixture.test.ts';
import { ANSWER_SECONDS } from './key-rotation.ts';

const QUOTA = { kind: 'quota', per: ['key'], permits: 5, window: 'day', cost: 1 } as const;
const ASKER = '0d5c1f8e-3f0e-4f7e-9d57-6a3f2f6f5a10';

test('a change of what a key is confined to is stored and in force; what is left out stays', async () => {
  const made = house(memoryControlStore());
  const { key, record } = done(await made.service.create({ consumer: 'acme', scopes: ['a'] }));
  assert.equal(made.grants(key).restriction, undefined, 'most keys carry nothing');
  done(await made.service.update(record.keyId, () => ({ routes: ['orders'] })));
  done(await made.service.update(record.keyId, () => ({ limits: [QUOTA], idleSeconds: 3_600 })));
  assert.deepEqual(made.grants(key).restriction, { countedAs: '', routes: ['orders'], limits: [QUOTA] });
  assert.deepEqual(made.grants(key).scopes, ['a']);
  const stored = await made.service.show(record.keyId);
  assert.deepEqual([stored?.routes, stored?.limits, stored?.idleSeconds], [['orders'], [QUOTA], 3_600]);
  done(await made.service.update(record.keyId, () => ({ routes: [], limits: [] })));
  assert.equal(made.grants(key).restriction, undefined);
  refusedAs(await made.service.update(record.keyId, () => ({ routes: ['a b'] })), 'invalid');
  refusedAs(await made.service.update('000000000000', () => ({ routes: [] })), 'unknown');
  done(await made.service.revoke(record.keyId, ''));
  refusedAs(await made.service.update(record.keyId, () => ({ routes: [] })), 'revoked');
});

test('scopes, addresses and the end of a key are changed; what has ended or was replaced is not prolonged', async () => {
  const made = house(memoryControlStore());
  const { key, record } = done(await made.service.create({ consumer: 'acme', scopes: ['a'] }));
  const later = T0_MS + HOUR_SECONDS * 1_000;
  const change = { scopes: ['b', 'c'], allowedCidrs: ['192.0.2.0/24'], expiresAtMs: later };
  done(await made.service.update(record.keyId, () => change));
  assert.deepEqual(made.grants(key).scopes, ['b', 'c']);
  const { scopes, allowedCidrs, expiresAtMs } = (await made.service.show(record.keyId))!;
  assert.deepEqual({ scopes, allowedCidrs, expiresAtMs }, change);
  for (const wrong of [{ scopes: ['a b'] }, { allowedCidrs: ['nowhere'] }, { expiresAtMs: T0_MS }, { expiresAtMs: -1 }])
    refusedAs(await made.service.update(record.keyId, () => wrong), 'invalid');
  done(await made.service.update(record.keyId, () => ({ expiresAtMs: 0 })));
  done(await made.service.rotate(record.keyId, { graceSeconds: HOUR_SECONDS }));
  for (const wrong of [0, later + 1])
    refusedAs(await made.service.update(record.keyId, () => ({ expiresAtMs: wrong })), 'invalid');
  done(await made.service.update(record.keyId, () => ({ expiresAtMs: later - 1_000 })));
  const ended = done(await made.service.create({ consumer: 'acme', expiresAtMs: later }));
  made.nowMs = later;
  refusedAs(await made.service.update(ended.record.keyId, () => ({ expiresAtMs: later + 1_000 })), 'invalid');
  done(await made.service.update(ended.record.keyId, () => ({ name: 'over' })));
});

test('two changes at once are both made', async () => {
  const made = house(memoryControlStore());
  const { record } = done(await made.service.create({ consumer: 'acme' }));
  const rate = { kind: 'rate', per: ['key'], permits: 5, windowSeconds: 60, burst: 5, cost: 1 } as const;
  await Promise.all([
    made.service.update(record.keyId, ({ limits }) => ({ limits: [...limits, rate] })),
    made.service.update(record.keyId, ({ limits }) => ({ limits: [...limits, QUOTA] })),
  ]);
  assert.deepEqual((await made.service.show(record.keyId))?.limits, [rate, QUOTA]);
});

test('a change that is not stored is not in force either', async () => {
  const made = house(memoryControlStore());
  const { key, record } = done(await made.service.create({ consumer: 'acme', routes: ['orders'] }));
  made.fault = new StoreError('full', 'disk full');
  await assert.rejects(
    made.service.update(record.keyId, () => ({ routes: [] })),
    made.fault,
  );
  assert.deepEqual(made.grants(key).restriction?.routes, ['orders']);
});

test('whether the quotas of keys have to be written down is known from the first on, after a start too', async () => {
  const store = memoryControlStore();
  const made = house(store);
  const { record } = done(await made.service.create({ consumer: 'acme' }));
  assert.equal(made.service.hasQuotas(), false);
  done(await made.service.update(record.keyId, () => ({ limits: [QUOTA] })));
  assert.equal(made.service.hasQuotas(), true);
  const restarted = house(store);
  await restarted.service.load();
  assert.equal(restarted.service.hasQuotas(), true);
});

test('a successor inherits what confines the key and counts with it, however often it is rotated', async () => {
  const made = house(memoryControlStore());
  const first = done(
    await made.service.create({ consumer: 'acme', routes: ['orders'], limits: [QUOTA], idleSeconds: -1 }),
  );
  const second = done(await made.service.rotate(first.record.keyId, { graceSeconds: HOUR_SECONDS }));
  const third = done(await made.service.rotate(second.record.keyId, { graceSeconds: 0 }));
  assert.equal(third.record.idleSeconds, -1);
  for (const { key } of [second, third])
    assert.deepEqual(made.grants(key).restriction, {
      countedAs: first.record.keyId,
      routes: ['orders'],
      limits: [QUOTA],
    });
});

test('a disabled key is refused until it is enabled, a reason stays, and revoked stays revoked', async () => {
  const made = house(memoryControlStore());
  const { key, record } = done(await made.service.create({ consumer: 'acme' }));
  done(await made.service.disable(record.keyId, 'by hand'));
  assert.equal(made.worth(key), 'disabled');
  for (const reason of ['idle', 'again'])
    assert.equal(done(await made.service.disable(record.keyId, reason)).record.disabledReason, 'by hand');
  made.nowMs += 5_000;
  assert.equal(done(await made.service.enable(record.keyId, 'idle')).record.status, 'disabled');
  const enabled = done(await made.service.enable(record.keyId, 'by hand')).record;
  assert.deepEqual([enabled.status, enabled.disabledReason, enabled.enabledAtMs], ['active', '', T0_MS + 5_000]);
  assert.equal(made.worth(key), 'valid');
  made.fault = new StoreError('full', 'disk full');
  assert.match(refusedAs(await made.service.disable(record.keyId, ''), 'not_stored'), /until|next start/);
  assert.equal(made.worth(key), 'disabled', 'what takes away holds even where it is not stored');
  made.fault = undefined;
  done(await made.service.revoke(record.keyId, ''));
  refusedAs(await made.service.enable(record.keyId), 'revoked');
  assert.equal(made.worth(key), 'revoked');
});

test('many keys end together, in memory even where the store fails', async () => {
  const store = memoryControlStore();
  const made = house(store);
  const keys = [];
  for (let i = 0; i < 20; i++) keys.push(done(await made.service.create({ consumer: 'acme' })));
  const ids = keys.map(({ record }) => record.keyId);
  done(await made.service.revoke(ids[0] ?? '', 'before'));
  made.fault = new StoreError('full', 'disk full');
  assert.match(refusedAs(await made.service.revokeMany(ids, 'leak'), 'not_stored'), /20 keys are refused from now on/);
  for (const { key } of keys) assert.equal(made.worth(key), 'revoked');
  made.fault = undefined;
  assert.equal(done(await made.service.revokeMany([...ids, '000000000000'], 'leak')).revoked.length, 19);
  const restarted = house(store);
  await restarted.service.load();
  for (const { key } of keys) assert.equal(restarted.worth(key), 'revoked');
  assert.equal((await store.keys.find(ids[0] ?? ''))?.revokedReason, 'before');
});

test('many keys are refused from the moment it is asked, before anything is waited for', async () => {
  const made = house(memoryControlStore());
  const { key, record } = done(await made.service.create({ consumer: 'acme' }));
  const ending = made.service.revokeMany([record.keyId], '');
  assert.equal(made.worth(key), 'revoked');
  done(await ending);
});

test('rotating twice makes one successor: the second time its id is told, never its secret', async () => {
  const made = house(memoryControlStore());
  const { record } = done(await made.service.create({ consumer: 'acme' }));
  const first = done(await made.service.rotate(record.keyId, { graceSeconds: HOUR_SECONDS }));
  for (const options of [
    { graceSeconds: HOUR_SECONDS },
    { graceSeconds: 0 },
    { graceSeconds: 60, idempotencyKey: ASKER },
  ]) {
    const again = await made.service.rotate(record.keyId, options);
    const message = refusedAs(again, 'already_rotated');
    assert.ok(!again.ok && again.successorId === first.record.keyId);
    assert.ok(message.includes(first.record.keyId) && !JSON.stringify(again).includes(first.key));
  }
  assert.equal(await made.store.keys.count(), 2);
});

test('with its idempotency key the asker, and nobody else, gets the same answer again for some minutes', async () => {
  const made = house(memoryControlStore());
  const { record } = done(await made.service.create({ consumer: 'acme' }));
  const other = done(await made.service.create({ consumer: 'acme' }));
  const wanted = { graceSeconds: HOUR_SECONDS, idempotencyKey: ASKER };
  const first = done(await made.service.rotate(record.keyId, wanted));
  const again = done(await made.service.rotate(record.keyId, wanted));
  assert.deepEqual([again.key, again.record.keyId, again.repeated], [first.key, first.record.keyId, true]);
  refusedAs(await made.service.rotate(record.keyId, { ...wanted, idempotencyKey: `${ASKER}x` }), 'already_rotated');
  refusedAs(await made.service.rotate(record.keyId, { ...wanted, graceSeconds: 0 }), 'invalid');
  const apart = done(await made.service.rotate(other.record.keyId, wanted));
  assert.ok(!apart.repeated && apart.key !== first.key, 'the same text for another key is another rotation');
  made.nowMs += ANSWER_SECONDS * 1_000;
  refusedAs(await made.service.rotate(record.keyId, wanted), 'already_rotated');
  for (const idempotencyKey of ['short', 'x'.repeat(19), 'with a space in between', 'x'.repeat(256)])
    refusedAs(await made.service.rotate(record.keyId, { graceSeconds: 0, idempotencyKey }), 'invalid');
});

test('an answer is not given again once its key is no good', async () => {
  const made = house(memoryControlStore());
  const { record } = done(await made.service.create({ consumer: 'acme' }));
  const wanted = { graceSeconds: 0, idempotencyKey: ASKER };
  const first = done(await made.service.rotate(record.keyId, wanted));
  assert.equal(done(await made.service.rotate(record.keyId, wanted)).key, first.key);
  done(await made.service.revoke(first.record.keyId, 'leaked'));
  refusedAs(await made.service.rotate(record.keyId, wanted), 'already_rotated');
});
