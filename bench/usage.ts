/**
 * What counting the use of keys costs: `scripts/node bench/usage.ts`, some seconds; `--short` for less. No call waits for the
 * counting: its record carries the key's id, address, user agent and route, and the control plane reads them as the record
 * leaves the ring. On the data plane it costs, at most, those fields in the record: written with them and without, round
 * about, medians over rounds. What the control plane does for each record is printed beside it.
 * Proves that every call was counted, and none of those without a key.
 */
import { performance } from 'node:perf_hooks';
import type { CallEvent } from '../src/core/event.ts';
import { eventLength } from '../src/pipeline/event-codec.ts';
import { eventBytes } from '../src/pipeline/event-layout.ts';
import { createEventRing, EventRingReader, EventRingWriter } from '../src/pipeline/event-ring.ts';
import { emptyEventUsage, readEventUsage } from '../src/pipeline/event-usage.ts';
import { memoryControlStore } from '../src/store/memory/control-store.ts';
import { KeyUsageCounter } from '../src/tokens/key-usage.ts';
import { median } from './micro/authentication.ts';

const EVENTS_PER_ROUND = 4_000;
const KEYS = 100;
const DRAIN_BYTES_MAX = 8 * 1024 * 1024;
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const USER_AGENTS = Array.from({ length: 16 }, (_, i) => `orders-client/1.${i} (linux; node 24)`);

/** As a call that was let through is recorded; fresh texts, as the data plane makes them. */
function eventOf(i: number, withUsage: boolean): CallEvent {
  return {
    requestId: `01kabcdefghjkmnp${String(i).padStart(8, '0')}`,
    timeMs: 1_790_000_000_000 + i,
    method: 'GET',
    scheme: 'https',
    host: 'api.example.com',
    path: `/orders/${i}/items`,
    httpVersion: '1.1',
    address: withUsage ? `203.0.113.${i & 63}` : '',
    userAgent: withUsage ? (USER_AGENTS[i & 15] ?? '') : '',
    routeId: withUsage ? 'read-order' : '',
    consumer: 'acme',
    credentialId: withUsage ? `key${String(i % KEYS).padStart(9, '0')}` : '',
    authenticator: withUsage ? 'keys' : '',
    outcome: 'permitted',
    reason: '',
    detail: '',
    status: 200,
    durationMicros: 1_500,
    upstreamMicros: 1_200,
    decisionMicros: 60,
    requestBytes: 0,
    responseBytes: 512,
    error: '',
    trace: [],
    signals: [],
  };
}

export interface UsageCost {
  /** Nanoseconds of the data plane for one record, with what usage needs and without. */
  readonly withNanos: number;
  readonly withoutNanos: number;
  /** Nanoseconds of the control plane for reading and counting one record. */
  readonly countNanos: number;
  readonly countedCalls: number;
}

/** Measures; throws where a call was not counted. */
export async function measureUsage(rounds: number): Promise<UsageCost> {
  const memory = createEventRing();
  const [writer, reader] = [new EventRingWriter(memory), new EventRingReader(memory)];
  const { usage } = memoryControlStore();
  const counter = new KeyUsageCounter(usage, silent);
  const samples = { with: [] as number[], without: [] as number[], count: [] as number[] };
  const warmUp = Math.ceil(rounds / 4);
  for (let round = 0; round < rounds + warmUp; round++)
    // Each goes first as often as the other.
    for (const withUsage of round % 2 === 0 ? [true, false] : [false, true]) {
      const events = Array.from({ length: EVENTS_PER_ROUND }, (_, i) => eventOf(i, withUsage));
      const startedAt = performance.now();
      for (const event of events) if (!writer.tryWrite(event)) throw new Error('canary: the ring was full');
      const writtenAt = performance.now();
      const drained = reader.drain(DRAIN_BYTES_MAX);
      const readAt = performance.now();
      const counted = countAll(drained, counter);
      const countedAt = performance.now();
      if (counted !== (withUsage ? EVENTS_PER_ROUND : 0)) throw new Error(`canary: ${counted} calls were counted`);
      if (round < warmUp) continue;
      (withUsage ? samples.with : samples.without).push(((writtenAt - startedAt) * 1e6) / EVENTS_PER_ROUND);
      if (withUsage) samples.count.push(((countedAt - readAt) * 1e6) / EVENTS_PER_ROUND);
    }
  await counter.flushAll();
  const totals = await usage.totals(Array.from({ length: KEYS }, (_, i) => `key${String(i).padStart(9, '0')}`));
  const countedCalls = totals.reduce((sum, { calls }) => sum + calls, 0);
  const expected = EVENTS_PER_ROUND * (rounds + warmUp);
  if (countedCalls !== expected) throw new Error(`canary: ${countedCalls} of ${expected} calls are stored`);
  return {
    withNanos: median(samples.with),
    withoutNanos: median(samples.without),
    countNanos: median(samples.count),
    countedCalls,
  };
}

function countAll(drained: Uint8Array, counter: KeyUsageCounter): number {
  const source = eventBytes(drained);
  const read = emptyEventUsage();
  let counted = 0;
  for (let at = 0; ; ) {
    const length = eventLength(source, at);
    if (length === 0) return counted;
    if (readEventUsage(source, at, read) && read.credentialId !== '') {
      counter.count(read);
      counted++;
    }
    at += length;
  }
}

if (import.meta.main) {
  const cost = await measureUsage(process.argv.includes('--short') ? 20 : 100);
  const text = (nanos: number): string => `${nanos.toFixed(0).padStart(6)} ns`;
  console.log(`${text(cost.withNanos)}  data plane, one record with key, address, agent and route`);
  console.log(`${text(cost.withoutNanos)}  data plane, the same without them`);
  console.log(`${text(cost.withNanos - cost.withoutNanos)}  so counting costs a call at most (wanted: 1,000 ns)`);
  console.log(`${text(cost.countNanos)}  control plane, reading and counting one record`);
  console.log(`${cost.countedCalls} calls were counted, none was lost`);
}
