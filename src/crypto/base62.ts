const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const VALUES = new Int8Array(128).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

/** Whether the characters from `start` to before `end` are all base62. */
export function isBase62(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (!(code < 128) || (VALUES[code] ?? -1) < 0) return false;
  }
  return true;
}

/** A big-endian number in base62, filled up with zeros to `characters`; the most significant excess is cut. */
export function base62(bytes: Uint8Array, characters: number): string {
  const limbs = limbsOf(bytes);
  let text = '';
  for (let i = 0; i < characters; i++) {
    let remainder = 0;
    for (let k = 0; k < limbs.length; k++) {
      // Below 62 × 2^32, so that it is exact.
      const value = remainder * 2 ** 32 + (limbs[k] ?? 0);
      limbs[k] = Math.floor(value / 62);
      remainder = value % 62;
    }
    text = ALPHABET[remainder] + text;
  }
  return text;
}

function limbsOf(bytes: Uint8Array): Uint32Array {
  const limbs = new Uint32Array(Math.ceil(bytes.length / 4));
  const missing = limbs.length * 4 - bytes.length;
  for (let i = 0; i < bytes.length; i++) {
    const limb = (i + missing) >> 2;
    limbs[limb] = ((limbs[limb] ?? 0) << 8) | (bytes[i] ?? 0);
  }
  return limbs;
}

/** Characters of a 32-bit number. */
export const WORD_CHARACTERS = 6;

/** A 32-bit number in base62, of fixed width. */
export function base62Word(word: number): string {
  let value = word >>> 0;
  let text = '';
  for (let i = 0; i < WORD_CHARACTERS; i++) {
    text = ALPHABET[value % 62] + text;
    value = Math.floor(value / 62);
  }
  return text;
}

/** The number written in the six characters from `start`, which may exceed 32 bits. They must be base62. */
export function base62WordAt(text: string, start: number): number {
  let value = 0;
  for (let i = start; i < start + WORD_CHARACTERS; i++) value = value * 62 + (VALUES[text.charCodeAt(i)] ?? 0);
  return value;
}
