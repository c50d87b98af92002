import { PATH_AMBIGUITIES, type PathAmbiguity } from '../core/call.ts';
import { hexValue, PATH, PLAIN_PATH, QUERY, UNRESERVED } from './characters.ts';
import { isUtf8 } from './utf8.ts';

/** A path in its one canonical form, and what makes it ambiguous. */
export interface CanonicalPath {
  readonly kind: 'path';
  readonly path: string;
  /** Bit i set: PATH_AMBIGUITIES[i] occurs. */
  readonly ambiguities: number;
}

export interface PathFault {
  readonly kind: 'fault';
  readonly detail: string;
  /** True: it holds a space or control character, which would end the request line it is forwarded in. */
  readonly unframeable: boolean;
}

/** The bit of each ambiguity. */
export const AMBIGUITY_BIT: Readonly<Record<PathAmbiguity, number>> = Object.freeze(
  Object.fromEntries(PATH_AMBIGUITIES.map((name, index) => [name, 1 << index])) as Record<PathAmbiguity, number>,
);

/**
 * Puts a path into the form that is matched, authorised, limited, recorded and forwarded: percent-encoded unreserved
 * characters are decoded, the hexadecimal digits of the others raised (RFC 3986 §6.2.2), and bytes of UTF-8 that came
 * bare are encoded (RFC 3987 §3.1). Nothing else is changed: what two servers could read as two paths is reported, not
 * mended, see PATH_AMBIGUITIES. Idempotent. `raw` has no query; bytes above ASCII come as Latin-1 text.
 */
export function canonicalPath(raw: string): CanonicalPath | PathFault {
  const { length } = raw;
  if (length === 0 || raw.charCodeAt(0) !== 0x2f) return fault('it does not begin with a slash');
  // Most paths: plain characters, single slashes, dots inside segments. Nothing to change, nothing to report.
  let segmentBegins = true;
  for (let i = 1; i < length; i++) {
    const code = raw.charCodeAt(i);
    if (PLAIN_PATH[code] === 1 || (code === 0x2e && !segmentBegins)) segmentBegins = false;
    else if (code === 0x2f && !segmentBegins) segmentBegins = true;
    else return slowCanonicalPath(raw);
  }
  return { kind: 'path', path: raw, ambiguities: 0 };
}

function slowCanonicalPath(raw: string): CanonicalPath | PathFault {
  let out = '';
  let ambiguities = 0;
  const bytes: number[] = [];
  for (let i = 0; i < raw.length; i++) {
    const code = raw.charCodeAt(i);
    if (code > 0x7f && code <= 0xff) {
      out += encoded(code);
      bytes.push(code);
    } else if (code !== 0x25) {
      if (code === 0x5c) ambiguities |= AMBIGUITY_BIT.backslash;
      else if (code === 0x3b) ambiguities |= AMBIGUITY_BIT.semicolon;
      else if (code <= 0x20 || code === 0x7f) return unframeable();
      else if (PATH[code] !== 1) return fault('it holds a character that must be percent-encoded');
      out += raw[i];
      bytes.push(code);
    } else {
      const high = hexValue(raw.charCodeAt(i + 1));
      const low = hexValue(raw.charCodeAt(i + 2));
      if (high < 0 || low < 0) return fault('it holds a percent sign without two hexadecimal digits');
      const byte = high * 16 + low;
      if (isRefusedControl(byte)) return fault('it holds an encoded control character');
      if (byte === 0x2f) ambiguities |= AMBIGUITY_BIT.encodedSlash;
      else if (byte === 0x5c) ambiguities |= AMBIGUITY_BIT.backslash;
      else if (byte === 0x3b) ambiguities |= AMBIGUITY_BIT.semicolon;
      out += UNRESERVED[byte] === 1 ? String.fromCharCode(byte) : encoded(byte);
      bytes.push(byte);
      i += 2;
    }
  }
  if (!isUtf8(bytes)) return fault('its bytes are not UTF-8');
  // Looked for in the result, where `%2e` is a dot and `%25%32%66` is `%252f`.
  if (out.includes('//')) ambiguities |= AMBIGUITY_BIT.doubleSlash;
  if (hasDotSegment(out)) ambiguities |= AMBIGUITY_BIT.dotSegments;
  if (nestedEncoding(out, 0) !== -1) ambiguities |= AMBIGUITY_BIT.doubleEncoding;
  return { kind: 'path', path: out, ambiguities };
}

/** Where an encoded percent sign is followed by two hexadecimal digits: decoding twice would give another path. Or −1. */
export function nestedEncoding(path: string, from: number): number {
  for (let at = path.indexOf('%25', from); at !== -1; at = path.indexOf('%25', at + 3))
    if (hexValue(path.charCodeAt(at + 3)) >= 0 && hexValue(path.charCodeAt(at + 4)) >= 0) return at;
  return -1;
}

/**
 * The query as it is forwarded: bytes outside ASCII are encoded, nothing else is changed or decoded. Undefined where a
 * character has no place in a request line.
 */
export function canonicalQuery(query: string): string | undefined {
  let plain = true;
  for (let i = 0; i < query.length; i++) {
    const code = query.charCodeAt(i);
    if (QUERY[code] === 1) continue;
    if (code <= 0x7f || code > 0xff) return undefined;
    plain = false;
  }
  if (plain) return query;
  let out = '';
  for (let i = 0; i < query.length; i++) {
    const code = query.charCodeAt(i);
    out += code > 0x7f ? encoded(code) : query[i];
  }
  return out;
}

/**
 * NUL cuts paths short in C; other controls have no use in one. Tab, CR and LF do occur encoded, and stay so: they are
 * data that only a server that writes decoded paths into its own headers would trip over.
 */
function isRefusedControl(byte: number): boolean {
  return (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) || byte === 0x7f;
}

/** A segment `.` or `..` for a server that ends segments at any slash, or at a semicolon. */
function hasDotSegment(path: string): boolean {
  let start = 1;
  for (let i = 1; i <= path.length; i++) {
    const code = path.charCodeAt(i);
    const encodedEnd = code === 0x25 && isEncodedSeparator(path, i);
    if (i < path.length && code !== 0x2f && code !== 0x5c && code !== 0x3b && !encodedEnd) continue;
    const length = i - start;
    if (length > 0 && length <= 2 && path.charCodeAt(start) === 0x2e && path.charCodeAt(i - 1) === 0x2e) return true;
    start = encodedEnd ? i + 3 : i + 1;
  }
  return false;
}

/** `%2F`, `%5C` or `%3B` at this place: where some server would end a segment. */
function isEncodedSeparator(path: string, at: number): boolean {
  const code = hexValue(path.charCodeAt(at + 1)) * 16 + hexValue(path.charCodeAt(at + 2));
  return code === 0x2f || code === 0x5c || code === 0x3b;
}

function encoded(byte: number): string {
  return `%${HEX_DIGITS[byte >> 4]}${HEX_DIGITS[byte & 15]}`;
}

const HEX_DIGITS = '0123456789ABCDEF';

function fault(detail: string): PathFault {
  return { kind: 'fault', detail, unframeable: false };
}

function unframeable(): PathFault {
  return { kind: 'fault', detail: 'it holds a space or control character', unframeable: true };
}
