import type { ASTNode } from '@marcbachmann/cel-js';
import { assertNever } from '../core/assert-never.ts';
import type { AccessFacts } from './access-facts.ts';

type Of<T> = (facts: AccessFacts) => T;

/**
 * What an expression says, where it is made only of texts that are always there. Every kind has the same three members: what
 * is read of one lies beside it, and reading it costs the same for all.
 */
export type TotalExpression =
  | { readonly op: 'constant'; readonly left: boolean; readonly right: undefined }
  | { readonly op: 'identified'; readonly left: undefined; readonly right: undefined }
  | { readonly op: '!'; readonly left: TotalExpression; readonly right: undefined }
  | { readonly op: '&&' | '||'; readonly left: TotalExpression; readonly right: TotalExpression }
  | { readonly op: 'is' | 'isNot'; readonly left: Of<string>; readonly right: string }
  | { readonly op: '==' | '!='; readonly left: Of<string>; readonly right: Of<string> }
  | { readonly op: 'isOneOf'; readonly left: Of<string>; readonly right: ReadonlySet<string> }
  | { readonly op: 'in'; readonly left: Of<string>; readonly right: Of<readonly string[]> }
  | { readonly op: 'startsWith' | 'endsWith' | 'contains'; readonly left: Of<string>; readonly right: Of<string> };

/** The same judgement as the library's, without building all it might ask for. Throws nothing but for programmers' faults. */
export function totalHolds(expression: TotalExpression, facts: AccessFacts): boolean {
  switch (expression.op) {
    case 'constant':
      return expression.left;
    case 'identified':
      return facts.principal !== undefined;
    case '!':
      return !totalHolds(expression.left, facts);
    case '&&':
      return totalHolds(expression.left, facts) && totalHolds(expression.right, facts);
    case '||':
      return totalHolds(expression.left, facts) || totalHolds(expression.right, facts);
    case 'is':
      return expression.left(facts) === expression.right;
    case 'isNot':
      return expression.left(facts) !== expression.right;
    case '==':
      return expression.left(facts) === expression.right(facts);
    case '!=':
      return expression.left(facts) !== expression.right(facts);
    case 'isOneOf':
      return expression.right.has(expression.left(facts));
    case 'in':
      return expression.right(facts).includes(expression.left(facts));
    case 'startsWith':
      return expression.left(facts).startsWith(expression.right(facts));
    case 'endsWith':
      return expression.left(facts).endsWith(expression.right(facts));
    case 'contains':
      return expression.left(facts).includes(expression.right(facts));
    default:
      return assertNever(expression);
  }
}

/**
 * Reads an expression made only of texts that are always there, compared and combined. Nothing in it can fail, so that the
 * order of evaluation does not matter. Undefined where an expression is of another kind.
 */
export function compileTotalExpression(node: ASTNode, parameters: readonly string[]): TotalExpression | undefined {
  const { op, args } = operationOf(node);
  switch (op) {
    case 'value':
      return typeof args === 'boolean' ? { op: 'constant', left: args, right: undefined } : undefined;
    case '.':
      return isMember(args, 'principal', 'identified')
        ? { op: 'identified', left: undefined, right: undefined }
        : undefined;
    case '!_': {
      const left = compileTotalExpression(args as ASTNode, parameters);
      return left === undefined ? undefined : { op: '!', left, right: undefined };
    }
    case '&&':
    case '||':
      return combined(op, args as readonly ASTNode[], parameters);
    case '==':
    case '!=':
      return compared(op, args as readonly ASTNode[], parameters);
    case 'in':
      return contained(args as readonly ASTNode[], parameters);
    case 'rcall':
      return called(args as readonly [unknown, ASTNode, readonly ASTNode[]], parameters);
    default:
      return undefined;
  }
}

function combined(
  op: '&&' | '||',
  [one, other]: readonly ASTNode[],
  parameters: readonly string[],
): TotalExpression | undefined {
  const left = one === undefined ? undefined : compileTotalExpression(one, parameters);
  const right = other === undefined ? undefined : compileTotalExpression(other, parameters);
  return left === undefined || right === undefined ? undefined : { op, left, right };
}

function compared(
  op: '==' | '!=',
  [one, other]: readonly ASTNode[],
  parameters: readonly string[],
): TotalExpression | undefined {
  const left = textOf(one, parameters);
  const right = textOf(other, parameters);
  if (left === undefined || right === undefined) return undefined;
  const literal = literalText(other);
  if (literal === undefined) return { op, left, right };
  const place = memberOf(one);
  const comparison: TotalExpression = { op: op === '==' ? 'is' : 'isNot', left, right: literal };
  if (place === undefined) return comparison;
  const key = JSON.stringify([op, place, literal]);
  const known = comparisons.get(key);
  if (known !== undefined) return known;
  if (comparisons.size >= COMPARISONS_MAX) comparisons.clear();
  comparisons.set(key, comparison);
  return comparison;
}

