import { isUtf8 } from 'node:buffer';
import { readBinary, readRuns } from './binary-text.ts';
import { emitText } from './nested-text.ts';
import { controlFrom } from './plain-text.ts';
import { BYTES, GROUP_END, GROUP_START, isMessage, WireCursor } from './protobuf-wire.ts';
import { type LeafWalk, TAIL_CHARACTERS } from './walk.ts';

/** Of text that could be a message as well: shorter holds nothing worth another reading, longer is no message. */
const AMBIGUOUS_BYTES_MIN = 10;
const AMBIGUOUS_BYTES_MAX = 4 * 1024;
/** Text in the octets of tags and numbers: shorter is chance. */
const STRUCTURE_RUN_MIN = 8;

/** There is no registered type: these are what clients and servers write. */
const TYPES: ReadonlySet<string> = new Set([
  'application/protobuf',
  'application/x-protobuf',
  'application/x-protobuffer',
  'application/x-google-protobuf',
  'application/vnd.google.protobuf',
  'application/proto',
]);

export function isProtobufType(type: string): boolean {
  return TYPES.has(type) || type.endsWith('+proto') || type.endsWith('+protobuf');
}

/**
 * Shows the strings of a Protocol Buffers message by the numbers of their fields (`body.1.3`); false where it is none, of which nothing
 * was shown. There is no telling a string from a message and from other octets: what could be several is shown as each.
 */
export function readMessage(walk: LeafWalk, bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isMessage(buffer, 0, buffer.length, true)) return false;
  new MessageReader(walk, buffer, true, undefined).read(0, buffer.length);
  return true;
}

/**
 * Shows the strings of octets nobody declared, if they are a message from the first to the last. Answers what is left to be read as
 * octets: all of them, but for controls in tags and numbers, which would look like the ends of lines.
 */
export function readUndeclaredMessage(walk: LeafWalk, buffer: Buffer): Buffer {
  if (!isMessage(buffer, 0, buffer.length, false)) return buffer;
  const masked = Buffer.from(buffer);
  new MessageReader(walk, buffer, false, masked).read(0, buffer.length);
  return masked;
}

class MessageReader {
  readonly #walk: LeafWalk;
  readonly #buffer: Buffer;
  readonly #lenient: boolean;
  readonly #masked: Buffer | undefined;
  readonly #tailFrom: number;
  /** The first control from the last place asked for: places only grow, so that finding them costs the body once. */
  #control = -1;

  constructor(walk: LeafWalk, buffer: Buffer, lenient: boolean, masked: Buffer | undefined) {
    this.#walk = walk;
    this.#buffer = buffer;
    this.#lenient = lenient;
    this.#masked = masked;
    this.#tailFrom = buffer.length - TAIL_CHARACTERS;
  }

  /** A message that is known to be whole. */
  read(from: number, end: number): void {
    const walk = this.#walk;
    const { depth } = walk;
    const cursor = new WireCursor(this.#buffer, from, end, this.#lenient);
    let structureFrom = from;
    while (!walk.stopped && cursor.next()) {
      if (cursor.type === GROUP_START) walk.enter(segmentOf(cursor.field));
      else if (cursor.type === GROUP_END) walk.leave();
      else if (cursor.type === BYTES) {
        this.#structure(structureFrom, cursor.start);
        structureFrom = cursor.end;
        if (cursor.end > cursor.start) this.#field(cursor.field, cursor.start, cursor.end);
      }
    }
    walk.leaveTo(depth);
    this.#structure(structureFrom, end);
  }

  #field(field: number, from: number, end: number): void {
    const walk = this.#walk;
    if (end >= this.#tailFrom) walk.inTail = true;
    walk.enter(segmentOf(field));
    const buffer = this.#buffer.subarray(from, end);
    const isText = this.#controlFrom(from) >= end && isUtf8(buffer);
    const couldBeMessage = !isText || (buffer.length >= AMBIGUOUS_BYTES_MIN && buffer.length <= AMBIGUOUS_BYTES_MAX);
    const isInner = couldBeMessage && isMessage(this.#buffer, from, end, this.#lenient) && this.#mayDescend();
    if (isInner) this.read(from, end);
    if (isText || (!isInner && isUtf8(buffer))) {
      const text = buffer.toString('utf8');
      emitText(walk, 'protobuf', isInner ? withoutTags(text) : text, 'json-string');
    } else if (!isInner) readBinary(walk, buffer, false);
    walk.leave();
  }

  #mayDescend(): boolean {
    if (this.#walk.depth < this.#walk.limits.depthMax) return true;
    this.#walk.limit('depth');
    return false;
  }

  #controlFrom(from: number): number {
    if (this.#control < from) this.#control = controlFrom(this.#buffer, from);
    return this.#control;
  }

  /** Tags and numbers: a string that was taken for a message could hide in them. */
  #structure(from: number, end: number): void {
    if (this.#masked !== undefined) {
      for (let i = from; i < end; i++) if ((this.#masked[i] ?? 0) < 0x20) this.#masked[i] = 0;
    } else if (end - from >= STRUCTURE_RUN_MIN)
      readRuns(this.#walk, this.#buffer.subarray(from, end), STRUCTURE_RUN_MIN, Number.POSITIVE_INFINITY);
  }
}

/**
 * A text that is a message as well, without line ends that are tags to it: as text, none that is left out could begin a field of a
 * header, for which it takes a colon.
 */
function withoutTags(text: string): string {
  // The tag of the first field and the length of its string; as text, no less the end of a line without it.
  const joined = text.replaceAll('\n\r', '\n');
  const isOneField = text.charCodeAt(0) === 0x0a && text.charCodeAt(1) === Buffer.byteLength(text) - 2;
  return isOneField && !/:(?!\/\/)|\n/.test(text.slice(1)) ? joined.slice(1) : joined;
}

const SEGMENTS: readonly string[] = Array.from({ length: 64 }, (_, field) => String(field));

function segmentOf(field: number): string {
  return SEGMENTS[field] ?? String(field);
}
