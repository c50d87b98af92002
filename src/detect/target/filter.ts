import { type Evidence, structureFeature } from '../evidence.ts';
import { isBlank } from '../unit-kinds.ts';

const CLOSES_AND_OPENS = structureFeature('ldap.closes-and-opens');
const OPERATOR_OPENS = structureFeature('ldap.operator-before-filter');
const WILDCARD = structureFeature('ldap.wildcard-attribute');
const ASSERTION = structureFeature('ldap.assertion');
const NUL_END = structureFeature('ldap.nul-after-filter');
const ESCAPED = structureFeature('ldap.escaped-delimiters');

/** Looks for pieces of LDAP filters, which are read by their punctuation alone. */
export function readFilters(units: Uint16Array, start: number, end: number, evidence: Evidence): void {
  let escaped = 0;
  // In a filter that is whole every bracket is closed that was opened before: what breaks out of one closes more.
  let depth = 0;
  for (let i = start; i < end; i++) {
    const unit = units[i] ?? 0;
    if (unit === 0x29) depth--;
    if (unit === 0x28) {
      const previous = depth > 0 ? 0 : before(units, start, i);
      depth++;
      if (i + 1 < end && assertionAt(units, i + 1, end)) {
        evidence.add(ASSERTION, i, i + 2);
        if (previous === 0x29) evidence.add(CLOSES_AND_OPENS, i - 1, i + 1);
        if (isOperator(previous)) evidence.add(OPERATOR_OPENS, i - 1, i + 1);
      } else if (previous === 0x29) {
        let next = i + 1;
        while (next < end && isBlank(units[next] ?? 0)) next++;
        if (next < end && isOperator(units[next] ?? 0)) evidence.add(CLOSES_AND_OPENS, i - 1, next + 1);
      }
    } else if (
      unit === 0x2a &&
      units[i + 1] === 0x29 &&
      depth <= 0 &&
      (i === start || units[i - 1] === 0x3d || i < 40)
    ) {
      evidence.add(WILDCARD, i, i + 2);
    } else if (unit === 0x29 && units[i + 1] === 0 && i + 1 < end) {
      evidence.add(NUL_END, i, i + 2);
    } else if (unit === 0x5c && escapedDelimiter(units, i, end) && ++escaped > 1) {
      evidence.add(ESCAPED, i, i + 3);
    }
  }
}

/** `&`, `|`, `!` */
function isOperator(unit: number): boolean {
  return unit === 0x26 || unit === 0x7c || unit === 0x21;
}

/** `\28`, `\29` and `\2a`: what delimits a filter, for whoever undoes the escapes before the filter is built. */
function escapedDelimiter(units: Uint16Array, at: number, end: number): boolean {
  if (at + 2 >= end || units[at + 1] !== 0x32) return false;
  const second = units[at + 2] ?? 0;
  return second === 0x38 || second === 0x39 || (second | 0x20) === 0x61;
}

function before(units: Uint16Array, start: number, at: number): number {
  let i = at - 1;
  while (i >= start && isBlank(units[i] ?? 0)) i--;
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
