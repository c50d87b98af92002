import { type Evidence, structureFeature } from '../evidence.ts';
import { beginsAnyCase, isBlank, isLatinLetter, isLineEnd, isNameUnit } from '../unit-kinds.ts';

const IN_PATH = structureFeature('name.prototype-in-path');

const PATH_UNITS_MAX = 96;
const LINE_FEED = 0x0a;
const PROTO = '__proto__';
const ACCESSORS = ['__definegetter__', '__definesetter__', '__lookupgetter__', '__lookupsetter__'];

/**
 * Looks for the path to a prototype in a value, as a query or a document names it: `a.__proto__.b=1`, `["__proto__"]["b"]`, `"__proto__": {`.
 * Programs that speak of prototypes go on after them with what no path has.
 */
export function readPrototypePaths(
  units: Uint16Array,
  length: number,
  start: number,
  end: number,
  evidence: Evidence,
): void {
  for (let i = start; i < end; i++) {
    const unit = units[i] ?? 0;
    if (unit !== 0x5f && (unit | 0x20) !== 0x63) continue;
    const after = prototypeEnd(units, i, end);
    if (after < 0) continue;
    if (i > start && isNameUnit(units[i - 1] ?? 0)) {
      if (isSplitByItself(units, i, after, start, end)) evidence.add(IN_PATH, i, after);
      continue;
    }
    const alone = i === 0 && after === length;
    if (alone || isMember(units, i, after, end) || isPathTo(units, after, length) || isHeading(units, i, after, length))
      evidence.add(IN_PATH, i, after);
    i = after - 1;
  }
}

/** Where `__proto__`, an accessor's definition, or `constructor` with `prototype` under it ends; −1 for anything else. */
function prototypeEnd(units: Uint16Array, at: number, end: number): number {
  if (beginsAnyCase(units, at, end, PROTO)) return at + PROTO.length;
  for (const name of ACCESSORS) if (beginsAnyCase(units, at, end, name)) return at + name.length;
  if (!beginsAnyCase(units, at, end, 'constructor')) return -1;
  let i = at + 11;
  const most = Math.min(end, i + 16);
  while (i < most && isPunctuation(units[i] ?? 0)) i++;
  return i > at + 11 && beginsAnyCase(units, i, end, 'prototype') ? i + 9 : -1;
}

/** `__pro__proto__to__`: whoever takes the name out once leaves it behind. */
function isSplitByItself(units: Uint16Array, at: number, after: number, start: number, end: number): boolean {
  for (let before = 1; before < PROTO.length; before++) {
    if (at - before < start || after + PROTO.length - before > end) continue;
    let i = 0;
    while (i < PROTO.length && units[i < before ? at - before + i : after + i - before] === PROTO.charCodeAt(i)) i++;
    if (i === PROTO.length) return true;
  }
  return false;
}

/** `"__proto__" :` */
function isMember(units: Uint16Array, at: number, after: number, end: number): boolean {
  const quote = after < end ? (units[after] ?? 0) : 0;
  if ((quote !== 0x22 && quote !== 0x27) || at === 0 || (units[at - 1] !== 0x22 && units[at - 1] !== 0x27))
    return false;
  let i = after + 1;
  while (i < end && isBlank(units[i] ?? 0)) i++;
  return i < end && units[i] === 0x3a;
}

/** Names in brackets and after dots, then the end of the text, of the pair, a value right after `=`, or the next word of a sentence. */
function isPathTo(units: Uint16Array, at: number, end: number): boolean {
  let i = at;
  const most = Math.min(end, at + PATH_UNITS_MAX);
  while (i < most && (isNameUnit(units[i] ?? 0) || isPathPunctuation(units[i] ?? 0))) i++;
  if (i === at) return false;
  if (i === end || units[i] === 0x26) return true;
  if (units[i] === 0x20)
    return i + 1 < end && isLatinLetter(units[i + 1] ?? 0) && units[i - 1] !== 0x3a && units[i - 1] !== 0x27;
  return units[i] === 0x3d && i + 1 < end && units[i + 1] !== 0x3d && !isBlank(units[i + 1] ?? 0);
}

/** `[__proto__]` on a line, `__proto__:` at the beginning of one, and `,__proto__.x,` in a row of names, as files of settings and tables have them. */
function isHeading(units: Uint16Array, at: number, after: number, length: number): boolean {
  const before = at > 0 ? units[at - 1] : LINE_FEED;
  let i = after;
  const most = Math.min(length, at + PATH_UNITS_MAX);
  while (i < most && (isNameUnit(units[i] ?? 0) || units[i] === 0x2e)) i++;
  const next = i < length ? units[i] : LINE_FEED;
  if (before === 0x5b)
    return next === 0x5d && isLineEnd(units, i + 1, length) && (at < 2 || units[at - 2] === LINE_FEED);
  if (next === 0x3a) return before === LINE_FEED && isLineEnd(units, i + 1, length);
  return i > after && (before === 0x2c || before === LINE_FEED) && (next === 0x2c || isLineEnd(units, i, length));
}

/** `. [ ] " ' - : /` */
function isPathPunctuation(unit: number): boolean {
  return isPunctuation(unit) || unit === 0x2d || unit === 0x2f;
}

/** What stands between two names of a path or of nested members: `. [ ] " ' : {` and a blank. */
function isPunctuation(unit: number): boolean {
  return (
    unit === 0x2e ||
    unit === 0x5b ||
    unit === 0x5d ||
    unit === 0x22 ||
    unit === 0x27 ||
    unit === 0x3a ||
    unit === 0x7b ||
    unit === 0x2f
  );
}
