import assert from 'node:assert/strict';
import http from 'node:http';
import { afterEach, beforeEach, test } from 'node:test';
import type { CallEvent } from '../core/event.ts';
import { encodeEvents, sampleEvent } from '../pipeline/event-samples.test.ts';
import { MemoryEventStore } from '../store/memory/event-store.ts';
import { AdminServer } from './server.ts';
import type { AdminServices } from './services.ts';

const TOKEN = 'spadm_0123456789012345678901234567890123456789012';
const START_MS = 1_800_000_000_000;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let nowMs = START_MS;
let configuration: { version: number; refused: readonly { readonly message: string }[] };
let events: MemoryEventStore;
let listeners: Set<(encoded: Uint8Array) => void>;
let server: AdminServer;
let open: Stream[] = [];

beforeEach(async () => {
  nowMs = START_MS;
  configuration = { version: 1, refused: [] };
  events = new MemoryEventStore();
  listeners = new Set();
  const services = {
    clock: { nowMs: () => nowMs, monotonicMicros: () => 0 },
    logger: silent,
    events,
    configuration: () => configuration,
    flushEvents: () => Promise.resolve(),
    onEvents: (listener: (encoded: Uint8Array) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as AdminServices;
  server = await AdminServer.start({ host: '127.0.0.1', port: 0, token: TOKEN, services, logger: silent });
});
afterEach(async () => {
  for (const stream of open) stream.end();
  open = [];
  await server.close();
});

/** Calls are made: they are recorded, and the rings are emptied. */
function make(...calls: readonly Partial<CallEvent>[]): void {
  const encoded = encodeEvents(calls.map((call) => sampleEvent({ timeMs: nowMs, ...call })));
  events.append(encoded);
  for (const listener of listeners) listener(encoded);
}

class Stream {
  readonly response: http.IncomingMessage;
  #text = '';
  #wake: () => void = () => undefined;
  closed = false;

  constructor(response: http.IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (piece: string) => {
      this.#text += piece;
      this.#wake();
    });
    response.on('error', () => undefined);
    response.on('close', () => {
      this.closed = true;
      this.#wake();
    });
    open.push(this);
  }

  static async connect(query = '', headers: Record<string, string> = { authorization: `Bearer ${TOKEN}` }) {
    const url = `http://127.0.0.1:${server.port}/api/v1/stream${query}`;
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      http.get(url, { headers, agent: false }, resolve).on('error', reject);
    });
    const stream = new Stream(response);
    if (response.statusCode === 200) assert.match(await stream.next(), /^retry: 2000$/);
    return stream;
  }

  /** The next block that ends in an empty line. */
  async next(): Promise<string> {
    for (;;) {
      const at = this.#text.indexOf('\n\n');
      if (at >= 0) {
        const block = this.#text.slice(0, at);
        this.#text = this.#text.slice(at + 2);
        return block;
      }
      if (this.closed) throw new Error('the stream is over');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async calls(): Promise<{ id: string; ids: string[]; skipped: number }> {
    const [, id = '', data = '{}'] = /^id: (\d+)\nevent: calls\ndata: (.*)$/.exec(await this.next()) ?? assert.fail();
    const { calls, skipped } = JSON.parse(data) as { calls: { requestId: string }[]; skipped: number };
    return { id, ids: calls.map(({ requestId }) => requestId), skipped };
  }

  async end(): Promise<void> {
    this.response.destroy();
  }
}

test('calls are streamed as they are made, those of a filter alone where one is given', async () => {
  const [all, denied] = [await Stream.connect(), await Stream.connect('?outcome=denied&text=ORDERS')];
  make({ requestId: 'a' }, { requestId: 'b', outcome: 'denied' }, { requestId: 'c', outcome: 'denied', path: '/x' });
  assert.deepEqual(await all.calls(), { id: String(START_MS), ids: ['a', 'b', 'c'], skipped: 0 });
  assert.deepEqual((await denied.calls()).ids, ['b']);
  assert.equal((await Stream.connect('?outcome=nonsense')).response.statusCode, 400);
});

test('what was missed while the connection was broken is told after Last-Event-ID', async () => {
  make({ requestId: 'before', timeMs: nowMs - 60_000, durationMicros: 0 });
  make({ requestId: 'missed' }, { requestId: 'long', timeMs: nowMs - 30_000, durationMicros: 31_000_000 });
  nowMs += 2_000;
  const stream = await Stream.connect('', {
    authorization: `Bearer ${TOKEN}`,
    'last-event-id': String(START_MS - 1),
  });
  assert.deepEqual((await stream.calls()).ids.sort(), ['long', 'missed']);
  const strange = await Stream.connect('', { authorization: `Bearer ${TOKEN}`, 'last-event-id': 'x' });
  make({ requestId: 'new' });
  assert.deepEqual((await strange.calls()).ids, ['new']);
});

test('an event tells every ten seconds that the stream is alive', async () => {
  const stream = await Stream.connect();
  nowMs += 10_000;
  assert.equal(await stream.next(), 'event: alive\ndata: {}');
});

test('another configuration is told of, a file that does not load any more, and one that does again', async () => {
  const stream = await Stream.connect();
  for (const next of [
    { version: 2, refused: [] },
    { version: 2, refused: [{ message: 'no such file' }] },
    { version: 2, refused: [] },
  ]) {
    configuration = next;
    assert.equal(await stream.next(), 'event: configuration\ndata: {}');
  }
  make({ requestId: 'a' });
  assert.deepEqual((await stream.calls()).ids, ['a'], 'once each');
});

test('a stream ends with the session it was opened in, and does not keep it alive', async () => {
  const begin = async (): Promise<{ cookie: string; csrf: string }> => {
    const answer = await fetch(`http://127.0.0.1:${server.port}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: TOKEN }),
    });
    const { csrfToken } = (await answer.json()) as { csrfToken: string };
    return { cookie: (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '', csrf: csrfToken };
  };
  const { cookie, csrf } = await begin();
  const stream = await Stream.connect('', { cookie });
  make({ requestId: 'a' });
  assert.deepEqual((await stream.calls()).ids, ['a']);
  await fetch(`http://127.0.0.1:${server.port}/api/v1/session`, {
    method: 'DELETE',
    headers: { cookie, 'x-csrf-token': csrf, origin: `http://127.0.0.1:${server.port}` },
  });
  await assert.rejects(stream.next(), /over/);
  const idle = await Stream.connect('', { cookie: (await begin()).cookie });
  nowMs += 3_600_000;
  await assert.rejects(idle.next(), /over/);
});

test('nobody listens to calls where no stream is open, and no more than ten of one name are', async () => {
  assert.equal(listeners.size, 0);
  for (let i = 0; i < 10; i++) await Stream.connect();
  assert.equal((await Stream.connect()).response.statusCode, 503);
  assert.equal(listeners.size, 1);
});
