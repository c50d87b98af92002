import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CallEvent } from '../core/event.ts';
import { decodeEvent } from './event-codec.ts';
import { EVENT_BYTES_MAX, eventBytes } from './event-layout.ts';
import { createEventRing, EventRingReader, EventRingWriter } from './event-ring.ts';
import { sampleEvent } from './event-samples.test.ts';

const RING_BYTES = 128 * 1024;

function decodeAll(bytes: Uint8Array): CallEvent[] {
  const source = eventBytes(bytes);
  const events: CallEvent[] = [];
  for (let at = 0; at < bytes.length; ) {
    const decoded = decodeEvent(source, at);
    assert.ok(decoded.ok, decoded.ok ? '' : decoded.problem);
    events.push(decoded.event);
    at = decoded.next;
  }
  return events;
}

const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      characters: fc.nat(9_000),
      count: fc.integer({ min: 1, max: 40 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('drain' as const),
      bytesMax: fc.integer({ min: EVENT_BYTES_MAX, max: 2 * RING_BYTES }),
    }),
  },
);

test('the ring behaves like a queue: in order, nothing twice, every refusal counted', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), fc.constantFrom('a', '漢'), (commands, character) => {
      const memory = createEventRing(RING_BYTES);
      const writer = new EventRingWriter(memory);
      const reader = new EventRingReader(memory);
      const queue: CallEvent[] = [];
      let dropped = 0;
      let written = 0;
      const drain = (bytesMax: number): void => {
        const drained = reader.drain(bytesMax);
        assert.ok(drained.length <= bytesMax);
        assert.ok(drained.length > 0 || queue.length === 0);
        for (const event of decodeAll(drained)) assert.deepEqual(event, queue.shift());
      };
      for (const step of commands) {
        if (step.kind === 'drain') {
          drain(step.bytesMax);
          continue;
        }
        for (let i = 0; i < step.count; i++) {
          const text = character.repeat(Math.min(step.characters, 512));
          const event = sampleEvent({
            detail: text,
            path: character.repeat(step.characters % 1_024),
            status: written++ % 600,
          });
          if (writer.tryWrite(event)) queue.push(event);
          else {
            dropped++;
            assert.ok(reader.waitingBytes > RING_BYTES / 2);
          }
        }
        assert.equal(reader.dropped, dropped);
      }
      while (queue.length > 0) drain(EVENT_BYTES_MAX);
      assert.equal(reader.drain(EVENT_BYTES_MAX).length, 0);
      assert.equal(reader.waitingBytes, 0);
      assert.equal(reader.torn, 0);
    }),
    { numRuns: 60 },
  );
});

test('counts that pass 2^32 change nothing', () => {
  const memory = createEventRing(RING_BYTES);
  const head = new Int32Array(memory, 0, 48);
  const near = -RING_BYTES | 0;
  head[0] = near;
  head[16] = near;
  const writer = new EventRingWriter(memory);
  const reader = new EventRingReader(memory);
  for (let i = 0; i < 3_000; i++) {
    const event = sampleEvent({ status: i % 600 });
    assert.ok(writer.tryWrite(event));
    assert.deepEqual(decodeAll(reader.drain(EVENT_BYTES_MAX)), [event]);
  }
  assert.ok((head[0] ?? -1) > 0);
});

test('a writer that starts again on the same memory goes on where the old one stopped', () => {
  const memory = createEventRing(RING_BYTES);
  new EventRingWriter(memory).tryWrite(sampleEvent({ status: 201 }));
  new EventRingWriter(memory).tryWrite(sampleEvent({ status: 202 }));
  const events = decodeAll(new EventRingReader(memory).drain(RING_BYTES));
  assert.deepEqual(
    events.map((event) => event.status),
    [201, 202],
  );
});

test('damaged memory is skipped and counted, and the ring works on', () => {
  const memory = createEventRing(RING_BYTES);
  const writer = new EventRingWriter(memory);
  const reader = new EventRingReader(memory);
  writer.tryWrite(sampleEvent());
  writer.tryWrite(sampleEvent());
  new DataView(memory).setUint32(48 * 4, 0, true);
  assert.equal(reader.drain(RING_BYTES).length, 0);
  assert.equal(reader.torn, 1);
  writer.tryWrite(sampleEvent({ status: 418 }));
  assert.equal(decodeAll(reader.drain(RING_BYTES))[0]?.status, 418);
});

test('a ring size that is no power of two, or too small for the longest event, is refused', () => {
  for (const size of [0, 100_000, 64 * 1024, 3 * RING_BYTES, Number.NaN])
    assert.throws(() => createEventRing(size), RangeError);
});
