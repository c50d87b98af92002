import { type Evidence, structureFeature, TokenRuns } from '../evidence.ts';
import { DIGIT, HIGH_LETTER, isCut, KINDS_OF, LETTER, SHELL_SIGN, UNDERSCORE } from '../unit-kinds.ts';
import { HASH_START, hashUnit } from '../word-table.ts';
import * as kind from './words.ts';

const KINDS = KINDS_OF;
const WORD = LETTER | DIGIT | UNDERSCORE;
const WORD_PART = WORD | SHELL_SIGN | HIGH_LETTER;

const AFTER_SEPARATOR = structureFeature('shell.command-after-separator');
const AFTER_SEPARATOR_ARGUMENT = structureFeature('shell.command-with-argument-after-separator');
const SUBSTITUTED = structureFeature('shell.command-in-substitution');
const LEADING = structureFeature('shell.leading-command-with-argument');
const FIELD_SEPARATOR = structureFeature('shell.blank-by-variable');
const GLOBBED_PATH = structureFeature('shell.path-with-wildcards');
const HIDDEN_PATH = structureFeature('shell.path-with-hidden-letters');
const BRACES = structureFeature('shell.command-in-braces');
const REDIRECT = structureFeature('shell.redirect-to-path');
const ONLY_COMMAND = structureFeature('shell.command-alone');
const RECONNAISSANCE = structureFeature('shell.reconnaissance');
const SPLIT_WORD = structureFeature('shell.word-split-by-quotes');
const AT_LINE_START = structureFeature('shell.command-at-line-start');
const IN_CODE_QUOTES = structureFeature('shell.command-in-code-quotes');
const LINE_OF_SCRIPT = structureFeature('shell.line-begins-with-command');
const BY_PATH = structureFeature('shell.command-by-path');
const AFTER_VALUE = structureFeature('shell.command-after-value');
const COMMON_AFTER_SEPARATOR = structureFeature('shell.everyday-command-after-separator');

