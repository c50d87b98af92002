import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { newCharge } from './charge.ts';
import { compileGcra, decideGcra, gcraIdleHi, gcraIdleLo, refundGcra } from './gcra.ts';

interface Rule {
  permits: number;
  windowSeconds: number;
  burst: number;
  cost: number;
}

/** One key under one rule, driven as the limiter drives it. */
class Key {
  readonly #parameters;
  readonly charge = newCharge();
  valueHi = 0;
  valueLo = 0;

  constructor(rule: Rule) {
    this.#parameters = compileGcra(rule);
  }

  call(nowMicros: number): boolean {
    decideGcra(this.#parameters, this.valueHi, this.valueLo, nowMicros, this.charge);
    if (this.charge.store) this.#keep();
    return this.charge.admitted;
  }

  refund(): void {
    refundGcra(this.#parameters, this.valueHi, this.valueLo, this.charge);
    this.#keep();
  }

  #keep(): void {
    this.valueHi = this.charge.valueHi;
    this.valueLo = this.charge.valueLo;
  }
}

/** The definition in exact fractions: time in 1/permits microseconds. */
class Reference {
  readonly #permits: bigint;
  readonly #emission: bigint;
  readonly #burst: bigint;
  readonly #cost: bigint;
  #tat = 0n;

  constructor(rule: Rule) {
    this.#permits = BigInt(rule.permits);
    this.#emission = BigInt(rule.windowSeconds) * 1_000_000n;
    this.#burst = BigInt(rule.burst) * this.#emission;
    this.#cost = BigInt(rule.cost) * this.#emission;
  }

