import { halfSipHash } from '../half-siphash.ts';
import { holdsTime, isOfTime, type TimePlace, timePlaces } from './time-places.ts';

/** What is wrong with the values of one source, with the figures that say so. */
export interface Weakness {
  readonly kind: 'sequential' | 'time-based' | 'low-entropy';
  /** Different values that were looked at. */
  readonly observed: number;
  /** At most so many bits are left to guess: of a time-based value without the time. */
  readonly bits: number;
}

/** Below it whoever has seen some can guess others (OWASP: 64 bits for session ids). */
const BITS_MIN = 64;
/** Values after which it is judged for the first time; then at every power of two. */
const SAMPLES_MIN = 32;
/** Then nothing new is learned. */
const SAMPLES_MAX = 4_096;
const VALUE_CHARACTERS_MIN = 4;
/** What is longer is not judged: it is no short random value, and may be anything. */
const VALUE_CHARACTERS_MAX = 128;
/** So many last values a value is compared with, since they are not seen in the order they were made. */
const RECENT_MAX = 8;
const COUNTER_CHARACTERS_MAX = 9;
const STEP_MAX = 4_096;
/** Of values: those that are a small step from one before, or hold a time at one place. */
const SEQUENTIAL_SHARE = 0.5;
const TIMED_SHARE = 0.9;
/** A position with so large a share of its alphabet is taken for fully random: the estimate errs upwards. */
const FULL_SHARE = 0.4;
const WORDS = 4;

/**
 * Estimates from above how many bits of a credential are left to guess, from values as they pass. Finds counters, times and
 * short values. Does not find what only looks random, such as a digest of a counter: no statistic does. Keeps eight values and
 * four bytes of each other; none of them leaves it.
 */
export class StrengthMeter {
  readonly #k0: number;
  readonly #k1: number;
  readonly #hash = new Int32Array(2);
  readonly #seen = new Set<number>();
  /** By position, a bit for each ASCII character seen there. */
  readonly #characters = new Uint32Array(VALUE_CHARACTERS_MAX * WORDS);
  #recent: string[] = [];
  #places: { readonly place: TimePlace; held: number }[] | undefined;
  #sequential = 0;
  #isOver = false;

  /** A key for the digests by which values are told apart. */
  constructor(k0: number, k1: number) {
    this.#k0 = k0;
    this.#k1 = k1;
  }

