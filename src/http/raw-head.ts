import type { PeerCertificate } from '../core/call.ts';

/** A request head as a wire engine hands it over, before any judgement. */
export interface RawHead {
  readonly method: string;
  readonly target: string;
  /** `1.0`, `1.1`, `2.0`, or whatever the client wrote. */
  readonly httpVersion: string;
  /** Name, value, name, value as they came, without the white space around a value; HTTP/2 pseudo fields included. */
  readonly rawHeaders: readonly string[];
  readonly encrypted: boolean;
  readonly remoteAddress: string;
  /** Certificate of the client on this connection; the same object for every request on it. */
  readonly peer: PeerCertificate | undefined;
}
