import { AnswerUnreadable } from '../../core/answer-check.ts';
import { JsonRewriter } from './json-rewriter.ts';
import type { PathAutomaton } from './path-automaton.ts';

/** So many places are told of one body; beyond them they are only counted. */
const TOLD_MAX = 8;

export type Reduction =
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'reduced';
      readonly bytes: Uint8Array;
      readonly count: number;
      /** Pointers (RFC 6901) to the first that were left out. */
      readonly told: readonly string[];
    }
  /** Nothing would be left of it, or a name in it cannot be compared. */
  | { readonly kind: 'refused'; readonly problem: string };

/**
 * Leaves out of a body of JSON what rules drop, and what no rule allows where one does. Numbers and texts that stay keep
 * their octets: read and written again they could become others.
 */
export function reduceBody(bytes: Uint8Array, automaton: PathAutomaton): Reduction {
  const rewriter = new RequestReducer(automaton);
  try {
    const first = rewriter.write(bytes);
    const rest = rewriter.end();
    if (rewriter.count === 0) return UNCHANGED;
    const reduced = rest.length === 0 ? first : Buffer.concat([first, rest]);
    return { kind: 'reduced', bytes: reduced, count: rewriter.count, told: rewriter.told };
  } catch (error) {
    if (!(error instanceof AnswerUnreadable)) throw error;
    return { kind: 'refused', problem: error.message };
  }
}

class RequestReducer extends JsonRewriter {
  count = 0;
  readonly told: string[] = [];

  constructor(automaton: PathAutomaton) {
    super(automaton, false);
  }

  protected override hiding(): void {
    this.count++;
    if (this.told.length < TOLD_MAX) this.told.push(this.pointer());
  }
}

const UNCHANGED: Reduction = Object.freeze({ kind: 'unchanged' });
