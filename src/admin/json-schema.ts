/** The part of JSON Schema (2020-12) that the admin API describes itself with; the same value validates and documents. */
export type JsonSchema =
  | {
      readonly type: 'string';
      readonly description?: string;
      readonly enum?: readonly string[];
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

/** What is wrong with a value, and where (RFC 6901 pointer). */
export interface SchemaFault {
  readonly pointer: string;
  readonly problem: string;
}

/** The first fault of a value, or undefined. Does not echo the value. */
export function schemaFault(schema: JsonSchema, value: unknown, pointer = ''): SchemaFault | undefined {
  switch (schema.type) {
    case 'string':
      if (typeof value !== 'string') return { pointer, problem: 'a string is expected' };
      if (schema.enum !== undefined && !schema.enum.includes(value))
        return { pointer, problem: `one of ${schema.enum.join(', ')} is expected` };
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
      if (schema.additionalProperties === true) continue;
      return { pointer: at, problem: `it is not known; known are ${Object.keys(schema.properties).join(', ')}` };
    }
    const fault = schemaFault(property, item, at);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
