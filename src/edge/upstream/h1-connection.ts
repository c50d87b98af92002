import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { type UpstreamCall, UpstreamError, type UpstreamFlow, type UpstreamHandler } from './engine.ts';
import { BodyReader } from './h1-body.ts';
import { parseHead } from './h1-head.ts';

const HEAD_BYTES_MAX = 65_536;
/** Interim answers (1xx) before the real one. */
const INTERIM_MAX = 8;
const EMPTY = Buffer.alloc(0);

/** What a connection tells the pool it belongs to. */
export interface ConnectionOwner {
  /** The connection has answered completely and can take another call. */
  onIdle(connection: H1Connection): void;
  onClosed(connection: H1Connection): void;
}

/**
 * One HTTP/1.1 connection to an upstream, one call at a time: never pipelined, so that a broken answer can only be its
 * own call's. Bytes that come when no answer is due, or behind one, end the connection.
 */
export class H1Connection implements UpstreamFlow {
  /** Monotonic milliseconds by which something has to come; 0 while idle. */
  deadlineMs = 0;
  idleSinceMs = 0;
  /** Calls this connection has answered before the present one. */
  served = 0;
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #now: () => number;
  #call: UpstreamCall | undefined = undefined;
  #handler: UpstreamHandler | undefined = undefined;
  #head: Buffer = EMPTY;
  #body: BodyReader | undefined = undefined;
  #persistent = false;
  #interim = 0;
  #answering = false;
  #bodySent = true;
  #bodyBytesSent = 0;

