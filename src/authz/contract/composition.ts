import { type Check, type CheckRun, type Failure, Seen } from './check-run.ts';
import type { Compiling, Place, ResolvedSchema } from './compiling.ts';
import { below, DocumentProblem, type JsonRecord, listOf, memberOf, recordOf, textOf } from './json-node.ts';
import { requiredNames } from './object-check.ts';
import { declaresFields } from './place.ts';

/** What it costs to try one, with what is kept of why it failed. */
const STEPS_PER_ALTERNATIVE = 4;

interface Alternative {
  readonly check: Check;
  /** True: it names no field, and nothing else at its place does; then it takes any. */
  readonly opens: boolean;
  /** Members an object has to have before the rest of it is worth a look. */
  readonly needs: readonly string[];
}

/** Whether an alternative fits; one whose members are not all there costs next to nothing. */
function fits({ check, needs }: Alternative, value: unknown, run: CheckRun, seen: Seen | undefined): boolean {
  const record = needs.length === 0 ? undefined : recordOf(value);
  if (record !== undefined)
    for (const name of needs) if (!Object.hasOwn(record, name)) return run.spend(1) && run.missing(name);
  return run.spend(STEPS_PER_ALTERNATIVE) && check(value, run, seen);
}

/** `allOf`, `anyOf`, `oneOf`, `not`, `if`, `dependentSchemas`: what else is said of the same value. */
export function compositionChecks(node: JsonRecord, pointer: string, place: Place, compiling: Compiling): Check[] {
  const checks: Check[] = [];
  for (const [index, part] of listOf(node, 'allOf', pointer).entries())
    checks.push(compiling.inPlace(part, below(below(pointer, 'allOf'), index), place));
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const parts = listOf(node, keyword, pointer);
    if (parts.length === 0) {
      if (memberOf(node, keyword) !== undefined)
        throw new DocumentProblem(below(pointer, keyword), 'this list is empty');
      continue;
    }
    const discriminated = discriminatedCheck(node, keyword, pointer, place, compiling);
    if (discriminated !== undefined) {
      checks.push(discriminated);
      continue;
    }
    const compiled = parts.map((part, index): Alternative => {
      const at = below(below(pointer, keyword), index);
      return {
        check: compiling.inPlace(part, at, place),
        opens: place.bareAlternativesOpen && !declaresFields(part, at, compiling),
        needs: neededNames(part, at, compiling).filter((name) => !place.foreign.has(name)),
      };
    });
    checks.push(keyword === 'anyOf' ? anyOfCheck(compiled) : oneOfCheck(compiled, place.closedTo));
  }
  const not = memberOf(node, 'not');
  if (not !== undefined) {
    const refused = compiling.inPlace(not, below(pointer, 'not'), place);
    checks.push((value, run) => {
      if (!refused(value, run, undefined)) return true;
      return run.fail('a value that is not of the excluded kind', value);
    });
  }
  const conditional = conditionalCheck(node, pointer, place, compiling);
  if (conditional !== undefined) checks.push(conditional);
  const dependent = recordOf(memberOf(node, 'dependentSchemas'));
  for (const [name, part] of Object.entries(dependent ?? {})) {
    const check = compiling.inPlace(part, below(below(pointer, 'dependentSchemas'), name), place);
    checks.push((value, run, seen) => {
      const record = recordOf(value);
      return record === undefined || !Object.hasOwn(record, name) || check(value, run, seen);
    });
  }
  return checks;
}

/** What `required` says of an alternative, which may be a reference. */
function neededNames(part: unknown, pointer: string, compiling: Compiling): readonly string[] {
  let { schema, pointer: at }: ResolvedSchema = { schema: part, pointer };
  for (let hops = 0; hops < 32; hops++) {
    const node = recordOf(schema);
    if (node === undefined) return [];
    const isReference = typeof node['$ref'] === 'string';
    if (memberOf(node, 'required') !== undefined && !(isReference && compiling.isOpenApi30))
      return requiredNames(node, at);
    if (!isReference) return [];
    ({ schema, pointer: at } = compiling.target(node, at));
  }
  return [];
}

function anyOfCheck(alternatives: readonly Alternative[]): Check {
  return (value, run, seen) => {
    let best: Failure[] = [];
    let passed = false;
    for (const alternative of alternatives) {
      const own = seen === undefined ? undefined : new Seen();
      if (fits(alternative, value, run, own)) {
        if (seen === undefined || own === undefined) return true;
        if (alternative.opens) own.allNames = true;
        if (!seen.merge(own, run)) return false;
        passed = true;
      } else if (run.isTooComplex) return false;
      else best = nearest(best, run.failure);
    }
    return passed || failAs(best, value, run);
  };
}

/**
 * Exactly one. Where unknown fields are refused, an alternative that does not know all fields of the value is not one that
 * fits: authors mean alternatives to be closed, although JSON Schema has them open.
 */
