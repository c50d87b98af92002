import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OpenQuestions } from './open-questions.ts';

const never = (): Promise<string> => new Promise(() => undefined);

test('a question is asked once however many wait for it, and again when it was answered', async () => {
  const open = new OpenQuestions<string>(8);
  let answer = (_: string): void => undefined;
  const asked = open.open('k', 'a', new Promise<string>((resolve) => (answer = resolve)));
  assert.equal(open.waiting('k'), asked);
  assert.equal(open.waiting('other'), undefined);
  answer('yes');
  assert.equal(await asked, 'yes');
  assert.equal(open.waiting('k'), undefined);
});

test('one group waits for itself, and all together have a bound', async () => {
  const open = new OpenQuestions<string>(40);
  for (let i = 0; i < 32; i++) void open.open(`a${i}`, 'a', never());
  assert.deepEqual([open.hasRoomFor('a'), open.hasRoomFor('b')], [false, true]);
  for (let i = 0; i < 8; i++) void open.open(`b${i}`, `b${i}`, never());
  assert.equal(open.hasRoomFor('c'), false);
});

test('what is answered, and what fails, makes room again', async () => {
  const open = new OpenQuestions<string>(1);
  await open.open('k', 'a', Promise.resolve('yes'));
  assert.equal(open.hasRoomFor('a'), true);
  await assert.rejects(open.open('k', 'a', Promise.reject(new Error('down'))), /down/);
  assert.deepEqual([open.hasRoomFor('a'), open.waiting('k')], [true, undefined]);
});
