/** Tokens of a JSON pointer (RFC 6901), or undefined where the text is none. */
export function parsePointer(text: string): readonly string[] | undefined {
  if (text === '') return [];
  if (!text.startsWith('/')) return undefined;
  const tokens = text.slice(1).split('/');
  for (const token of tokens)
    for (let at = token.indexOf('~'); at >= 0; at = token.indexOf('~', at + 1))
      if (token[at + 1] !== '0' && token[at + 1] !== '1') return undefined;
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What a pointer leads to in JSON read without prototypes; undefined where there is nothing. */
export function valueAt(value: unknown, pointer: readonly string[]): unknown {
  let at = value;
  for (const token of pointer) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, token)) return undefined;
    if (Array.isArray(at) && !/^(?:0|[1-9][0-9]{0,6})$/.test(token)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[token];
  }
  return at;
}
