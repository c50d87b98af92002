/**
 * Finds all of many literals in one pass, letters without case (Aho-Corasick, goto and failure links merged into one table).
 * One table look-up a character, whatever the text.
 */
export class Automaton {
  readonly #classOf = new Uint8Array(0x10000);
  readonly #classes: number;
  readonly #next: Uint16Array;
  /** First literal that ends in a state, −1 for none; the others follow by `#alike`. */
  readonly #ends: Int16Array;
  /** Nearest state, itself included, where a literal ends; 0 for most. */
  readonly #ending: Uint16Array;
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
    this.#shorter = new Uint16Array(used);
    linkFailures(next, ends, this.#shorter, classes);
    this.#next = next.slice(0, used * classes);
    this.#ends = ends.slice(0, used);
    this.#ending = this.#shorter.map((shorter, state) => ((ends[state] ?? -1) >= 0 ? state : shorter));
  }

  /** Calls `found` for every literal in `units[start..end)`, in order of where they end. */
  scan(units: Uint16Array, start: number, end: number, found: Found): void {
    const next = this.#next;
    const endings = this.#ending;
    const classOf = this.#classOf;
    const classes = this.#classes;
    let state = 0;
    for (let i = start; i < end; i++) {
      state = next[state * classes + (classOf[units[i] ?? 0] ?? 0)] ?? 0;
      const ending = endings[state] ?? 0;
      if (ending !== 0) this.#report(ending, units, start, end, i, found);
    }
  }

  #report(ending: number, units: Uint16Array, start: number, end: number, last: number, found: Found): void {
    while (ending !== 0) {
      for (let id = this.#ends[ending] ?? -1; id >= 0; id = this.#alike[id] ?? -1) {
        const from = last + 1 - (this.#lengths[id] ?? 0);
        if (
          this.#wholeWord[id] === 1 &&
          (isWordUnit(units, from - 1, start, end) || isWordUnit(units, last + 1, start, end))
        ) {
          continue;
        }
        found.literal(id, from, last + 1);
      }
      ending = this.#shorter[ending] ?? 0;
    }
  }

  get bytes(): number {
    return this.#next.byteLength + this.#ends.byteLength + this.#ending.byteLength + this.#shorter.byteLength;
  }
}

export interface Found {
  literal(id: number, start: number, end: number): void;
}

function isWordUnit(units: Uint16Array, at: number, start: number, end: number): boolean {
  if (at < start || at >= end) return false;
  const code = units[at] ?? 0;
  return (
    (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) || code === 0x5f || code >= 0xc0
  );
}

function linkFailures(next: Uint16Array, ends: Int16Array, shorter: Uint16Array, classes: number): void {
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
}
