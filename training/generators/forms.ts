import { readFileSync } from 'node:fs';
import type { AttackClass } from '../../src/detect/attack-class.ts';
import type { Slots } from './templates.ts';

const FOLDER = new URL('./forms/', import.meta.url);

/** Forms of attacks of a class, one a line, written with the escapes of JavaScript for what a line cannot hold. */
export function formsOf(kind: AttackClass): string[] {
  return readFileSync(new URL(`${kind}.txt`, FOLDER), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map(withoutEscapes);
}

/** Texts for the holes of the forms. */
export function formSlots(): Slots {
  return sectionsOf(new URL('slots.txt', FOLDER));
}

/** Lists of texts of a file: a name in brackets, then its texts, one a line; an empty line is an empty text. */
export function sectionsOf(file: URL): Slots {
  const sections: Record<string, string[]> = {};
  let texts: string[] = [];
  for (const line of readFileSync(file, 'utf8').replace(/\n$/, '').split('\n')) {
    const name = /^\[(\w+)\]$/.exec(line)?.[1];
    if (name !== undefined) {
      texts = [];
      sections[name] = texts;
    } else texts.push(withoutEscapes(line));
  }
  return sections;
}

function withoutEscapes(line: string): string {
  return line.replace(/\\(?:x([0-9a-f]{2})|([nrt\\]))/gi, (_, hex: string | undefined, letter: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return { n: '\n', r: '\r', t: '\t' }[letter ?? ''] ?? '\\';
  });
}
