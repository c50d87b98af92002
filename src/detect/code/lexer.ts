import { type Evidence, structureFeature, TokenRuns } from '../evidence.ts';
import { DIGIT, HIGH_LETTER, isCut, KINDS_OF, LETTER, UNDERSCORE } from '../unit-kinds.ts';
import { HASH_START, hashUnit } from '../word-table.ts';
import * as kind from './words.ts';

const KINDS = KINDS_OF;
const WORD_START = LETTER | UNDERSCORE | HIGH_LETTER;
const WORD = WORD_START | DIGIT;

const SINK_CALL = structureFeature('code.call-of-sink');
const GRAVE_CALL = structureFeature('code.call-of-grave-sink');
const GRAVE = structureFeature('code.grave-sink');
const CALL_IN_HOLE = structureFeature('template.call-in-hole');
const OPERATOR_IN_HOLE = structureFeature('template.operator-in-hole');
const ARITHMETIC = structureFeature('template.arithmetic-in-hole');
const SINK_IN_HOLE = structureFeature('template.sink-in-hole');
const INDEX_STRING_CALL = structureFeature('code.call-by-computed-name');
const BREAKS_OUT = structureFeature('code.breaks-out-of-string');
const CLOSES_STATEMENT = structureFeature('code.string-closed-then-statement');
const BACKTICK_CALL = structureFeature('code.call-by-backtick');
const SYMBOLS_ONLY = structureFeature('code.symbols-only');
const CHAIN = structureFeature('code.chain-of-members');
const CONCAT_STRINGS = structureFeature('code.strings-joined');
const VARIABLE_CALL = structureFeature('code.call-of-variable');
const CLOSES_BEFORE_SINK = structureFeature('code.closes-call-before-sink');
const DUNDER = structureFeature('code.dunder-member');

