import type { Check, CheckRun } from './check-run.ts';
import type { Cell, Compiling, Place } from './compiling.ts';
import { below, DocumentProblem, entriesOf, type JsonRecord, listOf, memberOf, recordOf } from './json-node.ts';
import { allOfChecks, bound, compilePattern, type Pattern } from './scalar-checks.ts';

export const NO_SUCH_FIELD = 'nothing: no such field is documented';

interface Property {
  readonly cell: Cell;
  /** Set where the field is for the other direction alone: what is expected instead. */
  readonly refusal: string | undefined;
}

/** `properties`, `patternProperties`, `additionalProperties` and what goes with them. */
export function objectCheck(node: JsonRecord, pointer: string, place: Place, compiling: Compiling): Check | undefined {
  const checks: Check[] = [];
  const members = membersCheck(node, pointer, place, compiling);
  if (members !== undefined) checks.push(members);
  const required = requiredNames(node, pointer).filter((name) => !place.foreign.has(name));
  if (required.length > 0)
    checks.push((value, run) => {
      const record = recordOf(value);
      if (record === undefined) return true;
      for (const name of required) if (!Object.hasOwn(record, name)) return run.missing(name);
      return true;
    });
  const counts = countCheck(node, pointer);
  if (counts !== undefined) checks.push(counts);
  const names = memberOf(node, 'propertyNames');
  if (names !== undefined) checks.push(namesCheck(compiling.cell(names, below(pointer, 'propertyNames'))));
  for (const [name, needed] of entriesOf(node, 'dependentRequired', pointer)) {
    const others = texts(needed, below(below(pointer, 'dependentRequired'), name));
    checks.push((value, run) => {
      const record = recordOf(value);
      if (record === undefined || !Object.hasOwn(record, name)) return true;
      for (const other of others) if (!Object.hasOwn(record, other)) return run.missing(other);
      return true;
    });
  }
  return allOfChecks(checks);
}

export function requiredNames(node: JsonRecord, pointer: string): readonly string[] {
  const required = memberOf(node, 'required');
  // OpenAPI 2.0 habits leave `required: true` on schemas of parameters.
  return required === undefined || typeof required === 'boolean' ? [] : texts(required, below(pointer, 'required'));
}

function texts(value: unknown, pointer: string): readonly string[] {
  if (!Array.isArray(value) || !value.every((name): name is string => typeof name === 'string'))
    throw new DocumentProblem(pointer, 'this is not a list of names');
  return value;
}

function membersCheck(node: JsonRecord, pointer: string, place: Place, compiling: Compiling): Check | undefined {
  const properties = new Map<string, Property>();
  for (const [name, schema] of entriesOf(node, 'properties', pointer)) {
    const at = below(below(pointer, 'properties'), name);
    properties.set(name, { cell: compiling.cell(schema, at), refusal: refusalOf(schema, at, compiling) });
  }
  const patterns = entriesOf(node, 'patternProperties', pointer).map(([pattern, schema]) => {
    const at = below(below(pointer, 'patternProperties'), pattern);
    return { pattern: compilePattern(pattern, at), cell: compiling.cell(schema, at) };
  });
  const additional = memberOf(node, 'additionalProperties');
  if (properties.size === 0 && patterns.length === 0 && additional === undefined) return undefined;
  const others =
    additional === undefined || additional === true || additional === false
      ? undefined
      : compiling.cell(additional, below(pointer, 'additionalProperties'));
  const refusesOthers = additional === false || (additional === undefined && place.isAlone);
  return (value, run, seen) => {
    const record = recordOf(value);
    if (record === undefined) return true;
    const names = Object.keys(record);
    if (!run.spendOnNames(names.length, seen)) return false;
    for (const name of names) {
      const property = properties.get(name);
      if (property !== undefined) {
        if (property.refusal !== undefined) return run.unexpected(name, record[name], property.refusal);
        if (!property.cell.run(record[name], run, undefined)) return run.under(name);
        seen?.add(name);
      }
      if (patterns.length > 0) {
        const met = matchPatterns(patterns, name, record[name], run);
        if (met === undefined) return run.under(shownName(name));
        if (met) {
          seen?.add(name);
          continue;
        }
      }
      if (property !== undefined) continue;
      if (refusesOthers) return run.unexpected(shownName(name), record[name], NO_SUCH_FIELD);
      if (others !== undefined && !others.run(record[name], run, undefined)) return run.under(shownName(name));
    }
    if (seen !== undefined && additional !== undefined) seen.allNames = true;
    return true;
  };
}