  constructor(socket: Socket, owner: ConnectionOwner, now: () => number) {
    this.#socket = socket;
    this.#owner = owner;
    this.#now = now;
    socket.on('data', (piece: Buffer) => this.#onData(piece));
    socket.on('end', () => this.#onEnd());
    socket.on('error', (error) => this.#fail('broken', 'the connection failed', error));
    socket.on('close', () => {
      this.#fail('broken', 'the connection was closed');
      owner.onClosed(this);
    });
    socket.on('drain', () => this.#call?.body?.resume());
  }

  get usable(): boolean {
    return !this.#socket.destroyed && this.#socket.writable && this.#handler === undefined;
  }

  send(call: UpstreamCall, handler: UpstreamHandler): void {
    this.#call = call;
    this.#handler = handler;
    this.#answering = false;
    this.#interim = 0;
    this.deadlineMs = this.#now() + call.headTimeoutMs;
    handler.onStart(this);
    // The handler may have ended the call before it began.
    if (this.#handler !== handler) return;
    const { body } = call;
    let head = `${call.method} ${call.target} HTTP/1.1\r\n`;
    const { headers } = call;
    for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
    if (call.upgrade) head += 'connection: upgrade\r\nupgrade: websocket\r\n';
    else if (body !== undefined)
      head += call.bodyBytes >= 0 ? `content-length: ${call.bodyBytes}\r\n` : 'transfer-encoding: chunked\r\n';
    else if (declaresEmptyBody(call.method)) head += 'content-length: 0\r\n';
    this.#socket.write(`${head}\r\n`, 'latin1');
    if (body !== undefined) this.#sendBody(body, call.bodyBytes);
  }

  // ---- the request's body

  #sendBody(body: Readable, declared: number): void {
    this.#bodySent = false;
    this.#bodyBytesSent = 0;
    const handler = this.#handler;
    const socket = this.#socket;
    body.on('data', (piece: Buffer) => {
      if (this.#handler !== handler) return;
      this.#bodyBytesSent += piece.length;
      if (declared >= 0) {
        if (this.#bodyBytesSent > declared) {
          this.#fail('body', 'the body is longer than declared');
          return;
        }
        if (!socket.write(piece)) body.pause();
        return;
      }
      if (piece.length === 0) return;
      socket.cork();
      socket.write(`${piece.length.toString(16)}\r\n`, 'latin1');
      socket.write(piece);
      const room = socket.write('\r\n', 'latin1');
      socket.uncork();
      if (!room) body.pause();
    });
    body.on('end', () => {
      if (this.#handler !== handler) return;
      if (declared >= 0 && this.#bodyBytesSent !== declared) {
        this.#fail('body', 'the body is shorter than declared');
        return;
      }
      if (declared < 0) socket.write('0\r\n\r\n', 'latin1');
      this.#bodySent = true;
    });
    const broken = (error?: Error): void => {
      if (this.#handler === handler && !this.#bodySent) this.#fail('body', 'the body broke off', error);
    };
    body.on('error', broken);
    body.on('close', () => broken());
    if (body.destroyed && !body.readableEnded) broken();
    // One that was looked at and put back stands still, which listening alone does not end.
    else body.resume();
  }

  // ---- the answer

  #onData(piece: Buffer): void {
    if (this.#handler === undefined) {
      // Nobody asked: whatever this is, it must not become the answer to the next call.
      this.#socket.destroy();
      return;
    }
    if (this.#body !== undefined) {
      this.#readBody(piece);
      return;
    }
    const bytes = this.#head.length === 0 ? piece : Buffer.concat([this.#head, piece]);
    const end = bytes.indexOf('\r\n\r\n');
    if (end === -1) {
      this.#head = bytes;
      if (bytes.length > HEAD_BYTES_MAX) this.#fail('broken', 'the head is too large');
      return;
    }
    this.#head = EMPTY;
    this.#readHead(bytes.toString('latin1', 0, end), bytes.subarray(end + 4));
  }

  #readHead(text: string, rest: Buffer): void {
    const call = this.#call;
    const handler = this.#handler;
    if (call === undefined || handler === undefined) return;
    const head = text.length > HEAD_BYTES_MAX ? TOO_LARGE : parseHead(text, call.method);
    if (!head.ok) {
      this.#fail('broken', head.problem);
      return;
    }
    if (head.status === 101) {
      if (!call.upgrade) this.#fail('broken', 'the upstream switched protocols unasked');
      else this.#handOver(handler, head.headers, rest);
      return;
    }
    if (head.status < 200) {
      if (++this.#interim > INTERIM_MAX) this.#fail('broken', 'there are too many interim answers');
      else if (rest.length > 0) this.#onData(rest);
      return;
    }
    this.#answering = true;
    this.#persistent = head.persistent && !call.upgrade;
    this.deadlineMs = this.#now() + call.bodyTimeoutMs;
    handler.onHead(head.status, head.headers);
    if (head.framing === 'none') this.#complete(rest);
    else {
      this.#body = new BodyReader(head.framing, head.length, (piece) => this.#handler?.onData(piece));
      if (rest.length > 0) this.#readBody(rest);
    }
  }

  #readBody(piece: Buffer): void {
    const reader = this.#body;
    if (reader === undefined) return;
    this.deadlineMs = this.#now() + (this.#call?.bodyTimeoutMs ?? 0);
    const step = reader.read(piece);
    if (step === 'broken') this.#fail('broken', 'the body breaks its framing');
    else if (step === 'end') this.#complete(reader.rest);
  }

  #complete(rest: Buffer): void {
    const handler = this.#handler;
    if (handler === undefined) return;
    // An answer before the end of the request, or bytes behind it: the next call could be taken for part of this one.
    const reusable = this.#persistent && this.#bodySent && rest.length === 0;
    this.#forget();
    if (!reusable) this.#socket.destroy();
    handler.onEnd(undefined);
    if (!reusable) return;
    if (this.#socket.isPaused()) this.#socket.resume();
    this.served++;
    this.idleSinceMs = this.#now();
    this.#owner.onIdle(this);
  }

  #onEnd(): void {
    if (this.#body?.endsWithConnection === true) this.#complete(EMPTY);
    else this.#fail('broken', 'the connection ended within the answer');
    this.#socket.destroy();
  }

  #handOver(handler: UpstreamHandler, headers: readonly string[], early: Buffer): void {
    this.#forget();
    this.#socket
      .removeAllListeners('data')
      .removeAllListeners('end')
      .removeAllListeners('error')
      .removeAllListeners('drain');
    handler.onUpgrade(headers, this.#socket, early);
  }

  // ---- ends

  /** The time that was given for something to come is over. */
  expire(): void {
    if (this.#handler === undefined) this.#socket.destroy();
    else this.#fail('timeout', this.#answering ? 'the body stalled' : 'no answer in time');
  }

  #fail(code: 'broken' | 'timeout' | 'body', message: string, cause?: Error): void {
    const handler = this.#handler;
    this.#forget();
    this.#socket.destroy();
    handler?.onError(new UpstreamError(code, true, message, cause === undefined ? {} : { cause }));
  }

  #forget(): void {
    this.#call = undefined;
    this.#handler = undefined;
    this.#body = undefined;
    this.#head = EMPTY;
    this.deadlineMs = 0;
  }

  // ---- flow

  pause(): void {
    this.#socket.pause();
    // A slow reader is the client's affair and has a time limit of its own.
    this.deadlineMs = Number.POSITIVE_INFINITY;
  }

  resume(): void {
    if (this.#handler === undefined) return;
    this.deadlineMs = this.#now() + (this.#call?.bodyTimeoutMs ?? 0);
    this.#socket.resume();
  }

  abort(): void {
    this.#forget();
    this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

const TOO_LARGE = { ok: false, problem: 'the head is too large' } as const;

/** Methods whose missing body some servers wait for unless told that it is empty (RFC 9110 §8.6). */
function declaresEmptyBody(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}
