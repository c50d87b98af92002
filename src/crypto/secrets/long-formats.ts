import { BASE64, runEnd, UPPER, URL_SAFE } from './byte-classes.ts';
import { NOT_ONE, textEnd, UNDECIDED, type Window } from './secret-format.ts';

/** Of a text that may be longer than can be looked at. */
const LOOKED_AT = 240;
const BEGIN = '-----BEGIN '.length;
const LABEL_MAX = 24;
const KEY_CHARACTERS_MIN = 24;
const SPACE = 0x20;
const BACKSLASH = 0x5c;

/**
 * A private key as PEM (RFC 7468): its head and the beginning of its base64, with line ends as they are or written as `\n`,
 * as in JSON. A head without a key, as in documents, is none.
 */
export function privateKeyEnd(window: Window, at: number): number {
  const { bytes, end, isLast } = window;
  const to = Math.min(end, at + LOOKED_AT);
  const undecided = (position: number): boolean => position >= end && !isLast && position < at + LOOKED_AT;
  let from = at + BEGIN;
  const labelMax = Math.min(to, from + LABEL_MAX);
  // RSA, EC, DSA, OPENSSH, ENCRYPTED, or nothing, then PRIVATE KEY.
  let label = from;
  while (label < labelMax && (bytes[label] === SPACE || runEnd(bytes, label, label + 1, UPPER) > label)) label++;
  if (undecided(label)) return UNDECIDED;
  if (!bytes.toString('latin1', from, label).endsWith('PRIVATE KEY')) return NOT_ONE;
  const dashes = textEnd({ bytes, end: to, isLast: isLast || to < end }, label, '-----');
  if (dashes <= 0) return dashes;
  from = lineEnd(bytes, dashes, to);
  // Half of an escape.
  if (bytes[from] === BACKSLASH && undecided(from + 1)) return UNDECIDED;
  if (from === dashes) return undecided(from) ? UNDECIDED : NOT_ONE;
  const body = runEnd(bytes, from, Math.min(to, from + 64), BASE64);
  if (body - from >= KEY_CHARACTERS_MIN) return undecided(body) && body - from < 64 ? UNDECIDED : body;
  return undecided(body) ? UNDECIDED : NOT_ONE;
}

/** Behind the line ends from `at` on. */
function lineEnd(bytes: Uint8Array, at: number, to: number): number {
  let next = at;
  while (next < to) {
    const byte = bytes[next];
    if (byte === 0x0a || byte === 0x0d) next++;
    else if (byte === BACKSLASH && (bytes[next + 1] === 0x6e || bytes[next + 1] === 0x72) && next + 1 < to) next += 2;
    else break;
  }
  return next;
}

const HEADER_MAX = 200;
const PAYLOAD_MIN = 20;
const DOT = 0x2e;

/** Parameters in which tokens that are no credentials go by design (OpenID Connect RP-Initiated Logout §2, RFC 9101 §5). */
const BY_DESIGN = ['id_token_hint=', 'request='];

/** A JSON Web Token: its header is an object with an algorithm, and what follows the dot begins like an object. */
export function tokenEnd({ bytes, end, isLast }: Window, at: number): number {
  const before = bytes.toString('latin1', Math.max(0, at - 14), at);
  if (BY_DESIGN.some((parameter) => before.endsWith(parameter))) return NOT_ONE;
  const headerEnd = runEnd(bytes, at, Math.min(end, at + HEADER_MAX), URL_SAFE);
  if (headerEnd === end && !isLast && headerEnd < at + HEADER_MAX) return UNDECIDED;
  if (bytes[headerEnd] !== DOT) return NOT_ONE;
  const payload = headerEnd + 1;
  const to = Math.min(end, at + LOOKED_AT);
  const stopped = runEnd(bytes, payload, to, URL_SAFE);
  if (stopped - payload < PAYLOAD_MIN) return stopped === end && !isLast ? UNDECIDED : NOT_ONE;
  if (
    bytes.toString('latin1', payload, payload + 3) !== 'eyJ' ||
    !isTokenHeader(bytes.toString('latin1', at, headerEnd))
  )
    return NOT_ONE;
  return stopped === end && !isLast && stopped < at + LOOKED_AT ? UNDECIDED : stopped;
}

/** Not parsed: failing costs a hundred times as much as looking, and who sends addresses full of look-alikes chooses which. */
function isTokenHeader(encoded: string): boolean {
  const header = Buffer.from(encoded, 'base64url').toString('latin1');
  return header.startsWith('{') && header.trimEnd().endsWith('}') && ALGORITHM.test(header);
}

/** A member of the header (RFC 7515 §4.1.1). */
const ALGORITHM = /"alg"[ \t\r\n]{0,8}:[ \t\r\n]{0,8}"/;
