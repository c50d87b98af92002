/** What a character may be part of to the tokenisers: one bit each. */
export const LETTER = 1;
export const DIGIT = 2;
export const UNDERSCORE = 4;
/** From U+00C0 on: letters to languages that take any. */
export const HIGH_LETTER = 8;
/** `- . + : @ % ~`: what words of shells may hold. */
export const SHELL_SIGN = 16;
/** `- :`: what names of tags and attributes may hold. */
export const NAME_SIGN = 32;
/** `. @`: what names of attributes may hold in templates. */
export const ATTRIBUTE_SIGN = 64;

/**
 * Kinds of every character; one look-up costs less than a row of comparisons. Loops over characters take this table, and the bits they ask for,
 * into constants of their own module: V8 compiles those into the code, while it loads and checks what is imported at each use.
 */
export const KINDS_OF = build();

/** A letter A to Z as a to z, everything else as it is. */
export const LOWER_CASE_OF = Uint16Array.from({ length: 0x10000 }, (_, unit) =>
  unit >= 0x41 && unit <= 0x5a ? unit | 0x20 : unit,
);
const LOWER_CASE = LOWER_CASE_OF;

function build(): Uint8Array {
  const table = new Uint8Array(0x10000);
  table.fill(HIGH_LETTER, 0xc0);
  table.fill(DIGIT, 0x30, 0x3a);
  table.fill(LETTER, 0x41, 0x5b);
  table.fill(LETTER, 0x61, 0x7b);
  table[0x5f] = UNDERSCORE;
  const signs: readonly (readonly [string, number])[] = [
    ['-:', SHELL_SIGN | NAME_SIGN],
    ['.@', SHELL_SIGN | ATTRIBUTE_SIGN],
    ['+%~', SHELL_SIGN],
  ];
  for (const [chars, bits] of signs) for (const char of chars) table[char.charCodeAt(0)] = bits;
  return table;
}

/** What languages skip between words: control characters and the blanks of Unicode too, as interpreters differ in which they take. */
export function isBlank(unit: number): boolean {
  return (
    unit <= 0x20 ||
    unit === 0xa0 ||
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x3000 ||
    unit === 0xfeff
  );
}

/** A to Z in either case. */
export function isLatinLetter(unit: number): boolean {
  return (unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a;
}

/** A letter of any language: A to Z, and everything from U+00C0 on. */
export function isLetter(unit: number): boolean {
  return isLatinLetter(unit) || unit >= 0xc0;
}

export function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

/** What names of variables and members hold in most languages: Latin letters, digits, `_` and `$`. */
export function isNameUnit(unit: number): boolean {
  return isLatinLetter(unit) || isDigit(unit) || unit === 0x5f || unit === 0x24;
}

/** Whether a window begins where no blank does: in the middle of a text without any. */
export function isCut(units: Uint16Array, start: number): boolean {
  return start > 0 && (units[start - 1] ?? 0) > 0x20;
}

/** The first place from `at` on that is no blank, or `end`. */
export function afterBlanks(units: Uint16Array, at: number, end: number): number {
  while (at < end && isBlank(units[at] ?? 0)) at++;
  return at;
}

/** Whether a text stands at a place, as it is written. */
export function begins(units: Uint16Array, at: number, end: number, text: string): boolean {
  if (end - at < text.length) return false;
  for (let i = 0; i < text.length; i++) if (units[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** The same, its letters in either case; `text` is in lower case. */
export function beginsAnyCase(units: Uint16Array, at: number, end: number, text: string): boolean {
  if (end - at < text.length) return false;
  for (let i = 0; i < text.length; i++) if (LOWER_CASE[units[at + i] ?? 0] !== text.charCodeAt(i)) return false;
  return true;
}

export function isUpper(unit: number): boolean {
  return unit >= 0x41 && unit <= 0x5a;
}

/** Whether a line, or the text, ends at a place. */
export function isLineEnd(units: Uint16Array, at: number, end: number): boolean {
  return at >= end || units[at] === 0x0a || units[at] === 0x0d;
}
