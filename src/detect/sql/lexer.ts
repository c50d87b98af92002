import { type Evidence, structureFeature, TokenRuns } from '../evidence.ts';
import { DIGIT, HIGH_LETTER, isCut, KINDS_OF, LETTER, UNDERSCORE } from '../unit-kinds.ts';
import { HASH_START, hashUnit } from '../word-table.ts';
import * as kind from './words.ts';

const KINDS = KINDS_OF;
const DIGITS = DIGIT;
const WORD_START = LETTER | UNDERSCORE | HIGH_LETTER;
const WORD = WORD_START | DIGIT;

const TAUTOLOGY = structureFeature('sql.tautology');
const NUMBER_COMPARISON = structureFeature('sql.number-comparison');
const BREAKS_OUT = structureFeature('sql.breaks-out-of-string');
const STACKED = structureFeature('sql.stacked-statement');
const UNION_SELECT = structureFeature('sql.union-select');
const ENDS_IN_COMMENT = structureFeature('sql.ends-in-comment');
const REOPENS = structureFeature('sql.reopens-string');
const INLINE_COMMENT = structureFeature('sql.comment-between-words');
const DENSE = structureFeature('sql.mostly-keywords');
const SPARSE = structureFeature('sql.few-keywords');
const SUBSELECT = structureFeature('sql.subselect');
const SELECT_FROM = structureFeature('sql.select-list-from');
const LOGIC_CALL = structureFeature('sql.logic-before-dangerous-call');
const UNBALANCED = structureFeature('sql.closes-more-than-it-opens');

const WORDS_OF_A_SENTENCE = 3;
const REST_UNITS_MAX = 8;

