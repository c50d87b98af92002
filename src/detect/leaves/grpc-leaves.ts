import { isBase64 } from './base64-text.ts';
import { inflate } from './content-coding.ts';
import type { LeafWalk } from './walk.ts';

const HEAD_BYTES = 5;
const COMPRESSED = 1;
/** Compressed messages that are unpacked, and octets all of them may become. */
const INFLATED_MESSAGES_MAX = 256;
const INFLATED_BYTES_MAX = 1024 * 1024;

/** gRPC, gRPC-Web and the streams of Connect, which are framed alike. */
export function isGrpcType(type: string): boolean {
  return type.startsWith('application/grpc') || type.startsWith('application/connect+');
}

/**
 * Hands on the messages of a gRPC body (length-prefixed, grpc/doc/PROTOCOL-HTTP2.md), unpacked by `coding`, which is what `grpc-encoding`
 * says. False where the body does not begin with one, of which nothing was read. Messages before a fault are read, since servers do so.
 */
export function readFrames(
  walk: LeafWalk,
  bytes: Uint8Array,
  coding: string,
  readMessage: (message: Uint8Array) => void,
): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const unpacker = new Unpacker(walk, coding);
  let at = 0;
  while (at < bytes.length && !walk.stopped) {
    const from = at + HEAD_BYTES;
    const flag = bytes[at] ?? 0;
    const end = from <= bytes.length ? from + view.getUint32(at + 1) : Number.POSITIVE_INFINITY;
    if (flag > COMPRESSED || end > bytes.length) {
      if (at === 0) return false;
      walk.malformed('grpc');
      return true;
    }
    const message = bytes.subarray(from, end);
    const content = flag === COMPRESSED ? unpacker.unpack(message) : message;
    if (content !== undefined && content.length > 0) readMessage(content);
    at = end;
  }
  return true;
}

class Unpacker {
  readonly #walk: LeafWalk;
  readonly #coding: string;
  readonly #isNone: boolean;
  #messages = 0;
  #bytes = 0;
  #isUnsupported = false;

  constructor(walk: LeafWalk, coding: string) {
    this.#walk = walk;
    this.#coding = coding;
    const name = coding.trim().toLowerCase();
    this.#isNone = name === '' || name === 'identity';
  }

  unpack(message: Uint8Array): Uint8Array | undefined {
    // Compressed, but by nothing: refused by some servers, and read as it is by others.
    if (this.#isNone) {
      this.#walk.malformed('encoding');
      return message;
    }
    if (this.#isUnsupported) return undefined;
    if (this.#messages++ >= INFLATED_MESSAGES_MAX || this.#bytes > INFLATED_BYTES_MAX) {
      this.#walk.limit('expansion');
      return undefined;
    }
    const inflated = inflate(message, this.#coding);
    if (inflated.kind === 'content') {
      this.#bytes += inflated.bytes.length;
      return inflated.bytes;
    }
    if (inflated.kind === 'expansion') this.#walk.limit('expansion');
    else {
      this.#isUnsupported = true;
      this.#walk.malformed('encoding');
    }
    return undefined;
  }
}

/** Pieces of base64, each padded for itself, that a body of `grpc-web-text` is made of. */
const PIECES_MAX = 1024;

/** The octets of a body of `grpc-web-text`, or undefined where it is no base64. */
export function decodedFrames(bytes: Uint8Array): Uint8Array | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1').trim();
  const decoded = Buffer.alloc(Math.ceil(text.length / 4) * 3);
  let length = 0;
  let from = 0;
  for (let pieces = 0; from < text.length; pieces++) {
    let end = text.indexOf('=', from);
    if (end < 0) end = text.length;
    else while (end < text.length && text.charCodeAt(end) === 0x3d) end++;
    const piece = text.slice(from, end);
    if (pieces === PIECES_MAX || !isBase64(piece)) return undefined;
    length += decoded.write(piece, length, 'base64');
    from = end;
  }
  return decoded.subarray(0, length);
}
