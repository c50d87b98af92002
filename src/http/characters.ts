/*
 * Character classes as byte tables: one look-up per character, no regular expression on untrusted input.
 */

const SIZE = 256;

/** RFC 9110 §5.6.2 tchar. */
export const TOKEN = table((code) => isAlphaNumeric(code) || "!#$%&'*+-.^_`|~".includes(String.fromCharCode(code)));

/** RFC 3986 §2.3 unreserved. */
export const UNRESERVED = table((code) => isAlphaNumeric(code) || '-._~'.includes(String.fromCharCode(code)));

/** What may stand in a path as it is: pchar without `%`, and `/` (RFC 3986 §3.3). */
export const PATH = table((code) => isAlphaNumeric(code) || "-._~!$&'()*+,;=:@/".includes(String.fromCharCode(code)));

/**
 * sub-delims, `:` and `@` (RFC 3986 §3.3) but `;`: the characters of a path that come bare or encoded, and that servers
 * take for the same either way.
 */
export const DELIMITER = table((code) => "!$&'()*+,=:@".includes(String.fromCharCode(code)));

/** Path characters that no rule of ours looks at twice: the fast path of canonicalisation. */
export const PLAIN_PATH = table((code) => PATH[code] === 1 && !'./;'.includes(String.fromCharCode(code)));

/** What may stand in a query besides percent-encodings; wider than RFC 3986 §3.4 because real clients are. */
export const QUERY = table((code) => code > 0x20 && code < 0x7f && code !== 0x23);

/** reg-name characters we forward in a host: letters, digits, `-`, `.`, `_`. */
export const HOST = table((code) => isAlphaNumeric(code) || '-._'.includes(String.fromCharCode(code)));

/** 0 to 15, or −1. */
export function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  return -1;
}

/** Whether every character of a text is of a class, and there is at least one. */
export function isAll(text: string, ofClass: Uint8Array): boolean {
  if (text.length === 0) return false;
  for (let i = 0; i < text.length; i++) if (ofClass[text.charCodeAt(i)] !== 1) return false;
  return true;
}

function table(contains: (code: number) => boolean): Uint8Array {
  const classes = new Uint8Array(SIZE);
  for (let code = 0; code < SIZE; code++) classes[code] = contains(code) ? 1 : 0;
  return classes;
}

function isAlphaNumeric(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}
