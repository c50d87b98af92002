import { type Evidence, structureFeature } from '../evidence.ts';
import { HASH_START, hashUnit, WordTable } from '../word-table.ts';

const CLOSES_AND_OPENS = structureFeature('ldap.closes-and-opens');
const OPERATOR_OPENS = structureFeature('ldap.operator-before-filter');
const WILDCARD = structureFeature('ldap.wildcard-attribute');
const ASSERTION = structureFeature('ldap.assertion');
const NUL_END = structureFeature('ldap.nul-after-filter');
const XPATH_STEP = structureFeature('xpath.step');
const XPATH_CALL = structureFeature('xpath.node-test');
const XPATH_UNION = structureFeature('xpath.union');

/** Looks for pieces of LDAP filters and XPath expressions: both are read by their punctuation alone. */
export function readFilters(units: Uint16Array, start: number, end: number, evidence: Evidence): void {
  for (let i = start; i < end; i++) {
    const unit = units[i] ?? 0;
    if (unit === 0x28) {
      const previous = before(units, start, i);
      const next = units[i + 1] ?? 0;
      if (i + 1 < end && assertionAt(units, i + 1, end)) {
        evidence.add(ASSERTION, i, i + 2);
        if (previous === 0x29) evidence.add(CLOSES_AND_OPENS, i - 1, i + 1);
        if (previous === 0x26 || previous === 0x7c || previous === 0x21) evidence.add(OPERATOR_OPENS, i - 1, i + 1);
      } else if (previous === 0x29 && (next === 0x26 || next === 0x7c || next === 0x21) && i + 1 < end) {
        evidence.add(CLOSES_AND_OPENS, i - 1, i + 2);
      }
    } else if (unit === 0x2a && units[i + 1] === 0x29 && (i === start || units[i - 1] === 0x3d || i < 40)) {
      evidence.add(WILDCARD, i, i + 2);
    } else if (unit === 0x29 && units[i + 1] === 0 && i + 1 < end) {
      evidence.add(NUL_END, i, i + 2);
    } else if (unit === 0x2f && units[i + 1] === 0x2f && i + 2 < end && units[i - 1] !== 0x3a) {
      const next = units[i + 2] ?? 0;
      if (next === 0x2a || next === 0x40 || ((next | 0x20) >= 0x61 && (next | 0x20) <= 0x7a && i > start))
        evidence.add(XPATH_STEP, i, i + 3);
    } else if (unit === 0x7c && units[i + 1] === 0x2f && units[i + 2] === 0x2f) {
      evidence.add(XPATH_UNION, i, i + 3);
    } else if (unit === 0x3a && units[i + 1] === 0x3a && nodeAxis(units, i, start)) {
      evidence.add(XPATH_CALL, i, i + 2);
    }
  }
}

function before(units: Uint16Array, start: number, at: number): number {
  let i = at - 1;
  while (i >= start && units[i] === 0x20) i--;
  return i >= start ? (units[i] ?? 0) : 0;
}

/** `attribute=`, `attribute>=`, `attribute~=`, `attribute:rule:=`: letters, then an operator, within sight. */
function assertionAt(units: Uint16Array, at: number, end: number): boolean {
  let i = at;
  while (i < end && i < at + 48) {
    const unit = units[i] ?? 0;
    const letter =
      ((unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a) ||
      (unit >= 0x30 && unit <= 0x39) ||
      unit === 0x2d ||
      unit === 0x2e ||
      unit === 0x3a;
    if (!letter)
      return (
        i > at &&
        (unit === 0x3d || ((unit === 0x7e || unit === 0x3e || unit === 0x3c) && units[i + 1] === 0x3d)) &&
        units[i + 1] !== 0x3d &&
        (unit !== 0x3d || units[i + 1] !== 0x20)
      );
    i++;
  }
  return false;
}

/** `ancestor::`, `child::`, `parent::`, `self::`, … as XPath names its axes. */
function nodeAxis(units: Uint16Array, colon: number, start: number): boolean {
  let i = colon;
  while (i > start && colon - i < 20 && (((units[i - 1] ?? 0) | 0x20) >= 0x61 || units[i - 1] === 0x2d)) i--;
  let hash = HASH_START;
  for (let at = i; at < colon; at++) hash = hashUnit(hash, units[at] ?? 0);
  return AXES.find(hash) !== 0;
}

const AXES = new WordTable([
  [
    'ancestor ancestor-or-self attribute child descendant descendant-or-self following following-sibling parent preceding self',
    1,
  ],
]);
