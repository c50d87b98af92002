import { HASH_START, hashUnit, WordTable } from '../word-table.ts';
import { hexValue } from './hex.ts';

/** Named references that matter to a payload; value: the character. */
const NAMED = new WordTable([
  ['lt', 0x3c],
  ['gt', 0x3e],
  ['quot', 0x22],
  ['apos', 0x27],
  ['amp', 0x26],
  ['lpar', 0x28],
  ['rpar', 0x29],
  ['colon', 0x3a],
  ['semi', 0x3b],
  ['sol', 0x2f],
  ['bsol', 0x5c],
  ['tab', 0x09],
  ['newline', 0x0a],
  ['nbsp', 0x20],
  ['grave', 0x60],
  ['equals', 0x3d],
  ['comma', 0x2c],
  ['period', 0x2e],
  ['lsqb lbrack', 0x5b],
  ['rsqb rbrack', 0x5d],
  ['lcub lbrace', 0x7b],
  ['rcub rbrace', 0x7d],
  ['dollar', 0x24],
  ['num', 0x23],
  ['percnt', 0x25],
  ['plus', 0x2b],
  ['lowbar', 0x5f],
  ['excl', 0x21],
  ['quest', 0x3f],
  ['vert', 0x7c],
]);
const NAME_UNITS_MAX = 8;

/** Undoes HTML character references in place, with or without their semicolon, padded with zeros or not. Answers the new length. `changed` as in Variant. */
export function decodeEntities(units: Uint16Array, changed: Uint8Array, length: number): number {
  let out = 0;
  let i = 0;
  while (i < length) {
    const unit = units[i] ?? 0;
    if (unit === 0x26) {
      const end = (units[i + 1] ?? 0) === 0x23 ? numeric(units, i + 2, length) : named(units, i + 1, length);
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

let decodedUnit = 0;

function numeric(units: Uint16Array, at: number, length: number): number {
  const hexadecimal = ((units[at] ?? 0) | 0x20) === 0x78;
  let i = hexadecimal ? at + 1 : at;
  const first = i;
  let value = 0;
  for (; i < length; i++) {
    const digit = hexValue(units[i] ?? 0);
    if (digit < 0 || (!hexadecimal && digit > 9)) break;
    value = Math.min(0x110000, value * (hexadecimal ? 16 : 10) + digit);
  }
  if (i === first) return 0;
  decodedUnit = value > 0xffff ? 0xfffd : value;
  return units[i] === 0x3b && i < length ? i + 1 : i;
}

function named(units: Uint16Array, at: number, length: number): number {
  let hash = HASH_START;
  const limit = Math.min(length, at + NAME_UNITS_MAX);
  let i = at;
  for (; i < limit; i++) {
    const lower = (units[i] ?? 0) | 0x20;
    if (lower < 0x61 || lower > 0x7a) break;
    hash = hashUnit(hash, lower);
  }
  if (i === at || units[i] !== 0x3b || i >= length) return withoutSemicolon(units, at, length);
  const value = NAMED.find(hash);
  if (value === 0) return 0;
  decodedUnit = value;
  return i + 1;
}

/** `&lt`, `&gt`, `&amp` and `&quot` stand for themselves without one too (WHATWG HTML §13.2.5.73), but not as names of parameters. */
function withoutSemicolon(units: Uint16Array, at: number, length: number): number {
  for (const { name, value } of LEGACY) {
    const end = at + name.length;
    let i = at;
    while (i < end && i < length && ((units[i] ?? 0) | 0x20) === name.charCodeAt(i - at)) i++;
    if (i < end || (i < length && units[i] === 0x3d)) continue;
    decodedUnit = value;
    return end;
  }
  return 0;
}

const LEGACY = [
  { name: 'lt', value: 0x3c },
  { name: 'gt', value: 0x3e },
  { name: 'amp', value: 0x26 },
  { name: 'quot', value: 0x22 },
] as const;
