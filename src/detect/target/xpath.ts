import { type Evidence, structureFeature } from '../evidence.ts';
import { afterBlanks, beginsAnyCase, isBlank, isDigit, isLatinLetter } from '../unit-kinds.ts';
import { HASH_START, hashUnit, WordTable } from '../word-table.ts';

const STEP = structureFeature('xpath.step');
const AXIS = structureFeature('xpath.node-test');
const UNION = structureFeature('xpath.union');
const PATH_IN_CALL = structureFeature('xpath.path-in-call');
const CALL_IN_CONDITION = structureFeature('xpath.call-in-condition');
const PROLOG = structureFeature('xpath.query-prolog');

/** Longer ones are no selectors of elements. */
const SELECTOR_UNITS_MAX = 1024;
const NAME_UNITS_MAX = 24;

const AXES = new WordTable([
  [
    'ancestor ancestor-or-self attribute child descendant descendant-or-self following following-sibling parent preceding self',
    1,
  ],
]);

/** What asks a document about its nodes: within `or` and `and` the first kind, with a path as an argument both. */
const IN_CONDITIONS = 1;
const OF_PATHS = 2;
/** OData asks of its records so, too. */
const SHARED = 3;
const FUNCTIONS = new WordTable([
  [
    'text name node position last comment true false starts-with string-length local-name normalize-space lang',
    IN_CONDITIONS,
  ],
  ['contains', SHARED],
  ['count string number sum boolean substring not doc document id concat', OF_PATHS],
]);

/** Looks for pieces of XPath and XQuery. */
export function readXpath(units: Uint16Array, start: number, end: number, evidence: Evidence): void {
  for (let i = start; i < end; i++) {
    const unit = units[i] ?? 0;
    if (unit === 0x2f && units[i + 1] === 0x2f && i + 2 < end && units[i - 1] !== 0x3a) {
      const next = units[i + 2] ?? 0;
      if (next === 0x2a || next === 0x40 || (isLatinLetter(next) && i > start)) evidence.add(STEP, i, i + 3);
    } else if (unit === 0x40 && units[i + 1] === 0x2a && i + 1 < end) evidence.add(STEP, i, i + 2);
    else if (unit === 0x7c) {
      const path = afterBlanks(units, i + 1, end);
      if (units[path] === 0x2f && units[path + 1] === 0x2f && path + 1 < end) evidence.add(UNION, i, path + 2);
    } else if (unit === 0x3a && units[i + 1] === 0x3a && nameBefore(units, i, start, AXES) !== 0)
      evidence.add(AXIS, i, i + 2);
    else if (unit === 0x28) readCall(units, start, i, end, evidence);
    else if ((unit | 0x20) === 0x64 && isPrologAt(units, i, end)) evidence.add(PROLOG, i, i + 8);
  }
}

/** `count(/*)`, `name(//user)`: a path as the argument; `or text()=`, `and contains(`: a call that only means something in a path. */
function readCall(units: Uint16Array, start: number, bracket: number, end: number, evidence: Evidence): void {
  const kind = nameBefore(units, bracket, start, FUNCTIONS);
  if (kind === 0) return;
  const argument = afterBlanks(units, bracket + 1, end);
  const next = argument + 1 < end ? (units[argument + 1] ?? 0) : 0;
  if (units[argument] === 0x2f && (next === 0x2f || next === 0x2a || isLatinLetter(next)))
    evidence.add(PATH_IN_CALL, bracket, argument + 2);
  if (kind !== IN_CONDITIONS && (kind !== SHARED || comparesByWord(units, start, end))) return;
  const name = nameStart(units, bracket, start);
  let i = name;
  while (i > start && isBlank(units[i - 1] ?? 0)) i--;
  if (i < name && isLogicBefore(units, i, start)) evidence.add(CALL_IN_CONDITION, i, bracket + 1);
}

/** ` eq `, ` ne `, ` gt `, ` ge `, ` lt ` and ` le `: a filter of OData (4.01, Part 2, §5.1.1). */
function comparesByWord(units: Uint16Array, start: number, end: number): boolean {
  for (let i = start; i + 3 < end; i++) {
    if (units[i] !== 0x20 || units[i + 3] !== 0x20) continue;
    const first = units[i + 1];
    const second = units[i + 2];
    if (second === 0x65 ? first === 0x6e || first === 0x67 || first === 0x6c : second === 0x71 && first === 0x65)
      return true;
    if (second === 0x74 && (first === 0x67 || first === 0x6c)) return true;
  }
  return false;
}

