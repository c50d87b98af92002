import { got } from './value-kind.ts';

/** What is wrong with a call or an answer: where, what was to be there, and of what kind the value is. Never the value. */
export interface ContractFault {
  /** JSON pointer into a body; `query:limit`, `path:id`, `header:accept`, `cookie:sid` for parameters. */
  readonly pointer: string;
  readonly expected: string;
  readonly got: string;
}

/** Whether a value is what a schema says; says why not in the run. `seen` collects what was evaluated, where that matters. */
export type Check = (value: unknown, run: CheckRun, seen: Seen | undefined) => boolean;

/** Members and elements some schema spoke of (JSON Schema 2020-12 §11). */
export class Seen {
  names: Set<string> | undefined = undefined;
  allNames = false;
  itemsTo = 0;
  items: Set<number> | undefined = undefined;

  add(name: string): void {
    this.names ??= new Set();
    this.names.add(name);
  }

  get size(): number {
    return (this.names?.size ?? 0) + (this.items?.size ?? 0);
  }

  has(name: string): boolean {
    return this.allNames || this.names?.has(name) === true;
  }

  addItem(index: number): void {
    this.items ??= new Set();
    this.items.add(index);
  }

  /** Takes over what the other saw; false where that is more work than is left. */
  merge(other: Seen, run: CheckRun): boolean {
    if (!run.spendOnNames(other.size, other)) return false;
    if (other.allNames) this.allNames = true;
    if (other.names !== undefined) for (const name of other.names) this.add(name);
    if (other.itemsTo > this.itemsTo) this.itemsTo = other.itemsTo;
    if (other.items !== undefined) for (const index of other.items) this.addItem(index);
    return true;
  }
}

/** Why a value failed; `steps` lead to it from the inside out. */
export interface Failure {
  readonly steps: (string | number)[];
  readonly expected: string;
  /** Held only until the run is over, to say of what kind it is. */
  readonly value: unknown;
  readonly isMissing: boolean;
}

/** Deeper than the JSON reader lets anything be. */
const DEPTH_MAX = 96;
/**
 * Work is counted in steps of about 0.1 µs: 5 ms for whatever is small, up to 100 ms for 1 MB, and from there on as much for
 * every further MB.
 */
const STEPS_MIN = 50_000;
const STEPS_PER_BYTE = 8;
const STEPS_MAX = 1_000_000;
/** What it costs to begin with a value of its own, and to look at one name of an object. */
const STEPS_PER_VALUE = 2;
const STEPS_PER_NAME = 2;
/** More, where it has to be remembered that the name was seen. */
const STEPS_PER_SEEN_NAME = 4;
/** An object of more names than this is a table that does not fit near the processor: each costs so much more. */
const NAMES_MANY = 1_000;
const TIMES_OF_MANY = 3;

/** One judgement of one value. Work is bounded by its size: schemas whose alternatives repeat each other end it. */
export class CheckRun {
  failure: Failure | undefined = undefined;
  isTooComplex = false;
  #stepsLeft: number;
  #depth = 0;

  /** `share`: of the work that may be done, where it is begun anew if that does not suffice. */
  constructor(bytes: number, share = 1) {
    const usual = Math.min(STEPS_MAX, STEPS_MIN + bytes * STEPS_PER_BYTE);
    this.#stepsLeft = Math.floor(Math.max(usual, bytes) * share);
  }

  get stepsLeft(): number {
    return this.#stepsLeft;
  }

  /** Takes work from what is left; false where there is none. */
  spend(steps: number): boolean {
    this.#stepsLeft -= steps;
    if (this.#stepsLeft >= 0) return true;
    this.isTooComplex = true;
    return false;
  }

  /** The same for so many names of an object. */
  spendOnNames(names: number, seen: Seen | undefined): boolean {
    const each = seen === undefined ? STEPS_PER_NAME : STEPS_PER_SEEN_NAME;
    return this.spend(names * each * (names > NAMES_MANY ? TIMES_OF_MANY : 1));
  }

  enter(): boolean {
    this.#stepsLeft -= STEPS_PER_VALUE;
    if (this.#stepsLeft >= 0 && this.#depth++ < DEPTH_MAX) return true;
    this.isTooComplex = true;
    return false;
  }

  leave(): void {
    this.#depth--;
  }

  fail(expected: string, value: unknown): false {
    this.failure = { steps: [], expected, value, isMissing: false };
    return false;
  }

  missing(name: string): false {
    this.failure = { steps: [name], expected: 'a value', value: undefined, isMissing: true };
    return false;
  }

  unexpected(name: string, value: unknown, expected: string): false {
    this.failure = { steps: [name], expected, value, isMissing: false };
    return false;
  }

  /** Notes, on the way out, through which member a failure was reached. */
  under(step: string | number): false {
    this.failure?.steps.push(step);
    return false;
  }
}

export function gotOf(failure: Failure): string {
  return failure.isMissing ? 'nothing' : got(failure.value);
}
