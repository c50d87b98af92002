import type { ResponseVerb } from '../../core/field-rules.ts';
import type { FieldStep } from './field-path.ts';

/** A path with what is done to the values it leads to. */
export interface VerbPath {
  readonly verb: ResponseVerb;
  readonly steps: readonly FieldStep[];
}

/** Where in all of the paths a value is. */
export interface PathState {
  /** Set where a path that hides ends at this value: the strictest of them. */
  readonly hides: Exclude<ResponseVerb, 'allow'> | undefined;
  /** Whether a path that hides may end somewhere below. */
  readonly hidesBelow: boolean;
  /** Whether a path that allows ends at this value. */
  readonly allows: boolean;
  readonly allowsMembers: boolean;
  readonly allowsElements: boolean;
  /** Whether a path allows whatever is below. */
  readonly allowsAll: boolean;
  /** Whether no path goes on from here, or ends here. */
  readonly isEmpty: boolean;
}

interface Position {
  readonly verb: ResponseVerb;
  readonly steps: readonly FieldStep[];
  readonly at: number;
}

class State implements PathState {
  readonly hides: PathState['hides'];
  readonly hidesBelow: boolean;
  readonly allows: boolean;
  readonly allowsMembers: boolean;
  readonly allowsElements: boolean;
  readonly allowsAll: boolean;
  readonly isEmpty: boolean;
  readonly positions: readonly number[];
  readonly members = new Map<string, State>();
  other: State | undefined = undefined;
  element: State | undefined = undefined;

  constructor(positions: readonly number[], all: readonly Position[]) {
    this.positions = positions;
    let hides: PathState['hides'];
    let hidesBelow = false;
    let allows = false;
    let allowsMembers = false;
    let allowsElements = false;
    let allowsAll = false;
    for (const index of positions) {
      const position = all[index];
      if (position === undefined) continue;
      const step = position.steps[position.at];
      if (position.verb === 'allow') {
        if (step === undefined) allows = true;
        else if (step.kind === 'anyDepth') {
          allowsMembers = allowsElements = true;
          if (position.at + 1 === position.steps.length) allowsAll = true;
        } else if (step.kind === 'element') allowsElements = true;
        else allowsMembers = true;
      } else if (step === undefined) hides = stricter(hides, position.verb);
      else hidesBelow = true;
    }
    this.hides = hides;
    this.hidesBelow = hidesBelow;
    this.allows = allows;
    this.allowsMembers = allowsMembers;
    this.allowsElements = allowsElements;
    this.allowsAll = allowsAll;
    this.isEmpty = positions.length === 0;
  }
}

/** Paths of `**` can make many states; those beyond are made anew each time, so that no data fills the memory. */
const STATES_MAX = 2_048;
const NAMES_MAX = 256;

/**
 * Follows all paths at once through a body, one transition for each member or element.
 *
 * Paths that allow are taken as they are written. Paths that hide or deny find more: names in any case, since readers that
 * ignore case exist, and elements of arrays also where no `[]` is written, since an answer that becomes a list must not open.
 */
export class PathAutomaton {
  readonly start: PathState;
  /** False: nothing is asked of what no path names. */
  readonly hasAllow: boolean;
  readonly #positions: Position[] = [];
  readonly #first: readonly number[];
  readonly #states = new Map<string, State>();

  /** `hasAllow` is given where paths that allow exist, although none of them counts for this caller. */
  constructor(paths: readonly VerbPath[], hasAllow: boolean) {
    const first: number[] = [];
    for (const { verb, steps } of paths) {
      first.push(this.#positions.length);
      const compared = verb === 'allow' ? steps : steps.map(foldedStep);
      for (let at = 0; at <= steps.length; at++) this.#positions.push({ verb, steps: compared, at });
    }
    this.#first = first;
    this.hasAllow = hasAllow;
    this.start = this.#stateOf(this.#first);
  }

  member(from: PathState, name: string): PathState {
    if (!(from instanceof State)) throw new TypeError('a state of another automaton');
    const known = from.members.get(name);
    if (known !== undefined) return known;
    const folded = foldedName(name);
    let named = false;
    const next: number[] = [];
    for (const index of from.positions) {
      const position = this.#positions[index];
      const step = position?.steps[position.at];
      if (position === undefined || step === undefined) continue;
      if (step.kind === 'anyDepth') next.push(index);
      else if (step.kind === 'anyMember') next.push(index + 1);
      else if (step.kind === 'member' && step.name === (position.verb === 'allow' ? name : folded)) {
        next.push(index + 1);
        named = true;
      }
    }
    if (!named && from.other !== undefined) return this.#remembered(from, name, from.other);
    const state = this.#stateOf(next);
    if (!named) from.other = state;
    return this.#remembered(from, name, state);
  }

  element(from: PathState): PathState {
    if (!(from instanceof State)) throw new TypeError('a state of another automaton');
    if (from.element !== undefined) return from.element;
    const next: number[] = [];
    for (const index of from.positions) {
      const position = this.#positions[index];
      const step = position?.steps[position.at];
      if (position === undefined || step === undefined) continue;
      if (step.kind === 'element') next.push(index + 1);
      if (step.kind === 'anyDepth' || position.verb !== 'allow') next.push(index);
    }
    from.element = this.#stateOf(next);
    return from.element;
  }

  #remembered(from: State, name: string, to: State): State {
    if (from.members.size < NAMES_MAX && name.length <= 128) from.members.set(name, to);
    return to;
  }

  /** The state of these positions, and of those behind each `**`, which may stand for nothing. */
  #stateOf(positions: readonly number[]): State {
    const reached = new Set<number>();
    for (let index of positions) {
      reached.add(index);
      while (this.#positions[index]?.steps[this.#positions[index]?.at ?? 0]?.kind === 'anyDepth') reached.add(++index);
    }
    const sorted = [...reached].sort((a, b) => a - b);
    const key = sorted.join(',');
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const state = new State(sorted, this.#positions);
    if (this.#states.size < STATES_MAX) this.#states.set(key, state);
    return state;
  }
}

function stricter(a: PathState['hides'], b: Exclude<ResponseVerb, 'allow'>): Exclude<ResponseVerb, 'allow'> {
  if (a === 'deny' || b === 'deny') return 'deny';
  return a === 'drop' || b === 'drop' ? 'drop' : 'mask';
}

function foldedStep(step: FieldStep): FieldStep {
  return step.kind === 'member' ? { kind: 'member', name: foldedName(step.name) } : step;
}

/** Upper case first: readers that ignore case take U+017F for `s` and U+212A for `k`. */
function foldedName(name: string): string {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code >= 0x80 || (code >= 0x41 && code <= 0x5a)) return name.toUpperCase().toLowerCase();
  }
  return name;
}
