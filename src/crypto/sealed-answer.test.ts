import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { AnswerSeal } from './sealed-answer.ts';

const pepper = randomBytes(32);
const random = (count: number): Uint8Array => randomBytes(count);

test('what was sealed opens with the same pepper, text and context, and with nothing else', () => {
  const seal = new AnswerSeal(pepper, 'a-random-text', 'one');
  const sealed = seal.seal('the answer', random);
  assert.equal(new AnswerSeal(pepper, 'a-random-text', 'one').open(sealed), 'the answer');
  assert.equal(new AnswerSeal(pepper, 'another-text', 'one').open(sealed), undefined);
  assert.equal(new AnswerSeal(pepper, 'a-random-text', 'two').open(sealed), undefined);
  assert.equal(new AnswerSeal(randomBytes(32), 'a-random-text', 'one').open(sealed), undefined);
  assert.ok(!Buffer.from(sealed).includes('the answer'));
});

test('a sealed answer that was changed or cut anywhere does not open', () => {
  const seal = new AnswerSeal(pepper, 'a-random-text', 'one');
  const sealed = Buffer.from(seal.seal('the answer', random));
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(seal.open(changed), undefined);
    assert.equal(seal.open(sealed.subarray(0, at)), undefined);
  }
});

test('the id is the same for the same asker, and another for every other', () => {
  const id = (text: string, context: string): string => new AnswerSeal(pepper, text, context).id;
  assert.equal(id('x', 'one'), id('x', 'one'));
  assert.equal(new Set([id('x', 'one'), id('y', 'one'), id('x', 'two')]).size, 3);
});
