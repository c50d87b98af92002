import { crc32 } from 'node:zlib';
import type { Random } from '../ports.ts';
import { base62, base62Word, base62WordAt, isBase62, WORD_CHARACTERS } from './base62.ts';

/*
 * `{brand}_{env}_{keyId}_{secret}{crc}`, for instance sp_live_ and 12, then 43 and 6 base62 characters. The checksum
 * covers everything before it, so that what is mistyped, cut off or invented is refused without a look-up, and scanners
 * for leaked secrets find our keys without false alarms. It is no secret and proves nothing else.
 */

export const KEY_ID_CHARACTERS = 12;
const SECRET_BYTES = 32;
const SECRET_CHARACTERS = 43;
/** Everything from the underscore behind the labels on. */
export const API_KEY_TAIL_CHARACTERS = 1 + KEY_ID_CHARACTERS + 1 + SECRET_CHARACTERS + WORD_CHARACTERS;
const LABEL_CHARACTERS_MIN = 2;
const LABEL_CHARACTERS_MAX = 10;
const API_KEY_CHARACTERS_MIN = 2 * LABEL_CHARACTERS_MIN + 1 + API_KEY_TAIL_CHARACTERS;
/** Longer texts cannot be keys and are not looked at. */
export const API_KEY_CHARACTERS_MAX = 2 * LABEL_CHARACTERS_MAX + 1 + API_KEY_TAIL_CHARACTERS;

const UNDERSCORE = 0x5f;

/** Source of a regular expression that finds keys in text; what it finds still has to pass `parseApiKey`. */
export const API_KEY_PATTERN = '\\b[a-z0-9]{2,10}_[a-z0-9]{2,10}_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}\\b';

export type ParsedApiKey =
  | { readonly kind: 'ok'; readonly keyId: string }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'checksum' };

const MALFORMED: ParsedApiKey = Object.freeze({ kind: 'malformed' });
const CHECKSUM: ParsedApiKey = Object.freeze({ kind: 'checksum' });

/** Whether a text can be a brand or an environment. */
export function isKeyLabel(text: string): boolean {
  return isLabel(text, 0, text.length);
}

/** Whether a text can be the public id of a key. */
export function isKeyId(text: string): boolean {
  return text.length === KEY_ID_CHARACTERS && isBase62(text, 0, KEY_ID_CHARACTERS);
}

/** Makes a key of 256 random bits. The key is shown once and never stored. */
export function issueApiKey(random: Random, brand: string, environment: string): { key: string; keyId: string } {
  if (!isKeyLabel(brand) || !isKeyLabel(environment))
    throw new TypeError('brand and environment are 2 to 10 of a–z and 0–9');
  // Sixteen bytes for twelve characters, so that cutting leaves no bias worth naming (2^-56).
  const keyId = base62(random.bytes(16), KEY_ID_CHARACTERS);
  const body = `${brand}_${environment}_${keyId}_${base62(random.bytes(SECRET_BYTES), SECRET_CHARACTERS)}`;
  return { key: body + base62Word(crc32(body)), keyId };
}

/** Takes a presented key apart by its structure alone; any brand and environment will do. Does not check that it exists. */
export function parseApiKey(text: string): ParsedApiKey {
  const { length } = text;
  if (length < API_KEY_CHARACTERS_MIN || length > API_KEY_CHARACTERS_MAX) return MALFORMED;
  // Everything behind the labels has a fixed width, so that it is found from the end.
  const labelsEnd = length - API_KEY_TAIL_CHARACTERS;
  const idStart = labelsEnd + 1;
  const idEnd = idStart + KEY_ID_CHARACTERS;
  if (text.charCodeAt(labelsEnd) !== UNDERSCORE || text.charCodeAt(idEnd) !== UNDERSCORE) return MALFORMED;
  let brandEnd = 0;
  while (brandEnd < labelsEnd && text.charCodeAt(brandEnd) !== UNDERSCORE) brandEnd++;
  if (!isLabel(text, 0, brandEnd) || !isLabel(text, brandEnd + 1, labelsEnd)) return MALFORMED;
  if (!isBase62(text, idStart, idEnd) || !isBase62(text, idEnd + 1, length)) return MALFORMED;
  const crcStart = length - WORD_CHARACTERS;
  return base62WordAt(text, crcStart) === crc32(text.slice(0, crcStart))
    ? { kind: 'ok', keyId: text.slice(idStart, idEnd) }
    : CHECKSUM;
}

function isLabel(text: string, start: number, end: number): boolean {
  const characters = end - start;
  if (characters < LABEL_CHARACTERS_MIN || characters > LABEL_CHARACTERS_MAX) return false;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (!(code >= 0x61 && code <= 0x7a) && !(code >= 0x30 && code <= 0x39)) return false;
  }
  return true;
}
