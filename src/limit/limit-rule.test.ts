import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitRule } from '../core/configuration.ts';
import { limitIdentity, limitRuleProblem, policyName, publishedWindowSeconds } from './limit-rule.ts';

const RATE: LimitRule = { kind: 'rate', per: ['consumer'], permits: 100, windowSeconds: 60, burst: 20, cost: 1 };
const QUOTA: LimitRule = { kind: 'quota', per: ['consumer'], permits: 100, window: 'month', cost: 1 };

test('rules that can be counted have no problem', () => {
  for (const rule of [RATE, QUOTA, { ...QUOTA, window: 3600 }, { ...RATE, per: ['address', 'route'] as const }]) {
    assert.equal(limitRuleProblem(rule), undefined);
  }
});

test('every rule that could not be counted, or that no call could pass, is named', () => {
  const broken: readonly [LimitRule, RegExp][] = [
    [{ ...RATE, per: [] }, /per/],
    [{ ...RATE, per: ['consumer', 'consumer'] }, /twice/],
    [{ ...RATE, permits: 0 }, /permits/],
    [{ ...RATE, permits: 1.5 }, /permits/],
    [{ ...RATE, permits: Number.NaN }, /permits/],
    [{ ...QUOTA, permits: 2 ** 30 }, /permits/],
    [{ ...RATE, cost: 0 }, /cost/],
    [{ ...RATE, cost: 21 }, /no call/],
    [{ ...QUOTA, cost: 101 }, /no call/],
    [{ ...RATE, burst: 0 }, /burst/],
    [{ ...RATE, windowSeconds: 0 }, /window/],
    [{ ...QUOTA, window: 0.5 }, /window/],
    [{ ...QUOTA, window: 367 * 86_400 }, /window/],
    [{ ...RATE, permits: 1, windowSeconds: 86_400 * 30, burst: 100 }, /earned/],
  ];
  for (const [rule, expected] of broken) assert.match(limitRuleProblem(rule) ?? '', expected);
});

test('what is counted together has one identity, and what is not has another', () => {
  const identity = limitIdentity(RATE, 'a');
  assert.equal(limitIdentity(RATE, 'b'), identity);
  assert.equal(limitIdentity({ ...RATE, cost: 5 }, 'a'), identity);
  assert.notEqual(limitIdentity({ ...RATE, burst: 21 }, 'a'), identity);
  assert.notEqual(limitIdentity({ ...RATE, permits: 101 }, 'a'), identity);
  assert.notEqual(limitIdentity({ ...RATE, per: ['address'] }, 'a'), identity);
  const perRoute = { ...RATE, per: ['route', 'consumer'] } as const;
  assert.notEqual(limitIdentity(perRoute, 'a'), limitIdentity(perRoute, 'b'));
  assert.equal(limitIdentity({ ...RATE, per: ['consumer', 'route'] }, 'a'), limitIdentity(perRoute, 'a'));
});

test('policies are named after who is counted, how much and how long', () => {
  assert.equal(policyName(RATE), 'consumer-100-60');
  assert.equal(policyName({ ...RATE, per: ['route', 'address'] }), 'address-route-100-60');
  assert.equal(policyName(QUOTA), 'consumer-quota-100-month');
  assert.equal(publishedWindowSeconds(QUOTA), 31 * 86_400);
  assert.equal(publishedWindowSeconds({ ...QUOTA, window: 'day' }), 86_400);
});
