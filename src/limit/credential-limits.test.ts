import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { LimitRule } from '../core/configuration.ts';
import { CredentialLimits } from './credential-limits.ts';
import { createLimitMemory } from './limit-memory.ts';
import { checkLimits, compileLimits, peekLimits, refundLimits } from './limiter.ts';
import { Limits } from './limits.ts';

const NOW_MS = 1_790_000_000_000;
const quota = (permits: number): LimitRule => ({ kind: 'quota', per: ['key'], permits, window: 'day', cost: 1 });
const rate = (permits: number): LimitRule => ({
  kind: 'rate',
  per: ['key'],
  permits,
  windowSeconds: 60,
  burst: permits,
  cost: 1,
});
const subject = (keyId: string) => ({ consumer: 'acme', keyId, addressGroup: '192.0.2.1' });
const memory = () => createLimitMemory(randomBytes(8));

function passes(limits: CredentialLimits, rules: readonly LimitRule[], keyId: string, place = 0): boolean {
  return checkLimits(limits.of(rules, place), subject(keyId), NOW_MS * 1_000, NOW_MS).kind === 'pass';
}

test('threads count one key together, whatever objects its limits are read into', () => {
  const shared = memory();
  const threads = [new CredentialLimits(shared), new CredentialLimits(shared), new CredentialLimits(shared)];
  let passed = 0;
  for (let i = 0; i < 30; i++)
    for (const thread of threads) if (passes(thread, [{ ...quota(10) }, { ...rate(50) }], 'k')) passed++;
  assert.equal(passed, 10);
  const [first] = threads;
  assert.ok(first !== undefined && passes(first, [quota(10)], 'another'));
});

test('limits of a key are apart from those of routes with the same definition', () => {
  const shared = memory();
  const route = compileLimits([quota(3)], 'orders', new Limits(shared));
  for (let i = 0; i < 3; i++) assert.equal(checkLimits(route, subject('k'), NOW_MS * 1_000, NOW_MS).kind, 'pass');
  const limits = new CredentialLimits(shared);
  for (let i = 0; i < 3; i++) assert.ok(passes(limits, [quota(3)], 'k'));
  assert.ok(!passes(limits, [quota(3)], 'k'));
});

test('what is compiled is bounded, and what was counted outlives it', () => {
  const limits = new CredentialLimits(memory());
  for (let i = 0; i < 4; i++) assert.ok(passes(limits, [quota(5)], 'k'));
  for (let permits = 10; permits < 3_000; permits++) limits.of([rate(permits)], 0);
  assert.ok(passes(limits, [quota(5)], 'k'));
  assert.ok(!passes(limits, [quota(5)], 'k'));
});

test('two credentials of one call with equal limits are counted each for itself', () => {
  const limits = new CredentialLimits(memory());
  const rules = [quota(2)];
  assert.notEqual(limits.of(rules, 0), limits.of(rules, 1));
  assert.equal(limits.of(rules, 0), limits.of(rules, 0));
  assert.ok(passes(limits, rules, 'one', 0) && passes(limits, rules, 'two', 1));
  refundLimits(limits.of(rules, 0));
  assert.equal(peekLimits(limits.of(rules, 0), subject('one'), NOW_MS * 1_000, NOW_MS).kind, 'pass');
  assert.ok(
    passes(limits, rules, 'one', 0) && passes(limits, rules, 'one', 0),
    'what was given back can be taken again',
  );
  assert.ok(!passes(limits, rules, 'one', 0));
  assert.ok(passes(limits, rules, 'two', 1) && !passes(limits, rules, 'two', 1));
});

test('what is no limit of a key is a throw, which refuses the call', () => {
  const limits = new CredentialLimits(memory());
  for (const rule of [
    { ...quota(5), per: ['address'] },
    { ...quota(5), per: [] },
    { ...quota(5), permits: 0 },
    { ...rate(5), windowSeconds: Number.NaN },
  ] as const)
    assert.throws(() => limits.of([rule as LimitRule], 0), TypeError);
});
