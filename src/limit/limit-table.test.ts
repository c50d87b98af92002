import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BUCKET_BYTES, type LimitKey, LimitTable, newLimitKey, SLOTS_PER_BUCKET, setLimitKey } from './limit-table.ts';

const HEADER_PENDING_BIT = 1n << 11n;

function tableOf(bucketCount: number): { table: LimitTable; memory: SharedArrayBuffer } {
  const memory = new SharedArrayBuffer(bucketCount * BUCKET_BYTES);
  return { table: new LimitTable(memory, 0, bucketCount), memory };
}

function keyOf(hashLo: number, hashHi: number): LimitKey {
  const key = newLimitKey();
  setLimitKey(key, hashLo, hashHi);
  return key;
}

/** Gives a key a slot and a value; false where there is no room. */
function put(table: LimitTable, key: LimitKey, valueHi: number, valueLo: number, idleHi = 0): boolean {
  if (!table.claim(key, idleHi, 0)) return false;
  return table.swap(key.slot, table.stateHi, table.stateLo, valueHi, valueLo);
}

test('memory of zeros is an empty table, and the key of hash 0 is a key like any other', () => {
  const { table } = tableOf(1);
  const zero = keyOf(0, 0);
  assert.equal(put(table, zero, 5, 6), true);
  for (let i = 1; i < SLOTS_PER_BUCKET; i++) assert.equal(put(table, keyOf(i << 12, 0), 5, i), true, String(i));
  assert.equal(table.load(zero), true);
  assert.deepEqual([table.stateHi & 0xfffffff, table.stateLo], [5, 6]);
});

test('a full bucket of live keys gives no room, and everything in it stays as it was', () => {
  const { table } = tableOf(1);
  const keys = Array.from({ length: SLOTS_PER_BUCKET }, (_, i) => keyOf(i + 1, 0x1000));
  for (const [i, key] of keys.entries()) assert.equal(put(table, key, 9, i), true);
  assert.equal(table.claim(keyOf(99, 0x1000), 9, 0), false);
  for (const [i, key] of keys.entries()) {
    assert.equal(table.load(key), true);
    assert.equal(table.stateLo, i);
  }
});

test('an idle slot is taken away, and its former key starts anew elsewhere', () => {
  const { table } = tableOf(1);
  const idle = keyOf(1, 0);
  put(table, idle, 3, 0);
  for (let i = 2; i <= SLOTS_PER_BUCKET; i++) put(table, keyOf(i, 0), 9, 0);
  const late = keyOf(50, 0);
  assert.equal(put(table, late, 9, 1, 4), true);
  assert.equal(table.load(idle), false);
  assert.equal(table.load(late), true);
  assert.equal(table.claim(idle, 4, 0), false, 'no room is left');
});

test('a charge of a key whose slot was taken away fails', () => {
  const { table } = tableOf(1);
  const slow = keyOf(1, 0);
  put(table, slow, 3, 0);
  table.load(slow);
  const { stateHi, stateLo } = table;
  for (let i = 2; i <= SLOTS_PER_BUCKET + 1; i++) put(table, keyOf(i, 0), 9, i, 4);
  assert.equal(table.swap(slow.slot, stateHi, stateLo, 8, 8), false);
});

test('a charge of a new key fails too when its slot went to another new key', () => {
  const { table } = tableOf(1);
  const slow = keyOf(1, 0);
  table.claim(slow, 0, 0);
  const { stateHi, stateLo } = table;
  for (let i = 2; i <= SLOTS_PER_BUCKET; i++) put(table, keyOf(i, 0), 9, 0);
  const faster = keyOf(99, 0);
  assert.equal(table.claim(faster, 0, 0), true);
  assert.equal(faster.slot, slow.slot);
  assert.equal(table.swap(slow.slot, stateHi, stateLo, 8, 8), false);
});

