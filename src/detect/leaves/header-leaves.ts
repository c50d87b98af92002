import type { HeaderFields } from '../../core/call.ts';
import { emitText } from './nested-text.ts';
import { percentDecoded } from './percent-text.ts';
import { placeOf } from './text-scan.ts';
import type { LeafWalk } from './walk.ts';

/**
 * Fields of a known grammar that is made of tokens, quoted words and their separators. They are passed over while they
 * hold nothing else; a brace, dollar, angle bracket, apostrophe, backslash or control, words in a row, a path or a comment makes a
 * value of them like any other.
 */
const STRUCTURED: ReadonlySet<string> = new Set([
  // Content negotiation (RFC 9110 §12.5), caching and conditions (RFC 9111 §5, RFC 9110 §13.1), ranges (§14).
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'pragma',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  'range',
  'date',
  // What the body is: read by the body's reader, which is strict.
  'content-type',
  'content-encoding',
  'content-length',
  'content-language',
  'content-digest',
  'digest',
  'expect',
  'te',
  'upgrade',
  'prefer',
  'priority',
  'max-forwards',
  'upgrade-insecure-requests',
  'dnt',
  'purpose',
  'save-data',
  // Fetch metadata and client hints (structured fields, RFC 9651).
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
  'sec-fetch-user',
  'sec-purpose',
  'sec-gpc',
  'sec-ch-ua',
  'sec-ch-ua-mobile',
  'sec-ch-ua-platform',
  'sec-ch-ua-arch',
  'sec-ch-ua-bitness',
  'sec-ch-ua-full-version',
  'sec-ch-ua-full-version-list',
  'sec-ch-ua-model',
  'sec-ch-ua-platform-version',
  'sec-ch-ua-wow64',
  // CORS (Fetch §3.2), tracing, WebSocket, proofs whose parsers are strict.
  'access-control-request-method',
  'access-control-request-headers',
  'traceparent',
  'tracestate',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-extensions',
  'signature',
  'signature-input',
]);

const EQUALS = 0x3d;

/** Alphanumerics and `* / . , ; : = + - _ " ? & ( ) @ ~ !` and spaces. */
const GRAMMAR: Uint8Array = grammar();

/**
 * Shows the request fields that carry values: those whose grammar is not one of tokens, cookies one by one, and
 * credentials by their parts. `host` and forwarded fields were judged where the call was framed.
 */
export function readHeaders(walk: LeafWalk, headers: HeaderFields): void {
  walk.enter('header');
  for (let i = 0; i < headers.length && !walk.stopped; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    if (name === 'cookie') {
      walk.leave();
      readCookies(walk, value);
      walk.enter('header');
    } else if (name === 'host' || (STRUCTURED.has(name) && isGrammar(name, value))) continue;
    else readField(walk, name, value);
  }
  walk.leave();
}

function readField(walk: LeafWalk, name: string, value: string): void {
  walk.enter(name);
  if (!isPlainName(name)) walk.emit('header', true, name);
  if (name === 'authorization') readCredentials(walk, value);
  else emitText(walk, 'header', value, 'json-string');
  walk.leave();
}

/** A token is shown by its claims; of Basic credentials (RFC 7617) name and password are shown. */
function readCredentials(walk: LeafWalk, value: string): void {
  const space = value.indexOf(' ');
  const scheme = space < 0 ? '' : value.slice(0, space).toLowerCase();
  const rest = value.slice(space + 1).trim();
  if (scheme === 'basic') {
    const pair = Buffer.from(rest, 'base64').toString('utf8');
    const colon = pair.indexOf(':');
    if (walk.enterDecoder('base64')) {
      walk.enter('user');
      walk.emit('header', false, colon < 0 ? pair : pair.slice(0, colon));
      walk.leave();
      walk.enter('password');
      if (colon >= 0) walk.emit('header', false, pair.slice(colon + 1));
      walk.leave();
      walk.leaveDecoder();
    }
  } else if (scheme === 'bearer' || scheme === 'dpop') emitText(walk, 'header', rest, 'json-string');
  else emitText(walk, 'header', value, 'json-string');
}

/** Names and values of cookies (RFC 6265 §5.4), values without quotes and decoded, as most servers hand them on. */
function readCookies(walk: LeafWalk, text: string): void {
  walk.enter('cookie');
  for (let from = 0; from < text.length && !walk.stopped; ) {
    let end = text.indexOf(';', from);
    if (end < 0) end = text.length;
    let start = from;
    while (text.charCodeAt(start) === 0x20) start++;
    const nameEnd = placeOf(text, EQUALS, start, end);
    if (nameEnd > start) {
      const name = text.slice(start, nameEnd);
      walk.enter(name);
      walk.emit('cookie', true, name);
      if (nameEnd < end) readCookieValue(walk, text, nameEnd + 1, end);
      walk.leave();
    } else if (nameEnd < end) readCookieValue(walk, text, nameEnd + 1, end);
    from = end + 1;
  }
  walk.leave();
}

function readCookieValue(walk: LeafWalk, text: string, from: number, end: number): void {
  if (text.charCodeAt(from) === 0x22 && text.charCodeAt(end - 1) === 0x22 && end - from >= 2) {
    from++;
    end--;
  }
  emitText(walk, 'cookie', percentDecoded(walk, text, from, end, false), 'json-string');
}

function isGrammar(name: string, value: string): boolean {
  for (let i = 0; i < value.length; i++) if (GRAMMAR[value.charCodeAt(i)] !== 1) return false;
  if (DATES.has(name)) return !/[^A-Za-z0-9 ,:]/.test(value);
  // Lists of quoted words; the text is covered by a signature, or is one.
  if (name === 'signature-input') return true;
  return isList(value, name === 'content-type');
}

const DATES: ReadonlySet<string> = new Set(['date', 'if-modified-since', 'if-unmodified-since']);

/** Tokens and quoted words, each but the first behind a separator. A boundary may have dashes that elsewhere begin a comment. */
function isList(value: string, hasBoundary: boolean): boolean {
  let quoted = false;
  let previous = COMMA;
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code === QUOTE) quoted = !quoted;
    else if (!quoted) {
      if (code === SPACE) {
        if (previous !== COMMA && previous !== SEMICOLON) return false;
        continue;
      }
      if (code === OPEN) return false;
      if (code === SLASH && !canPrecedeSlash(previous, value.charCodeAt(i + 1))) return false;
    }
    if (code === previous && (code === DOT || (code === DASH && !hasBoundary))) return false;
    previous = code;
  }
  return !quoted;
}

/** Neither the beginning of a path nor that of an address. */
function canPrecedeSlash(previous: number, next: number): boolean {
  if (previous === COMMA || previous === SEMICOLON || previous === EQUALS) return false;
  return previous !== COLON || next !== SLASH;
}

const QUOTE = 0x22;
const SPACE = 0x20;
const OPEN = 0x28;
const COMMA = 0x2c;
const DASH = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const COLON = 0x3a;
const SEMICOLON = 0x3b;

/** Letters, digits and hyphens: names of which nothing can be made. */
function isPlainName(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (!((code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x5f))
      return false;
  }
  return true;
}

function grammar(): Uint8Array {
  const table = new Uint8Array(256);
  for (let code = 0; code < 128; code++)
    if (/[A-Za-z0-9*/.,;:=+\-_"?&()@~! ]/.test(String.fromCharCode(code))) table[code] = 1;
  return table;
}
