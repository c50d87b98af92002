import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean } from './did-you-mean.ts';

const KEYS = ['upstream', 'authenticate', 'authorize', 'limits', 'mode', 'id'];

test('a slip of the keyboard finds what was meant', () => {
  for (const [typed, meant] of [
    ['upsteam', 'upstream'],
    ['upstraem', 'upstream'],
    ['limit', 'limits'],
    ['authorise', 'authorize'],
    ['Mode', 'mode'],
    ['di', 'id'],
  ] as const) {
    assert.equal(didYouMean(typed, KEYS), meant, typed);
  }
});

test('what is far from everything suggests nothing', () => {
  for (const typed of ['timeout', 'x', '', 'xyz', 'a'.repeat(500)])
    assert.equal(didYouMean(typed, KEYS), undefined, typed);
});
