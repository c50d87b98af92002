import type { SourcePath } from './diagnostics.ts';
import { type Field, object, optional } from './schema.ts';
import { isName, NAME_PATTERN, reportNotOneOf, stepText, wrongKind } from './schema-reports.ts';
import type { ReadContext } from './schema-types.ts';
import { INVALID, type Schema, type SchemaChild } from './schema-types.ts';
import { shownLiteral } from './shown-text.ts';
import type { SourceNode } from './source-tree.ts';

/** What the keys of a record may be. */
export interface RecordKeys {
  readonly pattern: string;
  isValid(key: string): boolean;
}

const NAMES: RecordKeys = { pattern: NAME_PATTERN, isValid: isName };

/** A record whose keys are names that the user chooses; `min` may ask for at least one. */
export function record<T>(
  keyLabel: string,
  item: Schema<T>,
  itemDescription: string,
  min = 0,
  keys: RecordKeys = NAMES,
): Schema<Readonly<Record<string, T>>> {
  return {
    expected: `a record by ${keyLabel}`,
    jsonSchema: {
      type: 'object',
      propertyNames: { pattern: keys.pattern },
      additionalProperties: item.jsonSchema,
      ...(min > 0 ? { minProperties: min } : {}),
    },
    children: [
      { suffix: `.<${keyLabel}>`, description: itemDescription, absent: '', availability: 'now', schema: item },
    ],
    read(node, path, context) {
      if (node.kind !== 'record') return wrongKind(node, path, context, `a record by ${keyLabel}`);
      if (node.entries.length < min) {
        context.report('SP011', node.position, path, `${stepText(path)} needs at least one ${keyLabel}`);
        return INVALID;
      }
      const values: Record<string, T> = {};
      let valid = true;
      for (const { key, keyPosition, value } of node.entries) {
        if (!keys.isValid(key)) {
          context.report('SP018', keyPosition, [...path, key], `${shownLiteral(key)} cannot be a name`);
          valid = false;
          continue;
        }
        const read = item.read(value, [...path, key], context);
        if (read === INVALID) valid = false;
        else values[key] = read;
      }
      return valid ? values : INVALID;
    },
  };
}

/** A record with some of the given keys, all of one kind of value. */
export function partialRecord<K extends string, T>(
  keys: readonly K[],
  item: Schema<T>,
  descriptionOf: (key: K) => string,
): Schema<Readonly<Partial<Record<K, T>>>> {
  const fields: Record<string, Field<T | undefined>> = {};
  for (const key of keys) fields[key] = optional(item, descriptionOf(key));
  const whole = object(fields);
  return {
    ...whole,
    read(node, path, context) {
      const read = whole.read(node, path, context);
      if (read === INVALID) return INVALID;
      const values: Partial<Record<K, T>> = {};
      for (const key of keys) {
        const value = read[key];
        if (value !== undefined) values[key] = value;
      }
      return values;
    },
  };
}

export interface ListBounds {
  readonly min?: number;
  readonly max: number;
  /** True: no value may stand twice. */
  readonly unique?: boolean;
}

/** A list of values of one kind. */
export function list<T>(item: Schema<T>, bounds: ListBounds): Schema<readonly T[]> {
  const min = bounds.min ?? 0;
  return {
    expected: item.expected.startsWith('a record') ? 'a list of records' : `a list, each item ${item.expected}`,
    jsonSchema: {
      type: 'array',
      items: item.jsonSchema,
      maxItems: bounds.max,
      ...(bounds.unique === true ? { uniqueItems: true } : {}),
      ...(min > 0 ? { minItems: min } : {}),
    },
    children: [{ suffix: '[]', description: '', absent: '', availability: 'now', schema: item }],
    read(node, path, context) {
      if (node.kind !== 'list') return wrongKind(node, path, context, `a list, each item ${item.expected}`);
      if (node.items.length < min || node.items.length > bounds.max) {
        const wanted = node.items.length < min ? `at least ${min}` : `at most ${bounds.max}`;
        context.report(
          'SP013',
          node.position,
          path,
          `${stepText(path)} has ${node.items.length} items; ${wanted} may stand here`,
        );
        return INVALID;
      }
      const values: T[] = [];
      let valid = true;
      node.items.forEach((itemNode, index) => {
        const read = item.read(itemNode, [...path, index], context);
        if (read === INVALID) valid = false;
        else if (bounds.unique === true && values.includes(read)) {
          context.report(
            'SP013',
            itemNode.position,
            [...path, index],
            'this item stands in the list already',
            'remove it',
          );
          valid = false;
        } else values.push(read);
      });
      return valid ? values : INVALID;
    },
  };
}

