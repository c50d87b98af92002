import {
  FEATURE_COUNT,
  type Grammar,
  gramBase,
  isStructure,
  jointFeature,
  STRUCTURE_FEATURES,
  TOKEN_KINDS,
} from './features.ts';
import { STRUCTURES, type Structure } from './structures.ts';

/** More pieces of evidence in one reading are dropped: an attack needs a few. */
export const PIECES_MAX = 1024;

/**
 * The features one reading of a value has, each once, with where it was seen first. Reused from value to value.
 * With a model's rows (see Model.rows) features without weight are not kept: most pairs and triples of tokens have none.
 */
export class Evidence {
  readonly ids = new Int32Array(PIECES_MAX);
  readonly starts = new Int32Array(PIECES_MAX);
  readonly ends = new Int32Array(PIECES_MAX);
  /** The row of each in the model; without one its number. */
  readonly rows = new Int32Array(PIECES_MAX);
  count = 0;
  readonly #rowOf: Uint16Array | undefined;
  readonly #seenIn: Int32Array;
  /** Places of the structures among the pieces. */
  readonly #structures = new Int32Array(STRUCTURES.length);
  /** Number of the reading, never the same for two that follow each other closely. */
  reading = 0;

  constructor(rowOf: Uint16Array | undefined) {
    this.#rowOf = rowOf;
    this.#seenIn = new Int32Array(rowOf === undefined ? FEATURE_COUNT : 0x10000);
  }

  reset(): void {
    this.count = 0;
    this.reading = (this.reading + 1) | 0;
  }

  add(id: number, start: number, end: number): void {
    const rowOf = this.#rowOf;
    const row = rowOf === undefined ? id : (rowOf[id] ?? 0);
    if ((row === 0 && rowOf !== undefined) || this.#seenIn[row] === this.reading) return;
    this.#seenIn[row] = this.reading;
    const at = this.count;
    if (at === PIECES_MAX) return;
    this.ids[at] = id;
    this.rows[at] = row;
    this.starts[at] = start;
    this.ends[at] = end;
    this.count = at + 1;
  }

  /** Adds what stands together: every two structures of which at least one says more than how the text looks. */
  addJoint(): void {
    const { ids } = this;
    const structures = this.#structures;
    let found = 0;
    for (let i = 0; i < this.count; i++) if (isStructure(ids[i] ?? 0)) structures[found++] = i;
    for (let i = 1; i < found; i++) {
      const one = structures[i] ?? 0;
      for (let k = 0; k < i; k++) this.#join(structures[k] ?? 0, one);
    }
  }

  #join(i: number, k: number): void {
    const { ids, starts, ends } = this;
    const one = ids[i] ?? 0;
    const other = ids[k] ?? 0;
    if (isSetting(one) && isSetting(other)) return;
    this.add(
      one < other ? jointFeature(one, other) : jointFeature(other, one),
      Math.min(starts[i] ?? 0, starts[k] ?? 0),
      Math.max(ends[i] ?? 0, ends[k] ?? 0),
    );
  }

  /** With a model's rows: false for every feature without one. */
  has(id: number): boolean {
    const rowOf = this.#rowOf;
    const row = rowOf === undefined ? id : (rowOf[id] ?? 0);
    return (row !== 0 || rowOf === undefined) && this.#seenIn[row] === this.reading;
  }
}

/** The feature of a structure, looked up when a module is loaded. */
export function structureFeature(name: Structure): number {
  return STRUCTURE_FEATURES + STRUCTURES.indexOf(name);
}

/** Whether a structure is how a text looks or where it stands, and not what is in it. */
export function isSetting(structure: number): boolean {
  return SETTINGS[structure - STRUCTURE_FEATURES] === 1;
}

const SETTINGS = Uint8Array.from(STRUCTURES, (name) => (/^(?:shape|leaf|context)\./.test(name) ? 1 : 0));

/** All of a triple's bits. */
const TRIPLE = TOKEN_KINDS ** 3 - 1;
const PAIR = TOKEN_KINDS ** 2 - 1;
const KIND = TOKEN_KINDS - 1;
const KIND_BITS = Math.log2(TOKEN_KINDS);

/** Turns a tokeniser's stream of kinds into the features of its pairs and triples. */
export class TokenRuns {
  readonly #pairs: number;
  readonly #triples: number;
  readonly #evidence: Evidence;
  readonly #seenIn = new Int32Array(TOKEN_KINDS ** 3);
  /** The last three kinds, and how many of them there are yet. */
  #triple = 0;
  #held = 0;
  #lastStart = 0;
  #secondLastStart = 0;
  tokens = 0;

  constructor(grammar: Grammar, evidence: Evidence) {
    this.#pairs = gramBase(grammar);
    this.#triples = this.#pairs + TOKEN_KINDS * TOKEN_KINDS;
    this.#evidence = evidence;
  }

  /** Kind 0 stands for the beginning; a reading that is cut out of a long word has none. */
  begin(at: number, isCut: boolean): void {
    this.#triple = 0;
    this.#held = isCut ? 0 : 1;
    this.#lastStart = at;
    this.#secondLastStart = at;
    this.tokens = 0;
  }

  push(kind: number, start: number, end: number): void {
    const triple = ((this.#triple << KIND_BITS) | kind) & TRIPLE;
    if (this.#held < 2) {
      if (this.#held === 1) this.#evidence.add(this.#pairs + triple, this.#lastStart, end);
      this.#held++;
    } else {
      const { reading } = this.#evidence;
      // Most tokens of a text repeat what was seen: one look-up, and the pair is known with its triple.
      if (this.#seenIn[triple] !== reading) {
        this.#seenIn[triple] = reading;
        this.#evidence.add(this.#pairs + (triple & PAIR), this.#lastStart, end);
        this.#evidence.add(this.#triples + triple, this.#secondLastStart, end);
      }
    }
    this.#triple = triple;
    this.#secondLastStart = this.#lastStart;
    this.#lastStart = start;
    this.tokens++;
  }

  /** Kind of the token pushed last. */
  get last(): number {
    return this.#triple & KIND;
  }
}
