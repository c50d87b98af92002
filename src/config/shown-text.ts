import { API_KEY_PATTERN } from '../crypto/api-key-format.ts';

/** Text from a file in quotes, shortened, and without characters that would act on a terminal. */
export function quoted(text: string): string {
  const shown = text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
  return JSON.stringify(shown).replace(UNSAFE, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}

const SHOWN_LENGTH_MAX = 80;
/** C1 controls, line separators, and marks that reorder what a reader sees. */
const UNSAFE = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Whether text is, or holds, a credential that must not stand in a file: an API key of this gateway, a PEM private key, or a URL with a password. */
export function holdsCredential(text: string): boolean {
  return API_KEY.test(text) || text.includes('PRIVATE KEY-----') || USER_INFORMATION.test(text);
}

/** A value as a diagnostic may show it: in quotes, or named by its kind where it is a credential. */
export function shownLiteral(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  return holdsCredential(value) ? 'the value (not shown)' : quoted(value);
}

/** A wrong checksum is found too: a mistyped key is still most of a key. */
const API_KEY = new RegExp(API_KEY_PATTERN);
const USER_INFORMATION = /:\/\/[^/?#\s@]{0,512}@/;
