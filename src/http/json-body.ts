import { isUtf8 } from 'node:buffer';
import type { JsonBody } from '../core/inspection.ts';

/** Objects and arrays within one another. */
export const JSON_DEPTH_MAX = 64;

const NONE: JsonBody = Object.freeze({ kind: 'none' });
const NOT_UTF8: JsonBody = Object.freeze({ kind: 'malformed', problem: 'utf8' });
const NOT_JSON: JsonBody = Object.freeze({ kind: 'malformed', problem: 'syntax' });
const DUPLICATE: JsonBody = Object.freeze({ kind: 'malformed', problem: 'duplicateMember' });
const AMBIGUOUS: JsonBody = Object.freeze({ kind: 'malformed', problem: 'ambiguousName' });
const TOO_DEEP: JsonBody = Object.freeze({ kind: 'malformed', problem: 'tooDeep' });

/**
 * Reads a body as JSON (RFC 8259) so that no other reader can have read another one: well-formed UTF-8 without a byte order
 * mark, and every name once in its object, however it is escaped, and one that is kept whole everywhere. Linear in the octets.
 * Does not check that numbers are ones a double holds exactly, and does not bound the octets: callers do.
 */
export function parseJsonBody(bytes: Uint8Array): JsonBody {
  if (bytes.length === 0) return NONE;
  if (!isUtf8(bytes)) return NOT_UTF8;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (text.charCodeAt(0) === 0xfeff) return NOT_UTF8;
  const written = writtenMembers(bytes);
  if (written < 0) return TOO_DEEP;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
  // The parser keeps the last of several members of one name: then there are fewer than were written.
  const kept = typeof value === 'object' && value !== null ? keptMembers(value) : 0;
  if (written !== kept) return DUPLICATE;
  return DOUBTFUL_ESCAPE.test(text) && hasDoubtfulName(value) ? AMBIGUOUS : { kind: 'value', value };
}

/** What a name can be doubtful by is never written without an escape: not in UTF-8, and controls not in JSON. */
const DOUBTFUL_ESCAPE = /\\u(?:[dD]|0000)/;

/**
 * Whether readers disagree about a name (RFC 8259 §8.2, RFC 7493 §2.1): half a character is kept, replaced or left out, and a
 * NUL ends a text in some. `role\ud800` is `role` there, past every rule for `role`.
 */
export function isDoubtfulName(name: string): boolean {
  return !name.isWellFormed() || name.includes('\0');
}

function hasDoubtfulName(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(hasDoubtfulName);
  return Object.entries(value).some(([name, member]) => isDoubtfulName(name) || hasDoubtfulName(member));
}

/**
 * Members as they are written: colons outside strings. −1 where nesting is too deep. Means something for valid JSON only.
 * Reads octets: in UTF-8 no other character has one of those that count in it.
 */
function writtenMembers(bytes: Uint8Array): number {
  const { length } = bytes;
  let members = 0;
  let depth = 0;
  for (let i = 0; i < length; i++) {
    const octet = bytes[i];
    if (octet === QUOTE) i = endOfString(bytes, i + 1);
    else if (octet === COLON) members++;
    else if (octet === OPEN_BRACE || octet === OPEN_BRACKET) {
      if (++depth > JSON_DEPTH_MAX) return -1;
    } else if (octet === CLOSE_BRACE || octet === CLOSE_BRACKET) depth--;
  }
  return members;
}

const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Position of the quote that ends a string, or of the end of the octets. */
function endOfString(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  let at = from;
  while (at < length) {
    const octet = bytes[at];
    if (octet === QUOTE) return at;
    at += octet === BACKSLASH ? 2 : 1;
  }
  return length;
}

/** Members of all objects of a value JSON.parse made, whose depth is known to be bounded. */
function keptMembers(value: object): number {
  let members = 0;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const element: unknown = value[i];
      if (typeof element === 'object' && element !== null) members += keptMembers(element);
    }
    return members;
  }
  // Lists of names or values would be made for each object; a member `__proto__` is one of its own here.
  for (const name in value) {
    members++;
    const member = (value as Record<string, unknown>)[name];
    if (typeof member === 'object' && member !== null) members += keptMembers(member);
  }
  return members;
}
