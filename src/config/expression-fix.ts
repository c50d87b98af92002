import { expressionNames } from '../authz/expression.ts';
import { didYouMean } from './did-you-mean.ts';

/** What the problem of an expression names that there is not. */
const UNKNOWN = /^(Unknown variable|No such key): ([\w-]+)/;
const NOT_CALLABLE = /^found no matching overload for '(?:.*\.)?(\w+)\(/;

/**
 * How to correct an expression that cannot be used: the name that was probably meant, else the parameters of the path,
 * where it names the path. `more`: names that may stand in this expression alone.
 */
export function expressionFix(
  problem: string,
  text: string,
  parameters: readonly string[],
  more: readonly string[] = [],
): string | undefined {
  const meant = meantIn(problem, text, parameters, more);
  if (meant !== undefined) return `did you mean "${meant}"?`;
  if (!/\bpath\b/.test(text)) return undefined;
  const held = parameters.length === 0 ? 'no parameters' : parameters.map((name) => `path.${name}`).join(', ');
  return `correct it; the path of the route has ${held}; what else may stand in it is in docs/guides/access-rules.md`;
}

function meantIn(
  problem: string,
  text: string,
  parameters: readonly string[],
  more: readonly string[],
): string | undefined {
  const { variables, members, functions } = expressionNames(parameters);
  const called = NOT_CALLABLE.exec(problem)?.[1];
  // What is called by its right name has wrong operands.
  if (called !== undefined) return functions.includes(called) ? undefined : didYouMean(called, [...functions, ...more]);
  const [, kind, name] = UNKNOWN.exec(problem) ?? [];
  if (name === undefined) return undefined;
  if (kind === 'Unknown variable') return didYouMean(name, [...variables, ...more]);
  const owner = Object.keys(members).find((one) => new RegExp(`\\b${one}\\s*\\.\\s*${name}\\b`).test(text));
  const member = didYouMean(name, (owner === undefined ? undefined : members[owner]) ?? []);
  return member === undefined ? undefined : `${owner}.${member}`;
}
