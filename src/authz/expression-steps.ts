import type { ASTNode } from '@marcbachmann/cel-js';
import { literalText, operationOf } from './total-expression.ts';

/** Steps one evaluation may take in loops: some milliseconds. What would take more fails, and so permits nothing. */
export const STEPS_MAX = 200_000;
/** Texts are compared and searched so many characters at a time. */
const CHARACTERS_PER_STEP = 64;

/** Whether a loop looks, for each of its elements, at something a caller may have made as long as the list itself. */
export function walksInLoop(
  ast: ASTNode,
  macros: readonly string[],
  isNamed: (node: ASTNode) => boolean,
  nodesIn: (args: unknown) => readonly ASTNode[],
): boolean {
  const { op, args } = operationOf(ast);
  if (op === 'rcall' && Array.isArray(args) && macros.includes(String(args[0])))
    if (nodesIn(args.slice(2)).some(isNamed)) return true;
  return nodesIn(args).some((inner) => walksInLoop(inner, macros, isNamed, nodesIn));
}

/** What an expression makes lists of texts by. */
export interface Splitting {
  /** At what it splits them; an empty one: at every character, or where only the call says at what. */
  readonly separators: readonly string[];
  /** True: lists are joined too, and so their texts may be split as one. */
  readonly joins: boolean;
}

export function splittingIn(ast: ASTNode, nodesIn: (args: unknown) => readonly ASTNode[]): Splitting {
  const { op, args } = operationOf(ast);
  const called = op === 'rcall' && Array.isArray(args) ? (args as readonly unknown[]) : [];
  const inner = nodesIn(args).map((node) => splittingIn(node, nodesIn));
  return {
    separators: [
      ...(called[0] === 'split' ? [literalText(nodesIn(called[2])[0]) ?? ''] : []),
      ...inner.flatMap(({ separators }) => separators),
    ],
    joins: called[0] === 'join' || inner.some(({ joins }) => joins),
  };
}

/**
 * How many steps loops could take over lists of these values, or over what their texts are split into, that walk over all of
 * them for each element. Throws where it could be more than `STEPS_MAX`. What it counts is itself bounded by that, and by
 * the texts.
 */
export function fewSteps(values: readonly unknown[], { separators, joins }: Splitting): number {
  const waiting: unknown[] = [...values];
  let longest = 1;
  let whole = 0;
  let joined = 0;
  while (waiting.length > 0) {
    const value = waiting.pop();
    whole++;
    if (typeof value === 'string') {
      whole += Math.floor(value.length / CHARACTERS_PER_STEP);
      for (const separator of separators) {
        const pieces = piecesOf(value, separator);
        joined += joins ? pieces : 0;
        longest = Math.max(longest, pieces, joined);
      }
    } else if (typeof value === 'object' && value !== null) {
      const inner: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
      longest = Math.max(longest, inner.length);
      // Before they are put down, so that a list of millions is not.
      if (longest * (whole + inner.length) > STEPS_MAX) throw new TypeError('it would take too many steps');
      for (const one of inner) waiting.push(one);
    }
    if (longest * (whole + waiting.length) > STEPS_MAX) throw new TypeError('it would take too many steps');
  }
  return longest * whole;
}

function piecesOf(text: string, separator: string): number {
  if (separator === '') return text.length;
  let pieces = 1;
  for (let at = text.indexOf(separator); at !== -1; at = text.indexOf(separator, at + separator.length)) pieces++;
  return pieces;
}
