/** No control character but the tab (RFC 9110 §5.5), and nothing that is no byte. */
export function isSafeValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code >= 0x20 ? code === 0x7f || code > 0xff : code !== 0x09) return false;
  }
  return true;
}

/**
 * Whether a value begins or ends with a byte that some servers strip as white space and others keep: NEL and NBSP as
 * single bytes (Latin-1 readers) or any Unicode space as UTF-8. `User: \xa0admin` is `admin` to the former. A byte of
 * the same number inside a letter, as the last one of `à`, is none of these.
 */
export function hasStrippedEdge(value: string): boolean {
  const { length } = value;
  if (length === 0) return false;
  const first = value.charCodeAt(0);
  const last = value.charCodeAt(length - 1);
  if (first < 0x80 && last < 0x80) return false;
  if (isLatinSpace(first) || isUtf8Space(value, 0)) return true;
  if (last < 0x80) return false;
  if (isUtf8Space(value, length - 2) || isUtf8Space(value, length - 3)) return true;
  // The end of a letter has a byte outside ASCII before it.
  return isLatinSpace(last) && (length === 1 || value.charCodeAt(length - 2) < 0x80);
}

/** Whether a value begins and ends in visible ASCII; the empty one does. */
export function hasExactEdges(value: string): boolean {
  return value.length === 0 || (isVisible(value.charCodeAt(0)) && isVisible(value.charCodeAt(value.length - 1)));
}

/** Whether a value begins or ends with a space or tab, which parsers of HTTP/1 take off and HTTP/2 forbids. */
export function hasPaddedEdge(value: string): boolean {
  const { length } = value;
  return length > 0 && (isPadding(value.charCodeAt(0)) || isPadding(value.charCodeAt(length - 1)));
}

const LENGTH_DIGITS_MAX = 15;

/** One to fifteen digits: no sign, no space, no list, nothing that overflows. −1 where it is anything else. */
export function contentLength(value: string): number {
  if (value.length === 0 || value.length > LENGTH_DIGITS_MAX) return -1;
  let number = 0;
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

function isVisible(code: number): boolean {
  return code > 0x20 && code < 0x7f;
}

function isPadding(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function isLatinSpace(code: number): boolean {
  return code === 0x85 || code === 0xa0;
}

/** UTF-8 of the spaces that `trim` of common languages knows (White_Space of Unicode, and the byte order mark). */
function isUtf8Space(value: string, at: number): boolean {
  switch (value.charCodeAt(at)) {
    case 0xc2:
      return isLatinSpace(value.charCodeAt(at + 1));
    case 0xe1:
      return value.charCodeAt(at + 1) === 0x9a && value.charCodeAt(at + 2) === 0x80;
    case 0xe2: {
      const second = value.charCodeAt(at + 1);
      const third = value.charCodeAt(at + 2);
      if (second === 0x80)
        return (third >= 0x80 && third <= 0x8a) || third === 0xa8 || third === 0xa9 || third === 0xaf;
      return second === 0x81 && third === 0x9f;
    }
    case 0xe3:
      return value.charCodeAt(at + 1) === 0x80 && value.charCodeAt(at + 2) === 0x80;
    case 0xef:
      return value.charCodeAt(at + 1) === 0xbb && value.charCodeAt(at + 2) === 0xbf;
    default:
      return false;
  }
}
