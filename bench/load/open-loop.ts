import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { AnswerReader } from './answer-reader.ts';
import { Histogram } from './histogram.ts';

/**
 * Sends requests at a constant rate, whatever the answers do, and measures each from the moment it was due.
 * A closed loop (wrk, ab, hey) waits for the slow answer before it sends the next request and so never sees those that
 * would have queued behind it (coordinated omission); here they queue and their waiting counts.
 *
 * Runs as a process of its own: `open-loop.ts --port N --path P --rate R --seconds S --connections C --header 'a: b'`.
 * Prints one JSON object.
 */
export interface OpenLoopResult {
  readonly rate: number;
  readonly requests: number;
  /** Answers other than 2xx. */
  readonly refused: number;
  /** Due within the run and still without an answer two seconds after its end. */
  readonly unfinished: number;
  readonly p50Micros: number;
  readonly p90Micros: number;
  readonly p99Micros: number;
  readonly p999Micros: number;
  readonly maxMicros: number;
  /** How late requests went out for which a connection was free: the generator's own share in the latencies. */
  readonly generatorLateP99Micros: number;
}

export interface OpenLoopOptions {
  readonly port: number;
  readonly path: string;
  readonly rate: number;
  readonly seconds: number;
  readonly connections: number;
  readonly headers: readonly string[];
}

const GRACE_MICROS = 2_000_000;

/** Runs the load to its end; rejects where a connection breaks, since a figure from fewer connections says nothing. */
export async function openLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  const request = Buffer.from(
    [`GET ${options.path} HTTP/1.1`, `host: 127.0.0.1:${options.port}`, ...options.headers, '', ''].join('\r\n'),
  );
  const latencies = new Histogram();
  const lateness = new Histogram();
  const sockets: net.Socket[] = [];
  /** Connections without a request under way; the one used last is used first, as pools do. */
  const idle: number[] = [];
  const dueMicros = new Float64Array(options.connections);
  const gapMicros = 1_000_000 / options.rate;
  const planned = Math.floor(options.rate * options.seconds);
  let sent = 0;
  let answered = 0;
  let refused = 0;
  let startMicros = 0;
  let broken: Error | undefined;

  const fail = (fault: Error): void => {
    broken ??= fault;
  };
  const sendDue = (connectionWasFree: boolean): void => {
    const now = nowMicros();
    while (sent < planned && idle.length > 0) {
      const due = startMicros + sent * gapMicros;
      if (due > now) return;
      const connection = idle.pop()!;
      // What the generator itself is late by is no latency of the system; waiting for a free connection is.
      dueMicros[connection] = connectionWasFree ? now : due;
      if (connectionWasFree) lateness.record(now - due);
      sent++;
      sockets[connection]!.write(request);
    }
  };
  const onAnswer = (connection: number, status: number): void => {
    latencies.record(nowMicros() - dueMicros[connection]!);
    if (status < 200 || status > 299) refused++;
    answered++;
    // A request that waited for a connection goes out at once, not with the next turn; its waiting is the system's.
    const connectionWasFree = idle.length > 0;
    idle.push(connection);
    sendDue(connectionWasFree);
  };

  try {
    for (let i = 0; i < options.connections; i++) {
      sockets.push(await connect(options.port, i, onAnswer, fail));
      idle.push(i);
    }
    startMicros = nowMicros() + 10_000;
    await new Promise<void>((resolve) => {
      const turn = (): void => {
        const now = nowMicros();
        sendDue(idle.length > 0);
        const over = now - startMicros > options.seconds * 1_000_000 + GRACE_MICROS;
        if (broken !== undefined || (answered === planned && sent === planned) || over) resolve();
        // Sleeping leaves the processor to the upstream, which shares it; polling would make it wait for its turn.
        else setTimeout(turn, 1);
      };
      turn();
    });
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  if (broken !== undefined) throw broken;
  return {
    rate: options.rate,
    requests: answered,
    refused,
    unfinished: planned - answered,
    p50Micros: latencies.quantile(0.5),
    p90Micros: latencies.quantile(0.9),
    p99Micros: latencies.quantile(0.99),
    p999Micros: latencies.quantile(0.999),
    maxMicros: latencies.max,
    generatorLateP99Micros: lateness.quantile(0.99),
  };
}

function connect(
  port: number,
  connection: number,
  onAnswer: (connection: number, status: number) => void,
  onFault: (fault: Error) => void,
): Promise<net.Socket> {
  const reader = new AnswerReader();
  const buffer = Buffer.alloc(16_384);
  return new Promise((resolve, reject) => {
    const socket = net.connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      // One buffer per connection for its whole life: the generator must not spend its time in garbage collection.
      onread: {
        buffer,
        callback: (bytes) => {
          try {
            if (reader.push(buffer.subarray(0, bytes))) onAnswer(connection, reader.status);
          } catch (fault) {
            onFault(fault instanceof Error ? fault : new Error(String(fault)));
          }
          return true;
        },
      },
    });
    socket.once('connect', () => resolve(socket));
    socket.on('error', (fault) => {
      reject(fault);
      onFault(fault);
    });
    socket.on('end', () => onFault(new Error('the server closed a kept-alive connection')));
  });
}

function nowMicros(): number {
  return performance.now() * 1000;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      path: { type: 'string', default: '/' },
      rate: { type: 'string' },
      seconds: { type: 'string' },
      connections: { type: 'string', default: '32' },
      header: { type: 'string', multiple: true, default: [] },
    },
  });
  const result = await openLoop({
    port: Number(values.port),
    path: values.path,
    rate: Number(values.rate),
    seconds: Number(values.seconds),
    connections: Number(values.connections),
    headers: values.header,
  });
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
