import type { CallEvent } from '../../src/core/event.ts';
import { decodeEvent } from '../../src/pipeline/event-codec.ts';
import { eventBytes } from '../../src/pipeline/event-layout.ts';
import { createEventRing, EventRingReader, EventRingWriter } from '../../src/pipeline/event-ring.ts';
import { RequestIdSource } from '../../src/pipeline/request-id.ts';

/*
 * What one recorded call costs: the data-plane thread (id, encode, publish) and the control plane (drain, decode).
 * Each figure is the median of several rounds; the canary is the number of events that came out at the other end.
 */
const EVENTS_PER_ROUND = 8_000;
const ROUNDS = 60;
const WARM_UP_ROUNDS = 20;

const USER_AGENTS = Array.from(
  { length: 16 },
  (_, i) => `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/13${i}.0.0.0 Safari/537.36`,
);
const trace = (['framing', 'admit', 'route', 'authenticate', 'authorise', 'limit'] as const).map(
  (stage, i) => ({ stage, kind: 'pass', micros: i * 3, enforced: true }) as const,
);

/** A fresh object with fresh strings per call, as the data plane makes one. */
function makeEvent(requestId: string, i: number): CallEvent {
  return {
    requestId,
    timeMs: 1_790_000_000_000 + i,
    method: 'GET',
    scheme: 'https',
    host: 'api.example.com',
    path: `/orders/${i}/items`,
    httpVersion: '1.1',
    address: `203.0.113.${i & 255}`,
    userAgent: USER_AGENTS[i & 15] ?? '',
    routeId: 'read-order',
    consumer: 'acme',
    credentialId: 'Ab3dEf6hIj9k',
    authenticator: 'keys',
    outcome: 'permitted',
    reason: '',
    detail: '',
    status: 200,
    durationMicros: 1_500 + i,
    upstreamMicros: 1_200,
    decisionMicros: 60,
    requestBytes: 0,
    responseBytes: 512 + i,
    error: '',
    trace,
    signals: [],
  };
}

const memory = createEventRing();
const writer = new EventRingWriter(memory);
const reader = new EventRingReader(memory);
const ids = new RequestIdSource({ bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) });
const samples = { id: [0], make: [0], publish: [0], drain: [0], decode: [0] };
const events: CallEvent[] = [];
let decodedEvents = 0;
let recordBytes = 0;

for (let round = 0; round < ROUNDS + WARM_UP_ROUNDS; round++) {
  const requestIds: string[] = [];
  const t0 = performance.now();
  for (let i = 0; i < EVENTS_PER_ROUND; i++) requestIds.push(ids.next());
  const t1 = performance.now();
  events.length = 0;
  for (let i = 0; i < EVENTS_PER_ROUND; i++) events.push(makeEvent(requestIds[i] ?? '', i));
  const t2 = performance.now();
  for (let i = 0; i < EVENTS_PER_ROUND; i++) writer.tryWrite(events[i]!);
  const t3 = performance.now();
  const drained = reader.drain(8 * 1024 * 1024);
  const t4 = performance.now();
  const source = eventBytes(drained);
  let count = 0;
  for (let at = 0; at < drained.length; ) {
    const decoded = decodeEvent(source, at);
    if (!decoded.ok) throw new Error(decoded.problem);
    count++;
    at = decoded.next;
  }
  const t5 = performance.now();
  if (round < WARM_UP_ROUNDS) continue;
  decodedEvents += count;
  recordBytes = drained.length / count;
  samples.id.push(t1 - t0);
  samples.make.push(t2 - t1);
  samples.publish.push(t3 - t2);
  samples.drain.push(t4 - t3);
  samples.decode.push(t5 - t4);
}

const expected = EVENTS_PER_ROUND * ROUNDS;
if (decodedEvents !== expected || reader.dropped !== 0) {
  throw new Error(`canary: ${decodedEvents} of ${expected} events came out, ${reader.dropped} dropped`);
}
const nanoseconds = (values: number[]): string => {
  const sorted = values.slice(1).sort((a, b) => a - b);
  return (((sorted[sorted.length >> 1] ?? 0) * 1e6) / EVENTS_PER_ROUND).toFixed(0).padStart(6);
};
console.log(`${nanoseconds(samples.id)} ns  request id`);
console.log(`${nanoseconds(samples.publish)} ns  encode and publish (data-plane thread)`);
console.log(`${nanoseconds(samples.drain)} ns  drain, per event (control plane)`);
console.log(`${nanoseconds(samples.decode)} ns  decode (only when read)`);
console.log(`${recordBytes.toFixed(0).padStart(6)} bytes per event; ${decodedEvents} events came out, none dropped`);