test('keys that differ in any of the 64 bits of their hash are kept apart in a table of 4,096 buckets', () => {
  const { table } = tableOf(4096);
  const base = keyOf(0x1234_5678, 0x0abc_def0);
  put(table, base, 1, 1);
  for (let bit = 0; bit < 64; bit++) {
    const other =
      bit < 32 ? keyOf(0x1234_5678 ^ (1 << bit), 0x0abc_def0) : keyOf(0x1234_5678, 0x0abc_def0 ^ (1 << (bit - 32)));
    table.claim(other, 0, 0);
    assert.equal(table.stateLo, 0, `bit ${bit}`);
  }
});

test('an insertion that a terminated thread had only announced is finished by the next thread', () => {
  const { table, memory } = tableOf(1);
  const longs = new BigInt64Array(memory);
  const announced = keyOf(7, 0x5000);
  put(table, announced, 0, 0);
  // As if the thread had died right after its announcement: header pending, fingerprint not yet written.
  const header = Atomics.load(longs, 0) | HEADER_PENDING_BIT;
  Atomics.store(longs, 0, header);
  Atomics.store(longs, announced.slot / 2, 0x7777_0000_0000_0009n);
  assert.equal(table.load(announced), false);
  const other = new LimitTable(memory, 0, 1);
  assert.equal(put(other, keyOf(8, 0x5000), 4, 4), true);
  assert.equal(Atomics.load(longs, 0) & HEADER_PENDING_BIT, 0n);
  assert.equal(other.claim(keyOf(7, 0x5000), 0, 0), true);
});

test('an eviction after which a thread was terminated leaves a free slot', () => {
  const { table, memory } = tableOf(1);
  const longs = new BigInt64Array(memory);
  const keys = Array.from({ length: SLOTS_PER_BUCKET }, (_, i) => keyOf(i + 1, 0));
  for (const key of keys) put(table, key, 9, 9);
  const evicted = keys[4]!;
  table.load(evicted);
  Atomics.store(longs, (evicted.slot + 2) / 2, BigInt((table.stateHi >>> 28) + 1) << 60n);
  assert.equal(put(table, keyOf(99, 0), 9, 1), true);
  assert.equal(table.claim(keyOf(98, 0), 0, 0), false);
});

test('the table agrees with a map of keys, whatever comes and goes', () => {
  const step = fc.record({
    key: fc.integer({ min: 1, max: 40 }),
    value: fc.integer({ min: 1, max: 20 }),
    age: fc.integer({ min: 0, max: 2 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (actions) => {
      const { table } = tableOf(2);
      const model = new Map<number, number>();
      let now = 0;
      for (const { key, value, age } of actions) {
        now += age;
        const place = keyOf(key * 0x1001, key & 1);
        const live = [...model].filter(([, until]) => until >= now);
        const bucket = live.filter(([other]) => (other & 1) === (key & 1));
        const known = live.some(([other]) => other === key);
        const room = table.claim(place, now, 0);
        assert.equal(room, known || bucket.length < SLOTS_PER_BUCKET);
        if (!room) continue;
        const stored = table.stateHi & 0xfffffff;
        if (known) assert.equal(stored, model.get(key));
        else assert.ok(stored < now || stored === 0);
        assert.equal(table.swap(place.slot, table.stateHi, table.stateLo, now + value, 0), true);
        model.set(key, now + value);
      }
    }),
    { numRuns: 200 },
  );
});

test('a scan visits live keys once, with the hash they were placed by', () => {
  const { table } = tableOf(4096);
  put(table, keyOf(0x7fff_1234, 0x1234_5678), 9, 1);
  put(table, keyOf(-5, -6), 9, 2);
  put(table, keyOf(3, 3), 2, 3);
  const seen: number[][] = [];
  table.scan(5, 0, (...found) => seen.push(found));
  seen.sort((a, b) => (a[3] ?? 0) - (b[3] ?? 0));
  assert.deepEqual(seen, [
    [0x7fff_1234, 0x1234_5678, 9, 1],
    [-5, -6, 9, 2],
  ]);
});

test('a number of buckets that is no power of two is refused', () => {
  assert.throws(() => new LimitTable(new SharedArrayBuffer(3 * BUCKET_BYTES), 0, 3), RangeError);
});