/** `or` and `and` that stand alone. */
function isLogicBefore(units: Uint16Array, end: number, start: number): boolean {
  const last = (units[end - 1] ?? 0) | 0x20;
  const second = (units[end - 2] ?? 0) | 0x20;
  if (last === 0x72 && second === 0x6f) return end - 3 < start || !isLatinLetter(units[end - 3] ?? 0);
  return (
    last === 0x64 &&
    second === 0x6e &&
    ((units[end - 3] ?? 0) | 0x20) === 0x61 &&
    (end - 4 < start || !isLatinLetter(units[end - 4] ?? 0))
  );
}

/** `declare namespace a=`, `declare variable $a`, `declare function a:b`: other languages that declare go on with something else. */
function isPrologAt(units: Uint16Array, at: number, end: number): boolean {
  if (!beginsAnyCase(units, at, end, 'declare') || (at > 0 && isLatinLetter(units[at - 1] ?? 0))) return false;
  const kind = afterBlanks(units, at + 7, end);
  if (kind === at + 7) return false;
  if (beginsAnyCase(units, kind, end, 'variable')) return units[afterBlanks(units, kind + 8, end)] === 0x24;
  const isNamespace = beginsAnyCase(units, kind, end, 'namespace');
  if (!isNamespace && !beginsAnyCase(units, kind, end, 'function')) return false;
  let i = afterBlanks(units, kind + (isNamespace ? 9 : 8), end);
  const most = Math.min(end, i + NAME_UNITS_MAX);
  while (i < most && isXmlNameUnit(units[i] ?? 0)) i++;
  return isNamespace ? units[afterBlanks(units, i, end)] === 0x3d : units[i] === 0x3a;
}

/**
 * Whether a text is `//*[@id="a"]/div[2]/a`: steps to one element by its attributes and its place, as browsers write down what was clicked on.
 * Nothing in it is computed, what it quotes are names, and no address has a condition in its host, so it says nothing to any interpreter.
 */
export function isSelector(units: Uint16Array, length: number): boolean {
  if (length > SELECTOR_UNITS_MAX || units[0] !== 0x2f || units[1] !== 0x2f) return false;
  let i = 0;
  while (i < length) {
    if (units[i] !== 0x2f) return false;
    const isFirst = i === 0;
    i += units[i + 1] === 0x2f ? 2 : 1;
    const step = i;
    if (units[i] === 0x2a) i++;
    else while (i < length && isXmlNameUnit(units[i] ?? 0)) i++;
    if (i === step || i > length || (isFirst && units[i] !== 0x5b)) return false;
    while (i < length && units[i] === 0x5b) {
      i = conditionEnd(units, i + 1, length);
      if (i < 0) return false;
    }
  }
  return i === length;
}

/** After `2]` or `@id="a"]`; −1 for any other condition. */
function conditionEnd(units: Uint16Array, at: number, length: number): number {
  let i = at;
  if (units[i] === 0x40) {
    i++;
    while (i < length && isXmlNameUnit(units[i] ?? 0)) i++;
    const quote = units[i + 1] ?? 0;
    if (units[i] !== 0x3d || (quote !== 0x22 && quote !== 0x27)) return -1;
    i += 2;
    while (i < length && (isXmlNameUnit(units[i] ?? 0) || units[i] === 0x20 || units[i] === 0x3a)) i++;
    if (units[i] !== quote) return -1;
    i++;
  } else {
    while (i < length && isDigit(units[i] ?? 0)) i++;
    if (i === at) return -1;
  }
  return i < length && units[i] === 0x5d ? i + 1 : -1;
}

function nameBefore(units: Uint16Array, at: number, start: number, table: WordTable): number {
  let hash = HASH_START;
  for (let i = nameStart(units, at, start); i < at; i++) hash = hashUnit(hash, units[i] ?? 0);
  return table.find(hash);
}

function nameStart(units: Uint16Array, at: number, start: number): number {
  let i = at;
  while (i > start && at - i < NAME_UNITS_MAX && (isLatinLetter(units[i - 1] ?? 0) || units[i - 1] === 0x2d)) i--;
  return i;
}

function isXmlNameUnit(unit: number): boolean {
  return isLatinLetter(unit) || isDigit(unit) || unit === 0x2d || unit === 0x5f;
}
