import { LOWER_CASE_OF } from './unit-kinds.ts';

const LOWER_CASE = LOWER_CASE_OF;
const SEED = 0x811c9dc5;

/** One more character of a word's hash (FNV-1a), letters without case. */
export function hashUnit(hash: number, code: number): number {
  return Math.imul(hash ^ (LOWER_CASE[code] ?? 0), 0x01000193);
}

export const HASH_START = SEED;

export function hashWord(word: string): number {
  let hash = SEED;
  for (let i = 0; i < word.length; i++) hash = hashUnit(hash, word.charCodeAt(i));
  return hash;
}

/**
 * Words without case → a small number, looked up by hash so that a tokeniser makes no strings.
 * A word that shares all 32 bits with one of the table is taken for it: a false piece of evidence, never a missed one.
 */
export class WordTable {
  readonly #mask: number;
  readonly #hashes: Int32Array;
  readonly #values: Uint8Array;
  /** Which two characters words begin with: five bits of each, which are the same for a letter in either case. */
  readonly #beginnings = new Uint8Array(1 << 10);

  constructor(entries: readonly (readonly [words: string, value: number])[]) {
    const all = entries.flatMap(([words, value]) =>
      words
        .split(/\s+/)
        .filter(Boolean)
        .map((word) => [word, value] as const),
    );
    let size = 64;
    while (size < all.length * 3) size *= 2;
    this.#mask = size - 1;
    this.#hashes = new Int32Array(size);
    this.#values = new Uint8Array(size);
    for (const [word, value] of all) {
      this.#beginnings[beginningOf(word.charCodeAt(0), word.charCodeAt(1))] = 1;
      const hash = hashWord(word) | 0;
      let slot = hash & this.#mask;
      while (this.#values[slot] !== 0 && this.#hashes[slot] !== hash) slot = (slot + 1) & this.#mask;
      if (this.#values[slot] !== 0) continue;
      this.#hashes[slot] = hash;
      this.#values[slot] = value;
    }
  }

  /** Whether a word of two characters or more may begin so: most others are not worth a hash. */
  mayBegin(first: number, second: number): boolean {
    return this.#beginnings[beginningOf(first, second)] === 1;
  }

  /** The word's value, or 0. */
  find(hash: number): number {
    hash |= 0;
    let slot = hash & this.#mask;
    for (;;) {
      const value = this.#values[slot] ?? 0;
      if (value === 0 || this.#hashes[slot] === hash) return value;
      slot = (slot + 1) & this.#mask;
    }
  }
}

function beginningOf(first: number, second: number): number {
  return ((first & 31) << 5) | (second & 31);
}
