import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { decodeEvent } from './event-codec.ts';
import { EVENT_BYTES_MAX, eventBytes } from './event-layout.ts';
import { createEventRing, EventRingReader, EventRingWriter } from './event-ring.ts';
import { sampleEvent } from './event-samples.test.ts';

const RING_BYTES = 128 * 1024;

/** The writing side: numbered events whose text follows from the number. */
function writeNumbered(memory: SharedArrayBuffer, total: number): number {
  const writer = new EventRingWriter(memory);
  let accepted = 0;
  for (let i = 0; i < total; i++) {
    const event = sampleEvent({
      requestId: String(i),
      path: 'p'.repeat(i % 700),
      detail: 'é'.repeat(i % 300),
      responseBytes: i,
    });
    if (writer.tryWrite(event)) accepted++;
  }
  return accepted;
}

if (isMainThread) {
  test('between two threads no event is lost, torn or reordered, and every drop is counted', async () => {
    const memory = createEventRing(RING_BYTES);
    const reader = new EventRingReader(memory);
    const total = 60_000;
    const worker = new Worker(import.meta.filename, { workerData: { memory, total } });
    let ended = false;
    let accepted = -1;
    worker.on('message', (count: number) => {
      accepted = count;
    });
    const exit = once(worker, 'exit').then(() => {
      ended = true;
    });
    let received = 0;
    let last = -1;
    for (;;) {
      const endedBefore = ended;
      const drained = reader.drain(EVENT_BYTES_MAX);
      const source = eventBytes(drained);
      for (let at = 0; at < drained.length; ) {
        const decoded = decodeEvent(source, at);
        assert.ok(decoded.ok);
        const event = decoded.event;
        at = decoded.next;
        const sequence = Number(event.requestId);
        assert.ok(sequence > last);
        // Both lengths follow from the number, so that a torn record cannot pass.
        assert.equal(event.path, 'p'.repeat(sequence % 700));
        assert.equal(event.detail, 'é'.repeat(sequence % 300));
        assert.equal(event.responseBytes, sequence);
        last = sequence;
        received++;
      }
      if (endedBefore && reader.waitingBytes === 0) break;
      await new Promise(setImmediate);
    }
    await exit;
    assert.equal(received, accepted);
    assert.equal(received + reader.dropped, total);
    assert.ok(received > 0);
    assert.equal(reader.torn, 0);
  });
} else {
  const { memory, total } = workerData as { memory: SharedArrayBuffer; total: number };
  parentPort?.postMessage(writeNumbered(memory, total));
}
