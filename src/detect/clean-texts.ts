const SLOTS = 2048;
const SHORT_UNITS_MAX = 1024;
/** Slots of their own for what is longer, behind the others. */
const LONG_SLOTS = 128;
/** Longer texts are rarely the same twice. */
export const CLEAN_UNITS_MAX = 8192;
/** Marks a text that is clean but for a parameter that never holds such. Kinds of places are below. */
const NEAR = 64;

export type Cleanness = 'unknown' | 'clean' | 'near';
/** Shorter ones are looked at as fast as they are found again. */
export const CLEAN_UNITS_MIN = 4;
/** So far a text is looked through for ordinary characters as fast as it is found again, and most that are short have no others. */
export const GATED_FIRST_UNITS_MAX = 11;
const SAMPLES_MAX = 32;

/**
 * Values that were found clean: agents send the same header fields, cookies and records with each call, and often many times in one.
 * One text a slot, compared whole, so that no text is ever taken for another; whoever sends much only makes others be read again.
 * A text is kept from the second time on, as a copy: nothing keeps the call it came from in memory. At most 6 MB.
 */
export class CleanTexts {
  readonly #texts = new Array<string>(SLOTS + LONG_SLOTS).fill('');
  readonly #kinds = new Uint8Array(SLOTS + LONG_SLOTS);
  readonly #seen = new Int32Array(SLOTS + LONG_SLOTS);
  #hash = 0;

  /** What is known of the text at this kind of place; what is clean as a value need not be as a name. */
  find(text: string, kind: number): Cleanness {
    this.#hash = hashOf(text, kind);
    const slot = this.#slot(text);
    const known = this.#kinds[slot] ?? 0;
    if ((known & ~NEAR) !== kind || this.#texts[slot] !== text) return 'unknown';
    return known === kind ? 'clean' : 'near';
  }

  /** Remembers the text that `find` was last asked for. */
  add(text: string, kind: number, isLatin: boolean, isNear: boolean): void {
    const slot = this.#slot(text);
    if (this.#seen[slot] !== this.#hash) {
      this.#seen[slot] = this.#hash;
      return;
    }
    const encoding = isLatin ? 'latin1' : 'utf16le';
    this.#texts[slot] = Buffer.from(text, encoding).toString(encoding);
    this.#kinds[slot] = isNear ? kind | NEAR : kind;
  }

  #slot(text: string): number {
    return text.length <= SHORT_UNITS_MAX ? this.#hash & (SLOTS - 1) : SLOTS + (this.#hash & (LONG_SLOTS - 1));
  }
}

/** Of the length and at most 32 characters, spread over the text. */
function hashOf(text: string, kind: number): number {
  const { length } = text;
  const step = length <= SAMPLES_MAX ? 1 : Math.ceil(length / SAMPLES_MAX);
  let hash = Math.imul(length ^ (kind << 16), 0x9e3779b1);
  for (let i = 0; i < length; i += step) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash ^ (hash >>> 15);
}
