import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { STAGE_IDS } from '../core/decision.ts';
import type { CallEvent } from '../core/event.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { eventArbitrary, sampleEvent } from './event-samples.test.ts';
import type { ExplainLine } from './explain-text.ts';
import { explainCall, explainUnmade } from './explain-text.ts';

const textOf = (event: CallEvent, kind: ExplainLine['kind']): string[] =>
  explainCall(event)
    .filter((line) => line.kind === kind)
    .map((line) => line.text);

const denied = sampleEvent({
  outcome: 'denied',
  reason: 'authn.api_key_wrong',
  detail: 'header x-api-key',
  status: 401,
  consumer: '',
  upstreamMicros: 0,
  trace: [
    { stage: 'framing', kind: 'pass', micros: 3, enforced: true },
    { stage: 'admit', kind: 'notApplicable', micros: 1, enforced: true },
    {
      stage: 'authenticate',
      kind: 'deny',
      micros: 41,
      reason: 'authn.api_key_wrong',
      detail: 'header x-api-key',
      enforced: true,
    },
  ],
});

test('a denied call shows the deciding stage, the public answer and what the reason means', () => {
  const stage = explainCall(denied).find((line) => line.kind === 'stage' && line.verdict === 'deny');
  assert.deepEqual(stage, {
    kind: 'stage',
    tone: 'bad',
    stage: 'authenticate',
    verdict: 'deny',
    micros: 41,
    reason: 'authn.api_key_wrong',
    enforced: true,
    text: 'authn.api_key_wrong (Authentication is required): header x-api-key',
  });
  assert.deepEqual(textOf(denied, 'answer'), [
    'the caller got 401 "Authentication is required", code authn.required, 512 bytes',
  ]);
  assert.deepEqual(textOf(denied, 'hint'), ['The key id exists and the secret is wrong: an attempt to guess.']);
  assert.match(textOf(denied, 'caller')[0] ?? '', /^nobody identified, credential Ab3dEf6hIj9k, from 203\.0\.113\.9/);
});

test('every stage has exactly one line, and what was not reached says so', () => {
  const stages = explainCall(denied).filter((line) => line.kind === 'stage');
  assert.deepEqual(
    stages.map((line) => line.stage).toSorted(),
    STAGE_IDS.filter((stage) => stage !== 'answer').toSorted(),
  );
  assert.deepEqual(
    stages.filter((line) => line.verdict === 'not run').map((line) => line.stage),
    ['route', 'authorise', 'limit', 'inspect'],
  );
});

test('an observed denial says that the call went through', () => {
  const event = sampleEvent({
    outcome: 'observed',
    reason: 'limit.rate',
    trace: [{ stage: 'limit', kind: 'deny', micros: 2, reason: 'limit.rate', enforced: false }],
  });
  assert.match(textOf(event, 'outcome')[0] ?? '', /^went through on route read-order, observed only.*limit\.rate/);
  assert.deepEqual(textOf(event, 'answer'), ['the caller got 200, 512 bytes']);
  assert.equal(explainCall(event).find((line) => line.kind === 'stage' && line.stage === 'limit')?.tone, 'warn');
});

test('a failure behind a permit is named and explained', () => {
  const event = sampleEvent({ status: 502, error: 'upstream.unreachable' });
  assert.deepEqual(textOf(event, 'outcome'), ['permitted on route read-order']);
  assert.match(textOf(event, 'answer')[0] ?? '', /upstream\.unreachable \(Upstream unreachable\)/);
  assert.equal(textOf(event, 'hint').length, 1);
  assert.match(textOf(sampleEvent({ status: 0, error: 'client.gone' }), 'answer')[0] ?? '', /no answer/);
});

test('a reason this release does not know is shown by its code', () => {
  for (const code of ['detect.future', 'constructor', '__proto__']) {
    const event = sampleEvent({ outcome: 'denied', reason: code as ReasonCode, status: 403 });
    assert.deepEqual(textOf(event, 'outcome'), [`denied on route read-order: ${code}`]);
    assert.deepEqual(textOf(event, 'hint'), []);
  }
});

test('no recorded text can write to the terminal', () => {
  const event = sampleEvent({
    path: '/\x1b[2J\u202e',
    userAgent: 'a\r\nb\x9b',
    detail: '\0',
    outcome: 'denied',
    reason: 'framing.parse',
  });
  assert.ok(explainCall(event).some((line) => line.text.includes('/\\u{1b}[2J\\u{202e}')));
  fc.assert(
    fc.property(eventArbitrary, (any) => {
      for (const line of explainCall(any)) {
        for (const character of line.text) {
          const code = character.codePointAt(0) ?? 0;
          assert.ok(code >= 0x20 && !(code >= 0x7f && code <= 0x9f));
        }
      }
    }),
  );
});

test('of a request that was not made it is said what would become of it, and nothing of a connection', () => {
  const unmade = (event: CallEvent) =>
    explainUnmade(event)
      .filter(({ kind }) => kind === 'outcome' || kind === 'answer')
      .map(({ text }) => text);
  const reason = 'authn.missing';
  const on = { routeId: 'orders', detail: '' };
  assert.deepEqual(unmade(sampleEvent({ ...on, outcome: 'permitted', reason: '', status: 0 })), [
    'would be permitted on route orders',
  ]);
  assert.deepEqual(unmade(sampleEvent({ ...on, outcome: 'observed', reason, status: 0 })), [
    'would go through on route orders, observed only; enforcing would deny it: authn.missing (Authentication is required)',
  ]);
  assert.deepEqual(unmade(sampleEvent({ ...on, outcome: 'denied', reason, status: 401 })), [
    'would be denied on route orders: authn.missing (Authentication is required)',
    'the caller would get 401 "Authentication is required", code authn.required',
  ]);
});
