const OWNERS_MAX = 100;
const CHARACTERS_MAX = 256;

/** Owners as a look-up gave them, or undefined where that is nothing an owner can be. Nobody's is the empty list. */
export function ownersOf(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return ownerOf(value);
  if (value.length > OWNERS_MAX) return undefined;
  const owners: string[] = [];
  for (const one of value as readonly unknown[]) {
    const owner = ownerOf(one);
    if (owner === undefined) return undefined;
    owners.push(...owner);
  }
  return owners;
}

/** An empty owner is nobody: it must not be the owner of a caller who is nobody either. */
function ownerOf(value: unknown): readonly string[] | undefined {
  if (value === null || value === '') return NOBODY;
  if (typeof value === 'string') return value.length <= CHARACTERS_MAX ? [value] : undefined;
  const number = integerText(value);
  return number === undefined ? undefined : [number];
}

const NOBODY: readonly string[] = Object.freeze([]);

/**
 * Whom an expression compares with owners, as text; undefined where that is nobody. A whole number is its decimal digits on
 * both sides; one that a double does not hold exactly could be another's, and is nobody.
 */
export function identityText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' || value.length > CHARACTERS_MAX ? undefined : value;
  return integerText(value);
}

function integerText(value: unknown): string | undefined {
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : undefined;
}

const OBJECT_CHARACTERS_MAX = 256;

/**
 * Whether a text of a call can name an object: not empty, not long, well-formed, without control characters. Anything else
 * names none, and no look-up is asked for it.
 */
export function isObjectName(text: string): boolean {
  if (text === '' || text.length > OBJECT_CHARACTERS_MAX || !text.isWellFormed()) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return false;
  }
  return true;
}
