/**
 * How soon a denied call is on the stream of the admin port, while 5,000 calls a second are made:
 * `scripts/node bench/admin-stream.ts`, twelve seconds; `--short` for three. Calls are written into a ring as a data-plane thread
 * writes them; event writer, SQLite store, admin server and socket are the real ones, in this one process, so that what
 * makes the calls takes its time from what is measured. Proves that every denied call arrived, and that what did not fit was counted.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdminServer } from '../src/admin/server.ts';
import type { AdminServices } from '../src/admin/services.ts';
import type { CallEvent } from '../src/core/event.ts';
import { createEventRing, EventRingReader, EventRingWriter } from '../src/pipeline/event-ring.ts';
import { EventWriter } from '../src/store/event-writer.ts';
import { openSqliteEventStore } from '../src/store/sqlite/event-store.ts';
import { median } from './micro/authentication.ts';

const CALLS_PER_SECOND = 5_000;
const TURN_MS = 10;
const DENIED_EVERY_MS = 100;
const TOKEN = 'spadm_0123456789012345678901234567890123456789012';
const silent = { debug() {}, info() {}, warn() {}, error() {} };

interface Streamed {
  readonly calls: readonly { readonly requestId: string; readonly timeMs: number; readonly outcome: string }[];
  readonly skipped: number;
}

export interface StreamFigures {
  readonly made: number;
  readonly madePerSecond: number;
  readonly denied: number;
  /** Milliseconds from the call to its arrival at the reader. */
  readonly latenciesMs: readonly number[];
  readonly shown: number;
  readonly skipped: number;
}

export async function measureStream(seconds: number): Promise<StreamFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-stream-'));
  const events = openSqliteEventStore(join(folder, 'events.db'));
  const clock = { nowMs: () => Date.now(), monotonicMicros: () => performance.now() * 1000 };
  const listeners = new Set<(encoded: Uint8Array) => void>();
  const ring = createEventRing();
  const writer = new EventWriter({
    rings: [new EventRingReader(ring)],
    store: events,
    clock,
    logger: silent,
    retention: () => ({ retainMs: 86_400_000, bytesMax: 1e9 }),
    observe: (encoded) => {
      for (const listener of listeners) listener(encoded);
    },
  });
  writer.start();
  const services = {
    clock,
    logger: silent,
    events,
    flushEvents: () => writer.flush(),
    onEvents: (listener: (encoded: Uint8Array) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as unknown as AdminServices;
  const server = await AdminServer.start({ host: '127.0.0.1', port: 0, token: TOKEN, services, logger: silent });
  const latenciesMs: number[] = [];
  let shown = 0;
  let skipped = 0;
  const response = await open(server.port, ({ calls, skipped: left }) => {
    shown += calls.length;
    skipped += left;
    for (const { outcome, timeMs } of calls) if (outcome === 'denied') latenciesMs.push(Date.now() - timeMs);
  });
  const { made, denied, tookMs } = await makeCalls(new EventRingWriter(ring), seconds);
  const giveUpAt = Date.now() + 5_000;
  while (shown + skipped < made && Date.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 50));
  response.destroy();
  await server.close();
  await writer.close();
  events.close();
  rmSync(folder, { recursive: true });
  return { made, madePerSecond: Math.round(made / (tookMs / 1000)), denied, latenciesMs, shown, skipped };
}

async function makeCalls(ring: EventRingWriter, seconds: number) {
  const beganAt = Date.now();
  let made = 0;
  let denied = 0;
  while (Date.now() - beganAt < seconds * 1000) {
    const wanted = ((Date.now() - beganAt) / 1000) * CALLS_PER_SECOND;
    while (made < wanted) {
      const isDenied = (Date.now() - beganAt) / DENIED_EVERY_MS > denied;
      ring.tryWrite(eventOf(made++, isDenied));
      if (isDenied) denied++;
    }
    await new Promise((resolve) => setTimeout(resolve, TURN_MS));
  }
  return { made, denied, tookMs: Date.now() - beganAt };
}

function open(port: number, take: (streamed: Streamed) => void): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    http
      .get({ host: '127.0.0.1', port, path: '/api/v1/stream', headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('error', () => undefined);
        response.on('data', (piece: string) => {
          text += piece;
          for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n')) {
            const [, data] = /^data: (.*)$/m.exec(text.slice(0, at)) ?? [];
            text = text.slice(at + 2);
            if (data !== undefined) take(JSON.parse(data) as Streamed);
          }
        });
        resolve(response);
      })
      .on('error', reject);
  });
}

function eventOf(i: number, isDenied: boolean): CallEvent {
  return {
    requestId: `01kabcdefghjkmnp${String(i).padStart(8, '0')}`,
    timeMs: Date.now(),
    method: 'GET',
    scheme: 'https',
    host: 'api.example.com',
    path: `/orders/${i}`,
    httpVersion: '1.1',
    address: `203.0.113.${i & 63}`,
    userAgent: 'orders-client/1',
    routeId: 'read-order',
    consumer: 'acme',
    credentialId: 'key000000001',
    authenticator: 'keys',
    outcome: isDenied ? 'denied' : 'permitted',
    reason: isDenied ? 'authz.scope' : '',
    detail: '',
    status: isDenied ? 403 : 200,
    durationMicros: 900,
    upstreamMicros: 700,
    decisionMicros: 60,
    requestBytes: 0,
    responseBytes: 512,
    error: '',
    trace: [],
    signals: [],
  };
}

if (import.meta.main) {
  const figures = await measureStream(process.argv.includes('--short') ? 3 : 12);
  const { made, madePerSecond, denied, latenciesMs, shown, skipped } = figures;
  const sorted = latenciesMs.toSorted((one, other) => one - other);
  const at = (share: number): string => String(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
  console.log(`${madePerSecond} calls/s were made, ${denied} of ${made} denied`);
  console.log(
    `${String(median(sorted))} ms median, ${at(0.99)} ms p99, ${at(1)} ms at most, until a denied call was read`,
  );
  console.log(`${shown} shown, ${skipped} counted as left out, ${made - shown - skipped} lost`);
  if (latenciesMs.length !== denied || shown + skipped !== made) {
    console.error('a denied call did not arrive, or a call was neither shown nor counted');
    process.exitCode = 1;
  }
}
