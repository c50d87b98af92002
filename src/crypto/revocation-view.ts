import { REVOCATION_KINDS, type RevocationKind } from '../core/credential.ts';
import { halfSipHash } from './half-siphash.ts';

/*
 * Layout of the revocations in shared memory.
 *
 *   meta     a count for each kind, the number of levels, and the version
 *   entries  16 bytes each: 29 bits of fingerprint and 3 of kind (0: free, 7: taken back), 32 more bits of fingerprint,
 *            revoked up to (s), forgotten at (s, 0: never; only the writer looks)
 *
 * Entries stand in levels: hash tables with linear probing, one behind the other in one buffer that grows in place, each
 * four times as large as the one before. Nothing is ever moved, so there is no moment at which a thread reads an older
 * table: what is added is seen by every thread before `add` returns. A look-up probes every level, at most eight.
 *
 * An entry is found by its first word, which is stored last. One that is taken back keeps its other words until another
 * takes its place: a reader compares the first word again after it has read the rest.
 */

export const ENTRY_WORDS = 4;
export const HIGH = 1;
export const BEFORE = 2;
export const FORGET = 3;
export const FREE = 0;
export const TAKEN_BACK = 7;
const KIND_MASK = 7;

export const META_LEVELS = REVOCATION_KINDS.length;
export const META_VERSION = META_LEVELS + 1;
export const META_BYTES = 64;

const FIRST_LEVEL_ENTRIES = 1_024;
const LEVEL_GROWTH_BITS = 2;
/** 16.8 million entries in the last. */
export const LEVELS_MAX = 8;

/** By kind: its count in `meta`, and one less than its code in an entry. */
export const KIND_INDEX: Readonly<Record<RevocationKind, number>> = { jti: 0, sid: 1, sub: 2, client: 3, kid: 4 };

/** What a thread needs to read: plain data over shared memory that grows in place. It stays the same for good. */
export interface RevocationHandle {
  readonly generation: number;
  readonly shared: SharedArrayBuffer;
  readonly seedLo: number;
  readonly seedHi: number;
}

/** Places in a level, a power of two. */
export function levelEntries(level: number): number {
  return FIRST_LEVEL_ENTRIES << (LEVEL_GROWTH_BITS * level);
}

/** First word of a level, behind `meta`. */
export function levelStart(level: number): number {
  let entries = 0;
  for (let before = 0; before < level; before++) entries += levelEntries(before);
  return entries * ENTRY_WORDS;
}

/** Size of the buffer with so many levels. */
export function bytesOf(levels: number): number {
  return META_BYTES + levelStart(levels) * 4;
}

/** The kind an entry's first word says, as its index; negative where the place is free, 6 where it was taken back. */
export function kindIndexOf(first: number): number {
  return (first & KIND_MASK) - 1;
}

/** One thread's view: aims at a value, then finds it. Keeps no entry. */
export class RevocationView {
  readonly meta: Int32Array;
  /** Of fixed length: reading through a view that follows a growing buffer costs ten times as much. */
  entries: Int32Array;
  /** The words of what was aimed at. */
  first = 0;
  high = 0;
  readonly #handle: RevocationHandle;
  readonly #hash = new Int32Array(2);
  #levels = 0;

  constructor(handle: RevocationHandle) {
    this.#handle = handle;
    this.meta = new Int32Array(handle.shared, 0, META_BYTES / 4);
    this.entries = new Int32Array(handle.shared, META_BYTES, 0);
  }

  /** Sets the fingerprint that is looked for: 61 bits under a secret key, with the kind beside them. */
  aim(kind: RevocationKind, issuer: string, value: string): void {
    const { seedLo, seedHi } = this.#handle;
    halfSipHash(seedLo, seedHi, `${issuer.length}:${issuer}${value}`, this.#hash);
    this.first = ((this.#hash[0] ?? 0) & ~KIND_MASK) | (KIND_INDEX[kind] + 1);
    this.high = this.#hash[1] ?? 0;
  }

  /** Levels there are by now. */
  levels(): number {
    const levels = Atomics.load(this.meta, META_LEVELS);
    if (levels !== this.#levels) {
      this.entries = new Int32Array(this.#handle.shared, META_BYTES, levelStart(levels));
      this.#levels = levels;
    }
    return levels;
  }

  /** First word of the entry, or −1. */
  find(): number {
    const levels = this.levels();
    for (let level = 0, start = 0; level < levels; level++) {
      const count = levelEntries(level);
      for (let place = this.high & (count - 1); ; place = (place + 1) & (count - 1)) {
        const at = start + place * ENTRY_WORDS;
        const first = Atomics.load(this.entries, at);
        if (first === FREE) break;
        if (first === this.first && Atomics.load(this.entries, at + HIGH) === this.high) return at;
      }
      start += count * ENTRY_WORDS;
    }
    return -1;
  }

  /** Whether the place still is what was aimed at. */
  holds(at: number): boolean {
    return Atomics.load(this.entries, at) === this.first;
  }

  /** The first place of a level that what was aimed at may take, used before or, where `fresh`, never; else −1. */
  room(level: number, fresh: boolean): number {
    const start = levelStart(level);
    const mask = levelEntries(level) - 1;
    for (let place = this.high & mask; ; place = (place + 1) & mask) {
      const at = start + place * ENTRY_WORDS;
      if (this.entries[at] === TAKEN_BACK) return at;
      if (this.entries[at] === FREE) return fresh ? at : -1;
    }
  }
}
