import type { AttackClass } from '../../src/detect/attack-class.ts';
import type { Random } from '../random.ts';

export const MUTATIONS = [
  'percent',
  'percent-twice',
  'case',
  'comments',
  'white-space',
  'full-width',
  'text-before',
  'text-around',
] as const;

export type Mutation = (typeof MUTATIONS)[number];

/** Who interprets these reads letters in both cases as the same; `CAT` is no command and `ro0ab` no object. */
const CASELESS: ReadonlySet<AttackClass> = new Set(['sqli', 'xss', 'ssrf', 'crlf', 'ldap', 'log4shell']);
/** Blanks in these are of their syntax. */
const BLANKS_COUNT: ReadonlySet<AttackClass> = new Set(['deserialisation', 'crlf', 'traversal', 'prototype']);
/** Text before these makes another thing of them: a URL, a path or an object is the whole value. */
const WHOLE: ReadonlySet<AttackClass> = new Set(['deserialisation', 'traversal', 'ssrf', 'prototype', 'nosqli']);

/** Whether a mutation leaves an attack of the class what it is. */
export function keepsMeaning(mutation: Mutation, kind: AttackClass): boolean {
  if (mutation === 'case') return CASELESS.has(kind);
  if (mutation === 'comments') return kind === 'sqli';
  if (mutation === 'white-space') return !BLANKS_COUNT.has(kind);
  if (mutation === 'text-before' || mutation === 'text-around') return !WHOLE.has(kind);
  return true;
}

const TEXTS = [
  'Thanks for your help with this.',
  'Hello, I would like to order two of these.',
  'The quick brown fox jumps over the lazy dog.',
  'We met yesterday and talked about the plan for next week.',
  'Mein Name ist Hase, ich weiss von nichts.',
  'Great service and friendly people.',
  'name of the customer',
  'note: see below',
];

/** Another spelling of a payload that means the same to who interprets it. The value is meant as the application gets it after one decoding. */
export function mutate(text: string, mutation: Mutation, random: Random): string {
  switch (mutation) {
    case 'percent':
      return percent(text);
    case 'percent-twice':
      return percent(percent(text));
    case 'case':
      return text.replace(/[a-z]/gi, (letter) => (random.chance(0.5) ? letter.toUpperCase() : letter.toLowerCase()));
    case 'comments':
      return text.replace(/ +/g, () => random.pick(['/**/', '/*x*/', ' /**/ ']));
    case 'white-space':
      // Protocols of lines take a blank for nothing else.
      if (text.includes('\r')) return text;
      return text.replace(/ +/g, () => random.pick(['\t', '\n', '  ', '\u000b', '\u000c', '\u00a0', ' \t ']));
    case 'full-width':
      return text.replace(/[<>'"()=;/.]/g, (char) =>
        random.chance(0.6) ? String.fromCharCode(char.charCodeAt(0) + 0xfee0) : char,
      );
    case 'text-before':
      return `${random.pick(TEXTS)} ${text}`;
    case 'text-around':
      return `${random.pick(TEXTS)} ${text} ${random.pick(TEXTS)}`;
    default: {
      const never: never = mutation;
      throw new Error(`unknown mutation ${String(never)}`);
    }
  }
}

function percent(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => (isPlain(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`))
    .join('');
}

function isPlain(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a);
}
