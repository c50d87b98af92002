import type { Duplex, Readable } from 'node:stream';
import type { RawHead } from '../../http/framing.ts';

/**
 * The seam between a wire engine and everything else: head in, body in, head out, body out.
 * An engine (node:http, node:http2) gives one `WireCall` per request; nothing outside the engines knows their types.
 */
export interface WireCall {
  readonly head: RawHead;
  /** The request body; ends at once where there is none. */
  readonly body: Readable;
  /** True: the engine itself knows that no body follows the head (HTTP/2 END_STREAM). */
  readonly endsWithHead: boolean;
  /** Told of what happens on the client's side; set before anything is written. */
  listener: WireListener | undefined;
  /** Sends the response head. `headers` is a flat list without connection-specific fields. */
  writeHead(status: number, statusText: string, headers: string[]): void;
  /** Sends a head that has no body behind it yet. */
  flushHead(): void;
  /** Answers false where the client does not keep up; `onDrain` follows. */
  write(chunk: Uint8Array): boolean;
  /** Ends the response; trailers reach HTTP/2 clients only. */
  end(chunk: string | Buffer | undefined, trailers: readonly string[] | undefined): void;
  /** Answers 101 and joins the client with the upstream, whose first bytes may have come already (`early`); `counted` gets the bytes of both directions at the end. */
  tunnel(
    headers: readonly string[],
    upstream: Duplex,
    early: Buffer,
    counted: (up: number, down: number) => void,
  ): void;
  /** Lets the client send its body (`Expect: 100-continue`); no effect where it did not ask. */
  continueBody(): void;
  /** Nothing more is taken from this connection once the response is sent. */
  closeAfterResponse(): void;
  /** Kills the connection (HTTP/1) or the stream (HTTP/2) at once. */
  destroy(): void;
}

export interface WireListener {
  /** The client broke the framing of a body that was already on its way, or took too long over it. Answers the call's id. */
  onBroken(reason: 'framing.body' | 'framing.timeout'): string;
  /** The client reads again. */
  onDrain(): void;
  /** The response is fully handed to the operating system (`complete`), or the client is gone. Called once. */
  onClosed(complete: boolean): void;
}
