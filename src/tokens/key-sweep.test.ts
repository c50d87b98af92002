import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Observation } from '../core/finding.ts';
import type { ControlStore } from '../store/control-store.ts';
import { memoryControlStore } from '../store/memory/control-store.ts';
import { DAY_MS, done, type House, house } from './api-keys-fixture.test.ts';
import type { KeyCare } from './key-care.ts';
import { revokeSelected, selectKeys } from './key-selection.ts';
import { sweepKeys } from './key-sweep.ts';

interface Cared extends House {
  readonly care: KeyCare;
  readonly told: Observation[];
  readonly settings: { disableAfterIdleSeconds: number; warnBeforeExpirySeconds: number };
  /** Runs with every flush, as calls that are counted then. */
  onFlush: (count: number) => Promise<void>;
}

function cared(): Cared {
  const store: ControlStore = memoryControlStore();
  const told: Observation[] = [];
  const settings = { disableAfterIdleSeconds: 0, warnBeforeExpirySeconds: 14 * 86_400 };
  let flushes = 0;
  const made = house(store);
  const self: Cared = Object.assign(made, {
    told,
    settings,
    onFlush: async () => undefined,
    care: {
      keys: made.service,
      store: store.keys,
      usage: store.usage,
      findings: store.findings,
      observe: (observation: Observation) => void told.push(observation),
      isTold: async ({ detector, subject }: Observation) =>
        told.some((one) => one.detector === detector && one.subject === subject),
      flush: () => self.onFlush(++flushes),
      pause: () => Promise.resolve(),
      clock: { nowMs: () => made.nowMs, monotonicMicros: () => 0 },
      settings: () => settings,
      routes: () => new Map([['orders', ['orders:read']]]),
      isIgnored: ({ consumer }: { consumer: string }) => consumer === 'nobody',
    },
  });
  return self;
}

async function use(made: Cared, keyId: string, timeMs = made.nowMs): Promise<void> {
  await made.store.usage.add([
    { keyId, kind: 'total', value: '', calls: 1, refusals: 0, firstMs: timeMs, lastMs: timeMs },
  ]);
}

const days = (count: number): number => count * DAY_MS;

test('keys unused for too long are disabled, by their own time or the configured one, and told of', async () => {
  const made = cared();
  made.settings.disableAfterIdleSeconds = 90 * 86_400;
  const create = async (idleSeconds: number) => done(await made.service.create({ consumer: 'acme', idleSeconds }));
  const [own, configured, never, used] = [
    await create(30 * 86_400),
    await create(0),
    await create(-1),
    await create(0),
  ];
  made.nowMs += days(31);
  await use(made, used.record.keyId);
  assert.deepEqual(await sweepKeys(made.care), { looked: 4, disabled: 1, warned: 0 });
  assert.equal(made.worth(own.key), 'disabled');
  assert.equal((await made.service.show(own.record.keyId))?.disabledReason, 'idle');
  made.nowMs += days(60);
  assert.equal((await sweepKeys(made.care)).disabled, 1);
  assert.deepEqual(
    [configured, never, used].map(({ key }) => made.worth(key)),
    ['disabled', 'valid', 'valid'],
  );
  assert.deepEqual(
    made.told.map(({ detector, subject }) => [detector, subject]),
    [
      ['key.idle_disabled', own.record.keyId],
      ['key.idle_disabled', configured.record.keyId],
    ],
  );
});

test('without a setting no key is disabled, however old', async () => {
  const made = cared();
  const { key } = done(await made.service.create({ consumer: 'acme' }));
  made.nowMs += days(5_000);
  assert.equal((await sweepKeys(made.care)).disabled, 0);
  assert.equal(made.worth(key), 'valid');
});

test('a key that is enabled again has its whole time again, and so has one that becomes valid later', async () => {
  const made = cared();
  made.settings.disableAfterIdleSeconds = 30 * 86_400;
  const { key, record } = done(await made.service.create({ consumer: 'acme' }));
  const later = done(await made.service.create({ consumer: 'acme', notBeforeMs: made.nowMs + days(40) }));
  made.nowMs += days(31);
  assert.equal((await sweepKeys(made.care)).disabled, 1);
  done(await made.service.enable(record.keyId));
  made.nowMs += days(29);
  assert.equal((await sweepKeys(made.care)).disabled, 0);
  assert.deepEqual([made.worth(key), made.worth(later.key)], ['valid', 'valid']);
  made.nowMs += days(2);
  assert.equal((await sweepKeys(made.care)).disabled, 1);
});

for (const [when, at] of [
  ['before it begins and not yet counted', 1],
  ['while it judges', 2],
  ['between its last look and the disabling', 3],
] as const)
  test(`a key that is used ${when} is not left disabled`, async () => {
    const made = cared();
    made.settings.disableAfterIdleSeconds = 30 * 86_400;
    const { key, record } = done(await made.service.create({ consumer: 'acme' }));
    made.nowMs += days(31);
    made.onFlush = async (count) => {
      if (count === at) await use(made, record.keyId);
    };
    assert.equal((await sweepKeys(made.care)).disabled, 0);
    assert.equal(made.worth(key), 'valid');
    assert.equal(made.told.length, 0);
  });

test('a key that somebody disables while it is swept stays disabled, although it was used', async () => {
  const made = cared();
  made.settings.disableAfterIdleSeconds = 30 * 86_400;
  const { key, record } = done(await made.service.create({ consumer: 'acme' }));
  made.nowMs += days(31);
  made.onFlush = async (count) => {
    if (count !== 3) return;
    await use(made, record.keyId);
    done(await made.service.disable(record.keyId, 'stolen'));
  };
  await sweepKeys(made.care);
  assert.equal(made.worth(key), 'disabled');
  assert.equal((await made.service.show(record.keyId))?.disabledReason, 'stolen');
});

