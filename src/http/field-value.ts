/** No control character but the tab (RFC 9110 §5.5), and nothing that is no byte. */
export function isSafeValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code >= 0x20 ? code === 0x7f || code > 0xff : code !== 0x09) return false;
  }
  return true;
}

/**
 * Whether a value begins with what some servers strip as white space and others keep: NEL and NBSP as single bytes
 * (Latin-1 readers), or any space of Unicode as UTF-8. `User: \xa0admin` is `admin` to the former. No word begins so;
 * ends of values are not looked at, because `à` ends in the byte of NBSP.
 */
export function hasStrippedStart(value: string): boolean {
  const first = value.charCodeAt(0);
  return first >= 0x80 && (isLatinSpace(first) || isUtf8Space(value));
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
function isUtf8Space(value: string): boolean {
  const second = value.charCodeAt(1);
  const third = value.charCodeAt(2);
  switch (value.charCodeAt(0)) {
    case 0xc2:
      return isLatinSpace(second);
    case 0xe1:
      return second === 0x9a && third === 0x80;
    case 0xe2:
      if (second === 0x81) return third === 0x9f;
      return (
        second === 0x80 && ((third >= 0x80 && third <= 0x8a) || third === 0xa8 || third === 0xa9 || third === 0xaf)
      );
    case 0xe3:
      return second === 0x80 && third === 0x80;
    case 0xef:
      return second === 0xbb && third === 0xbf;
    default:
      return false;
  }
}
