import { readBinary } from './binary-text.ts';
import { emitText } from './nested-text.ts';
import { isText } from './plain-text.ts';
import { readUndeclaredMessage } from './protobuf-leaves.ts';
import type { LeafWalk } from './walk.ts';

/** Shows a body of no known form: text as one value, of anything else its fields where it could be a message, and its printable runs. */
export function readRaw(walk: LeafWalk, bytes: Uint8Array): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isText(buffer)) {
    // Room for the tail is taken by the value itself, which is shown from both ends.
    walk.inTail = true;
    emitText(walk, 'raw', buffer.toString('utf8'), 'json-string');
    return;
  }
  readBinary(walk, readUndeclaredMessage(walk, buffer), true);
}
