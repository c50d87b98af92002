import type { Random } from '../random.ts';

export const MUTATIONS = ['percent', 'percent-twice', 'case', 'comments', 'white-space', 'full-width'] as const;

export type Mutation = (typeof MUTATIONS)[number];

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
      return text.replace(/ +/g, () => random.pick(['\t', '\n', '  ', '\u000b', '\u000c', '\u00a0', ' \t ']));
    case 'full-width':
      return text.replace(/[<>'"()=;/.]/g, (char) =>
        random.chance(0.6) ? String.fromCharCode(char.charCodeAt(0) + 0xfee0) : char,
      );
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
