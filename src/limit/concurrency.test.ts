import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallGauge } from './concurrency.ts';

test('calls above the maximum are shed until one ends', () => {
  const gauge = new CallGauge(2);
  const first = gauge.enter();
  gauge.enter();
  assert.equal(gauge.enter(), undefined);
  assert.equal(gauge.shed, 1);
  first?.release();
  assert.notEqual(gauge.enter(), undefined);
  assert.equal(gauge.inProgress, 2);
});

test('a place given back twice is given back once', () => {
  const gauge = new CallGauge(2);
  const first = gauge.enter();
  gauge.enter();
  first?.release();
  first?.release();
  assert.equal(gauge.inProgress, 1);
});

test('a maximum that would admit nobody, or everybody by mistake, is refused', () => {
  assert.throws(() => new CallGauge(0), RangeError);
  assert.throws(() => new CallGauge(Number.NaN), RangeError);
});
