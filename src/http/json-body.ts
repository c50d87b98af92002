import { isUtf8 } from 'node:buffer';
import type { JsonBody } from '../core/inspection.ts';

/** Objects and arrays within one another. */
const DEPTH_MAX = 64;

const NONE: JsonBody = Object.freeze({ kind: 'none' });
const NOT_UTF8: JsonBody = Object.freeze({ kind: 'malformed', problem: 'utf8' });
const NOT_JSON: JsonBody = Object.freeze({ kind: 'malformed', problem: 'syntax' });
const DUPLICATE: JsonBody = Object.freeze({ kind: 'malformed', problem: 'duplicateMember' });
const TOO_DEEP: JsonBody = Object.freeze({ kind: 'malformed', problem: 'tooDeep' });

/**
 * Reads a body as JSON (RFC 8259) so that no other reader can have read another one: well-formed UTF-8 without a byte order
 * mark, and every name once in its object, however it is escaped. Linear in the octets.
 * Does not check that numbers are ones a double holds exactly, and does not bound the octets: callers do.
 */
export function parseJsonBody(bytes: Uint8Array): JsonBody {
  if (bytes.length === 0) return NONE;
  if (!isUtf8(bytes)) return NOT_UTF8;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (text.charCodeAt(0) === 0xfeff) return NOT_UTF8;
  const written = writtenMembers(text);
  if (written < 0) return TOO_DEEP;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
  // The parser keeps the last of several members of one name: then there are fewer than were written.
  return written === keptMembers(value) ? { kind: 'value', value } : DUPLICATE;
}

/** Members as they are written: colons outside strings. −1 where nesting is too deep. Means something for valid JSON only. */
function writtenMembers(text: string): number {
  let members = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22:
        i = endOfString(text, i + 1);
        break;
      case 0x3a:
        members++;
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > DEPTH_MAX) return -1;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
    }
  }
  return members;
}

/** Position of the quote that ends a string, or of the end of the text. */
function endOfString(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i;
    if (code === 0x5c) i++;
  }
  return text.length;
}

function keptMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const element of value) if (typeof element === 'object') members += keptMembers(element);
    return members;
  }
  // Of its own alone: JSON.parse makes `__proto__` one of them.
  for (const member of Object.values(value)) {
    members++;
    if (typeof member === 'object') members += keptMembers(member);
  }
  return members;
}
