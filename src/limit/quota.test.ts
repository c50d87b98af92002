import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newCharge } from './charge.ts';
import { decideQuota, QUOTA_PERMITS_MAX, QuotaWindow, quotaIdleHi, quotaIdleLo, refundQuota } from './quota.ts';

const DAY_MS = 86_400_000;

class Counter {
  readonly #parameters;
  readonly #window: QuotaWindow;
  readonly charge = newCharge();
  valueHi = 0;
  valueLo = 0;

  constructor(permits: number, window: 'day' | 'month' | number, cost = 1) {
    this.#parameters = { permits, cost };
    this.#window = new QuotaWindow(window);
  }

  call(nowMs: number): boolean {
    decideQuota(this.#parameters, this.#window, this.valueHi, this.valueLo, nowMs, this.charge);
    if (this.charge.store) {
      this.valueHi = this.charge.valueHi;
      this.valueLo = this.charge.valueLo;
    }
    return this.charge.admitted;
  }

  many(count: number, nowMs: number): number {
    let admitted = 0;
    for (let i = 0; i < count; i++) if (this.call(nowMs)) admitted++;
    return admitted;
  }

  refund(): void {
    const { valueHi: chargedHi, valueLo: chargedLo } = this.charge;
    refundQuota(this.#parameters, chargedHi, chargedLo, this.valueHi, this.valueLo, this.charge);
    this.valueHi = this.charge.valueHi;
    this.valueLo = this.charge.valueLo;
  }

  isIdle(nowMs: number): boolean {
    const [idleHi, idleLo] = [quotaIdleHi(nowMs), quotaIdleLo(nowMs)];
    return this.valueHi < idleHi || (this.valueHi === idleHi && this.valueLo >>> 0 < idleLo >>> 0);
  }
}

test('a daily quota ends at midnight UTC', () => {
  const counter = new Counter(5, 'day');
  const evening = Date.UTC(2026, 2, 3, 23, 59, 30);
  assert.equal(counter.many(9, evening), 5);
  assert.equal(counter.charge.retryAfterMs, 30_000);
  assert.equal(counter.many(9, evening + 29_999), 0);
  assert.equal(counter.many(9, evening + 30_000), 5);
});

test('a monthly quota follows the calendar, leap years too', () => {
  const counter = new Counter(3, 'month');
  assert.equal(counter.many(9, Date.UTC(2028, 1, 1)), 3);
  assert.equal(counter.many(9, Date.UTC(2028, 1, 29, 23, 59, 59, 999)), 0);
  assert.equal(counter.many(9, Date.UTC(2028, 2, 1)), 3);
  assert.equal(counter.many(9, Date.UTC(2028, 11, 31)), 3);
  assert.equal(counter.many(9, Date.UTC(2029, 0, 1)), 3);
});

test('a quota of N seconds starts at multiples of N since 1970', () => {
  const counter = new Counter(2, 600);
  const start = Math.floor(Date.UTC(2026, 5, 1) / 600_000) * 600_000;
  assert.equal(counter.many(5, start + 599_999), 2);
  assert.equal(counter.charge.retryAfterMs, 1);
  assert.equal(counter.many(5, start + 600_000), 2);
});

test('a weighted call is refused whole and later lighter ones still fit', () => {
  const counter = new Counter(10, 'day', 4);
  const now = Date.UTC(2026, 0, 1);
  assert.equal(counter.many(5, now), 2);
  assert.equal(counter.charge.remaining, 2);
});

test('the largest quota is counted exactly', () => {
  const counter = new Counter(QUOTA_PERMITS_MAX, 'month', QUOTA_PERMITS_MAX - 1);
  const now = Date.UTC(2026, 0, 1);
  assert.equal(counter.call(now), true);
  assert.equal(counter.charge.remaining, 1);
  assert.equal(counter.call(now), false);
});

test('a refund in the same window gives back exactly the cost', () => {
  const counter = new Counter(10, 'day', 3);
  const now = Date.UTC(2026, 0, 1);
  counter.many(3, now);
  counter.refund();
  assert.equal(counter.many(5, now), 1);
});

test('a refund after the window was left changes nothing', () => {
  const counter = new Counter(4, 'day');
  const now = Date.UTC(2026, 0, 1);
  counter.call(now);
  const late = newCharge();
  const { valueHi: chargedHi, valueLo: chargedLo } = counter;
  counter.many(3, now + DAY_MS);
  refundQuota({ permits: 4, cost: 1 }, chargedHi, chargedLo, counter.valueHi, counter.valueLo, late);
  assert.deepEqual([late.valueHi, late.valueLo], [counter.valueHi, counter.valueLo]);
});

test('a clock that is set back over midnight counts on in the later window', () => {
  const counter = new Counter(5, 'day');
  const midnight = Date.UTC(2026, 4, 5);
  counter.many(3, midnight + 10);
  assert.equal(counter.many(9, midnight - 10), 2);
  assert.equal(counter.many(9, midnight + 20), 0);
});

test('the month after a short one is still the next window', () => {
  const counter = new Counter(5, 'month');
  const march = Date.UTC(2026, 2, 1);
  counter.many(3, march + 10);
  assert.equal(counter.many(9, march - 10), 2);
  assert.equal(counter.many(9, march + 20), 0);
});

test('a clock that was years ahead does not forget the count and holds nobody up past the present window', () => {
  const counter = new Counter(5, 'day');
  const now = Date.UTC(2026, 4, 5, 12);
  counter.many(4, now + 1000 * DAY_MS);
  assert.equal(counter.many(9, now), 1);
  assert.equal(counter.many(9, now + DAY_MS), 5);
});

test('a clock before 2025 or beyond the range is one endless window, not a free pass', () => {
  for (const now of [0, -1e15, Date.UTC(2070, 0, 1), Number.POSITIVE_INFINITY]) {
    const counter = new Counter(5, 'day');
    assert.equal(counter.many(9, now), 5, String(now));
    assert.equal(counter.isIdle(now), false, String(now));
  }
});

test('a clock that is no number refuses', () => {
  const counter = new Counter(5, 'day');
  assert.equal(counter.many(3, Number.NaN), 0);
});

test('a counter is idle from the second its window ends', () => {
  const counter = new Counter(5, 'day');
  const midnight = Date.UTC(2026, 4, 5);
  counter.call(midnight - 1);
  assert.equal(counter.isIdle(midnight - 1), false);
  assert.equal(counter.isIdle(midnight), true);
});
