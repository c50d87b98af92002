import type { BodyFraming } from '../core/call.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { NOMINATIONS_MAX, nominations, offersUpgrade } from './connection-options.ts';
import { FIELD, type FieldName, type FieldNames } from './field-name.ts';
import { contentLength, hasExactEdges, hasPaddedEdge, hasStrippedStart, isSafeValue } from './field-value.ts';
import { isForwardedMethod, isMethod } from './method.ts';
import { agreesWithHead, hasRequiredPseudoFields, pseudoBit } from './pseudo-fields.ts';
import type { RawHead } from './raw-head.ts';
import { endsInChunked } from './transfer-coding.ts';

export type { RawHead } from './raw-head.ts';

export interface FramingLimits {
  readonly headerBytesMax: number;
  readonly headerFieldsMax: number;
}

/** What the head says of framing, or why it is refused. One object per reader, written anew by every call. */
export interface Framing {
  reason: ReasonCode | undefined;
  detail: string;
  body: BodyFraming;
  /** −1 where none is declared. */
  bytesDeclared: number;
  host: string;
  hasHost: boolean;
  upgrade: string;
  nominated: readonly string[];
}

const NO_NAMES: readonly string[] = Object.freeze([]);

/**
 * The strict check over a raw head, after and independent of the parser (RFC 9112 §6, RFC 9110 §5, §7.6; RFC 9113 §8):
 * whatever two servers could frame differently is refused, never mended. Does not look at the request target.
 */