/** One value, or a list of such values: `consumer` or `[consumer, route]`. */
export function oneOrList<T>(item: Schema<T>, bounds: ListBounds): Schema<readonly T[]> {
  const many = list(item, bounds);
  return {
    expected: `${item.expected}, or a list of them`,
    jsonSchema: { anyOf: [item.jsonSchema, many.jsonSchema] },
    children: item.children,
    read(node, path, context) {
      if (node.kind === 'list') return many.read(node, path, context);
      const read = item.read(node, path, context);
      return read === INVALID ? INVALID : [read];
    },
  };
}

/** A word where a single word stands, and a record where keys stand. */
export function wordOrObject<A, B>(word: Schema<A>, whole: Schema<B>): Schema<A | B> {
  return {
    expected: `${word.expected}, or ${whole.expected}`,
    jsonSchema: { anyOf: [word.jsonSchema, whole.jsonSchema] },
    children: whole.children,
    read: (node, path, context): A | B | typeof INVALID =>
      node.kind === 'scalar'
        ? word.read(node, path, alsoOffering(whole.expected, context))
        : whole.read(node, path, context),
  };
}

/** A context whose fixes name the other form as well: a name where a record was meant is the commonest mistake. */
function alsoOffering(other: string, context: ReadContext): ReadContext {
  return {
    report(code, position, path, message, fix) {
      context.report(code, position, path, message, fix?.startsWith('write ') ? `${fix}, or ${other}` : fix);
    },
    interpolate: (text) => context.interpolate(text),
    resolvePath: (path) => context.resolvePath(path),
    readFile: (path) => context.readFile(path),
  };
}

/** A record whose key `tag` says which kind it is; `reserved` kinds are known and refused. */
export function tagged<T>(
  tag: string,
  variants: Readonly<Record<string, Schema<T>>>,
  reserved: Readonly<Record<string, string>>,
): Schema<T> {
  const names = Object.keys(variants);
  return {
    expected: `a record with ${tag}: ${names.join(' or ')}`,
    jsonSchema: { oneOf: Object.values(variants).map((variant) => variant.jsonSchema) },
    children: Object.entries(variants).flatMap(([kind, variant]) => childrenOf(kind, tag, variant)),
    read(node, path, context) {
      if (node.kind !== 'record') return wrongKind(node, path, context, `a record with ${tag}: ${names.join(' or ')}`);
      const entry = node.entries.find((candidate) => candidate.key === tag);
      if (entry === undefined) {
        const fix = `add ${tag}: ${names.join(' or ')}`;
        context.report('SP011', node.position, [...path, tag], `${stepText(path)} needs the key "${tag}"`, fix);
        return INVALID;
      }
      const value = entry.value.kind === 'scalar' ? entry.value.value : undefined;
      const variant = typeof value === 'string' && Object.hasOwn(variants, value) ? variants[value] : undefined;
      if (variant !== undefined) return variant.read(node, path, context);
      if (typeof value === 'string' && Object.hasOwn(reserved, value)) {
        context.report(
          'SP016',
          entry.value.position,
          [...path, tag],
          `${tag} ${value} (${reserved[value]}) is not available yet`,
        );
      } else {
        reportNotOneOf(entry.value, names, [...path, tag], context);
      }
      return INVALID;
    },
  };
}

/** Keys of one kind, named by it, because kinds share names. */
function childrenOf(kind: string, tag: string, variant: Schema<unknown>): SchemaChild[] {
  return variant.children.map((child) =>
    child.suffix === `.${tag}` ? child : { ...child, description: `(${kind}) ${child.description}` },
  );
}

/** Passes a value that was read through a further rule, which may refuse it at its place. */
export function refined<A, B>(
  inner: Schema<A>,
  refine: (value: A, node: SourceNode, path: SourcePath, context: ReadContext) => B | typeof INVALID,
): Schema<B> {
  return {
    ...inner,
    read(node, path, context) {
      const value = inner.read(node, path, context);
      return value === INVALID ? INVALID : refine(value, node, path, context);
    },
  };
}

/** The part of the record a key stands in, for a rule over several keys. */
export function entryNode(node: SourceNode, key: string): SourceNode {
  if (node.kind !== 'record') return node;
  return node.entries.find((entry) => entry.key === key)?.value ?? node;
}
