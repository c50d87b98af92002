import {
  BRACKET,
  CLASS_OF,
  CONTROL,
  DIGIT,
  HIGH,
  HOLE,
  LOWER,
  OPERATOR,
  QUOTE,
  SEPARATOR,
  SPACE,
  UPPER,
} from './character-classes.ts';
import { type Evidence, structureFeature } from './evidence.ts';
import type { Leaf } from './leaf.ts';

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
const HEADER = structureFeature('leaf.header');
const COOKIE = structureFeature('leaf.cookie');
const PATH = structureFeature('leaf.path');

/** Adds what the text looks like as a whole. Answers its classes of characters. */
export function readShape(units: Uint16Array, start: number, end: number, leaf: Leaf, evidence: Evidence): number {
  let bits = 0;
  let letters = 0;
  let blanks = 0;
  let symbols = 0;
  let high = 0;
  let quotes = 0;
  for (let i = start; i < end; i++) {
    const unit = units[i] ?? 0;
    const bit = unit < 256 ? (CLASS_OF[unit] ?? HIGH) : HIGH;
    bits |= bit;
    if ((bit & (LOWER | UPPER)) !== 0) letters++;
    else if (bit === SPACE) blanks++;
    else if (bit === HIGH) high++;
    else if (bit === QUOTE) {
      quotes++;
      symbols++;
    } else if ((bit & (BRACKET | HOLE | OPERATOR | SEPARATOR)) !== 0) symbols++;
  }
  const length = end - start;
  evidence.add(length < 16 ? BELOW_16 : length < 64 ? BELOW_64 : length < 256 ? BELOW_256 : LONG, start, end);
  if (blanks >= 4 && (letters + high + blanks) * 10 > length * 9) evidence.add(PROSE, start, end);
  if (blanks > 0 && letters + blanks === length) evidence.add(LETTERS_AND_BLANKS, start, end);
  if (blanks < 3) evidence.add(FEW_WORDS, start, end);
  if (symbols * 3 > length) evidence.add(MOSTLY_SYMBOLS, start, end);
  if (high * 3 > length) evidence.add(FOREIGN, start, end);
  if ((bits & CONTROL) !== 0) evidence.add(CONTROL_CHARACTERS, start, end);
  if ((bits & SEPARATOR) !== 0 && units.indexOf(0x0a, start) >= 0 && units.indexOf(0x0a, start) < end)
    evidence.add(LINE_ENDS, start, end);
  const first = CLASS_OF[Math.min(255, units[start] ?? 0)] ?? 0;
  if (first === DIGIT) evidence.add(NUMBER_FIRST, start, start + 1);
  if (first === QUOTE) evidence.add(QUOTE_FIRST, start, start + 1);
  if (quotes % 2 === 1) evidence.add(ODD_QUOTES, start, end);
  if (leaf.location === 'header') evidence.add(HEADER, start, end);
  else if (leaf.location === 'cookie') evidence.add(COOKIE, start, end);
  else if (leaf.location === 'path') evidence.add(PATH, start, end);
  return bits;
}
