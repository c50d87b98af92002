/** The head of an answer, or why it is none. */
export type ParsedHead =
  | {
      readonly ok: true;
      readonly status: number;
      /** Flat list, names as they came. */
      readonly headers: string[];
      readonly framing: 'none' | 'length' | 'chunked' | 'close';
      readonly length: number;
      /** Whether the upstream lets the connection be used again. */
      readonly persistent: boolean;
    }
  | { readonly ok: false; readonly problem: string };

const FIELDS_MAX = 200;
const LENGTH_DIGITS_MAX = 15;

/**
 * Parses an answer's head, without its empty line, as strictly as a request is parsed (RFC 9112 §4, §5, §6.3): what two
 * parsers could frame differently is no answer, because the rest of the connection could not be trusted.
 */
export function parseHead(text: string, method: string): ParsedHead {
  const lineEnd = text.indexOf('\r\n');
  const line = lineEnd === -1 ? text : text.slice(0, lineEnd);
  const minor = line.charCodeAt(7) - 0x30;
  if (!line.startsWith('HTTP/1.') || (minor !== 0 && minor !== 1) || line.charCodeAt(8) !== 0x20)
    return failed('the status line is not HTTP/1');
  const status = threeDigits(line, 9);
  if (status < 100 || status > 599 || (line.length > 12 && line.charCodeAt(12) !== 0x20))
    return failed('the status is not a status code');
  if (!isText(line, 12)) return failed('the reason holds a control character');

  const headers: string[] = [];
  let length = -1;
  let chunked = false;
  let persistent = minor === 1;
  for (let start = lineEnd + 2; lineEnd !== -1 && start < text.length; ) {
    const found = text.indexOf('\r\n', start);
    const end = found === -1 ? text.length : found;
    const colon = text.indexOf(':', start);
    if (colon <= start || colon > end) return failed('a line is not a field');
    for (let i = start; i < colon; i++)
      if (!isNameCharacter(text.charCodeAt(i))) return failed('a field name is not a token');
    let from = colon + 1;
    let to = end;
    while (from < to && isBlank(text.charCodeAt(from))) from++;
    while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
    const name = text.slice(start, colon);
    const value = text.slice(from, to);
    for (let i = from; i < to; i++)
      if (isControl(text.charCodeAt(i))) return failed('a field value holds a control character');
    headers.push(name, value);
    if (headers.length > 2 * FIELDS_MAX) return failed('there are too many fields');
    // Only names of these lengths decide anything here: most fields are not looked at twice.
    const size = name.length;
    if (size === 14 || size === 17 || size === 10) {
      const lower = name.toLowerCase();
      if (lower === 'content-length') {
        const declared = decimal(value);
        if (declared < 0 || length >= 0) return failed('content-length is repeated or no number');
        length = declared;
      } else if (lower === 'transfer-encoding') {
        if (chunked || value.toLowerCase() !== 'chunked') return failed('transfer-encoding is not exactly chunked');
        chunked = true;
      } else if (lower === 'connection') {
        const options = value.toLowerCase();
        if (options.includes('close')) persistent = false;
      }
    }
    start = end + 2;
  }
  if (chunked && (length >= 0 || minor === 0)) return failed('two framings are given');
  // RFC 9112 §6.3: these never have a body, whatever they declare.
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304)
    return {
      ok: true,
      status,
      headers,
      framing: 'none',
      length: 0,
      persistent: persistent && (method === 'HEAD' || !(chunked || length > 0)),
    };
  if (chunked) return { ok: true, status, headers, framing: 'chunked', length: -1, persistent };
  if (length >= 0) return { ok: true, status, headers, framing: length === 0 ? 'none' : 'length', length, persistent };
  return { ok: true, status, headers, framing: 'close', length: -1, persistent: false };
}

function failed(problem: string): ParsedHead {
  return { ok: false, problem };
}

function threeDigits(text: string, at: number): number {
  let number = 0;
  for (let i = at; i < at + 3; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return -1;
    number = number * 10 + digit;
  }
  return number;
}

function decimal(value: string): number {
  if (value.length === 0 || value.length > LENGTH_DIGITS_MAX) return -1;
  let number = 0;
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

function isText(text: string, from: number): boolean {
  for (let i = from; i < text.length; i++) if (isControl(text.charCodeAt(i))) return false;
  return true;
}

function isControl(code: number): boolean {
  return (code < 0x20 && code !== 0x09) || code === 0x7f;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** RFC 9110 §5.6.2 tchar. */
function isNameCharacter(code: number): boolean {
  if ((code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x2d) return true;
  if (code >= 0x30 && code <= 0x39) return true;
  return code > 0x20 && code < 0x7f && !'"(),/:;<=>?@[\\]{}'.includes(String.fromCharCode(code));
}
