import type { ReasonCode } from './reasons.ts';

/**
 * Header fields as one flat list: lower-case name, value, lower-case name, value, in order of arrival.
 * A list and not a map, so that a repeated field can never be hidden and nothing is allocated to look one up.
 */
export type HeaderFields = readonly string[];

/** How the body is delimited on the wire. HTTP/2 bodies count as `length` where a length was declared, else `chunked`. */
export type BodyFraming = 'none' | 'length' | 'chunked';

/**
 * A client address after `trustedProxies` have been applied.
 * `text` is the canonical address (IPv4-mapped IPv6 is written as IPv4);
 * `group` is what is counted: the address itself for IPv4, the /64 prefix for IPv6.
 */
export interface ClientAddress {
  readonly text: string;
  readonly group: string;
}

/**
 * The certificate a client proved to hold in the TLS handshake of this connection. One object per connection, so that
 * what is derived from it can be remembered by it.
 */
export interface PeerCertificate {
  /** DER of the leaf. */
  readonly der: Uint8Array;
  /** Empty where the chain was verified against the listener's client authorities, else OpenSSL's error code. */
  readonly chainError: string;
}

/** A body that was read whole before the decision. */
export type CollectedBody =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  | { readonly kind: 'tooLarge' }
  /** The gateway holds as many bodies as it may. */
  | { readonly kind: 'busy' }
  /** It did not come whole in the time it was waited for. */
  | { readonly kind: 'slow' }
  | { readonly kind: 'broken' };

/** The body of a call, for the methods that cannot decide without it. */
export interface BodySource {
  /**
   * Reads the whole body, at most `bytesMax` bytes of it. Asked again, it answers the same. What was read is forwarded
   * from memory. A value where nothing has to be waited for. With `withinMs` it gives up after that time, and the body can
   * be forwarded as it comes. It is held in the room of the consumer, where one is named, else in that of the address.
   */
  collect(bytesMax: number, withinMs?: number, consumer?: string): CollectedBody | Promise<CollectedBody>;
}

/** Why a call is not one clear request, found before any stage ran. */
export interface CallFault {
  readonly reason: ReasonCode;
  /** Names the rule and the offending field, never its value. */
  readonly detail: string;
  /** True: it cannot be framed at all and is refused in every mode. */
  readonly fatal: boolean;
}

/** What made a path ambiguous; each needs the matched route's permission (ARCHITECTURE law 3). */
export const PATH_AMBIGUITIES = [
  'encodedSlash',
  'backslash',
  'dotSegments',
  'doubleSlash',
  'semicolon',
  'doubleEncoding',
] as const;
export type PathAmbiguity = (typeof PATH_AMBIGUITIES)[number];

/**
 * The canonical request: what is matched, authorised, limited, recorded and forwarded.
 * Built once at the edge by `http/`, never changed afterwards.
 */
export interface Call {
  readonly requestId: string;
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** Lower-case host without the scheme's default port. */
  readonly host: string;
  /** Canonical path, percent-encoded exactly as it will be forwarded. */
  readonly path: string;
  /** Bit i set: PATH_AMBIGUITIES[i] occurs in `path`. */
  readonly pathAmbiguities: number;
  /** Raw query without the `?`; empty where there is none. */
  readonly query: string;
  readonly httpVersion: '1.0' | '1.1' | '2.0';
  readonly headers: HeaderFields;
  readonly address: ClientAddress;
  /** True: the connection comes from a trusted proxy, whose forwarded fields are in `headers`. */
  readonly fromTrustedProxy: boolean;
  /** Certificate shown on this very connection, or undefined. One a proxy forwards is a header field. */
  readonly peer: PeerCertificate | undefined;
  readonly bodyFraming: BodyFraming;
  /** Declared body length in bytes, −1 where none is declared. */
  readonly bodyBytesDeclared: number;
  /** Names the upgrade protocol asked for (only `websocket` is accepted), else empty. */
  readonly upgrade: string;
  readonly fault: CallFault | undefined;
}

/** The first value of a field, or undefined. `name` must be lower-case. */
export function headerValue(headers: HeaderFields, name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) return headers[i + 1];
  return undefined;
}

/** How often a field occurs. `name` must be lower-case. */
export function headerCount(headers: HeaderFields, name: string): number {
  let count = 0;
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) count++;
  return count;
}
