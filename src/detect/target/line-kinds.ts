import { isBlank, isDigit, isLatinLetter } from '../unit-kinds.ts';
import { HASH_START, hashUnit, WordTable } from '../word-table.ts';

/** Commands of protocols that are lines of text, as their clients write them: in capitals, alone on a line or with an argument. */
const COMMANDS = new WordTable([
  [
    `helo ehlo data rset quit noop vrfy expn starttls auth turn etrn pass retr dele stor stou appe rnfr rnto cwd cdup mkd rmd pasv port eprt epsv site nlst mlsd stat
    flushall flushdb config slaveof replicaof eval evalsha script module monitor debug migrate bgsave shutdown subscribe publish set get hset lpush rpush append rename
    capability fetch logout login examine store search expunge uid idle namespace authenticate
    send subscribe unsubscribe ack nack abort article newnews xover ihave invite register options bye describe setup play teardown`,
    1,
  ],
]);
/** What a line of a log says of how grave it is. */
const LEVELS = new WordTable([
  ['trace debug info notice warn warning error err critical crit fatal severe alert emerg', 1],
]);

/** `DELE /in/a.csv`, `A1 LOGOUT`, `AT+CMGS="…"`, and `*3` or `$4` alone on a line, as Redis counts its arguments. */
export function isCommand(units: Uint16Array, at: number, end: number): boolean {
  const first = units[at] ?? 0;
  if (first === 0x2a || first === 0x24) {
    let i = at + 1;
    while (i < end && i < at + 5 && isDigit(units[i] ?? 0)) i++;
    return i > at + 1 && isLineEnd(units, i, end);
  }
  if (!isUpper(first)) return false;
  if (first === 0x41 && units[at + 1] === 0x54 && (units[at + 2] === 0x2b || units[at + 2] === 0x44)) return true;
  // A tag of IMAP: a letter or a few, then digits, then the command.
  let i = at;
  while (i < end && i < at + 4 && isUpper(units[i] ?? 0)) i++;
  const digits = i;
  while (i < end && i < digits + 5 && isDigit(units[i] ?? 0)) i++;
  const start = i > digits && units[i] === 0x20 ? i + 1 : at;
  let hash = HASH_START;
  for (i = start; i < end && isUpper(units[i] ?? 0); i++) hash = hashUnit(hash, units[i] ?? 0);
  return i - start > 2 && COMMANDS.find(hash) !== 0 && (units[i] === 0x20 || isLineEnd(units, i, end));
}

/** `2026-06-11 08:14:02`, `[11/Jun/2026:08`, `<34>Oct`, `INFO `, `[error] `: of a line. */
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
  if (LEVELS.find(hash) !== 0)
    return isBracketed ? units[i] === 0x5d : isUpper(units[i - 1] ?? 0) && (units[i] === 0x20 || units[i] === 0x3a);
  return i < end && isDate(units, at, end);
}

/** Four digits, a sign, two digits, the sign again; or two, a slash and a letter or a digit. */
function isDate(units: Uint16Array, at: number, end: number): boolean {
  let i = at;
  while (i < end && i < at + 5 && isDigit(units[i] ?? 0)) i++;
  const sign = units[i] ?? 0;
  if (sign !== 0x2d && sign !== 0x2f) return false;
  if (i - at === 4) return isDigit(units[i + 1] ?? 0) && isDigit(units[i + 2] ?? 0) && units[i + 3] === sign;
  return i - at === 2 && sign === 0x2f && units[i + 4] === 0x2f;
}

function isLineEnd(units: Uint16Array, at: number, end: number): boolean {
  return at >= end || units[at] === 0x0a || units[at] === 0x0d;
}

function isUpper(unit: number): boolean {
  return unit >= 0x41 && unit <= 0x5a;
}
