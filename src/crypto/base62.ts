const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const IS_BASE62 = new Uint8Array(128);
for (let i = 0; i < ALPHABET.length; i++) IS_BASE62[ALPHABET.charCodeAt(i)] = 1;

/** Whether the characters from `start` to before `end` are all base62. */
export function isBase62(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (IS_BASE62[text.charCodeAt(i)] !== 1) return false;
  return true;
}

/** A big-endian number in base62, filled up with zeros to `characters`; the most significant excess is cut. */
export function base62(bytes: Uint8Array, characters: number): string {
  const digits = Array.from(bytes);
  let text = '';
  for (let i = 0; i < characters; i++) {
    let remainder = 0;
    for (let k = 0; k < digits.length; k++) {
      const value = remainder * 256 + (digits[k] ?? 0);
      digits[k] = Math.floor(value / 62);
      remainder = value % 62;
    }
    text = ALPHABET[remainder] + text;
  }
  return text;
}

/** A 32-bit number as six base62 characters. */
export function base62Word(word: number): string {
  let value = word >>> 0;
  let text = '';
  for (let i = 0; i < 6; i++) {
    text = ALPHABET[value % 62] + text;
    value = Math.floor(value / 62);
  }
  return text;
}
