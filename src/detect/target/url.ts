import { type Evidence, structureFeature } from '../evidence.ts';
import { hexValue } from '../normalise/hex.ts';
import { isLatinLetter } from '../unit-kinds.ts';
import { HASH_START, hashUnit, WordTable } from '../word-table.ts';
import { type HostKind, hostKind, judgeHost } from './host.ts';

const USERINFO = structureFeature('url.user-before-host');
const ODD_SCHEME = structureFeature('url.scheme-of-another-protocol');
const FILE_SCHEME = structureFeature('url.file-scheme');
const WRAPPER = structureFeature('url.stream-wrapper');
const WHOLE_VALUE = structureFeature('url.is-the-whole-value');
const BACKSLASH_HOST = structureFeature('url.backslash-in-host');
const HOST_ALONE = structureFeature('url.inner-host-alone');
const HOST_WITH_PATH = structureFeature('url.inner-host-with-path');
const SECOND_HOST = structureFeature('url.second-host');

const HOST_UNITS_MAX = 255;
const WORDS_OF_TEXT = 3;

const WEB = 1;
const FILE = 2;
const STREAM = 3;
const OTHER = 4;
const SCHEMES = new WordTable([
  ['http https ws wss ftp ftps', WEB],
  ['file netdoc', FILE],
  [
    'php phar zip zlib compress.zlib compress.bzip2 expect glob ogg rar ssh2 ssh2.sftp ssh2.exec ssh2.tunnel ssh2.shell input data',
    STREAM,
  ],
  [
    'gopher gophers dict ldap ldaps tftp sftp jar rmi imap imaps pop3 pop3s smb smtp smtps telnet ssh svn git mongodb redis mysql netdoc rtsp rtmp url rsync irc xri nfs afp',
    OTHER,
  ],
]);
/** Looks at every URL in the text: scheme, whether its host is an inner one, in whatever notation. Does not check whether a name resolves to one. */
export function readUrls(units: Uint16Array, start: number, end: number, evidence: Evidence): void {
  // Where the text begins to readers of URLs, who leave out blanks and control characters before one.
  let first = start === 0 ? 0 : -1;
  while (first >= 0 && first < end && (units[first] ?? 0) <= 0x20) first++;
  for (let i = start; i < end; i++) {
    if (units[i] !== 0x3a && units[i] !== 0x2f) continue;
    if (units[i] === 0x2f && !(i === 0 && units[i + 1] === 0x2f)) continue;
    const schemeStart = schemeBefore(units, start, i);
    if (schemeStart === i && units[i] === 0x3a) continue;
    const scheme = units[i] === 0x2f ? WEB : SCHEMES.find(hashOf(units, schemeStart, i));
    if (scheme === 0) continue;
    let host = units[i] === 0x2f ? i : i + 1;
    const slashes = host;
    while (host < end && (units[host] === 0x2f || units[host] === 0x5c) && host - slashes < 4) host++;
    // `http:10.0.0.1` is a URL to lenient readers; `http: nothing` is prose.
    if (scheme === WEB && host === slashes && units[host] !== 0x5b && hexValue(units[host] ?? 0) < 0) continue;
    // `jar:http://a!/` and `url:file:///a` wrap another URL, which is read when its own colon is reached.
    if (scheme === OTHER && host === slashes && wrapsUrl(units, slashes, end))
      evidence.add(ODD_SCHEME, schemeStart, host);
    if (scheme !== WEB && host - slashes < 2) continue;
    if (units[i] === 0x2f && !startsHost(units[host] ?? 0)) continue;
    if (scheme === FILE) evidence.add(FILE_SCHEME, schemeStart, host);
    if (scheme === STREAM) evidence.add(WRAPPER, schemeStart, host);
    if (scheme === OTHER) evidence.add(ODD_SCHEME, schemeStart, host);
    if (schemeStart === first && !isFollowedByText(units, host, end)) evidence.add(WHOLE_VALUE, start, end);
    readHost(units, host, end, evidence);
  }
}

/** Words after it, each after a blank: a sentence that begins with a URL. What stands in its query is no sentence to whoever fetches it. */
function isFollowedByText(units: Uint16Array, at: number, end: number): boolean {
  let words = 0;
  for (let i = at; i < end && words < WORDS_OF_TEXT; i++) {
    const unit = units[i] ?? 0;
    if (words === 0 && (unit === 0x3f || unit === 0x23)) return false;
    if (unit === 0x20 && i + 1 < end && isLatinLetter(units[i + 1] ?? 0)) words++;
  }
  return words === WORDS_OF_TEXT;
}

/** `http:`, `https:`, `ftp:` or `file:` */
function wrapsUrl(units: Uint16Array, at: number, end: number): boolean {
  let i = at;
  while (i < end && i < at + 8 && isLatinLetter(units[i] ?? 0)) i++;
  if (i >= end || units[i] !== 0x3a) return false;
  const scheme = SCHEMES.find(hashOf(units, at, i));
  return scheme === WEB || scheme === FILE;
}