  call(nowMicros: number): boolean {
    const now = BigInt(nowMicros) * this.#permits;
    const next = (this.#tat > now ? this.#tat : now) + this.#cost;
    if (next - now > this.#burst) return false;
    this.#tat = next;
    return true;
  }

  /** Distance of the decision from its border, in microseconds. */
  margin(nowMicros: number): number {
    const now = BigInt(nowMicros) * this.#permits;
    const next = (this.#tat > now ? this.#tat : now) + this.#cost;
    return Math.abs(Number(next - now - this.#burst)) / Number(this.#permits);
  }
}

const rules = fc
  .record({
    permits: fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.constantFrom(1, 3, 7, 100, 1000, 99_991)),
    windowSeconds: fc.constantFrom(1, 7, 60, 3600, 86_400, 30 * 86_400),
    burst: fc.integer({ min: 1, max: 50 }),
    cost: fc.integer({ min: 1, max: 3 }),
  })
  .filter((rule) => rule.cost <= rule.burst && (rule.burst / rule.permits) * rule.windowSeconds <= 366 * 86_400);

/** Steps around the rule's own pace: bursts, near misses, pauses. */
const steps = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 3, noNaN: true })), {
  minLength: 1,
  maxLength: 120,
});

test('100 per minute from rest admits 100 at once, then one every 600 ms', () => {
  const key = new Key({ permits: 100, windowSeconds: 60, burst: 100, cost: 1 });
  const start = 5_000_000;
  for (let i = 0; i < 100; i++) assert.equal(key.call(start), true);
  assert.equal(key.call(start), false);
  assert.equal(key.charge.retryAfterMs, 600);
  assert.equal(key.charge.remaining, 0);
  assert.equal(key.call(start + 599_999), false);
  assert.equal(key.call(start + 600_000), true);
  assert.equal(key.call(start + 600_000), false);
});

test('a burst of 20 at 100 per minute admits 20 at once', () => {
  const key = new Key({ permits: 100, windowSeconds: 60, burst: 20, cost: 1 });
  let admitted = 0;
  for (let i = 0; i < 50; i++) if (key.call(1_000_000)) admitted++;
  assert.equal(admitted, 20);
  for (let i = 0; i < 50; i++) if (key.call(61_000_000)) admitted++;
  assert.equal(admitted, 40, 'a pause longer than the burst earns no more than the burst');
});

test('remaining counts down and reset says when the next permit comes', () => {
  const key = new Key({ permits: 60, windowSeconds: 60, burst: 3, cost: 1 });
  key.call(10_000_000);
  assert.deepEqual([key.charge.remaining, key.charge.resetMs], [2, 1000]);
  key.call(10_250_000);
  assert.deepEqual([key.charge.remaining, key.charge.resetMs], [1, 750]);
});

test('every decision equals that of exact fractions, save within half a microsecond of its border', () => {
  fc.assert(
    fc.property(rules, fc.integer({ min: 1, max: 2 ** 48 }), steps, (rule, start, pauses) => {
      const key = new Key(rule);
      const reference = new Reference(rule);
      const emissionMicros = (rule.windowSeconds * 1e6) / rule.permits;
      let now = start;
      for (const pause of pauses) {
        now += Math.floor(pause * emissionMicros);
        const near = reference.margin(now) <= 0.5;
        const admitted = key.call(now);
        if (near && admitted !== reference.call(now)) return;
        if (!near) assert.equal(admitted, reference.call(now));
      }
    }),
    { numRuns: 300 },
  );
});

test('over any stretch of time no more is admitted than burst plus rate times time', () => {
  fc.assert(
    fc.property(rules, fc.integer({ min: 1, max: 2 ** 48 }), steps, (rule, start, pauses) => {
      const key = new Key(rule);
      const emissionMicros = (rule.windowSeconds * 1e6) / rule.permits;
      const admittedAt: number[] = [];
      let now = start;
      for (const pause of pauses) {
        now += Math.floor(pause * emissionMicros);
        if (key.call(now)) admittedAt.push(now);
      }
      for (let from = 0; from < admittedAt.length; from++) {
        for (let to = from; to < admittedAt.length; to++) {
          const taken = (to - from + 1) * rule.cost;
          const micros = (admittedAt[to] ?? 0) - (admittedAt[from] ?? 0);
          // One microsecond for the clock being cut down to a unit at either end.
          assert.ok(taken <= rule.burst + ((micros + 1) * rule.permits) / (rule.windowSeconds * 1e6) + 1e-9);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('a caller who waits as told is admitted, and one who comes a millisecond earlier is not', () => {
  fc.assert(
    fc.property(rules, fc.integer({ min: 1, max: 2 ** 40 }), (rule, start) => {
      const key = new Key(rule);
      while (key.call(start));
      const wait = key.charge.retryAfterMs;
      if (wait > 1) assert.equal(key.call(start + Math.floor((wait - 1) * 1000)), false);
      assert.equal(key.call(start + Math.ceil(wait * 1000)), true);
    }),
    { numRuns: 100 },
  );
});

test('a third of a second adds up without drift', () => {
  const key = new Key({ permits: 3, windowSeconds: 1, burst: 2, cost: 1 });
  const start = 1_000_000;
  const seconds = 50_000;
  assert.equal(key.call(start), true);
  let admitted = 0;
  let early = 0;
  // Asked in the microsecond a permit is earned, and in the one before.
  for (let i = 0; i < seconds * 3; i++) {
    const earned = start + (i * 1e6) / 3;
    if (i > 0 && key.call(Math.ceil(earned) - 1)) early++;
    if (key.call(Math.ceil(earned))) admitted++;
  }
  assert.deepEqual([admitted, early], [seconds * 3, 0]);
});

test('a refund leaves the key as if the call had never been', () => {
  fc.assert(
    fc.property(
      rules,
      fc.integer({ min: 2 ** 41, max: 2 ** 48 }),
      fc.integer({ min: 0, max: 5 }),
      (rule, now, before) => {
        const key = new Key(rule);
        for (let i = 0; i < before; i++) key.call(now);
        const { valueHi, valueLo } = key;
        const spare = new Key(rule);
        spare.valueHi = valueHi;
        spare.valueLo = valueLo;
        if (!spare.call(now)) return;
        spare.refund();
        let left = 0;
        let leftAfterRefund = 0;
        while (key.call(now)) left++;
        while (spare.call(now)) leftAfterRefund++;
        assert.equal(leftAfterRefund, left);
      },
    ),
    { numRuns: 100 },
  );
});

test('a clock that jumps forward earns the burst and no more', () => {
  const key = new Key({ permits: 10, windowSeconds: 1, burst: 10, cost: 1 });
  while (key.call(1_000_000));
  let admitted = 0;
  while (key.call(1e15)) admitted++;
  assert.equal(admitted, 10);
});

test('a clock that goes back admits nothing more, and far back holds a key up for one burst at most', () => {
  const key = new Key({ permits: 10, windowSeconds: 1, burst: 10, cost: 1 });
  const late = 1e12;
  while (key.call(late));
  assert.equal(key.call(late - 500_000), false, 'half a second back');
  assert.equal(key.call(late - 3_600_000_000), false, 'an hour back');
  assert.equal(key.call(late - 3_600_000_000 + 100_000), true, 'a tenth of a second later one permit is earned');
  assert.equal(key.call(late - 3_600_000_000 + 100_000), false);
});

test('a clock that is no number, negative or beyond the range refuses', () => {
  for (const now of [Number.NaN, -1, Number.POSITIVE_INFINITY, 1e19]) {
    const key = new Key({ permits: 10, windowSeconds: 1, burst: 10, cost: 1 });
    assert.equal(key.call(now), false, String(now));
    assert.equal(key.charge.store, false);
  }
});

test('a key is idle only when it would be treated as a new one', () => {
  fc.assert(
    fc.property(
      rules,
      fc.integer({ min: 1, max: 2 ** 45 }),
      fc.double({ min: 0, max: 60, noNaN: true }),
      (rule, now, pause) => {
        const key = new Key(rule);
        key.call(now);
        const later = now + Math.floor((pause * rule.windowSeconds * 1e6) / rule.permits);
        const [idleHi, idleLo] = [gcraIdleHi(later), gcraIdleLo(later)];
        const idle = key.valueHi < idleHi || (key.valueHi === idleHi && key.valueLo >>> 0 < idleLo >>> 0);
        if (!idle) return;
        const fresh = new Key(rule);
        key.call(later);
        fresh.call(later);
        assert.deepEqual([key.valueHi, key.valueLo], [fresh.valueHi, fresh.valueLo]);
      },
    ),
    { numRuns: 300 },
  );
});

test('a rate whose interval has no exact unit is rounded to the stricter side', () => {
  const rule = { permits: 1_234_567, windowSeconds: 1, burst: 1, cost: 1 };
  const { emissionUnits, unitsPerMs } = compileGcra(rule);
  const exactMs = 1000 / rule.permits;
  assert.ok(emissionUnits / unitsPerMs >= exactMs);
  assert.ok(emissionUnits / unitsPerMs - exactMs < 8e-6);
});
