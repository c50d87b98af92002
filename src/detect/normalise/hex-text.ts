import { hexValue } from './hex.ts';

const DIGITS_MIN = 16;
/** So many digits are looked at before the whole is decoded: hashes and numbers are almost never text. */
const SAMPLE_DIGITS = 16;

/** Whether a text begins with the hexadecimal digits of text. */
export function beginsHexText(text: string): boolean {
  if (text.length < DIGITS_MIN || text.length % 2 !== 0) return false;
  for (let i = 0; i < SAMPLE_DIGITS; i += 2)
    if (!isPrintable(byteOf(text.charCodeAt(i), text.charCodeAt(i + 1)))) return false;
  return true;
}

/** Decodes `units` as the hexadecimal digits of a text into `into`. Answers the decoded length, or 0 where they are none. */
export function decodeHexText(units: Uint16Array, length: number, into: Uint16Array): number {
  if (length < DIGITS_MIN || length % 2 !== 0) return 0;
  for (let i = 0; i < length; i += 2) {
    const byte = byteOf(units[i] ?? 0, units[i + 1] ?? 0);
    if (!isPrintable(byte)) return 0;
    into[i >> 1] = byte;
  }
  return length >> 1;
}

/** −1 where one of the two is no digit. */
function byteOf(high: number, low: number): number {
  const first = hexValue(high);
  const second = hexValue(low);
  return first < 0 || second < 0 ? -1 : first * 16 + second;
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
