import type { LeafLocation } from '../leaf.ts';
import { ELEMENT, type EmitText, type LeafWalk, TAIL_CHARACTERS } from './walk.ts';

export type JsonReading = 'ok' | 'malformed' | 'duplicateKey';

const OBJECT = 1;
const ARRAY = 0;
/** `null` begins with it: there is no value. */
const LETTER_N = 0x6e;
/** Names of an object beyond this are compared by a set instead of one by one. */
const NAMES_COMPARED_MAX = 16;

/**
 * Shows every key and string of a JSON text (RFC 8259) as it is read, and says whether the text is JSON that every reader
 * reads alike. What comes before a fault has been shown. Not recursive: depth costs memory of the text's size at most.
 * `tracksTail` for the body itself, whose end is kept room for.
 */
export function readJson(
  walk: LeafWalk,
  text: string,
  location: LeafLocation,
  emitText: EmitText,
  tracksTail: boolean,
): JsonReading {
  return new JsonReader(
    walk,
    text,
    location,
    emitText,
    tracksTail ? text.length - TAIL_CHARACTERS : Number.POSITIVE_INFINITY,
  ).read();
}

/** Whether a text could be an object or array of JSON, by its first two and its last characters. */
export function looksLikeJson(text: string): boolean {
  let start = 0;
  while (isSpace(text.charCodeAt(start))) start++;
  const first = text.charCodeAt(start);
  if (first !== 0x7b && first !== 0x5b) return false;
  let end = text.length - 1;
  while (end > start && isSpace(text.charCodeAt(end))) end--;
  if (text.charCodeAt(end) !== first + 2) return false;
  let next = start + 1;
  while (isSpace(text.charCodeAt(next))) next++;
  const second = text.charCodeAt(next);
  if (second === 0x22 || second === first + 2) return true;
  return first === 0x5b && (second === 0x7b || second === 0x5b || second === 0x2d || isDigit(second) || isWord(second));
}

class JsonReader {
  readonly #walk: LeafWalk;
  readonly #text: string;
  readonly #location: LeafLocation;
  readonly #emitText: EmitText;
  /** Place from which the tail begins; at most 0 where all of it is, `Infinity` where the tail is not this text's. */
  readonly #tailFrom: number;
  readonly #kinds: number[] = [];
  /** Names of all open objects, and where those of each begin. */
  readonly #names: string[] = [];
  readonly #namesFrom: number[] = [];
  #sets: (Set<string> | undefined)[] | undefined;
  readonly #rootDepth: number;
  #at = 0;
  #duplicate = false;

  constructor(walk: LeafWalk, text: string, location: LeafLocation, emitText: EmitText, tailFrom: number) {
    this.#walk = walk;
    this.#text = text;
    this.#location = location;
    this.#emitText = emitText;
    this.#tailFrom = tailFrom;
    this.#rootDepth = walk.depth;
  }

