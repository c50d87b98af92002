import { isDoubtfulName, JSON_DEPTH_MAX } from '../../http/json-body.ts';
import type { CheckRun } from './check-run.ts';

/** What stands behind the last octet. */
export const END = -1;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const DIGIT_0 = 0x30;
const LOWER_E = 0x65;
const LOWER_U = 0x75;
const SPACE = 0x20;

/** What an octet means within a string. */
const PLAIN = 0;
const ENDS = 1;
const ESCAPES = 2;
const HIGH = 3;
const REFUSED = 4;
const WITHIN_STRING = new Uint8Array(256).map((_, octet) => {
  if (octet === QUOTE) return ENDS;
  if (octet === BACKSLASH) return ESCAPES;
  if (octet < SPACE) return REFUSED;
  return octet < 0x80 ? PLAIN : HIGH;
});

const ESCAPED = new Set(Buffer.from('"\\/bfnrtu'));

/** Decimals of so many digits are whole numbers a double holds, and so are these powers: their quotient is rounded once. */
const DIGITS_EXACT = 15;
const POWERS_OF_TEN = Array.from({ length: DIGITS_EXACT + 1 }, (_, exponent) => 10 ** exponent);

/**
 * Reads octets that are known to be UTF-8 as JSON (RFC 8259), from left to right and each once, without making the values.
 * Every method returns false where the text is not JSON or is not understood here; what it has read is then worth nothing.
 */
export class JsonOctets {
  readonly bytes: Uint8Array;
  /** Work that is more than reading is taken from it. */
  readonly run: CheckRun;
  /** Where the next octet stands. */
  at = 0;
  /** Of the string that was read last: its octets between the quotes. */
  from = 0;
  to = 0;
  hasEscapes = false;
  /** Octets of it that begin no character. */
  continuations = 0;
  /** The number that was read last. */
  number = 0;
  #depth = 0;
  #isAscii = true;
  readonly #length: number;
  #buffer: Buffer | undefined = undefined;

  constructor(bytes: Uint8Array, run: CheckRun) {
    this.bytes = bytes;
    this.#length = bytes.length;
    this.run = run;
  }

  /** The next octet that is no space, without taking it; `END` where there is none. */
  next(): number {
    const { bytes } = this;
    let { at } = this;
    while (at < this.#length) {
      const octet = bytes[at] ?? 0;
      if (octet > SPACE || !(octet === SPACE || octet === 0x0a || octet === 0x0d || octet === 0x09)) {
        this.at = at;
        return octet;
      }
      at++;
    }
    this.at = at;
    return END;
  }

  /** Takes the opening of an object or array. */
  enter(): boolean {
    this.at++;
    return ++this.#depth <= JSON_DEPTH_MAX;
  }

  /** Takes its end. */
  leave(): void {
    this.at++;
    this.#depth--;
  }

  /** Takes a string, its quotes included. */
  string(): boolean {
    const { bytes } = this;
    const length = this.#length;
    const lastOfFour = length - 3;
    let at = this.at + 1;
    this.from = at;
    this.hasEscapes = false;
    this.continuations = 0;
    this.#isAscii = true;
    while (at < length) {
      const octet = bytes[at] ?? 0;
      const kind = WITHIN_STRING[octet];
      if (kind === PLAIN) {
        at++;
        // Four at a time: most strings are plain for most of their length.
        while (at < lastOfFour && isPlain(bytes, at)) at += 4;
      } else if (kind === ENDS) {
        this.to = at;
        this.at = at + 1;
        return true;
      } else if (kind === HIGH) {
        this.#isAscii = false;
        if ((octet & 0xc0) === 0x80) this.continuations++;
        at++;
      } else if (kind === ESCAPES) {
        const size = this.#escape(at);
        if (size === 0) return false;
        this.hasEscapes = true;
        at += size;
      } else return false;
    }
    return false;
  }

