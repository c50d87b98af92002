import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { CallEvent } from '../core/event.ts';
import { matchesFilter } from '../pipeline/event-filter.ts';
import { encodeEvents, eventArbitrary, sampleEvent } from '../pipeline/event-samples.test.ts';
import { RequestIdSource } from '../pipeline/request-id.ts';
import type { EventFilter, EventStore } from '../ports.ts';
import { MemoryEventStore } from './memory/event-store.ts';
import { openSqliteEventStore } from './sqlite/event-store.ts';
import { StoreError } from './store-error.ts';

const T0 = 1_790_000_000_000;

function ids(seed: number): () => string {
  let state = seed;
  const source = new RequestIdSource({
    bytes: (count) =>
      Uint8Array.from({ length: count }, () => {
        state = (state * 48_271) % 2_147_483_647;
        return state & 255;
      }),
  });
  return () => source.next();
}

function many(count: number, next: () => string, change: (i: number) => Partial<CallEvent>): CallEvent[] {
  return Array.from({ length: count }, (_, i) => sampleEvent({ requestId: next(), timeMs: T0 + i, ...change(i) }));
}

function readAll(store: EventStore, filter: EventFilter, limit: number, scanMax?: number): CallEvent[] {
  const events: CallEvent[] = [];
  let before: string | undefined;
  for (let pages = 0; pages < 10_000; pages++) {
    const page = store.query(filter, {
      limit,
      ...(before === undefined ? {} : { before }),
      ...(scanMax === undefined ? {} : { scanMax }),
    });
    assert.ok(page.events.length <= limit);
    if (scanMax !== undefined) assert.ok(page.scanned <= scanMax);
    events.push(...page.events);
    before = page.next;
    if (before === undefined) return events;
  }
  throw new assert.AssertionError({ message: 'paging never ends' });
}

