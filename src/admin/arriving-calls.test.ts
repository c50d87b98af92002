import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Outcome } from '../core/event.ts';
import { encodeEvents, sampleEvent } from '../pipeline/event-samples.test.ts';
import { ArrivingCalls, offerRun } from './arriving-calls.ts';

const OUTCOMES: readonly Outcome[] = ['permitted', 'denied', 'observed'];

function events(outcomes: readonly Outcome[]) {
  return outcomes.map((outcome, i) => sampleEvent({ requestId: `id-${i}`, timeMs: 1_000 + i, outcome }));
}

test('of too many calls those denied come first, then those that would have been, and every one left out is counted', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...OUTCOMES), { maxLength: 60 }),
      fc.integer({ min: 1, max: 12 }),
      (outcomes, max) => {
        const all = events(outcomes);
        const listener = new ArrivingCalls({}, max);
        // Two runs between two turns, as from two threads.
        offerRun(encodeEvents(all.slice(0, 7)), [listener]);
        offerRun(encodeEvents(all.slice(7)), [listener]);
        const { calls, skipped } = listener.take();
        assert.equal(calls.length, Math.min(max, all.length));
        assert.equal(calls.length + skipped, all.length);
        const byRank = (['denied', 'observed', 'permitted'] as const).flatMap((wanted) =>
          all.filter(({ outcome }) => outcome === wanted).reverse(),
        );
        const expected = byRank.slice(0, max).map(({ requestId }) => requestId);
        assert.deepEqual(calls.map(({ requestId }) => requestId).sort(), expected.sort());
        assert.deepEqual(
          calls.map(({ timeMs }) => timeMs),
          calls.map(({ timeMs }) => timeMs).sort((one, other) => one - other),
        );
        assert.deepEqual(listener.take(), { calls: [], skipped: 0 });
      },
    ),
  );
});

test('a listener is shown what passes its filter alone, and nothing that is for judging anew', () => {
  const facts = {
    pathAmbiguities: 0,
    pathWhole: true,
    bodyBytesDeclared: -1,
    authenticatedAtSeconds: 0,
    issuedAtSeconds: 0,
    subjectIsConsumer: true,
    subjectId: 7,
    profileId: 9,
    profileText: 'p',
  };
  const all = [
    sampleEvent({ requestId: 'a', consumer: 'acme', facts }),
    sampleEvent({ requestId: 'b', consumer: 'x' }),
  ];
  const [acme, everything] = [new ArrivingCalls({ consumer: 'acme' }, 10), new ArrivingCalls({}, 10)];
  offerRun(encodeEvents(all), [acme, everything]);
  const shown = acme.take();
  assert.deepEqual([shown.calls.map(({ requestId }) => requestId), shown.skipped], [['a'], 0]);
  assert.ok(!('facts' in (shown.calls[0] ?? {})));
  assert.equal(everything.take().calls.length, 2);
});

test('a denied call is shown however many others come with it, and what was not looked at is counted', () => {
  const all = events(Array.from({ length: 5_300 }, (_, i) => (i === 3 ? 'denied' : 'permitted')));
  const listener = new ArrivingCalls({}, 200);
  offerRun(encodeEvents(all), [listener]);
  const { calls, skipped } = listener.take();
  assert.equal(calls.length, 200);
  assert.equal(calls.filter(({ outcome }) => outcome === 'denied').length, 1);
  assert.equal(skipped, 5_100);
});
