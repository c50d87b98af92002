import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type { RawHead } from '../../http/framing.ts';
import { peerOf } from './peer.ts';
import type { WireCall, WireListener } from './wire.ts';

type H1Response = ServerResponse & { wireCall?: H1Call };

/** One request of an HTTP/1 client connection. */
export class H1Call implements WireCall {
  readonly head: RawHead;
  readonly body: Readable;
  readonly endsWithHead: boolean;
  listener: WireListener | undefined;
  /** The call before it on its connection, while that is not finished. */
  previous: H1Call | undefined;
  readonly #request: IncomingMessage;
  readonly #response: H1Response;
  readonly #expectsContinue: boolean;

  constructor(request: IncomingMessage, response: ServerResponse, encrypted: boolean, expectsContinue: boolean) {
    this.#request = request;
    this.#response = response;
    this.#expectsContinue = expectsContinue;
    this.listener = undefined;
    this.previous = undefined;
    this.head = {
      method: request.method ?? '',
      target: request.url ?? '',
      httpVersion: request.httpVersion,
      rawHeaders: request.rawHeaders,
      encrypted,
      remoteAddress: request.socket.remoteAddress ?? '',
      peer: peerOf(request.socket),
    };
    this.body = request;
    this.endsWithHead = false;
    this.#response.wireCall = this;
    response.on('close', onClose);
  }

  /** True once the connection belongs to a tunnel, whose own end is then the end of the call. */
  get tunnelled(): boolean {
    return false;
  }

  /** True once the whole request has come. */
  get received(): boolean {
    return this.#request.complete;
  }

  /** Whether it is this call's turn to be answered, and nothing of the answer is sent. */
  get answerable(): boolean {
    return this.#response.socket !== null && !this.#response.headersSent;
  }

  get finished(): boolean {
    return this.#response.writableFinished || this.#response.destroyed;
  }

  writeHead(status: number, statusText: string, headers: string[]): void {
    this.#response.sendDate = false;
    this.#response.writeHead(status, statusText === '' ? (STATUS_CODES[status] ?? 'Unknown') : statusText, headers);
  }

  flushHead(): void {
    this.#response.flushHeaders();
  }

  write(chunk: Uint8Array): boolean {
    if (this.#response.write(chunk)) return true;
    this.#response.once('drain', onDrain);
    return false;
  }

  end(chunk: string | Buffer | undefined, _trailers: readonly string[] | undefined): void {
    if (chunk === undefined) this.#response.end();
    // As text, the engine joins it with the head and needs one system call for both.
    else this.#response.end(typeof chunk === 'string' ? chunk : chunk.toString('latin1'), 'latin1');
  }

  /** Only a call that asked for an upgrade can become a tunnel. */
  tunnel(
    _headers: readonly string[],
    upstream: Duplex,
    _early: Buffer,
    _counted: (up: number, down: number) => void,
  ): void {
    upstream.destroy();
    this.destroy();
  }

  continueBody(): void {
    if (this.#expectsContinue) this.#response.writeContinue();
  }

  closeAfterResponse(): void {
    this.#response.shouldKeepAlive = false;
  }

  destroy(): void {
    this.#request.socket.destroy();
  }

  /** The connection is gone; what was not sent by now never will be. */
  onSocketClosed(): void {
    if (!this.#response.writableFinished) this.listener?.onClosed(false);
  }
}

function onClose(this: H1Response): void {
  const call = this.wireCall;
  if (call === undefined) return;
  call.previous = undefined;
  if (!call.tunnelled) call.listener?.onClosed(this.writableFinished);
}

function onDrain(this: H1Response): void {
  this.wireCall?.listener?.onDrain();
}
