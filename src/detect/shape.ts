import {
  BRACKET,
  CLASS_OF,
  CONTROL,
  DIGIT,
  HIGH,
  HOLE,
  LINE_FEED,
  LOWER,
  OPERATOR,
  QUOTE,
  SEPARATOR,
  SPACE,
  UPPER,
} from './character-classes.ts';
import { type Evidence, structureFeature } from './evidence.ts';
import type { Leaf } from './leaf.ts';
import { beginsWithValue } from './shell/first-value.ts';

const PROSE = structureFeature('shape.prose');
const LETTERS_AND_BLANKS = structureFeature('shape.letters-and-blanks');
const FEW_WORDS = structureFeature('shape.few-words');
const MOSTLY_SYMBOLS = structureFeature('shape.mostly-symbols');
const LINE_ENDS = structureFeature('shape.has-line-ends');
const FOREIGN = structureFeature('shape.foreign-script');
const CONTROL_CHARACTERS = structureFeature('shape.control-characters');
const BELOW_16 = structureFeature('shape.below-16');
const BELOW_64 = structureFeature('shape.below-64');
const BELOW_256 = structureFeature('shape.below-256');
const LONG = structureFeature('shape.long');
const NUMBER_FIRST = structureFeature('shape.number-first');
const QUOTE_FIRST = structureFeature('shape.quote-first');
const ODD_QUOTES = structureFeature('shape.odd-quotes');
const VALUE_FIRST = structureFeature('shape.value-then-separator');
const HEADER = structureFeature('leaf.header');
const COOKIE = structureFeature('leaf.cookie');
const PATH = structureFeature('leaf.path');

/** Counts of ten bits share a number: so many characters are counted before it is taken apart. */
const COUNTED_UNITS_MAX = 1023;
const CLASSES = CLASS_OF;
/** Adds 1 to the letters, blanks or characters of other scripts, ten bits each. */
const WORDS_OF = CLASS_OF.map((bit) =>
  (bit & (LOWER | UPPER)) !== 0 ? 1 : bit === SPACE ? 1 << 10 : bit === HIGH ? 1 << 20 : 0,
);
/** Adds 1 to the symbols, and to the quotes among them. */
const MARKS_OF = CLASS_OF.map((bit) =>
  (bit & QUOTE) !== 0 ? 1 | (1 << 10) : (bit & (BRACKET | HOLE | OPERATOR | SEPARATOR)) !== 0 ? 1 : 0,
);

/** Adds what the text looks like as a whole. Answers its classes of characters. */
export function readShape(units: Uint16Array, start: number, end: number, leaf: Leaf, evidence: Evidence): number {
  let bits = 0;
  let letters = 0;
  let blanks = 0;
  let high = 0;
  let symbols = 0;
  let quotes = 0;
  for (let from = start; from < end; from += COUNTED_UNITS_MAX) {
    const to = Math.min(end, from + COUNTED_UNITS_MAX);
    let words = 0;
    let marks = 0;
    for (let i = from; i < to; i++) {
      const unit = units[i] ?? 0;
      bits |= CLASSES[unit] ?? 0;
      words += WORDS_OF[unit] ?? 0;
      marks += MARKS_OF[unit] ?? 0;
    }
    letters += words & COUNTED_UNITS_MAX;
    blanks += (words >>> 10) & COUNTED_UNITS_MAX;
    high += words >>> 20;
    symbols += marks & COUNTED_UNITS_MAX;
    quotes += marks >>> 10;
  }
  const length = end - start;
  evidence.add(length < 16 ? BELOW_16 : length < 64 ? BELOW_64 : length < 256 ? BELOW_256 : LONG, start, end);
  if (blanks >= 4 && (letters + high + blanks) * 10 > length * 9) evidence.add(PROSE, start, end);
  if (blanks > 0 && letters + blanks === length) evidence.add(LETTERS_AND_BLANKS, start, end);
  if (blanks < 3) evidence.add(FEW_WORDS, start, end);
  if (symbols * 3 > length) evidence.add(MOSTLY_SYMBOLS, start, end);
  if (high * 3 > length) evidence.add(FOREIGN, start, end);
  if ((bits & CONTROL) !== 0) evidence.add(CONTROL_CHARACTERS, start, end);
  if ((bits & LINE_FEED) !== 0) evidence.add(LINE_ENDS, start, end);
  const first = CLASS_OF[units[start] ?? 0] ?? 0;
  if (first === DIGIT) evidence.add(NUMBER_FIRST, start, start + 1);
  if ((first & QUOTE) !== 0) evidence.add(QUOTE_FIRST, start, start + 1);
  if (start === 0 && beginsWithValue(units, end)) evidence.add(VALUE_FIRST, 0, end);
  if (quotes % 2 === 1) evidence.add(ODD_QUOTES, start, end);
  if (leaf.location === 'header') evidence.add(HEADER, start, end);
  else if (leaf.location === 'cookie') evidence.add(COOKIE, start, end);
  else if (leaf.location === 'path') evidence.add(PATH, start, end);
  return bits;
}
