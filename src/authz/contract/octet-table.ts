/** Texts by the octets they have within JSON strings, where those are written without escapes. */
export class OctetTable {
  /** Of each text its UTF-8, and the quote after it. */
  readonly #octets: readonly Uint8Array[];
  /** Index of a text by its hash, from which the others of the same hash are led to; −1 where there is none. */
  readonly #first: Int32Array;
  readonly #following: Int32Array;
  readonly #mask: number;
  /** Octets of the longest: what is longer is none of them, and not worth a hash. */
  readonly #sizeMax: number;

  /** All of them have to be ones that `canStand` takes. */
  constructor(texts: readonly string[]) {
    this.#octets = texts.map((text) => Buffer.from(`${text}"`));
    this.#mask = 2 ** Math.ceil(Math.log2(texts.length * 2 + 1)) - 1;
    this.#sizeMax = this.#octets.reduce((size, { length }) => Math.max(size, length - 1), 0);
    this.#first = new Int32Array(this.#mask + 1).fill(-1);
    this.#following = new Int32Array(texts.length).fill(-1);
    for (const [index, octets] of this.#octets.entries()) {
      const hash = this.#hash(octets, 0, octets.length - 1);
      this.#following[index] = this.#first[hash] ?? -1;
      this.#first[hash] = index;
    }
  }

  /** Whether a text has one spelling without escapes, and octets that are those of no other text. */
  static canStand(text: string): boolean {
    if (!text.isWellFormed()) return false;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code < 0x20 || code === 0x22 || code === 0x5c) return false;
    }
    return true;
  }

  get size(): number {
    return this.#octets.length;
  }

  /** Octets of a text with the quote after it, where it stands at a place; 0 where it does not. */
  sizeAt(index: number, bytes: Uint8Array, at: number): number {
    const octets = this.#octets[index];
    if (octets === undefined) return 0;
    const { length } = octets;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== octets[i]) return 0;
    return length;
  }

  /** Index of the text from one place to another, behind which there is a quote; −1 where it is none of them. */
  find(bytes: Uint8Array, from: number, to: number): number {
    if (to - from > this.#sizeMax) return -1;
    let index = this.#first[this.#hash(bytes, from, to)] ?? -1;
    while (index !== -1) {
      if (this.sizeAt(index, bytes, from) === to - from + 1) return index;
      index = this.#following[index] ?? -1;
    }
    return -1;
  }

  /** FNV-1a of all octets: numbered names differ in one anywhere, and a caller may ask for the worst of them ten thousand times. */
  #hash(bytes: Uint8Array, from: number, to: number): number {
    let hash = 0x811c9dc5;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
    return (hash ^ (hash >>> 15)) & this.#mask;
  }
}
