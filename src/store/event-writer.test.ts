import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EVENT_BYTES_MAX } from '../pipeline/event-layout.ts';
import { createEventRing, EventRingReader, EventRingWriter } from '../pipeline/event-ring.ts';
import { encodeEvents, sampleEvent } from '../pipeline/event-samples.test.ts';
import type { EventFilter, EventPage, EventStore } from '../ports.ts';
import type { EventWriterOptions } from './event-writer.ts';
import { EventWriter } from './event-writer.ts';
import { MemoryEventStore } from './memory/event-store.ts';
import { openSqliteEventStore } from './sqlite/event-store.ts';
import type { StoreErrorCode } from './store-error.ts';
import { StoreError } from './store-error.ts';

const RING_BYTES = 128 * 1024;

class TestClock {
  now = 1_000_000;
  nowMs(): number {
    return this.now;
  }
  monotonicMicros(): number {
    return this.now * 1000;
  }
}

class TestLogger {
  readonly lines: string[] = [];
  debug(_fields: object, message: string): void {
    this.lines.push(message);
  }
  info(_fields: object, message: string): void {
    this.lines.push(message);
  }
  warn(_fields: object, message: string): void {
    this.lines.push(message);
  }
  error(_fields: object, message: string): void {
    this.lines.push(message);
  }
}

/** A real store whose appends can be made to fail. */
class FailingStore implements EventStore {
  profile(): undefined {
    return undefined;
  }
  scan(): never[] {
    return [];
  }

  readonly inner = new MemoryEventStore();
  failure: StoreErrorCode | undefined;
  appends = 0;
  prunes: { olderThanMs: number; bytesMax: number }[] = [];
  append(encoded: Uint8Array): void {
    this.appends++;
    if (this.failure !== undefined) throw new StoreError(this.failure, 'made to fail');
    this.inner.append(encoded);
  }
  find(requestId: string): ReturnType<EventStore['find']> {
    return this.inner.find(requestId);
  }
  query(filter: EventFilter, page: { limit: number; before?: string; scanMax?: number }): EventPage {
    return this.inner.query(filter, page);
  }
  prune(bounds: { olderThanMs: number; bytesMax: number }): { deletedEvents: number } {
    this.prunes.push(bounds);
    return this.inner.prune(bounds);
  }
  stats(): ReturnType<EventStore['stats']> {
    return this.inner.stats();
  }
  close(): void {
    this.inner.close();
  }
}

/** Of any event of these tests: they differ in their ids alone, which are of one length. */
const EVENT_BYTES = encodeEvents([sampleEvent({ requestId: 'abcdefghjkm000000000' })]).length;

const idOf = (thread: number, i: number): string => `abcdefghjkm${thread}${String(i).padStart(8, '0')}`;

function setUp(threads = 1, change: Partial<EventWriterOptions> = {}) {
  const memories = Array.from({ length: threads }, () => createEventRing(RING_BYTES));
  const producers = memories.map((memory) => new EventRingWriter(memory));
  const rings = memories.map((memory) => new EventRingReader(memory));
  const clock = new TestClock();
  const logger = new TestLogger();
  const store = new FailingStore();
  const retention = { retainMs: 10_000_000, bytesMax: Number.MAX_SAFE_INTEGER };
  const writer = new EventWriter({ rings, store, clock, logger, retention: () => retention, ...change });
  let written = 0;
  const produce = (thread: number, count: number): void => {
    for (let i = 0; i < count; i++) {
      producers[thread]!.tryWrite(sampleEvent({ requestId: idOf(thread, written++), timeMs: clock.now }));
    }
  };
  return { rings, producers, clock, logger, store, retention, writer, produce };
}