  /** Octets of an escape, or 0. */
  #escape(at: number): number {
    const { bytes } = this;
    const octet = bytes[at + 1] ?? 0;
    if (!ESCAPED.has(octet)) return 0;
    if (octet !== LOWER_U) return 2;
    for (let i = at + 2; i < at + 6; i++) if (!isHex(bytes[i] ?? 0)) return 0;
    return 6;
  }

  /** The string that was read last. */
  text(): string {
    const buffer = this.#asBuffer();
    // The escapes were read: they are well-formed.
    if (this.hasEscapes) return String(JSON.parse(buffer.toString('utf8', this.from - 1, this.to + 1)));
    return buffer.toString(this.#isAscii ? 'latin1' : 'utf8', this.from, this.to);
  }

  /** Everything from a place to where the next octet stands, which was read as JSON. */
  valueFrom(from: number): unknown {
    return JSON.parse(this.#asBuffer().toString('utf8', from, this.at));
  }

  #asBuffer(): Buffer {
    this.#buffer ??= Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    return this.#buffer;
  }

  /** Takes a number, rounded as JSON.parse rounds it. */
  readNumber(): boolean {
    const { bytes } = this;
    const begin = this.at;
    let at = begin;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    const first = at;
    let digits = 0;
    for (let digit = (bytes[at] ?? 0) - DIGIT_0; digit >= 0 && digit <= 9; digit = (bytes[at] ?? 0) - DIGIT_0) {
      digits = digits * 10 + digit;
      at++;
    }
    let count = at - first;
    if (count === 0 || (count > 1 && bytes[first] === DIGIT_0)) return false;
    let decimals = 0;
    if (bytes[at] === DOT) {
      const point = at++;
      for (let digit = (bytes[at] ?? 0) - DIGIT_0; digit >= 0 && digit <= 9; digit = (bytes[at] ?? 0) - DIGIT_0) {
        digits = digits * 10 + digit;
        at++;
      }
      decimals = at - point - 1;
      if (decimals === 0) return false;
      count += decimals;
    }
    let hasExponent = false;
    if (((bytes[at] ?? 0) | SPACE) === LOWER_E) {
      hasExponent = true;
      at++;
      if (bytes[at] === PLUS || bytes[at] === MINUS) at++;
      const exponent = at;
      while (isDigit(bytes[at] ?? 0)) at++;
      if (at === exponent) return false;
    }
    this.at = at;
    if (hasExponent || count > DIGITS_EXACT) this.number = Number(this.#asBuffer().toString('latin1', begin, at));
    else {
      const value = decimals === 0 ? digits : digits / (POWERS_OF_TEN[decimals] ?? 1);
      this.number = isNegative ? -value : value;
    }
    return true;
  }

  /** Takes `true`, `false` or `null`. */
  literal(word: Uint8Array): boolean {
    const { bytes, at } = this;
    for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
    this.at = at + word.length;
    return true;
  }

  /** Takes any value in which no object has one name twice, or one that readers read differently. The next octet is its first. */
  any(): boolean {
    switch (this.bytes[this.at]) {
      case QUOTE:
        return this.string();
      case OPEN_BRACE:
        return this.#anyObject();
      case OPEN_BRACKET:
        return this.#anyArray();
      case 0x74:
        return this.literal(TRUE);
      case 0x66:
        return this.literal(FALSE);
      case 0x6e:
        return this.literal(NULL_WORD);
      default:
        return this.readNumber();
    }
  }

  #anyObject(): boolean {
    if (!this.enter()) return false;
    if (this.next() === CLOSE_BRACE) {
      this.leave();
      return true;
    }
    const names = new Set<string>();
    for (;;) {
      if (this.next() !== QUOTE || !this.string()) return false;
      const name = this.text();
      if (names.has(name) || (this.hasEscapes && isDoubtfulName(name))) return false;
      names.add(name);
      if (this.next() !== COLON) return false;
      this.at++;
      this.next();
      if (!this.any()) return false;
      const octet = this.next();
      if (octet === COMMA) this.at++;
      else if (octet === CLOSE_BRACE) break;
      else return false;
    }
    this.leave();
    return true;
  }

  #anyArray(): boolean {
    if (!this.enter()) return false;
    if (this.next() === CLOSE_BRACKET) {
      this.leave();
      return true;
    }
    for (;;) {
      this.next();
      if (!this.any()) return false;
      const octet = this.next();
      if (octet === COMMA) this.at++;
      else if (octet === CLOSE_BRACKET) break;
      else return false;
    }
    this.leave();
    return true;
  }
}

export const TRUE: Uint8Array = Buffer.from('true');
export const FALSE: Uint8Array = Buffer.from('false');
export const NULL_WORD: Uint8Array = Buffer.from('null');

function isPlain(bytes: Uint8Array, at: number): boolean {
  const first = (WITHIN_STRING[bytes[at] ?? 0] ?? 0) | (WITHIN_STRING[bytes[at + 1] ?? 0] ?? 0);
  return (first | (WITHIN_STRING[bytes[at + 2] ?? 0] ?? 0) | (WITHIN_STRING[bytes[at + 3] ?? 0] ?? 0)) === PLAIN;
}

function isDigit(octet: number): boolean {
  return octet >= DIGIT_0 && octet <= 0x39;
}

function isHex(octet: number): boolean {
  const letter = octet | SPACE;
  return isDigit(octet) || (letter >= 0x61 && letter <= 0x66);
}
