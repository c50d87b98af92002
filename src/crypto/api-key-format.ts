import { crc32 } from 'node:zlib';
import type { Random } from '../ports.ts';
import { base62, base62Word, isBase62 } from './base62.ts';

/*
 * `{brand}_{env}_{keyId}_{secret}{crc}`, for instance sp_live_ and 12, then 43 and 6 base62 characters. The checksum covers
 * everything before it, so that what is mistyped, cut off or invented is refused without a look-up, and scanners for
 * leaked secrets find our keys without false alarms.
 */

const KEY_ID_CHARACTERS = 12;
const SECRET_BYTES = 32;
const SECRET_CHARACTERS = 43;
const CRC_CHARACTERS = 6;
const TAIL_CHARACTERS = 1 + KEY_ID_CHARACTERS + 1 + SECRET_CHARACTERS + CRC_CHARACTERS;
/** Longer texts are not looked at. */
export const API_KEY_CHARACTERS_MAX = 256;

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
  if (text.length < 2 || text.length > 10) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!(code >= 0x61 && code <= 0x7a) && !(code >= 0x30 && code <= 0x39)) return false;
  }
  return true;
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
  const tail = length - TAIL_CHARACTERS;
  if (tail < 5 || length > API_KEY_CHARACTERS_MAX) return MALFORMED;
  const labels = text.slice(0, tail);
  const middle = labels.indexOf('_');
  if (middle === -1 || !isKeyLabel(labels.slice(0, middle)) || !isKeyLabel(labels.slice(middle + 1))) return MALFORMED;
  const idStart = tail + 1;
  const idEnd = idStart + KEY_ID_CHARACTERS;
  if (text.charCodeAt(tail) !== 0x5f || text.charCodeAt(idEnd) !== 0x5f) return MALFORMED;
  if (!isBase62(text, idStart, idEnd) || !isBase62(text, idEnd + 1, length)) return MALFORMED;
  const crcStart = length - CRC_CHARACTERS;
  return base62Word(crc32(text.slice(0, crcStart))) === text.slice(crcStart)
    ? { kind: 'ok', keyId: text.slice(idStart, idEnd) }
    : CHECKSUM;
}
