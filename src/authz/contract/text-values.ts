import { isUtf8 } from 'node:buffer';
import type { Cell, Compiling } from './compiling.ts';
import { below, entriesOf, listOf, memberOf, recordOf } from './json-node.ts';
import { ANY, ARRAY, BOOLEAN, FRACTION, INTEGER, kindsOf, NULL, OBJECT, STRING } from './value-kind.ts';

/** How text is turned into the values a schema speaks of: parameters and forms are text alone. */
export interface TextReader {
  readonly kinds: number;
  readonly cell: Cell;
  readonly items: TextReader | undefined;
  readonly properties: ReadonlyMap<string, TextReader>;
  /** Of members that are not named; undefined where the schema does not say. */
  readonly others: TextReader | undefined;
  /** True: members that are not named may be there. */
  readonly isOpen: boolean;
}

const DEPTH_MAX = 4;
const NO_PROPERTIES: ReadonlyMap<string, TextReader> = new Map();

export function compileTextReader(schema: unknown, pointer: string, compiling: Compiling, depth = 0): TextReader {
  const shape: Shape = { kinds: ANY, items: undefined, properties: new Map(), others: undefined, isOpen: false };
  survey(schema, pointer, compiling, shape, new Set());
  const reader = (part: readonly [unknown, string] | undefined): TextReader | undefined =>
    part === undefined || depth >= DEPTH_MAX ? undefined : compileTextReader(part[0], part[1], compiling, depth + 1);
  const properties = new Map<string, TextReader>();
  for (const [name, part] of shape.properties) {
    const one = reader(part);
    if (one !== undefined) properties.set(name, one);
  }
  return {
    kinds: shape.kinds,
    cell: compiling.cell(schema, pointer),
    items: reader(shape.items),
    properties: properties.size === 0 ? NO_PROPERTIES : properties,
    others: reader(shape.others),
    isOpen: shape.isOpen || (shape.properties.size === 0 && (shape.kinds & OBJECT) !== 0),
  };
}

interface Shape {
  kinds: number;
  items: readonly [unknown, string] | undefined;
  readonly properties: Map<string, readonly [unknown, string]>;
  others: readonly [unknown, string] | undefined;
  isOpen: boolean;
}

function survey(schema: unknown, pointer: string, compiling: Compiling, shape: Shape, visited: Set<unknown>): void {
  const node = recordOf(schema);
  if (node === undefined || visited.has(node)) return;
  visited.add(node);
  if (typeof node['$ref'] === 'string') {
    const target = compiling.target(node, pointer);
    survey(target.schema, target.pointer, compiling, shape, visited);
    if (compiling.isOpenApi30) return;
  }
  let kinds = kindsOf(node, pointer);
  if (memberOf(node, 'nullable') === true) kinds |= NULL;
  shape.kinds &= kinds;
  const items = memberOf(node, 'items');
  if (items !== undefined) shape.items ??= [items, below(pointer, 'items')];
  for (const [name, property] of entriesOf(node, 'properties', pointer))
    if (!shape.properties.has(name)) shape.properties.set(name, [property, below(below(pointer, 'properties'), name)]);
  const additional = memberOf(node, 'additionalProperties');
  if (additional !== undefined && additional !== false) {
    shape.isOpen = true;
    if (additional !== true) shape.others ??= [additional, below(pointer, 'additionalProperties')];
  }
  listOf(node, 'allOf', pointer).forEach((part, index) => {
    survey(part, below(below(pointer, 'allOf'), index), compiling, shape, visited);
  });
  for (const keyword of ['anyOf', 'oneOf']) {
    let either = 0;
    const parts = listOf(node, keyword, pointer);
    parts.forEach((part, index) => {
      const branch: Shape = { ...shape, kinds: ANY };
      survey(part, below(below(pointer, keyword), index), compiling, branch, new Set(visited));
      either |= branch.kinds;
      shape.items ??= branch.items;
      shape.others ??= branch.others;
      shape.isOpen ||= branch.isOpen;
    });
    if (parts.length > 0) shape.kinds &= either;
  }
}

const DECIMAL = /^-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,20})?$/;

/**
 * What a text can stand for under a schema, the likeliest first. Numbers are plain decimals: no sign but `-`, no leading
 * zero, no exponent, no space, and no fraction where whole numbers are asked for.
 */
export function scalarsOf(text: string, kinds: number): unknown[] {
  const found: unknown[] = [];
  const isText = (kinds & STRING) !== 0;
  if (kinds === ANY) found.push(text);
  if ((kinds & (INTEGER | FRACTION)) !== 0 && DECIMAL.test(text) && ((kinds & FRACTION) !== 0 || !text.includes('.')))
    found.push(Number(text));
  if ((kinds & BOOLEAN) !== 0 && (text === 'true' || text === 'false')) found.push(text === 'true');
  if ((kinds & NULL) !== 0 && text === '') found.push(null);
  if (kinds !== ANY && (isText || found.length === 0)) found.push(text);
  return found;
}

export function takesArrays(reader: TextReader): boolean {
  return (reader.kinds & ARRAY) !== 0 && reader.kinds !== ANY;
}

export function takesObjects(reader: TextReader): boolean {
  return (reader.kinds & OBJECT) !== 0 && reader.kinds !== ANY;
}

export function takesScalars(reader: TextReader): boolean {
  return (reader.kinds & (STRING | INTEGER | FRACTION | BOOLEAN | NULL)) !== 0;
}

/** Percent-decoded text; undefined where it is not well-formed UTF-8 behind well-formed escapes. */
export function percentDecoded(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The same where `+` stands for a space (WHATWG URL, `application/x-www-form-urlencoded`). */
export function formDecoded(text: string): string | undefined {
  return percentDecoded(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

/** A part of a body as text; undefined where it is not UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  if (!isUtf8(bytes)) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** Name and value pairs of a query or a form, names decoded and values as they came. */
export type RawPairs = ReadonlyMap<string, readonly string[]>;

const NO_PAIRS: RawPairs = new Map();
const PAIRS_MAX = 10_000;

/** Undefined where a name cannot be decoded or there are too many. */
export function rawPairs(text: string): RawPairs | undefined {
  if (text === '') return NO_PAIRS;
  const pairs = new Map<string, string[]>();
  let count = 0;
  for (let from = 0, end = 0; from <= text.length; from = end + 1) {
    end = text.indexOf('&', from);
    if (end === -1) end = text.length;
    if (end === from) continue;
    if (++count > PAIRS_MAX) return undefined;
    const pair = text.slice(from, end);
    const equals = pair.indexOf('=');
    const name = formDecoded(equals === -1 ? pair : pair.slice(0, equals));
    if (name === undefined) return undefined;
    const value = equals === -1 ? '' : pair.slice(equals + 1);
    const known = pairs.get(name);
    if (known === undefined) pairs.set(name, [value]);
    else known.push(value);
  }
  return pairs;
}