function oneOfCheck(alternatives: readonly Alternative[], closedTo: ReadonlySet<string> | undefined): Check {
  return (value, run, seen) => {
    let best: Failure[] = [];
    let passes = 0;
    let explained = 0;
    let chosen: Seen | undefined;
    for (const alternative of alternatives) {
      const own = seen === undefined ? undefined : new Seen();
      if (!fits(alternative, value, run, own)) {
        if (run.isTooComplex) return false;
        best = nearest(best, run.failure);
        continue;
      }
      passes++;
      if (own !== undefined) {
        if (alternative.opens) own.allNames = true;
        if (closedTo !== undefined && explains(value, own, closedTo, run)) {
          explained++;
          chosen = own;
        } else if (explained === 0) chosen = own;
      } else if (passes > 1) break;
    }
    if (passes === 0) return failAs(best, value, run);
    if (explained === 1 || passes === 1) {
      return seen === undefined || chosen === undefined || seen.merge(chosen, run);
    }
    return run.fail('exactly one of the documented alternatives', value);
  };
}

function explains(value: unknown, seen: Seen, closedTo: ReadonlySet<string>, run: CheckRun): boolean {
  const record = recordOf(value);
  if (record === undefined || seen.allNames) return true;
  const names = Object.keys(record);
  if (!run.spendOnNames(names.length, undefined)) return false;
  for (const name of names) if (!seen.has(name) && !closedTo.has(name)) return false;
  return true;
}

/** The failures that came farthest into the value say best what was meant. */
function nearest(best: Failure[], failure: Failure | undefined): Failure[] {
  if (failure === undefined) return best;
  const depth = best[0]?.steps.length ?? -1;
  if (failure.steps.length > depth) return [failure];
  if (failure.steps.length === depth && best.length < SHOWN_MAX) best.push(failure);
  return best;
}

const SHOWN_MAX = 4;

function failAs(best: readonly Failure[], value: unknown, run: CheckRun): false {
  const [first] = best;
  if (first === undefined) return run.fail('one of the documented alternatives', value);
  if (first.steps.length > 0) {
    run.failure = first;
    return false;
  }
  return run.fail([...new Set(best.map(({ expected }) => expected))].join(', or '), value);
}

function conditionalCheck(node: JsonRecord, pointer: string, place: Place, compiling: Compiling): Check | undefined {
  const condition = memberOf(node, 'if');
  if (condition === undefined) return undefined;
  const holds = compiling.inPlace(condition, below(pointer, 'if'), place);
  const part = (keyword: 'then' | 'else'): Check | undefined => {
    const schema = memberOf(node, keyword);
    return schema === undefined ? undefined : compiling.inPlace(schema, below(pointer, keyword), place);
  };
  const yes = part('then');
  const no = part('else');
  return (value, run, seen) => {
    const own = seen === undefined ? undefined : new Seen();
    if (!holds(value, run, own)) return no === undefined || no(value, run, seen);
    if (seen !== undefined && own !== undefined && !seen.merge(own, run)) return false;
    return yes === undefined || yes(value, run, seen);
  };
}

/** Values of a discriminator and what they stand for: the mapping, and the names of components. */
export function discriminatorMapping(
  discriminator: JsonRecord,
  pointer: string,
  compiling: Compiling,
): ReadonlyMap<string, { readonly schema: unknown; readonly pointer: string }> {
  const mapped = new Map<string, { readonly schema: unknown; readonly pointer: string }>();
  const mapping = recordOf(memberOf(discriminator, 'mapping')) ?? {};
  for (const [value, to] of Object.entries(mapping)) {
    const at = below(below(pointer, 'mapping'), value);
    if (typeof to !== 'string') throw new DocumentProblem(at, 'this is not the name of a schema');
    const reference = to.includes('/') || to.startsWith('#') ? to : `#/components/schemas/${to}`;
    mapped.set(value, compiling.target({ $ref: reference }, at));
  }
  return mapped;
}

/** The alternative that the discriminator names, without trying the others. Undefined where it does not say enough. */
function discriminatedCheck(
  node: JsonRecord,
  keyword: 'anyOf' | 'oneOf',
  pointer: string,
  place: Place,
  compiling: Compiling,
): Check | undefined {
  const discriminator = recordOf(memberOf(node, 'discriminator'));
  const property = textOf(discriminator, 'propertyName');
  if (discriminator === undefined || property === undefined) return undefined;
  const mapping = discriminatorMapping(discriminator, below(pointer, 'discriminator'), compiling);
  const branches = new Map<unknown, { readonly check: Check; readonly name: string | undefined }>();
  for (const [index, part] of listOf(node, keyword, pointer).entries()) {
    const reference = textOf(part, '$ref');
    const record = recordOf(part);
    if (reference === undefined || record === undefined) return undefined;
    const at = below(below(pointer, keyword), index);
    const target = compiling.target(record, at);
    branches.set(target.schema, { check: compiling.inPlace(part, at, place), name: reference.split('/').at(-1) });
  }
  const byValue = new Map<string, Check>();
  for (const { check, name } of branches.values()) if (name !== undefined) byValue.set(name, check);
  for (const [value, target] of mapping) {
    const branch = branches.get(target.schema);
    if (branch !== undefined) byValue.set(value, branch.check);
  }
  const expected = `one of ${[...byValue.keys()].slice(0, 8).join(', ')}`;
  return (value, run, seen) => {
    const record = recordOf(value);
    if (record === undefined) return run.fail('an object', value);
    if (!Object.hasOwn(record, property)) return run.missing(property);
    const named = record[property];
    const check = typeof named === 'string' ? byValue.get(named) : undefined;
    return check === undefined ? run.unexpected(property, named, expected) : check(value, run, seen);
  };
}
