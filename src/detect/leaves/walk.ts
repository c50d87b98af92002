import type { Leaf, LeafLocation } from '../leaf.ts';
import { Unpacking } from './unpacking.ts';

/**
 * Is shown every leaf of a call. The leaf is one object that is written anew for the next one: whoever keeps something of
 * it copies what it keeps.
 */
export interface LeafVisitor {
  visit(leaf: Leaf): void;
}

/** Bounds of what is shown of one call. */
export interface LeafLimits {
  readonly leavesMax: number;
  /** Objects, arrays, elements and texts within one another. */
  readonly depthMax: number;
  /** Code units of all leaves together. */
  readonly charactersMax: number;
  /** True: what is beyond a limit is left out and the reading goes on to the tail; false: the reading ends there. */
  readonly samples: boolean;
  /** True: numbers and truth values of JSON are shown too, in which no attack has room. */
  readonly scalars?: boolean;
}

export const DEFAULT_LEAF_LIMITS: LeafLimits = Object.freeze({
  leavesMax: 2000,
  depthMax: 64,
  charactersMax: 256 * 1024,
  samples: true,
});

/** What servers could read differently; a route may refuse it. */
export type Malformation =
  | 'content_type'
  | 'charset'
  | 'encoding'
  | 'utf8'
  | 'json'
  | 'json_duplicate_key'
  | 'multipart'
  | 'xml'
  | 'form'
  | 'grpc';

/** What is odd and read all the same. */
export type Oddity =
  | 'content_type_mismatch'
  | 'percent'
  | 'utf8'
  | 'surrogate'
  | 'charset'
  | 'segments'
  | 'token_duplicate_key';

/** A bound that was met: something of the call was not shown. */
export type Limit = 'leaves' | 'depth' | 'size' | 'body_size' | 'expansion';

/** Shows a value, or what is found within it; `decoder` is what the text came out of. */
export type EmitText = (walk: LeafWalk, location: LeafLocation, text: string, decoder: string) => void;

const NOT_DECODED: readonly string[] = Object.freeze([]);

/** Decoders within one another, for instance a token in JSON in a cookie. */
const NESTING_MAX = 6;
/** Parts of the bounds are kept for the end of the body, so that padding in front cannot hide what follows. */
const LEAVES_TAIL_SHARE = 4;
const CHARACTERS_TAIL_SHARE = 8;
/** What counts as the end. */
export const TAIL_CHARACTERS = 4 * 1024;
const PATH_CHARACTERS_MAX = 256;
const SEGMENT_CHARACTERS_MAX = 64;

/**
 * One reading of a call: the leaf that is shown, where it stands, and what is left of the bounds. Used again for the next
 * call, so that reading allocates nothing but texts. Not reentrant: a visitor must not start another reading with it.
 */
export class LeafWalk implements Leaf {
  location: LeafLocation = 'query';
  isKey = false;
  text = '';
  decoded: readonly string[] = NOT_DECODED;

  leaves = 0;
  characters = 0;
  /** True near the end of the body, where what was kept for the tail may be used. */
  inTail = false;
  /** True: a bound was met and nothing more is to be read. */
  stopped = false;
  /** In order of appearance, each once. */
  readonly malformations: Malformation[] = [];
  readonly oddities: Oddity[] = [];
  readonly limitsMet: Limit[] = [];

  /** Uploaded files that are no text, of which nothing was shown. */
  unreadFiles = 0;

  readonly unpacking = new Unpacking();

  readonly limits: LeafLimits;
  readonly #segments: string[] = [];
  #depth = 0;
  #nesting = 0;
  #visitor: LeafVisitor | undefined;

  constructor(limits: LeafLimits) {
    this.limits = limits;
  }

  begin(visitor: LeafVisitor): void {
    this.#visitor = visitor;
    this.leaves = 0;
    this.characters = 0;
    this.inTail = false;
    this.stopped = false;
    this.unreadFiles = 0;
    this.unpacking.reset();
    this.decoded = NOT_DECODED;
    this.#depth = 0;
    this.#nesting = 0;
    if (this.malformations.length > 0) this.malformations.length = 0;
    if (this.oddities.length > 0) this.oddities.length = 0;
    if (this.limitsMet.length > 0) this.limitsMet.length = 0;
  }

  /** Lets go of everything of the call. */
  end(): void {
    this.#visitor = undefined;
    this.text = '';
    this.#segments.length = 0;
  }

