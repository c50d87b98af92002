import { type Evidence, structureFeature } from '../evidence.ts';

const JNDI = structureFeature('lookup.jndi');
const NESTED = structureFeature('lookup.nested');
const ENVIRONMENT = structureFeature('lookup.environment');
const CASE_FOLD = structureFeature('lookup.case-or-default');
/** Look-ups that read what is around the program. */
const SURROUNDINGS = [
  'env:',
  'sys:',
  'java:',
  'ctx:',
  'main:',
  'date:',
  'script:',
  'dns:',
  'url:',
  'base64:',
  'k8s:',
  'docker:',
  'spring:',
  'bundle:',
];
const DEPTH_MAX = 32;

const reduced = new Uint16Array(512);
const opened = new Int32Array(DEPTH_MAX);

/**
 * Resolves the look-ups of log4j inside of each other (`${lower:j}`, `${::-n}`, `${env:X:-d}`) as far as that needs no surroundings, and
 * looks for what comes out. Linear: every character is copied once; what stands outside of all look-ups is dropped.
 */
export function readLookups(units: Uint16Array, start: number, end: number, evidence: Evidence): void {
  let out = 0;
  let depth = 0;
  for (let i = start; i < end; i++) {
    const unit = units[i] ?? 0;
    if (unit === 0x24 && units[i + 1] === 0x7b && i + 1 < end) {
      if (depth === 0) out = 0;
      if (depth === DEPTH_MAX || out > 480) {
        depth = 0;
        out = 0;
      }
      if (depth > 0) evidence.add(NESTED, i, i + 2);
      opened[depth++] = out;
      i++;
      continue;
    }
    if (depth === 0) continue;
    if (unit === 0x7d) {
      out = resolve(opened[--depth] ?? 0, out, i, evidence);
      continue;
    }
    if (out < 500) reduced[out++] = unit >= 0x41 && unit <= 0x5a ? unit | 0x20 : unit;
    // Also a look-up that never ends is one: filters cut, and log4j is lenient.
    if (unit === 0x3a) judge(opened[depth - 1] ?? 0, out, i, evidence);
  }
}

function resolve(from: number, to: number, at: number, evidence: Evidence): number {
  judge(from, to, at, evidence);
  for (let i = to - 2; i >= from && i > to - 64; i--) {
    if (reduced[i] !== 0x3a || reduced[i + 1] !== 0x2d) continue;
    evidence.add(CASE_FOLD, at - 1, at);
    return keep(from, i + 2, to);
  }
  if (startsWith(from, to, 'lower:') || startsWith(from, to, 'upper:')) {
    evidence.add(CASE_FOLD, at - 1, at);
    return keep(from, from + 6, to);
  }
  return to;
}

function keep(into: number, from: number, to: number): number {
  reduced.copyWithin(into, from, to);
  return into + (to - from);
}

function judge(from: number, to: number, at: number, evidence: Evidence): void {
  if (startsWith(from, to, 'jndi:')) evidence.add(JNDI, at, at + 1);
  else {
    for (const name of SURROUNDINGS) {
      if (startsWith(from, to, name)) evidence.add(ENVIRONMENT, at, at + 1);
    }
  }
}

function startsWith(from: number, to: number, text: string): boolean {
  if (to - from < text.length) return false;
  for (let i = 0; i < text.length; i++) if (reduced[from + i] !== text.charCodeAt(i)) return false;
  return true;
}
