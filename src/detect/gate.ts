import { CLASS_OF, DASH, DIGIT, LOWER, UPPER } from './character-classes.ts';
import { beginsHexText } from './normalise/hex-text.ts';

const CLASSES = CLASS_OF;
const ORDINARY = LOWER | UPPER | DIGIT | DASH;
/** Shorter text in this alphabet carries nothing: no class has a payload that fits. */
const ENCODED_UNITS_MIN = 10;

/** Which classes of characters the text has: one bit each, see character-classes.ts. */
export function characterClasses(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits |= CLASSES[text.charCodeAt(i)] ?? 0;
  return bits;
}

/**
 * Whether a value of these classes of characters is harmless however it is interpreted: a number, a word, an identifier.
 * Long ones in the alphabet of base64 are not: something may be packed in them, and in hexadecimal digits of text or of a Java object.
 */
export function isOrdinary(bits: number, text: string): boolean {
  if ((bits & ~ORDINARY) !== 0) return false;
  const { length } = text;
  if (length >= ENCODED_UNITS_MIN && (text.startsWith('aced0005') || text.startsWith('ACED0005'))) return false;
  if (beginsHexText(text)) return false;
  return length < ENCODED_UNITS_MIN || (bits & LOWER) === 0 || (bits & UPPER) === 0;
}
