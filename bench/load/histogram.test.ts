import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from './histogram.ts';

test('a quantile is never off by more than one part in 128', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 0x3fffffff }), { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, share) => {
        const histogram = new Histogram();
        for (const value of values) histogram.record(value);
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1]!;
        const told = histogram.quantile(share);
        assert.ok(told >= exact && told <= exact + exact / 128 + 1, `${told} instead of ${exact}`);
      },
    ),
  );
});

test('the largest value is kept exactly and what is out of range is cut', () => {
  const histogram = new Histogram();
  for (const value of [-5, 3, 1_234_567, Number.MAX_SAFE_INTEGER]) histogram.record(value);
  assert.equal(histogram.max, 0x3fffffff);
  assert.equal(histogram.quantile(0), 0);
  assert.equal(histogram.quantile(1), 0x3fffffff);
  assert.equal(histogram.count, 4);
});

test('an empty histogram answers 0', () => {
  assert.equal(new Histogram().quantile(0.99), 0);
});