  read(): JsonReading {
    const walk = this.#walk;
    const wellFormed = this.#document();
    walk.leaveTo(this.#rootDepth);
    if (!wellFormed) return 'malformed';
    return this.#duplicate ? 'duplicateKey' : 'ok';
  }

  #document(): boolean {
    for (;;) {
      if (this.#walk.stopped) return true;
      // A value is due.
      const code = this.#next();
      if (code === 0x7b || code === 0x5b) {
        this.#at++;
        this.#open(code === 0x7b ? OBJECT : ARRAY);
        const empty = this.#next() === code + 2;
        if (!empty) {
          if (code === 0x7b && !this.#key()) return false;
          continue;
        }
      } else if (code === 0x22) {
        const value = this.#string();
        if (value === undefined) return false;
        if (this.#at >= this.#tailFrom) this.#walk.inTail = true;
        this.#emitText(this.#walk, this.#location, value, 'json-string');
      } else {
        const from = this.#at;
        if (!this.#scalar(code)) return false;
        if (this.#walk.limits.scalars === true && code !== LETTER_N)
          this.#walk.emit(this.#location, false, this.#text.slice(from, this.#at));
      }
      // A value has ended: what follows belongs to what it stands in.
      for (;;) {
        const kind = this.#kinds.at(-1);
        const after = this.#next();
        if (kind === undefined) return Number.isNaN(after);
        if (after === (kind === OBJECT ? 0x7d : 0x5d)) {
          this.#at++;
          this.#close(kind);
        } else if (after === 0x2c) {
          this.#at++;
          if (kind === OBJECT) {
            this.#walk.leave();
            if (!this.#key()) return false;
          }
          break;
        } else return false;
      }
    }
  }

  #open(kind: number): void {
    const walk = this.#walk;
    this.#kinds.push(kind);
    if (this.#kinds.length + this.#rootDepth > walk.limits.depthMax) walk.limit('depth');
    if (kind === ARRAY) {
      walk.enter(ELEMENT);
      return;
    }
    this.#namesFrom.push(this.#names.length);
    // So that an empty object closes like every other.
    walk.enter(' ');
  }

  #close(kind: number): void {
    this.#walk.leave();
    this.#kinds.pop();
    if (kind === ARRAY) return;
    if (this.#sets !== undefined) this.#sets[this.#namesFrom.length] = undefined;
    this.#names.length = this.#namesFrom.pop() ?? 0;
  }

  /** A name with its colon. The walk stands in the object's own segment before, in the name's after. */
  #key(): boolean {
    if (this.#next() !== 0x22) return false;
    const walk = this.#walk;
    if (this.#names.length === this.#namesFrom.at(-1)) walk.leave();
    const name = this.#string();
    if (name === undefined) return false;
    if (this.#isKnown(name)) this.#duplicate = true;
    walk.enter(name === '' ? ' ' : name);
    if (this.#at >= this.#tailFrom) walk.inTail = true;
    walk.emit(this.#location, true, name);
    if (this.#next() !== 0x3a) return false;
    this.#at++;
    return true;
  }

  #isKnown(name: string): boolean {
    const names = this.#names;
    const from = this.#namesFrom.at(-1) ?? 0;
    const count = names.length - from;
    names.push(name);
    if (count < NAMES_COMPARED_MAX) {
      for (let i = from; i < from + count; i++) if (names[i] === name) return true;
      return false;
    }
    this.#sets ??= [];
    const level = this.#namesFrom.length;
    let set = this.#sets[level];
    if (set === undefined) {
      set = new Set(names.slice(from, from + count));
      this.#sets[level] = set;
    }
    if (set.has(name)) return true;
    set.add(name);
    return false;
  }

  /** Reads a string and leaves the place behind it; undefined where it is none. */
  #string(): string | undefined {
    const text = this.#text;
    const from = this.#at + 1;
    let escaped = false;
    for (let i = from; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === 0x22) {
        this.#at = i + 1;
        if (!escaped) return text.slice(from, i);
        const value = unescaped(text.slice(from - 1, i + 1));
        if (value !== undefined && !value.isWellFormed()) this.#walk.odd('surrogate');
        return value;
      }
      if (code === 0x5c) {
        escaped = true;
        i++;
      } else if (code < 0x20) return undefined;
    }
    return undefined;
  }

  /** A number, `true`, `false` or `null`: harmless, but has to be one. */
  #scalar(code: number): boolean {
    const text = this.#text;
    if (code === 0x74) return this.#word('true');
    if (code === 0x66) return this.#word('false');
    if (code === 0x6e) return this.#word('null');
    let i = this.#at;
    if (code === 0x2d) i++;
    const first = text.charCodeAt(i);
    if (!isDigit(first)) return false;
    i++;
    if (first !== 0x30) i = digits(text, i);
    if (text.charCodeAt(i) === 0x2e) {
      const end = digits(text, i + 1);
      if (end === i + 1) return false;
      i = end;
    }
    if ((text.charCodeAt(i) | 0x20) === 0x65) {
      i++;
      const sign = text.charCodeAt(i);
      if (sign === 0x2b || sign === 0x2d) i++;
      const end = digits(text, i);
      if (end === i) return false;
      i = end;
    }
    this.#at = i;
    return true;
  }

  #word(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  /** Skips white space; the code of what comes, not taken, or NaN at the end. */
  #next(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (!isSpace(code)) return code;
      this.#at++;
    }
  }
}

/** A string with escapes, its quotes included. */
function unescaped(quoted: string): string | undefined {
  try {
    const value: unknown = JSON.parse(quoted);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function digits(text: string, from: number): number {
  while (isDigit(text.charCodeAt(from))) from++;
  return from;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** First letter of `true`, `false`, `null`. */
function isWord(code: number): boolean {
  return code === 0x74 || code === 0x66 || code === 0x6e;
}
