import { createHash, hash, timingSafeEqual } from 'node:crypto';
import { base62 } from './base62.ts';

/** Secrets that digests are keyed with, 32 bytes each. New keys use the current one; old ones stay readable. */
export interface Peppers {
  readonly current: number;
  readonly byVersion: Readonly<Record<number, Uint8Array>>;
}

const BLOCK_BYTES = 64;
const TEXT_BYTES_MAX = 1_024;

interface Pads {
  /** Inner pad, then room for the text. */
  readonly inner: Buffer;
  /** Outer pad, then room for the inner digest. */
  readonly outer: Buffer;
}

/**
 * HMAC-SHA-256 (RFC 2104) under versioned peppers. With prepared pads two one-shot hashes do the work of `createHmac` in a
 * little over half the time, and without an object per call.
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

  /** The digest of a text of at most 1,024 Latin-1 characters; undefined where the pepper is not known. */
  digest(version: number, text: string): Buffer | undefined {
    const pads = this.#pads.get(version);
    if (pads === undefined || text.length > TEXT_BYTES_MAX) return undefined;
    const length = pads.inner.write(text, BLOCK_BYTES, 'latin1');
    hash('sha256', pads.inner.subarray(0, BLOCK_BYTES + length), 'buffer').copy(pads.outer, BLOCK_BYTES);
    return hash('sha256', pads.outer, 'buffer');
  }
}

/** Constant-time comparison of two digests. */
export function sameDigest(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** The SHA-256 of a presented key of another format, as hexadecimal text: what is imported, and what is digested for it. */
export function foreignKeyHash(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The public id of a key of another format: twelve base62 characters from its SHA-256. */
export function foreignKeyId(sha256Hex: string): string {
  return base62(Buffer.from(sha256Hex, 'hex').subarray(0, 16), 12);
}

function padsOf(pepper: Uint8Array): Pads {
  if (pepper.length !== 32) throw new TypeError('a pepper has 32 bytes');
  const inner = Buffer.alloc(BLOCK_BYTES + TEXT_BYTES_MAX);
  const outer = Buffer.alloc(BLOCK_BYTES + 32);
  for (let i = 0; i < BLOCK_BYTES; i++) {
    const byte = pepper[i] ?? 0;
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  return { inner, outer };
}
