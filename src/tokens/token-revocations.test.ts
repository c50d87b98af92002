import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { RevocationReader, RevocationWriter } from '../crypto/revocation-memory.ts';
import { memoryControlStore } from '../store/memory/control-store.ts';
import { type NewRevocation, TokenRevocations } from './token-revocations.ts';

const ISSUER = 'https://id.example.com';
const NOW_MS = 1_800_000_000_000;
const NOW = NOW_MS / 1_000;

function service(store = memoryControlStore().revocations) {
  const clock = { now: NOW_MS };
  const writer = new RevocationWriter({ bytes: (count) => randomBytes(count) });
  const revocations = new TokenRevocations({
    store,
    writer,
    published: () => Promise.resolve(),
    clock: { nowMs: () => clock.now, monotonicMicros: () => clock.now * 1_000 },
    lifetimeSecondsMax: () => 3_600,
    skewSecondsMax: () => 30,
  });
  return { revocations, reader: new RevocationReader(writer.handle()), store, clock, writer };
}

test('one token, a session and a key are refused whenever they were issued; a subject and a client up to now', async () => {
  const { revocations, reader } = service();
  for (const kind of ['jti', 'sid', 'kid'] as const) {
    await revocations.revoke({ kind, issuer: ISSUER, value: 'x' });
    assert.equal(reader.isRevoked(kind, ISSUER, 'x', NOW + 9_999), true, kind);
  }
  for (const kind of ['sub', 'client'] as const) {
    await revocations.revoke({ kind, issuer: ISSUER, value: 'x' });
    // The issuer's clock may be ahead.
    assert.equal(reader.isRevoked(kind, ISSUER, 'x', NOW + 30), true, kind);
    assert.equal(reader.isRevoked(kind, ISSUER, 'x', NOW + 31), false, kind);
    assert.equal(reader.isRevoked(kind, 'https://other.example', 'x', NOW), false, kind);
  }
});

test('always holds for what is issued later too, until it is taken back', async () => {
  const { revocations, reader } = service();
  await revocations.revoke({ kind: 'sub', issuer: ISSUER, value: 'ann', always: true });
  assert.equal(reader.isRevoked('sub', ISSUER, 'ann', NOW + 10 ** 6), true);
  assert.equal(await revocations.restore('sub', ISSUER, 'ann'), true);
  assert.equal(reader.isRevoked('sub', ISSUER, 'ann', NOW), false);
  assert.equal(await revocations.restore('sub', ISSUER, 'ann'), false);
});

test('what is stored is in force again after a start, as wide as it was', async () => {
  const first = service();
  await first.revocations.revoke({ kind: 'sub', issuer: ISSUER, value: 'ann', always: true });
  await first.revocations.revoke({ kind: 'sub', issuer: ISSUER, value: 'ann', beforeSeconds: 5 });
  const second = service(first.store);
  assert.equal(await second.revocations.load(), 1);
  assert.equal(second.reader.isRevoked('sub', ISSUER, 'ann', NOW + 10 ** 6), true);
});

test('it is forgotten when no token it concerns can be valid any more, except for keys', async () => {
  const { revocations, reader, clock } = service();
  await revocations.revoke({ kind: 'jti', issuer: ISSUER, value: 'x' });
  await revocations.revoke({ kind: 'kid', issuer: ISSUER, value: 'k' });
  clock.now += 3_600_000;
  await revocations.prune();
  assert.equal(reader.isRevoked('jti', ISSUER, 'x', NOW), true, 'a token of the longest life is still valid');
  clock.now += 61_000;
  await revocations.prune();
  assert.equal(reader.isRevoked('jti', ISSUER, 'x', NOW), false);
  assert.equal(reader.isRevoked('kid', ISSUER, 'k', NOW), true);
});

test('a store that fails does not leave the token in use: it is refused, and the caller is told', async () => {
  const { store } = service();
  const failing = { ...store, put: () => Promise.reject(new Error('disk full')) };
  const { revocations, reader } = service(failing);
  await assert.rejects(revocations.revoke({ kind: 'jti', issuer: ISSUER, value: 'x' }), /disk full/);
  assert.equal(reader.isRevoked('jti', ISSUER, 'x', NOW), true);
});

const WRONG: readonly (readonly [string, NewRevocation])[] = [
  ['a kind there is none of', { kind: 'aud' as 'jti', issuer: ISSUER, value: 'x' }],
  ['no issuer', { kind: 'jti', issuer: '', value: 'x' }],
  ['no value', { kind: 'jti', issuer: ISSUER, value: '' }],
  ['a value of 513 characters', { kind: 'jti', issuer: ISSUER, value: 'x'.repeat(513) }],
  ['a negative time', { kind: 'jti', issuer: ISSUER, value: 'x', beforeSeconds: -1 }],
  ['half a second', { kind: 'jti', issuer: ISSUER, value: 'x', beforeSeconds: 0.5 }],
  ['a time beyond all', { kind: 'jti', issuer: ISSUER, value: 'x', beforeSeconds: 2 ** 32 }],
];
for (const [name, wanted] of WRONG)
  test(`refused: ${name}`, async () => {
    const { revocations, store } = service();
    assert.equal((await revocations.revoke(wanted)).ok, false);
    assert.deepEqual(await store.list({ limit: 1 }), []);
  });
