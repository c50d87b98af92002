const CHARACTERS_MAX = 200;

/** A pointer (RFC 6901) of these names, cut where it is too long for a record. */
export function pointerOf(tokens: readonly (string | number)[]): string {
  let pointer = '';
  for (const token of tokens) {
    pointer += `/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`;
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
