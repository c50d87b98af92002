import type { Random } from '../ports.ts';

/** Crockford's base32 in lower case: no i, l, o, u, so that an id survives being read aloud. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const BOOT_CHARACTERS = 12;
const SEQUENCE_CHARACTERS = 8;
const LOW_VALUES = 1024;
const HIGH_VALUES = 2 ** 30;

export const REQUEST_ID_CHARACTERS = BOOT_CHARACTERS + SEQUENCE_CHARACTERS;

/** A request id taken apart: who counted (one thread from its start to its end) and what it counted to. */
export interface RequestIdParts {
  readonly boot: string;
  readonly sequence: number;
}

const LOW = Array.from({ length: LOW_VALUES }, (_, value) => base32(value, 2));
const DIGIT_VALUES = digitValues();

/**
 * Gives out request ids: 60 random bits drawn once per source, then a 40-bit counter.
 * The counter starts at a random value, so that an id alone does not tell how many calls were served.
 * Does not make ids secret: whoever has two of one source can count what lies between; nothing may be authorised by an id.
 */
export class RequestIdSource {
  readonly #random: Random;
  #boot = '';
  #prefix = '';
  #high = 0;
  #low = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#reseed();
  }

  /** The part all ids of this source share until the counter is used up. */
  get boot(): string {
    return this.#boot;
  }

  /** The next id. One addition and one joined string: the first eighteen characters change every 1,024 calls. */
  next(): string {
    if (this.#low === LOW_VALUES) this.#advance();
    return this.#prefix + LOW[this.#low++];
  }

  #advance(): void {
    this.#low = 0;
    this.#high++;
    // A fresh prefix and not a wrapped counter: a repeated id would name two calls.
    if (this.#high === HIGH_VALUES) this.#reseed();
    else this.#prefix = this.#boot + base32(this.#high, SEQUENCE_CHARACTERS - 2);
  }

  #reseed(): void {
    const bytes = this.#random.bytes(BOOT_CHARACTERS + 4);
    let boot = '';
    let start = 0;
    for (let i = 0; i < BOOT_CHARACTERS; i++) boot += ALPHABET[(bytes[i] ?? 0) & 31];
    for (let i = BOOT_CHARACTERS; i < bytes.length; i++) start = start * 256 + (bytes[i] ?? 0);
    this.#boot = boot;
    // At most a quarter of the counter's range: what is left lasts a thread for years.
    this.#high = Math.floor(start / 16);
    this.#low = 0;
    this.#prefix = boot + base32(this.#high, SEQUENCE_CHARACTERS - 2);
  }
}

/** Takes an id apart, or undefined where the text is not an id of this gateway. Accepts the canonical lower case only. */
export function parseRequestId(id: string): RequestIdParts | undefined {
  if (id.length !== REQUEST_ID_CHARACTERS) return undefined;
  let sequence = 0;
  for (let i = 0; i < REQUEST_ID_CHARACTERS; i++) {
    const digit = DIGIT_VALUES[id.charCodeAt(i)];
    if (digit === undefined || digit < 0) return undefined;
    if (i >= BOOT_CHARACTERS) sequence = sequence * 32 + digit;
  }
  return { boot: id.slice(0, BOOT_CHARACTERS), sequence };
}

function base32(value: number, characters: number): string {
  let text = '';
  for (let rest = value, i = 0; i < characters; i++, rest = Math.floor(rest / 32)) text = ALPHABET[rest % 32] + text;
  return text;
}

function digitValues(): Int8Array {
  const values = new Int8Array(128).fill(-1);
  for (let i = 0; i < ALPHABET.length; i++) values[ALPHABET.charCodeAt(i)] = i;
  return values;
}
