import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import type { SigningAlgorithm, SigningKey, SigningKeyPolicy } from '../../core/issuer.ts';
import { createSealer } from '../../crypto/sealing.ts';
import type { SigningKeyStore } from '../../ports.ts';
import { SigningKeys, SigningKeysUnreadable, TooManyKeys } from './signing-keys.ts';

const DAY = 86_400;
const LIFETIMES = {
  accessSeconds: 300,
  idTokenSeconds: 600,
  refreshSeconds: 1,
  refreshSecondsMax: 1,
  sessionSeconds: 1,
  deviceCodeSeconds: 1,
};
/** Longest token, and the margin for clocks and caches. */
const OVERLAP_MS = (600 + 300) * 1000;

function heldStore(): SigningKeyStore & { readonly held: Map<string, SigningKey> } {
  const held = new Map<string, SigningKey>();
  return {
    held,
    list: async () => [...held.values()],
    change: async (put, removed) => {
      for (const key of put) held.set(key.kid, key);
      for (const kid of removed) held.delete(kid);
    },
  };
}

function house(options: { readonly secret?: Uint8Array; readonly store?: ReturnType<typeof heldStore> } = {}) {
  const store = options.store ?? heldStore();
  const time = { nowMs: 1_800_000_000_000 };
  const policy: { -readonly [K in keyof SigningKeyPolicy]: SigningKeyPolicy[K] } = {
    algorithm: 'ES256',
    rotateSeconds: 30 * DAY,
    publishAheadSeconds: 3_600,
  };
  const revoked: string[] = [];
  /** What does not work at the moment. */
  const broken = { publishing: false, storing: false };
  let changes = 0;
  const keys = new SigningKeys({
    store: {
      ...store,
      change: (put, removed) => (broken.storing ? Promise.reject(new Error('disk full')) : store.change(put, removed)),
    },
    sealer: createSealer(options.secret ?? SECRET, 'signing keys'),
    clock: { nowMs: () => time.nowMs, monotonicMicros: () => 0 },
    policy: () => policy,
    lifetimes: () => LIFETIMES,
    exchangeSecondsMax: () => 120,
    revokeKey: async (kid) => {
      revoked.push(kid);
    },
    changed: async () => {
      if (broken.publishing) throw new Error('a thread does not answer');
      changes++;
    },
  });
  const states = (): string[] => keys.list().map(({ state }) => state);
  return { keys, store, time, policy, revoked, broken, states, changes: () => changes };
}

const SECRET = randomBytes(32);

test('a key is published, signs, retires and is removed, with an overlap longer than the longest token', async () => {
  const { keys, time, states } = house();
  await keys.load();
  const first = keys.signing()['kid'];
  assert.deepEqual(states(), ['signing']);
  assert.equal(keys.dueAtMs(), time.nowMs + (30 * DAY - 3_600) * 1000);

  time.nowMs = keys.dueAtMs();
  await keys.advance();
  assert.deepEqual(states(), ['signing', 'published']);
  assert.equal(keys.signing()['kid'], first, 'the next one is only published');
  assert.equal(keys.published().length, 2);
  assert.equal(keys.dueAtMs(), time.nowMs + 3_600_000);

  time.nowMs = keys.dueAtMs();
  await keys.advance();
  assert.deepEqual(states(), ['retired', 'signing']);
  assert.notEqual(keys.signing()['kid'], first);
  assert.equal(keys.published().length, 2, 'tokens under the first one still verify');

  time.nowMs += OVERLAP_MS - 1;
  await keys.advance();
  assert.equal(keys.published().length, 2);
  time.nowMs += 1;
  await keys.advance();
  assert.deepEqual(states(), ['signing']);
  assert.equal(keys.published().length, 1);
});

test('whoever comes late still has published a key before it signs', async () => {
  const { keys, time, states } = house();
  await keys.load();
  time.nowMs += 90 * DAY * 1000;
  await keys.advance();
  assert.deepEqual(states(), ['signing', 'published']);
  assert.equal(keys.dueAtMs(), time.nowMs + 3_600_000);
});

test('the private half of a retired key is gone, also from the store', async () => {
  const { keys, store, time } = house();
  await keys.load();
  const first = String(keys.signing()['kid']);
  await keys.rotate('now');
  assert.equal(store.held.get(first)?.sealedPrivateJwk.length, 0);
  assert.ok((store.held.get(first)?.removedAtMs ?? 0) >= time.nowMs + OVERLAP_MS);
});

test('an emergency leaves one new key, and the tokens of every other are refused', async () => {
  const { keys, revoked, states } = house();
  await keys.load();
  await keys.rotate('scheduled');
  const lost = keys.list().map(({ kid }) => kid);
  await keys.rotate('emergency');
  assert.deepEqual(states(), ['signing']);
  assert.deepEqual(revoked.toSorted(), lost.toSorted());
  assert.equal(keys.published().length, 1);
  assert.ok(!lost.includes(String(keys.published()[0]?.['kid'])));
});