/** Whether a pattern speaks of the name; undefined where the value is not what it says. */
function matchPatterns(
  patterns: readonly { readonly pattern: Pattern; readonly cell: Cell }[],
  name: string,
  value: unknown,
  run: CheckRun,
): boolean | undefined {
  let met = false;
  for (const { pattern, cell } of patterns) {
    if (!run.spend(pattern.steps(name))) return undefined;
    if (!pattern.test(name)) continue;
    met = true;
    if (!cell.run(value, run, undefined)) return undefined;
  }
  return met;
}

function countCheck(node: JsonRecord, pointer: string): Check | undefined {
  const min = bound(node, 'minProperties', pointer) ?? 0;
  const max = bound(node, 'maxProperties', pointer) ?? Number.POSITIVE_INFINITY;
  if (min === 0 && max === Number.POSITIVE_INFINITY) return undefined;
  return (value, run) => {
    const record = recordOf(value);
    if (record === undefined) return true;
    const count = Object.keys(record).length;
    if (!run.spend(count)) return false;
    if (count < min) return run.fail(`an object of at least ${min} member${min === 1 ? '' : 's'}`, value);
    return count <= max || run.fail(`an object of at most ${max} members`, value);
  };
}

function namesCheck(cell: Cell): Check {
  return (value, run) => {
    const record = recordOf(value);
    if (record === undefined) return true;
    for (const name of Object.keys(record))
      if (!run.spendOnNames(1, undefined) || !cell.run(name, run, undefined))
        return run.fail('names as they are documented', value);
    return true;
  };
}

/** Schemas put together within one another in which a field may say that it is for one direction. */
const PARTS_DEPTH_MAX = 4;

/** A field for answers must not stand in a request, nor one for requests in an answer; one part that says so is enough. */
export function refusalOf(
  schema: unknown,
  pointer: string,
  compiling: Compiling,
  depth = PARTS_DEPTH_MAX,
): string | undefined {
  const { direction } = compiling.options;
  let { schema: node, pointer: at } = { schema, pointer };
  for (let hops = 0; hops < 32; hops++) {
    const record = recordOf(node);
    if (record === undefined) return undefined;
    const isReference = typeof record['$ref'] === 'string';
    if (!isReference || !compiling.isOpenApi30) {
      if (direction === 'request' && record['readOnly'] === true) return 'nothing: the field is read-only';
      if (direction === 'response' && record['writeOnly'] === true) return 'nothing: the field is write-only';
      for (const [index, part] of depth > 0 ? listOf(record, 'allOf', at).entries() : []) {
        const refusal = refusalOf(part, below(below(at, 'allOf'), index), compiling, depth - 1);
        if (refusal !== undefined) return refusal;
      }
    }
    if (!isReference) return undefined;
    ({ schema: node, pointer: at } = compiling.target(record, at));
  }
  return undefined;
}

const SHOWN_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/;

/** A name that stands in no document comes from the caller, and may hold anything: only a plain short one is told. */
export function shownName(name: string): string {
  return SHOWN_NAME.test(name) ? name : '*';
}

/** `unevaluatedProperties`, after everything else at its place. */
export function unevaluatedCheck(node: JsonRecord, pointer: string, compiling: Compiling): Check | undefined {
  const schema = memberOf(node, 'unevaluatedProperties');
  if (schema === undefined) return undefined;
  const cell = compiling.cell(schema, below(pointer, 'unevaluatedProperties'));
  return (value, run, seen) => {
    const record = recordOf(value);
    if (record === undefined) return true;
    const names = Object.keys(record);
    if (!run.spendOnNames(names.length, undefined)) return false;
    for (const name of names) {
      if (seen?.has(name) === true) continue;
      if (schema === false) return run.unexpected(shownName(name), record[name], NO_SUCH_FIELD);
      if (!cell.run(record[name], run, undefined)) return run.under(shownName(name));
    }
    if (seen !== undefined) seen.allNames = true;
    return true;
  };
}

export function dependentSchemas(node: JsonRecord, pointer: string): readonly (readonly [string, unknown, string])[] {
  return entriesOf(node, 'dependentSchemas', pointer).map(([name, schema]) => [
    name,
    schema,
    below(below(pointer, 'dependentSchemas'), name),
  ]);
}
