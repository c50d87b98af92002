/**
 * An open-addressing table in shared memory: keyed fingerprint → 60-bit value, exact across threads, without locks.
 *
 * Layout: buckets of 256 bytes; each a header word and 15 slots of two 64-bit words.
 *   slot fingerprint  52-bit tag | 8 unused | 4-bit generation
 *   slot state        4-bit generation | 60-bit value (0 or below a threshold: idle)
 *   header            52-bit tag | pending bit | 4-bit slot | 7-bit sequence
 * A slot is occupied exactly while both generations agree. The value lives in one word with the generation, so one
 * compare-and-swap both charges a key and proves that the slot still belonged to it.
 *
 * Taking an idle slot away is one compare-and-swap of its state (next generation, value 0): it fails if the key was
 * charged meanwhile. Giving a free slot to a key is committed by one compare-and-swap of the bucket's header, read
 * before the bucket was searched: any other insertion in between makes it fail, so a key never has two slots. What
 * follows a commit is written down in the header, and whoever meets it pending finishes it. A thread that is
 * terminated between any two instructions therefore leaves either nothing or a note that the next thread completes.
 *
 * Why 64-bit words over BigInt64Array: 28 ns for a compare-and-swap against 12 ns on 32 bits, and no second word to
 * keep in step. Reading a fingerprint as two 32-bit halves is safe in the order state, high half, low half: the
 * generation in the high half ties it to the state, and the state to the compare-and-swap that follows.
 */

/** A key's place in a table. `slot` is a hint and is checked on every use. */
export interface LimitKey {
  tagLo: number;
  /** 20 bits. */
  tagHi: number;
  /** Before reduction to the table's size. */
  bucketHash: number;
  slot: number;
}

export const SLOTS_PER_BUCKET = 15;
export const BUCKET_BYTES = 256;

const BUCKET_WORDS = BUCKET_BYTES / 4;
const FIRST_SLOT_WORDS = 4;
const SLOT_WORDS = 4;
const STATE_WORDS = 2;
const GENERATION_MASK = 15;
export const VALUE_HI_MASK = 0x0fff_ffff;
const TAG_HI_SHIFT = 12;
const PENDING = 1 << 11;
const HEADER_SLOT_SHIFT = 7;
const SEQUENCE_MASK = 127;
/** Attempts to claim under contention; after that the call is counted as if the bucket were full. */
const ATTEMPTS_MAX = 64;
const NONE = -1;
const CONTENDED = -2;

/** Makes a key to be filled by `setLimitKey`. */
export function newLimitKey(): LimitKey {
  return { tagLo: 0, tagHi: 0, bucketHash: 0, slot: -1 };
}

/** Fills a key from the halves of a 64-bit keyed hash; all 64 bits count in a table of 4,096 buckets or more. */
export function setLimitKey(key: LimitKey, hashLo: number, hashHi: number): void {
  key.tagLo = hashLo | 0;
  key.tagHi = hashHi >>> TAG_HI_SHIFT;
  key.bucketHash = (hashHi & 0xfff) | ((hashLo & 0xff) << 12);
  key.slot = -1;
}

export class LimitTable {
  readonly bucketCount: number;
  readonly #words: Int32Array;
  readonly #longs: BigInt64Array;
  readonly #scratch = new BigInt64Array(1);
  readonly #halves = new Int32Array(this.#scratch.buffer);
  /** State of the slot found last: generation and value as they were read. */
  stateHi = 0;
  stateLo = 0;

  /** Opens the table at a place in shared memory; memory of zeros is an empty table. */
  constructor(memory: SharedArrayBuffer, byteOffset: number, bucketCount: number) {
    if (bucketCount < 1 || (bucketCount & (bucketCount - 1)) !== 0) {
      throw new RangeError('bucketCount must be a power of two');
    }
    this.bucketCount = bucketCount;
    this.#words = new Int32Array(memory, byteOffset, bucketCount * BUCKET_WORDS);
    this.#longs = new BigInt64Array(memory, byteOffset, (bucketCount * BUCKET_WORDS) / 2);
  }

