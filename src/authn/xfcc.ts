/** The element the nearest proxy wrote, as far as it is used. Values are unquoted, not decoded. */
export interface XfccElement {
  cert?: string;
  hash?: string;
  chain?: string;
}

export type XfccReading =
  | { readonly kind: 'element'; readonly last: Readonly<XfccElement> }
  | { readonly kind: 'malformed'; readonly detail: string };

const ELEMENTS_MAX = 16;
const SINGLE: ReadonlySet<string> = new Set(['cert', 'hash', 'chain', 'subject']);
const KNOWN: ReadonlySet<string> = new Set([...SINGLE, 'by', 'uri', 'dns']);
/** Values that are chosen by the client's certificate, and that proxies write without quotes. */
const CLIENT_CHOSEN: ReadonlySet<string> = new Set(['uri', 'dns']);

/**
 * Reads Envoy's `x-forwarded-client-cert`: elements separated by `,`, pairs by `;`, values quoted where they hold `,`,
 * `;` or `=`, and a quote written `\"`. Anything else is refused, because a name in the client's certificate that breaks
 * out of its value would be a certificate of the client's choice: unknown or repeated keys, bare quotes, white space,
 * and several elements of which one has an unquoted name that could have ended it.
 */
export function readXfcc(value: string): XfccReading {
  let last: XfccElement = {};
  let keys = new Set<string>();
  let elements = 1;
  let hasBareName = false;
  for (let at = 0; ; ) {
    const equals = value.indexOf('=', at);
    if (equals === -1) return malformed('a pair has no value');
    const key = value.slice(at, equals).toLowerCase();
    if (!KNOWN.has(key)) return malformed('a key is not known');
    if (SINGLE.has(key) && keys.has(key)) return malformed('a key is repeated');
    keys.add(key);
    const pair = readValue(value, equals + 1);
    if (pair === undefined) return malformed('a value is not quoted as it has to be');
    if (!pair.quoted && CLIENT_CHOSEN.has(key)) hasBareName = true;
    if (key === 'cert' || key === 'hash' || key === 'chain') last[key] = pair.text;
    if (pair.end === value.length) break;
    at = pair.end + 1;
    if (value[pair.end] !== ',') continue;
    if (++elements > ELEMENTS_MAX) return malformed('there are too many elements');
    last = {};
    keys = new Set();
  }
  if (elements > 1 && hasBareName) return malformed('an unquoted name stands in a list of several elements');
  return { kind: 'element', last };
}

interface XfccValue {
  readonly text: string;
  readonly quoted: boolean;
  /** Where the `,` or `;` behind it stands, or the end. */
  readonly end: number;
}

function readValue(value: string, start: number): XfccValue | undefined {
  if (value[start] === '"') return readQuoted(value, start + 1);
  let end = start;
  for (; end < value.length; end++) {
    const character = value[end];
    if (character === ',' || character === ';') break;
    if (character === '"' || character === '=' || character === ' ' || character === '\t' || character === '\\')
      return undefined;
  }
  return end + 1 === value.length ? undefined : { text: value.slice(start, end), quoted: false, end };
}

function readQuoted(value: string, start: number): XfccValue | undefined {
  let text = '';
  for (let at = start; at < value.length; at++) {
    const character = value[at];
    if (character === '\\') {
      const next = value[at + 1];
      // Whether `\\"` ends a value that ends in a backslash or goes on with a quote, nobody can say.
      if (next === undefined || next === '\\') return undefined;
      if (next === '"') at++;
      text += next === '"' ? '"' : character;
    } else if (character === '"') {
      const end = at + 1;
      const isSeparator = value[end] === ',' || value[end] === ';';
      // A separator with nothing behind it begins a pair that is not there.
      return end === value.length || (isSeparator && end + 1 < value.length) ? { text, quoted: true, end } : undefined;
    } else text += character;
  }
  return undefined;
}

function malformed(detail: string): XfccReading {
  return { kind: 'malformed', detail };
}
