import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { BodyCollector } from './body-collector.ts';
import { BodyMemory, bodyHolder } from './body-memory.ts';

const MIB = 1_048_576;
const ROOM = 128;
const PIECE = Buffer.alloc(MIB);
const address = { text: '192.0.2.1', group: '192.0.2.1' };

/** As many bodies of one caller as are asked for, a piece of each in turn, until nothing more is granted. */
function fill(memory: BodyMemory, caller: string, bodies: number): number {
  const held = Array.from({ length: bodies }, () => memory.hold(caller));
  let mebibytes = 0;
  for (let granted = true; granted; ) {
    granted = false;
    for (const one of held)
      if (one.reserve(MIB)) {
        granted = true;
        mebibytes++;
      }
  }
  return mebibytes;
}

test('a caller holds a quarter of the room with many bodies, and half of it with one: the rest is for others', () => {
  const memory = new BodyMemory();
  assert.equal(fill(memory, 'cgreedy', 200), ROOM / 4);
  assert.equal(memory.hold('cgreedy').reserve(1), false);
  assert.equal(fill(memory, 'calone', 1), ROOM / 2);
  assert.equal(memory.hold('calone').reserve(1), false, 'nor is there room for a second body of it');
  assert.equal(memory.hold('cother').reserve(8 * MIB), true);
});

test('all callers together hold no more than there is room', () => {
  const memory = new BodyMemory();
  const granted = [1, 2, 3, 4, 5, 6].map((caller) => fill(memory, `c${caller}`, 3));
  assert.deepEqual(granted, [32, 32, 32, 32, 0, 0]);
  assert.equal(memory.bytes, ROOM * MIB);
});

test('a body is of its consumer, wherever it is sent from, and of its address where nobody was identified', () => {
  assert.equal(bodyHolder({ address }, 'acme'), bodyHolder({ address: { text: 'x', group: 'x' } }, 'acme'));
  assert.equal(bodyHolder({ address }, ''), bodyHolder({ address }, undefined));
  assert.notEqual(bodyHolder({ address }, undefined), bodyHolder({ address }, address.group));
});

test('whatever is taken and given back, what is held is what was granted, and of nobody else is anything kept', () => {
  const step = fc.record({ body: fc.nat(5), mebibytes: fc.nat(40), release: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const memory = new BodyMemory();
      const bodies = [0, 1, 2, 3, 4, 5].map((index) => memory.hold(`c${index % 3}`));
      for (const { body, mebibytes, release } of steps)
        if (release) bodies[body]?.release();
        else bodies[body]?.reserve(mebibytes * MIB);
      const whole = bodies.reduce((sum, { bytes }) => sum + bytes, 0);
      assert.equal(memory.bytes, whole);
      assert.ok(whole <= ROOM * MIB);
      for (const one of bodies) one.release();
      assert.deepEqual([memory.bytes, memory.callers], [0, 0]);
    }),
  );
});

test('a body that finds no room is put back as it came, and what it held is free', async () => {
  const memory = new BodyMemory();
  assert.equal(fill(memory, 'cgreedy', 2), ROOM / 4);
  const source = new PassThrough();
  const collector = new BodyCollector(source, memory.hold('cgreedy'), 4 * MIB);
  source.end(PIECE);
  assert.deepEqual(await collector.result, { kind: 'busy' });
  assert.equal(memory.bytes, (ROOM / 4) * MIB);
  let length = 0;
  for await (const piece of source) length += (piece as Buffer).length;
  assert.equal(length, PIECE.length);
  const other = new PassThrough();
  const served = new BodyCollector(other, memory.hold('cother'), 4 * MIB);
  other.end(PIECE);
  assert.equal((await served.result).kind, 'whole');
  served.release();
  assert.equal(memory.bytes, (ROOM / 4) * MIB);
});

test('a body that was too large for one who looked at it is read for another who takes more', async () => {
  const memory = new BodyMemory();
  const source = new PassThrough();
  source.end('0123456789');
  const first = new BodyCollector(source, memory.hold('cone'), 4);
  assert.deepEqual(await first.result, { kind: 'tooLarge' });
  const second = new BodyCollector(source, memory.hold('cone'), 100);
  assert.deepEqual(await second.result, { kind: 'whole', bytes: Buffer.from('0123456789') });
});