  /** Takes one value; answers where it is time to say so what is wrong. Repeated values count once. */
  observe(value: string, nowMs: number): Weakness | undefined {
    if (this.#isOver || value.length < VALUE_CHARACTERS_MIN) return undefined;
    if (value.length > VALUE_CHARACTERS_MAX || !isVisible(value)) {
      this.#isOver = true;
      return undefined;
    }
    halfSipHash(this.#k0, this.#k1, value, this.#hash);
    const digest = this.#hash[0] ?? 0;
    if (this.#seen.has(digest)) return undefined;
    this.#seen.add(digest);
    this.#count(value, nowMs);
    const observed = this.#seen.size;
    if (observed >= SAMPLES_MAX) this.#isOver = true;
    return observed >= SAMPLES_MIN && (observed & (observed - 1)) === 0 ? this.#judge(observed) : undefined;
  }

  #count(value: string, nowMs: number): void {
    for (let at = 0; at < value.length; at++) {
      const code = value.charCodeAt(at);
      const word = at * WORDS + (code >> 5);
      this.#characters[word] = (this.#characters[word] ?? 0) | (1 << (code & 31));
    }
    this.#places ??= timePlaces(value, nowMs).map((place) => ({ place, held: 0 }));
    for (const one of this.#places) if (holdsTime(value, one.place, nowMs)) one.held++;
    if (this.#recent.some((other) => isStep(other, value))) this.#sequential++;
    this.#recent = [value, ...this.#recent.slice(0, RECENT_MAX - 1)];
  }

  #judge(observed: number): Weakness | undefined {
    const timed = (this.#places ?? [])
      .filter(({ held }) => held >= observed * TIMED_SHARE)
      .map(({ place }) => this.#bits(observed, place));
    const bits = this.#bits(observed, undefined);
    const isCounted = this.#sequential >= observed * SEQUENTIAL_SHARE;
    if (bits < BITS_MIN && isCounted && timed.length === 0) return { kind: 'sequential', observed, bits };
    // Of several places at which there may be a time, the one that leaves the most is believed.
    const withoutTime = Math.max(...timed);
    if (timed.length > 0 && withoutTime < BITS_MIN) return { kind: 'time-based', observed, bits: withoutTime };
    return bits < BITS_MIN ? { kind: 'low-entropy', observed, bits } : undefined;
  }

  /** Bits of the positions that differ between values, at most; without those of a time. */
  #bits(observed: number, time: TimePlace | undefined): number {
    const counts: number[] = [];
    const all = new Uint32Array(WORDS);
    for (let at = 0; at < VALUE_CHARACTERS_MAX; at++) {
      if (time !== undefined && isOfTime(time, at)) continue;
      const seen = this.#characters.subarray(at * WORDS, (at + 1) * WORDS);
      const count = seen.reduce((sum, word) => sum + bitCount(word), 0);
      if (count < 2) continue;
      counts.push(count);
      for (let i = 0; i < WORDS; i++) all[i] = (all[i] ?? 0) | (seen[i] ?? 0);
    }
    const alphabet = alphabetOf(all);
    const full = FULL_SHARE * Math.min(alphabet, observed);
    return counts.reduce((bits, count) => bits + Math.log2(count >= full ? alphabet : count), 0);
  }
}

function isVisible(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code < 0x21 || code > 0x7e) return false;
  }
  return true;
}

function bitCount(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count++;
  return count;
}

/** Size of the smallest usual alphabet that has all of these characters. */
function alphabetOf(seen: Uint32Array): number {
  const has = (first: number, last: number): boolean => {
    for (let code = first; code <= last; code++) if ((((seen[code >> 5] ?? 0) >>> (code & 31)) & 1) === 1) return true;
    return false;
  };
  const lower = has(0x61, 0x7a);
  const upper = has(0x41, 0x5a);
  const others = has(0x21, 0x2f) || has(0x3a, 0x40) || has(0x5b, 0x60) || has(0x7b, 0x7e);
  if (others) return 64;
  if (!lower && !upper) return 10;
  if (lower && upper) return 62;
  return (lower ? has(0x67, 0x7a) : has(0x47, 0x5a)) ? 36 : 16;
}

/** Whether two values are the same but for one number in them that differs by a small step. */
function isStep(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  let first = 0;
  while (first < one.length && one[first] === other[first]) first++;
  let last = one.length - 1;
  while (last > first && one[last] === other[last]) last--;
  // The number goes on to both sides as far as there are digits of it.
  let end = last + 1;
  while (end < one.length && end - first < COUNTER_CHARACTERS_MAX && isAlphanumeric(one.charCodeAt(end))) end++;
  if (end - first > COUNTER_CHARACTERS_MAX) return false;
  let start = first;
  while (start > 0 && end - start < COUNTER_CHARACTERS_MAX && isAlphanumeric(one.charCodeAt(start - 1))) start--;
  const a = one.slice(start, end);
  const b = other.slice(start, end);
  const radix = radixOf(a + b);
  if (radix === 0) return false;
  const step = Math.abs(numberIn(a, radix) - numberIn(b, radix));
  // The fewer digits there are, the nearer is anything.
  return step <= Math.max(1, Math.min(STEP_MAX, radix ** a.length / 1_000));
}

function isAlphanumeric(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

const LOWER_FIRST = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const UPPER_FIRST = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Base of the number, 0 where it is none. */
function radixOf(text: string): number {
  let lower = 0;
  let upper = 0;
  for (const character of text) {
    const value = LOWER_FIRST.indexOf(character);
    if (value < 0) return 0;
    if (value >= 36) upper = Math.max(upper, value - 26);
    else if (value >= 10) lower = Math.max(lower, value);
  }
  if (lower > 0 && upper > 0) return 62;
  const most = Math.max(lower, upper);
  return most === 0 ? 10 : most < 16 ? 16 : 36;
}

function numberIn(text: string, radix: number): number {
  if (radix < 62) return Number.parseInt(text, radix);
  let value = 0;
  for (const character of text) value = value * 62 + UPPER_FIRST.indexOf(character);
  return value;
}
