import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkSlots } from './work-slots.ts';

test('so much runs, so much waits in order, and what is more is not begun', async () => {
  const slots = new WorkSlots({ running: 1, waiting: 2 });
  const begun: string[] = [];
  const first = Promise.withResolvers<string>();
  const work = (name: string, result: Promise<string> = Promise.resolve(name)) =>
    slots.run(() => {
      begun.push(name);
      return result;
    });
  const running = work('one', first.promise);
  const second = work('two');
  const third = work('three');
  assert.equal(work('four'), undefined);
  assert.deepEqual(begun, ['one']);
  first.resolve('done');
  assert.deepEqual(await Promise.all([running, second, third]), ['done', 'two', 'three']);
  assert.deepEqual(begun, ['one', 'two', 'three']);
});

test('work that fails gives its slot back', async () => {
  const slots = new WorkSlots({ running: 1, waiting: 1 });
  const failing = slots.run(() => Promise.reject(new Error('no')));
  const waiting = slots.run(() => Promise.resolve('yes'));
  await assert.rejects(failing ?? assert.fail());
  assert.equal(await waiting, 'yes');
  assert.equal(await slots.run(() => Promise.resolve('again')), 'again');
});