/** Reads text as SQL of any dialect: no grammar, only tokens, so that a fragment from the middle of a statement reads as well as a whole. */
export class SqlLexer {
  readonly #evidence: Evidence;
  readonly #runs: TokenRuns;
  #keywords = 0;
  #depth = 0;
  #operand = 0;
  #operandKind = 0;
  #comparing = false;
  /** `UNION` was read, and since then nothing but words such as `ALL`. */
  #united = false;
  #sawSelect = false;
  #logic = false;
  /** Where the comment looked for last is closed. */
  #close = 0;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
    this.#runs = new TokenRuns('sql', evidence);
  }

  /** Reads `units[start..end)`; with a quote, as if the text stood inside a string of that quote. */
  read(units: Uint16Array, start: number, end: number, quote: number): void {
    const runs = this.#runs;
    this.#keywords = 0;
    this.#depth = 0;
    this.#operand = 0;
    this.#comparing = false;
    this.#sawSelect = false;
    this.#united = false;
    this.#logic = false;
    this.#close = -1;
    let i = start;
    if (quote !== 0) {
      while (i < end && units[i] !== quote) i++;
      if (i === end) return;
    }
    runs.begin(i, quote === 0 && isCut(units, start));
    if (quote !== 0) {
      this.#push(kind.QUOTE_OUT, i, i + 1);
      i++;
    }
    let comments = 0;
    while (i < end) {
      const unit = units[i] ?? 0;
      if (unit <= 0x20 || unit === 0xa0) {
        i++;
        continue;
      }
      const next = i + 1 < end ? (units[i + 1] ?? 0) : 0;
      if (isLetter(unit)) {
        i = this.#word(units, i, end);
      } else if (isDigit(unit) || (unit === 0x2e && isDigit(next))) {
        i = this.#number(units, i, end);
      } else if (unit === 0x27 || unit === 0x22 || unit === 0x60) {
        i = this.#string(units, i, end, quote);
      } else if (unit === 0x23 || (unit === 0x2d && next === 0x2d)) {
        i = this.#tailComment(units, i, unit === 0x23 ? i + 1 : i + 2, end);
      } else if (unit === 0x2f && next === 0x2a) {
        const close = this.#closing(units, i + 2, end);
        if (close === end) this.#push(kind.TAIL_COMMENT, i, end);
        else if (++comments < 3) this.#evidence.add(INLINE_COMMENT, i, close);
        i = units[i + 2] === 0x21 ? i + 3 : close;
      } else {
        i = this.#symbol(units, i, unit, next);
      }
    }
    this.#push(kind.END, end, end);
    const { tokens } = runs;
    if (tokens > 3) this.#evidence.add(this.#keywords * 3 >= tokens ? DENSE : SPARSE, start, end);
    if (this.#depth < 0 && this.#keywords > 0) this.#evidence.add(UNBALANCED, start, end);
  }

  #tailComment(units: Uint16Array, start: number, after: number, end: number): number {
    const closesString = this.#runs.last === kind.QUOTE_OUT;
    this.#push(kind.TAIL_COMMENT, start, after);
    if (restIsShort(units, after, end, closesString)) this.#evidence.add(ENDS_IN_COMMENT, start, after);
    return lineEnd(units, start, end);
  }

  #push(token: number, start: number, end: number): void {
    const runs = this.#runs;
    // A row of parentheses says no more than one, and sign operators say nothing.
    if (token === runs.last && (token === kind.OPEN || token === kind.CLOSE || token === kind.ARITHMETIC)) return;
    runs.push(token, start, end);
  }

  #operandSeen(hash: number, token: number, start: number, end: number): void {
    if (this.#comparing && (token === this.#operandKind || hash === this.#operand)) {
      this.#evidence.add(hash === this.#operand ? TAUTOLOGY : NUMBER_COMPARISON, start, end);
    }
    this.#comparing = false;
    this.#operand = hash;
    this.#operandKind = token;
  }

  #word(units: Uint16Array, start: number, end: number): number {
    let hash = HASH_START;
    let i = start;
    let last = 0;
    while (i < end) {
      const unit = units[i] ?? 0;
      if (
        ((KINDS[unit] ?? 0) & WORD) === 0 &&
        unit !== 0x24 &&
        !(unit === 0x2e && isLetter(units[i + 1] ?? 0) && i + 1 < end)
      )
        break;
      hash = hashUnit(hash, unit);
      last = unit;
      i++;
    }
    let after = i;
    while (after < end && (units[after] ?? 0) <= 0x20) after++;
    const calls = after < end && units[after] === 0x28;
    const token = kind.SQL_WORDS.find(hash);
    if (calls && (token === 0 || token >= kind.COMPARE) && kind.DANGEROUS_FUNCTIONS.find(hash) !== 0) {
      this.#keywords++;
      if (this.#logic) this.#evidence.add(LOGIC_CALL, start, after);
      this.#push(kind.DANGEROUS_CALL, start, i);
      this.#comparing = false;
      this.#operand = 0;
      return i;
    }
    if (token === 0) {
      this.#united = false;
      this.#push(calls ? kind.CALL : last === 0x2e ? kind.DOT : kind.BARE, start, i);
      if (isCounted(units, after, end)) this.#comparing = false;
      this.#operandSeen(hash, kind.BARE, start, i);
      return i;
    }
    this.#keywords++;
    if (token === kind.SELECT) {
      if (this.#united && !isSentence(units, i, end)) this.#evidence.add(UNION_SELECT, start, i);
      if (this.#runs.last === kind.OPEN) this.#evidence.add(SUBSELECT, start, i);
      this.#sawSelect = true;
    } else if (token === kind.CLAUSE && this.#sawSelect) {
      this.#evidence.add(SELECT_FROM, start, i);
    }
    if ((token === kind.STATEMENT || token === kind.SELECT) && this.#runs.last === kind.SEMICOLON) {
      this.#evidence.add(STACKED, start, i);
    }
    if (token === kind.LOGIC) {
      this.#logic = true;
      this.#operand = 0;
    }
    this.#united = token === kind.UNION || (this.#united && token === kind.WORD);
    this.#comparing = token === kind.COMPARE && this.#operand !== 0;
    this.#push(token, start, i);
    return i;
  }

  #number(units: Uint16Array, start: number, end: number): number {
    let i = start;
    let hash = HASH_START;
    const second = (units[i + 1] ?? 0) | 0x20;
    const based = units[i] === 0x30 && i + 1 < end && (second === 0x78 || second === 0x62);
    if (based) i += 2;
    while (i < end) {
      const unit = units[i] ?? 0;
      const lower = unit | 0x20;
      if (!isDigit(unit) && unit !== 0x2e && !(based && lower >= 0x61 && lower <= 0x66)) break;
      hash = hashUnit(hash, unit);
      i++;
    }
    if (!based && i < end && isLetter(units[i] ?? 0)) {
      // `1union` is a number and a keyword to MySQL, `24n1` is a name.
      const wordStart = i;
      let word = HASH_START;
      let at = i;
      while (at < end && (isLetter(units[at] ?? 0) || isDigit(units[at] ?? 0))) word = hashUnit(word, units[at++] ?? 0);
      if (kind.SQL_WORDS.find(word) === 0) {
        this.#push(kind.BARE, start, at);
        this.#operandSeen(word, kind.BARE, start, at);
        return at;
      }
      this.#push(kind.NUMBER, start, wordStart);
      return wordStart;
    }
    this.#united = false;
    this.#push(based ? kind.HEX : kind.NUMBER, start, i);
    this.#operandSeen(hash, kind.NUMBER, start, i);
    return i;
  }

  #string(units: Uint16Array, start: number, end: number, outer: number): number {
    const quote = units[start] ?? 0;
    let hash = HASH_START;
    let i = start + 1;
    while (i < end) {
      const unit = units[i] ?? 0;
      if (unit === 0x5c && i + 1 < end) {
        i += 2;
        continue;
      }
      if (unit === quote) {
        if (units[i + 1] !== quote || i + 1 >= end) break;
        i++;
      }
      hash = hashUnit(hash, unit);
      i++;
    }
    const closed = i < end;
    this.#united = false;
    this.#push(closed ? kind.STRING : kind.OPEN_STRING, start, closed ? i + 1 : end);
    if (!closed && outer === quote && this.#runs.tokens > 2) this.#evidence.add(REOPENS, start, end);
    if (outer !== 0 && this.#logic) this.#evidence.add(BREAKS_OUT, start, i);
    // A name in quotes counts as one without them does: `n` = `n` + 1.
    if (closed && quote === 0x60 && isCounted(units, i + 1, end)) this.#comparing = false;
    this.#operandSeen(hash, kind.STRING, start, i);
    return closed ? i + 1 : end;
  }

  #symbol(units: Uint16Array, at: number, unit: number, next: number): number {
    switch (unit) {
      case 0x28:
        this.#depth++;
        this.#push(kind.OPEN, at, at + 1);
        return at + 1;
      case 0x29:
        this.#depth--;
        this.#push(kind.CLOSE, at, at + 1);
        return at + 1;
      case 0x2c:
        this.#push(kind.COMMA, at, at + 1);
        this.#united = false;
        this.#operand = 0;
        return at + 1;
      case 0x3b:
        this.#push(kind.SEMICOLON, at, at + 1);
        this.#operand = 0;
        return at + 1;
      case 0x40:
        this.#push(kind.VARIABLE, at, at + 1);
        return units[at + 1] === 0x40 ? at + 2 : at + 1;
      case 0x5c:
        this.#push(kind.BACKSLASH, at, at + 1);
        return at + 1;
      case 0x7b:
        this.#push(kind.BRACE_OPEN, at, at + 1);
        return at + 1;
      case 0x7d:
        this.#push(kind.BRACE_CLOSE, at, at + 1);
        return at + 1;
      case 0x2e:
        this.#push(kind.DOT, at, at + 1);
        return at + 1;
      case 0x3d:
      case 0x3c:
      case 0x3e:
        this.#comparing = this.#operand !== 0;
        this.#push(kind.COMPARE, at, at + 1);
        return next === 0x3d || next === 0x3e ? at + 2 : at + 1;
      case 0x21:
        if (next === 0x3d) this.#comparing = this.#operand !== 0;
        this.#push(next === 0x3d ? kind.COMPARE : kind.ARITHMETIC, at, at + 1);
        return next === 0x3d ? at + 2 : at + 1;
      case 0x26:
      case 0x7c:
        if (next === unit) {
          this.#logic = true;
          this.#push(kind.LOGIC, at, at + 2);
          return at + 2;
        }
        this.#push(kind.ARITHMETIC, at, at + 1);
        return at + 1;
      case 0x2b:
      case 0x2d:
      case 0x2a:
      case 0x2f:
      case 0x25:
      case 0x5e:
      case 0x7e:
        this.#push(kind.ARITHMETIC, at, at + 1);
        return at + 1;
      default:
        this.#push(kind.OTHER, at, at + 1);
        return at + 1;
    }
  }

  /** Looks each character through once, however many comments are opened before one is closed. */
  #closing(units: Uint16Array, at: number, end: number): number {
    if (this.#close >= at + 2 || this.#close === end) return this.#close;
    for (let i = at; i + 1 < end; i++) {
      if (units[i] === 0x2a && units[i + 1] === 0x2f) {
        this.#close = i + 2;
        return i + 2;
      }
    }
    this.#close = end;
    return end;
  }
}

