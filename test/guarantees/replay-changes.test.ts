import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallEvent } from '../../src/core/event.ts';
import { toCall } from '../../src/http/call.ts';
import { Comparing } from '../../src/pipeline/comparison.ts';
import { sampleEvent } from '../../src/pipeline/event-samples.test.ts';
import { Judge } from '../harness/judge.ts';

const NOW_MS = 1_790_000_000_000;
const OPEN = '{}';
const INSIDE_ONLY = '{ addresses: [192.0.2.0/24] }';
const OUTSIDE_ONLY = '{ addresses: [203.0.113.0/24] }';
const ADDRESS = '203.0.113.9';

function judgeOf(mode: string, authorize: string): Judge {
  return new Judge({
    configuration: `version: 1
mode: ${mode}
upstreams: { a: { url: "http://127.0.0.1:9" } }
routes: [{ id: r, match: { path: "/*" }, upstream: a, authenticate: none, authorize: ${authorize} }]
`,
    nowMs: NOW_MS,
  });
}

/** What is recorded of one call from outside under these rules. */
async function recorded(judge: Judge, requestId: string): Promise<CallEvent> {
  const decision = await judge.judge({ target: '/a', remoteAddress: ADDRESS });
  const head = {
    method: 'GET',
    target: '/a',
    httpVersion: '1.1',
    rawHeaders: ['Host', 'api.example.com'],
    encrypted: true,
    remoteAddress: ADDRESS,
    peer: undefined,
  };
  const call = toCall(head, judge.snapshot.callPolicy, requestId);
  return sampleEvent({
    requestId,
    timeMs: NOW_MS,
    path: '/a',
    routeId: 'r',
    consumer: '',
    credentialId: '',
    authenticator: '',
    address: ADDRESS,
    outcome: decision.effect === 'permit' ? 'permitted' : decision.enforced ? 'denied' : 'observed',
    reason: decision.effect === 'deny' ? decision.reason : '',
    trace: decision.trace,
    facts: judge.snapshot.profiles.factsOf(call, judge.snapshot.routeById('r'), undefined, '/a', NOW_MS),
  });
}

for (const [before, after, expected] of [
  [['enforce', OPEN], ['enforce', INSIDE_ONLY], 'newlyDenied'],
  [['observe', INSIDE_ONLY], ['enforce', INSIDE_ONLY], 'newlyDenied'],
  [['enforce', INSIDE_ONLY], ['enforce', INSIDE_ONLY], 'unchanged'],
  [['enforce', INSIDE_ONLY], ['enforce', OUTSIDE_ONLY], 'newlyAllowed'],
  [['enforce', INSIDE_ONLY], ['observe', INSIDE_ONLY], 'newlyAllowed'],
  [['enforce', OPEN], ['enforce', OUTSIDE_ONLY], 'unchanged'],
  [['observe', OPEN], ['observe', INSIDE_ONLY], 'newlyObserved'],
  [['observe', INSIDE_ONLY], ['observe', INSIDE_ONLY], 'unchanged'],
  [['observe', INSIDE_ONLY], ['observe', OUTSIDE_ONLY], 'noLongerObserved'],
] as const)
  test(`${before.join(' ')}, then ${after.join(' ')}: the call is ${expected}`, async () => {
    const event = await recorded(judgeOf(before[0], before[1]), 'one');
    const compared = new Comparing(judgeOf(after[0], after[1]).snapshot, () => undefined);
    compared.add(event, true);
    // What comes before the time that is asked for only uses up limits.
    compared.add(event, false);
    const { counts, calls, byRule, byConsumer, unknownBecause } = compared.report();
    assert.equal(calls, 1);
    assert.deepEqual(unknownBecause, []);
    assert.deepEqual(
      Object.entries(counts).filter(([, count]) => count > 0),
      [[expected, 1]],
    );
    if (expected === 'unchanged') return;
    assert.deepEqual(
      byRule.map(({ change, examples }) => [change, examples]),
      [[expected, ['one']]],
    );
    assert.deepEqual([byConsumer[0]?.caller, byConsumer[0]?.identified], [ADDRESS, false]);
  });

type Rules = readonly [mode: string, authorize: string];

/** What a replay says of a call that was recorded under the first, where the second is in force and the third is tried. */
async function compared(then: Rules, inForce: Rules, tried: Rules) {
  const comparing = new Comparing(judgeOf(...tried).snapshot, () => undefined, judgeOf(...inForce).snapshot);
  comparing.add(await recorded(judgeOf(...then), 'one'), true);
  const { counts, deniedInForce, byRule } = comparing.report();
  return [Object.entries(counts).find(([, count]) => count > 0)?.[0], deniedInForce, byRule[0]?.reason];
}

const OBSERVED: Rules = ['observe', INSIDE_ONLY];
const ENFORCED: Rules = ['enforce', INSIDE_ONLY];
const ENFORCED_OPEN: Rules = ['enforce', OPEN];

test('what is denied since something was enforced is not newly denied by what is tried', async () => {
  assert.deepEqual(await compared(OBSERVED, ENFORCED, ENFORCED), ['unchanged', 1, undefined]);
  assert.deepEqual(await compared(OBSERVED, ENFORCED, ENFORCED_OPEN), ['newlyAllowed', 1, 'authz.rule']);
});

test('what was denied before it was only observed is newly denied by what enforces it again', async () => {
  assert.deepEqual(await compared(ENFORCED, OBSERVED, ENFORCED), ['newlyDenied', 0, 'authz.rule']);
  assert.deepEqual(await compared(ENFORCED, OBSERVED, OBSERVED), ['unchanged', 0, undefined]);
});

test('where what is in force cannot be told, what was recorded stands for it', async () => {
  const untold: Rules = ['enforce', `{ when: '"a" in query' }`];
  assert.deepEqual(await compared(ENFORCED_OPEN, untold, ENFORCED), ['newlyDenied', 0, 'authz.rule']);
});

test('what nothing in force may deny goes through now, although it was denied then', async () => {
  const onlyObserves: Rules = ['observe', `{ when: '"a" in query' }`];
  const untold: Rules = ['enforce', `{ when: '"a" in query' }`];
  assert.deepEqual(await compared(ENFORCED, onlyObserves, ENFORCED), ['newlyDenied', 0, 'authz.rule']);
  const comparing = new Comparing(judgeOf(...untold).snapshot, () => undefined, judgeOf(...onlyObserves).snapshot);
  comparing.add(await recorded(judgeOf(...ENFORCED), 'one'), true);
  const { counts, mayBeDenied } = comparing.report();
  assert.deepEqual([counts.unknown, mayBeDenied], [1, 1]);
});

test('a replay that stops at its bound says so', async () => {
  const compared = new Comparing(judgeOf('enforce', OPEN).snapshot, () => undefined);
  compared.add(await recorded(judgeOf('enforce', OPEN), 'one'), true);
  compared.stopped();
  const { stopped, incomplete } = compared.report();
  assert.deepEqual([stopped, incomplete], [true, true]);
});
