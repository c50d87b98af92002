import { DASH, DIGIT, LOWER, UPPER } from './character-classes.ts';

const ORDINARY = LOWER | UPPER | DIGIT | DASH;
/** Shorter text in this alphabet carries nothing: no class has a payload that fits. */
const ENCODED_UNITS_MIN = 10;

/**
 * Whether a value of these classes of characters is harmless however it is interpreted: a number, a word, an identifier.
 * Long ones in the alphabet of base64 are not: something may be packed in them.
 */
export function isOrdinary(bits: number, length: number): boolean {
  if ((bits & ~ORDINARY) !== 0) return false;
  return length < ENCODED_UNITS_MIN || (bits & LOWER) === 0 || (bits & UPPER) === 0;
}