/** Reads text as a command line of a POSIX or Windows shell, from any place in one. */
export class ShellLexer {
  readonly #evidence: Evidence;
  readonly #runs: TokenRuns;
  /** Whether the word read last runs the command that follows it. */
  #isPrefix = false;
  /** Commands where a shell would run one that is no everyday word or has an argument no sentence has, in the text read last. */
  commands = 0;
  /** Whether the line begins as one of a script does. */
  isScript = false;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
    this.#runs = new TokenRuns('shell', evidence);
  }

  read(units: Uint16Array, start: number, end: number): void {
    const runs = this.#runs;
    runs.begin(start, isCut(units, start));
    this.commands = 0;
    this.isScript = lineBeginsWithCommand(units, start, end);
    if (this.isScript) this.#evidence.add(LINE_OF_SCRIPT, start, start + 1);
    /** 0 in the middle of a command, 1 at the beginning of the text, 2 after a separator, 3 in a substitution, 4 on a new line, 5 after a backtick that quotes. */
    let position = start === 0 ? 1 : 0;
    let i = start;
    while (i < end) {
      const unit = units[i] ?? 0;
      const next = i + 1 < end ? (units[i + 1] ?? 0) : 0;
      if (unit === 0x20 || unit === 0x09) {
        i++;
        continue;
      }
      switch (unit) {
        case 0x3b:
        case 0x7c:
        case 0x26:
        case 0x0a:
          runs.push(separator(unit), i, i + 1);
          position = unit === 0x0a ? 4 : 2;
          i++;
          continue;
        case 0x60:
          runs.push(kind.BACKTICK, i, i + 1);
          // In a sentence a backtick that follows a blank quotes; at the beginning or inside of a word it runs.
          position = i > 0 && isBlankOrOpen(units[i - 1] ?? 0) ? 5 : 3;
          i++;
          continue;
        case 0x24:
          i = this.#dollar(units, i, end, next);
          if (units[i - 1] === 0x28) position = 3;
          continue;
        case 0x3c:
        case 0x3e:
          runs.push(unit === 0x3c ? kind.INPUT : kind.OUTPUT, i, i + 1);
          if (next === 0x2f || (next === 0x20 && units[i + 2] === 0x2f)) this.#evidence.add(REDIRECT, i, i + 2);
          if (next === 0x28) position = 3;
          i++;
          continue;
        case 0x7b:
          position = position === 0 ? 0 : 3;
          i++;
          continue;
        case 0x28:
          runs.push(kind.OPEN, i, i + 1);
          i++;
          continue;
        case 0x29:
        case 0x7d:
          if (unit === 0x29) runs.push(kind.CLOSE, i, i + 1);
          i++;
          continue;
        case 0x27:
        case 0x22:
          i++;
          continue;
        default:
      }
      i = this.#word(units, i, end, position);
      if (!this.#isPrefix) position = 0;
    }
  }

  #dollar(units: Uint16Array, at: number, end: number, next: number): number {
    if (next === 0x28) {
      this.#runs.push(kind.SUBSTITUTION, at, at + 2);
      return at + 2;
    }
    let i = at + 1;
    if (next === 0x7b) i++;
    const name = i;
    while (i < end && isWord(units[i] ?? 0)) i++;
    if (
      i - name === 3 &&
      lower(units[name]) === 0x69 &&
      lower(units[name + 1]) === 0x66 &&
      lower(units[name + 2]) === 0x73
    ) {
      this.#evidence.add(FIELD_SEPARATOR, at, i);
    }
    if (this.#runs.last !== kind.VARIABLE) this.#runs.push(kind.VARIABLE, at, i);
    return Math.max(i, at + 1);
  }

  #word(units: Uint16Array, start: number, end: number, position: number): number {
    let base = start;
    let i = start;
    let wildcard = 0;
    let slashes = 0;
    let split = false;
    let hidden = 0;
    while (i < end) {
      const unit = units[i] ?? 0;
      if (isWordPart(unit)) {
        i++;
        continue;
      }
      if (unit === 0x2f || unit === 0x5c) {
        // A backslash before a letter says nothing to a shell; a slash begins the name of the program.
        if (unit === 0x2f) {
          base = i + 1;
          slashes++;
        } else split = true;
      } else if (unit === 0x27 || unit === 0x22 || unit === 0x5e) {
        if (i > start && isWord(units[i + 1] ?? 0)) split = true;
        else if (!isWord(units[i + 1] ?? 0) && units[i + 1] !== unit) break;
      } else if (unit === 0x3f || unit === 0x2a || unit === 0x5b || unit === 0x5d) {
        wildcard++;
        if (hidesLetter(units, start, i)) hidden++;
      } else break;
      i++;
    }
    if (i === start) return start + 1;
    const runs = this.#runs;
    // Most words stand where no command does.
    const hash = base < i && (position > 0 || split) ? programHash(units, base, i) : HASH_START;
    const command = base < i ? kind.COMMANDS.find(hash) : 0;
    this.#isPrefix = position > 0 && base < i && kind.PREFIXES.find(hash) !== 0;
    if (split && command >= 2) this.#evidence.add(SPLIT_WORD, start, i);
    if (wildcard > 0 && slashes > 1) this.#evidence.add(hidden > 0 ? HIDDEN_PATH : GLOBBED_PATH, start, i);
    if (slashes > 0 && command >= 2 && position > 0) this.#evidence.add(BY_PATH, start, i);
    if (position > 0 && command > 0) this.#command(units, start, i, end, position, command);
    const token =
      command >= 2 && position > 0
        ? kind.COMMAND
        : wildcard > 0
          ? kind.GLOB
          : slashes > 0
            ? kind.PATH
            : units[start] === 0x2d
              ? kind.OPTION
              : kind.WORD;
    if (token !== kind.WORD || runs.last !== kind.WORD) runs.push(token, start, i);
    return i;
  }

  #command(units: Uint16Array, start: number, wordEnd: number, end: number, position: number, command: number): void {
    if (command === 3) this.#evidence.add(RECONNAISSANCE, start, wordEnd);
    const next = wordEnd < end ? (units[wordEnd] ?? 0) : 0;
    const argument = next === 0x20 || next === 0x09 || next === 0x24 || next === 0x3c || next === 0x2c;
    const last =
      wordEnd >= end ||
      next === 0x3b ||
      next === 0x7c ||
      next === 0x26 ||
      next === 0x60 ||
      next === 0x29 ||
      next === 0x0a ||
      next === 0x23;
    if (position === 1) {
      if (argument && command >= 2 && looksLikeArgument(units, wordEnd + 1, end))
        this.#evidence.add(LEADING, start, wordEnd);
      if (last && command >= 2) this.#evidence.add(ONLY_COMMAND, start, wordEnd);
      return;
    }
    if (position === 4 || position === 5) {
      if (argument || last) this.#evidence.add(position === 4 ? AT_LINE_START : IN_CODE_QUOTES, start, wordEnd);
      return;
    }
    if ((position === 3 || argument || last) && (command > 1 || looksLikeArgument(units, wordEnd + 1, end)))
      this.commands++;
    if (position === 3) {
      this.#evidence.add(next === 0x2c ? BRACES : SUBSTITUTED, start, wordEnd);
      return;
    }
    if (!argument && !last) return;
    if (command > 1 && !this.isScript && isGlued(units, start)) this.#evidence.add(AFTER_VALUE, start - 1, wordEnd);
    if (command === 1) this.#evidence.add(COMMON_AFTER_SEPARATOR, start, wordEnd);
    else if (argument) this.#evidence.add(AFTER_SEPARATOR_ARGUMENT, start, wordEnd);
    else this.#evidence.add(AFTER_SEPARATOR, start, wordEnd);
  }
}