/** What every event store promises; run against each of them. */
function contract(name: string, open: () => { store: EventStore; done: () => void }): void {
  const withStore = (run: (store: EventStore) => void) => (): void => {
    const { store, done } = open();
    try {
      run(store);
    } finally {
      store.close();
      done();
    }
  };

  describe(name, () => {
    test(
      'an empty store answers nothing',
      withStore((store) => {
        assert.equal(store.find('abcdefghjkmn00000001'), undefined);
        assert.deepEqual(store.query({}, { limit: 10 }), { events: [], next: undefined, scanned: 0 });
        assert.equal(store.stats().events, 0);
        assert.equal(store.stats().oldestMs, 0);
        assert.deepEqual(store.prune({ olderThanMs: T0, bytesMax: 0 }), { deletedEvents: 0 });
        store.append(new Uint8Array(0));
        assert.equal(store.stats().events, 0);
      }),
    );

    test(
      'whatever was appended is found by its request id and comes back exactly',
      withStore((store) => {
        fc.assert(
          fc.property(
            fc.uniqueArray(eventArbitrary, { selector: (event) => event.requestId, maxLength: 12 }),
            (events) => {
              store.append(encodeEvents(events));
              for (const event of events) {
                if (!/^[\x20-\x7e]+$/.test(event.requestId)) continue;
                const found = store.find(event.requestId);
                // Ids of another form may repeat over the runs of this property.
                if (event.requestId.length === 20) assert.deepEqual(found, event);
                else assert.equal(found?.requestId, event.requestId);
              }
            },
          ),
          { numRuns: 40 },
        );
      }),
    );

    test(
      'an event is found among the chunks of several threads, and an id between them is not',
      withStore((store) => {
        const sources = [ids(1), ids(2), ids(3)];
        const events: CallEvent[] = [];
        for (let round = 0; round < 20; round++) {
          const batch = sources.flatMap((next) => many(5, next, (i) => ({ timeMs: T0 + round * 100 + i })));
          store.append(encodeEvents(batch));
          events.push(...batch);
        }
        for (const event of events) assert.deepEqual(store.find(event.requestId), event);
        assert.equal(store.find('abcdefghjkmn00000001'), undefined);
        assert.equal(store.find('nothing'), undefined);
        assert.equal(store.find(''), undefined);
        assert.equal(store.stats().events, 300);
      }),
    );

    test(
      'reading is newest first over threads, and paging with any limit gives every event once',
      withStore((store) => {
        const a = ids(4);
        const b = ids(5);
        const appended: CallEvent[] = [];
        for (let round = 0; round < 12; round++) {
          const base = T0 + round * 1_000;
          const batch = [
            ...many(9, a, (i) => ({ timeMs: base + 2 * i })),
            ...many(7, b, (i) => ({ timeMs: base + 2 * i + 1 })),
          ];
          store.append(encodeEvents(batch));
          appended.push(...batch);
        }
        const expected = appended.toSorted((x, y) => y.timeMs - x.timeMs).map((event) => event.requestId);
        for (const limit of [1, 7, 16, 1_000]) {
          assert.deepEqual(
            readAll(store, {}, limit).map((event) => event.requestId),
            expected,
          );
        }
        assert.deepEqual(
          readAll(store, {}, 1_000, 5).map((event) => event.requestId),
          expected,
        );
      }),
    );

    test(
      'every filter gives exactly the events that match, and looking stops at scanMax',
      withStore((store) => {
        const next = ids(6);
        const events = many(400, next, (i) => ({
          consumer: i % 3 === 0 ? 'acme' : 'other',
          credentialId: `key${i % 5}`,
          routeId: i % 7 === 0 ? '' : `route-${i % 7}`,
          outcome: (['permitted', 'denied', 'observed'] as const)[i % 3]!,
          reason: i % 3 === 0 ? '' : 'limit.rate',
          address: `198.51.100.${i % 10}`,
          path: i % 2 === 0 ? `/orders/${i}` : `/users/${i}`,
          status: 200 + 100 * (i % 4),
          timeMs: T0 + i * 10,
        }));
        for (let i = 0; i < events.length; i += 40) store.append(encodeEvents(events.slice(i, i + 40)));
        const filters: EventFilter[] = [
          { consumer: 'acme' },
          { credentialId: 'key3' },
          { routeId: 'route-4' },
          { routeId: '' },
          { outcome: 'observed' },
          { reason: 'limit.rate' },
          { address: '198.51.100.7' },
          { pathPrefix: '/orders/1' },
          { statusClass: 4 },
          { status: 403 },
          { method: 'POST' },
          { text: 'orders/1' },
          { text: 'curl' },
          { fromMs: T0 + 1_005 },
          { toMs: T0 + 1_005 },
          { fromMs: T0 + 500, toMs: T0 + 700, consumer: 'acme', pathPrefix: '/orders' },
          { consumer: 'nobody' },
        ];
        for (const filter of filters) {
          const expected = events.filter((event) => matchesFilter(event, filter)).reverse();
          assert.deepEqual(readAll(store, filter, 13), expected, JSON.stringify(filter));
          assert.deepEqual(readAll(store, filter, 13, 11), expected, JSON.stringify(filter));
        }
        const page = store.query({ consumer: 'nobody' }, { limit: 5, scanMax: 50 });
        assert.equal(page.scanned, 50);
        assert.notEqual(page.next, undefined);
      }),
    );

    test(
      'an event that ended long after it began is found by its time',
      withStore((store) => {
        const next = ids(7);
        store.append(encodeEvents(many(10, next, (i) => ({ timeMs: T0 + 100_000 + i }))));
        const late = sampleEvent({ requestId: next(), timeMs: T0 });
        store.append(encodeEvents([late]));
        assert.deepEqual(store.query({ toMs: T0 + 5 }, { limit: 5 }).events, [late]);
        assert.equal(readAll(store, { fromMs: T0 + 100_000 }, 3).length, 10);
      }),
    );

    test(
      'appending between two pages changes nothing of the pages behind',
      withStore((store) => {
        const next = ids(8);
        const first = many(20, next, () => ({}));
        store.append(encodeEvents(first));
        const page = store.query({}, { limit: 5 });
        store.append(encodeEvents(many(20, next, (i) => ({ timeMs: T0 + 1_000 + i }))));
        assert.ok(page.next);
        const rest = store.query({}, { limit: 100, before: page.next });
        assert.deepEqual([...page.events, ...rest.events], first.toReversed());
      }),
    );

    test(
      'a foreign cursor is refused, one whose events were pruned ends the reading',
      withStore((store) => {
        const next = ids(9);
        for (let i = 0; i < 4; i++) store.append(encodeEvents(many(5, next, () => ({ timeMs: T0 + i * 1_000 }))));
        for (const before of ['', '1', '1.2.3', 'a.b.c.d', '1.2.3.-4', '9'.repeat(90)]) {
          assert.throws(() => store.query({}, { limit: 1, before }), { name: 'StoreError', code: 'cursor' });
        }
        const page = store.query({}, { limit: 12 });
        store.prune({ olderThanMs: T0 + 1_500, bytesMax: Number.MAX_SAFE_INTEGER });
        assert.deepEqual(store.query({}, { limit: 12, before: page.next! }).events, []);
      }),
    );

    test(
      'pruning by age deletes whole chunks that are older, and says how many events',
      withStore((store) => {
        const next = ids(10);
        const appended: CallEvent[] = [];
        for (let i = 0; i < 10; i++) {
          const batch = many(10, next, (j) => ({ timeMs: T0 + i * 1_000 + j }));
          appended.push(...batch);
          store.append(encodeEvents(batch));
        }
        assert.equal(store.stats().oldestMs, T0);
        assert.deepEqual(store.prune({ olderThanMs: T0 + 4_005, bytesMax: Number.MAX_SAFE_INTEGER }), {
          deletedEvents: 40,
        });
        assert.equal(store.stats().events, 60);
        assert.equal(store.stats().oldestMs, T0 + 4_000);
        assert.equal(store.find(appended[39]!.requestId), undefined);
        assert.deepEqual(store.find(appended[40]!.requestId), appended[40]);
        assert.deepEqual(readAll(store, {}, 100), appended.slice(40).reverse());
      }),
    );

    test(
      'pruning by bytes deletes the oldest first until the bound holds',
      withStore((store) => {
        const next = ids(11);
        const appended: CallEvent[] = [];
        for (let i = 0; i < 20; i++) {
          const batch = many(100, next, (j) => ({ timeMs: T0 + i * 1_000 + j, path: `/${'p'.repeat(900)}` }));
          appended.push(...batch);
          store.append(encodeEvents(batch));
        }
        const bytesMax = Math.floor(store.stats().bytes / 2);
        const { deletedEvents } = store.prune({ olderThanMs: 0, bytesMax });
        assert.ok(store.stats().bytes <= bytesMax);
        assert.ok(deletedEvents >= 900 && deletedEvents <= 1_200, `${deletedEvents}`);
        assert.equal(store.stats().events, 2_000 - deletedEvents);
        assert.deepEqual(readAll(store, {}, 5_000), appended.slice(deletedEvents).reverse());
        assert.deepEqual(store.prune({ olderThanMs: 0, bytesMax }), { deletedEvents: 0 });
        while (store.prune({ olderThanMs: 0, bytesMax: 0 }).deletedEvents > 0);
        assert.equal(store.stats().events, 0);
      }),
    );

    test(
      'bytes that are no whole records are refused as malformed and leave nothing behind',
      withStore((store) => {
        const good = encodeEvents(many(3, ids(12), () => ({})));
        for (const bytes of [good.subarray(0, good.length - 1), new Uint8Array(500), good.subarray(1)]) {
          assert.throws(
            () => store.append(bytes),
            (error) => error instanceof StoreError && error.code === 'malformed',
          );
        }
        assert.equal(store.stats().events, 0);
        assert.equal(store.query({}, { limit: 5 }).events.length, 0);
      }),
    );

    test(
      'the caller may reuse its buffer after an append',
      withStore((store) => {
        const event = sampleEvent({ requestId: ids(13)() });
        const bytes = encodeEvents([event]);
        store.append(bytes);
        bytes.fill(0);
        assert.deepEqual(store.find(event.requestId), event);
      }),
    );
  });
}

contract('events in memory', () => ({ store: new MemoryEventStore(), done: () => {} }));
contract('events in SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-events-'));
  return { store: openSqliteEventStore(join(folder, 'events.db')), done: () => rmSync(folder, { recursive: true }) };
});
