import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Automaton } from './automaton.ts';
import { LITERALS } from './literals.ts';
import { Variants } from './normalise/variants.ts';

const automaton = new Automaton(LITERALS);

/** The literals a window of a text is told of. */
function told(text: string, start: number, end: number): string[] {
  const variants = new Variants();
  variants.load(text);
  const [reading] = variants.list;
  assert.ok(reading);
  automaton.find(reading);
  const found: string[] = [];
  reading.literals.visit(start, end, { literal: (_, from, to) => void found.push(text.slice(from, to)) });
  return found;
}

test('a word counts where it is no part of a longer one, and where the window cuts it out of one', () => {
  assert.ok(told('a union b', 0, 9).includes('union'));
  assert.ok(!told('reunion b', 0, 9).includes('union'));
  assert.ok(!told('unionist', 0, 8).includes('union'));
  assert.ok(told('reunion b', 2, 9).includes('union'));
  assert.ok(told('unionist', 0, 5).includes('union'));
});

test('what begins before a window or ends behind it is not in it', () => {
  assert.ok(!told('a union b', 3, 9).includes('union'));
  assert.ok(!told('a union b', 0, 6).includes('union'));
});
