import { type Evidence, structureFeature } from '../evidence.ts';
import { isUpper } from '../unit-kinds.ts';
import { HASH_START, hashUnit, WordTable } from '../word-table.ts';
import { beginsLogEntry, isCommand } from './line-kinds.ts';

const HEADER = structureFeature('line.header-field-after-break');
const KNOWN_HEADER = structureFeature('line.known-header-field-after-break');
const SPLIT = structureFeature('line.second-response-or-request');
const MAIL = structureFeature('line.mail-command-after-break');
const BLOCK = structureFeature('line.block-of-header-fields');
const ANY = structureFeature('line.break');
const RETURN = structureFeature('line.carriage-return');
const PROTOCOL = structureFeature('line.protocol-command-after-break');
const LOG_ENTRY = structureFeature('line.log-entry-after-break');

/** So many header fields at the beginning of a text are a head that is told of. */
const FIELDS_OF_A_BLOCK = 3;
const FIELDS_OF_A_WHOLE = 2;
const HEAD_UNITS_MAX = 1024;
const WORDS_BEFORE_TARGET = 3;

const FIELD = 1;
const COMMAND = 2;
/** Fields an attacker gains by: they count also in what looks like a head that is told of. */
const GAINFUL = 3;
/** The same, where a URL follows: calendars and invitations have a location, too. */
const GAINFUL_WITH_TARGET = 4;
const GAINFUL_COMMAND = 5;
const NAMES = new WordTable([
  ['set-cookie transfer-encoding', GAINFUL],
  ['location refresh', GAINFUL_WITH_TARGET],
  [
    `content-type content-length content-encoding content-disposition host x-forwarded-for x-forwarded-host x-forwarded-proto x-real-ip
    cookie authorization cache-control connection link access-control-allow-origin x-xss-protection content-security-policy referer user-agent
    remote-addr x-injected x-injection header injected expires pragma status upgrade via origin`,
    FIELD,
  ],
  ['cc to from subject reply-to mail ehlo helo data quit mime-version return-path', COMMAND],
  ['bcc rcpt', GAINFUL_COMMAND],
]);

const METHODS = new WordTable([['get head post put delete options patch trace connect propfind move copy lock', 1]]);

/** Looks at what follows line ends in a window of a text: a header field, a second message, a command of mail. */
export function readLineBreaks(
  units: Uint16Array,
  length: number,
  start: number,
  end: number,
  evidence: Evidence,
): void {
  let lines = 0;
  let fields = 0;
  let known = -1;
  let mail = -1;
  let other = -1;
  let returned = -1;
  let at = start;
  let judged = -1;
  const isLog = beginsLogEntry(units, start, end);
  for (let i = start; i < end && lines < 200; i++) {
    const unit = units[i] ?? 0;
    if (unit !== 0x0a && unit !== 0x0d) continue;
    lines++;
    evidence.add(ANY, i, i + 1);
    if (unit === 0x0d && returned < 0) returned = i;
    at = Math.max(at, i + 1);
    while (at < end && ((units[at] ?? 0) === 0x0a || (units[at] ?? 0) === 0x0d || (units[at] ?? 0) === 0x20)) at++;
    // What follows a row of line ends is looked at once, not once for each of them.
    if (at === judged) continue;
    judged = at;
    let hash = HASH_START;
    let letters = at;
    while (letters < end && letters < at + 40 && isToken(units[letters] ?? 0))
      hash = hashUnit(hash, units[letters++] ?? 0);
    if (!isLog && beginsLogEntry(units, at, end)) evidence.add(LOG_ENTRY, i, at);
    if (isCommand(units, at, end)) evidence.add(PROTOCOL, i, letters);
    if (letters === at || letters >= end) continue;
    const found = NAMES.find(hash);
    const next = units[letters] ?? 0;
    // An address at the beginning of a line is no field.
    if (next === 0x3a && !(units[letters + 1] === 0x2f && units[letters + 2] === 0x2f)) {
      fields++;
      if (found === 0) other = other < 0 ? i : other;
      else if (found === FIELD) known = known < 0 ? i : known;
      else if (found === GAINFUL_WITH_TARGET && !hasTarget(units, letters + 1, end)) other = other < 0 ? i : other;
      else if (found === COMMAND) mail = mail < 0 ? i : mail;
      else evidence.add(found === GAINFUL_COMMAND ? MAIL : KNOWN_HEADER, i, letters);
    } else if ((found === COMMAND || found === GAINFUL_COMMAND) && next === 0x20 && isUpper(units[at] ?? 0))
      evidence.add(MAIL, i, letters);
    if (next === 0x2f && isHttp(units, at, letters)) evidence.add(SPLIT, i, letters);
    if (next === 0x20 && METHODS.find(hash) !== 0 && isUpper(units[at] ?? 0) && isTarget(units, letters + 1, end))
      evidence.add(SPLIT, i, letters);
  }
  if (fields > 0 && beginsWithFields(units, length)) {
    evidence.add(BLOCK, start, end);
    return;
  }
  if (returned >= 0) evidence.add(RETURN, returned, returned + 1);
  if (mail >= 0) evidence.add(MAIL, mail, mail + 1);
  if (known >= 0) evidence.add(KNOWN_HEADER, known, known + 1);
  if (other >= 0) evidence.add(HEADER, other, other + 1);
}

/** A head as a whole, as logs and monitors send it: what is injected begins inside of a value. Two fields are one where nothing else follows. */
function beginsWithFields(units: Uint16Array, length: number): boolean {
  const end = Math.min(length, HEAD_UNITS_MAX);
  let at = 0;
  for (let field = 0; field < FIELDS_OF_A_BLOCK; field++) {
    if (field >= FIELDS_OF_A_WHOLE && at >= length) return true;
    let i = at;
    while (i < end && i < at + 40 && isToken(units[i] ?? 0)) i++;
    if (i === at || units[i] !== 0x3a || units[i + 1] !== 0x20) return false;
    while (i < end && (units[i] !== 0x0a || units[i + 1] === 0x20 || units[i + 1] === 0x09)) i++;
    at = i + 1;
  }
  return true;
}

/** Whether the value of a field holds a slash or a dotted name before the line ends or three words have passed. */
function hasTarget(units: Uint16Array, at: number, end: number): boolean {
  let words = 0;
  for (let i = at; i < end && words < WORDS_BEFORE_TARGET; i++) {
    const unit = units[i] ?? 0;
    if (unit === 0x0a || unit === 0x0d) return false;
    if (unit === 0x20 && i > at) words++;
    if (unit === 0x2f || (unit === 0x5c && units[i + 1] === 0x5c)) return true;
    if (unit === 0x2e && i + 1 < end && isToken(units[i + 1] ?? 0) && isToken(units[i - 1] ?? 0)) return true;
  }
  return false;
}

/** A path or an address: `COPY . .` begins no request. */
function isTarget(units: Uint16Array, at: number, end: number): boolean {
  if (at >= end) return false;
  return units[at] === 0x2f || ((units[at] ?? 0) | 0x20) === 0x68;
}

function isHttp(units: Uint16Array, start: number, end: number): boolean {
  return (
    end - start === 4 &&
    (units[start] ?? 0) === 0x48 &&
    (units[start + 1] ?? 0) === 0x54 &&
    (units[start + 3] ?? 0) === 0x50
  );
}

function isToken(unit: number): boolean {
  return ((unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a) || unit === 0x2d || (unit >= 0x30 && unit <= 0x39);
}
