import { type Evidence, structureFeature } from '../evidence.ts';
import { lineBeginsWithCommand } from '../shell/lexer.ts';
import { isLetter, isNameUnit } from '../unit-kinds.ts';
import { endsStatement } from './context.ts';

const SCRIPT = structureFeature('context.whole-script');
const PROGRAM = structureFeature('context.whole-program');
const DOCUMENT = structureFeature('context.whole-document');
const PROSE = structureFeature('context.whole-prose');
const PAGE = structureFeature('context.whole-page');
const PAIRS = structureFeature('context.whole-pairs');

/** Shorter text is what its window shows of it. */
const UNITS_MIN = 48;
const LINE = 0x0a;

/**
 * What a text is as a whole, of which a window shows only a part: a script, a program, a document with marks, prose, a page, or pairs as
 * cookies have them. The same command is
 * one thing in a manual and another by itself. As all that speaks against an attack it is bounded, and learned from attacks among such texts too.
 */
export class WholeText {
  #lines = 0;
  #script = 0;
  #program = 0;
  #marks = 0;
  #sentences = 0;
  #tags = 0;
  #pairs = 0;

  /** Time is linear in the length. */
  read(units: Uint16Array, length: number): void {
    this.#lines = 0;
    this.#script = 0;
    this.#program = 0;
    this.#marks = 0;
    this.#sentences = 0;
    this.#tags = 0;
    this.#pairs = 0;
    if (length < UNITS_MIN) return;
    let start = 0;
    let words = 0;
    let previous = 0;
    let isName = true;
    for (let i = 0; i <= length; i++) {
      const unit = i < length ? (units[i] ?? 0) : LINE;
      if (unit > 0x2f && unit !== 0x3b && unit !== 0x60 && (!isName || isNameUnit(unit))) {
        previous = unit;
        continue;
      }
      if (unit === 0x3b) isName = true;
      else if (isName && unit !== 0x20 && unit !== 0x2e && unit !== 0x2d && !isNameUnit(unit)) {
        if (unit === 0x3d) this.#pairs++;
        isName = false;
      }
      if (unit === LINE) {
        this.#line(units, start, i, previous);
        start = i + 1;
        previous = 0;
        words = 0;
        continue;
      }
      if (unit === 0x0d) continue;
      if (unit === 0x20) {
        if (isLetter(previous)) words++;
        else if (words > 2 && (previous === 0x2e || previous === 0x3f || previous === 0x21)) {
          this.#sentences++;
          words = 0;
        }
      } else if (unit === 0x2f && previous === 0x3c) this.#tags++;
      else if (unit === 0x60 && previous === 0x20) this.#marks++;
      if (unit > 0x20) previous = unit;
      else if (unit === 0x20 && previous !== 0) previous = unit;
    }
  }

  addTo(evidence: Evidence, start: number, end: number): void {
    const lines = this.#lines;
    if (lines >= 2 && this.#script * 2 >= lines) evidence.add(SCRIPT, start, end);
    if (lines >= 3 && this.#program * 2 >= lines) evidence.add(PROGRAM, start, end);
    if (this.#marks >= 2) evidence.add(DOCUMENT, start, end);
    if (this.#sentences >= 2) evidence.add(PROSE, start, end);
    if (this.#tags >= 3) evidence.add(PAGE, start, end);
    if (this.#pairs >= 3) evidence.add(PAIRS, start, end);
  }

  #line(units: Uint16Array, start: number, end: number, last: number): void {
    let at = start;
    while (at < end && (units[at] ?? 0) <= 0x20) at++;
    if (at >= end) return;
    this.#lines++;
    if (lineBeginsWithCommand(units, start, end)) this.#script++;
    if (endsStatement(last) || at - start >= 2) this.#program++;
    const first = units[at] ?? 0;
    const second = units[at + 1] ?? 0;
    const isMark =
      (first === 0x60 && second === 0x60) ||
      ((first === 0x2d || first === 0x2a || first === 0x3e || first === 0x23) &&
        (second === 0x20 || second === first)) ||
      (first >= 0x30 && first <= 0x39 && second === 0x2e && units[at + 2] === 0x20);
    if (isMark) this.#marks++;
  }
}
