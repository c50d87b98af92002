/** What stands in the text right before or after a word that counts only where it is no part of a longer one. */
export const JOINED_BEFORE = 1;
export const JOINED_AFTER = 2;

/** Is told of literals in the order of where they end. */
export interface LiteralVisitor {
  literal(id: number, start: number, end: number): void;
}

/** The literals of a reading: found once, however many windows are read of it. */
export class FoundLiterals {
  /** Whether the reading as it stands was looked through. */
  isKnown = false;
  #count = 0;
  #ids = new Uint16Array(64);
  #joints = new Uint8Array(64);
  #starts = new Int32Array(64);
  #ends = new Int32Array(64);

  /** To be called whenever the text has changed. */
  forget(): void {
    this.isKnown = false;
    this.#count = 0;
  }

  add(id: number, joints: number, start: number, end: number): void {
    const at = this.#count++;
    if (at === this.#ids.length) this.#grow();
    this.#ids[at] = id;
    this.#joints[at] = joints;
    this.#starts[at] = start;
    this.#ends[at] = end;
  }

  /** Tells of the literals in `start` to `end`, as if nothing stood around: a word that is cut out of a longer one counts. */
  visit(start: number, end: number, visitor: LiteralVisitor): void {
    const count = this.#count;
    const starts = this.#starts;
    const ends = this.#ends;
    for (let i = this.#firstAfter(start); i < count; i++) {
      const from = starts[i] ?? 0;
      const to = ends[i] ?? 0;
      if (to > end) return;
      const joints = this.#joints[i] ?? 0;
      if (
        from < start ||
        ((joints & JOINED_BEFORE) !== 0 && from > start) ||
        ((joints & JOINED_AFTER) !== 0 && to < end)
      )
        continue;
      visitor.literal(this.#ids[i] ?? 0, from, to);
    }
  }

  /** Number of the first literal that ends behind a place. */
  #firstAfter(place: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ends[middle] ?? 0) > place) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #grow(): void {
    const length = this.#ids.length * 2;
    const ids = new Uint16Array(length);
    ids.set(this.#ids);
    this.#ids = ids;
    const joints = new Uint8Array(length);
    joints.set(this.#joints);
    this.#joints = joints;
    const starts = new Int32Array(length);
    starts.set(this.#starts);
    this.#starts = starts;
    const ends = new Int32Array(length);
    ends.set(this.#ends);
    this.#ends = ends;
  }
}