/** By what is compared how: rules of many routes ask `consumer.tier == "gold"`, and need it once. */
const comparisons = new Map<string, TotalExpression>();
const COMPARISONS_MAX = 20_000;

function contained([item, whole]: readonly ASTNode[], parameters: readonly string[]): TotalExpression | undefined {
  const left = textOf(item, parameters);
  const right = listOf(whole);
  if (left === undefined || right === undefined) return undefined;
  return typeof right === 'function' ? { op: 'in', left, right } : { op: 'isOneOf', left, right };
}

function called(
  [name, receiver, operands]: readonly [unknown, ASTNode, readonly ASTNode[]],
  parameters: readonly string[],
): TotalExpression | undefined {
  if (operands.length !== 1 || (name !== 'startsWith' && name !== 'endsWith' && name !== 'contains')) return undefined;
  const left = textOf(receiver, parameters);
  const right = textOf(operands[0], parameters);
  return left === undefined || right === undefined ? undefined : { op: name, left, right };
}

const TEXTS: Readonly<Record<string, Of<string>>> = {
  'request.method': ({ call }) => call.method,
  'request.scheme': ({ call }) => call.scheme,
  'request.host': ({ call }) => call.host,
  'request.path': ({ call }) => call.path,
  'request.address': ({ call }) => call.address.text,
  'principal.subject': ({ principal }) => principal?.subject ?? '',
  'principal.method': ({ principal }) => principal?.method ?? '',
  'principal.binding': ({ principal }) => principal?.binding ?? '',
  'principal.issuer': ({ principal }) => principal?.issuer ?? '',
  'principal.clientId': ({ principal }) => principal?.clientId ?? '',
  'principal.credentialId': ({ principal }) => principal?.credentialId ?? '',
  'principal.acr': ({ principal }) => principal?.acr ?? '',
  'consumer.name': ({ principal }) => principal?.consumer ?? '',
  'consumer.tier': ({ principal }) => principal?.tier ?? '',
  'route.id': ({ routeId }) => routeId,
};

const NONE: readonly string[] = Object.freeze([]);

const LISTS: Readonly<Record<string, Of<readonly string[]>>> = {
  'principal.scopes': ({ principal }) => principal?.scopes ?? NONE,
  'principal.roles': ({ principal }) => principal?.roles ?? NONE,
  'consumer.groups': ({ principal }) => principal?.groups ?? NONE,
};

export function textOf(node: ASTNode | undefined, parameters: readonly string[]): Of<string> | undefined {
  const literal = literalText(node);
  if (literal !== undefined) return () => literal;
  const member = memberOf(node);
  if (member === undefined) return undefined;
  if (member[0] === 'path') return parameters.includes(member[1]) ? parameterOf(member[1]) : undefined;
  const key = member.join('.');
  return Object.hasOwn(TEXTS, key) ? TEXTS[key] : undefined;
}

function parameterOf(name: string): Of<string> {
  const known = readers.get(name);
  if (known !== undefined) return known;
  if (readers.size >= READERS_MAX) readers.clear();
  const reader: Of<string> = ({ parameters }) => {
    const value = parameters[name];
    if (value === undefined) throw new TypeError(`the path has no ${name}`);
    return value;
  };
  readers.set(name, reader);
  return reader;
}

const readers = new Map<string, Of<string>>();
const READERS_MAX = 1_000;

export function listOf(node: ASTNode | undefined): Of<readonly string[]> | ReadonlySet<string> | undefined {
  if (node === undefined) return undefined;
  const { op, args } = operationOf(node);
  if (op === 'list' && Array.isArray(args)) {
    const texts = (args as readonly ASTNode[]).map(literalText);
    return texts.every((text) => text !== undefined) ? new Set(texts) : undefined;
  }
  const key = memberOf(node)?.join('.') ?? '';
  return Object.hasOwn(LISTS, key) ? LISTS[key] : undefined;
}

/** `variable.name`, or undefined. */
export function memberOf(node: ASTNode | undefined): readonly [string, string] | undefined {
  if (node === undefined) return undefined;
  const { op, args } = operationOf(node);
  if (op !== '.') return undefined;
  const [owner, name] = args as readonly [ASTNode, unknown];
  const variable = operationOf(owner);
  return variable.op === 'id' && typeof variable.args === 'string' && typeof name === 'string'
    ? [variable.args, name]
    : undefined;
}

function isMember(args: unknown, variable: string, name: string): boolean {
  const [owner, member] = args as readonly [ASTNode, unknown];
  const { op, args: id } = operationOf(owner);
  return op === 'id' && id === variable && member === name;
}

export function literalText(node: ASTNode | undefined): string | undefined {
  if (node === undefined) return undefined;
  const { op, args } = operationOf(node);
  return op === 'value' && typeof args === 'string' ? args : undefined;
}

/** What the library's types say in a union too wide to be told apart. */
export function operationOf(node: ASTNode): { readonly op: string; readonly args: unknown } {
  return { op: node.op, args: node.args };
}
