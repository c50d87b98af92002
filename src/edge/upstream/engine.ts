import type { Duplex, Readable } from 'node:stream';

/** One call to an upstream: everything is decided, the engine only carries it. */
export interface UpstreamCall {
  readonly method: string;
  readonly target: string;
  /** Flat list, lower-case names, `host` first; without framing, which is the engine's. */
  readonly headers: readonly string[];
  /** Undefined where there is no body. Consumed at most once. */
  readonly body: Readable | undefined;
  /** −1 where the length is not known. */
  readonly bodyBytes: number;
  /** To the head of the answer, from now on. */
  readonly headTimeoutMs: number;
  /** Between two pieces of the answer's body. */
  readonly bodyTimeoutMs: number;
  /** True: a WebSocket handshake. */
  readonly upgrade: boolean;
}

/** Told of the answer. After `onEnd`, `onError` or `onUpgrade` nothing more comes. */
export interface UpstreamHandler {
  /** Once per call, before anything else, with the means to slow it down or end it. */
  onStart(flow: UpstreamFlow): void;
  onHead(status: number, headers: readonly string[]): void;
  onData(chunk: Buffer): void;
  onEnd(trailers: readonly string[] | undefined): void;
  onError(error: UpstreamError): void;
  /** 101: the connection belongs to the handler now. `early` are bytes that came with the head. */
  onUpgrade(headers: readonly string[], socket: Duplex, early: Buffer): void;
}

export interface UpstreamFlow {
  pause(): void;
  resume(): void;
  /** Ends the call and its connection; no more of the handler is called. */
  abort(): void;
}

export type UpstreamErrorCode = 'unreachable' | 'timeout' | 'broken' | 'saturated' | 'body';

/** Why an answer did not come, or not to its end. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly code: UpstreamErrorCode;
  /** Whether any byte of the call may have reached the upstream. */
  readonly sent: boolean;

  constructor(code: UpstreamErrorCode, sent: boolean, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.sent = sent;
  }
}

/** Connections to one target. */
export interface UpstreamEngine {
  send(call: UpstreamCall, handler: UpstreamHandler): void;
  /** Lets calls in progress end, then closes every connection. */
  close(): void;
}
