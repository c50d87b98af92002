import type { Random } from '../random.ts';
import { calmText } from './benign.ts';
import { type BenignSide, randomWord } from './templates.ts';

export const PADDINGS = ['prose', 'json', 'base64'] as const;

export type Padding = (typeof PADDINGS)[number];

export const PLACES = ['before', 'after', 'around'] as const;

export type Place = (typeof PLACES)[number];

/** The text with about `units` characters of harmless text before, after or around it. */
export function padded(
  text: string,
  padding: Padding,
  place: Place,
  units: number,
  side: BenignSide,
  random: Random,
): string {
  if (place === 'before') return `${noise(padding, units, side, random)} ${text}`;
  if (place === 'after') return `${text} ${noise(padding, units, side, random)}`;
  const half = units >> 1;
  return `${noise(padding, half, side, random)} ${text} ${noise(padding, half, side, random)}`;
}

/** Harmless text of one kind, cut at `units` characters, as it would stand around an attack. */
export function noise(padding: Padding, units: number, side: BenignSide, random: Random): string {
  let text = '';
  while (text.length < units) {
    switch (padding) {
      case 'prose':
        text += `${calmText(side, random)} `;
        break;
      case 'json':
        text += `{"${randomWord(random)}":"${randomWord(random)} ${randomWord(random)}","${randomWord(random)}":[${random.below(900)},${random.below(90)}],"${randomWord(random)}":true},`;
        break;
      case 'base64':
        text += BASE64[random.below(64)];
        break;
      default: {
        const never: never = padding;
        throw new Error(`unknown padding ${String(never)}`);
      }
    }
  }
  return text.slice(0, units).trimEnd();
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
