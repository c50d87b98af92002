import { API_KEY_TAIL_CHARACTERS, KEY_ID_CHARACTERS, parseApiKey } from '../api-key-format.ts';
import { DIGIT, LOWER, runEnd } from './byte-classes.ts';
import { NOT_ONE, type SecretFormat, UNDECIDED } from './secret-format.ts';

const LABEL_CHARACTERS_MAX = 10;
const LABEL_CHARACTERS_MIN = 2;
const UNDERSCORE = 0x5f;
const ANCHOR_CHARACTERS = 3;

/** The kind of the keys of this gateway. */
export const OWN_KEY = 'own-key';

/**
 * Keys of a brand, by form and checksum: there is no innocent text that has both. A key ends where its checksum does, and
 * may stand anywhere in a word. That it has the form does not say that it was ever issued: anyone can make up one.
 */
export function ownKeyFormat(brand: string): SecretFormat {
  const prefix = `${brand}_`;
  return {
    kind: OWN_KEY,
    name: 'API key',
    severity: 'high',
    prefixes: [prefix],
    anchorAt: prefix.length - ANCHOR_CHARACTERS,
    standsAlone: false,
    measure({ bytes, end, isLast }, at) {
      const label = at + prefix.length;
      const labelEnd = runEnd(bytes, label, Math.min(end, label + LABEL_CHARACTERS_MAX + 1), LOWER | DIGIT);
      const undecided = isLast ? NOT_ONE : UNDECIDED;
      if (labelEnd === end && labelEnd - label <= LABEL_CHARACTERS_MAX) return undecided;
      if (labelEnd - label < LABEL_CHARACTERS_MIN || bytes[labelEnd] !== UNDERSCORE) return NOT_ONE;
      // Nearly everything that only begins like a key has no underscore behind its id.
      const idEnd = labelEnd + 1 + KEY_ID_CHARACTERS;
      if (idEnd < end && bytes[idEnd] !== UNDERSCORE) return NOT_ONE;
      const keyEnd = labelEnd + API_KEY_TAIL_CHARACTERS;
      if (keyEnd > end) return undecided;
      const text = bytes.toString('latin1', at, keyEnd);
      return parseApiKey(text).kind === 'ok' ? keyEnd : NOT_ONE;
    },
  };
}
