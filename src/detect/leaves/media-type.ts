import { isAll, TOKEN } from '../../http/characters.ts';

/** A `Content-Type` (RFC 9110 §8.3.1), names in lower case. */
export interface MediaType {
  readonly type: string;
  /** In order; a name twice makes the whole malformed. */
  readonly parameters: ReadonlyMap<string, string>;
}

const NO_PARAMETERS: ReadonlyMap<string, string> = new Map();

/** Reads a media type strictly: undefined for whatever two parsers could read differently. */
export function parseMediaType(value: string): MediaType | undefined {
  const semicolon = value.indexOf(';');
  const type = (semicolon < 0 ? value : value.slice(0, semicolon)).trim().toLowerCase();
  const slash = type.indexOf('/');
  if (slash <= 0 || !isAll(type.slice(0, slash), TOKEN) || !isAll(type.slice(slash + 1), TOKEN)) return undefined;
  if (semicolon < 0) return { type, parameters: NO_PARAMETERS };
  const parameters = parseParameters(value, semicolon);
  return parameters === undefined ? undefined : { type, parameters };
}

/** `; name=value; name="value"` from a semicolon on, or undefined. Shared with `Content-Disposition`. */
export function parseParameters(value: string, from: number): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  let i = from;
  while (i < value.length) {
    i = skipSpaces(value, i);
    if (i === value.length) break;
    if (value.charCodeAt(i) !== 0x3b) return undefined;
    i = skipSpaces(value, i + 1);
    // A last semicolon with nothing behind it is common.
    if (i === value.length) break;
    const mark = value.indexOf('=', i);
    if (mark < 0) return undefined;
    const name = value.slice(i, mark).toLowerCase();
    if (!isAll(name, TOKEN) || parameters.has(name)) return undefined;
    if (value.charCodeAt(mark + 1) === 0x22) {
      const read = quotedString(value, mark + 1);
      if (read === undefined) return undefined;
      parameters.set(name, read.text);
      i = read.end;
    } else {
      let end = value.indexOf(';', mark);
      if (end < 0) end = value.length;
      const token = value.slice(mark + 1, end).trim();
      if (!isAll(token, TOKEN)) return undefined;
      parameters.set(name, token);
      i = end;
    }
  }
  return parameters;
}

function quotedString(value: string, from: number): { readonly text: string; readonly end: number } | undefined {
  let text = '';
  for (let i = from + 1; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code === 0x22) return { text, end: i + 1 };
    // Browsers write a backslash of a file name as it is; only before a quote or another it escapes.
    if (code === 0x5c && (value.charCodeAt(i + 1) === 0x22 || value.charCodeAt(i + 1) === 0x5c)) i++;
    text += value[i] ?? '';
  }
  return undefined;
}

function skipSpaces(value: string, at: number): number {
  while (value.charCodeAt(at) === 0x20 || value.charCodeAt(at) === 0x09) at++;
  return at;
}

/** How a declared charset relates to ASCII: attacks are written in it, whatever the letters beyond it are. */
export type CharsetKind = 'utf8' | 'asciiCompatible' | 'unsupported';

export function charsetKind(name: string): CharsetKind {
  const lower = name.toLowerCase();
  if (lower === 'utf-8' || lower === 'utf8' || lower === 'us-ascii' || lower === 'ascii') return 'utf8';
  if (ASCII_COMPATIBLE.has(lower) || lower.startsWith('iso-8859-') || lower.startsWith('windows-125'))
    return 'asciiCompatible';
  // UTF-7, UTF-16, UTF-32, EBCDIC, ISO-2022 and whatever else writes `<` with other octets.
  return 'unsupported';
}

/** In these an octet below 0x40 is always the ASCII character; `gbk` and `big5` hide only backslashes and letters. */
const ASCII_COMPATIBLE: ReadonlySet<string> = new Set([
  'latin1',
  'gb2312',
  'gbk',
  'gb18030',
  'big5',
  'euc-kr',
  'euc-jp',
]);