/** Reads text as script, template or expression: tokens of what JavaScript, PHP, Python, Java and template languages share. */
export class CodeLexer {
  readonly #evidence: Evidence;
  readonly #runs: TokenRuns;
  #holes = 0;
  #letters = 0;
  #symbols = 0;
  #members = 0;
  /** Brackets that are open; of a text that is read from its beginning, what closes more than that was opened by the program around it. */
  #depth = 0;
  #closedOuter = false;
  /** 1 after a number, 2 after a number and an operator. */
  #arithmetic = 0;
  /** Calls that run, read or send something, in what was read since it was set to 0. */
  sinkCalls = 0;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
    this.#runs = new TokenRuns('code', evidence);
  }

  /** Reads `units[start..end)`; with a quote, as if the text stood inside a string of that quote. */
  read(units: Uint16Array, start: number, end: number, quote: number): void {
    const runs = this.#runs;
    this.#holes = 0;
    this.#letters = 0;
    this.#symbols = 0;
    this.#members = 0;
    this.#depth = start === 0 ? 0 : Number.POSITIVE_INFINITY;
    this.#closedOuter = false;
    let i = start;
    if (quote !== 0) {
      while (i < end && units[i] !== quote) i++;
      if (i === end) return;
      i++;
    }
    runs.begin(i, quote === 0 && isCut(units, start));
    if (quote !== 0) runs.push(kind.OPEN_STRING, i - 1, i);
    while (i < end) {
      const unit = units[i] ?? 0;
      if (unit <= 0x20) {
        i++;
      } else if (isWordStart(unit)) {
        i = this.#word(units, i, end, quote !== 0);
      } else if (unit >= 0x30 && unit <= 0x39) {
        const from = i;
        while (i < end && isWordUnit(units[i] ?? 0)) i++;
        if (this.#arithmetic === 2 && this.#holes > 0) this.#evidence.add(ARITHMETIC, from, i);
        this.#arithmetic = 1;
        runs.push(kind.NUMBER, from, i);
      } else if (unit === 0x27 || unit === 0x22) {
        i = this.#string(units, i, end, unit);
      } else {
        i = this.#symbol(units, i, end, unit);
      }
    }
    runs.push(kind.END, end, end);
    if (this.#symbols > 20 && this.#symbols > 8 * this.#letters) this.#evidence.add(SYMBOLS_ONLY, start, end);
  }

  #word(units: Uint16Array, start: number, end: number, brokeOut: boolean): number {
    let hash = HASH_START;
    let i = start;
    while (i < end && isWordUnit(units[i] ?? 0)) hash = hashUnit(hash, units[i++] ?? 0);
    this.#letters += i - start;
    this.#arithmetic = 0;
    const runs = this.#runs;
    const token = kind.CODE_WORDS.find(hash) || kind.IDENT;
    if (runs.last === kind.DOT && ++this.#members > 1) this.#evidence.add(CHAIN, start, i);
    if (units[start] === 0x5f && units[start + 1] === 0x5f && i - start > 5 && units[i - 1] === 0x5f) {
      this.#evidence.add(DUNDER, start, i);
    }
    if (token === kind.GRAVE_SINK) this.#evidence.add(GRAVE, start, i);
    if (token === kind.SINK || token === kind.GRAVE_SINK) {
      const after = skipBlanks(units, i, end);
      // `Untitled document (3)`: two words and a remark are no call.
      const isRemark = after > i && token === kind.SINK && runs.last === kind.IDENT;
      if (units[after] === 0x28 && after < end && !isRemark) {
        this.sinkCalls++;
        this.#evidence.add(token === kind.SINK ? SINK_CALL : GRAVE_CALL, start, after + 1);
        if (this.#closedOuter) this.#evidence.add(CLOSES_BEFORE_SINK, start, after + 1);
        if (brokeOut) this.#evidence.add(BREAKS_OUT, start, after + 1);
      }
      if (this.#holes > 0) this.#evidence.add(SINK_IN_HOLE, start, i);
    }
    runs.push(token, start, i);
    return i;
  }

  #string(units: Uint16Array, start: number, end: number, quote: number): number {
    let i = start + 1;
    while (i < end && units[i] !== quote) i += units[i] === 0x5c ? 2 : 1;
    const closed = i < end;
    if (closed && this.#runs.last === kind.OPERATOR && units[start - 1] === 0x2b)
      this.#evidence.add(CONCAT_STRINGS, start, i);
    this.#runs.push(closed ? kind.STRING : kind.OPEN_STRING, start, Math.min(i + 1, end));
    return Math.min(i + 1, end);
  }

  #symbol(units: Uint16Array, at: number, end: number, unit: number): number {
    const runs = this.#runs;
    const next = at + 1 < end ? (units[at + 1] ?? 0) : 0;
    this.#symbols++;
    switch (unit) {
      case 0x28:
        if (this.#holes > 0) this.#evidence.add(CALL_IN_HOLE, at, at + 1);
        if (runs.last === kind.INDEX_END) this.#evidence.add(INDEX_STRING_CALL, at, at + 1);
        this.#depth++;
        runs.push(kind.OPEN, at, at + 1);
        return at + 1;
      case 0x29:
        this.#closes();
        runs.push(kind.CLOSE, at, at + 1);
        return at + 1;
      case 0x5b:
        if (next === 0x3d && computes(units, at + 2, end)) this.#evidence.add(ARITHMETIC, at, at + 3);
        this.#depth++;
        runs.push(kind.INDEX, at, at + 1);
        return at + 1;
      case 0x5d:
        this.#closes();
        runs.push(kind.INDEX_END, at, at + 1);
        return at + 1;
      case 0x2e:
        runs.push(kind.DOT, at, at + 1);
        return at + 1;
      case 0x2c:
        runs.push(kind.COMMA, at, at + 1);
        return at + 1;
      case 0x3b:
        if (runs.last === kind.OPEN_STRING) this.#evidence.add(CLOSES_STATEMENT, at, at + 1);
        this.#members = 0;
        runs.push(kind.SEMICOLON, at, at + 1);
        return at + 1;
      case 0x3d:
        runs.push(next === 0x3d || next === 0x3e ? kind.OPERATOR : kind.ASSIGN, at, at + 1);
        return next === 0x3d || next === 0x3e ? at + 2 : at + 1;
      case 0x60:
        if (runs.last === kind.IDENT || runs.last === kind.SINK || runs.last === kind.GRAVE_SINK)
          this.#evidence.add(BACKTICK_CALL, at, at + 1);
        runs.push(kind.BACKTICK, at, at + 1);
        return at + 1;
      case 0x24:
        if (next === 0x7b) return this.#hole(units, kind.DOLLAR_HOLE, at, end);
        if (next === 0x5f || isWordStart(next)) this.#variable(units, at, end);
        runs.push(kind.DOLLAR, at, at + 1);
        return at + 1;
      case 0x7b:
        if (next === 0x7b || next === 0x25)
          return this.#hole(units, next === 0x7b ? kind.MUSTACHE : kind.TAG_HOLE, at, end);
        if (computes(units, at + 1, end)) this.#evidence.add(ARITHMETIC, at, at + 2);
        runs.push(kind.BRACE, at, at + 1);
        return at + 1;
      case 0x7d:
        if (this.#holes > 0) this.#holes--;
        runs.push(next === 0x7d ? kind.MUSTACHE_END : kind.BRACE, at, at + 1);
        return next === 0x7d ? at + 2 : at + 1;
      case 0x23:
      case 0x40:
      case 0x2a:
        if (next === 0x7b) return this.#hole(units, kind.OTHER_HOLE, at, end);
        if (unit === 0x40 && next === 0x28 && computes(units, at + 2, end)) this.#evidence.add(ARITHMETIC, at, at + 3);
        this.#operator(at);
        return at + 1;
      case 0x25:
        if (next === 0x7b) return this.#hole(units, kind.OTHER_HOLE, at, end);
        if ((next === 0x3e || next === 0x7d) && this.#holes > 0) this.#holes--;
        this.#operator(at);
        return at + 1;
      case 0x3c:
        // `<%s` is a place in a format, `<%= s` one in a page.
        if (next === 0x3f || (next === 0x25 && !isWordStart(units[at + 2] ?? 0)))
          return this.#hole(units, kind.TAG_HOLE, at, end);
        runs.push(kind.LESS, at, at + 1);
        return at + 1;
      case 0x3e:
        runs.push(kind.GREATER, at, at + 1);
        return at + 1;
      case 0x2f:
        runs.push(kind.SLASH, at, at + 1);
        return at + 1;
      case 0x5c:
        runs.push(kind.BACKSLASH, at, at + 1);
        return at + 1;
      case 0x7c:
        if (next === 0x7c) {
          this.#operator(at);
          return at + 2;
        }
        this.#arithmetic = 0;
        runs.push(kind.PIPE, at, at + 1);
        return at + 1;
      case 0x2d:
        // `-}}`, `-%}`: the hole ends, and takes the blanks behind it along.
        if (next === 0x25 || next === 0x7d) return at + 1;
        this.#operator(at);
        return at + 1;
      default:
        this.#operator(at);
        return at + 1;
    }
  }

  #hole(units: Uint16Array, token: number, at: number, end: number): number {
    this.#arithmetic = 0;
    this.#holes++;
    let after = at + 2;
    // `{{#`, `{{/`, `{{>`, `{%-`: what the hole is for, and no operator in it.
    while (after < end && after < at + 4 && isSigil(units[after] ?? 0)) after++;
    if (computes(units, after, end)) this.#evidence.add(ARITHMETIC, at, after);
    this.#runs.push(token, at, after);
    return after;
  }

  #closes(): void {
    if (--this.#depth < 0) this.#closedOuter = true;
  }

  #operator(at: number): void {
    this.#arithmetic = this.#arithmetic === 1 ? 2 : 0;
    if (this.#holes > 0) this.#evidence.add(OPERATOR_IN_HOLE, at, at + 1);
    if (this.#runs.last !== kind.OPERATOR) this.#runs.push(kind.OPERATOR, at, at + 1);
  }

  #variable(units: Uint16Array, at: number, end: number): void {
    let i = at + 1;
    while (i < end && i < at + 32 && isWordUnit(units[i] ?? 0)) i++;
    if (units[i] === 0x5b || units[i] === 0x7b) {
      const most = Math.min(end, i + 16);
      while (i < most && units[i] !== 0x5d && units[i] !== 0x7d) i++;
      i++;
    }
    if (i < end && units[i] === 0x28) this.#evidence.add(VARIABLE_CALL, at, i + 1);
  }
}

/** Two numbers, also in quotes, with an operator between them: what probes write into a hole to see whether it is computed. */
function computes(units: Uint16Array, at: number, end: number): boolean {
  let i = afterNumber(units, at, end);
  if (i < 0) return false;
  const operator = units[i] ?? 0;
  if (operator !== 0x2a && operator !== 0x2b && operator !== 0x2d && operator !== 0x2f && operator !== 0x25)
    return false;
  if (units[i + 1] === operator) i++;
  i = afterNumber(units, i + 1, end);
  const close = i < 0 ? 0 : (units[i] ?? 0);
  return i > 0 && i < end && (close === 0x7d || close === 0x29 || close === 0x5d);
}

/** Where a number ends that begins here after blanks and a quote, blanks and a quote after it left out; −1 where there is none. */
function afterNumber(units: Uint16Array, at: number, end: number): number {
  const most = Math.min(end, at + 16);
  let i = at;
  while (i < most && isBlankOrQuote(units[i] ?? 0)) i++;
  const first = i;
  while (i < most && ((KINDS[units[i] ?? 0] ?? 0) & DIGIT) !== 0) i++;
  if (i === first) return -1;
  while (i < most && isBlankOrQuote(units[i] ?? 0)) i++;
  return i;
}

/** One of `#`, `^`, `/`, `>`, `!`, `&`, `~`, `-` and `=`. */
function isSigil(unit: number): boolean {
  return (
    unit === 0x23 ||
    unit === 0x5e ||
    unit === 0x2f ||
    unit === 0x3e ||
    unit === 0x21 ||
    unit === 0x26 ||
    unit === 0x7e ||
    unit === 0x2d ||
    unit === 0x3d
  );
}

function isBlankOrQuote(unit: number): boolean {
  return unit === 0x20 || unit === 0x27 || unit === 0x22;
}

function skipBlanks(units: Uint16Array, at: number, end: number): number {
  while (at < end && (units[at] ?? 0) <= 0x20) at++;
  return at;
}

function isWordStart(unit: number): boolean {
  return ((KINDS[unit] ?? 0) & WORD_START) !== 0;
}

function isWordUnit(unit: number): boolean {
  return ((KINDS[unit] ?? 0) & WORD) !== 0;
}
