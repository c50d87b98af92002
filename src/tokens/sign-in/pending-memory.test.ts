import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPendingMemory } from './pending-memory.ts';

function memory() {
  const clock = { now: 1_000, nowMs: () => clock.now, monotonicMicros: () => 0 };
  return { clock, held: createPendingMemory<number>(clock, { lifeMs: 100, entriesMax: 4, perOwnerMax: 2 }) };
}

test('what is taken is gone, and what is looked at is not', () => {
  const { held } = memory();
  held.set('a', 'one', 1);
  assert.equal(held.peek('a'), 1);
  assert.equal(held.take('a'), 1);
  assert.equal(held.take('a'), undefined);
});

test('what is older than its life is gone, also when the clock was set back', () => {
  const { held, clock } = memory();
  held.set('a', 'one', 1);
  clock.now += 99;
  assert.equal(held.peek('a'), 1);
  clock.now += 1;
  assert.equal(held.take('a'), undefined);
  held.set('b', 'one', 2);
  clock.now -= 50;
  assert.equal(held.take('b'), undefined);
});

test('an owner beyond its share loses its own oldest, and nobody else anything', () => {
  const { held } = memory();
  held.set('x', 'other', 0);
  for (const [index, key] of ['a', 'b', 'c', 'd', 'e'].entries()) held.set(key, 'one', index);
  assert.deepEqual(
    ['x', 'a', 'b', 'c', 'd', 'e'].map((key) => held.peek(key)),
    [0, undefined, undefined, undefined, 3, 4],
  );
});

test('full, whoever holds most makes room, and who holds little keeps it', () => {
  const { held } = memory();
  held.set('x', 'other', 0);
  for (const [index, key] of ['a', 'b'].entries()) held.set(key, 'one', index);
  held.set('y', 'third', 0);
  held.set('z', 'fourth', 0);
  assert.deepEqual(
    ['x', 'a', 'b', 'y', 'z'].map((key) => held.has(key)),
    [true, false, true, true, true],
  );
});

test('full, of equals the oldest goes; a key set anew counts once', () => {
  const { held } = memory();
  for (const [index, key] of ['a', 'b', 'c', 'd', 'e'].entries()) held.set(key, key, index);
  assert.deepEqual(
    ['a', 'b', 'e'].map((key) => held.peek(key)),
    [undefined, 1, 4],
  );
  for (let i = 0; i < 9; i++) held.set('e', 'e', i);
  assert.equal(held.peek('b'), 1);
});
