import { isBlank, isDigit, isLatinLetter, isLineEnd, isUpper } from '../unit-kinds.ts';
import { HASH_START, hashUnit, WordTable } from '../word-table.ts';

/** Commands of protocols that are lines of text, alone on a line or with an argument. */
const NO_WORD = 1;
/** The same, of which each is a word, too: in capitals. */
const WORD = 2;
/** And of which each is a word people write in capitals: only where what follows is none. */
const COMMON_WORD = 3;
const COMMANDS = new WordTable([
  [
    `helo ehlo rset noop vrfy expn starttls etrn retr dele stor stou appe rnfr rnto cwd cdup mkd rmd pasv eprt epsv nlst mlsd flushall flushdb
    slaveof replicaof evalsha bgsave hget hset lpush rpush xover newnews newgroups`,
    NO_WORD,
  ],
  ['data quit auth capability authenticate namespace logout', WORD],
  [
    `user pass list port site eval script module config monitor debug migrate shutdown subscribe publish set get del keys append rename
    fetch login examine store search expunge send ack nack commit abort article group invite register options bye describe setup play select copy uid`,
    COMMON_WORD,
  ],
]);
/** What a line of a log says of how grave it is. */
const LEVELS = new WordTable([
  ['trace debug info notice warn warning error err critical crit fatal severe alert emerg', 1],
]);

const COMMAND_UNITS_MAX = 16;

/** `DELE /in/a.csv`, `A1 LOGOUT`, `AT+CMGS="…"`, and `*3` or `$4` alone on a line, as Redis counts its arguments. */
export function isCommand(units: Uint16Array, at: number, end: number): boolean {
  const first = units[at] ?? 0;
  if (first === 0x2a || first === 0x24) {
    let i = at + 1;
    while (i < end && i < at + 5 && isDigit(units[i] ?? 0)) i++;
    return i > at + 1 && isLineEnd(units, i, end);
  }
  if (!isLatinLetter(first)) return false;
  if (first === 0x41 && units[at + 1] === 0x54 && isModemCommand(units[at + 2] ?? 0, units[at + 3] ?? 0)) return true;
  // A tag of IMAP: a letter or a few, then digits, then the command.
  let i = at;
  while (i < end && i < at + 4 && isLatinLetter(units[i] ?? 0)) i++;
  const digits = i;
  while (i < end && i < digits + 5 && isDigit(units[i] ?? 0)) i++;
  const start = i > digits && units[i] === 0x20 ? i + 1 : at;
  let hash = HASH_START;
  let inCapitals = true;
  for (i = start; i < end && i < start + COMMAND_UNITS_MAX && isLatinLetter(units[i] ?? 0); i++) {
    hash = hashUnit(hash, units[i] ?? 0);
    if (!isUpper(units[i] ?? 0)) inCapitals = false;
  }
  const kind = COMMANDS.find(hash);
  if (kind === 0 || (kind !== NO_WORD && !inCapitals)) return false;
  if (kind === COMMON_WORD && start === at) return units[i] === 0x20 && isArgument(units[i + 1] ?? 0);
  return units[i] === 0x20 || isLineEnd(units, i, end);
}

/** Behind `AT`: `+CMGS`, `D0123`, `DT…`. */
function isModemCommand(first: number, second: number): boolean {
  return first === 0x2b ? isUpper(second) : first === 0x44 && (isDigit(second) || second === 0x54);
}

/** `"`, `/`, `<`, `*`, `:` and digits: no word of a sentence begins so. */
function isArgument(unit: number): boolean {
  return unit === 0x22 || unit === 0x2f || unit === 0x3c || unit === 0x2a || unit === 0x3a || isDigit(unit);
}

/** `2026-06-11 08:14:02`, `[11/Jun/2026:08`, `<34>Oct`, `[error] `: of a line. */
export function beginsLogEntry(units: Uint16Array, start: number, end: number): boolean {
  let at = start;
  if (units[at] === 0x3c) {
    at++;
    while (at < end && isDigit(units[at] ?? 0)) at++;
    return at > start + 1 && units[at] === 0x3e && at + 1 < end && !isBlank(units[at + 1] ?? 0);
  }
  const isBracketed = units[at] === 0x5b;
  if (isBracketed) at++;
  let hash = HASH_START;
  let i = at;
  while (i < end && i < at + 10 && isLatinLetter(units[i] ?? 0)) hash = hashUnit(hash, units[i++] ?? 0);
  if (LEVELS.find(hash) !== 0) return isBracketed && units[i] === 0x5d;
  return i < end && isDate(units, at, end);
}

/** `2026-06-11` and a time of the day behind a blank or a `T`; `11/Jun/2026:08`. */
function isDate(units: Uint16Array, at: number, end: number): boolean {
  let i = at;
  while (i < end && i < at + 5 && isDigit(units[i] ?? 0)) i++;
  const sign = units[i] ?? 0;
  if (i - at === 2) return sign === 0x2f && units[i + 4] === 0x2f && units[i + 9] === 0x3a && i + 9 < end;
  if (i - at !== 4 || (sign !== 0x2d && sign !== 0x2f) || units[i + 3] !== sign) return false;
  const between = units[i + 6] ?? 0;
  return (
    (between === 0x20 || (between | 0x20) === 0x74) &&
    isDigit(units[i + 7] ?? 0) &&
    units[i + 9] === 0x3a &&
    i + 9 < end
  );
}
