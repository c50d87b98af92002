import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Outcome } from '../../core/event.ts';
import { CallCounts, HOUR_MS, MINUTE_MS } from './call-counts.ts';
import type { CountedCall } from './call-row.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { TopCounts } from './top-counts.ts';

const NOW_MS = 1_800_000_000_000;

const anyCall: fc.Arbitrary<CountedCall> = fc.record({
  timeMs: fc.integer({ min: NOW_MS - 3 * HOUR_MS, max: NOW_MS }),
  outcome: fc.constantFrom<Outcome>('permitted', 'denied', 'observed'),
  status: fc.constantFrom(0, 200, 403, 500, 502),
  durationMicros: fc.integer({ min: 0, max: 60_000_000 }),
  consumer: fc.constantFrom('', 'a', 'b', 'c'),
  routeId: fc.constantFrom('', 'r', 's'),
  address: fc.constantFrom('192.0.2.1', '192.0.2.2'),
  reason: fc.constantFrom('', 'authz.scope'),
  error: fc.constantFrom('', 'upstream.timeout'),
});

function counted(calls: readonly CountedCall[]): CallCounts {
  const counts = new CallCounts();
  for (const call of calls) counts.add(call, NOW_MS);
  return counts;
}

test('what is summed up is what counting the calls one by one says, in whole buckets, kept or stored', () => {
  fc.assert(
    fc.property(
      fc.array(anyCall, { maxLength: 60 }),
      fc.array(anyCall, { maxLength: 5 }),
      fc.integer({ min: 1, max: 240 }),
      fc.integer({ min: NOW_MS - 4 * HOUR_MS, max: NOW_MS - 1 }),
      fc.boolean(),
      (early, late, buckets, fromMs, isStored) => {
        let counts = counted(early);
        if (isStored) {
          const rows = counts.takeChanged(NOW_MS);
          assert.deepEqual(counts.takeChanged(NOW_MS), []);
          counts = new CallCounts();
          counts.restore(rows);
        }
        // What was added up for an earlier question must not answer a later one.
        counts.summary(fromMs, NOW_MS, buckets, NOW_MS);
        for (const call of late) counts.add(call, NOW_MS);
        const calls = [...early, ...late];
        const { from, to, bucketMs, series, top } = counts.summary(fromMs, NOW_MS, buckets, NOW_MS);
        assert.ok(from <= fromMs && from > fromMs - MINUTE_MS && to >= NOW_MS && series.calls.length <= buckets);
        assert.equal(to, from + series.calls.length * bucketMs);
        assert.equal(bucketMs % MINUTE_MS, 0);
        const inRange = calls.filter(({ timeMs }) => timeMs >= from && timeMs < to);
        series.calls.forEach((total, i) => {
          const start = from + i * bucketMs;
          const those = inRange.filter(({ timeMs }) => timeMs >= start && timeMs < start + bucketMs);
          const of = (test: (call: CountedCall) => boolean): number => those.filter(test).length;
          assert.equal(total, those.length);
          assert.equal(
            series.denied[i],
            of(({ outcome }) => outcome === 'denied'),
          );
          assert.equal(
            series.observed[i],
            of(({ outcome }) => outcome === 'observed'),
          );
          assert.equal(
            series.errors[i],
            of(({ status, error }) => status >= 500 || error !== ''),
          );
        });
        for (const { value, calls: times, denied } of top.consumers) {
          const those = inRange.filter(({ consumer }) => consumer === value);
          assert.deepEqual([times, denied], [those.length, those.filter(({ outcome }) => outcome === 'denied').length]);
        }
        const consumers = new Set(inRange.map(({ consumer }) => consumer).filter((name) => name !== ''));
        assert.equal(top.consumers.length, consumers.size);
      },
    ),
  );
});

test('a percentile is at most 7 % off, of every duration that can be recorded', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 0xffff_ffff }), { minLength: 1, maxLength: 50 }),
      fc.constantFrom(0.5, 0.99),
      (durations, share) => {
        const histogram = new LatencyHistogram();
        for (const micros of durations) histogram.add(micros);
        const exact = durations.toSorted((one, other) => one - other)[Math.ceil(durations.length * share) - 1] ?? 0;
        const read = histogram.percentile(share);
        assert.ok(Math.abs(read - exact) <= exact * 0.07, `${read} instead of ${exact}`);
      },
    ),
  );
  assert.equal(new LatencyHistogram().percentile(0.99), 0);
});

test('minutes become hours after a day, hours are forgotten after a month, and nothing is counted twice', () => {
  const call = { ...sample(), timeMs: NOW_MS - 2 * HOUR_MS };
  const counts = counted([call, call, { ...call, timeMs: call.timeMs + MINUTE_MS }]);
  assert.deepEqual(counts.roll(NOW_MS), []);
  const later = NOW_MS + 26 * HOUR_MS;
  const gone = counts.roll(later);
  assert.equal(gone.length, 2);
  const [hour] = counts.takeChanged(later);
  assert.equal(hour?.spanMs, HOUR_MS);
  const total = (nowMs: number): number =>
    counts.summary(NOW_MS - 24 * HOUR_MS, nowMs, 240, nowMs).series.calls.reduce((sum, one) => sum + one, 0);
  assert.equal(total(later), 3);
  assert.equal(counts.roll(NOW_MS + 40 * 24 * HOUR_MS).length, 1);
  assert.equal(total(later), 0);
});

test('calls of a time that is not kept make no row: a clock that jumps costs no memory', () => {
  const counts = counted([
    { ...sample(), timeMs: NOW_MS - 30 * HOUR_MS },
    { ...sample(), timeMs: NOW_MS + 30 * HOUR_MS },
  ]);
  assert.deepEqual(counts.takeChanged(NOW_MS), []);
});

test('who makes up values cannot hide who calls most, and few are kept', () => {
  const top = new TopCounts();
  for (let i = 0; i < 5_000; i++) {
    top.add(`made-up-${i}`, 1, 0);
    if (i % 10 === 0) top.add('busy', 1, 1);
  }
  assert.deepEqual(top.most(1), [{ value: 'busy', calls: 500, denied: 500 }]);
  assert.ok(top.most(5_000).length <= 1_000);
  top.add('denied-once-but-often', 40, 40);
  top.add('b', 60, 0);
  top.trim(3);
  assert.deepEqual(
    top.most(5).map(({ value }) => value),
    ['busy', 'b', 'denied-once-but-often'],
  );
});

test('a stored row that is damaged is left out', () => {
  const counts = new CallCounts();
  for (const document of ['', '{}', '{"calls":1}', 'null'])
    counts.restore([{ startMs: NOW_MS - MINUTE_MS, spanMs: MINUTE_MS, document }]);
  assert.equal(counts.newestMs, 0);
});

function sample(): CountedCall {
  return {
    timeMs: NOW_MS,
    outcome: 'permitted',
    status: 200,
    durationMicros: 1_000,
    consumer: 'a',
    routeId: 'r',
    address: '192.0.2.1',
    reason: '',
    error: '',
  };
}