/**
 * Looks at the host of a URL and the port, user and password around it; where readers disagree which of two is the host, at both. Answers what
 * the first of them is.
 */
function readHost(units: Uint16Array, start: number, end: number, evidence: Evidence): HostKind {
  let at = start;
  let i = start;
  let brackets = false;
  let colon = false;
  const most = Math.min(end, start + HOST_UNITS_MAX);
  for (; i < most; i++) {
    const unit = units[i] ?? 0;
    if (unit === 0x5b) brackets = true;
    if (unit === 0x5c) evidence.add(BACKSLASH_HOST, i, i + 1);
    if (unit === 0x40) {
      if (i > at) evidence.add(USERINFO, at, i);
      at = i + 1;
    } else if (endsHost(unit)) break;
    if (unit === 0x3a && !brackets && !colon && at === start) {
      colon = true;
      // A port, or a password before an `@`: read on, but judge the name that ends here.
      judgeHost(units, at, i, evidence);
    }
  }
  const kind = judgeHost(units, at, i, evidence);
  if (i < most && isDisputed(units[i] ?? 0)) readSecondHost(units, i + 1, most, evidence);
  return kind;
}

/** `http://a.com#@10.0.0.1/`, `http://a.com#10.0.0.1/`, `http://a.com &@10.0.0.1/`: what some readers take for the host. */
function readSecondHost(units: Uint16Array, start: number, end: number, evidence: Evidence): void {
  let at = start;
  let i = start;
  for (; i < end; i++) {
    const unit = units[i] ?? 0;
    if (unit === 0x40) at = i + 1;
    else if (unit === 0x2f || unit === 0x22 || unit === 0x27 || unit === 0x3c || unit === 0x0a) break;
  }
  // After a blank goes on a sentence, unless there is an `@`.
  if (at === start && units[start - 1] === 0x20) return;
  let nameEnd = at;
  while (nameEnd < i && !endsHost(units[nameEnd] ?? 0)) nameEnd++;
  if (judgeHost(units, at, nameEnd, evidence) !== 'foreign') evidence.add(SECOND_HOST, at, nameEnd);
}

/** `/ ? # ! \\`, blanks, quotes, `< > ,` */
function endsHost(unit: number): boolean {
  return (
    unit === 0x2f ||
    unit === 0x3f ||
    unit === 0x23 ||
    unit === 0x21 ||
    unit <= 0x20 ||
    unit === 0x22 ||
    unit === 0x27 ||
    unit === 0x3c ||
    unit === 0x3e ||
    unit === 0x2c
  );
}

/** Where some readers see the end of the host and others a part of the user's name. */
function isDisputed(unit: number): boolean {
  return unit === 0x23 || unit === 0x3f || unit === 0x20;
}

/**
 * Looks at a text that may be a host without a scheme. An inner host with a path is an address to fetch; alone or with a port it is also what
 * settings and reports hold, and with the length of a prefix it names a network.
 */
export function readBareHost(units: Uint16Array, length: number, evidence: Evidence): void {
  let i = 0;
  while (i < length && !endsHost(units[i] ?? 0)) i++;
  if (i === 0) return;
  if (i < length && units[i] === 0x2f && isPrefixLength(units, i + 1, length)) return;
  if (i === length) {
    const kind = hostKind(units, 0, length);
    if (kind === 'inside') evidence.add(HOST_ALONE, 0, length);
    else readHost(units, 0, length, evidence);
  } else if (readHost(units, 0, length, evidence) !== 'foreign') evidence.add(HOST_WITH_PATH, 0, i);
}

/** One or two digits to the end of the text. */
function isPrefixLength(units: Uint16Array, at: number, length: number): boolean {
  let i = at;
  while (i < length && (units[i] ?? 0) >= 0x30 && (units[i] ?? 0) <= 0x39) i++;
  return i === length && i > at && i - at < 3;
}

function schemeBefore(units: Uint16Array, start: number, colon: number): number {
  let i = colon;
  while (i > start && colon - i < 20) {
    const unit = units[i - 1] ?? 0;
    if (!isLatinLetter(unit) && !(unit >= 0x30 && unit <= 0x39) && unit !== 0x2e && unit !== 0x2b) break;
    i--;
  }
  return i;
}

function hashOf(units: Uint16Array, start: number, end: number): number {
  let hash = HASH_START;
  for (let i = start; i < end; i++) hash = hashUnit(hash, units[i] ?? 0);
  return hash;
}

/** A letter, a digit, `[`, `%` or a character of another script. */
function startsHost(unit: number): boolean {
  return isLatinLetter(unit) || (unit >= 0x30 && unit <= 0x39) || unit === 0x5b || unit === 0x25 || unit > 0x7f;
}