export class FramingReader {
  readonly #names: FieldNames;
  readonly #limits: FramingLimits;
  readonly #framing: Framing = {
    reason: undefined,
    detail: '',
    body: 'none',
    bytesDeclared: -1,
    host: '',
    hasHost: false,
    upgrade: '',
    nominated: NO_NAMES,
  };
  // What the fields of the head at hand say; members, so that a call allocates nothing for them.
  readonly #once: string[] = [];
  #pseudoFields = 0;
  #encoding: string | undefined;
  #connection: string | undefined;
  #upgrade: string | undefined;
  #expect: string | undefined;

  constructor(names: FieldNames, limits: FramingLimits) {
    this.#names = names;
    this.#limits = limits;
  }

  /** The answer is valid until the next call. */
  read(head: RawHead): Readonly<Framing> {
    const framing = this.#framing;
    framing.reason = undefined;
    framing.detail = '';
    framing.body = 'none';
    framing.bytesDeclared = -1;
    framing.host = '';
    framing.hasHost = false;
    framing.upgrade = '';
    framing.nominated = NO_NAMES;
    this.#once.length = 0;
    this.#pseudoFields = 0;
    this.#encoding = undefined;
    this.#connection = undefined;
    this.#upgrade = undefined;
    this.#expect = undefined;
    this.#readHead(head, framing);
    return framing;
  }

  /** Whether the head is clear; these functions say why not in `framing`. */
  #readHead(head: RawHead, framing: Framing): boolean {
    const http2 = head.httpVersion === '2.0';
    if (!http2 && head.httpVersion !== '1.1' && head.httpVersion !== '1.0')
      return refuse(framing, 'framing.version', 'only HTTP/1.0, 1.1 and 2 are spoken');
    if (!isMethod(head.method)) return refuse(framing, 'framing.method', 'the method is not a token in upper case');
    if (!isForwardedMethod(head.method)) return refuse(framing, 'framing.method', `${head.method} is not forwarded`);
    if (!this.#readFields(head, framing, http2)) return false;
    if (http2 && !hasRequiredPseudoFields(this.#pseudoFields))
      return refuse(framing, 'framing.target', 'a pseudo field is missing');
    if (!framing.hasHost) return refuse(framing, 'framing.host', 'there is no host');
    if (!this.#readBody(head, framing, http2)) return false;
    if (this.#expect !== undefined && this.#expect.toLowerCase() !== '100-continue')
      return refuse(framing, 'framing.expectation', 'an expectation other than 100-continue');
    return this.#connection === undefined || this.#readConnection(head, framing, this.#connection);
  }

  #readFields(head: RawHead, framing: Framing, http2: boolean): boolean {
    const { rawHeaders } = head;
    const { headerBytesMax, headerFieldsMax } = this.#limits;
    if (rawHeaders.length > 2 * headerFieldsMax)
      return refuse(framing, 'framing.header_size', 'there are too many fields');
    // HTTP/2 has both among its fields.
    let bytes = http2 ? 0 : head.target.length + head.method.length;
    let regular = false;
    for (let i = 0; i < rawHeaders.length && bytes <= headerBytesMax; i += 2) {
      const name = rawHeaders[i] ?? '';
      const value = rawHeaders[i + 1] ?? '';
      bytes += name.length + value.length + 4;
      if (name.charCodeAt(0) === 0x3a) {
        if (!http2) return refuse(framing, 'framing.header_name', 'a field name begins with a colon');
        if (regular) return refuse(framing, 'framing.header_name', 'a pseudo field follows a field');
        if (!this.#readPseudoField(head, framing, name, value)) return false;
      } else {
        regular = true;
        if (!this.#readField(framing, this.#names.read(name), value, http2)) return false;
      }
    }
    return bytes <= headerBytesMax || refuse(framing, 'framing.header_size', 'the head is too large');
  }

  #readPseudoField(head: RawHead, framing: Framing, name: string, value: string): boolean {
    const bit = pseudoBit(name);
    if (bit === 0) return refuse(framing, 'framing.header_name', 'a pseudo field no request has');
    if ((this.#pseudoFields & bit) !== 0)
      return refuse(framing, name === ':authority' ? 'framing.host' : 'framing.header_repeated', `${name} is repeated`);
    this.#pseudoFields |= bit;
    if (!isSafeValue(value)) return refuse(framing, 'framing.header_value', `${name} holds a control character`);
    if (!agreesWithHead(bit, value, head))
      return refuse(framing, 'framing.target', `${name} disagrees with the request`);
    if (name === ':authority') this.#takeHost(framing, value);
    return true;
  }

  #readField(framing: Framing, { lower, flags, isLower, fault }: FieldName, value: string, http2: boolean): boolean {
    if (fault !== '') return refuse(framing, 'framing.header_name', fault);
    if (!isSafeValue(value)) return refuse(framing, 'framing.header_value', `${lower} holds a control character`);
    if (hasStrippedStart(value) || ((flags & FIELD.EXACT) !== 0 && !hasExactEdges(value)))
      return refuse(framing, 'framing.header_value', `${lower} begins or ends with a byte some servers strip`);
    if (http2) {
      if (!isLower) return refuse(framing, 'framing.header_name', `${lower} is not in lower case`);
      if (hasPaddedEdge(value)) return refuse(framing, 'framing.header_value', `${lower} is surrounded by white space`);
      if ((flags & FIELD.HOP_BY_HOP) !== 0 && isConnectionSpecific(lower, value))
        return refuse(framing, 'framing.header_name', `${lower} does not exist in HTTP/2`);
    }
    if (flags === 0) return true;
    if ((flags & FIELD.SINGLE) !== 0 && !(http2 && lower === 'cookie')) {
      if (this.#once.includes(lower)) return refuse(framing, repeatedReason(lower), `${lower} is given more than once`);
      this.#once.push(lower);
    }
    switch (lower) {
      case 'content-length':
        framing.bytesDeclared = contentLength(value);
        if (framing.bytesDeclared >= 0) return true;
        return refuse(framing, 'framing.content_length', 'content-length is not a plain decimal number');
      case 'host':
        // RFC 9113 §8.3.1: beside :authority, Host may only repeat it.
        if (framing.hasHost && value.toLowerCase() !== framing.host.toLowerCase())
          return refuse(framing, 'framing.host', 'host and :authority differ');
        this.#takeHost(framing, value);
        return true;
      case 'transfer-encoding':
        this.#encoding = joined(this.#encoding, value);
        return true;
      case 'connection':
        this.#connection = joined(this.#connection, value);
        return true;
      case 'upgrade':
        this.#upgrade = joined(this.#upgrade, value);
        return true;
      case 'expect':
        this.#expect = joined(this.#expect, value);
        return true;
      default:
        return true;
    }
  }

  #takeHost(framing: Framing, value: string): void {
    framing.host = value;
    framing.hasHost = true;
  }

  /** RFC 9112 §6.3. */
  #readBody(head: RawHead, framing: Framing, http2: boolean): boolean {
    const encoding = this.#encoding;
    if (encoding !== undefined) {
      if (head.httpVersion !== '1.1')
        return refuse(framing, 'framing.transfer_encoding', 'transfer-encoding exists in HTTP/1.1 only');
      if (framing.bytesDeclared >= 0)
        return refuse(framing, 'framing.length_conflict', 'content-length and transfer-encoding are given');
      if (encoding.toLowerCase() !== 'chunked')
        return endsInChunked(encoding)
          ? refuse(framing, 'framing.transfer_coding', 'a transfer coding besides chunked')
          : refuse(framing, 'framing.transfer_encoding', 'transfer-encoding is not exactly chunked');
      framing.body = 'chunked';
    } else if (framing.bytesDeclared >= 0) framing.body = framing.bytesDeclared === 0 ? 'none' : 'length';
    // Without a length an HTTP/2 body ends with its stream.
    else if (http2) framing.body = 'chunked';
    // RFC 1945 §8.3: a server in between may take what follows for a body that ends with the connection.
    else if (head.httpVersion === '1.0' && (head.method === 'POST' || head.method === 'PUT' || head.method === 'PATCH'))
      return refuse(framing, 'framing.content_length', `${head.method} in HTTP/1.0 without content-length`);
    return true;
  }

  #readConnection(head: RawHead, framing: Framing, connection: string): boolean {
    framing.nominated = nominations(connection);
    if (framing.nominated.length > NOMINATIONS_MAX)
      return refuse(framing, 'framing.header_size', `connection nominates more than ${NOMINATIONS_MAX} fields`);
    for (const name of framing.nominated) {
      const { flags, fault } = this.#names.read(name);
      if ((flags & FIELD.PROTECTED) !== 0 || fault !== '')
        return refuse(framing, 'framing.header_name', 'connection nominates a field that cannot be taken away');
    }
    // Offers of anything but WebSocket are hop-by-hop and simply not passed on (RFC 9110 §7.8).
    if (this.#upgrade?.toLowerCase() !== 'websocket' || !offersUpgrade(connection)) return true;
    if (head.method !== 'GET' || head.httpVersion !== '1.1' || framing.body !== 'none' || framing.bytesDeclared >= 0)
      return refuse(framing, 'framing.upgrade', 'a WebSocket handshake is a GET of HTTP/1.1 without body');
    framing.upgrade = 'websocket';
    return true;
  }
}

function refuse(framing: Framing, reason: ReasonCode, detail: string): false {
  framing.reason = reason;
  framing.detail = detail;
  return false;
}

/** Repeated fields are one list (RFC 9110 §5.3). */
function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before},${value}`;
}

function repeatedReason(lower: string): ReasonCode {
  if (lower === 'content-length') return 'framing.content_length';
  return lower === 'host' ? 'framing.host' : 'framing.header_repeated';
}

/** RFC 9113 §8.2.2. */
function isConnectionSpecific(lower: string, value: string): boolean {
  switch (lower) {
    case 'te':
      return value !== 'trailers';
    case 'connection':
    case 'keep-alive':
    case 'proxy-connection':
    case 'transfer-encoding':
    case 'upgrade':
    case 'http2-settings':
      return true;
    default:
      return false;
  }
}
