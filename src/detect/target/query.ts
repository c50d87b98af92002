import { type Evidence, structureFeature } from '../evidence.ts';
import { afterBlanks, begins, isBlank, isDigit, isNameUnit } from '../unit-kinds.ts';
import { HASH_START, hashUnit, WordTable } from '../word-table.ts';

const DATABASE_CALL = structureFeature('query.call-of-database');
const LITERALS_COMPARED = structureFeature('query.literals-compared');
const CONDITION = structureFeature('query.condition-on-document');
const STATEMENT = structureFeature('query.statement-after-value');

/** A value before a statement is short: longer ones are programs. */
const VALUE_UNITS_MAX = 48;
const NAME_UNITS_MAX = 48;

const OF_DATABASE = 1;
const OF_COLLECTION = 2;
const METHODS = new WordTable([
  [
    'getcollectionnames getcollectioninfos getcollection getsiblingdb dropdatabase admincommand runcommand createuser dropuser getusers getname serverstatus shutdownserver',
    OF_DATABASE,
  ],
  [
    `find findone findoneandupdate findoneanddelete insert insertone insertmany update updateone updatemany remove deleteone deletemany drop dropindexes
    aggregate mapreduce count countdocuments distinct save renamecollection replaceone`,
    OF_COLLECTION,
  ],
]);
const MATCHES = new WordTable([
  ['match test startswith endswith includes indexof search charat substring substr length', 1],
]);
const STATEMENTS = new WordTable([['return while do sleep var it', 1]]);

/** Looks for pieces of the JavaScript a document database runs: calls of its shell, conditions on the document, what follows a value that was ended. */
export function readQueries(units: Uint16Array, start: number, end: number, evidence: Evidence): void {
  if (start === 0 && isCondition(units, afterBlanks(units, 0, end), end)) evidence.add(CONDITION, start, end);
  for (let i = start; i < end; i++) {
    const unit = units[i] ?? 0;
    if (unit === 0x2e && isDatabase(units, i, start)) readCall(units, i, end, evidence);
    else if (unit === 0x3b && isAfterValue(units, i, start) && isStatement(units, i + 1, end))
      evidence.add(STATEMENT, i, i + 1);
    else if ((unit === 0x7c || unit === 0x26) && units[i + 1] === unit && i + 2 < end) {
      const operand = afterBlanks(units, i + 2, end);
      if (isLiteralComparison(units, operand, end)) evidence.add(LITERALS_COMPARED, i, operand);
      if (isQuoteBefore(units, i, start) && isCondition(units, operand, end)) evidence.add(CONDITION, i, operand + 5);
      i++;
    }
  }
}

/** `db.` that stands alone. */
function isDatabase(units: Uint16Array, dot: number, start: number): boolean {
  return (
    dot - 2 >= start &&
    ((units[dot - 1] ?? 0) | 0x20) === 0x62 &&
    ((units[dot - 2] ?? 0) | 0x20) === 0x64 &&
    (dot - 3 < start || !isNameUnit(units[dot - 3] ?? 0)) &&
    units[dot - 3] !== 0x2e
  );
}

/** `db.a.find(`, `db.dropDatabase(`: many programs have a `db`, few of its methods. */
function readCall(units: Uint16Array, dot: number, end: number, evidence: Evidence): void {
  let names = 0;
  let i = dot;
  let found = 0;
  while (units[i] === 0x2e && names < 4) {
    const name = i + 1;
    const most = Math.min(end, name + NAME_UNITS_MAX);
    let hash = HASH_START;
    for (i = name; i < most && isNameUnit(units[i] ?? 0); i++) hash = hashUnit(hash, units[i] ?? 0);
    if (i === name) return;
    found = METHODS.find(hash);
    names++;
  }
  if (i >= end || units[i] !== 0x28) return;
  if (found === OF_DATABASE || (found === OF_COLLECTION && names > 1)) evidence.add(DATABASE_CALL, dot - 2, i + 1);
}

