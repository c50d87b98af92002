import { LITERALS } from './literals.ts';
import { DECODERS } from './normalise/variants.ts';
import { STRUCTURES } from './structures.ts';

/** Kinds of tokens a tokeniser may know: a pair of them is 10 bits, three are 15. */
export const TOKEN_KINDS = 32;

/** Tokenisers whose runs of two and three tokens are features. */
export const GRAMMARS = ['sql', 'markup', 'code', 'shell'] as const;

export type Grammar = (typeof GRAMMARS)[number];

const PAIRS = TOKEN_KINDS * TOKEN_KINDS;
const TRIPLES = PAIRS * TOKEN_KINDS;

export const LITERAL_FEATURES = 0;
export const STRUCTURE_FEATURES = LITERALS.length;
export const DECODER_FEATURES = STRUCTURE_FEATURES + STRUCTURES.length;
const GRAM_FEATURES = DECODER_FEATURES + DECODERS.length;

const JOINT_FEATURES = GRAM_FEATURES + GRAMMARS.length * (PAIRS + TRIPLES);

/** Size of the space of features; most of it is never seen and has no weight. */
export const FEATURE_COUNT = JOINT_FEATURES + STRUCTURES.length * STRUCTURES.length;

/** First of the features of a tokeniser's pairs; its triples follow. */
export function gramBase(grammar: Grammar): number {
  return GRAM_FEATURES + GRAMMARS.indexOf(grammar) * (PAIRS + TRIPLES);
}

/** That two structures stand in one window: a command is another thing in a sentence than by itself. `one` has the lower number. */
export function jointFeature(one: number, other: number): number {
  return JOINT_FEATURES + (one - STRUCTURE_FEATURES) * STRUCTURES.length + (other - STRUCTURE_FEATURES);
}

export function isStructure(feature: number): boolean {
  return feature >= STRUCTURE_FEATURES && feature < DECODER_FEATURES;
}

export function isDecoder(feature: number): boolean {
  return feature >= DECODER_FEATURES && feature < GRAM_FEATURES;
}

export function isJoint(feature: number): boolean {
  return feature >= JOINT_FEATURES;
}

/** The two structures of a joint feature, the lower number first. */
export function structuresOf(joint: number): readonly [number, number] {
  const pair = joint - JOINT_FEATURES;
  return [STRUCTURE_FEATURES + Math.floor(pair / STRUCTURES.length), STRUCTURE_FEATURES + (pair % STRUCTURES.length)];
}

/** Number of the feature of a name, the inverse of featureName; −1 for a name there is none of. */
export function featureNumber(name: string, letters: Readonly<Record<Grammar, string>>): number {
  const blank = name.indexOf(' ');
  const kind = name.slice(0, Math.max(0, blank));
  const rest = name.slice(blank + 1);
  if (kind === '') return numberIn(STRUCTURES, name, STRUCTURE_FEATURES);
  if (kind === 'decoder') return numberIn(DECODERS, rest, DECODER_FEATURES);
  if (kind === 'word' || kind === 'text')
    return LITERALS.findIndex(({ text, wholeWord }) => text === rest && wholeWord === (kind === 'word'));
  if (kind === 'both') {
    const [one, other] = rest.split(' ').map((name) => numberIn(STRUCTURES, name, STRUCTURE_FEATURES));
    return one === undefined || other === undefined || one < 0 || other < 0 ? -1 : jointFeature(one, other);
  }
  const grammar = GRAMMARS.find((one) => one === kind);
  if (grammar === undefined || rest.length < 2 || rest.length > 3) return -1;
  let gram = 0;
  for (const letter of rest) {
    const token = letters[grammar].indexOf(letter);
    if (token < 0 || token >= TOKEN_KINDS) return -1;
    gram = gram * TOKEN_KINDS + token;
  }
  return gramBase(grammar) + (rest.length === 3 ? PAIRS : 0) + gram;
}

function numberIn(names: readonly string[], name: string, first: number): number {
  const at = names.indexOf(name);
  return at < 0 ? -1 : first + at;
}

/** Name of a feature in the model, in verdicts and in exceptions; the kinds of tokens are letters, see each tokeniser. */
export function featureName(id: number, letters: Readonly<Record<Grammar, string>>): string {
  if (id < STRUCTURE_FEATURES) {
    const literal = LITERALS[id];
    return literal === undefined ? '' : `${literal.wholeWord ? 'word' : 'text'} ${literal.text}`;
  }
  if (id < DECODER_FEATURES) return STRUCTURES[id - STRUCTURE_FEATURES] ?? '';
  if (id < GRAM_FEATURES) return `decoder ${DECODERS[id - DECODER_FEATURES] ?? ''}`;
  if (id >= JOINT_FEATURES) {
    const [one, other] = structuresOf(id);
    return `both ${STRUCTURES[one - STRUCTURE_FEATURES] ?? ''} ${STRUCTURES[other - STRUCTURE_FEATURES] ?? ''}`;
  }
  const grammar = GRAMMARS[Math.floor((id - GRAM_FEATURES) / (PAIRS + TRIPLES))] ?? 'sql';
  let gram = (id - GRAM_FEATURES) % (PAIRS + TRIPLES);
  const alphabet = letters[grammar];
  let text = '';
  const size = gram < PAIRS ? 2 : 3;
  if (size === 3) gram -= PAIRS;
  for (let i = 0; i < size; i++) {
    text = (alphabet[gram % TOKEN_KINDS] ?? '?') + text;
    gram = Math.floor(gram / TOKEN_KINDS);
  }
  return `${grammar} ${text}`;
}
