import { ATTACK_CLASSES, type AttackClass } from '../src/detect/attack-class.ts';
import type { Leaf } from '../src/detect/leaf.ts';
import { labelledSamples, type Sample, valueLeaf } from './datasets.ts';
import { attack } from './generators/attacks.ts';
import { benignText, snippet } from './generators/benign.ts';
import { benignDocument, benignName } from './generators/benign-names.ts';
import { packagePieces } from './generators/files.ts';
import { machineLeaves } from './generators/machine-values.ts';
import { keepsMeaning, MUTATIONS, mutate } from './generators/mutations.ts';
import { noise, PADDINGS, PLACES, padded } from './generators/padding.ts';
import { asSent, type BenignSide, type Side } from './generators/templates.ts';
import { Random } from './random.ts';

const NAME_SHARE = 0.5;

/** The labelled corpora and our own texts of one side, with every spelling of the attacks. */
export function samplesOf(side: Side, perClass: number, seed: number): Sample[] {
  const random = new Random(seed);
  const own: Sample[] = [];
  for (const kind of ATTACK_CLASSES) {
    const seen = new Set<string>();
    for (let i = 0; i < perClass; i++) {
      const text = attack(kind, side, random);
      if (seen.has(text)) continue;
      seen.add(text);
      own.push(ownSample(text, kind, side, random));
    }
  }
  const labelled = labelledSamples().filter((sample) => sample.side === side);
  return [...labelled, ...own];
}

/** Other spellings of attacks that stand in one value; each is still the same attack. */
export function mutated(samples: readonly Sample[], share: number, seed: number): Sample[] {
  const random = new Random(seed);
  const found: Sample[] = [];
  for (const sample of samples) {
    const leaf = sample.leaves[0];
    if (sample.class === 'benign' || sample.leaves.length !== 1 || leaf === undefined || !random.chance(share))
      continue;
    const mutation = random.pick(MUTATIONS);
    if (!keepsMeaning(mutation, sample.class)) continue;
    const text = mutate(leaf.text, mutation, random);
    if (text !== leaf.text && text.length < 4000)
      found.push({ ...sample, leaves: [{ ...leaf, text }], source: `${sample.source} mutated` });
  }
  return found;
}

/** Attacks with harmless text before, after or around them, as an attacker adds it to wash them clean. */
export function paddedAttacks(samples: readonly Sample[], share: number, seed: number): Sample[] {
  const random = new Random(seed);
  const found: Sample[] = [];
  for (const sample of samples) {
    const leaf = sample.leaves[0];
    if (sample.class === 'benign' || sample.leaves.length !== 1 || leaf === undefined || leaf.isKey) continue;
    if (!random.chance(share) || leaf.text.length > 1000) continue;
    const units = Math.round(16 * 2 ** (random.next() * 5));
    const text = padded(leaf.text, random.pick(PADDINGS), random.pick(PLACES), units, sample.side, random);
    found.push({ ...sample, leaves: [{ ...leaf, text }], source: `${sample.source} padded` });
  }
  return found;
}

function ownSample(text: string, kind: AttackClass, side: Side, random: Random): Sample {
  return { leaves: ownLeaves(text, kind, random), class: kind, source: 'own', side };
}

/** Operators and prototypes are names: a document that holds them comes as the names a reader of leaves finds. */
function ownLeaves(text: string, kind: AttackClass, random: Random): Leaf[] {
  if (kind === 'prototype' || kind === 'nosqli') {
    const document = text.startsWith('{') && random.chance(0.8) ? jsonLeaves(text) : undefined;
    if (document !== undefined) return document;
    // `name[$ne]=1` comes as a name and a value where it is a query, as one text where it stands in another value.
    if (random.chance(0.6) && /^[\w?#&]*(?:\[|\$|__proto__|constructor|\.__)/.test(text))
      return [valueLeaf(text.replace(/^[?#&]|=[^=]*$/g, ''), true)];
  }
  if (kind === 'deserialisation' && text.startsWith('{') && random.chance(0.5)) {
    const document = jsonLeaves(text);
    if (document !== undefined) return document;
  }
  if (random.chance(0.1)) return [{ location: 'header', isKey: false, path: 'header.user-agent', text, decoded: [] }];
  if (random.chance(0.08)) return [{ location: 'path', isKey: false, path: 'path', text, decoded: [] }];
  return [valueLeaf(text, random.chance(0.06) && text.length < 60 && random.chance(NAME_SHARE))];
}

/** What a reader of leaves finds in JSON; undefined where the text is none, or has no names. */
function jsonLeaves(text: string): Leaf[] | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  const leaves: Leaf[] = [];
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'string') leaves.push({ location: 'json', isKey: false, path, text: value, decoded: [] });
    else if (Array.isArray(value)) for (const item of value) walk(item, `${path}[]`);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        leaves.push({ location: 'json', isKey: true, path: `${path}.${key}`, text: key, decoded: [] });
        walk(item, `${path}.${key}`);
      }
    }
  };
  walk(document, 'body');
  return leaves.length > 0 ? leaves : undefined;
}

/** A snippet, a value, or now and then what the attacks are padded with, by itself. */
function harmlessText(i: number, side: BenignSide, random: Random): string {
  if (i % 24 === 7) return noise(random.pick(PADDINGS), Math.round(24 * 2 ** (random.next() * 6)), side, random);
  return i % 3 === 0 ? snippet(side, random) : benignText(side, random);
}

/** Fields, cookies, secrets and parameters as machines make them. */
export function machineSamples(side: BenignSide, count: number, seed: number): Sample[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => ({
    leaves: machineLeaves(side, random),
    class: 'benign',
    source: 'machines',
    side: side === 'train' ? 'train' : 'test',
  }));
}

/** Pieces of real source code and Markdown as fields of JSON and forms. */
export function pieceSamples(side: BenignSide, count: number, seed: number): Sample[] {
  const random = new Random(seed);
  return packagePieces(side, count, seed).map((text) => ({
    leaves: [valueLeaf(asSent(text, random))],
    class: 'benign',
    source: 'packages',
    side: side === 'train' ? 'train' : 'test',
  }));
}

export function benignSamples(side: BenignSide, count: number, seed: number): Sample[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    const isName = i % 31 === 30;
    const text = isName
      ? benignName(side, random)
      : i % 37 === 36
        ? benignDocument(side, random)
        : asSent(harmlessText(i, side, random), random);
    const isKey = isName || (i % 17 === 0 && text.length < 40);
    return {
      leaves: [{ ...valueLeaf(text, isKey) }],
      class: 'benign',
      source: 'own',
      side: side === 'train' ? 'train' : 'test',
    };
  });
}
