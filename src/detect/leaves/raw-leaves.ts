import { isUtf8 } from 'node:buffer';
import { emitText } from './nested-text.ts';
import { type LeafWalk, TAIL_CHARACTERS } from './walk.ts';

/** Printable runs of binary content shorter than this are chance. */
const RUN_CHARACTERS_MIN = 12;
/** What begins a stream of Java's serialisation. */
const JAVA_STREAM = [0xac, 0xed, 0x00, 0x05];

/** Shows a body of no known form: text as one value, of anything else its printable runs, in which formats such as protobuf keep strings. */
export function readRaw(walk: LeafWalk, bytes: Uint8Array): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isText(buffer)) {
    // Room for the tail is taken by the value itself, which is shown from both ends.
    walk.inTail = true;
    emitText(walk, 'raw', buffer.toString('utf8'), 'json-string');
    return;
  }
  if (JAVA_STREAM.every((byte, i) => bytes[i] === byte)) walk.emit('raw', false, buffer.toString('latin1', 0, 64));
  readRuns(walk, buffer);
}

function readRuns(walk: LeafWalk, buffer: Buffer): void {
  const tailFrom = buffer.length - TAIL_CHARACTERS;
  let from = -1;
  for (let i = 0; i <= buffer.length && !walk.stopped; i++) {
    const byte = buffer[i] ?? 0;
    const printable = (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d;
    if (printable) {
      if (from < 0) from = i;
      continue;
    }
    if (from >= 0 && i - from >= RUN_CHARACTERS_MIN) {
      if (i >= tailFrom) walk.inTail = true;
      emitText(walk, 'raw', buffer.toString('latin1', from, i), 'run');
    }
    from = -1;
  }
}

/** Well-formed UTF-8 without controls but white space. */
function isText(buffer: Buffer): boolean {
  if (!isUtf8(buffer)) return false;
  for (const byte of buffer)
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d && byte !== 0x1b) return false;
  return true;
}
