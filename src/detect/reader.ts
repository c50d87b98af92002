import { Automaton } from './automaton.ts';
import {
  ANGLE,
  BACKSLASH,
  BACKTICK,
  BRACKET,
  CARRIAGE_RETURN,
  CONTROL,
  DIGIT,
  DOUBLE_QUOTE,
  HIGH,
  HOLE,
  LINE_FEED,
  OPERATOR,
  PERCENT,
  QUOTE,
  SEPARATOR,
  SINGLE_QUOTE,
} from './character-classes.ts';
import { CodeLexer } from './code/lexer.ts';
import { Evidence, structureFeature } from './evidence.ts';
import { DECODER_FEATURES } from './features.ts';
import type { LiteralVisitor } from './found-literals.ts';
import type { Leaf } from './leaf.ts';
import { familyBit, LITERALS } from './literals.ts';
import { MarkupLexer } from './markup/lexer.ts';
import { DECODERS, type Variant } from './normalise/variants.ts';
import { readShape } from './shape.ts';
import { ShellLexer } from './shell/lexer.ts';
import { SqlLexer } from './sql/lexer.ts';
import { readContext } from './target/context.ts';
import { readDocument } from './target/document.ts';
import { readFilters } from './target/filter.ts';
import { readLineBreaks } from './target/line-break.ts';
import { readLookups } from './target/lookup.ts';
import { readName, readOperatorNames } from './target/name.ts';
import { CLASS_CHOSEN, isChosenClass, readPacked } from './target/packed.ts';
import { judgeFileName, readPath } from './target/path.ts';
import { readPrototypePaths } from './target/prototype.ts';
import { readQueries } from './target/query.ts';
import { readBareHost, readUrls } from './target/url.ts';
import { WholeText } from './target/whole-text.ts';
import { isSelector, readXpath } from './target/xpath.ts';

const SQL = familyBit('sql');
const MARKUP = familyBit('markup');
const CODE = familyBit('code');
const SHELL = familyBit('shell');
const PATH = familyBit('path');
const URL = familyBit('url');
const NAME = familyBit('name');
const FILTER = familyBit('filter');
const DOCUMENT = familyBit('document');
const PACKED = familyBit('packed');

const TERSE_COMMAND = structureFeature('shell.terse-command');
const TERSE_CALL = structureFeature('code.terse-call-of-sink');
const TEXT_BEFORE = structureFeature('context.text-before');
const TEXT_AFTER = structureFeature('context.text-after');

/** Without any of these and without a literal a text says nothing to any interpreter. */
const TELLING = QUOTE | ANGLE | BRACKET | SEPARATOR | HOLE | BACKSLASH | PERCENT | OPERATOR | CONTROL | HIGH;

/** Each quote with its class bit: a text is read from inside of the quotes that it has. */
const QUOTES = [
  { unit: 0x27, bit: SINGLE_QUOTE },
  { unit: 0x22, bit: DOUBLE_QUOTE },
  { unit: 0x60, bit: BACKTICK },
] as const;

/** Collects the evidence of one reading of a value: literals first, then the tokenisers those and the characters ask for. */
export class Reader implements LiteralVisitor {
  readonly evidence: Evidence;
  readonly automaton = new Automaton(LITERALS);
  readonly #asks = Int32Array.from(LITERALS, ({ asks }) => asks);
  readonly #tells = Int32Array.from(LITERALS, ({ tells }) => (tells === undefined ? 0 : structureFeature(tells)));
  /** The reading each was told of last: in dense text the same stand everywhere. */
  readonly #toldIn = new Int32Array(LITERALS.length);
  readonly #speaks = Uint8Array.from(LITERALS, ({ isSilent }) => (isSilent ? 0 : 1));
  readonly #sql: SqlLexer;
  readonly #markup: MarkupLexer;
  readonly #code: CodeLexer;
  readonly #shell: ShellLexer;
  readonly #whole = new WholeText();
  #isSelector = false;
  #isClass = false;
  #asked = 0;
  #bits = 0;

  /** With a model's rows only the features that have weights are collected; without, all: the training finds out which need some. */
  constructor(rows?: Uint16Array) {
    this.evidence = new Evidence(rows);
    this.#sql = new SqlLexer(this.evidence);
    this.#markup = new MarkupLexer(this.evidence);
    this.#code = new CodeLexer(this.evidence);
    this.#shell = new ShellLexer(this.evidence);
  }

