import type { Check, CheckRun, Seen } from './check-run.ts';
import type { Compiling } from './compiling.ts';
import { areEqual, hashOf } from './equality.ts';
import { below, DocumentProblem, type JsonRecord, listOf, memberOf } from './json-node.ts';
import { allOfChecks, bound } from './scalar-checks.ts';

export function arrayCheck(node: JsonRecord, pointer: string, compiling: Compiling): Check | undefined {
  const checks: Check[] = [];
  const min = bound(node, 'minItems', pointer) ?? 0;
  const max = bound(node, 'maxItems', pointer) ?? Number.POSITIVE_INFINITY;
  if (min > 0 || max !== Number.POSITIVE_INFINITY)
    checks.push((value, run) => {
      if (!Array.isArray(value)) return true;
      if (value.length < min) return run.fail(`an array of at least ${min}`, value);
      return value.length <= max || run.fail(`an array of at most ${max}`, value);
    });
  const items = itemsCheck(node, pointer, compiling);
  if (items !== undefined) checks.push(items);
  const contains = containsCheck(node, pointer, compiling);
  if (contains !== undefined) checks.push(contains);
  // Last, and only of arrays that passed the rest: it is the dearest.
  if (memberOf(node, 'uniqueItems') === true)
    checks.push((value, run) => !Array.isArray(value) || value.length < 2 || areUnique(value, run));
  return allOfChecks(checks);
}

function itemsCheck(node: JsonRecord, pointer: string, compiling: Compiling): Check | undefined {
  const first = listOf(node, 'prefixItems', pointer).map((schema, index) =>
    compiling.cell(schema, below(below(pointer, 'prefixItems'), index)),
  );
  const rest = memberOf(node, 'items');
  if (Array.isArray(rest))
    throw new DocumentProblem(below(pointer, 'items'), 'a list here is prefixItems in OpenAPI 3.1');
  const cell = rest === undefined ? undefined : compiling.cell(rest, below(pointer, 'items'));
  if (first.length === 0 && cell === undefined) return undefined;
  return (value, run, seen) => {
    if (!Array.isArray(value)) return true;
    const elements: readonly unknown[] = value;
    const to = cell === undefined ? Math.min(first.length, elements.length) : elements.length;
    if (!run.spend(to)) return false;
    for (let i = 0; i < to; i++) {
      const one = first[i] ?? cell;
      if (one !== undefined && !one.run(elements[i], run, undefined)) return run.under(i);
    }
    if (seen !== undefined && to > seen.itemsTo) seen.itemsTo = to;
    return true;
  };
}

function containsCheck(node: JsonRecord, pointer: string, compiling: Compiling): Check | undefined {
  const schema = memberOf(node, 'contains');
  if (schema === undefined) return undefined;
  const cell = compiling.cell(schema, below(pointer, 'contains'));
  const min = bound(node, 'minContains', pointer) ?? 1;
  const max = bound(node, 'maxContains', pointer) ?? Number.POSITIVE_INFINITY;
  return (value, run, seen) => {
    if (!Array.isArray(value)) return true;
    let count = 0;
    for (let i = 0; i < value.length; i++) {
      if (!run.spend(1)) return false;
      if (!cell.run(value[i], run, undefined)) continue;
      count++;
      seen?.addItem(i);
    }
    if (count < min) return run.fail(`an array with at least ${min} of the documented elements`, value);
    return count <= max || run.fail(`an array with at most ${max} of the documented elements`, value);
  };
}

/** By one table, whatever stands in the array: comparing every pair would be a way to make the gateway work. */
function areUnique(elements: readonly unknown[], run: CheckRun): boolean {
  const scalars = new Set<unknown>();
  const byHash = new Map<number, unknown[]>();
  if (!run.spend(elements.length)) return false;
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i];
    const isKnown =
      typeof element === 'object' && element !== null ? isKnownPart(element, byHash, run) : scalars.has(element);
    if (run.isTooComplex) return false;
    if (isKnown) {
      run.fail('an element that stands once', element);
      return run.under(i);
    }
    if (typeof element !== 'object' || element === null) scalars.add(element);
  }
  return true;
}

/** Whether an object or array stood before; notes it where not. */
function isKnownPart(element: object, byHash: Map<number, unknown[]>, run: CheckRun): boolean {
  const hash = hashOf(element, run);
  const alike = byHash.get(hash);
  if (alike === undefined) byHash.set(hash, [element]);
  else if (alike.some((one) => areEqual(one, element, run))) return true;
  else alike.push(element);
  return false;
}

export function unevaluatedItemsCheck(node: JsonRecord, pointer: string, compiling: Compiling): Check | undefined {
  const schema = memberOf(node, 'unevaluatedItems');
  if (schema === undefined) return undefined;
  const cell = compiling.cell(schema, below(pointer, 'unevaluatedItems'));
  return (value, run, seen: Seen | undefined) => {
    if (!Array.isArray(value)) return true;
    for (let i = seen?.itemsTo ?? 0; i < value.length; i++) {
      if (seen?.items?.has(i) === true) continue;
      if (!run.spend(1) || !cell.run(value[i], run, undefined)) return run.under(i);
    }
    if (seen !== undefined) seen.itemsTo = value.length;
    return true;
  };
}