/** Of what a shell takes for the name: signs that quote, escape or stand for others are left out, and of a set of letters each that is not the only one. */
function programHash(units: Uint16Array, start: number, end: number): number {
  let hash = HASH_START;
  let inSet = 0;
  for (let i = start; i < end; i++) {
    const unit = units[i] ?? 0;
    if (unit === 0x5b) inSet = 1;
    else if (unit === 0x5d) inSet = 0;
    // `i[d]` is `id`; `[id]` is either letter.
    else if (isWordPart(unit) && (inSet === 0 || (inSet++ === 1 && units[i + 1] === 0x5d))) hash = hashUnit(hash, unit);
  }
  return hash;
}

/** Whether a wildcard stands for one letter of a name, as nobody writes who means several files: `/e?c/`, `/???/`, `pas[s]wd`. */
function hidesLetter(units: Uint16Array, start: number, at: number): boolean {
  const unit = units[at];
  const next = units[at + 1] ?? 0;
  if (unit === 0x5b) return units[at + 2] === 0x5d || units[at + 2] === 0x2f;
  if (unit !== 0x3f || at === start) return false;
  const before = units[at - 1] ?? 0;
  return (before === 0x3f || before === 0x2f || isWord(before)) && (next === 0x3f || next === 0x2f);
}

/** An option, a path, a variable or a URL: what follows a command in a command line and seldom a word in a sentence. */
function looksLikeArgument(units: Uint16Array, at: number, end: number): boolean {
  while (at < end && units[at] === 0x20) at++;
  const first = at < end ? (units[at] ?? 0) : 0;
  if (first === 0x2d || first === 0x2f || first === 0x24 || first === 0x7e || first === 0x2e) return true;
  for (let i = at; i < end && i < at + 40 && (units[i] ?? 0) > 0x20; i++) if (units[i] === 0x2f) return true;
  return false;
}

const LINE_LOOKED_BACK_MAX = 160;

/** Whether the line a window begins in is one of a script or a manual: a command first, after a prompt or the mark of a list. */
export function lineBeginsWithCommand(units: Uint16Array, start: number, end: number): boolean {
  let at = start;
  while (at > 0 && start - at < LINE_LOOKED_BACK_MAX && units[at - 1] !== 0x0a) at--;
  if (at > 0 && units[at - 1] !== 0x0a) return false;
  let skipped = 0;
  while (at < end && skipped < 8 && PROMPT.has(units[at] ?? 0)) {
    at++;
    skipped++;
  }
  let hash = HASH_START;
  const from = at;
  while (at < end && at < from + 20 && isWordPart(units[at] ?? 0)) hash = hashUnit(hash, units[at++] ?? 0);
  const next = at < end ? (units[at] ?? 0) : 0;
  return (
    at > from &&
    (next <= 0x20 || next === 0x3b) &&
    (kind.COMMANDS.find(hash) !== 0 || kind.SCRIPT_WORDS.find(hash) !== 0)
  );
}

/** `$ `, `# `, `> `, `- `, `* ` and blanks. A backtick at the beginning runs what follows it. */
const PROMPT: ReadonlySet<number> = new Set([0x20, 0x09, 0x23, 0x24, 0x3e, 0x2d, 0x2a]);
function isBlankOrOpen(unit: number): boolean {
  return unit <= 0x20 || unit === 0x28;
}

/** `10.0.0.1;id`: blanks on neither side of the separator, as whoever appends to a value writes and hardly anybody who writes a script. */
function isGlued(units: Uint16Array, at: number): boolean {
  let i = at - 1;
  while (i >= 0 && (units[i] === 0x3b || units[i] === 0x7c || units[i] === 0x26)) i--;
  return i >= 0 && i < at - 1 && (units[i] ?? 0) > 0x20;
}

function separator(unit: number): number {
  return unit === 0x3b ? kind.SEMICOLON : unit === 0x7c ? kind.PIPE : unit === 0x26 ? kind.AMPERSAND : kind.LINE;
}

function lower(unit: number | undefined): number {
  return (unit ?? 0) | 0x20;
}

function isWord(unit: number): boolean {
  return ((KINDS[unit] ?? 0) & WORD) !== 0;
}

function isWordPart(unit: number): boolean {
  return ((KINDS[unit] ?? 0) & WORD_PART) !== 0;
}
