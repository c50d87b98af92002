const CHARACTERS_MAX = 200;
/** Names come from bodies, and may be what they are a name of: an address, a key. Only plain short ones are told. */
const SHOWN_NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,31}$/;

/** A pointer (RFC 6901) of these names for a record, with `*` for names that may hold anything; cut where it is too long. */
export function pointerOf(tokens: readonly (string | number)[]): string {
  let pointer = '';
  for (const token of tokens) {
    pointer += `/${typeof token === 'number' || SHOWN_NAME.test(token) ? token : '*'}`;
    if (pointer.length > CHARACTERS_MAX) return `${pointer.slice(0, CHARACTERS_MAX)}…`;
  }
  return pointer === '' ? 'the whole' : pointer;
}

/** The tokens of a pointer, or undefined where it is none. */
export function tokensOf(pointer: string): readonly string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
