import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Balancer } from './balancer.ts';

function house(names: readonly string[]) {
  const clock = { now: 0, nowMs: () => 0, monotonicMicros: () => clock.now };
  return {
    clock,
    balancer: new Balancer(
      names.map((origin) => ({ origin, engine: origin })),
      clock,
    ),
  };
}

test('calls go to the target with the least in progress', () => {
  const { balancer } = house(['a', 'b', 'c']);
  const counts = new Map<string, number>();
  for (let i = 0; i < 30; i++) {
    const target = balancer.choose(undefined);
    assert.ok(target !== undefined);
    target.inProgress++;
    counts.set(target.origin, (counts.get(target.origin) ?? 0) + 1);
  }
  assert.deepEqual([...counts.values()], [10, 10, 10]);
});

test('a target that fails three times in a row is out, gets one probe when its time is over, and comes back', () => {
  const { balancer, clock } = house(['a', 'b']);
  const [a] = balancer.targets;
  assert.ok(a !== undefined);
  for (let i = 0; i < 3; i++) balancer.failed(a);
  const chosen = () => Array.from({ length: 10 }, () => balancer.choose(undefined)?.origin);
  assert.deepEqual(new Set(chosen()), new Set(['b']));
  clock.now = 1_000_001;
  assert.equal(chosen().filter((origin) => origin === 'a').length, 1, 'one probe');
  balancer.succeeded(a);
  assert.ok(chosen().includes('a'));
});

test('where every target is out, all are tried, and a retry avoids the one that failed', () => {
  const { balancer } = house(['a', 'b']);
  for (const target of balancer.targets) for (let i = 0; i < 5; i++) balancer.failed(target);
  assert.ok(balancer.choose(undefined) !== undefined);
  const [a] = balancer.targets;
  assert.equal(balancer.choose(a)?.origin, 'b');
  assert.equal(house(['only']).balancer.choose(undefined)?.origin, 'only');
});
