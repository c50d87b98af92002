import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventFilter } from '../ports.ts';
import { matchesFilter } from './event-filter.ts';
import { sampleEvent } from './event-samples.test.ts';

const event = sampleEvent({
  method: 'POST',
  path: '/Orders/7',
  status: 403,
  outcome: 'denied',
  reason: 'authz.scope',
  detail: 'needs Write',
  signals: ['dpop.replay'],
});

test('every condition of a filter has to hold', () => {
  const cases: readonly (readonly [EventFilter, boolean])[] = [
    [{}, true],
    [{ method: 'POST', status: 403, statusClass: 4, reason: 'authz.scope' }, true],
    [{ method: 'GET' }, false],
    [{ status: 404 }, false],
    [{ status: 403, consumer: 'other' }, false],
    [{ reason: 'authz.rule' }, false],
    [{ fromMs: event.timeMs, toMs: event.timeMs }, true],
    [{ fromMs: event.timeMs + 1 }, false],
    [{ toMs: event.timeMs - 1 }, false],
  ];
  for (const [filter, expected] of cases) assert.equal(matchesFilter(event, filter), expected, JSON.stringify(filter));
});

test('what went wrong behind the decision is found as a reason, too', () => {
  const failed = sampleEvent({ error: 'upstream.unreachable', status: 502 });
  assert.equal(matchesFilter(failed, { reason: 'upstream.unreachable' }), true);
});

test('a text is found in everything that names or describes a call, whatever its case', () => {
  for (const text of [
    'abcdefghjkmn',
    'post',
    'orders/7',
    'api.example',
    '203.0',
    'curl',
    'acme',
    'ab3def',
    'needs w',
    'replay',
  ])
    assert.equal(matchesFilter(event, { text }), true, text);
  assert.equal(matchesFilter(event, { text: 'orders/8' }), false);
});
