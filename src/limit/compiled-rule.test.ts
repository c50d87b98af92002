import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitRule } from '../core/configuration.ts';
import { CompiledRule } from './compiled-rule.ts';
import { createLimitMemory } from './limit-memory.ts';
import { Limits } from './limits.ts';

const NOW_MICROS = 5e12;
const NOW_MS = Date.UTC(2026, 5, 15, 12);
const ACME = { consumer: 'acme', keyId: 'k', addressGroup: '192.0.2.1' };

const RULES: readonly LimitRule[] = [
  { kind: 'rate', per: ['consumer'], permits: 5, windowSeconds: 86_400, burst: 5, cost: 2 },
  { kind: 'quota', per: ['consumer'], permits: 5, window: 'day', cost: 2 },
];

for (const rule of RULES) {
  test(`a ${rule.kind} used up by another thread between asking and charging is refused and charges nothing`, () => {
    const memory = createLimitMemory(new Uint8Array(8));
    const slow = new CompiledRule(rule, 'rule', 'rule', new Limits(memory));
    const fast = new CompiledRule(rule, 'rule', 'rule', new Limits(memory));
    assert.equal(slow.ask(ACME, NOW_MICROS, NOW_MS), true);
    for (let i = 0; i < 2; i++) {
      assert.equal(fast.ask(ACME, NOW_MICROS, NOW_MS), true);
      assert.equal(fast.commit(NOW_MICROS, NOW_MS), true);
    }
    assert.equal(slow.commit(NOW_MICROS, NOW_MS), false);
    assert.equal(slow.state().remaining, 1);
  });

  test(`a charged ${rule.kind} is given back while another thread goes on charging`, () => {
    const memory = createLimitMemory(new Uint8Array(8));
    const refunding = new CompiledRule(rule, 'rule', 'rule', new Limits(memory));
    const other = new CompiledRule(rule, 'rule', 'rule', new Limits(memory));
    refunding.ask(ACME, NOW_MICROS, NOW_MS);
    assert.equal(refunding.commit(NOW_MICROS, NOW_MS), true);
    other.ask(ACME, NOW_MICROS, NOW_MS);
    assert.equal(other.commit(NOW_MICROS, NOW_MS), true);
    assert.equal(other.ask(ACME, NOW_MICROS, NOW_MS), false);
    refunding.refund();
    assert.equal(other.ask(ACME, NOW_MICROS, NOW_MS), true);
    assert.equal(other.state().remaining, 3);
  });
}

test('a clock that went back by an hour is repaired in the shared memory, so that the key recovers', () => {
  const memory = createLimitMemory(new Uint8Array(8));
  const rule: LimitRule = { kind: 'rate', per: ['consumer'], permits: 5, windowSeconds: 5, burst: 5, cost: 1 };
  const compiled = new CompiledRule(rule, 'rule', 'rule', new Limits(memory));
  compiled.ask(ACME, NOW_MICROS, NOW_MS);
  compiled.commit(NOW_MICROS, NOW_MS);
  const back = NOW_MICROS - 3_600_000_000;
  assert.equal(compiled.ask(ACME, back, NOW_MS), false);
  compiled.repair();
  assert.equal(compiled.ask(ACME, back + 999_000, NOW_MS), false);
  assert.equal(compiled.ask(ACME, back + 1_000_000, NOW_MS), true);
});
