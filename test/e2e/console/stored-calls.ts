import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallEvent } from '../../../src/core/event.ts';
import { createEventRing, EventRingReader, EventRingWriter } from '../../../src/pipeline/event-ring.ts';
import { RequestIdSource } from '../../../src/pipeline/request-id.ts';
import { openSqliteEventStore } from '../../../src/store/sqlite/event-store.ts';

const BATCH = 2_000;
/** The calls lie so far apart that 100,000 of them are less than an hour. */
const APART_MS = 30;

/**
 * A folder in which a gateway finds so many calls, the last of them just now; `change` says what is otherwise of a call.
 * Whoever asks for it removes it.
 */
export function folderWithCalls(count: number, change: (index: number) => Partial<CallEvent> = () => ({})): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'));
  mkdirSync(join(folder, 'data'));
  const store = openSqliteEventStore(join(folder, 'data', 'events.db'));
  const ring = createEventRing();
  const writer = new EventRingWriter(ring);
  const reader = new EventRingReader(ring);
  const ids = new RequestIdSource({ bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) });
  const startMs = Date.now() - count * APART_MS;
  for (let index = 0; index < count; index++) {
    const call = { ...storedCall(ids.next(), index, startMs + index * APART_MS), ...change(index) };
    if (!writer.tryWrite(call)) throw new Error('the ring is full');
    if ((index + 1) % BATCH === 0) store.append(reader.drain(8 * 1024 * 1024));
  }
  store.append(reader.drain(8 * 1024 * 1024));
  store.close();
  return folder;
}

function storedCall(requestId: string, index: number, timeMs: number): CallEvent {
  const isDenied = index % 10 === 0;
  return {
    requestId,
    timeMs,
    method: 'GET',
    scheme: 'http',
    host: 'api.example.com',
    path: `/orders/${index}`,
    httpVersion: '1.1',
    address: `203.0.113.${index & 255}`,
    userAgent: 'shop/4.2',
    routeId: 'orders',
    consumer: isDenied ? '' : `consumer-${index % 200}`,
    credentialId: isDenied ? '' : 'Ab3dEf6hIj9k',
    authenticator: isDenied ? '' : 'keys',
    outcome: isDenied ? 'denied' : 'permitted',
    reason: isDenied ? 'authn.missing' : '',
    detail: '',
    status: isDenied ? 401 : 200,
    durationMicros: 1_500,
    upstreamMicros: isDenied ? 0 : 1_200,
    decisionMicros: 60,
    requestBytes: 0,
    responseBytes: 512,
    error: '',
    trace: [],
    signals: [],
    facts: {
      pathAmbiguities: 0,
      pathWhole: true,
      bodyBytesDeclared: -1,
      authenticatedAtSeconds: 0,
      issuedAtSeconds: 0,
      subjectIsConsumer: true,
      subjectId: 0,
      profileId: 0,
      profileText: '',
    },
  };
}
