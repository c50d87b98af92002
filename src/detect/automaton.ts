import { type FoundLiterals, JOINED_AFTER, JOINED_BEFORE } from './found-literals.ts';
import type { Variant } from './normalise/variants.ts';
import { DIGIT, HIGH_LETTER, KINDS_OF, LETTER, UNDERSCORE } from './unit-kinds.ts';

const KINDS = KINDS_OF;
const WORD = LETTER | DIGIT | UNDERSCORE | HIGH_LETTER;

/**
 * Finds all of many literals in one pass, letters without case (Aho-Corasick, goto and failure links merged into one table).
 * One table look-up a character, whatever the text.
 */
export class Automaton {
  readonly #classOf = new Uint8Array(0x10000);
  readonly #classes: number;
  /** States near the beginning have the lowest numbers: what most characters lead to stands close together in memory. */
  readonly #next: Uint16Array;
  /** From this state on, a literal ends in each of them. */
  readonly #firstEnding: number;
  /** First literal that ends in a state, −1 for none; the others follow by `#alike`. */
  readonly #ends: Int16Array;
  readonly #alike: Int16Array;
  /** Nearest state down the failure links where a literal ends too. */
  readonly #shorter: Uint16Array;
  readonly #lengths: Uint8Array;
  readonly #wholeWord: Uint8Array;

  /** A literal between blanks in `words` counts only where it is no part of a longer word. */
  constructor(literals: readonly { readonly text: string; readonly wholeWord: boolean }[]) {
    let classes = 1;
    for (const { text } of literals) {
      for (const char of text.toLowerCase()) {
        const code = char.charCodeAt(0);
        if ((this.#classOf[code] ?? 0) === 0) this.#classOf[code] = classes++;
      }
    }
    for (let code = 0x41; code <= 0x5a; code++) this.#classOf[code] = this.#classOf[code | 0x20] ?? 0;
    this.#classes = classes;
    const states = 1 + literals.reduce((sum, { text }) => sum + text.length, 0);
    if (states > 0xffff) throw new RangeError('too many literals for 16-bit states');
    const next = new Uint16Array(states * classes);
    const ends = new Int16Array(states).fill(-1);
    this.#alike = new Int16Array(literals.length).fill(-1);
    this.#lengths = Uint8Array.from(literals, ({ text }) => text.length);
    this.#wholeWord = Uint8Array.from(literals, ({ wholeWord }) => (wholeWord ? 1 : 0));
    let used = 1;
    literals.forEach(({ text }, id) => {
      let state = 0;
      for (const char of text.toLowerCase()) {
        const slot = state * classes + (this.#classOf[char.charCodeAt(0)] ?? 0);
        if (next[slot] === 0) next[slot] = used++;
        state = next[slot] ?? 0;
      }
      this.#alike[id] = ends[state] ?? -1;
      ends[state] = id;
    });
    const shorter = new Uint16Array(used);
    const breadthFirst = linkFailures(next, ends, shorter, classes);
    const ending = (state: number): boolean => (ends[state] ?? -1) >= 0 || shorter[state] !== 0;
    const order = [...breadthFirst.filter((state) => !ending(state)), ...breadthFirst.filter(ending)];
    this.#firstEnding = order.findIndex(ending);
    const numberOf = new Uint16Array(used);
    order.forEach((state, number) => {
      numberOf[state] = number;
    });
    this.#next = new Uint16Array(used * classes);
    this.#next.forEach((_, slot, all) => {
      const state = order[Math.floor(slot / classes)] ?? 0;
      all[slot] = numberOf[next[state * classes + (slot % classes)] ?? 0] ?? 0;
    });
    this.#ends = Int16Array.from(order, (state) => ends[state] ?? -1);
    this.#shorter = Uint16Array.from(order, (state) => numberOf[shorter[state] ?? 0] ?? 0);
  }

  /** Finds the literals of a reading, unless they are known. */
  find({ units, length, literals }: Variant): void {
    if (literals.isKnown) return;
    literals.isKnown = true;
    const next = this.#next;
    const classOf = this.#classOf;
    const classes = this.#classes;
    const firstEnding = this.#firstEnding;
    let state = 0;
    for (let i = 0; i < length; i++) {
      state = next[state * classes + (classOf[units[i] ?? 0] ?? 0)] ?? 0;
      if (state >= firstEnding) this.#report(state, units, length, i + 1, literals);
    }
  }

  #report(state: number, units: Uint16Array, length: number, end: number, into: FoundLiterals): void {
    while (state !== 0) {
      for (let id = this.#ends[state] ?? -1; id >= 0; id = this.#alike[id] ?? -1) {
        const start = end - (this.#lengths[id] ?? 0);
        const joints = this.#wholeWord[id] === 1 ? jointsOf(units, length, start, end) : 0;
        into.add(id, joints, start, end);
      }
      state = this.#shorter[state] ?? 0;
    }
  }

  get bytes(): number {
    return this.#next.byteLength + this.#ends.byteLength + this.#shorter.byteLength;
  }
}

function jointsOf(units: Uint16Array, length: number, start: number, end: number): number {
  const before = start > 0 && isWordUnit(units[start - 1] ?? 0) ? JOINED_BEFORE : 0;
  return end < length && isWordUnit(units[end] ?? 0) ? before | JOINED_AFTER : before;
}

function isWordUnit(unit: number): boolean {
  return ((KINDS[unit] ?? 0) & WORD) !== 0;
}

/** Answers all states, the nearest to the beginning first. */
function linkFailures(next: Uint16Array, ends: Int16Array, shorter: Uint16Array, classes: number): number[] {
  const failure = new Uint16Array(shorter.length);
  const queue: number[] = [];
  for (let unit = 0; unit < classes; unit++) {
    const child = next[unit] ?? 0;
    if (child !== 0) queue.push(child);
  }
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head] ?? 0;
    const fallback = failure[state] ?? 0;
    shorter[state] = (ends[fallback] ?? -1) >= 0 ? fallback : (shorter[fallback] ?? 0);
    for (let unit = 0; unit < classes; unit++) {
      const slot = state * classes + unit;
      const child = next[slot] ?? 0;
      const other = next[fallback * classes + unit] ?? 0;
      if (child === 0) {
        next[slot] = other;
      } else {
        failure[child] = other;
        queue.push(child);
      }
    }
  }
  return [0, ...queue];
}
