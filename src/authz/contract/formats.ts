import { parseAddress } from '../../http/ip-address.ts';

type Format = { readonly expected: string; holds(text: string): boolean };

/**
 * Formats of strings that are asked for (OpenAPI format registry); others say nothing here, as JSON Schema has it. Each reads
 * its text once, from left to right: none can be made to backtrack.
 */
export const TEXT_FORMATS: ReadonlyMap<string, Format> = new Map<string, Format>([
  ['date-time', { expected: 'a date and time (RFC 3339)', holds: isDateTime }],
  ['date', { expected: 'a date (RFC 3339)', holds: (text) => text.length === 10 && isDate(text) }],
  ['time', { expected: 'a time with its offset (RFC 3339)', holds: (text) => isTime(text, 0) }],
  ['email', { expected: 'an address of mail', holds: isEmail }],
  ['uuid', { expected: 'a UUID', holds: isUuid }],
  ['uri', { expected: 'a URI', holds: isUri }],
  ['url', { expected: 'a URI', holds: isUri }],
  ['uri-reference', { expected: 'a URI reference', holds: isUriReference }],
  ['hostname', { expected: 'a host name', holds: (text) => isHostname(text, 0) }],
  ['ipv4', { expected: 'an IPv4 address', holds: (text) => !text.includes(':') && parseAddress(text) !== undefined }],
  ['ipv6', { expected: 'an IPv6 address', holds: isIpv6 }],
  ['byte', { expected: 'base64', holds: isBase64 }],
  ['base64url', { expected: 'base64url', holds: isBase64Url }],
]);

const DIGIT_0 = 0x30;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;

/** A one for each octet that controls and the given characters have; beyond them there is nothing. */
function octetsOf(characters: string): Uint8Array {
  const table = new Uint8Array(128).fill(1, 0, 0x21);
  for (const octet of Buffer.from(`${characters}\x7f`)) table[octet] = 1;
  return table;
}

const NOT_IN_MAILBOX = octetsOf('(),:;<>@[]\\"');
const NOT_IN_URI = octetsOf('"<>\\^`{|}');

function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const digit = text.charCodeAt(i) - DIGIT_0;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDate(text: string): boolean {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if (
    year < 0 ||
    text.charCodeAt(4) !== HYPHEN ||
    text.charCodeAt(7) !== HYPHEN ||
    day < 1 ||
    day > (DAYS[month - 1] ?? 0)
  )
    return false;
  return month !== 2 || day < 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
}

function isDateTime(text: string): boolean {
  const separator = text[10];
  return (separator === 'T' || separator === 't') && isDate(text) && isTime(text, 11);
}

/** From `from` to the end: hh:mm:ss, a fraction, and an offset. */
function isTime(text: string, from: number): boolean {
  const hour = digits(text, from, 2);
  const minute = digits(text, from + 3, 2);
  const second = digits(text, from + 6, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return false;
  if (text.charCodeAt(from + 2) !== COLON || text.charCodeAt(from + 5) !== COLON) return false;
  let at = from + 8;
  if (text[at] === '.') {
    const begin = ++at;
    while (digits(text, at, 1) >= 0) at++;
    if (at === begin || at - begin > 12) return false;
  }
  const zone = text[at];
  if (zone === 'Z' || zone === 'z') return at + 1 === text.length;
  if ((zone !== '+' && zone !== '-') || text.length !== at + 6 || text[at + 3] !== ':') return false;
  const hours = digits(text, at + 1, 2);
  const minutes = digits(text, at + 4, 2);
  return hours >= 0 && hours <= 23 && minutes >= 0 && minutes <= 59;
}

function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@');
  if (at < 1 || at > 64 || text.length > 254) return false;
  for (let i = 0; i < at; i++) {
    const code = text.charCodeAt(i);
    if (NOT_IN_MAILBOX[code] === 1) return false;
    if (code === DOT && (i === 0 || i === at - 1 || text.charCodeAt(i + 1) === DOT)) return false;
  }
  return isHostname(text, at + 1);
}

function isUuid(text: string): boolean {
  if (text.length !== 36) return false;
  for (let i = 0; i < 36; i++) {
    const hyphen = i === 8 || i === 13 || i === 18 || i === 23;
    if (hyphen ? text.charCodeAt(i) !== HYPHEN : !isHex(text.charCodeAt(i))) return false;
  }
  return true;
}

function isHex(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

function isAlphanumeric(code: number): boolean {
  return isLetter(code) || (code >= 0x30 && code <= 0x39);
}

/** RFC 3986 §3: a scheme, and after it only characters a URI may hold. */
function isUri(text: string): boolean {
  const colon = text.indexOf(':');
  if (colon < 1 || !isLetter(text.charCodeAt(0))) return false;
  for (let i = 1; i < colon; i++) {
    const code = text.charCodeAt(i);
    if (!isAlphanumeric(code) && code !== 0x2b && code !== 0x2d && code !== 0x2e) return false;
  }
  return isUriReference(text);
}

function isUriReference(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (NOT_IN_URI[code] !== 0) return false;
    if (code === 0x25 && !(isHex(text.charCodeAt(i + 1)) && isHex(text.charCodeAt(i + 2)))) return false;
  }
  return true;
}

/** From a place to the end. */
function isHostname(text: string, from: number): boolean {
  const { length } = text;
  if (from === length || length - from > 253) return false;
  let label = 0;
  let isAfterHyphen = false;
  for (let i = from; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (label === 0 || label > 63 || isAfterHyphen) return false;
      label = 0;
      continue;
    }
    isAfterHyphen = code === HYPHEN;
    if (!isAlphanumeric(code) && !(isAfterHyphen && label > 0)) return false;
    label++;
  }
  return label > 0 && label <= 63 && !isAfterHyphen;
}

function isIpv6(text: string): boolean {
  return text.includes(':') && !text.includes('%') && parseAddress(text) !== undefined;
}

function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  let end = text.length;
  for (let padding = 0; padding < 2 && text[end - 1] === '='; padding++) end--;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    if (!isAlphanumeric(code) && code !== 0x2b && code !== 0x2f) return false;
  }
  return true;
}

function isBase64Url(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!isAlphanumeric(code) && code !== 0x2d && code !== 0x5f) return false;
  }
  return text.length % 4 !== 1;
}