  /** Built only when asked for: most leaves are looked at and forgotten. */
  get path(): string {
    let path = this.#segments[0] ?? '';
    for (let i = 1; i < this.#depth; i++) {
      const segment = this.#segments[i] ?? '';
      path += segment === ELEMENT ? '[]' : `.${pathSegment(segment)}`;
      if (path.length > PATH_CHARACTERS_MAX) return `${path.slice(0, PATH_CHARACTERS_MAX)}…`;
    }
    return path;
  }

  /** The key the walk stands at. */
  get lastSegment(): string {
    return this.#segments[this.#depth - 1] ?? '';
  }

  get depth(): number {
    return this.#depth;
  }

  enter(segment: string): void {
    this.#segments[this.#depth++] = segment;
  }

  leave(): void {
    this.#depth--;
  }

  /** Back to a depth that was noted. */
  leaveTo(depth: number): void {
    this.#depth = depth;
  }

  /** Whether one more decoder may be applied; `leaveDecoder` ends it. */
  enterDecoder(name: string): boolean {
    if (this.#nesting >= NESTING_MAX) {
      this.limit('depth');
      return false;
    }
    this.#nesting++;
    this.decoded = [...this.decoded, name];
    return true;
  }

  leaveDecoder(): void {
    this.#nesting--;
    this.decoded = this.decoded.length === 1 ? NOT_DECODED : this.decoded.slice(0, -1);
  }

  /** Shows a leaf, or of one that is larger than what is left its head and its tail. */
  emit(location: LeafLocation, isKey: boolean, text: string): void {
    const { length } = text;
    if (length === 0 || this.stopped) return;
    const { leavesMax, charactersMax } = this.limits;
    if (this.leaves >= (this.inTail ? leavesMax : leavesMax - leavesMax / LEAVES_TAIL_SHARE)) {
      this.limit('leaves');
      return;
    }
    const left =
      (this.inTail ? charactersMax : charactersMax - charactersMax / CHARACTERS_TAIL_SHARE) - this.characters;
    if (length > left) {
      this.limit('size');
      if (this.stopped || left < 2) return;
      const half = left >> 1;
      this.#show(location, isKey, text.slice(0, half));
      this.#show(location, isKey, text.slice(-half));
      return;
    }
    this.#show(location, isKey, text);
  }

  #show(location: LeafLocation, isKey: boolean, text: string): void {
    this.leaves++;
    this.characters += text.length;
    this.location = location;
    this.isKey = isKey;
    this.text = text;
    this.#visitor?.visit(this);
  }

  limit(limit: Limit): void {
    if (!this.limitsMet.includes(limit)) this.limitsMet.push(limit);
    if (!this.limits.samples) this.stopped = true;
  }

  malformed(what: Malformation): void {
    if (!this.malformations.includes(what)) this.malformations.push(what);
  }

  odd(what: Oddity): void {
    if (!this.oddities.includes(what)) this.oddities.push(what);
  }
}

/** What is entered for an element of an array, whichever it is; a key that is empty is entered as a space. */
export const ELEMENT = '';

/**
 * A key as a segment of a path. What would read as structure is percent-encoded, so that no key can be mistaken for a
 * path of another: `{"a.b": …}` is `a%2Eb`, `{"a[]": …}` is `a%5B%5D`.
 */
export function pathSegment(key: string): string {
  let plain = key.length <= SEGMENT_CHARACTERS_MAX && !key.endsWith('[]');
  for (let i = 0; plain && i < key.length; i++) plain = !isStructural(key.charCodeAt(i));
  if (plain) return key;
  let out = '';
  for (let i = 0; i < key.length && i < SEGMENT_CHARACTERS_MAX; i++) {
    const code = key.charCodeAt(i);
    out += isStructural(code) || code === 0x5b || code === 0x5d ? encoded(key[i] ?? '') : key[i];
  }
  return key.length > SEGMENT_CHARACTERS_MAX ? `${out}…` : out;
}

/** In UTF-8, so that no two characters are written alike. */
function encoded(character: string): string {
  return [...Buffer.from(character)].map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

/**
 * Controls, space, `%`, `*`, `.`; quotes and backslash, which would end a text in a command or a configuration; what is not seen
 * or turns the direction of writing.
 */
function isStructural(code: number): boolean {
  if (code < 0x7f)
    return (
      code <= 0x20 ||
      code === 0x22 ||
      code === 0x25 ||
      code === 0x27 ||
      code === 0x2a ||
      code === 0x2e ||
      code === 0x5c ||
      code === 0x60
    );
  return code <= 0xa0 || (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202f) || isUnseen(code);
}

function isUnseen(code: number): boolean {
  return code === 0x061c || (code >= 0x2060 && code <= 0x206f) || code === 0xfeff;
}
