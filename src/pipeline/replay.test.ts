import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StageId, StageTrace } from '../core/decision.ts';
import type { CallEvent } from '../core/event.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { sampleEvent } from './event-samples.test.ts';
import { replay } from './replay.ts';

const all = (): boolean => true;
const pass = (stage: StageId): StageTrace => ({ stage, kind: 'pass', micros: 1, enforced: true });
const deny = (stage: StageId, reason: ReasonCode, enforced = false): StageTrace => ({
  stage,
  kind: 'deny',
  micros: 1,
  reason,
  enforced,
});

const unauthenticated = (change: Partial<CallEvent> = {}): CallEvent =>
  sampleEvent({
    consumer: '',
    outcome: 'observed',
    reason: 'authn.missing',
    trace: [pass('framing'), deny('authenticate', 'authn.missing'), deny('limit', 'limit.rate')],
    ...change,
  });

test('nothing recorded gives an empty report', () => {
  assert.deepEqual(replay([], all), {
    calls: 0,
    denied: 0,
    deniedByStages: 0,
    wouldDeny: 0,
    byReason: [],
    byConsumer: [],
    byAddress: [],
    incomplete: false,
    sinceMs: 0,
    untilMs: 0,
  });
});

test('permitted, denied and observed calls are told apart, and only selected ones count', () => {
  const events = [
    sampleEvent({ timeMs: 5 }),
    sampleEvent({ timeMs: 9, outcome: 'denied', reason: 'limit.rate', trace: [deny('limit', 'limit.rate', true)] }),
    sampleEvent({ timeMs: 3, outcome: 'observed', reason: 'authz.scope', trace: [deny('authorise', 'authz.scope')] }),
    unauthenticated({ timeMs: 4 }),
    unauthenticated({ timeMs: 1, path: '/elsewhere' }),
  ];
  const report = replay(events, (event) => event.path.startsWith('/orders'));
  assert.equal(report.calls, 4);
  assert.equal(report.denied, 1);
  assert.equal(report.wouldDeny, 2);
  assert.equal(report.sinceMs, 3);
  assert.equal(report.untilMs, 9);
  assert.deepEqual(report.byConsumer, [
    { consumer: 'acme', calls: 3, wouldDeny: 1, reasons: [{ reason: 'authz.scope', calls: 1 }] },
  ]);
  assert.deepEqual(report.byAddress, [
    { address: '203.0.113.9', calls: 1, wouldDeny: 1, reasons: [{ reason: 'authn.missing', calls: 1 }] },
  ]);
});

test('the first denying stage counts, not a later one', () => {
  assert.deepEqual(replay([unauthenticated()], all).byReason, [{ reason: 'authn.missing', calls: 1 }]);
});

test('enforcing one stage counts what that stage alone would deny', () => {
  const events = [
    unauthenticated(),
    sampleEvent({ outcome: 'observed', reason: 'authn.missing', trace: [deny('authenticate', 'authn.missing')] }),
  ];
  const report = replay(events, all, new Set<StageId>(['limit']));
  assert.equal(report.wouldDeny, 1);
  assert.deepEqual(report.byReason, [{ reason: 'limit.rate', calls: 1 }]);
});

test('what could not be decided would have been denied', () => {
  const trace: StageTrace[] = [
    { stage: 'authenticate', kind: 'indeterminate', micros: 1, reason: 'authn.unavailable', enforced: false },
  ];
  const report = replay([sampleEvent({ outcome: 'observed', reason: 'authn.unavailable', trace })], all);
  assert.deepEqual(report.byReason, [{ reason: 'authn.unavailable', calls: 1 }]);
});

test('an observed denial behind the stages is taken from the event, unless only a stage is asked for', () => {
  const event = sampleEvent({ outcome: 'observed', reason: 'body.too_large', trace: [pass('framing')] });
  assert.deepEqual(replay([event], all).byReason, [{ reason: 'body.too_large', calls: 1 }]);
  assert.equal(replay([event], all, new Set<StageId>(['limit'])).wouldDeny, 0);
});

test('lists are bounded, hold the most affected, and say when someone is missing', () => {
  function* events(): Generator<CallEvent> {
    for (let i = 0; i < 12_000; i++) {
      yield unauthenticated({ address: `address-${i}` });
      if (i % 100 === 0) yield unauthenticated({ address: 'address-7' });
    }
  }
  const report = replay(events(), all);
  assert.equal(report.wouldDeny, 12_120);
  assert.equal(report.byAddress.length, 20);
  assert.equal(report.byAddress[0]?.address, 'address-7');
  assert.equal(report.byAddress[0]?.wouldDeny, 121);
  assert.equal(report.incomplete, true);
});