test('a rotation by hand publishes one key, however often it is asked for', async () => {
  const { keys, states } = house();
  await keys.load();
  await Promise.all([keys.rotate('scheduled'), keys.rotate('scheduled'), keys.rotate('scheduled')]);
  assert.deepEqual(states(), ['signing', 'published']);
  await keys.rotate('now');
  assert.deepEqual(states(), ['retired', 'signing']);
});

test('keys that are published have no end, and a bound', async () => {
  const { keys } = house();
  await keys.load();
  await assert.rejects(async () => {
    for (let i = 0; i < 100; i++) await keys.rotate('now');
  }, TooManyKeys);
  assert.equal(keys.list().filter(({ state }) => state === 'signing').length, 1);
});

test('after a restart the same keys are there', async () => {
  const before = house();
  await before.keys.load();
  await before.keys.rotate('scheduled');
  const after = house({ store: before.store });
  await after.keys.load();
  assert.deepEqual(after.keys.published(), before.keys.published());
  assert.deepEqual(after.keys.signing(), before.keys.signing());
});

test('under another sealing key nothing is opened, made or changed', async () => {
  const before = house();
  await before.keys.load();
  const held = structuredClone([...before.store.held.values()]);
  const after = house({ store: before.store, secret: randomBytes(32) });
  await assert.rejects(after.keys.load(), SigningKeysUnreadable);
  assert.deepEqual([...before.store.held.values()], held);
});

test('one of the store cannot be passed off as another', async () => {
  const { keys, store } = house();
  await keys.load();
  await keys.rotate('scheduled');
  const [one, other] = [...store.held.values()];
  assert.ok(one !== undefined && other !== undefined);
  store.held.set(one.kid, { ...one, sealedPrivateJwk: other.sealedPrivateJwk });
  await assert.rejects(house({ store }).keys.load(), SigningKeysUnreadable);
});

test('another algorithm takes over after its key was published', async () => {
  const { keys, policy, time } = house();
  await keys.load();
  for (const algorithm of ['Ed25519', 'PS256', 'ES256'] as SigningAlgorithm[]) {
    policy.algorithm = algorithm;
    await keys.advance();
    assert.notEqual(keys.signing()['alg'], algorithm);
    time.nowMs = keys.dueAtMs();
    await keys.advance();
    assert.equal(keys.signing()['alg'], algorithm);
    time.nowMs += OVERLAP_MS;
    await keys.advance();
  }
});

test('everybody is told of every change of what is published or signs', async () => {
  const { keys, time, changes } = house();
  await keys.load();
  const made = changes();
  await keys.advance();
  assert.equal(changes(), made, 'nothing was due');
  for (let step = 1; step <= 3; step++) {
    time.nowMs = keys.dueAtMs();
    await keys.advance();
    assert.equal(changes(), made + step);
  }
});

test('what cannot be stored does not sign', async () => {
  const { keys, store } = house();
  await keys.load();
  const before = keys.signing()['kid'];
  store.change = () => Promise.reject(new Error('the disk is full'));
  await assert.rejects(keys.rotate('now'), /disk/);
  assert.equal(keys.signing()['kid'], before);
  assert.equal(keys.published().length, 1);
});

for (const what of ['publishing', 'storing'] as const)
  test(`an emergency refuses the tokens of the lost keys, also while ${what} fails`, async () => {
    const { keys, revoked, broken } = house();
    await keys.load();
    const lost = keys.signing()['kid'];
    broken[what] = true;
    await assert.rejects(keys.rotate('emergency'));
    assert.deepEqual(revoked, [lost]);
    broken[what] = false;
    await keys.rotate('emergency');
    assert.ok(!keys.published().some(({ kid }) => kid === lost));
  });

test('what could not be published is published as soon as it can be', async () => {
  const { keys, time, broken, changes } = house();
  await keys.load();
  const before = changes();
  broken.publishing = true;
  await assert.rejects(keys.rotate('now'));
  broken.publishing = false;
  assert.equal(keys.dueAtMs(), time.nowMs + 5_000);
  time.nowMs = keys.dueAtMs();
  await keys.advance();
  assert.equal(changes(), before + 1);
  await keys.advance();
  assert.equal(changes(), before + 1, 'and once');
});

test('while the store fails, keys are not made without a pause', async () => {
  const { keys, time, broken } = house();
  await keys.load();
  time.nowMs = keys.dueAtMs();
  broken.storing = true;
  await assert.rejects(keys.advance());
  assert.equal(keys.dueAtMs(), time.nowMs + 5_000);
  time.nowMs -= 3_600_000;
  assert.ok(keys.dueAtMs() > time.nowMs, 'a clock that was set back is no reason to hurry');
  time.nowMs += 3_600_000 + 5_000;
  broken.storing = false;
  assert.ok(keys.dueAtMs() <= time.nowMs);
  await keys.advance();
  assert.equal(keys.published().length, 2);
});
