import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { CredentialStrength, predictableOf } from './credential-strength.ts';

const random = { bytes: (count: number) => randomBytes(count) };
const call = { timeMs: 1, requestId: 'r', routeId: 'login' };

test('a sequence is told of by source, kind and figures, never by a value', () => {
  const strength = new CredentialStrength(random);
  const signals: string[] = [];
  for (let i = 0; i < 64; i++) {
    const signal = strength.observe('cookie', 'sid', String(77_000_000 + i), 5);
    if (signal !== undefined) signals.push(signal);
  }
  assert.equal(signals.length, 2);
  assert.match(signals[0] ?? '', /^credential\.predictable:sequential:32:\d+:cookie:sid$/);
  const observation = predictableOf(signals[0] ?? '', call);
  assert.deepEqual(
    [observation?.actor, observation?.subject, observation?.severity],
    ['cookie sid', 'sequential', 'high'],
  );
  assert.match(
    observation?.title ?? '',
    /values of the cookie sid are a sequence: of 32 .* about \d+ bits .*route login/,
  );
  assert.ok(!JSON.stringify([signals, observation]).includes('7700'));
});

test('no more than a sample is looked at, and sources are bounded', () => {
  const strength = new CredentialStrength(random);
  let taken = 0;
  for (let ms = 0; ms < 1_000; ms++) for (let i = 0; i < 20; i++) if (strength.takesSample(1_000_000 + ms)) taken++;
  assert.ok(taken >= 90 && taken <= 101, `${taken}`);
  for (let i = 0; i < 10_000; i++) strength.observe('cookie', `sid${i}`, 'abcdefgh', 5);
  let told = 0;
  for (let i = 0; i < 64; i++)
    if (strength.observe('cookie', 'one more', String(1_000_000 + i), 5) !== undefined) told++;
  assert.equal(told, 0);
});

test('what is not such a signal means nothing', () => {
  for (const signal of [
    'credential.predictable:',
    'credential.predictable:x:1:1:cookie:a',
    'leak.key_in_query:a',
    'credential.predictable:sequential:32:1:other:a',
    'credential.predictable:sequential:32:1:cookie:a b',
  ])
    assert.equal(predictableOf(signal, call), undefined, signal);
});
