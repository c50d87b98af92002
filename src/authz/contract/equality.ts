import type { CheckRun } from './check-run.ts';
import { recordOf } from './json-node.ts';

const CHARACTERS_PER_STEP = 32;
const number = new Float64Array(1);
const halves = new Int32Array(number.buffer);

/**
 * A number that equal JSON values share, whatever the order of their members. Who makes others share it gains nothing:
 * values are compared as well, and both are work of the run. Meaningless once the run is too complex.
 */
export function hashOf(value: unknown, run: CheckRun): number {
  switch (typeof value) {
    case 'string':
      return hashOfText(value, run);
    case 'number':
      // There are two zeros, which are equal.
      number[0] = value + 0;
      return mixed((halves[0] ?? 0) ^ Math.imul(halves[1] ?? 0, 0x9e3779b1));
    case 'boolean':
      return value ? 1 : 2;
    default:
      return hashOfParts(value, run);
  }
}

function hashOfParts(value: unknown, run: CheckRun): number {
  if (Array.isArray(value)) {
    if (!run.spend(value.length + 1)) return 0;
    let hash = 3;
    for (const element of value) hash = mixed(Math.imul(hash, 31) + hashOf(element, run));
    return hash;
  }
  const record = recordOf(value);
  if (record === undefined) return 4;
  const names = Object.keys(record);
  if (!run.spend(1) || !run.spendOnNames(names.length, undefined)) return 0;
  let hash = 5;
  for (const name of names)
    hash = (hash + mixed(hashOfText(name, run) ^ Math.imul(hashOf(record[name], run), 0x85ebca6b))) | 0;
  return hash;
}

function hashOfText(text: string, run: CheckRun): number {
  if (!run.spend(Math.ceil(text.length / CHARACTERS_PER_STEP))) return 0;
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

function mixed(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  return once ^ (once >>> 15);
}

/** Whether two values are equal JSON. Meaningless once the run is too complex. */
export function areEqual(one: unknown, other: unknown, run: CheckRun): boolean {
  if (!run.spend(1)) return false;
  if (typeof one === 'string' && typeof other === 'string')
    return run.spend(Math.ceil(one.length / CHARACTERS_PER_STEP)) && one === other;
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || one.length !== other.length) return false;
    for (let i = 0; i < one.length; i++) if (!areEqual(one[i], other[i], run)) return false;
    return true;
  }
  const record = recordOf(one);
  if (record === undefined) return one === other;
  const second = recordOf(other);
  if (second === undefined) return false;
  const names = Object.keys(record);
  if (!run.spendOnNames(names.length * 2, undefined) || Object.keys(second).length !== names.length) return false;
  for (const name of names)
    if (!Object.hasOwn(second, name) || !areEqual(record[name], second[name], run)) return false;
  return true;
}
