import type { Compiling, Place } from './compiling.ts';
import { below, entriesOf, type JsonRecord, listOf, memberOf, recordOf } from './json-node.ts';
import { refusalOf } from './object-check.ts';

/** What the schemas of one place say of its fields, without asking which alternative a value takes. */
export interface PlaceSurvey {
  readonly place: Place;
  /** True: unknown fields are refused here. */
  readonly isClosed: boolean;
  /** True: which fields are known depends on the value. */
  readonly isDynamic: boolean;
}

interface Found {
  readonly names: Set<string>;
  readonly foreign: Set<string>;
  declares: boolean;
  opens: boolean;
  alternativesDeclare: boolean;
  hasPatterns: boolean;
  schemas: number;
}

/**
 * Whether a place is closed to unknown fields. Schemas that are put together (`allOf`, `$ref`) share one place, so that none
 * refuses the fields of another; one that says `additionalProperties` or `unevaluatedProperties` has decided for the place;
 * one that names no field at all takes any.
 */
export function surveyPlace(schema: unknown, pointer: string, compiling: Compiling): PlaceSurvey {
  const found: Found = {
    names: new Set(),
    foreign: new Set(),
    declares: false,
    opens: false,
    alternativesDeclare: false,
    hasPatterns: false,
    schemas: 0,
  };
  walk(schema, pointer, compiling, found, new Set());
  const declares = found.declares || found.alternativesDeclare;
  const isClosed = compiling.options.refusesUnknown && declares && !found.opens;
  const isDynamic = found.alternativesDeclare || found.hasPatterns;
  return {
    isClosed,
    isDynamic,
    place: {
      foreign: found.foreign,
      closedTo: isClosed ? found.names : undefined,
      bareAlternativesOpen: !found.declares,
      isAlone: isClosed && !isDynamic && found.schemas === 1,
    },
  };
}

function walk(schema: unknown, pointer: string, compiling: Compiling, found: Found, visited: Set<unknown>): void {
  const node = recordOf(schema);
  if (node === undefined || visited.has(node)) return;
  visited.add(node);
  const isReference = typeof node['$ref'] === 'string';
  if (isReference) {
    const target = compiling.target(node, pointer);
    walk(target.schema, target.pointer, compiling, found, visited);
    if (compiling.isOpenApi30) return;
  }
  if (!isReference || Object.keys(node).length > 1) found.schemas++;
  for (const [name, property] of entriesOf(node, 'properties', pointer)) {
    found.names.add(name);
    found.declares = true;
    if (refusalOf(property, below(below(pointer, 'properties'), name), compiling) !== undefined)
      found.foreign.add(name);
  }
  if (memberOf(node, 'patternProperties') !== undefined) {
    found.declares = true;
    found.hasPatterns = true;
  }
  const additional = memberOf(node, 'additionalProperties');
  if ((additional !== undefined && additional !== false) || memberOf(node, 'unevaluatedProperties') !== undefined)
    found.opens = true;
  listOf(node, 'allOf', pointer).forEach((part, index) => {
    walk(part, below(below(pointer, 'allOf'), index), compiling, found, visited);
  });
  for (const [part, at] of alternatives(node, pointer))
    if (declaresFields(part, at, compiling)) found.alternativesDeclare = true;
}

function alternatives(node: JsonRecord, pointer: string): (readonly [unknown, string])[] {
  const parts: (readonly [unknown, string])[] = [];
  for (const keyword of ['anyOf', 'oneOf'])
    listOf(node, keyword, pointer).forEach((part, index) => {
      parts.push([part, below(below(pointer, keyword), index)]);
    });
  for (const keyword of ['if', 'then', 'else']) {
    const part = memberOf(node, keyword);
    if (part !== undefined) parts.push([part, below(pointer, keyword)]);
  }
  for (const [name, part] of entriesOf(node, 'dependentSchemas', pointer))
    parts.push([part, below(below(pointer, 'dependentSchemas'), name)]);
  return parts;
}

/** Whether a schema speaks of any field at its place. */
export function declaresFields(
  schema: unknown,
  pointer: string,
  compiling: Compiling,
  visited: Set<unknown> = new Set(),
): boolean {
  const node = recordOf(schema);
  if (node === undefined || visited.has(node)) return false;
  visited.add(node);
  if (typeof node['$ref'] === 'string') {
    const target = compiling.target(node, pointer);
    if (declaresFields(target.schema, target.pointer, compiling, visited)) return true;
    if (compiling.isOpenApi30) return false;
  }
  if (
    ['properties', 'patternProperties', 'additionalProperties'].some((keyword) => memberOf(node, keyword) !== undefined)
  )
    return true;
  const parts = alternatives(node, pointer);
  listOf(node, 'allOf', pointer).forEach((part, index) => {
    parts.push([part, below(below(pointer, 'allOf'), index)]);
  });
  return parts.some(([part, at]) => declaresFields(part, at, compiling, visited));
}
