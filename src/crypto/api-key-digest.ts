import { hash, timingSafeEqual } from 'node:crypto';
import { base62 } from './base62.ts';

/** Secrets that digests are keyed with, 32 bytes each. New keys use the current one; old ones stay readable. */
export interface Peppers {
  readonly current: number;
  readonly byVersion: Readonly<Record<number, Uint8Array>>;
}

export const DIGEST_BYTES = 32;
const PEPPER_BYTES = 32;
const BLOCK_BYTES = 64;
const TEXT_CHARACTERS_MAX = 1_024;
const TEXT_BYTES_MAX = 3 * TEXT_CHARACTERS_MAX;

interface Pads {
  /** Inner pad, then room for the text. */
  readonly inner: Buffer;
  /** Views of `inner` by the bytes of text they hold: keys have few lengths, so that no view is made per call. */
  readonly views: Buffer[];
  /** Outer pad, then room for the inner digest. */
  readonly outer: Buffer;
}

/**
 * HMAC-SHA-256 (RFC 2104) under versioned peppers. With prepared pads two one-shot hashes do the work of `createHmac` in
 * about a tenth of its time, most of which goes into the stream object it makes.
 */
export class ApiKeyDigester {
  readonly current: number;
  readonly #pads = new Map<number, Pads>();

  constructor(peppers: Peppers) {
    this.current = peppers.current;
    for (const [version, pepper] of Object.entries(peppers.byVersion)) this.#pads.set(Number(version), padsOf(pepper));
    if (!this.#pads.has(peppers.current)) throw new TypeError('the current pepper is missing');
  }

  has(version: number): boolean {
    return this.#pads.has(version);
  }

  /** The digest of a text of at most 1,024 characters; undefined where it is longer or the pepper is not known. */
  digest(version: number, text: string): Buffer | undefined {
    const digest = Buffer.allocUnsafeSlow(DIGEST_BYTES);
    return this.digestInto(version, text, digest) ? digest : undefined;
  }

  /** Writes the digest into the first 32 bytes of `out`, without allocating a buffer; false where there is none. */
  digestInto(version: number, text: string, out: Buffer): boolean {
    const pads = this.#pads.get(version);
    if (pads === undefined || text.length > TEXT_CHARACTERS_MAX) return false;
    const bytes = pads.inner.write(text, BLOCK_BYTES, 'utf8');
    let view = pads.views[bytes];
    if (view === undefined) {
      view = pads.inner.subarray(0, BLOCK_BYTES + bytes);
      pads.views[bytes] = view;
    }
    // Digests pass as Latin-1 text: a string of 32 characters costs less than a buffer made for one use (1.2 against 1.7 µs).
    pads.outer.write(hash('sha256', view, 'binary'), BLOCK_BYTES, 'latin1');
    out.write(hash('sha256', pads.outer, 'binary'), 0, 'latin1');
    return true;
  }
}

/** Constant-time comparison of two digests. */
export function sameDigest(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** The SHA-256 of a presented key of another format, as hexadecimal text: what is imported, and what is digested for it. */
export function foreignKeyHash(key: string): string {
  return hash('sha256', key, 'hex');
}

/** The public id of a key of another format: twelve base62 characters from its SHA-256. */
export function foreignKeyId(sha256Hex: string): string {
  return base62(Buffer.from(sha256Hex, 'hex').subarray(0, 16), 12);
}

function padsOf(pepper: Uint8Array): Pads {
  if (pepper.length !== PEPPER_BYTES) throw new TypeError(`a pepper has ${PEPPER_BYTES} bytes`);
  const inner = Buffer.alloc(BLOCK_BYTES + TEXT_BYTES_MAX);
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);
  for (let i = 0; i < BLOCK_BYTES; i++) {
    const byte = pepper[i] ?? 0;
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  return { inner, views: [], outer };
}
