import type { Compiling } from './compiling.ts';
import { below, type JsonRecord, listOf, recordOf } from './json-node.ts';

/** One of the schemas that speak of a value together. */
export interface SchemaPart {
  readonly node: JsonRecord;
  readonly pointer: string;
}

const PARTS_MAX = 32;
const DEPTH_MAX = 16;

/** What a part may say to be recognised; whatever else it says has the value made and checked. */
const UNDERSTOOD = new Set([
  '$ref',
  'additionalProperties',
  'allOf',
  'const',
  'enum',
  'exclusiveMaximum',
  'exclusiveMinimum',
  'format',
  'items',
  'maxItems',
  'maxLength',
  'maxProperties',
  'maximum',
  'minItems',
  'minLength',
  'minProperties',
  'minimum',
  'multipleOf',
  'nullable',
  'pattern',
  'properties',
  'readOnly',
  'required',
  'type',
  'writeOnly',
]);

/** Says nothing of a value. */
const SILENT = new Set(['default', 'deprecated', 'description', 'example', 'examples', 'title', 'xml', 'externalDocs']);

/** The schemas that `$ref` and `allOf` put together, the outermost last; undefined where one says what is not understood. */
export function partsOf(schema: unknown, pointer: string, compiling: Compiling): readonly SchemaPart[] | undefined {
  const parts: SchemaPart[] = [];
  return collect(schema, pointer, compiling, parts, 0) ? parts : undefined;
}

function collect(schema: unknown, pointer: string, compiling: Compiling, parts: SchemaPart[], depth: number): boolean {
  if (schema === true) return true;
  const node = recordOf(schema);
  if (node === undefined || depth > DEPTH_MAX || parts.length >= PARTS_MAX) return false;
  if (typeof node['$ref'] === 'string') {
    const target = compiling.target(node, pointer);
    // In OpenAPI 3.0 what stands beside a reference means nothing; the target is as far out as the reference.
    if (compiling.isOpenApi30) return collect(target.schema, target.pointer, compiling, parts, depth);
    if (!collect(target.schema, target.pointer, compiling, parts, depth + 1)) return false;
  }
  for (const keyword in node) if (!isUnderstood(keyword, node, depth > 0)) return false;
  for (const [index, part] of listOf(node, 'allOf', pointer).entries())
    if (!collect(part, below(below(pointer, 'allOf'), index), compiling, parts, depth + 1)) return false;
  parts.push({ node, pointer });
  return true;
}

function isUnderstood(keyword: string, node: JsonRecord, isInner: boolean): boolean {
  if (keyword === 'uniqueItems') return node[keyword] !== true;
  // A base with a discriminator stands for what is built on it, unless it is only a part.
  if (keyword === 'discriminator') return isInner;
  return UNDERSTOOD.has(keyword) || SILENT.has(keyword) || keyword.startsWith('x-');
}
