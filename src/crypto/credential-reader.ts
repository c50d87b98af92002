import type { ApiKeyStatus } from '../core/credential.ts';
import {
  arenaText,
  arenaView,
  CONSUMER,
  type CredentialGrants,
  type CredentialIndexHandle,
  type CredentialViews,
  DIGEST_BYTES,
  DIGEST_OFFSET,
  EXPIRES,
  findRecord,
  GRANTS,
  META_FOREIGN,
  NOT_BEFORE,
  RECORD_BYTES,
  RECORD_WORDS,
  STATE,
  STATUS_BITS,
  STATUS_CODES,
  STATUS_MASK,
  viewsOf,
} from './credential-memory.ts';
import { halfSipHash } from './half-siphash.ts';

/** Distinct grants remembered per thread; full, it begins anew. */
const GRANTS_REMEMBERED_MAX = 10_000;

/** What a key is worth at a moment. */
export type CredentialValidity = 'valid' | 'revoked' | 'disabled' | 'notYet' | 'expired';

/** One thread's view of the credential index. Look-ups take no lock and allocate nothing. */
export class CredentialReader {
  #views: CredentialViews;
  #arena: Buffer;
  readonly #hash = new Int32Array(2);
  readonly #grants = new Map<number, CredentialGrants>();

  constructor(handle: CredentialIndexHandle) {
    this.#views = viewsOf(handle);
    this.#arena = arenaView(handle.arena);
  }

  /** Reads a newer generation of the same index from now on; an older one is ignored. */
  adopt(handle: CredentialIndexHandle): void {
    if (handle.generation > this.#views.handle.generation) this.#views = viewsOf(handle);
  }

  /** Whether any key of another format was imported. */
  get hasForeignKeys(): boolean {
    return Atomics.load(this.#views.meta, META_FOREIGN) > 0;
  }

  /** Number of a key's record, or −1. It stays the key's, in later generations too. */
  lookup(keyId: string): number {
    const { handle } = this.#views;
    halfSipHash(handle.seedLo, handle.seedHi, keyId, this.#hash);
    return findRecord(this.#views, keyId, this.#hash[0] ?? 0);
  }

  /** What is not a known status counts as revoked. */
  status(index: number): ApiKeyStatus {
    const code = this.#word(index, STATE) & STATUS_MASK;
    if (code === STATUS_CODES.active) return 'active';
    return code === STATUS_CODES.disabled ? 'disabled' : 'revoked';
  }

  /**
   * Judges status and times. Read `grantsId` before and after: where it is the same, grants and validity belong together;
   * where it is not, the key was changed meanwhile and both have to be read again.
   */
  validity(index: number, nowMs: number): CredentialValidity {
    const status = this.status(index);
    if (status !== 'active') return status;
    const nowSeconds = nowMs / 1000;
    if (!(nowSeconds >= this.#seconds(index, NOT_BEFORE))) return 'notYet';
    const expires = this.#seconds(index, EXPIRES);
    return expires === 0 || nowSeconds < expires ? 'valid' : 'expired';
  }

  /** When the key ends, Unix milliseconds; 0: never. */
  expiresAtMs(index: number): number {
    return this.#seconds(index, EXPIRES) * 1000;
  }

  pepperVersion(index: number): number {
    return this.#word(index, STATE) >>> STATUS_BITS;
  }

  /** Compares in time that does not depend on where the digests differ. */
  digestEquals(index: number, digest: Uint8Array): boolean {
    const { bytes } = this.#views;
    const at = index * RECORD_BYTES + DIGEST_OFFSET;
    let difference = digest.length ^ DIGEST_BYTES;
    for (let i = 0; i < DIGEST_BYTES; i++) difference |= (bytes[at + i] ?? 0) ^ (digest[i] ?? 0);
    return difference === 0;
  }

  /** Names a state of a record's grants: equal numbers, equal grants. */
  grantsId(index: number): number {
    return this.#word(index, GRANTS);
  }

  /** The grants behind a `grantsId`; the same object as long as it is remembered. */
  grants(grantsId: number): CredentialGrants {
    const known = this.#grants.get(grantsId);
    if (known !== undefined) return known;
    const grants = frozen(JSON.parse(this.#text(grantsId)) as CredentialGrants);
    if (this.#grants.size >= GRANTS_REMEMBERED_MAX) this.#grants.clear();
    this.#grants.set(grantsId, grants);
    return grants;
  }

  consumer(index: number): string {
    return this.#text(this.#word(index, CONSUMER));
  }

  #word(index: number, word: number): number {
    return Atomics.load(this.#views.words, index * RECORD_WORDS + word);
  }

  #seconds(index: number, word: number): number {
    return this.#word(index, word) >>> 0;
  }

  #text(offset: number): string {
    // Offset 0 is no text: the record was never written, and reading on would make up what it may do.
    if (offset === 0) throw new RangeError('a credential record without text');
    if (offset + 2 > this.#arena.length || offset + 2 + this.#arena.readUInt16LE(offset) > this.#arena.length)
      this.#arena = arenaView(this.#views.handle.arena);
    return arenaText(this.#arena, offset);
  }
}

function frozen(grants: CredentialGrants): CredentialGrants {
  Object.freeze(grants.scopes);
  Object.freeze(grants.groups);
  Object.freeze(grants.allowedCidrs);
  if (grants.restriction !== undefined) {
    Object.freeze(grants.restriction.routes);
    Object.freeze(grants.restriction.limits);
  }
  return Object.freeze(grants);
}