  literal(id: number, start: number, end: number): void {
    const { reading } = this.evidence;
    if (this.#toldIn[id] === reading) return;
    this.#toldIn[id] = reading;
    this.#asked |= this.#asks[id] ?? 0;
    if (this.#speaks[id] === 1) this.evidence.add(id, start, end);
    const told = this.#tells[id] ?? 0;
    if (told !== 0) this.evidence.add(told, start, end);
  }

  /** Collects literals and shape only, which costs the same for every text. Answers whether there is anything to score. */
  #scan({ units, decoders, literals }: Variant, start: number, end: number, leaf: Leaf): boolean {
    const { evidence } = this;
    evidence.reset();
    this.#asked = 0;
    literals.visit(start, end, this);
    this.#bits = readShape(units, start, end, leaf, evidence);
    if (this.#asked === 0 && (this.#bits & TELLING) === 0) return false;
    for (let decoder = 0; decoder < DECODERS.length; decoder++) {
      if ((decoders & (1 << decoder)) !== 0) evidence.add(DECODER_FEATURES + decoder, start, end);
    }
    return true;
  }

  /** Looks at a reading as a whole, and at the place of its value; its windows are read next. */
  begin(variant: Variant, leaf: Leaf): void {
    const { units, length } = variant;
    this.#isClass = isChosenClass(leaf);
    this.automaton.find(variant);
    this.#isSelector = isSelector(units, length);
    this.#whole.read(units, length);
  }

  /** Reads the window `start` to `end` of a text of `length` characters that `begin` was told of. Answers whether there is anything to score. */
  read(variant: Variant, start: number, end: number, leaf: Leaf): boolean {
    if (this.#isSelector) return false;
    if (!this.#scan(variant, start, end, leaf) && !this.#isClass) return false;
    const { units, length } = variant;
    const { evidence } = this;
    if (start > 0) evidence.add(TEXT_BEFORE, start, start + 1);
    if (end < length) evidence.add(TEXT_AFTER, end - 1, end);
    this.#whole.addTo(evidence, start, end);
    const bits = this.#bits;
    const asked = this.#asked;
    this.#readLanguages(units, start, end, bits, asked);
    if ((asked & PATH) !== 0) {
      readPath(units, start, end, evidence);
      judgeFileName(leaf, start, end, evidence);
    }
    if ((asked & URL) !== 0) {
      readUrls(units, start, end, evidence);
      if (start === 0 && end === length && length < 256) readBareHost(units, length, evidence);
    }
    if ((asked & DOCUMENT) !== 0 && (bits & ANGLE) !== 0) readDocument(units, start, end, evidence);
    if ((asked & PACKED) !== 0) readPacked(units, start, end, evidence);
    if ((asked & FILTER) !== 0 || ((bits & BRACKET) !== 0 && (bits & OPERATOR) !== 0)) {
      readFilters(units, start, end, evidence);
      readXpath(units, start, end, evidence);
    }
    if ((asked & NAME) !== 0 || ((bits & SEPARATOR) !== 0 && (bits & OPERATOR) !== 0))
      readQueries(units, start, end, evidence);
    if ((asked & CODE) !== 0) readPrototypePaths(units, length, start, end, evidence);
    if ((bits & HOLE) !== 0) readLookups(units, start, end, evidence);
    if ((bits & (LINE_FEED | CARRIAGE_RETURN)) !== 0) readLineBreaks(units, length, start, end, evidence);
    const compares = leaf.isKey && readName(units, start, end, leaf, evidence);
    if ((bits & HOLE) !== 0 && !compares) readOperatorNames(units, start, end, evidence);
    if (this.#isClass) evidence.add(CLASS_CHOSEN, start, end);
    const free = readContext(units, start, end, evidence);
    if (!free && this.#shell.commands > 0 && !this.#shell.isScript) evidence.add(TERSE_COMMAND, start, end);
    if (!free && this.#code.sinkCalls > 0) evidence.add(TERSE_CALL, start, end);
    evidence.addJoint();
    return true;
  }

  #readLanguages(units: Uint16Array, start: number, end: number, bits: number, asked: number): void {
    const quoted = (bits & QUOTE) !== 0;
    this.#shell.commands = 0;
    this.#shell.isScript = false;
    this.#code.sinkCalls = 0;
    if ((asked & SQL) !== 0 && (bits & (DIGIT | QUOTE | BRACKET | OPERATOR | SEPARATOR)) !== 0) {
      this.#sql.read(units, start, end, 0);
      if (quoted) for (const { unit, bit } of QUOTES) if ((bits & bit) !== 0) this.#sql.read(units, start, end, unit);
    }
    if ((bits & ANGLE) !== 0) this.#markup.read(units, start, end);
    if ((asked & MARKUP) !== 0 && (bits & OPERATOR) !== 0) {
      if (quoted) {
        for (const { unit, bit } of QUOTES) if ((bits & bit) !== 0) this.#markup.readInsideTag(units, start, end, unit);
      } else if ((bits & ANGLE) === 0) this.#markup.readInsideTag(units, start, end, 0);
    }
    if (
      (bits & HOLE) !== 0 ||
      ((bits & (BRACKET | QUOTE)) !== 0 && ((asked & CODE) !== 0 || (bits & OPERATOR) !== 0))
    ) {
      this.#code.read(units, start, end, 0);
      if (quoted && (asked & CODE) !== 0) {
        for (const { unit, bit } of QUOTES) if ((bits & bit) !== 0) this.#code.read(units, start, end, unit);
      }
    }
    if ((bits & (SEPARATOR | HOLE | ANGLE | QUOTE)) !== 0 || (asked & SHELL) !== 0) this.#shell.read(units, start, end);
  }

  get bytes(): number {
    return this.automaton.bytes;
  }
}
