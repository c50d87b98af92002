import { type Evidence, structureFeature, TokenRuns } from '../evidence.ts';
import { ATTRIBUTE_SIGN, DIGIT, KINDS_OF, LETTER, NAME_SIGN, UNDERSCORE } from '../unit-kinds.ts';
import { HASH_START, hashUnit } from '../word-table.ts';
import * as kind from './words.ts';

const KINDS = KINDS_OF;
const LETTERS = LETTER;
const NAME = LETTER | DIGIT | UNDERSCORE | NAME_SIGN;
const ATTRIBUTE_NAME = NAME | ATTRIBUTE_SIGN;

const EVENT_HANDLER = structureFeature('html.event-handler');
const EVENT_CODE = structureFeature('html.event-handler-with-code');
const SCRIPT_SCHEME = structureFeature('html.script-url');
const ATTRIBUTE_BREAKOUT = structureFeature('html.breaks-out-of-attribute');
const DANGEROUS_TAG = structureFeature('html.dangerous-tag');
const UNKNOWN_TAG_ACTIVE = structureFeature('html.unknown-tag-with-attribute');
const ODD_SEPARATOR = structureFeature('html.odd-attribute-separator');
const TEXT_ONLY = structureFeature('html.text-tags-only');
const STYLE_CODE = structureFeature('html.style-with-code');
const NAME_UNITS_MAX = 64;

