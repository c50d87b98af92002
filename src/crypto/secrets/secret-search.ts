import { beginsThere, NOT_ONE, SECRET_BYTES_MAX, type SecretFormat, UNDECIDED, type Window } from './secret-format.ts';

const ANCHOR_BYTES = 3;
/** Bytes before a secret that say whether it is one. */
const CONTEXT_BYTES = 24;
/** Secrets told of one text; further ones add nothing, and the text is not looked at any more. */
const HITS_MAX = 256;

/** A prefix whose anchor has a pair of bytes in it. */
interface Candidate {
  readonly format: SecretFormat;
  readonly prefix: Uint8Array;
  /** Where the pair stands in the anchor: 0 or 1. */
  readonly pairAt: number;
  /** The byte of the anchor that is not in the pair, behind it or before it. */
  readonly other: number;
}

/**
 * Formats, compiled into one table over pairs of bytes. Three bytes in a row hold exactly one pair that begins at an even
 * address: so every second byte is looked at, each once, however many formats there are, and none waits for the one before.
 */
export class SecretPatterns {
  /** By a pair of bytes as the processor reads them: number of a list of candidates, or 0. */
  readonly listOfPair = new Uint8Array(65_536);
  readonly lists: readonly (readonly Candidate[])[];
  /** So many bytes before an anchor a secret may begin. */
  readonly anchorAtMax: number;

  constructor(formats: readonly SecretFormat[]) {
    const lists: Candidate[][] = [[]];
    const add = (pair: number, candidate: Candidate): void => {
      const known = this.listOfPair[pair] ?? 0;
      if (known === 0) this.listOfPair[pair] = lists.push([candidate]) - 1;
      else lists[known]?.push(candidate);
    };
    for (const format of formats)
      for (const text of format.prefixes) {
        const prefix = Uint8Array.from(Buffer.from(text, 'latin1'));
        const [a, b, c] = prefix.subarray(format.anchorAt);
        if (a === undefined || b === undefined || c === undefined) throw new TypeError('an anchor has three bytes');
        add(pairOf(a, b), { format, prefix, pairAt: 0, other: c });
        add(pairOf(b, c), { format, prefix, pairAt: 1, other: a });
      }
    if (lists.length > 256) throw new TypeError('too many formats');
    this.lists = lists;
    this.anchorAtMax = Math.max(...formats.map(({ anchorAt }) => anchorAt));
  }
}

/** Two bytes as one number, in the order of this processor. */
function pairOf(first: number, second: number): number {
  return new Uint16Array(Uint8Array.of(first, second).buffer)[0] ?? 0;
}

/** Is told of what is found. One secret may be told of more than once. */
export interface SecretListener {
  /** `at`: how many bytes stand before it in everything that came. */
  secretFound(format: SecretFormat, text: string, at: number): void;
}

/**
 * Finds secrets in bytes that come piece by piece, also those that lie across pieces. Keeps the end of what came, as far as
 * something may still become a secret, at most SECRET_BYTES_MAX and some bytes.
 */
export class SecretSearch {
  readonly #patterns: SecretPatterns;
  readonly #listener: SecretListener;
  #tail: Buffer = EMPTY;
  /** Where in the tail the first secret may begin; what is before it is context. */
  #tailFrom = 0;
  #hitsLeft: number;
  /** Bytes before the first of the tail. */
  #before = 0;
  /** Where the first undecided candidate of the last run begins; the end where there is none. */
  #undecidedAt = 0;

  constructor(patterns: SecretPatterns, listener: SecretListener, hitsMax = HITS_MAX) {
    this.#patterns = patterns;
    this.#listener = listener;
    this.#hitsLeft = hitsMax;
  }

