import { JsonRewriter } from './json-rewriter.ts';
import type { PathAutomaton, PathState } from './path-automaton.ts';

/** One row is held until it is judged. */
const ROW_BYTES_MAX = 1024 * 1024;
const ROWS_MAX = 10_000;

/** Whether a row is the caller's; `unknown`: that could not be found out. */
export type RowOwnership = 'own' | 'foreign' | 'unknown';

/** Judges the rows of a body as it passes, and leaves out those that are not the caller's. */
export class RowFilter extends JsonRewriter {
  rows = 0;
  foreign = 0;
  unknown = 0;
  /** Pointer to the first row that is not the caller's. */
  first = '';
  /** Whether the place was there that the rows stand in. */
  found = false;
  readonly #paths: PathAutomaton;
  readonly #ownership: (row: Buffer) => RowOwnership;
  #rowAt = -1;
  #rowDepth = 0;

  constructor(paths: PathAutomaton, isSequence: boolean, ownership: (row: Buffer) => RowOwnership) {
    super(paths, isSequence);
    this.#paths = paths;
    this.#ownership = ownership;
    if (isSequence && paths.start.allows) this.found = true;
  }

  protected override passing(state: PathState): void {
    if (!this.found && state.allowsElements && this.#paths.element(state).allows) this.found = true;
    if (!state.allows || this.#rowAt >= 0) return;
    if (++this.rows > ROWS_MAX) throw this.unreadable(`it has more than ${ROWS_MAX} rows`);
    this.#rowAt = this.out.length;
    this.#rowDepth = this.depth;
  }

  protected override hasPassed(): void {
    if (this.#rowAt < 0 || this.depth !== this.#rowDepth) return;
    const from = this.#rowAt;
    this.#rowAt = -1;
    const ownership = this.#ownership(this.out.view(from, this.out.length));
    if (ownership === 'own') return;
    if (ownership === 'foreign') this.foreign++;
    else this.unknown++;
    if (this.first === '') this.first = this.pointer();
    this.takeBack(from);
  }

  protected override flushable(): number {
    if (this.#rowAt < 0) return this.out.length;
    if (this.out.length - this.#rowAt > ROW_BYTES_MAX) throw this.unreadable('it has a row that is too large');
    // The comma before it goes with it.
    const end = Math.max(0, this.#rowAt - 1);
    this.#rowAt -= end;
    return end;
  }

  protected override isInert(state: PathState): boolean {
    return state.isEmpty;
  }
}
