import { type Evidence, structureFeature } from '../evidence.ts';
import { isLetter } from '../unit-kinds.ts';

const IN_BACKTICKS = structureFeature('context.code-in-backticks');
const INDENTED = structureFeature('context.indented-lines');
const CODE_LINES = structureFeature('context.lines-of-code');
const MARKDOWN = structureFeature('context.markdown');
const SENTENCE = structureFeature('context.sentence');
const SEPARATOR_FIRST = structureFeature('context.separator-first');
const SEPARATOR_LAST = structureFeature('context.separator-last');
const SEVERAL_LINES = structureFeature('context.several-lines');

const TRUNCATED_BREAK = structureFeature('line.letters-that-truncate-to-a-break');

const LINE = 0x0a;
const BACKTICK = 0x60;

/**
 * Looks at what the text as a whole is: sentences, Markdown, lines of a program, or something that begins where another text ended. What
 * speaks of free text weighs little against strong evidence, as all that speaks against an attack is bounded. Answers whether it is a
 * text to be read: several sentences, lines or words, or quoted code.
 */
export function readContext(units: Uint16Array, start: number, end: number, evidence: Evidence): boolean {
  let lines = 0;
  let indented = 0;
  let closed = 0;
  let words = 0;
  let sentences = 0;
  let openedTick = -1;
  let quoted = false;
  let previous = 0;
  for (let i = start; i < end; i++) {
    const unit = units[i] ?? 0;
    // Letters, digits and most signs say nothing by themselves.
    if (unit > 0x28 && unit <= 0xff && unit !== BACKTICK) {
      previous = unit;
      continue;
    }
    if (unit === LINE) {
      lines++;
      if (endsStatement(previous)) closed++;
      const next = i + 1 < end ? (units[i + 1] ?? 0) : 0;
      if (next === 0x20 || next === 0x09) indented++;
      if (startsMarkdownLine(units, i + 1, end)) evidence.add(MARKDOWN, i + 1, i + 3);
    } else if (unit === 0x20) {
      if (isLetter(previous)) words++;
      else if ((previous === 0x2e || previous === 0x2c || previous === 0x3f || previous === 0x21) && words > 1)
        sentences++;
    } else if (unit === BACKTICK) {
      if (openedTick < 0) openedTick = i > start && previous === 0x20 && words > 1 ? i : -1;
      else {
        if (i > openedTick + 2) {
          evidence.add(IN_BACKTICKS, openedTick, i + 1);
          quoted = true;
        }
        openedTick = -1;
      }
      if (previous === BACKTICK && units[i + 1] === BACKTICK) evidence.add(MARKDOWN, i - 1, i + 2);
    } else if (unit === 0x28 && previous === 0x5d) evidence.add(MARKDOWN, i - 1, i + 1);
    else if (unit > 0xff && truncates(unit) && truncates(units[i + 1] ?? 0)) evidence.add(TRUNCATED_BREAK, i, i + 2);
    if (unit > 0x20 || unit === LINE) previous = unit;
    else if (unit === 0x20 && previous !== LINE) previous = unit;
  }
  if (startsMarkdownLine(units, start, end)) evidence.add(MARKDOWN, start, start + 2);
  if (lines >= 3) evidence.add(SEVERAL_LINES, start, end);
  if (indented >= 2) evidence.add(INDENTED, start, end);
  if (closed >= 2) evidence.add(CODE_LINES, start, end);
  if (sentences > 0 || (words > 3 && (previous === 0x2e || previous === 0x3f || previous === 0x21)))
    evidence.add(SENTENCE, start, end);
  if (start === 0 && isSeparator(units, start, end)) evidence.add(SEPARATOR_FIRST, start, start + 1);
  if (previous === 0x3b || previous === 0x7c || previous === 0x26 || previous === 0x23)
    evidence.add(SEPARATOR_LAST, end - 1, end);
  return lines >= 2 || closed > 0 || words > 6 || sentences > 0 || quoted;
}

/** Letters of which a writer that keeps the lower byte makes a carriage return or line feed. */
function truncates(unit: number): boolean {
  return unit === 0x560a || unit === 0x560d || unit === 0x010a || unit === 0x010d;
}

/** `; { } , ) ( : [ ]` and the end of a comment: how lines of programs end and sentences do not. */
export function endsStatement(unit: number): boolean {
  return (
    unit === 0x3b ||
    unit === 0x7b ||
    unit === 0x7d ||
    unit === 0x2c ||
    unit === 0x28 ||
    unit === 0x29 ||
    unit === 0x3a ||
    unit === 0x5b ||
    unit === 0x5d ||
    unit === 0x2f
  );
}

/** `# `, `- `, `* `, `> `, `| `, `1. ` at the beginning of a line. */
function startsMarkdownLine(units: Uint16Array, at: number, end: number): boolean {
  let i = at;
  while (i < end && i < at + 8 && (units[i] === 0x23 || units[i] === 0x20)) i++;
  if (i > at + 1 && units[i - 1] === 0x20 && units[at] === 0x23) return true;
  const mark = i < end ? (units[i] ?? 0) : 0;
  const next = i + 1 < end ? (units[i + 1] ?? 0) : 0;
  if ((mark === 0x2d || mark === 0x2a || mark === 0x3e) && next === 0x20) return true;
  return mark >= 0x30 && mark <= 0x39 && next === 0x2e && units[i + 2] === 0x20;
}

/** Whether the first character that is no blank ends what stood before: a quote, a bracket, a separator of commands. */
function isSeparator(units: Uint16Array, start: number, end: number): boolean {
  let i = start;
  while (i < end && units[i] === 0x20) i++;
  const unit = i < end ? (units[i] ?? 0) : 0;
  return (
    unit === 0x27 ||
    unit === 0x22 ||
    unit === 0x29 ||
    unit === 0x3b ||
    unit === 0x7c ||
    unit === 0x26 ||
    unit === LINE ||
    unit === 0x0d ||
    (unit === 0x3e && units[i + 1] !== 0x20)
  );
}
