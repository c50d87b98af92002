import { isUtf8 } from 'node:buffer';
import type { JoseFault, JsonObject } from './types.ts';

export interface JsonLimits {
  /** Objects and arrays within one another, the outermost counted; never more than 64. */
  readonly depthMax: number;
  /** Members of all objects together; elements of arrays are bounded by the length of the text. */
  readonly membersMax: number;
}

export type StrictJsonResult =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly fault: JoseFault };

/** The reader calls itself once for each depth, so its stack has to be bounded whatever a caller asks for. */
const DEPTH_CEILING = 64;

/**
 * Reads an object of JSON (RFC 8259) so that no other reader can have read another one (RFC 8725 §3.7, RFC 7515 §4):
 * well-formed UTF-8 without a byte order mark, every name once in its object after unescaping, only finite numbers, no
 * half surrogate pairs. Objects have no prototype: `__proto__` is a member like any other. Time is linear in the octets.
 * Does not check that an integer is one a double holds exactly, and does not bound the octets: callers do.
 */
export function parseStrictJson(bytes: Uint8Array, limits: JsonLimits): StrictJsonResult {
  if (!isUtf8(bytes)) return { ok: false, fault: NOT_UTF8 };
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (text.charCodeAt(0) === 0xfeff) return { ok: false, fault: BYTE_ORDER_MARK };
  const reader = new StrictJsonReader(text, limits);
  const value = reader.document();
  return value === undefined ? { ok: false, fault: reader.fault } : { ok: true, value };
}

const NOT_UTF8: JoseFault = Object.freeze({ signal: 'jwt.utf8', detail: 'JSON that is not UTF-8' });
const BYTE_ORDER_MARK: JoseFault = Object.freeze({ signal: 'jwt.utf8', detail: 'JSON with a byte order mark' });
const HALF_PAIR: JoseFault = Object.freeze({ signal: 'jwt.utf8', detail: 'JSON escapes half of a surrogate pair' });
const NOT_JSON: JoseFault = Object.freeze({ signal: 'jwt.json', detail: 'not JSON' });
const NOT_OBJECT: JoseFault = Object.freeze({ signal: 'jwt.json', detail: 'no JSON object' });
const NOT_FINITE: JoseFault = Object.freeze({ signal: 'jwt.json', detail: 'JSON number beyond what a double holds' });
const DUPLICATE: JoseFault = Object.freeze({ signal: 'jwt.duplicate_member', detail: 'JSON names a member twice' });
const TOO_DEEP: JoseFault = Object.freeze({ signal: 'jwt.depth', detail: 'JSON is nested too deep' });
const TOO_MANY_MEMBERS: JoseFault = Object.freeze({ signal: 'jwt.depth', detail: 'JSON has too many members' });

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const MINUS = 0x2d;

/** Every method answers undefined for a fault, which no JSON value is, and leaves it in `fault`. */
class StrictJsonReader {
  fault: JoseFault = NOT_JSON;
  #at = 0;
  #membersLeft: number;
  readonly #text: string;
  readonly #depthMax: number;

  constructor(text: string, limits: JsonLimits) {
    this.#text = text;
    this.#depthMax = Math.min(limits.depthMax, DEPTH_CEILING);
    this.#membersLeft = limits.membersMax;
  }

