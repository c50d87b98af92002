/** What the six bits of a character are, by its code; 255 where it is no character of base64url (RFC 4648 §5). */
const VALUES: Uint8Array = valuesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');

/** What is wrong with a text that should be canonical base64url. */
export type Base64urlFault = 'character' | 'length' | 'trailingBits';

/**
 * Judges the part of `text` from `start` to `end`: only the alphabet of RFC 4648 §5, no padding, a length that encodes
 * whole octets, and zero in the bits that encode nothing (§3.5). What passes has no other spelling. Undefined: it passes;
 * the empty text does.
 */
export function judgeBase64url(text: string, start: number, end: number): Base64urlFault | undefined {
  let last = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    last = code < 128 ? (VALUES[code] ?? 255) : 255;
    if (last === 255) return 'character';
  }
  switch ((end - start) & 3) {
    case 1:
      return 'length';
    case 2:
      return (last & 0b1111) === 0 ? undefined : 'trailingBits';
    case 3:
      return (last & 0b11) === 0 ? undefined : 'trailingBits';
    default:
      return undefined;
  }
}

/** The octets that canonical base64url stands for, or undefined where it is not canonical. Does not take padding. */
export function decodeBase64url(text: string): Uint8Array | undefined {
  return judgeBase64url(text, 0, text.length) === undefined ? Buffer.from(text, 'base64url') : undefined;
}

/** Writes octets without padding. */
export function encodeBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

function valuesOf(alphabet: string): Uint8Array {
  const values = new Uint8Array(128).fill(255);
  for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i;
  return values;
}
