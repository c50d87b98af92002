const VALUE_OF = new Int8Array(128).fill(-1);
'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.split('').forEach((char, value) => {
  VALUE_OF[char.charCodeAt(0)] = value;
});
VALUE_OF[0x2d] = 62;
VALUE_OF[0x5f] = 63;

const COMMA = 0x2c;
/** `base64`, its digits as `| 0x20` leaves them. */
const MARK = Array.from('base64', (char) => char.charCodeAt(0) | 0x20);
const DIGITS_MIN = 12;
/** So many decoded bytes are looked at before the whole is decoded: identifiers are almost never text. */
const SAMPLE_BYTES = 12;

/**
 * Decodes `units` as one base64 or base64url text into `into`. Line ends, and whatever else is no digit of it, is passed over, as lax decoders
 * do. Answers the decoded length, or 0 where it is none, or where what it decodes to is not text for at least nine tenths: identifiers, keys
 * and pictures.
 */
export function decodeBase64(units: Uint16Array, length: number, into: Uint16Array): number {
  return decodeRange(units, 0, length, into, 0);
}

/** Decodes what stands behind `base64,` in data URLs, one text to a line. Answers the decoded length, or 0 where none of them holds text. */
export function decodeDataUrls(units: Uint16Array, length: number, into: Uint16Array): number {
  let out = 0;
  for (let at = MARK.length; at < length; at++) {
    if (units[at] !== COMMA || !isMark(units, at)) continue;
    let end = at + 1;
    while (end < length && !isDelimiter(units[end] ?? 0)) end++;
    const decoded = decodeRange(units, at + 1, end, into, out);
    if (decoded === 0) continue;
    out += decoded;
    into[out++] = 0x0a;
    at = end - 1;
  }
  return out;
}

function isMark(units: Uint16Array, comma: number): boolean {
  for (let i = 0; i < MARK.length; i++) if (((units[comma - MARK.length + i] ?? 0) | 0x20) !== MARK[i]) return false;
  return true;
}

/** A URL ends at a blank, a quote, a bracket of HTML or of CSS. */
function isDelimiter(unit: number): boolean {
  return unit <= 0x20 || unit === 0x22 || unit === 0x27 || unit === 0x29 || unit === 0x3c || unit === 0x3e;
}

/** The decoded length, or 0. `into` is written from `first` on. */
function decodeRange(units: Uint16Array, start: number, end: number, into: Uint16Array, first: number): number {
  let out = 0;
  let bits = 0;
  let held = 0;
  let printable = 0;
  let digits = 0;
  for (let i = start; i < end; i++) {
    const unit = units[i] ?? 0;
    if (unit > 127) return 0;
    const value = VALUE_OF[unit] ?? -1;
    if (value < 0) continue;
    digits++;
    held = ((held << 6) | value) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    const byte = (held >> bits) & 0xff;
    into[first + out++] = byte;
    if ((byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09) printable++;
    if (out === SAMPLE_BYTES && printable < SAMPLE_BYTES - 1) return 0;
  }
  return digits >= DIGITS_MIN && printable * 10 >= out * 9 ? out : 0;
}