  document(): JsonObject | undefined {
    if (this.#next() !== OPEN_BRACE) return this.#refuse(NOT_OBJECT);
    const value = this.#object(1);
    if (value === undefined) return undefined;
    return Number.isNaN(this.#next()) ? value : this.#refuse(NOT_JSON);
  }

  #refuse(fault: JoseFault): undefined {
    this.fault = fault;
    return undefined;
  }

  /** Skips white space; the code of what comes, not taken, or NaN at the end. */
  #next(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.#at++;
    }
  }

  #value(depth: number): unknown {
    const code = this.#next();
    switch (code) {
      case QUOTE:
        return this.#string();
      case OPEN_BRACE:
        return this.#object(depth + 1);
      case OPEN_BRACKET:
        return this.#array(depth + 1);
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x6e:
        return this.#word('null', null);
      default:
        return code === MINUS || isDigit(code) ? this.#number() : this.#refuse(NOT_JSON);
    }
  }

  #word(word: string, value: boolean | null): boolean | null | undefined {
    if (!this.#text.startsWith(word, this.#at)) return this.#refuse(NOT_JSON);
    this.#at += word.length;
    return value;
  }

  #object(depth: number): JsonObject | undefined {
    if (depth > this.#depthMax) return this.#refuse(TOO_DEEP);
    const object: Record<string, unknown> = Object.create(null);
    this.#at++;
    if (this.#next() === CLOSE_BRACE) {
      this.#at++;
      return object;
    }
    for (;;) {
      if (this.#next() !== QUOTE) return this.#refuse(NOT_JSON);
      const name = this.#string();
      if (name === undefined) return undefined;
      // Without a prototype, `in` sees own members alone.
      if (name in object) return this.#refuse(DUPLICATE);
      if (--this.#membersLeft < 0) return this.#refuse(TOO_MANY_MEMBERS);
      if (this.#next() !== COLON) return this.#refuse(NOT_JSON);
      this.#at++;
      const value = this.#value(depth);
      if (value === undefined) return undefined;
      object[name] = value;
      const code = this.#next();
      if (code !== COMMA && code !== CLOSE_BRACE) return this.#refuse(NOT_JSON);
      this.#at++;
      if (code === CLOSE_BRACE) return object;
    }
  }

  #array(depth: number): readonly unknown[] | undefined {
    if (depth > this.#depthMax) return this.#refuse(TOO_DEEP);
    const array: unknown[] = [];
    this.#at++;
    if (this.#next() === CLOSE_BRACKET) {
      this.#at++;
      return array;
    }
    for (;;) {
      const value = this.#value(depth);
      if (value === undefined) return undefined;
      array.push(value);
      const code = this.#next();
      if (code !== COMMA && code !== CLOSE_BRACKET) return this.#refuse(NOT_JSON);
      this.#at++;
      if (code === CLOSE_BRACKET) return array;
    }
  }

  /** RFC 8259 §6. A number too large for a double is refused: readers make of it infinity, null or an error. */
  #number(): number | undefined {
    const start = this.#at;
    if (this.#text.charCodeAt(this.#at) === MINUS) this.#at++;
    if (this.#text.charCodeAt(this.#at) === 0x30) this.#at++;
    else if (!this.#digits()) return this.#refuse(NOT_JSON);
    if (this.#text.charCodeAt(this.#at) === 0x2e) {
      this.#at++;
      if (!this.#digits()) return this.#refuse(NOT_JSON);
    }
    const exponent = this.#text.charCodeAt(this.#at);
    if (exponent === 0x65 || exponent === 0x45) {
      this.#at++;
      const sign = this.#text.charCodeAt(this.#at);
      if (sign === 0x2b || sign === MINUS) this.#at++;
      if (!this.#digits()) return this.#refuse(NOT_JSON);
    }
    const value = Number(this.#text.slice(start, this.#at));
    return Number.isFinite(value) ? value : this.#refuse(NOT_FINITE);
  }

  #digits(): boolean {
    const start = this.#at;
    while (isDigit(this.#text.charCodeAt(this.#at))) this.#at++;
    return this.#at > start;
  }

  #string(): string | undefined {
    this.#at++;
    let unescaped = '';
    let start = this.#at;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE) {
        const rest = this.#text.slice(start, this.#at++);
        return unescaped === '' ? rest : unescaped + rest;
      }
      if (code === BACKSLASH) {
        const plain = this.#text.slice(start, this.#at);
        const escaped = this.#escape();
        if (escaped === undefined) return undefined;
        unescaped += plain + escaped;
        start = this.#at;
      } else if (code >= 0x20) this.#at++;
      // A control character, or NaN: the text ends within the string.
      else return this.#refuse(NOT_JSON);
    }
  }

  #escape(): string | undefined {
    const code = this.#text.charCodeAt(this.#at + 1);
    if (code !== 0x75) {
      const character = SHORT_ESCAPES.get(code);
      if (character === undefined) return this.#refuse(NOT_JSON);
      this.#at += 2;
      return character;
    }
    const unit = this.#hex4(this.#at + 2);
    if (unit < 0) return this.#refuse(NOT_JSON);
    this.#at += 6;
    if (unit < 0xd800 || unit > 0xdfff) return String.fromCharCode(unit);
    const isPaired = unit < 0xdc00 && this.#text.charCodeAt(this.#at) === BACKSLASH;
    const low = isPaired && this.#text.charCodeAt(this.#at + 1) === 0x75 ? this.#hex4(this.#at + 2) : -1;
    if (low < 0xdc00 || low > 0xdfff) return this.#refuse(HALF_PAIR);
    this.#at += 6;
    return String.fromCharCode(unit, low);
  }

  /** The value of four hexadecimal digits, or −1. */
  #hex4(from: number): number {
    let value = 0;
    for (let i = from; i < from + 4; i++) {
      const code = this.#text.charCodeAt(i);
      const lower = code | 0x20;
      if (isDigit(code)) value = value * 16 + code - 0x30;
      else if (lower >= 0x61 && lower <= 0x66) value = value * 16 + lower - 0x57;
      else return -1;
    }
    return value;
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

const SHORT_ESCAPES: ReadonlyMap<number, string> = new Map(
  ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t'].map((pair) => [pair.charCodeAt(0), pair.charAt(1)]),
);
