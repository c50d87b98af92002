import { placeOf } from './text-scan.ts';

const PREDEFINED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
/** `&#x0010FFFF;` and longer zero padding that parsers take. */
const REFERENCE_CHARACTERS_MAX = 32;

/** Text with its character references and the five predefined entities replaced (XML 1.0 §4.1, §4.6); others stay. */
export function xmlText(raw: string): string {
  let mark = raw.indexOf('&');
  if (mark < 0) return raw;
  let out = '';
  let from = 0;
  while (mark >= 0) {
    const farthest = Math.min(mark + REFERENCE_CHARACTERS_MAX, raw.length);
    const end = placeOf(raw, 0x3b, mark, farthest);
    const character = end < farthest ? referenced(raw.slice(mark + 1, end)) : undefined;
    if (character !== undefined) {
      out += raw.slice(from, mark) + character;
      from = end + 1;
    }
    mark = raw.indexOf('&', mark + 1);
  }
  return out + raw.slice(from);
}

function referenced(name: string): string | undefined {
  if (name.charCodeAt(0) !== 0x23) return Object.hasOwn(PREDEFINED, name) ? PREDEFINED[name] : undefined;
  const hexadecimal = name.charCodeAt(1) === 0x78;
  const digits = name.slice(hexadecimal ? 2 : 1);
  if (digits === '') return undefined;
  let value = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number.parseInt(digits[i] ?? '', hexadecimal ? 16 : 10);
    if (Number.isNaN(digit)) return undefined;
    value = value * (hexadecimal ? 16 : 10) + digit;
    if (value > 0x10ffff) return undefined;
  }
  return String.fromCodePoint(value);
}

/** The place behind the `>` that ends a document type, its internal subset and quoted texts skipped; −1 where there is none. */
export function endOfDoctype(text: string, from: number): number {
  let brackets = 0;
  for (let i = from; i < text.length; i++) {
    const character = text[i];
    if (character === '"' || character === "'") {
      const end = text.indexOf(character, i + 1);
      if (end < 0) return -1;
      i = end;
    } else if (character === '[') brackets++;
    else if (character === ']') brackets--;
    else if (character === '>' && brackets <= 0) return i + 1;
  }
  return -1;
}
