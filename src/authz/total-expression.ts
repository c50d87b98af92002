import type { ASTNode } from '@marcbachmann/cel-js';
import type { AccessFacts } from './access-facts.ts';

type Of<T> = (facts: AccessFacts) => T;

/**
 * The same judgement as the library's, without building all it might ask for: for expressions made only of texts that are
 * always there, compared and combined. Nothing in them can fail, so that the order of evaluation does not matter. Undefined
 * where an expression is of another kind.
 */
export function compileTotalExpression(node: ASTNode, parameters: readonly string[]): Of<boolean> | undefined {
  const { op, args } = operationOf(node);
  switch (op) {
    case 'value':
      return typeof args === 'boolean' ? () => args : undefined;
    case '.':
      return isMember(args, 'principal', 'identified') ? (facts) => facts.principal !== undefined : undefined;
    case '!_': {
      const inner = compileTotalExpression(args as ASTNode, parameters);
      return inner === undefined ? undefined : (facts) => !inner(facts);
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
  [left, right]: readonly ASTNode[],
  parameters: readonly string[],
): Of<boolean> | undefined {
  const one = left === undefined ? undefined : compileTotalExpression(left, parameters);
  const other = right === undefined ? undefined : compileTotalExpression(right, parameters);
  if (one === undefined || other === undefined) return undefined;
  return op === '&&' ? (facts) => one(facts) && other(facts) : (facts) => one(facts) || other(facts);
}

function compared(
  op: '==' | '!=',
  [left, right]: readonly ASTNode[],
  parameters: readonly string[],
): Of<boolean> | undefined {
  const one = textOf(left, parameters);
  const other = textOf(right, parameters);
  if (one === undefined || other === undefined) return undefined;
  const literal = literalText(right);
  if (literal === undefined)
    return op === '==' ? (facts) => one(facts) === other(facts) : (facts) => one(facts) !== other(facts);
  const place = memberOf(left);
  if (place === undefined) return comparedWith(op, one, literal);
  const key = JSON.stringify([op, place, literal]);
  const known = comparisons.get(key);
  if (known !== undefined) return known;
  if (comparisons.size >= COMPARISONS_MAX) comparisons.clear();
  const comparison = comparedWith(op, one, literal);
  comparisons.set(key, comparison);
  return comparison;
}

/** By what is compared how: rules of many routes ask `consumer.tier == "gold"`, and need it once. */
const comparisons = new Map<string, Of<boolean>>();
const COMPARISONS_MAX = 20_000;

function comparedWith(op: '==' | '!=', text: Of<string>, literal: string): Of<boolean> {
  return op === '==' ? (facts) => text(facts) === literal : (facts) => text(facts) !== literal;
}

function contained([item, whole]: readonly ASTNode[], parameters: readonly string[]): Of<boolean> | undefined {
  const one = textOf(item, parameters);
  const list = listOf(whole);
  if (one === undefined || list === undefined) return undefined;
  return typeof list === 'function' ? (facts) => list(facts).includes(one(facts)) : (facts) => list.has(one(facts));
}

function called(
  [name, receiver, operands]: readonly [unknown, ASTNode, readonly ASTNode[]],
  parameters: readonly string[],
): Of<boolean> | undefined {
  if (operands.length !== 1) return undefined;
  const text = textOf(receiver, parameters);
  const part = textOf(operands[0], parameters);
  if (text === undefined || part === undefined) return undefined;
  switch (name) {
    case 'startsWith':
      return (facts) => text(facts).startsWith(part(facts));
    case 'endsWith':
      return (facts) => text(facts).endsWith(part(facts));
    case 'contains':
      return (facts) => text(facts).includes(part(facts));
    default:
      return undefined;
  }
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

function textOf(node: ASTNode | undefined, parameters: readonly string[]): Of<string> | undefined {
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

function listOf(node: ASTNode | undefined): Of<readonly string[]> | ReadonlySet<string> | undefined {
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