describe('the event writer', () => {
  test('what was written before a flush can be read after it', async () => {
    const { writer, store, produce } = setUp(2);
    produce(0, 3);
    produce(1, 4);
    assert.equal(store.find(idOf(0, 0)), undefined);
    await writer.flush();
    for (let i = 0; i < 3; i++) assert.ok(store.find(idOf(0, i)));
    for (let i = 3; i < 7; i++) assert.ok(store.find(idOf(1, i)));
    assert.deepEqual([writer.stats().appendedEvents, writer.stats().backlogBytes, store.appends], [7, 0, 1]);
  });

  test('a few events wait for company, but not long; many do not wait', () => {
    const { writer, store, clock, produce } = setUp();
    produce(0, 2);
    writer.turn();
    clock.now += 400;
    writer.turn();
    assert.equal(store.appends, 0);
    clock.now += 100;
    writer.turn();
    assert.equal(store.appends, 1);
    assert.equal(writer.stats().lastAppendMs, clock.now);
    produce(0, 400);
    writer.turn();
    produce(0, 400);
    writer.turn();
    assert.equal(store.stats().events, 802);
  });

  test('the timer carries events without a flush', async () => {
    const appended = Promise.withResolvers<void>();
    const store = new FailingStore();
    const append = store.append.bind(store);
    store.append = (encoded) => {
      append(encoded);
      appended.resolve();
    };
    const { writer, clock, produce } = setUp(1, { store, intervalMs: 1 });
    const ticking = setInterval(() => {
      clock.now += 100;
    }, 1);
    writer.start();
    produce(0, 1);
    await appended.promise;
    clearInterval(ticking);
    await writer.close();
    assert.ok(store.find(idOf(0, 0)));
  });

  test('while the store refuses, events wait and are stored in order when it accepts again', async () => {
    const { writer, store, clock, logger, produce } = setUp();
    for (const failure of ['locked', 'full', 'io'] as const) {
      store.failure = failure;
      produce(0, 5);
      await writer.flush();
      assert.equal(writer.stats().stalled, true);
      assert.ok(writer.stats().backlogBytes > 0);
      store.failure = undefined;
      clock.now += 10_000;
      writer.turn();
      assert.equal(writer.stats().stalled, false);
      assert.equal(writer.stats().backlogBytes, 0);
    }
    assert.equal(store.stats().events, 15);
    assert.equal(writer.stats().failedAppends, 3);
    assert.equal(writer.stats().droppedEvents, 0);
    assert.equal(logger.lines.filter((line) => line.includes('wait in memory')).length, 1);
    assert.deepEqual(
      store.query({}, { limit: 100 }).events.map((event) => event.requestId),
      [...Array(15).keys()]
        .map((i) => idOf(0, i))
        .sort((a, b) => {
          const group = (id: string): number => Math.floor(Number(id.slice(12)) / 5);
          return group(b) - group(a) || (a < b ? 1 : -1);
        }),
    );
  });

  test('tries become rarer while the store refuses, and a full store is pruned at once', () => {
    const { writer, store, clock, produce } = setUp();
    writer.turn();
    assert.equal(store.prunes.length, 1);
    store.failure = 'full';
    produce(0, 500);
    for (let i = 0; i < 600; i++) {
      clock.now += 100;
      writer.turn();
    }
    // A minute of turns: doubling from 200 ms to 5 s.
    assert.ok(store.appends > 10 && store.appends < 25, `${store.appends}`);
    assert.ok(store.prunes.length >= store.appends);
  });

  test('every event is stored, or counted as dropped, however the store fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(600), fc.constantFrom(undefined, 'locked', 'full', 'malformed'), fc.nat(6_000)), {
          maxLength: 20,
        }),
        async (steps) => {
          const { writer, store, clock, produce } = setUp(2, { backlogBytesMax: 256 * 1024 });
          let produced = 0;
          for (const [count, failure, elapsedMs] of steps) {
            store.failure = failure as StoreErrorCode | undefined;
            produce(0, count);
            produce(1, count);
            produced += 2 * count;
            clock.now += elapsedMs;
            writer.turn();
            assert.ok(writer.stats().backlogBytes <= 256 * 1024);
          }
          await writer.close();
          const { appendedEvents, droppedEvents } = writer.stats();
          assert.equal(appendedEvents + droppedEvents, produced);
          assert.equal(store.stats().events, appendedEvents);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('a store that is full for good leaves the writing threads alone: the rings drop, and that is counted', () => {
    const { writer, store, rings, produce, clock } = setUp(1, { backlogBytesMax: 64 * 1024 });
    store.failure = 'full';
    for (let i = 0; i < 50; i++) {
      produce(0, 100);
      clock.now += 100;
      writer.turn();
    }
    const { droppedEvents, backlogBytes } = writer.stats();
    assert.ok(backlogBytes <= 64 * 1024);
    assert.ok(droppedEvents > 3_000);
    assert.equal(droppedEvents, rings[0]?.dropped);
  });

  test('on a disk without room calls go on, losses are counted, and pruning brings the record back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-events-'));
    const store = openSqliteEventStore(join(folder, 'events.db'), { fileBytesMax: 512 * 1024 });
    try {
      const { writer, clock, produce } = setUp(1, { store, backlogBytesMax: 256 * 1024 });
      let produced = 0;
      let waitedMost = 0;
      for (let i = 0; i < 300; i++) {
        produce(0, 50);
        produced += 50;
        clock.now += 600;
        writer.turn();
        const { appendedEvents, droppedEvents, backlogBytes } = writer.stats();
        const waiting = backlogBytes / EVENT_BYTES;
        assert.equal(appendedEvents + droppedEvents + waiting, produced);
        waitedMost = Math.max(waitedMost, waiting);
      }
      const { failedAppends, prunedEvents } = writer.stats();
      assert.ok(failedAppends > 0 && prunedEvents > 0 && waitedMost > 50);
      // What waits because the disk is full is nobody's once the process ends: older events make room for it.
      produce(0, 50);
      produced += 50;
      await writer.flush();
      const stats = writer.stats();
      assert.deepEqual([stats.appendedEvents, stats.droppedEvents, stats.stalled], [produced, 0, false]);
      assert.equal(store.stats().events, produced - stats.prunedEvents);
      assert.ok(store.query({}, { limit: 1 }).events[0]);
      await writer.close();
    } finally {
      store.close();
      rmSync(folder, { recursive: true });
    }
  });

  test('bytes that are no event are counted as lost, besides the events before them', async () => {
    const { writer, store, rings } = setUp();
    const encoded = encodeEvents([sampleEvent(), sampleEvent()]);
    rings[0]!.drain = () => {
      rings[0]!.drain = () => new Uint8Array(0);
      return Uint8Array.from([...encoded, 1, 2, 3]);
    };
    await writer.flush();
    assert.deepEqual([writer.stats().droppedEvents, store.stats().events], [3, 0]);
  });

  test('old events are pruned every minute, and at once again while something was deleted', async () => {
    const { writer, store, clock, produce, retention } = setUp();
    retention.retainMs = 100_000;
    produce(0, 500);
    await writer.flush();
    writer.turn();
    assert.equal(store.stats().events, 500);
    assert.equal(store.prunes.length, 1);
    clock.now += 59_000;
    writer.turn();
    assert.equal(store.prunes.length, 1);
    clock.now += 60_000;
    writer.turn();
    writer.turn();
    writer.turn();
    assert.equal(store.prunes.length, 3);
    assert.equal(writer.stats().prunedEvents, 500);
    assert.deepEqual(store.prunes[1], { olderThanMs: clock.now - 100_000, bytesMax: Number.MAX_SAFE_INTEGER });
  });

  test('a clock that jumps back holds nothing up', () => {
    const { writer, store, clock, produce } = setUp();
    store.failure = 'locked';
    produce(0, 500);
    writer.turn();
    store.failure = undefined;
    clock.now -= 900_000;
    writer.turn();
    produce(0, 1);
    writer.turn();
    clock.now -= 1;
    writer.turn();
    assert.equal(store.stats().events, 501);
  });

  test('the ring of a thread that died is emptied before it is forgotten, and its drops stay counted', async () => {
    const { writer, store, rings, produce } = setUp(2);
    produce(0, 5_000);
    const dropped = rings[0]!.dropped;
    assert.ok(dropped > 0);
    writer.detach(rings[0]!);
    assert.equal(writer.stats().droppedEvents, dropped);
    const memory = createEventRing(RING_BYTES);
    writer.attach(new EventRingReader(memory));
    new EventRingWriter(memory).tryWrite(sampleEvent({ requestId: idOf(7, 7) }));
    await writer.flush();
    assert.ok(store.find(idOf(7, 7)));
    assert.equal(store.stats().events, 5_000 - dropped + 1);
  });

  test('what cannot be stored at shutdown is counted, and a closed writer does nothing more', async () => {
    const { writer, store, produce, logger } = setUp();
    store.failure = 'io';
    produce(0, 7);
    await writer.close();
    assert.equal(writer.stats().droppedEvents, 7);
    assert.equal(writer.stats().backlogBytes, 0);
    assert.ok(logger.lines.some((line) => line.includes('before shutdown')));
    const appends = store.appends;
    writer.turn();
    await writer.flush();
    await writer.close();
    assert.equal(store.appends, appends);
  });

  test('a backlog too small for one event is a programmer’s fault', () => {
    assert.throws(() => setUp(1, { backlogBytesMax: EVENT_BYTES_MAX - 1 }), RangeError);
  });
});
