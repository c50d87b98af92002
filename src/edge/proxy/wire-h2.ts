import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { constants } from 'node:http2';
import type { Duplex, Readable } from 'node:stream';
import type { RawHead } from '../../http/framing.ts';
import { peerOf } from './peer.ts';
import type { WireCall, WireListener } from './wire.ts';

/** One stream of an HTTP/2 client connection. */
export class H2Call implements WireCall {
  readonly head: RawHead;
  readonly body: Readable;
  readonly endsWithHead: boolean;
  listener: WireListener | undefined;
  readonly #request: Http2ServerRequest;
  readonly #response: Http2ServerResponse;
  #closed: boolean;

  constructor(request: Http2ServerRequest, response: Http2ServerResponse) {
    this.#request = request;
    this.#response = response;
    this.#closed = false;
    this.listener = undefined;
    this.head = {
      method: request.method,
      target: request.url,
      httpVersion: '2.0',
      rawHeaders: request.rawHeaders,
      encrypted: true,
      remoteAddress: request.socket.remoteAddress ?? '',
      peer: peerOf(request.stream.session?.socket),
    };
    // END_STREAM on the head means that no body follows (RFC 9113 §8.1).
    this.body = request;
    this.endsWithHead = request.stream.endAfterHeaders;
    response.on('close', () => this.#onClose());
    request.on('aborted', () => this.#onClose());
    // A reset stream emits an error after its close; what it means is already known then.
    request.on('error', ignore);
    response.on('error', ignore);
  }

  writeHead(status: number, _statusText: string, headers: string[]): void {
    if (this.#response.stream?.destroyed) return;
    this.#response.sendDate = false;
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i];
      const value = headers[i + 1];
      if (name === undefined || value === undefined) continue;
      this.#response.appendHeader(name, value);
    }
    this.#response.writeHead(status);
  }

  /** `writeHead` has sent it: HTTP/2 has no need to wait for a body. */
  flushHead(): void {}

  write(chunk: Uint8Array): boolean {
    if (this.#response.stream?.destroyed) return true;
    if (this.#response.write(chunk)) return true;
    this.#response.once('drain', () => this.listener?.onDrain());
    return false;
  }

  end(chunk: string | Buffer | undefined, trailers: readonly string[] | undefined): void {
    if (this.#response.stream?.destroyed) return;
    if (trailers !== undefined) {
      const fields: Record<string, string> = Object.create(null);
      for (let i = 0; i < trailers.length; i += 2) fields[trailers[i] ?? ''] = trailers[i + 1] ?? '';
      this.#response.addTrailers(fields);
    }
    if (chunk === undefined) this.#response.end();
    else this.#response.end(chunk);
  }

  /** Upgrades do not exist in HTTP/2 (RFC 9113 §8.6). */
  tunnel(_headers: readonly string[], upstream: Duplex): void {
    upstream.destroy();
    this.destroy();
  }

  continueBody(): void {}

  closeAfterResponse(): void {}

  destroy(): void {
    this.#request.stream?.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  #onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.listener?.onClosed(this.#response.writableEnded && !this.#request.aborted);
  }
}

function ignore(): void {}