/** Whether what ends at the semicolon is a value and no line of a program: the first of the text, or one that closes a quote it did not open. */
function isAfterValue(units: Uint16Array, semicolon: number, start: number): boolean {
  const least = Math.max(start, semicolon - VALUE_UNITS_MAX);
  let i = semicolon;
  let quotes = 0;
  while (i > least) {
    const unit = units[i - 1] ?? 0;
    if (unit === 0x27 || unit === 0x22) quotes++;
    else if (!isNameUnit(unit) && unit !== 0x7d && unit !== 0x29 && unit !== 0x2e && unit !== 0x2d && unit !== 0x5c)
      break;
    i--;
  }
  return quotes % 2 === 1 || (i === 0 && quotes === 0);
}

/** `return true`, `sleep(`, `do{`, `var a=`: a statement, and no word of a sentence. */
function isStatement(units: Uint16Array, at: number, end: number): boolean {
  let i = afterBlanks(units, at, end);
  const most = Math.min(end, i + 8);
  let hash = HASH_START;
  for (; i < most && isNameUnit(units[i] ?? 0); i++) hash = hashUnit(hash, units[i] ?? 0);
  if (i >= end || STATEMENTS.find(hash) === 0) return false;
  const blank = isBlank(units[i] ?? 0);
  const follows = afterBlanks(units, i, end);
  const next = follows < end ? (units[follows] ?? 0) : 0;
  return (
    next === 0x28 || next === 0x7b || next === 0x3d || next === 0x27 || next === 0x22 || (blank && isNameUnit(next))
  );
}

/** `this.a == `, `this.a.match(`, also in brackets or denied. */
function isCondition(units: Uint16Array, at: number, end: number): boolean {
  let i = at;
  while (i < end && (units[i] === 0x28 || units[i] === 0x21 || isBlank(units[i] ?? 0))) i++;
  if (!begins(units, i, end, 'this.')) return false;
  i += 5;
  let hash = HASH_START;
  const most = Math.min(end, i + NAME_UNITS_MAX);
  for (; i < most && (isNameUnit(units[i] ?? 0) || units[i] === 0x2e); i++) {
    hash = units[i] === 0x2e ? HASH_START : hashUnit(hash, units[i] ?? 0);
  }
  if (i < end && units[i] === 0x28) return MATCHES.find(hash) !== 0;
  return isComparison(units, afterBlanks(units, i, end), end);
}

/** `1 == 1`, `'a'=='a`: nobody asks that but to have it true. */
function isLiteralComparison(units: Uint16Array, at: number, end: number): boolean {
  const one = literalEnd(units, at, end);
  if (one < 0) return false;
  const operator = afterBlanks(units, one, end);
  if (!isComparison(units, operator, end) || units[operator + 1] !== 0x3d) return false;
  const other = afterBlanks(units, operator + (units[operator + 2] === 0x3d ? 3 : 2), end);
  const unit = units[other] ?? 0;
  return other < end && (isDigit(unit) || unit === 0x27 || unit === 0x22);
}

/** The end of a number or of a string; −1 where neither stands. */
function literalEnd(units: Uint16Array, at: number, end: number): number {
  const most = Math.min(end, at + VALUE_UNITS_MAX);
  const quote = units[at] ?? 0;
  let i = at;
  if (quote === 0x27 || quote === 0x22) {
    for (i = at + 1; i < most && units[i] !== quote; i++);
    return i < most ? i + 1 : -1;
  }
  while (i < most && isDigit(units[i] ?? 0)) i++;
  return i > at ? i : -1;
}

/** `==`, `!=`, `<`, `>`: one `=` assigns. */
function isComparison(units: Uint16Array, at: number, end: number): boolean {
  if (at + 1 >= end) return false;
  const unit = units[at] ?? 0;
  return unit === 0x3c || unit === 0x3e || ((unit === 0x3d || unit === 0x21) && units[at + 1] === 0x3d);
}

function isQuoteBefore(units: Uint16Array, at: number, start: number): boolean {
  let i = at;
  while (i > start && isBlank(units[i - 1] ?? 0)) i--;
  return i > start && (units[i - 1] === 0x27 || units[i - 1] === 0x22);
}