test('where use cannot be counted nothing is judged', async () => {
  const made = cared();
  made.settings.disableAfterIdleSeconds = 60;
  const { key } = done(await made.service.create({ consumer: 'acme' }));
  made.nowMs += days(1);
  made.onFlush = () => Promise.reject(new Error('not stored'));
  await assert.rejects(sweepKeys(made.care));
  assert.equal(made.worth(key), 'valid');
});

test('where use cannot be counted any more, what was disabled is enabled again', async () => {
  const made = cared();
  made.settings.disableAfterIdleSeconds = 60;
  const { key } = done(await made.service.create({ consumer: 'acme' }));
  made.nowMs += days(1);
  made.onFlush = (count) => (count === 3 ? Promise.reject(new Error('not stored')) : Promise.resolve());
  await assert.rejects(sweepKeys(made.care));
  assert.equal(made.worth(key), 'valid');
  assert.equal((await sweepKeys(made.care)).disabled, 0, 'being enabled counts as use');
});

test('a key that ends soon is told of once; not one whose successor is in use', async () => {
  const made = cared();
  const soon = done(await made.service.create({ consumer: 'acme', expiresAtMs: made.nowMs + days(20) }));
  const rotated = done(await made.service.create({ consumer: 'acme' }));
  const adopted = done(await made.service.create({ consumer: 'acme' }));
  done(await made.service.create({ consumer: 'nobody', expiresAtMs: made.nowMs + days(1) }));
  assert.equal((await sweepKeys(made.care)).warned, 0);
  made.nowMs += days(7);
  done(await made.service.rotate(rotated.record.keyId, { graceSeconds: 86_400 }));
  const next = done(await made.service.rotate(adopted.record.keyId, { graceSeconds: 86_400 }));
  await use(made, next.record.keyId);
  assert.equal((await sweepKeys(made.care)).warned, 2);
  assert.equal((await sweepKeys(made.care)).warned, 0);
  assert.deepEqual(
    new Set(made.told.map(({ subject }) => subject)),
    new Set([soon.record.keyId, rotated.record.keyId]),
  );
  assert.match(
    made.told.map(({ title }) => title).join('\n'),
    /has no successor[\s\S]*is not used yet|is not used yet[\s\S]*has no successor/,
  );
});

test('a key confined to a route that is gone is told of', async () => {
  const made = cared();
  const { record } = done(await made.service.create({ consumer: 'acme', routes: ['orders:GET', 'gone'] }));
  done(await made.service.create({ consumer: 'acme', routes: ['orders'] }));
  assert.equal((await sweepKeys(made.care)).warned, 1);
  assert.deepEqual(
    made.told.map(({ detector, subject }) => [detector, subject]),
    [['key.routes_gone', record.keyId]],
  );
});

test('keys are chosen by everything that is given together, and all keys by nothing', async () => {
  const made = cared();
  const ids: string[] = [];
  for (const consumer of ['acme', 'acme', 'other', 'nobody']) {
    ids.push(done(await made.service.create({ consumer })).record.keyId);
    made.nowMs += days(1);
  }
  const [first = '', second = '', third = ''] = ids;
  const chosen = async (selection: Parameters<typeof selectKeys>[1]) =>
    [...done(await selectKeys(made.care, selection)).keyIds].sort();
  assert.ok(!(await selectKeys(made.care, {})).ok);
  assert.ok(!(await selectKeys(made.care, { leaked: false })).ok);
  assert.deepEqual(await chosen({ consumer: 'acme' }), [first, second].sort());
  assert.deepEqual(await chosen({ createdBeforeMs: made.nowMs - days(3) }), [first]);
  assert.deepEqual(await chosen({ createdAfterMs: made.nowMs - days(4) }), [second, third].sort());
  await use(made, first);
  assert.deepEqual(await chosen({ unusedSinceMs: made.nowMs - days(1) }), [second, third].sort());
  assert.deepEqual(await chosen({ consumer: 'acme', unusedSinceMs: made.nowMs - days(1) }), [second]);
  const finding = {
    id: 'f',
    detector: 'leak.key_in_query',
    actor: '192.0.2.1',
    subject: third,
    severity: 'high',
    certainty: 1,
    title: '',
    count: 1,
    firstMs: 1,
    lastMs: 1,
    requestIds: [],
    status: 'open',
    resolvedAtMs: 0,
    timeline: [],
    hourly: [],
    resolution: '',
  } as const;
  await made.store.findings.put(finding);
  await made.store.findings.put({ ...finding, id: 'g', subject: first, status: 'resolved' });
  await made.store.findings.put({ ...finding, id: 'h', subject: second, detector: 'key.ends_soon' });
  assert.deepEqual(await chosen({ leaked: true }), [third]);
  assert.deepEqual(done(await revokeSelected(made.care, { leaked: true }, 'leaked')).keyIds, [third]);
  assert.deepEqual(await chosen({ leaked: true }), [], 'what is revoked is not chosen again');
});

test('the successor a key gets while many are ended is ended too', async () => {
  const made = cared();
  const { record } = done(await made.service.create({ consumer: 'acme' }));
  let successor = '';
  made.onFlush = async (count) => {
    if (count === 1) successor = done(await made.service.rotate(record.keyId, { graceSeconds: 60 })).key;
  };
  done(await revokeSelected(made.care, { consumer: 'acme' }, 'gone'));
  assert.equal(made.worth(successor), 'revoked');
});