  /** Reads the state of the key's slot if the hint still holds. */
  load(key: LimitKey): boolean {
    return key.slot >= 0 && this.#matches(key.slot, key);
  }

  /**
   * Finds the key's slot or gives it one, taking an idle slot away where none is free, and reads its state.
   * False: every slot of the bucket is live. `idleHi`, `idleLo`: values below it are idle.
   */
  claim(key: LimitKey, idleHi: number, idleLo: number): boolean {
    const start = (key.bucketHash & (this.bucketCount - 1)) * BUCKET_WORDS;
    const headerIndex = start >>> 1;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const header = Atomics.load(this.#longs, headerIndex);
      this.#scratch[0] = header;
      const low = this.#halves[0] ?? 0;
      const high = this.#halves[1] ?? 0;
      if ((low & PENDING) !== 0) {
        this.#complete(start, header, high, low);
        continue;
      }
      if (this.#find(start, key)) return true;
      const free = this.#freeSlot(start, idleHi, idleLo, key.tagLo);
      if (free === NONE) return false;
      if (free === CONTENDED) continue;
      // The tag stands in the header as in a fingerprint word, with the low 12 bits of its own.
      const nextLow = (key.tagHi << TAG_HI_SHIFT) | PENDING | (free << HEADER_SLOT_SHIFT) | ((low + 1) & SEQUENCE_MASK);
      const next = this.#pack(key.tagLo, nextLow);
      if (Atomics.compareExchange(this.#longs, headerIndex, header, next) !== header) continue;
      this.#complete(start, next, key.tagLo, nextLow);
    }
    return false;
  }

  /** Stores a new value if the state is still as it was read; false: someone was faster, read again. */
  swap(slot: number, stateHi: number, stateLo: number, valueHi: number, valueLo: number): boolean {
    const expected = this.#pack(stateHi, stateLo);
    const next = this.#pack((stateHi & ~VALUE_HI_MASK) | valueHi, valueLo);
    return Atomics.compareExchange(this.#longs, (slot + STATE_WORDS) >>> 1, expected, next) === expected;
  }

  /** Visits every slot that is occupied and not idle. The bucket hash is what the table's size leaves of it. */
  scan(
    idleHi: number,
    idleLo: number,
    visit: (hashLo: number, hashHi: number, valueHi: number, valueLo: number) => void,
  ): void {
    for (let bucket = 0; bucket < this.bucketCount; bucket++) {
      for (let index = 0; index < SLOTS_PER_BUCKET; index++) {
        const slot = bucket * BUCKET_WORDS + FIRST_SLOT_WORDS + index * SLOT_WORDS;
        this.#readState(slot);
        const valueHi = this.stateHi & VALUE_HI_MASK;
        if ((valueHi === 0 && this.stateLo === 0) || isBelow(valueHi, this.stateLo, idleHi, idleLo)) continue;
        const fingerprintHi = Atomics.load(this.#words, slot + 1);
        if ((fingerprintHi & GENERATION_MASK) !== this.stateHi >>> 28) continue;
        const tagLo = Atomics.load(this.#words, slot);
        visit(tagLo, (fingerprintHi & ~0xfff) | (bucket & 0xfff), valueHi, this.stateLo);
      }
    }
  }

  #matches(slot: number, key: LimitKey): boolean {
    this.#readState(slot);
    const fingerprintHi = Atomics.load(this.#words, slot + 1);
    return (
      fingerprintHi >>> TAG_HI_SHIFT === key.tagHi &&
      (fingerprintHi & GENERATION_MASK) === this.stateHi >>> 28 &&
      Atomics.load(this.#words, slot) === key.tagLo
    );
  }

  #readState(slot: number): void {
    this.#scratch[0] = Atomics.load(this.#longs, (slot + STATE_WORDS) >>> 1);
    this.stateLo = this.#halves[0] ?? 0;
    this.stateHi = this.#halves[1] ?? 0;
  }

  #find(start: number, key: LimitKey): boolean {
    for (let index = 0; index < SLOTS_PER_BUCKET; index++) {
      const slot = start + FIRST_SLOT_WORDS + index * SLOT_WORDS;
      // A plain look first: nearly every slot belongs to another key, and a match is read again with care.
      if (this.#words[slot] === key.tagLo && this.#matches(slot, key)) {
        key.slot = slot;
        return true;
      }
    }
    return false;
  }

  /** Finds a free slot, else frees an idle one, preferring those that were used: a value of 0 may be about to be charged. */
  #freeSlot(start: number, idleHi: number, idleLo: number, spread: number): number {
    const first = (spread >>> 0) % SLOTS_PER_BUCKET;
    let untouched = NONE;
    let contended = false;
    for (let step = 0; step < SLOTS_PER_BUCKET; step++) {
      const index = (first + step) % SLOTS_PER_BUCKET;
      const slot = start + FIRST_SLOT_WORDS + index * SLOT_WORDS;
      this.#readState(slot);
      if ((Atomics.load(this.#words, slot + 1) & GENERATION_MASK) !== this.stateHi >>> 28) return index;
      const valueHi = this.stateHi & VALUE_HI_MASK;
      if (valueHi === 0 && this.stateLo === 0) {
        if (untouched === NONE) untouched = index;
      } else if (isBelow(valueHi, this.stateLo, idleHi, idleLo)) {
        if (this.#evict(slot, this.stateHi, this.stateLo)) return index;
        contended = true;
      }
    }
    if (untouched !== NONE) {
      const slot = start + FIRST_SLOT_WORDS + untouched * SLOT_WORDS;
      this.#readState(slot);
      const { stateHi, stateLo } = this;
      if ((stateHi & VALUE_HI_MASK) === 0 && stateLo === 0 && this.#evict(slot, stateHi, 0)) return untouched;
      contended = true;
    }
    return contended ? CONTENDED : NONE;
  }

  #evict(slot: number, stateHi: number, stateLo: number): boolean {
    const expected = this.#pack(stateHi, stateLo);
    const next = this.#pack(((stateHi >>> 28) + 1) << 28, 0);
    return Atomics.compareExchange(this.#longs, (slot + STATE_WORDS) >>> 1, expected, next) === expected;
  }

  /** Carries out what a pending header says; any number of threads may do so at once. */
  #complete(start: number, header: bigint, tagLo: number, headerLow: number): void {
    const index = (headerLow >>> HEADER_SLOT_SHIFT) & 15;
    const slot = start + FIRST_SLOT_WORDS + index * SLOT_WORDS;
    for (;;) {
      this.#readState(slot);
      const wanted = this.#pack((headerLow & ~0xfff) | (this.stateHi >>> 28), tagLo);
      const fingerprint = Atomics.load(this.#longs, slot >>> 1);
      // Checked after the fingerprint was read: whoever finished in between changed it, so the swap below fails.
      if (Atomics.load(this.#longs, start >>> 1) !== header) return;
      if (fingerprint === wanted) break;
      if (Atomics.compareExchange(this.#longs, slot >>> 1, fingerprint, wanted) === fingerprint) break;
    }
    Atomics.compareExchange(this.#longs, start >>> 1, header, this.#pack(tagLo, headerLow & ~PENDING));
  }

  #pack(high: number, low: number): bigint {
    this.#halves[0] = low;
    this.#halves[1] = high;
    return this.#scratch[0] ?? 0n;
  }
}

function isBelow(valueHi: number, valueLo: number, idleHi: number, idleLo: number): boolean {
  return valueHi < idleHi || (valueHi === idleHi && valueLo >>> 0 < idleLo >>> 0);
}