  add(piece: Buffer): void {
    if (this.#hitsLeft === 0) return;
    const tail = this.#tail;
    if (tail.length === 0) {
      this.#run(piece, 0, piece.length, false);
      this.#keep(piece);
      return;
    }
    const isShort = piece.length <= SECRET_BYTES_MAX + CONTEXT_BYTES;
    const seam = Buffer.concat([tail, isShort ? piece : piece.subarray(0, SECRET_BYTES_MAX + CONTEXT_BYTES)]);
    if (isShort) {
      this.#run(seam, this.#tailFrom, seam.length, false);
      this.#keep(seam);
      return;
    }
    // What begins within the first bytes of the piece has its context in the tail.
    this.#run(seam, this.#tailFrom, tail.length + CONTEXT_BYTES, false);
    this.#before += tail.length;
    this.#run(piece, CONTEXT_BYTES, piece.length, false);
    this.#keep(piece);
  }

  /** Nothing more comes: what was undecided is what it is. */
  end(): void {
    if (this.#tail.length > 0 && this.#hitsLeft > 0) this.#run(this.#tail, this.#tailFrom, this.#tail.length, true);
    this.#tail = EMPTY;
  }

  /** A text that is there whole, by itself. */
  whole(text: string): void {
    if (text.length > SCRATCH.length) this.#run(Buffer.from(text, 'latin1'), 0, text.length, true);
    else this.#run(SCRATCH.subarray(0, SCRATCH.write(text, 'latin1')), 0, text.length, true);
  }

  /** Judges what begins from `from` to before `to`. */
  #run(bytes: Buffer, from: number, to: number, isLast: boolean): void {
    const { listOfPair, anchorAtMax } = this.#patterns;
    const end = bytes.length;
    this.#undecidedAt = end;
    const first = from + ((bytes.byteOffset + from) & 1);
    const count = (Math.min(end, to + anchorAtMax + ANCHOR_BYTES - 1) - first) >> 1;
    if (count <= 0) return;
    const pairs = new Uint16Array(bytes.buffer, bytes.byteOffset + first, count);
    let window: Window | undefined;
    for (let i = 0; i < count; i++) {
      const list = listOfPair[pairs[i] ?? 0] ?? 0;
      if (list === 0) continue;
      window ??= { bytes, end, isLast };
      this.#judge(list, window, first + 2 * i, from, to);
    }
  }

  #judge(list: number, window: Window, pair: number, from: number, to: number): void {
    const { bytes } = window;
    const candidates = this.#patterns.lists[list] ?? NONE;
    for (let i = 0; i < candidates.length; i++) {
      const candidate = candidates[i];
      if (candidate === undefined) break;
      const { format, prefix, pairAt, other } = candidate;
      if (bytes[pairAt === 0 ? pair + 2 : pair - 1] !== other) continue;
      const at = pair - pairAt - format.anchorAt;
      if (at < from || at >= to) continue;
      const known = prefixBytes(window, at, prefix);
      if (known < 0 || (format.standsAlone && !beginsThere(bytes, at))) continue;
      const end = known < prefix.length ? UNDECIDED : format.measure(window, at);
      if (end === UNDECIDED) this.#undecidedAt = Math.min(this.#undecidedAt, at);
      else if (end !== NOT_ONE && this.#hitsLeft > 0) {
        this.#hitsLeft--;
        this.#listener.secretFound(format, bytes.toString('latin1', at, end), this.#before + at);
      }
    }
  }

  /** Keeps what may still become a secret, with its context. */
  #keep(bytes: Buffer): void {
    const unseen = bytes.length - this.#patterns.anchorAtMax - ANCHOR_BYTES + 1;
    const first = Math.max(0, Math.min(unseen, this.#undecidedAt));
    const from = Math.max(0, first - CONTEXT_BYTES);
    this.#before += from;
    this.#tailFrom = first - from;
    // A copy, so that a few bytes do not hold a large piece.
    this.#tail = Buffer.from(bytes.subarray(from));
  }
}

const EMPTY = Buffer.alloc(0);
/** For short texts, so that no buffer is made for each. */
const SCRATCH = Buffer.allocUnsafeSlow(4_096);
const NONE: readonly Candidate[] = [];

/** How many bytes of the prefix stand there, −1 where others do; fewer than all only where the bytes end. */
function prefixBytes({ bytes, end, isLast }: Window, at: number, prefix: Uint8Array): number {
  const length = Math.min(prefix.length, end - at);
  if (isLast && length < prefix.length) return -1;
  for (let i = 0; i < length; i++) if (bytes[at + i] !== prefix[i]) return -1;
  return length;
}