/** Reads text as HTML, leniently as browsers do; with a quote, as if it stood inside an attribute's value. */
export class MarkupLexer {
  readonly #evidence: Evidence;
  readonly #runs: TokenRuns;
  #active = false;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
    this.#runs = new TokenRuns('markup', evidence);
  }

  read(units: Uint16Array, start: number, end: number): void {
    const runs = this.#runs;
    this.#active = false;
    runs.begin(start, false);
    let tags = 0;
    let i = start;
    while (i < end) {
      if (units[i] !== 0x3c) {
        i++;
        continue;
      }
      const next = i + 1 < end ? (units[i + 1] ?? 0) : 0;
      if (isLetter(next)) {
        tags++;
        i = this.#tag(units, i, end);
      } else if (next === 0x2f) {
        runs.push(kind.CLOSING_TAG, i, i + 2);
        i += 2;
      } else if (next === 0x21 || next === 0x3f) {
        const comment = units[i + 2] === 0x2d && i + 2 < end;
        runs.push(comment ? kind.COMMENT : kind.DECLARATION, i, i + 2);
        i += 2;
      } else {
        runs.push(kind.BARE_ANGLE, i, i + 1);
        i++;
      }
    }
    if (tags > 0 && !this.#active) this.#evidence.add(TEXT_ONLY, start, end);
  }

  /** Reads text that may continue a tag from inside of an attribute's value, or without any quote. */
  readInsideTag(units: Uint16Array, start: number, end: number, quote: number): void {
    let i = start;
    if (quote !== 0) {
      while (i < end && units[i] !== quote) i++;
      if (i === end) return;
      i++;
    }
    this.#runs.begin(i, false);
    this.#runs.push(kind.BREAKOUT, i, i);
    this.#attributes(units, i, end, quote !== 0, false);
  }

  #tag(units: Uint16Array, start: number, end: number): number {
    let hash = HASH_START;
    let i = start + 1;
    while (i < end && i - start < NAME_UNITS_MAX && isName(units[i] ?? 0)) hash = hashUnit(hash, units[i++] ?? 0);
    const tag = kind.TAGS.find(hash) || kind.UNKNOWN_TAG;
    this.#runs.push(tag, start, i);
    if (tag === kind.DANGEROUS_TAG) {
      this.#active = true;
      this.#evidence.add(DANGEROUS_TAG, start, i);
    }
    return this.#attributes(units, i, end, false, tag === kind.UNKNOWN_TAG);
  }

  #attributes(units: Uint16Array, start: number, end: number, brokeOut: boolean, unknownTag: boolean): number {
    const runs = this.#runs;
    let i = start;
    while (i < end) {
      const unit = units[i] ?? 0;
      if (unit === 0x3e) {
        runs.push(kind.TAG_END, i, i + 1);
        return i + 1;
      }
      if (unit === 0x3c) return i;
      if (!isLetter(unit)) {
        if (unit === 0x2f || unit === 0x0c || unit === 0x0b) this.#oddSeparator(units, i, end);
        i++;
        continue;
      }
      const nameStart = i;
      let hash = HASH_START;
      while (i < end && isAttributeName(units[i] ?? 0)) hash = hashUnit(hash, units[i++] ?? 0);
      const event =
        i - nameStart > 4 && ((units[nameStart] ?? 0) | 0x20) === 0x6f && ((units[nameStart + 1] ?? 0) | 0x20) === 0x6e;
      let at = i;
      while (at < end && (units[at] ?? 0) <= 0x20) at++;
      if (units[at] !== 0x3d || at >= end) {
        if (!brokeOut && runs.last !== kind.ATTRIBUTE) runs.push(kind.ATTRIBUTE, nameStart, i);
        if (at === i && i < end && units[i] !== 0x3e) i++;
        continue;
      }
      const attribute = event ? kind.EVENT_ATTRIBUTE : kind.ATTRIBUTES.find(hash) || kind.ATTRIBUTE;
      runs.push(attribute, nameStart, i);
      if (attribute === kind.SERVER_ATTRIBUTE) this.#evidence.add(DANGEROUS_TAG, nameStart, i);
      if (unknownTag) this.#evidence.add(UNKNOWN_TAG_ACTIVE, nameStart, i);
      if (event) {
        this.#active = true;
        this.#evidence.add(EVENT_HANDLER, nameStart, i);
        if (brokeOut) this.#evidence.add(ATTRIBUTE_BREAKOUT, start, i);
      }
      i = this.#value(units, at + 1, end, attribute);
    }
    runs.push(kind.UNFINISHED, end, end);
    return end;
  }

  #oddSeparator(units: Uint16Array, at: number, end: number): void {
    if (at + 2 < end && isLetter(units[at + 1] ?? 0)) this.#evidence.add(ODD_SEPARATOR, at, at + 1);
  }

  #value(units: Uint16Array, start: number, end: number, attribute: number): number {
    let i = start;
    while (i < end && (units[i] ?? 0) <= 0x20) i++;
    const first = i < end ? (units[i] ?? 0) : 0;
    const quote = first === 0x22 || first === 0x27 || first === 0x60 ? first : 0;
    if (quote !== 0) i++;
    const valueStart = i;
    let code = false;
    while (i < end) {
      const unit = units[i] ?? 0;
      if (quote !== 0 ? unit === quote : unit <= 0x20 || unit === 0x3e) break;
      if (unit === 0x28 || unit === 0x60 || unit === 0x3d || unit === 0x5b) code = true;
      i++;
    }
    const scheme = this.#scheme(units, valueStart, i);
    if (scheme === kind.SCRIPT_URL) {
      this.#active = true;
      this.#evidence.add(SCRIPT_SCHEME, valueStart, i);
    }
    if (attribute === kind.EVENT_ATTRIBUTE) {
      if (code) this.#evidence.add(EVENT_CODE, valueStart, i);
      this.#runs.push(code ? kind.CODE_VALUE : kind.OTHER_VALUE, valueStart, i);
    } else if (attribute === kind.URL_ATTRIBUTE) {
      this.#runs.push(scheme === 0 ? kind.OTHER_VALUE : scheme, valueStart, i);
    } else if (attribute === kind.STYLE_ATTRIBUTE && code) {
      this.#evidence.add(STYLE_CODE, valueStart, i);
    }
    return quote !== 0 && i < end ? i + 1 : i;
  }

  /** The scheme a browser would see: control characters and blanks inside of it do not count. */
  #scheme(units: Uint16Array, start: number, end: number): number {
    return schemeOf(units, start, end);
  }
}

export function schemeOf(units: Uint16Array, start: number, end: number): number {
  let hash = HASH_START;
  let letters = 0;
  const limit = Math.min(end, start + NAME_UNITS_MAX);
  for (let i = start; i < limit; i++) {
    const unit = units[i] ?? 0;
    if (unit <= 0x20) continue;
    if (unit === 0x3a) return letters > 0 ? kind.SCHEMES.find(hash) : 0;
    if (!isLetter(unit) && unit !== 0x2d) return 0;
    hash = hashUnit(hash, unit);
    letters++;
  }
  return 0;
}

function isLetter(unit: number): boolean {
  return ((KINDS[unit] ?? 0) & LETTERS) !== 0;
}

function isName(unit: number): boolean {
  return ((KINDS[unit] ?? 0) & NAME) !== 0;
}

function isAttributeName(unit: number): boolean {
  return ((KINDS[unit] ?? 0) & ATTRIBUTE_NAME) !== 0;
}
