import { API_KEY_CHARACTERS_MAX, API_KEY_TAIL_CHARACTERS, KEY_ID_CHARACTERS, parseApiKey } from './api-key-format.ts';

/** Keys told of one text; further ones add nothing. */
const FOUND_MAX = 8;

/**
 * Finds keys of this gateway in bytes that come piece by piece, by their brand and checksum: there is no innocent text that
 * has both. A key that lies across two pieces is found. Keeps the end of the last piece, never a key.
 */
export class ApiKeySearch {
  readonly #needle: Buffer;
  #tail: Buffer = EMPTY;
  /** Ids of the keys found so far; undefined while there is none. */
  found: string[] | undefined;

  /** `needle`: see `keySearchNeedle`. */
  constructor(needle: Buffer) {
    this.#needle = needle;
  }

  add(piece: Buffer): void {
    if (this.#tail.length > 0)
      this.#search(Buffer.concat([this.#tail, piece.subarray(0, API_KEY_CHARACTERS_MAX)]), true);
    this.#search(piece, false);
    if (piece.length >= TAIL_BYTES) this.#tail = piece.subarray(piece.length - TAIL_BYTES);
    else {
      const joined = Buffer.concat([this.#tail, piece]);
      this.#tail = joined.subarray(Math.max(0, joined.length - TAIL_BYTES));
    }
  }

  /** `isSeam`: only what begins in the piece before is new. */
  #search(bytes: Buffer, isSeam: boolean): void {
    const end = isSeam ? this.#tail.length : bytes.length;
    for (let at = bytes.indexOf(this.#needle); at >= 0 && at < end; at = bytes.indexOf(this.#needle, at + 1)) {
      const keyId = keyAt(bytes, at);
      if (keyId === undefined) continue;
      this.found ??= [];
      if (this.found.length < FOUND_MAX && !this.found.includes(keyId)) this.found.push(keyId);
    }
  }
}

/** What every key of a brand begins with. */
export function keySearchNeedle(brand: string): Buffer {
  return Buffer.from(`${brand}_`, 'latin1');
}

/** Ids of the keys in a short text, none where there are none. */
export function keysIn(text: string, brand: string): readonly string[] {
  if (!text.includes(`${brand}_`)) return NONE;
  const search = new ApiKeySearch(keySearchNeedle(brand));
  search.add(Buffer.from(text, 'latin1'));
  return search.found ?? NONE;
}

const NONE: readonly string[] = Object.freeze([]);
const EMPTY = Buffer.alloc(0);
const TAIL_BYTES = API_KEY_CHARACTERS_MAX - 1;

/** The id of the key that begins there, if one does. It ends where its checksum does, whatever follows. */
function keyAt(bytes: Buffer, at: number): string | undefined {
  const brandEnd = bytes.indexOf(UNDERSCORE, at);
  const labelsEnd = bytes.indexOf(UNDERSCORE, brandEnd + 1);
  if (labelsEnd < 0 || labelsEnd - at > API_KEY_CHARACTERS_MAX) return undefined;
  const end = labelsEnd + API_KEY_TAIL_CHARACTERS;
  // Nearly everything that only begins like a key has no underscore behind its id.
  if (end > bytes.length || bytes[labelsEnd + 1 + KEY_ID_CHARACTERS] !== UNDERSCORE) return undefined;
  const parsed = parseApiKey(bytes.toString('latin1', at, end));
  return parsed.kind === 'ok' ? parsed.keyId : undefined;
}

const UNDERSCORE = 0x5f;
