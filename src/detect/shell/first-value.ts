import { isBlank, isDigit, isLatinLetter } from '../unit-kinds.ts';
import { HASH_START, hashUnit } from '../word-table.ts';
import { COMMANDS, PREFIXES, SCRIPT_WORDS } from './words.ts';

const VALUE_UNITS_MAX = 64;

/**
 * Whether a text begins with a value, one word that is none of a shell's, and goes on behind a separator: `report.pdf && …`, `10.0.0.1;…`,
 * `42|…`. Command lines begin with a command, sentences have more words.
 */
export function beginsWithValue(units: Uint16Array, end: number): boolean {
  const first = units[0] ?? 0;
  if (!isLatinLetter(first) && !isDigit(first) && first !== 0x27 && first !== 0x22 && first < 0x80) return false;
  const most = Math.min(end, VALUE_UNITS_MAX);
  let hash = HASH_START;
  let isPair = false;
  let i = 0;
  for (; i < most && !isBlank(units[i] ?? 0) && !separates(units, i, end); i++) {
    hash = hashUnit(hash, units[i] ?? 0);
    if (units[i] === 0x3d) isPair = true;
  }
  while (i < end && (units[i] === 0x20 || units[i] === 0x09)) i++;
  if (i === 0 || i >= end || !separates(units, i, end)) return false;
  // `a=1&b=2` is a query.
  if (isPair && units[i] === 0x26 && units[i + 1] !== 0x26) return false;
  return COMMANDS.find(hash) === 0 && PREFIXES.find(hash) === 0 && SCRIPT_WORDS.find(hash) === 0;
}

/** `;`, `|`, `&`, a backtick, a line end, and `$(`. */
function separates(units: Uint16Array, at: number, end: number): boolean {
  const unit = units[at];
  return (
    unit === 0x3b ||
    unit === 0x7c ||
    unit === 0x26 ||
    unit === 0x60 ||
    unit === 0x0a ||
    unit === 0x0d ||
    (unit === 0x24 && units[at + 1] === 0x28 && at + 1 < end)
  );
}
