/** Bits of the classes a byte is in. */
export const DIGIT = 1;
export const UPPER = 2;
export const LOWER = 4;
export const DASH = 8;
export const UNDERSCORE = 16;
/** `+` and `/` of base64. */
export const PLUS_SLASH = 32;
/** 2 to 7, the digits of base32 (RFC 4648 §6). */
export const BASE32_DIGIT = 64;
/** 0 to 9 and a to f. */
export const LOWER_HEX = 128;

export const ALPHANUMERIC = DIGIT | UPPER | LOWER;
/** The alphabet of base64url (RFC 4648 §5). */
export const URL_SAFE = ALPHANUMERIC | DASH | UNDERSCORE;
export const BASE64 = ALPHANUMERIC | PLUS_SLASH;
export const BASE32 = UPPER | BASE32_DIGIT;

const CLASSES = classTable();

function classTable(): Uint8Array {
  const table = new Uint8Array(256);
  const add = (first: string, last: string, bits: number): void => {
    for (let code = first.charCodeAt(0); code <= last.charCodeAt(0); code++) table[code] = (table[code] ?? 0) | bits;
  };
  add('0', '9', DIGIT | LOWER_HEX);
  add('2', '7', BASE32_DIGIT);
  add('A', 'Z', UPPER);
  add('a', 'z', LOWER);
  add('a', 'f', LOWER_HEX);
  add('-', '-', DASH);
  add('_', '_', UNDERSCORE);
  add('+', '+', PLUS_SLASH);
  add('/', '/', PLUS_SLASH);
  return table;
}

/** Whether a byte is in one of the classes. */
export function isIn(byte: number | undefined, classes: number): boolean {
  return byte !== undefined && ((CLASSES[byte] ?? 0) & classes) !== 0;
}

/** Where the run of bytes of these classes ends that begins at `from`; at most `to`. */
export function runEnd(bytes: Uint8Array, from: number, to: number, classes: number): number {
  let at = from;
  while (at < to && ((CLASSES[bytes[at] ?? 0] ?? 0) & classes) !== 0) at++;
  return at;
}

/** How many different bytes there are from `from` to before `to`. */
export function distinctBytes(bytes: Uint8Array, from: number, to: number): number {
  return new Set(bytes.subarray(from, to)).size;
}
