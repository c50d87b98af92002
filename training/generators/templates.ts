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

/** Fills the holes of a template, holes of what it fills in included. `«d»` is a number, `«w»` a random word. */
export function fill(template: string, slots: Slots, random: Random): string {
  let text = template;
  for (let round = 0; round < 6 && text.includes('«'); round++) {
    text = text.replace(/«(\w+)»/g, (_, name: string) => {
      if (name === 'd') return String(random.below(10 ** (1 + random.below(4))));
      if (name === 'w') return randomWord(random);
      if (name === 'b') return String(random.below(256));
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
