import type { ASTNode } from '@marcbachmann/cel-js';
import type { AccessFacts } from './access-facts.ts';
import { listOf, memberOf, operationOf, textOf } from './total-expression.ts';

/** Longer ones are named by their length: cut, they could hold part of a credential that is hidden where it is whole. */
const CHARACTERS_MAX = 80;
const PLACES_MAX = 6;

/** Says what an expression looked at, where it was not met. */
export type ComparedValues = (facts: AccessFacts) => string;

/**
 * The values an expression compares, for whoever explains a refusal. What no record holds is named only: fields, the query,
 * claims, and who a person is whose subject is not a consumer.
 */
export function comparedValues(
  ast: ASTNode,
  parameters: readonly string[],
  nodesIn: (args: unknown) => readonly ASTNode[],
): ComparedValues {
  const places = new Map<string, (facts: AccessFacts) => string>();
  const walk = (node: ASTNode, isWhole: boolean): void => {
    const name = placeOf(node, isWhole);
    if (name !== undefined) places.set(name, readerOf(node, name, parameters));
    else for (const inner of nodesIn(operationOf(node).args)) walk(inner, operationOf(node).op !== '.');
  };
  walk(ast, true);
  const shown = [...places].slice(0, PLACES_MAX);
  if (shown.length === 0) return () => 'false';
  return (facts) => shown.map(([name, read]) => `${name} ${read(facts)}`).join(', ');
}

/** `variable.name`; a bare `principal`, as in `owned(principal)`, stands for its subject. */
function placeOf(node: ASTNode, isWhole: boolean): string | undefined {
  const member = memberOf(node);
  if (member !== undefined) return member.join('.');
  const { op, args } = operationOf(node);
  if (op !== 'id' || !isWhole) return undefined;
  return args === 'principal' ? SUBJECT : args === 'query' ? 'query' : undefined;
}

const SUBJECT = 'principal.subject';

function readerOf(node: ASTNode, name: string, parameters: readonly string[]): (facts: AccessFacts) => string {
  if (name === SUBJECT) return ({ principal }) => subjectText(principal);
  const text = textOf(node, parameters);
  if (text !== undefined) return (facts) => `is ${quoted(text(facts))}`;
  const list = listOf(node);
  if (typeof list === 'function') return (facts) => `is [${list(facts).map(quoted).join(', ')}]`;
  return () => 'is not recorded';
}

function subjectText(principal: AccessFacts['principal']): string {
  if (principal === undefined || principal.subject === '') return 'is empty';
  return principal.subject === principal.consumer ? `is ${quoted(principal.subject)}` : 'is not recorded';
}

function quoted(text: string): string {
  return text.length > CHARACTERS_MAX ? `a text of ${text.length} characters` : JSON.stringify(text);
}
