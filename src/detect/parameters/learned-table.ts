import { ATTACK_CLASSES } from '../attack-class.ts';
import { characterClasses } from '../gate.ts';
import type { LearnedParameter } from './learned-parameter.ts';
import { type KeyedHash, memberFingerprint } from './observation.ts';
import type { UsualValues } from './usual-values.ts';
import { isOfType, VALUE_TYPES } from './value-type.ts';

/** One parameter with its place. */
export interface PlacedParameter {
  /** See endpointKey. */
  readonly endpoint: string;
  readonly path: string;
  readonly learned: LearnedParameter;
}

/** Whose parameters are learned together. */
export function endpointKey(routeId: string, method: string, template: string): string {
  return `${routeId} ${method} ${template}`;
}

const HEADER_WORDS = 1;
/** Low and high word of the key, and where its record begins (0: empty). */
const SLOT_WORDS = 3;
/** Type, length, alphabet, classes, members, pieces of evidence. */
const RECORD_WORDS = 6;
/** Values that are so much longer than every one before are unusual. */
const LENGTH_FACTOR = 4;

/**
 * Compiles learned parameters into shared memory, one table for all threads: open addressing over keyed hashes, then
 * records of whole numbers. `featureOf` gives −1 for a name this version does not know; what is not known is not forgiven.
 */
export function compileLearnedTable(
  parameters: readonly PlacedParameter[],
  hash: KeyedHash,
  featureOf: (name: string) => number,
): SharedArrayBuffer {
  let slots = 8;
  while (slots < parameters.length * 2) slots *= 2;
  const records = parameters.map(({ learned }) => recordOf(learned, featureOf));
  const words = HEADER_WORDS + slots * SLOT_WORDS + records.reduce((sum, { length }) => sum + length, 0);
  const buffer = new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT);
  const table = new Int32Array(buffer);
  table[0] = slots;
  let at = HEADER_WORDS + slots * SLOT_WORDS;
  parameters.forEach(({ endpoint, path }, index) => {
    const record = records[index] ?? [];
    const key = hash(keyOf(endpoint, path));
    const slot = slotOf(table, slots, key);
    table[slot] = lowWord(key);
    table[slot + 1] = highWord(key);
    table[slot + 2] = at;
    table.set(record, at);
    at += record.length;
  });
  return buffer;
}

function recordOf(learned: LearnedParameter, featureOf: (name: string) => number): readonly number[] {
  const evidence = learned.evidence.map(featureOf).filter((feature) => feature >= 0);
  let classes = 0;
  for (const attack of learned.forgive) classes |= 1 << ATTACK_CLASSES.indexOf(attack);
  return [
    learned.type === undefined ? -1 : VALUE_TYPES.indexOf(learned.type),
    learned.lengthMax,
    learned.alphabet,
    classes,
    learned.members.length,
    evidence.length,
    ...learned.members,
    ...evidence,
  ];
}

/** The table of a gateway that has learned nothing. */
export const NOTHING_LEARNED = compileLearnedTable(
  [],
  () => 1,
  () => -1,
);

/** A thread's view of the table; one look-up is one keyed hash. Not reentrant: what is found is valid until the next look-up. */
export class LearnedTable implements UsualValues {
  readonly #hash: KeyedHash;
  #table: Int32Array = new Int32Array(NOTHING_LEARNED);
  #at = 0;
  evidence: Int32Array = new Int32Array(0);

  constructor(hash: KeyedHash, buffer: SharedArrayBuffer = NOTHING_LEARNED) {
    this.#hash = hash;
    this.adopt(buffer);
  }

  /** Reads another table from the next look-up on. */
  adopt(buffer: SharedArrayBuffer): void {
    this.#table = new Int32Array(buffer);
  }

  find(endpoint: string, path: string): UsualValues | undefined {
    const table = this.#table;
    const slots = table[0] ?? 0;
    const at = table[slotOf(table, slots, this.#hash(keyOf(endpoint, path))) + 2] ?? 0;
    if (at === 0) return undefined;
    this.#at = at;
    const evidenceAt = at + RECORD_WORDS + (table[at + 4] ?? 0);
    this.evidence = table.subarray(evidenceAt, evidenceAt + (table[at + 5] ?? 0));
    return this;
  }

  get classes(): number {
    return this.#table[this.#at + 3] ?? 0;
  }

  get expectation(): string {
    const type = VALUE_TYPES[this.#table[this.#at] ?? -1];
    return type ?? 'member';
  }

  isUnusual(text: string): boolean {
    const table = this.#table;
    const at = this.#at;
    const members = table[at + 4] ?? 0;
    const type = VALUE_TYPES[table[at] ?? -1];
    if (members > 0 && !this.#isMember(text, members)) return true;
    if (type === undefined) return false;
    if (!isOfType(type, text)) return true;
    const lengthMax = table[at + 1] ?? 0;
    const alphabet = table[at + 2] ?? 0;
    return (
      (lengthMax > 0 && text.length > lengthMax * LENGTH_FACTOR) ||
      (alphabet !== 0 && (characterClasses(text) & ~alphabet) !== 0)
    );
  }

  #isMember(text: string, members: number): boolean {
    const from = this.#at + RECORD_WORDS;
    const fingerprint = memberFingerprint(this.#hash, text);
    if (fingerprint === 0) return false;
    for (let i = from; i < from + members; i++) if (this.#table[i] === fingerprint) return true;
    return false;
  }
}

function keyOf(endpoint: string, path: string): string {
  return `parameter:${endpoint}\n${path}`;
}

function lowWord(key: number): number {
  return key | 0;
}

function highWord(key: number): number {
  return Math.floor(key / 0x1_0000_0000) | 0;
}

/** Where a key stands, or the empty slot it would stand in. The table is never more than half full. */
function slotOf(table: Int32Array, slots: number, key: number): number {
  const low = lowWord(key);
  const high = highWord(key);
  for (let slot = (low >>> 0) & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
    const at = HEADER_WORDS + slot * SLOT_WORDS;
    if (table[at + 2] === 0 || (table[at] === low && table[at + 1] === high)) return at;
  }
}
