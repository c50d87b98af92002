const VALUE_OF = new Int8Array(128).fill(-1);
'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.split('').forEach((char, value) => {
  VALUE_OF[char.charCodeAt(0)] = value;
});
VALUE_OF[0x2d] = 62;
VALUE_OF[0x5f] = 63;

const COMMA = 0x2c;
/** `base64`, its digits as `| 0x20` leaves them. */
const MARK = Array.from('base64', (char) => char.charCodeAt(0) | 0x20);
/** What so many bytes decode from, 12 digits, is a word at most. */
const TEXT_BYTES_MIN = 9;
/** So many decoded bytes are looked at before the whole is decoded: identifiers are almost never text. */
const SAMPLE_BYTES = 12;

/**
 * Decodes `units` as one base64 or base64url text, behind the first `from` units of `into`. Line ends, and whatever else is no digit of it, is passed
 * over, as lax decoders do. Answers how much of what it decodes to is text for at least nine tenths, or 0: identifiers, keys and pictures. What
 * follows text and is none hides nothing: decoders stop at different places.
 */
export function decodeBase64(units: Uint16Array, length: number, into: Uint16Array, from = 0): number {
  return decodeRange(units, 0, length, into, from);
}

/**
 * Decodes what stands behind `base64,` in data URLs, one text to a line. Answers the decoded length, or 0 where none of them holds text. No
 * character is decoded twice, however many URLs begin.
 */
export function decodeDataUrls(units: Uint16Array, length: number, into: Uint16Array): number {
  let out = 0;
  let start = -1;
  for (let at = MARK.length; at <= length; at++) {
    const unit = units[at] ?? 0;
    const begins = at < length && unit === COMMA && isMark(units, at);
    if (!begins && at < length && (start < 0 || !isDelimiter(unit))) continue;
    if (start >= 0) {
      const decoded = decodeRange(units, start, at, into, out);
      if (decoded > 0) {
        out += decoded;
        into[out++] = 0x0a;
      }
    }
    start = begins ? at + 1 : -1;
  }
  return out;
}

/** Browsers leave out blanks, wherever they stand. */
function isMark(units: Uint16Array, comma: number): boolean {
  let at = comma;
  for (let i = MARK.length - 1; i >= 0; i--) {
    at--;
    while (at >= 0 && (units[at] ?? 0) <= 0x20) at--;
    if (at < 0 || ((units[at] ?? 0) | 0x20) !== MARK[i]) return false;
  }
  return true;
}

/** A URL in a text ends at a quote, a bracket of HTML or of CSS. */
function isDelimiter(unit: number): boolean {
  return unit === 0x22 || unit === 0x27 || unit === 0x29 || unit === 0x3c || unit === 0x3e;
}

/** How much of what is decoded is text, or 0. `into` is written from `first` on. */
function decodeRange(units: Uint16Array, start: number, end: number, into: Uint16Array, first: number): number {
  let out = 0;
  let text = 0;
  let bits = 0;
  let held = 0;
  let printable = 0;
  /** Of a character in UTF-8: how many bytes it has, and how many of them are to come. */
  let width = 0;
  let missing = 0;
  let isAscii = true;
  for (let i = start; i < end; i++) {
    const unit = units[i] ?? 0;
    const value = unit > 127 ? -1 : (VALUE_OF[unit] ?? -1);
    if (value < 0) continue;
    held = ((held << 6) | value) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    const byte = (held >> bits) & 0xff;
    into[first + out++] = byte;
    if (byte < 0x80) {
      if ((byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09) printable++;
      missing = 0;
    } else if (byte >= 0xc2 && byte < 0xf5) {
      width = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
      missing = width - 1;
    } else if (missing > 0 && --missing === 0) {
      printable += width;
      isAscii = false;
    }
    if (out === SAMPLE_BYTES) {
      // Two bytes in a row are a character in UTF-8 often enough by chance.
      const most = printable + (missing > 0 ? width - missing : 0);
      if (most < (isAscii && missing === 0 ? SAMPLE_BYTES - 1 : SAMPLE_BYTES)) return 0;
    }
    if (printable * 10 >= out * 9) text = out;
  }
  return text >= (text < out ? SAMPLE_BYTES : TEXT_BYTES_MIN) ? text : 0;
}