/** `n = n + 1` counts, and compares nothing with itself. */
function isCounted(units: Uint16Array, at: number, end: number): boolean {
  while (at < end && (units[at] ?? 0) <= 0x20) at++;
  return at < end && isSign(units[at] ?? 0, units[at + 1] ?? 0);
}

/** Three words in a row that are none of the language: no list of columns has that, a sentence on a union that selects somebody does. */
function isSentence(units: Uint16Array, at: number, end: number): boolean {
  for (let word = 0; word < WORDS_OF_A_SENTENCE; word++) {
    const blank = at;
    while (at < end && units[at] === 0x20) at++;
    if (at === blank) return false;
    const start = at;
    let hash = HASH_START;
    while (at < end && isPlainLetter(units[at] ?? 0)) hash = hashUnit(hash, units[at++] ?? 0);
    if (at === start || kind.SQL_WORDS.find(hash) !== 0) return false;
  }
  return at >= end || (units[at] ?? 0) <= 0x2e;
}

function isPlainLetter(unit: number): boolean {
  return (unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a;
}

function isLetter(unit: number): boolean {
  return ((KINDS[unit] ?? 0) & WORD_START) !== 0;
}

function isDigit(unit: number): boolean {
  return ((KINDS[unit] ?? 0) & DIGITS) !== 0;
}

function lineEnd(units: Uint16Array, at: number, end: number): number {
  while (at < end && units[at] !== 0x0a) at++;
  return at;
}

/** What follows a comment that cuts a statement off: nothing, or a random tag, which is one word; more only where a string was closed right before. */
function restIsShort(units: Uint16Array, at: number, end: number, closesString: boolean): boolean {
  let seen = 0;
  let words = 0;
  let isBlank = true;
  for (let i = at; i < end; i++) {
    const wasBlank = isBlank;
    isBlank = (units[i] ?? 0) <= 0x20;
    if (isBlank) continue;
    if (++seen > REST_UNITS_MAX || (wasBlank && isLetter(units[i] ?? 0) && ++words > 1 && !closesString)) return false;
  }
  return true;
}

/** `+ - * /`, and not `--` or the beginning of a comment. */
function isSign(unit: number, next: number): boolean {
  return unit === 0x2b || unit === 0x2a || (unit === 0x2d && next !== 0x2d) || (unit === 0x2f && next !== 0x2a);
}
