import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import {
  type UpstreamCall,
  type UpstreamEngine,
  UpstreamError,
  type UpstreamFlow,
  type UpstreamHandler,
} from './engine.ts';
import { type ConnectionOwner, H1Connection } from './h1-connection.ts';

export interface H1EngineOptions {
  /** `http://`, `https://`, or `unix:` with the path of a socket. */
  readonly origin: string;
  readonly connectionsMax: number;
  readonly connectTimeoutMs: number;
  /** PEM of the authority for TLS targets; undefined: the system's. */
  readonly ca: Buffer | undefined;
}

/** Idle connections are given up sooner than common servers give theirs up (Node 5 s, others 60 s and more). */
const IDLE_MS = 4_000;
const SWEEP_MS = 250;
/** Calls that wait for a connection; more are refused rather than kept waiting behind a thousand others. */
const WAITING_MAX = 1_000;

/** A call that has no connection yet. */
class Waiting implements UpstreamFlow {
  readonly call: UpstreamCall;
  readonly handler: UpstreamHandler;
  readonly deadlineMs: number;
  ended = false;

  constructor(call: UpstreamCall, handler: UpstreamHandler, deadlineMs: number) {
    this.call = call;
    this.handler = handler;
    this.deadlineMs = deadlineMs;
  }

  pause(): void {}
  resume(): void {}
  abort(): void {
    this.ended = true;
  }
}

/** HTTP/1.1 connections to one target, plain or TLS, kept and used again. */
export class H1Engine implements UpstreamEngine, ConnectionOwner {
  readonly #options: H1EngineOptions;
  /** What `net` and `tls` connect to: host and port, or the path of a socket. */
  readonly #place: { readonly host: string; readonly port: number } | { readonly path: string };
  readonly #encrypted: boolean;
  /** The newest last: it is used first, so that the others can go. */
  readonly #idle: H1Connection[] = [];
  readonly #all = new Set<H1Connection>();
  #connecting = 0;
  #waiting: Waiting[] = [];
  readonly #sweep: NodeJS.Timeout;
  #closed = false;

  constructor(options: H1EngineOptions) {
    this.#options = options;
    const url = new URL(options.origin);
    this.#encrypted = url.protocol === 'https:';
    this.#place =
      url.protocol === 'unix:'
        ? { path: options.origin.slice('unix:'.length) }
        : {
            host: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
            port: url.port === '' ? (this.#encrypted ? 443 : 80) : Number(url.port),
          };
    this.#sweep = setInterval(() => this.#expire(), SWEEP_MS);
    this.#sweep.unref();
  }

  send(call: UpstreamCall, handler: UpstreamHandler): void {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      if (!connection.usable) continue;
      connection.send(call, handler);
      return;
    }
    if (this.#waiting.length >= WAITING_MAX) {
      handler.onError(new UpstreamError('saturated', false, 'too many calls wait for a connection'));
      return;
    }
    const waiting = new Waiting(call, handler, now() + call.headTimeoutMs);
    handler.onStart(waiting);
    if (waiting.ended) return;
    this.#waiting.push(waiting);
    if (this.#all.size + this.#connecting < this.#options.connectionsMax && this.#connecting < this.#waiting.length)
      this.#connect();
  }

  #connect(): void {
    this.#connecting++;
    const place = this.#place;
    const socket = this.#encrypted
      ? tls.connect({
          ...place,
          ALPNProtocols: ['http/1.1'],
          ...('host' in place && net.isIP(place.host) === 0 ? { servername: place.host } : {}),
          ...(this.#options.ca === undefined ? {} : { ca: this.#options.ca }),
        })
      : net.connect(place);
    socket.setNoDelay(true);
    const timer = setTimeout(
      () => socket.destroy(new Error('connecting took too long')),
      this.#options.connectTimeoutMs,
    );
    const failed = (error?: Error): void => {
      clearTimeout(timer);
      this.#connecting--;
      socket.destroy();
      this.#refuseOne(error);
    };
    let settled = false;
    const settle = (then: () => void): void => {
      if (settled) return;
      settled = true;
      socket.removeAllListeners('error').removeAllListeners('close');
      then();
    };
    socket.once('error', (error) => settle(() => failed(error)));
    socket.once('close', () => settle(() => failed()));
    socket.once(this.#encrypted ? 'secureConnect' : 'connect', () =>
      settle(() => {
        clearTimeout(timer);
        this.#connecting--;
        this.#adopt(socket);
      }),
    );
  }

  #adopt(socket: Socket): void {
    const connection = new H1Connection(socket, this, now);
    this.#all.add(connection);
    if (this.#closed) {
      connection.destroy();
      return;
    }
    this.onIdle(connection);
  }

  /** A connection that could not be made costs the call that has waited longest. */
  #refuseOne(cause: Error | undefined): void {
    const waiting = this.#nextWaiting();
    if (waiting === undefined) return;
    waiting.handler.onError(
      new UpstreamError('unreachable', false, 'no connection could be made', cause === undefined ? {} : { cause }),
    );
    if (this.#waiting.length > this.#connecting && this.#all.size + this.#connecting < this.#options.connectionsMax)
      this.#connect();
  }

  #nextWaiting(): Waiting | undefined {
    for (let waiting = this.#waiting.shift(); waiting !== undefined; waiting = this.#waiting.shift())
      if (!waiting.ended) return waiting;
    return undefined;
  }

  onIdle(connection: H1Connection): void {
    const waiting = this.#nextWaiting();
    if (waiting !== undefined) {
      connection.send(waiting.call, waiting.handler);
      return;
    }
    connection.idleSinceMs = now();
    if (this.#closed) connection.destroy();
    else this.#idle.push(connection);
  }

  onClosed(connection: H1Connection): void {
    this.#all.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at !== -1) this.#idle.splice(at, 1);
    if (this.#waiting.length > this.#connecting && this.#all.size + this.#connecting < this.#options.connectionsMax)
      this.#connect();
  }

  /** One timer for all connections: a timer per call would cost more than the look over a few hundred numbers. */
  #expire(): void {
    const time = now();
    if (this.#closed && this.#all.size === 0 && this.#waiting.length === 0) clearInterval(this.#sweep);
    for (const connection of this.#all) {
      if (connection.deadlineMs > 0) {
        if (connection.deadlineMs <= time) connection.expire();
      } else if (time - connection.idleSinceMs >= IDLE_MS) connection.destroy();
    }
    const late = this.#waiting.filter(({ deadlineMs, ended }) => !ended && deadlineMs <= time);
    if (late.length === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => !late.includes(waiting));
    for (const { handler } of late)
      handler.onError(new UpstreamError('timeout', false, 'no connection became free in time'));
  }

  close(): void {
    this.#closed = true;
    for (const connection of [...this.#idle]) connection.destroy();
  }
}

function now(): number {
  return performance.now();
}
