import { hexValue } from './hex.ts';

export const PERCENT_DECODED = 1;
/** `%uXXXX`, which only IIS and some frameworks read. */
export const PERCENT_U = 2;
/** A byte sequence no UTF-8 encoder writes, read as lenient decoders read it. */
export const OVERLONG = 4;

/** What `percentDecode` found; read at once, the next call overwrites it. */
export interface Decoding {
  length: number;
  flags: number;
}

/** Undoes one layer of percent encoding in place; text that is no valid escape stays. Bytes are read as lenient UTF-8. `changed` as in Variant. */
export function percentDecode(units: Uint16Array, changed: Uint8Array, length: number, result: Decoding): void {
  let out = 0;
  let flags = 0;
  let i = 0;
  while (i < length) {
    const unit = units[i] ?? 0;
    if (unit !== 0x25) {
      changed[out] = changed[i] ?? 0;
      units[out++] = unit;
      i++;
      continue;
    }
    const following = units[i + 1] ?? 0;
    if ((following | 0x20) === 0x75 && i + 5 < length) {
      const value = fourHex(units, i + 2);
      if (value >= 0) {
        changed[out] = 1;
        units[out++] = value;
        flags |= PERCENT_U;
        i += 6;
        continue;
      }
    }
    const first = i + 2 < length ? byteAt(units, i) : -1;
    if (first < 0) {
      changed[out] = changed[i] ?? 0;
      units[out++] = unit;
      i++;
      continue;
    }
    flags |= PERCENT_DECODED;
    i += 3;
    changed[out] = 1;
    if (first < 0x80) {
      units[out++] = first;
      continue;
    }
    const needed = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    let code = needed === 3 ? first & 7 : needed === 2 ? first & 15 : first & 31;
    let read = 0;
    while (read < needed && i + 2 < length) {
      const byte = byteAt(units, i);
      if (byte < 0 || (byte & 0xc0) !== 0x80) break;
      code = (code << 6) | (byte & 63);
      i += 3;
      read++;
    }
    if (needed === 0 || read < needed) {
      units[out++] = first;
      continue;
    }
    if ((needed === 1 && code < 0x80) || (needed === 2 && code < 0x800) || (needed === 3 && code < 0x10000)) {
      flags |= OVERLONG;
    }
    // Beyond the basic plane nothing is an operator anywhere: one unit keeps the place.
    units[out++] = code > 0xffff ? 0xfffd : code;
  }
  result.length = out;
  result.flags = flags;
}

function byteAt(units: Uint16Array, at: number): number {
  if (units[at] !== 0x25) return -1;
  const high = hexValue(units[at + 1] ?? 0);
  const low = hexValue(units[at + 2] ?? 0);
  return high < 0 || low < 0 ? -1 : (high << 4) | low;
}

function fourHex(units: Uint16Array, at: number): number {
  let value = 0;
  for (let i = 0; i < 4; i++) {
    const digit = hexValue(units[at + i] ?? 0);
    if (digit < 0) return -1;
    value = (value << 4) | digit;
  }
  return value;
}
