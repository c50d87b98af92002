import { PATH_AMBIGUITIES, type PathAmbiguity } from '../core/call.ts';
import type { PathTreatment } from '../core/configuration.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { hexValue, PATH, PLAIN_PATH, QUERY, UNRESERVED } from './characters.ts';

/** A path in its one canonical form, and what makes it ambiguous. */
export interface CanonicalPath {
  readonly kind: 'path';
  readonly path: string;
  readonly ambiguities: number;
}

export interface PathFault {
  readonly kind: 'fault';
  readonly detail: string;
}

const BIT: Readonly<Record<PathAmbiguity, number>> = Object.freeze(
  Object.fromEntries(PATH_AMBIGUITIES.map((name, index) => [name, 1 << index])) as Record<PathAmbiguity, number>,
);

const REASON: Readonly<Record<PathAmbiguity, ReasonCode>> = Object.freeze({
  encodedSlash: 'path.encoded_slash',
  backslash: 'path.backslash',
  dotSegments: 'path.dot_segments',
  doubleSlash: 'path.double_slash',
  semicolon: 'path.semicolon',
  doubleEncoding: 'path.double_encoding',
});

/**
 * Puts a path into the form that is matched, authorised, limited, recorded and forwarded: percent-encoded unreserved
 * characters are decoded and the hexadecimal digits of the others raised (RFC 3986 §6.2.2), nothing else is changed.
 * What two servers could read as two paths is reported, not mended: see PATH_AMBIGUITIES. Idempotent.
 */
export function canonicalPath(raw: string): CanonicalPath | PathFault {
  const length = raw.length;
  if (length === 0 || raw.charCodeAt(0) !== 0x2f) return fault('it does not begin with a slash');
  // Most paths: plain characters and single slashes. Nothing to change, nothing to report.
  let slash = true;
  let i = 1;
  for (; i < length; i++) {
    const code = raw.charCodeAt(i);
    if (PLAIN_PATH[code] === 1) slash = false;
    else if (code === 0x2f && !slash) slash = true;
    else if (code === 0x2e && !slash) slash = false;
    else break;
  }
  if (i === length) return { kind: 'path', path: raw, ambiguities: 0 };
  return slowCanonicalPath(raw);
}

function slowCanonicalPath(raw: string): CanonicalPath | PathFault {
  let out = '';
  let ambiguities = 0;
  const bytes: number[] = [];
  for (let i = 0; i < raw.length; i++) {
    const code = raw.charCodeAt(i);
    if (code > 0x7f && code <= 0xff) {
      // Bytes outside ASCII have one encoding; clients that leave it out are told apart by nobody.
      out += encoded(code);
      bytes.push(code);
      continue;
    }
    if (code !== 0x25) {
      if (code === 0x5c) ambiguities |= BIT.backslash;
      else if (code === 0x3b) ambiguities |= BIT.semicolon;
      else if (PATH[code] !== 1) return fault('it holds a character that must be percent-encoded');
      out += raw[i];
      bytes.push(code);
      continue;
    }
    const high = hexValue(raw.charCodeAt(i + 1));
    const low = hexValue(raw.charCodeAt(i + 2));
    if (i + 2 >= raw.length || high < 0 || low < 0)
      return fault('it holds a percent sign without two hexadecimal digits');
    const byte = high * 16 + low;
    if (byte === 0) return fault('it holds an encoded NUL');
    if (byte === 0x2f) ambiguities |= BIT.encodedSlash;
    else if (byte === 0x5c) ambiguities |= BIT.backslash;
    else if (byte === 0x3b) ambiguities |= BIT.semicolon;
    out += UNRESERVED[byte] === 1 ? String.fromCharCode(byte) : `%${raw.slice(i + 1, i + 3).toUpperCase()}`;
    bytes.push(byte);
    i += 2;
  }
  if (!isUtf8(bytes)) return fault('its percent-encodings are not UTF-8');
  if (out.includes('//')) ambiguities |= BIT.doubleSlash;
  if (hasDotSegment(out)) ambiguities |= BIT.dotSegments;
  // Looked for in the result, so that `%25%32%66` is found as well as `%252f`.
  if (hasNestedEncoding(out)) ambiguities |= BIT.doubleEncoding;
  return { kind: 'path', path: out, ambiguities };
}

/** What becomes of an ambiguous path on its route. */
export type TreatedPath =
  | { readonly kind: 'forward'; readonly path: string }
  | { readonly kind: 'redirect'; readonly path: string }
  | { readonly kind: 'reject'; readonly reason: ReasonCode };

/**
 * Applies a route's permissions to an ambiguous path. Every ambiguity it holds needs one; the strictest answer wins.
 * Where the path is decoded, the caller must see to it that the result still leads to the same route.
 */
