import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FindingBounds, OTHERS } from './finding-bounds.ts';

const observation = (actor: string, timeMs = 0) => ({
  detector: 'leak.secret_in_query',
  actor,
  subject: 'x',
  severity: 'high' as const,
  certainty: 1,
  title: 'seen',
  timeMs,
  requestId: '',
});

test('a flood of look-alikes is some hundred findings and one that counts the rest', () => {
  const bounds = new FindingBounds();
  const actors = new Set<string>();
  for (let i = 0; i < 100_000; i++) actors.add(bounds.bound(observation(`2001:db8::${i}`)).actor);
  assert.equal(actors.size, 257);
  assert.ok(actors.has(OTHERS));
  assert.equal(bounds.bound(observation('2001:db8::7')).actor, '2001:db8::7', 'what is known stays itself');
});

test('the next day there is room again', () => {
  const bounds = new FindingBounds();
  for (let i = 0; i < 300; i++) bounds.bound(observation(`a${i}`));
  assert.equal(bounds.bound(observation('new', 86_400_001)).actor, 'new');
});
