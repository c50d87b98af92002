import { isDigit, isLatinLetter } from '../unit-kinds.ts';
import { hexValue } from './hex.ts';

const WORD_UNITS_MAX = 40;

/**
 * Undoes `\xHH`, `\uHHHH`, `\u{…}`, octal escapes and `\r\n` in place, as JavaScript, shells and databases write them: `\n` alone stands in the
 * paths of Windows. Answers the new length. `changed` as in Variant.
 */
export function decodeEscapes(units: Uint16Array, changed: Uint8Array, length: number): number {
  let out = 0;
  let i = 0;
  while (i < length) {
    const unit = units[i] ?? 0;
    if (unit === 0x5c && i + 1 < length) {
      if (isLineEndAt(units, i, length)) {
        changed[out] = 1;
        units[out++] = 0x0d;
        changed[out] = 1;
        units[out++] = 0x0a;
        i += 4;
        continue;
      }
      const end = escapeAt(units, i + 1, length);
      if (end > 0) {
        changed[out] = 1;
        units[out++] = decodedUnit;
        i = end;
        continue;
      }
    }
    changed[out] = changed[i] ?? 0;
    units[out++] = unit;
    i++;
  }
  return out;
}

/** `\r\n` before another, before what may be a field, a command or a status, and at the end: not in `C:\r\new\report`. */
function isLineEndAt(units: Uint16Array, at: number, length: number): boolean {
  if (at + 3 >= length || units[at + 1] !== 0x72 || units[at + 2] !== 0x5c || units[at + 3] !== 0x6e) return false;
  const start = at + 4;
  let i = start;
  while (i < length && i < start + WORD_UNITS_MAX && isWordUnit(units[i] ?? 0)) i++;
  const next = units[i];
  return (
    i === length ||
    next === 0x3a ||
    next === 0x20 ||
    next === 0x2f ||
    (i === start && (next === 0x5c || !isLatinLetter(next ?? 0)))
  );
}

function isWordUnit(unit: number): boolean {
  return isLatinLetter(unit) || isDigit(unit) || unit === 0x2d;
}

let decodedUnit = 0;

function escapeAt(units: Uint16Array, at: number, length: number): number {
  const kind = units[at] ?? 0;
  if (kind === 0x78) return digits(units, at + 1, length, 2, 2);
  if (kind === 0x75 && units[at + 1] === 0x7b) {
    const end = digits(units, at + 2, length, 1, 6);
    return end > 0 && units[end] === 0x7d ? end + 1 : 0;
  }
  if (kind === 0x75) return digits(units, at + 1, length, 4, 4);
  if (kind >= 0x30 && kind <= 0x33) {
    const second = (units[at + 1] ?? 0) - 0x30;
    const third = (units[at + 2] ?? 0) - 0x30;
    if (at + 2 >= length || second < 0 || second > 7 || third < 0 || third > 7) return 0;
    decodedUnit = ((kind - 0x30) << 6) | (second << 3) | third;
    return at + 3;
  }
  return 0;
}

function digits(units: Uint16Array, at: number, length: number, least: number, most: number): number {
  let value = 0;
  let i = at;
  while (i < length && i < at + most) {
    const digit = hexValue(units[i] ?? 0);
    if (digit < 0) break;
    value = (value << 4) | digit;
    i++;
  }
  if (i - at < least) return 0;
  decodedUnit = value > 0xffff ? 0xfffd : value;
  return i;
}
