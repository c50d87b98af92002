/** The part of JSON Schema (2020-12) that the admin API describes itself with; the same value validates and documents. */
export type JsonSchema =
  | {
      readonly type: 'string';
      readonly description?: string;
      readonly enum?: readonly string[];
      readonly minLength?: number;
      readonly maxLength?: number;
    }
  | { readonly type: 'integer'; readonly description?: string; readonly minimum?: number; readonly maximum?: number }
  | { readonly type: 'number' | 'boolean' | 'null'; readonly description?: string }
  | { readonly type: 'array'; readonly description?: string; readonly items: JsonSchema; readonly maxItems?: number }
  | ObjectSchema;

export interface ObjectSchema {
  readonly type: 'object';
  readonly description?: string;
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  /** False, so that a misspelt field is an error; true only in answers that carry open data. */
  readonly additionalProperties?: boolean;
}

/** What a value is that keeps to a schema. */
export type Valid<S extends JsonSchema> = S extends { readonly enum: readonly (infer Choice)[] }
  ? Choice
  : S extends { readonly type: 'string' }
    ? string
    : S extends { readonly type: 'integer' | 'number' }
      ? number
      : S extends { readonly type: 'boolean' }
        ? boolean
        : S extends { readonly type: 'null' }
          ? null
          : S extends { readonly type: 'array'; readonly items: infer Item extends JsonSchema }
            ? readonly Valid<Item>[]
            : S extends ObjectSchema
              ? ValidObject<S, S['required'] extends readonly (infer Name)[] ? Name : never>
              : never;

type ValidObject<S extends ObjectSchema, Required> = {
  readonly [K in keyof S['properties'] as K extends Required ? K : never]: Valid<S['properties'][K]>;
} & {
  readonly [K in keyof S['properties'] as K extends Required ? never : K]?: Valid<S['properties'][K]>;
} & (S extends { readonly additionalProperties: true } ? Readonly<Record<string, unknown>> : unknown);

/**
 * The value as its schema describes it, for code that receives what was held to that schema before.
 * Throws a TypeError where it was not: a fault of the caller.
 */
export function asValid<const S extends JsonSchema>(schema: S, value: unknown): Valid<S> {
  if (!isValid(schema, value))
    throw new TypeError('a value reaches its handler without having been held to its schema');
  return value;
}

function isValid<const S extends JsonSchema>(schema: S, value: unknown): value is Valid<S> {
  return schemaFault(schema, value) === undefined;
}

/** What is wrong with a value, and where (RFC 6901 pointer). */
export interface SchemaFault {
  readonly pointer: string;
  readonly problem: string;
}

/** Of values that no schema describes: what writes them as JSON again calls itself for each level. */
const OPEN_DEPTH_MAX = 32;

/** The first fault of a value, or undefined. Does not echo the value. */
export function schemaFault(schema: JsonSchema, value: unknown, pointer = ''): SchemaFault | undefined {
  switch (schema.type) {
    case 'string':
      if (typeof value !== 'string') return { pointer, problem: 'a string is expected' };
      if (schema.enum !== undefined && !schema.enum.includes(value))
        return { pointer, problem: `one of ${schema.enum.join(', ')} is expected` };
      if (value.length < (schema.minLength ?? 0)) return { pointer, problem: 'the string is too short' };
      return value.length > (schema.maxLength ?? 4_096) ? { pointer, problem: 'the string is too long' } : undefined;
    case 'integer':
      if (typeof value !== 'number' || !Number.isSafeInteger(value))
        return { pointer, problem: 'an integer is expected' };
      if (value < (schema.minimum ?? value) || value > (schema.maximum ?? value))
        return { pointer, problem: `it must lie from ${schema.minimum ?? '−∞'} to ${schema.maximum ?? '∞'}` };
      return undefined;
    case 'number':
    case 'boolean':
      return typeof value === schema.type ? undefined : { pointer, problem: `a ${schema.type} is expected` };
    case 'null':
      return value === null ? undefined : { pointer, problem: 'null is expected' };
    case 'array':
      return arrayFault(schema, value, pointer);
    case 'object':
      return objectFault(schema, value, pointer);
  }
}

function arrayFault(
  schema: Extract<JsonSchema, { type: 'array' }>,
  value: unknown,
  pointer: string,
): SchemaFault | undefined {
  if (!Array.isArray(value)) return { pointer, problem: 'a list is expected' };
  if (value.length > (schema.maxItems ?? 1_000)) return { pointer, problem: 'the list is too long' };
  for (const [index, item] of value.entries()) {
    const fault = schemaFault(schema.items, item, `${pointer}/${index}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function objectFault(schema: ObjectSchema, value: unknown, pointer: string): SchemaFault | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { pointer, problem: 'an object is expected' };
  for (const name of schema.required ?? [])
    if (!Object.hasOwn(value, name)) return { pointer: `${pointer}/${name}`, problem: 'it is required' };
  for (const [name, item] of Object.entries(value)) {
    const property = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (property === undefined) {
      if (schema.additionalProperties === true) {
        if (isDeeperThan(OPEN_DEPTH_MAX, item)) return { pointer: at, problem: 'it is nested too deep' };
        continue;
      }
      return { pointer: at, problem: `it is not known; known are ${Object.keys(schema.properties).join(', ')}` };
    }
    const fault = schemaFault(property, item, at);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeperThan(levels - 1, item));
}
