import type { SourcePath } from './diagnostics.ts';
import { reportUnknownKey, stepText, wrongKind } from './schema-reports.ts';
import { INVALID, type JsonSchema, type ReadContext, type Schema, type SchemaChild } from './schema-types.ts';
import { entryOf, type RecordNode, type SourceNode } from './source-tree.ts';

/** A key of an object. */
export interface Field<T> {
  readonly example: string | undefined;
  readonly schema: Schema<unknown>;
  readonly description: string;
  readonly presence: 'required' | 'optional' | 'later';
  /** Shown in the reference and the JSON Schema; undefined where absence itself is the meaning. */
  readonly fallbackText: string | undefined;
  readonly fallback: T | undefined;
  read(node: SourceNode, path: SourcePath, context: ReadContext): T | typeof INVALID;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;
export type FieldValues<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** A key that must be given; `example` shows its value in the message that misses it. */
export function required<T>(schema: Schema<T>, description: string, example?: string): Field<T> {
  return {
    example,
    schema,
    description,
    presence: 'required',
    fallbackText: undefined,
    fallback: undefined,
    read: schema.read,
  };
}

/** A key that may be absent; its value is then undefined. */
export function optional<T>(schema: Schema<T>, description: string): Field<T | undefined> {
  return {
    example: undefined,
    schema,
    description,
    presence: 'optional',
    fallbackText: undefined,
    fallback: undefined,
    read: schema.read,
  };
}

/** A key that may be absent; `fallback` then holds. */
export function withDefault<T>(schema: Schema<T>, fallback: T, description: string, fallbackText?: string): Field<T> {
  const text = fallbackText ?? (typeof fallback === 'string' ? fallback : JSON.stringify(fallback));
  return {
    example: undefined,
    schema,
    description,
    presence: 'optional',
    fallbackText: text,
    fallback,
    read: schema.read,
  };
}

/** A reserved key: known, documented, and refused wherever it stands. */
export function later(description: string): Field<undefined> {
  const read = (node: SourceNode, path: SourcePath, context: ReadContext): typeof INVALID => {
    context.report('SP016', node.position, path, `${stepText(path)} is not available yet`);
    return INVALID;
  };
  const schema: Schema<undefined> = { expected: 'nothing: not available yet', jsonSchema: {}, children: [], read };
  return {
    example: undefined,
    schema,
    description,
    presence: 'later',
    fallbackText: undefined,
    fallback: undefined,
    read,
  };
}

/** A record with fixed keys; any other key is an error. Reports every fault, not the first. */
export function object<F extends Fields>(fields: F): Schema<FieldValues<F>> {
  const names = Object.keys(fields);
  const all = Object.entries(fields);
  const open = all.filter(([, field]) => field.presence !== 'later');
  return {
    expected: `a record with ${open.map(([name]) => name).join(', ')}`,
    jsonSchema: objectJsonSchema(fields),
    children: names.flatMap((name) => childOf(name, fields[name])),
    read(node, path, context) {
      if (node.kind !== 'record') return wrongKind(node, path, context, `a record with the keys ${names.join(', ')}`);
      let valid = true;
      const meant = new Set<string | undefined>();
      for (const entry of node.entries) {
        if (Object.hasOwn(fields, entry.key)) continue;
        meant.add(reportUnknownKey(entry.key, names, entry.keyPosition, path, context));
        valid = false;
      }
      const values: Record<string, unknown> = {};
      for (const [name, field] of all) {
        // Of a key that is mistyped it is not said as well that it is missing.
        const isMistyped = field.presence === 'required' && meant.has(name) && entryOf(node, name) === undefined;
        const value = isMistyped ? INVALID : readField(field, name, node, path, context);
        if (value === INVALID) valid = false;
        else values[name] = value;
      }
      // The loop above filled every key of F with what its own field read.
      return valid ? (values as FieldValues<F>) : INVALID;
    },
  };
}

function readField(
  field: Field<unknown>,
  name: string,
  node: RecordNode,
  path: SourcePath,
  context: ReadContext,
): unknown {
  const entry = entryOf(node, name);
  if (entry !== undefined) {
    if (field.presence !== 'later') return field.read(entry.value, [...path, name], context);
    context.report('SP016', entry.keyPosition, [...path, name], `${name} is not available yet`);
    return INVALID;
  }
  if (field.presence !== 'required') return field.fallback;
  const owner = path.length === 0 ? 'the file' : stepText(path);
  const fix = `add ${name}: ${field.example ?? `… (${field.schema.expected})`}`;
  context.report('SP011', node.position, [...path, name], `${owner} needs the key "${name}"`, fix);
  return INVALID;
}

function childOf(name: string, field: Field<unknown> | undefined): SchemaChild[] {
  if (field === undefined) return [];
  const absent = field.presence === 'required' ? 'required' : (field.fallbackText ?? '–');
  return [
    {
      suffix: `.${name}`,
      description: field.description,
      absent: field.presence === 'later' ? '–' : absent,
      availability: field.presence === 'later' ? 'later' : 'now',
      schema: field.schema,
    },
  ];
}

function objectJsonSchema(fields: Fields): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  const requiredNames: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    if (field.presence === 'later') continue;
    const fallback = field.fallbackText === undefined ? '' : ` Default: ${field.fallbackText}.`;
    properties[name] = { ...field.schema.jsonSchema, description: `${field.description}${fallback}` };
    if (field.presence === 'required') requiredNames.push(name);
  }
  const closed = { type: 'object', properties, additionalProperties: false };
  return requiredNames.length === 0 ? closed : { ...closed, required: requiredNames };
}
