import type { Random } from '../random.ts';

export type Side = 'train' | 'test';

/** Harmless texts also set the thresholds: what does so is neither what was learned from nor what is tested. */
export type BenignSide = Side | 'calibration';

/** Texts for the holes of templates, written as «name». */
export type Slots = Readonly<Record<string, readonly string[]>>;

/** Every fourth template is for tests alone: what is tested was built on forms the training has not seen. */
export function templatesOf(templates: readonly string[], side: Side): string[] {
  return templates.filter((_, i) => (i % 4 === 3) === (side === 'test'));
}

/** One of eight for tests, one for thresholds; short lists have one of four for both. */
export function benignTemplatesOf(templates: readonly string[], side: BenignSide): string[] {
  return templates.filter((_, i) => {
    if (i % 4 !== 3) return side === 'train';
    if (templates.length < 8) return side !== 'train';
    return side === (i % 8 === 7 ? 'test' : 'calibration');
  });
}

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE64 = `${LETTERS}${DIGITS}+/`;
const BASE64URL = `${LETTERS}${DIGITS}-_`;
/** What no list has to hold, since any will do. */
const MADE: Readonly<Record<string, (random: Random) => string>> = {
  d: (random) => String(random.below(10 ** (1 + random.below(4)))),
  b: (random) => String(random.below(256)),
  w: randomWord,
  hex: (random) => characters('0123456789abcdef', 8 << random.below(4), random),
  rand: (random) => characters(`${LETTERS}${DIGITS}`, 8 + random.below(41), random),
  b64: (random) => {
    const groups = 3 + random.below(random.chance(0.7) ? 12 : 60);
    const end = random.pick(['', '', '=', '==']);
    return `${characters(BASE64, groups * 4 - end.length, random)}${end}`;
  },
  b64u: (random) => characters(BASE64URL, 12 + random.below(random.chance(0.7) ? 50 : 220), random),
  uuid: (random) => [8, 4, 4, 4, 12].map((length) => characters('0123456789abcdef', length, random)).join('-'),
  jwt: (random) =>
    `eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJ${characters(BASE64URL, 30 + random.below(200), random)}.${characters(BASE64URL, 86, random)}`,
  date: (random) => new Date(1.6e12 + random.below(2 ** 31) * 100).toISOString(),
};

function characters(alphabet: string, length: number, random: Random): string {
  let text = '';
  for (let i = 0; i < length; i++) text += alphabet[random.below(alphabet.length)];
  return text;
}

/** Fills the holes of a template, holes of what it fills in included. `«d»` is a number, `«w»` a random word; MADE has the others. */
export function fill(template: string, slots: Slots, random: Random): string {
  let text = template;
  for (let round = 0; round < 6 && text.includes('«'); round++) {
    text = text.replace(/«(\w+)»/g, (_, name: string) => {
      const make = MADE[name];
      if (make !== undefined) return make(random);
      const choices = slots[name];
      if (choices === undefined) throw new Error(`no texts for the hole ${name}`);
      return random.pick(choices);
    });
  }
  return text;
}

export function randomWord(random: Random): string {
  const length = 2 + random.below(8);
  let word = '';
  for (let i = 0; i < length; i++) word += 'etaoinshrdlucmfwypvbgkqjxz'[Math.floor(random.next() ** 1.5 * 26)];
  return word;
}

/** Some of the texts of several lines with the line ends that browsers send (HTML, constructing the entry list). */
export function asSent(text: string, random: Random): string {
  return text.includes('\n') && random.chance(0.4) ? text.replaceAll(/\r?\n/g, '\r\n') : text;
}
