import type { BodyFraming } from '../core/call.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { isAll, TOKEN } from './characters.ts';
import { FIELD, type FieldNames } from './field-name.ts';
import { isSafeValue, nominations } from './headers.ts';

/** A request head as a wire engine hands it over, before any judgement. */
export interface RawHead {
  readonly method: string;
  readonly target: string;
  /** `1.0`, `1.1`, `2.0`, or whatever the client wrote. */
  readonly httpVersion: string;
  /** Name, value, name, value as they came; HTTP/2 pseudo fields included. */
  readonly rawHeaders: readonly string[];
  readonly encrypted: boolean;
  readonly remoteAddress: string;
}

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
  hostCount: number;
  upgrade: string;
  nominated: readonly string[];
}

const NO_NAMES: readonly string[] = Object.freeze([]);
const LENGTH_DIGITS_MAX = 15;

/**
 * The strict check over a raw head, after and independent of the parser (RFC 9112 §6, RFC 9110 §5, §7.6; RFC 9113 §8.2):
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
    hostCount: 0,
    upgrade: '',
    nominated: NO_NAMES,
  };
  readonly #once: string[] = [];

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
    framing.hostCount = 0;
    framing.upgrade = '';
    framing.nominated = NO_NAMES;
    this.#read(head, framing);
    return framing;
  }

  #read(head: RawHead, framing: Framing): void {
    const http2 = head.httpVersion === '2.0';
    if (!http2 && head.httpVersion !== '1.1' && head.httpVersion !== '1.0')
      return refuse(framing, 'framing.version', 'only HTTP/1.0, 1.1 and 2 are spoken');
    if (!isAll(head.method, TOKEN)) return refuse(framing, 'framing.method', 'the method is not a token');
    if (head.method === 'CONNECT' || head.method === 'TRACE' || head.method === 'TRACK')
      return refuse(framing, 'framing.method', `${head.method} is not forwarded`);
    const { rawHeaders } = head;
    if (rawHeaders.length > 2 * this.#limits.headerFieldsMax)
      return refuse(framing, 'framing.header_size', 'there are too many fields');
    let bytes = head.target.length + head.method.length;
    let lengths = 0;
    let encodings = 0;
    let encoding = '';
    let connection = '';
    let upgrade = '';
    let expect = '';
    let forwardedLeft = false;
    const once = this.#once;
    once.length = 0;
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const rawName = rawHeaders[i] ?? '';
      const value = rawHeaders[i + 1] ?? '';
      bytes += rawName.length + value.length + 4;
      if (rawName.charCodeAt(0) === 0x3a) {
        if (!http2) return refuse(framing, 'framing.header_name', 'a field name begins with a colon');
        if (forwardedLeft) return refuse(framing, 'framing.header_name', 'a pseudo field follows a field');
        if (!isSafeValue(value)) return refuse(framing, 'framing.header_value', `${rawName} holds a control character`);
        if (rawName === ':authority') {
          framing.host = value;
          framing.hostCount++;
        } else if (rawName === ':scheme' && value !== (head.encrypted ? 'https' : 'http'))
          return refuse(framing, 'framing.target', 'the scheme is not that of the connection');
        continue;
      }
      forwardedLeft = true;
      const { lower, flags, fault } = this.#names.read(rawName);
      if (fault !== '') return refuse(framing, 'framing.header_name', fault);
      if (!isSafeValue(value)) return refuse(framing, 'framing.header_value', `${lower} holds a control character`);
      if (flags === 0) continue;
      if ((flags & FIELD.PROTECTED) !== 0 && hasDoubtfulEdge(value))
        return refuse(framing, 'framing.header_value', `${lower} begins or ends with a byte some servers strip`);
      if ((flags & FIELD.SINGLE) !== 0) {
        if (once.includes(lower)) return refuse(framing, repeatedReason(lower), `${lower} is given more than once`);
        once.push(lower);
      }
      switch (lower) {
        case 'content-length':
          lengths++;
          framing.bytesDeclared = decimal(value);
          if (framing.bytesDeclared < 0)
            return refuse(framing, 'framing.content_length', 'content-length is not a plain decimal number');
          break;
        case 'transfer-encoding':
          encodings++;
          encoding = encoding === '' ? value : `${encoding},${value}`;
          break;
        case 'host':
          // RFC 9113 §8.3.1: beside :authority, Host may only repeat it.
          if (http2 && framing.hostCount > 0) {
            if (value.toLowerCase() !== framing.host.toLowerCase())
              return refuse(framing, 'framing.host', 'host and :authority differ');
            break;
          }
          framing.host = value;
          framing.hostCount++;
          break;
        case 'connection':
          connection = connection === '' ? value : `${connection},${value}`;
          break;
        case 'upgrade':
          upgrade = upgrade === '' ? value : `${upgrade},${value}`;
          break;
        case 'expect':
          expect = expect === '' ? value : `${expect},${value}`;
          break;
        default:
          break;
      }
      if (http2 && (flags & FIELD.HOP_BY_HOP) !== 0 && isConnectionSpecific(lower, value))
        return refuse(framing, 'framing.header_name', `${lower} does not exist in HTTP/2`);
    }
    if (bytes > this.#limits.headerBytesMax) return refuse(framing, 'framing.header_size', 'the head is too large');
    if (framing.hostCount !== 1 && !(framing.hostCount === 0 && head.httpVersion === '1.0'))
      return refuse(framing, 'framing.host', framing.hostCount === 0 ? 'there is no host' : 'there is more than one host');
    if (encodings > 0) {
      if (head.httpVersion !== '1.1')
        return refuse(framing, 'framing.transfer_encoding', 'transfer-encoding exists in HTTP/1.1 only');
      if (lengths > 0) return refuse(framing, 'framing.length_conflict', 'content-length and transfer-encoding are given');
      if (encodings > 1 || encoding.toLowerCase() !== 'chunked')
        return endsInChunked(encoding)
          ? refuse(framing, 'framing.transfer_coding', 'a transfer coding besides chunked')
          : refuse(framing, 'framing.transfer_encoding', 'transfer-encoding is not exactly chunked');
      framing.body = 'chunked';
    } else if (lengths > 0) framing.body = framing.bytesDeclared === 0 ? 'none' : 'length';
    // Without a length an HTTP/2 body ends with its stream.
    else if (http2) framing.body = 'chunked';
    if (expect !== '' && expect.toLowerCase() !== '100-continue')
      return refuse(framing, 'framing.expectation', 'an expectation other than 100-continue');
    if (connection !== '') this.#readConnection(head, framing, connection, upgrade);
  }

  #readConnection(head: RawHead, framing: Framing, connection: string, upgrade: string): void {
    framing.nominated = nominations(connection);
    for (const name of framing.nominated) {
      if ((this.#names.read(name).flags & FIELD.PROTECTED) !== 0 || this.#names.read(name).fault !== '')
        return refuse(framing, 'framing.header_name', 'connection nominates a field that cannot be taken away');
    }
    // Offers of anything but WebSocket are hop-by-hop and simply not passed on (RFC 9110 §7.8).
    if (upgrade.toLowerCase() !== 'websocket' || !connection.toLowerCase().includes('upgrade')) return;
    if (head.method !== 'GET' || head.httpVersion !== '1.1' || framing.body !== 'none' || framing.bytesDeclared >= 0)
      return refuse(framing, 'framing.upgrade', 'a WebSocket handshake is a GET of HTTP/1.1 without body');
    framing.upgrade = 'websocket';
  }
}

function refuse(framing: Framing, reason: ReasonCode, detail: string): void {
  framing.reason = reason;
  framing.detail = detail;
}

function repeatedReason(lower: string): ReasonCode {
  if (lower === 'content-length') return 'framing.content_length';
  return lower === 'host' ? 'framing.host' : 'framing.header_repeated';
}

/** A list of known codings with `chunked` last: clear, and still not ours to forward. */
function endsInChunked(encoding: string): boolean {
  const codings = encoding.split(',').map((part) => part.split(';', 1)[0]?.trim().toLowerCase() ?? '');
  const known = codings.slice(0, -1).every((coding) => KNOWN_CODINGS.has(coding));
  return known && codings.at(-1) === 'chunked';
}

/** RFC 9112 §7. */
const KNOWN_CODINGS = new Set(['gzip', 'x-gzip', 'deflate', 'compress', 'x-compress', 'identity']);

/** One to fifteen digits: no sign, no space, no list, nothing that overflows. −1 where it is anything else. */
function decimal(value: string): number {
  if (value.length === 0 || value.length > LENGTH_DIGITS_MAX) return -1;
  let number = 0;
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** Bytes outside ASCII at the edge of a value: NEL and NBSP are white space to some and text to others. */
function hasDoubtfulEdge(value: string): boolean {
  if (value.length === 0) return false;
  return isDoubtful(value.charCodeAt(0)) || isDoubtful(value.charCodeAt(value.length - 1));
}

function isDoubtful(code: number): boolean {
  return code > 0x7e || code <= 0x20;
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
      return true;
    default:
      return false;
  }
}
