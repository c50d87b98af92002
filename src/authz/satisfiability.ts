import type { ASTNode } from '@marcbachmann/cel-js';
import { literalText, operationOf } from './total-expression.ts';

/** What can be said of one place of a call, such as `request.method`, without knowing the call. */
type Claim =
  | { readonly kind: 'oneOf'; readonly place: string; readonly values: readonly Literal[] }
  | { readonly kind: 'noneOf'; readonly place: string; readonly values: readonly Literal[] };

type Literal = string | boolean | bigint;

/** Values that a place can have where the rule stands; a place that is not named can have any. */
export type Domains = ReadonlyMap<string, readonly string[]>;

/** Ways in which an expression can be true that are looked through; with more, it counts as one that can. */
const WAYS_MAX = 64;

/**
 * Why an expression can never be true, or undefined where it may be. Sound, not complete: places are compared with literal
 * texts, numbers and truth values, everything else may be anything. A place that is missing makes no expression true.
 */
export function contradictionOf(node: ASTNode, domains: Domains): string | undefined {
  const ways = waysOf(node, true);
  if (ways === undefined) return undefined;
  let first: string | undefined;
  for (const way of ways) {
    const problem = problemOf(way, domains);
    if (problem === undefined) return undefined;
    first ??= problem;
  }
  return first ?? 'it is never true';
}

/** The first part of an expression that names nothing of the call, and so decides nothing; or undefined. */
export function constantPartOf(node: ASTNode): ASTNode | undefined {
  const { op, args } = operationOf(node);
  if (op === '!_') return constantPartOf(args as ASTNode);
  if (op !== '&&' && op !== '||') return undefined;
  for (const inner of args as readonly ASTNode[]) {
    if (!namesAnything(inner)) return inner;
    const found = constantPartOf(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

function namesAnything(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(namesAnything);
  if (typeof node !== 'object' || node === null || !('op' in node)) return false;
  const { op, args } = operationOf(node as ASTNode);
  return op === 'id' || namesAnything(args);
}

/** Disjunctive normal form, each way a list of claims; undefined where there are too many. An empty list: may be true. */
function waysOf(node: ASTNode, wanted: boolean): readonly (readonly Claim[])[] | undefined {
  const { op, args } = operationOf(node);
  switch (op) {
    case 'value':
      return args === wanted ? [[]] : [];
    case '!_':
      return waysOf(args as ASTNode, !wanted);
    case '&&':
    case '||': {
      const [left, right] = args as readonly [ASTNode, ASTNode];
      const one = waysOf(left, wanted);
      const other = waysOf(right, wanted);
      if (one === undefined || other === undefined) return undefined;
      if ((op === '&&') !== wanted) return one.length + other.length > WAYS_MAX ? undefined : [...one, ...other];
      if (one.length * other.length > WAYS_MAX) return undefined;
      return one.flatMap((first) => other.map((second) => [...first, ...second]));
    }
    default: {
      const claim = claimOf(op, args, node, wanted);
      return claim === undefined ? [[]] : [[claim]];
    }
  }
}

function claimOf(op: string, args: unknown, node: ASTNode, wanted: boolean): Claim | undefined {
  if (op === '==' || op === '!=') {
    const [left, right] = args as readonly [ASTNode, ASTNode];
    const [place, value] = sidesOf(left, right) ?? sidesOf(right, left) ?? [];
    if (place === undefined || value === undefined) return undefined;
    return { kind: (op === '==') === wanted ? 'oneOf' : 'noneOf', place, values: [value] };
  }
  if (op === 'in') {
    const [item, list] = args as readonly [ASTNode, ASTNode];
    const whole = operationOf(list);
    const place = placeOf(item);
    if (place === undefined || whole.op !== 'list') return undefined;
    const values = (whole.args as readonly ASTNode[]).map(literalOf);
    if (!values.every((value) => value !== undefined)) return undefined;
    return { kind: wanted ? 'oneOf' : 'noneOf', place, values };
  }
  const place = placeOf(node);
  return place === undefined ? undefined : { kind: 'oneOf', place, values: [wanted] };
}

function sidesOf(one: ASTNode, other: ASTNode): readonly [string, Literal] | undefined {
  const place = placeOf(one);
  const value = literalOf(other);
  return place === undefined || value === undefined ? undefined : [place, value];
}

function literalOf(node: ASTNode): Literal | undefined {
  const text = literalText(node);
  if (text !== undefined) return text;
  const { op, args } = operationOf(node);
  return op === 'value' && (typeof args === 'boolean' || typeof args === 'bigint') ? args : undefined;
}

/** `principal.claims.tenant` and `request.headers["x"]`, whose value is the same wherever they stand in an expression. */
function placeOf(node: ASTNode): string | undefined {
  const { op, args } = operationOf(node);
  if (op === 'id') return typeof args === 'string' && VARIABLES.has(args) ? args : undefined;
  if (op !== '.' && op !== '[]') return undefined;
  const [owner, member] = args as readonly [ASTNode, unknown];
  const place = placeOf(owner);
  const name = op === '.' ? member : literalText(member as ASTNode);
  return place === undefined || typeof name !== 'string' ? undefined : `${place}.${JSON.stringify(name)}`;
}

/** What a loop names an element is another thing in every round. */
const VARIABLES = new Set(['request', 'path', 'query', 'principal', 'consumer', 'route']);

function problemOf(way: readonly Claim[], domains: Domains): string | undefined {
  const allowed = new Map<string, readonly Literal[]>(domains);
  for (const { kind, place, values } of way) {
    if (kind !== 'oneOf') continue;
    const before = allowed.get(place);
    // Of different kinds: what a number equals that is also a text is for the library to say.
    if (before !== undefined && !sameKind(before, values)) continue;
    const both = before === undefined ? values : values.filter((value) => before.includes(value));
    if (both.length === 0) return `${shown(place)} cannot be all it is compared with`;
    allowed.set(place, both);
  }
  for (const [place, rest] of allowed) {
    const excluded = way.flatMap((claim) => (claim.kind === 'noneOf' && claim.place === place ? claim.values : []));
    if (excluded.length > 0 && sameKind(rest, excluded) && rest.every((value) => excluded.includes(value)))
      return `${shown(place)} is excluded and asked for`;
  }
  return undefined;
}

function sameKind(one: readonly Literal[], other: readonly Literal[]): boolean {
  const [first] = one;
  return [...one, ...other].every((value) => typeof value === typeof first);
}

function shown(place: string): string {
  return place.replaceAll(/\."([A-Za-z_]\w*)"/g, '.$1');
}

/** The key under which a domain of `variable.name` is given. */
export function placeName(variable: string, name: string): string {
  return `${variable}.${JSON.stringify(name)}`;
}
