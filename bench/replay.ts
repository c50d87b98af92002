import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FromReplay, ReplayOrders } from '../src/cli/gateway/replay-thread.ts';
import type { CallEvent } from '../src/core/event.ts';
import type { CallProfile } from '../src/pipeline/call-profile.ts';
import { judgedBy } from '../src/pipeline/call-profile.ts';
import { createEventRing, EventRingReader, EventRingWriter } from '../src/pipeline/event-ring.ts';
import { fingerprintOf } from '../src/pipeline/fingerprint.ts';
import { RequestIdSource } from '../src/pipeline/request-id.ts';
import { openSqliteEventStore } from '../src/store/sqlite/event-store.ts';
import { configurationOf, snapshotData } from './micro/snapshot.ts';

/*
 * Judging stored calls anew: written through the event ring and the event store, read and judged on a thread of their own, as the
 * gateway does it. The canary: every hundredth call lacks a scope, and exactly these have to be newly denied.
 */
const CALLS = process.argv.includes('--short') ? 100_000 : 1_000_000;
const BATCH = 5_000;
const START_MS = 1_790_000_000_000;

const configuration = configurationOf(`version: 1
mode: enforce
upstreams: { api: { url: "http://127.0.0.1:3000" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - id: order
    match: { path: "/orders/{id}" }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { scopes: [read], when: "request.method == 'GET' || 'force' in query", deny: [{ name: lab, addresses: [198.51.100.0/24] }] }
    limits: [{ per: consumer, rate: 1000000/1m }]
`);
const data = snapshotData(configuration);
const limitKey = { hashKeyLo: 1, hashKeyHi: 2 };
const fingerprint = fingerprintOf(limitKey);
const judged = judgedBy(data, fingerprint);
const profileOf = (scopes: readonly string[]): CallProfile => ({
  version: 1,
  framing: judged.framing,
  proxies: judged.proxies,
  content: 0,
  rule: 'anyOf',
  asked: ['keys'],
  methods: { keys: [judged.methods.get('keys') ?? 0, true] },
  fields: {},
  principal: { method: 'api-key', binding: 'none', scopes, groups: [], tier: '', issuer: '', clientId: '', acr: '' },
});
const texts = [['read'], ['write']].map((scopes) => JSON.stringify(profileOf(scopes)));

const folder = mkdtempSync(join(tmpdir(), 'sallyport-replay-'));
try {
  const eventFile = join(folder, 'events.db');
  const store = openSqliteEventStore(eventFile);
  const ring = createEventRing();
  const writer = new EventRingWriter(ring);
  const reader = new EventRingReader(ring);
  const ids = new RequestIdSource({ bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) });
  const trace = (['framing', 'admit', 'route', 'authenticate', 'authorise', 'limit'] as const).map(
    (stage) => ({ stage, kind: 'pass', micros: 3, enforced: true }) as const,
  );
  const writeStart = performance.now();
  for (let i = 0; i < CALLS; i++) {
    const lacking = i % 100 === 0 ? 1 : 0;
    const text = texts[lacking] ?? '';
    const event: CallEvent = {
      requestId: ids.next(),
      timeMs: START_MS + i,
      method: 'GET',
      scheme: 'https',
      host: 'api.example.com',
      path: `/orders/${i % 5_000}`,
      httpVersion: '1.1',
      address: `203.0.113.${i & 255}`,
      userAgent: 'curl/8.9',
      routeId: 'order',
      consumer: `consumer-${i % 200}`,
      credentialId: 'Ab3dEf6hIj9k',
      authenticator: 'keys',
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
      trace,
      signals: [],
      facts: {
        pathAmbiguities: 0,
        pathWhole: true,
        bodyBytesDeclared: -1,
        authenticatedAtSeconds: 0,
        issuedAtSeconds: 0,
        subjectIsConsumer: true,
        subjectId: 0,
        profileId: fingerprint(`profile ${text}`),
        profileText: i % 10_000 <= 1 ? text : '',
      },
    };
    if (!writer.tryWrite(event)) throw new Error('the ring is full');
    if ((i + 1) % BATCH === 0) store.append(reader.drain(8 * 1024 * 1024));
  }
  store.append(reader.drain(8 * 1024 * 1024));
  const { bytes, events } = store.stats();
  store.close();
  console.log(`${events} calls written in ${seconds(writeStart)} s, ${Math.round(bytes / events)} bytes each`);

  const orders: ReplayOrders = {
    eventFile,
    data,
    inForce: data,
    limitKey,
    fromMs: 0,
    countFromMs: 0,
    routeId: undefined,
    path: undefined,
    callsMax: 5_000_000,
  };
  const replayStart = performance.now();
  const worker = new Worker(new URL('../src/cli/gateway/replay-thread.ts', import.meta.url), { workerData: orders });
  let mostBytes = 0;
  let ticks = 0;
  let longestGapMs = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    mostBytes = Math.max(mostBytes, process.memoryUsage.rss());
    longestGapMs = Math.max(longestGapMs, performance.now() - last);
    last = performance.now();
    ticks++;
  }, 20);
  const comparison = await new Promise<Extract<FromReplay, { type: 'done' }>['comparison']>((resolve, reject) => {
    worker.once('error', reject);
    worker.on('message', (message: FromReplay) => {
      if (message.type === 'done') resolve(message.comparison);
    });
  });
  clearInterval(timer);
  const { counts } = comparison;
  if (counts.newlyDenied !== CALLS / 100 || counts.unknown !== 0 || comparison.calls !== CALLS)
    throw new Error(`canary: ${JSON.stringify(counts)}`);
  console.log(
    `${comparison.calls} calls judged anew in ${seconds(replayStart)} s; ${counts.newlyDenied} newly denied, as planted`,
  );
  console.log(
    `at most ${Math.round(mostBytes / 1_048_576)} MiB; the other thread waited ${Math.round(longestGapMs)} ms at most over ${ticks} turns`,
  );
} finally {
  rmSync(folder, { recursive: true });
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1_000).toFixed(1);
}
