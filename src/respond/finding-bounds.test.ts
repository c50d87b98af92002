import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FindingBounds, OTHERS } from './finding-bounds.ts';

const observation = (actor: string, subject: string, timeMs = 0) => ({
  detector: 'leak.secret_in_query',
  actor,
  subject,
  severity: 'high' as const,
  certainty: 0.9,
  title: 'seen',
  timeMs,
  requestId: '',
});

test('a flood of look-alikes is some hundred findings and one that counts the rest', () => {
  const bounds = new FindingBounds();
  const ids = new Set<string>();
  for (let i = 0; i < 100_000; i++) {
    const { actor, subject } = bounds.bound(observation(`2001:db8::${i}`, `look-alike ${i}`));
    ids.add(`${actor} ${subject}`);
  }
  assert.equal(ids.size, 257);
  assert.ok(ids.has(`${OTHERS} ${OTHERS}`));
  assert.equal(bounds.bound(observation('2001:db8::7', 'look-alike 7')).actor, '2001:db8::7', 'known stays itself');
});

test('the next day there is room again', () => {
  const bounds = new FindingBounds();
  for (let i = 0; i < 300; i++) bounds.bound(observation(`a${i}`, `s${i}`));
  assert.equal(bounds.bound(observation('new', 'new', 86_400_001)).actor, 'new');
});

test('neither one secret from everywhere nor one route full of secrets hides what others do', () => {
  const bounds = new FindingBounds();
  const ids = new Set<string>();
  for (let i = 0; i < 1_000; i++) {
    for (const one of [observation(`2001:db8::${i}`, 'one'), observation('route noisy', `s${i}`)]) {
      const { actor, subject } = bounds.bound(one);
      ids.add(`${actor} ${subject}`);
    }
  }
  assert.equal(ids.size, 16 + 1 + 64 + 1);
  assert.ok(ids.has(`${OTHERS} one`) && ids.has(`route noisy ${OTHERS}`));
  assert.equal(bounds.bound(observation('route quiet', 'true one')).subject, 'true one');
});

test('a key of ours from ever new addresses is a few findings, and each further key is one of its own', () => {
  const bounds = new FindingBounds();
  const actors = new Set<string>();
  for (let i = 0; i < 10_000; i++) actors.add(bounds.boundActors(observation(`2001:db8::${i}`, 'key 1')).actor);
  assert.equal(actors.size, 17);
  for (let i = 0; i < 1_000; i++)
    assert.deepEqual(bounds.boundActors(observation('route r', `k${i}`)).subject, `k${i}`, 'no key hides another');
  for (let i = 0; i < 30_000; i++) bounds.boundActors(observation('route r', `m${i}`));
});

test('where there is no subject, the actors are as many as findings may be', () => {
  const bounds = new FindingBounds();
  const actors = new Set<string>();
  for (let i = 0; i < 1_000; i++) actors.add(bounds.bound(observation(`2001:db8::${i}`, '')).actor);
  assert.equal(actors.size, 257);
});