export function applyPathTreatments(
  path: string,
  ambiguities: number,
  treatments: Readonly<Partial<Record<PathAmbiguity, PathTreatment>>>,
): TreatedPath {
  let decoded = path;
  let redirect = false;
  for (const name of PATH_AMBIGUITIES) {
    if ((ambiguities & BIT[name]) === 0) continue;
    const treatment = treatments[name] ?? 'reject';
    if (treatment === 'reject') return { kind: 'reject', reason: REASON[name] };
    if (treatment === 'keep') continue;
    if (treatment === 'redirect') redirect = true;
    decoded = mend(decoded, name);
  }
  if (decoded === path) return { kind: 'forward', path };
  // Mending one thing may uncover another: `/a%2f..%2fb` becomes `/a/../b`.
  const again = canonicalPath(decoded);
  if (again.kind === 'fault') return { kind: 'reject', reason: 'path.encoding' };
  for (const name of PATH_AMBIGUITIES) {
    const uncovered = (again.ambiguities & BIT[name]) !== 0;
    const kept = (ambiguities & BIT[name]) !== 0 && treatments[name] === 'keep';
    if (uncovered && !kept) return { kind: 'reject', reason: REASON[name] };
  }
  // A redirect must stay on this host: `//evil` would be another.
  return redirect ? { kind: 'redirect', path: again.path } : { kind: 'forward', path: again.path };
}

function mend(path: string, ambiguity: PathAmbiguity): string {
  switch (ambiguity) {
    case 'encodedSlash':
      return path.replaceAll('%2F', '/');
    case 'backslash':
      return path.replaceAll('%5C', '/').replaceAll('\\', '/');
    case 'doubleSlash':
      return mergeSlashes(path);
    case 'dotSegments':
      return removeDotSegments(path);
    case 'semicolon':
      return removeParameters(path);
    case 'doubleEncoding':
      return path.replaceAll('%25', '%');
    default:
      return path;
  }
}

function mergeSlashes(path: string): string {
  let out = '';
  for (let i = 0; i < path.length; i++) if (path[i] !== '/' || out.charCodeAt(out.length - 1) !== 0x2f) out += path[i];
  return out;
}

/** RFC 3986 §5.2.4. */
function removeDotSegments(path: string): string {
  const out: string[] = [];
  const segments = path.split('/');
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    if (segment === '..') {
      if (out.length > 1) out.pop();
      if (last) out.push('');
    } else if (segment === '.') {
      if (last) out.push('');
    } else out.push(segment);
  });
  return out.length === 1 ? '/' : out.join('/');
}

/** What servers that know path parameters (RFC 3986 §3.3) match by. */
function removeParameters(path: string): string {
  return path
    .replaceAll('%3B', ';')
    .split('/')
    .map((segment) => (segment.includes(';') ? segment.slice(0, segment.indexOf(';')) : segment))
    .join('/');
}

function hasDotSegment(path: string): boolean {
  let start = 1;
  for (let i = 1; i <= path.length; i++) {
    const code = path.charCodeAt(i);
    if (i < path.length && code !== 0x2f && code !== 0x5c && code !== 0x3b && !isEncodedSeparator(path, i)) continue;
    const segment = path.slice(start, i);
    if (segment === '.' || segment === '..') return true;
    start = code === 0x25 ? i + 3 : i + 1;
  }
  return false;
}

/** `%2F`, `%5C` or `%3B` at this place: where some server would end a segment. */
function isEncodedSeparator(path: string, at: number): boolean {
  if (path.charCodeAt(at) !== 0x25) return false;
  const code = hexValue(path.charCodeAt(at + 1)) * 16 + hexValue(path.charCodeAt(at + 2));
  return code === 0x2f || code === 0x5c || code === 0x3b;
}

/** An encoded percent sign followed by two hexadecimal digits: decoding twice would give another path. */
function hasNestedEncoding(path: string): boolean {
  for (let at = path.indexOf('%25'); at !== -1; at = path.indexOf('%25', at + 3))
    if (hexValue(path.charCodeAt(at + 3)) >= 0 && hexValue(path.charCodeAt(at + 4)) >= 0) return true;
  return false;
}

/** Well-formed UTF-8 (RFC 3629 §4): overlong forms, surrogates and cut sequences are not. */
function isUtf8(bytes: readonly number[]): boolean {
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i] ?? 0;
    if (first < 0x80) {
      i++;
      continue;
    }
    const more =
      first >= 0xc2 && first <= 0xdf ? 1 : first >= 0xe0 && first <= 0xef ? 2 : first >= 0xf0 && first <= 0xf4 ? 3 : 0;
    if (more === 0) return false;
    const second = bytes[i + 1] ?? 0;
    const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    if (second < lowest || second > highest) return false;
    for (let k = 2; k <= more; k++) {
      const next = bytes[i + k] ?? 0;
      if (next < 0x80 || next > 0xbf) return false;
    }
    i += more + 1;
  }
  return true;
}

/** The query as it is forwarded: bytes outside ASCII are encoded; undefined where a character has no place in one. */
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

function encoded(byte: number): string {
  return `%${byte.toString(16).toUpperCase()}`;
}

function fault(detail: string): PathFault {
  return { kind: 'fault', detail };
}
