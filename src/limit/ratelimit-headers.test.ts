import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateLimitField, rateLimitPolicyItem, retryAfterSeconds } from './ratelimit-headers.ts';

test('a policy item carries quota and window', () => {
  assert.equal(rateLimitPolicyItem('consumer-100-60', 100, 60), '"consumer-100-60";q=100;w=60');
});

test('the RateLimit field lists every limit with what remains and when more comes', () => {
  const state = { limit: 100, windowSeconds: 60 };
  assert.equal(rateLimitField([]), '');
  assert.equal(rateLimitField([{ ...state, policy: 'a', remaining: 50, resetSeconds: 5 }]), '"a";r=50;t=5');
  assert.equal(
    rateLimitField([
      { ...state, policy: 'a', remaining: 0, resetSeconds: 1 },
      { ...state, policy: 'b', remaining: 7, resetSeconds: 0 },
    ]),
    '"a";r=0;t=1, "b";r=7;t=0',
  );
});

test('a name that a structured field could not carry is a fault', () => {
  for (const name of ['a"b', 'a\\b', 'a\r\nSet-Cookie: x', 'ä']) {
    assert.throws(() => rateLimitPolicyItem(name, 1, 1), TypeError);
  }
});

test('a wait is rounded up to whole seconds and never zero', () => {
  assert.deepEqual([0, 0.5, 999, 1000, 1000.001, 59_999].map(retryAfterSeconds), [1, 1, 1, 1, 2, 60]);
});
