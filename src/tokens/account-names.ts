const NAME_CHARACTERS_MAX = 64;
const TYPED_CHARACTERS_MAX = 256;
/** Begins with a letter or digit; no spaces, controls, marks of direction, and no `/`, which names made by us have. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]*$/u;

/**
 * The one form of a user name, so that two writings cannot be two accounts (after RFC 8265 §3.3, UsernameCaseMapped):
 * compatibility forms and case are folded. Undefined where it cannot be a user name. Does not tell look-alikes of different
 * scripts apart.
 */
export function normalisedUserName(typed: string): string | undefined {
  if (typed.length > TYPED_CHARACTERS_MAX) return undefined;
  const name = folded(typed.trim());
  if (name.length > NAME_CHARACTERS_MAX || !NAME.test(name)) return undefined;
  return name;
}

/** Text in which case and compatibility forms do not count. */
export function folded(text: string): string {
  let at = text;
  // Folding can open a form that composes anew; three rounds settle every text there is, and a fourth is not needed.
  for (let round = 0; round < 3; round++)
    at = at.normalize('NFKC').toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
  return at;
}

const EMAIL_CHARACTERS_MAX = 254;

/** Whether a text has the form of an address; whether anybody has it, nobody knows. */
export function isEmail(text: string): boolean {
  if (text.length > EMAIL_CHARACTERS_MAX || !isPrintable(text)) return false;
  const at = text.lastIndexOf('@');
  return at > 0 && at < text.length - 1 && !text.includes(' ') && !text.slice(0, at).includes('@');
}

const DISPLAY_CHARACTERS_MAX = 100;

/** Whether a text may stand for a person: no controls, no marks that reorder or hide text. */
export function isDisplayName(text: string): boolean {
  return text.trim() !== '' && text.length <= DISPLAY_CHARACTERS_MAX && isPrintable(text);
}

/** A name of another's making as a display name, or undefined. */
export function displayNameFrom(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const cut = text.normalize('NFC').trim().slice(0, DISPLAY_CHARACTERS_MAX).trim();
  return isDisplayName(cut) && cut.isWellFormed() ? cut : undefined;
}

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/u;

function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text) && text.isWellFormed();
}
