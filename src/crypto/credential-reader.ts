import {
  arenaText,
  type CredentialGrants,
  type CredentialIndexHandle,
  type CredentialViews,
  DIGEST,
  DIGEST_BYTES,
  EXPIRES,
  findRecord,
  GRANTS,
  META_FOREIGN,
  NOT_BEFORE,
  PEPPER,
  RECORD_WORDS,
  STATUS,
  STATUS_CODES,
  viewsOf,
} from './credential-memory.ts';
import { halfSipHash } from './half-siphash.ts';

/** Distinct grants remembered per thread; full, it begins anew. */
const GRANTS_REMEMBERED_MAX = 10_000;

export type CredentialStatus = 'active' | 'disabled' | 'revoked';

/** One thread's view of the credential index. Look-ups take no lock and allocate nothing. */
export class CredentialReader {
  #views: CredentialViews;
  readonly #hash = new Int32Array(2);
  readonly #grants = new Map<number, CredentialGrants>();

  constructor(handle: CredentialIndexHandle) {
    this.#views = viewsOf(handle);
  }

  /** Reads a newer generation from now on; an older one is ignored. */
  adopt(handle: CredentialIndexHandle): void {
    if (handle.generation > this.#views.handle.generation) this.#views = viewsOf(handle);
  }

  /** Whether any key of another format was imported. */
  get hasForeignKeys(): boolean {
    return Atomics.load(this.#views.meta, META_FOREIGN) > 0;
  }

  /** Number of a key's record, or −1. Valid until the next `adopt`. */
  lookup(keyId: string): number {
    const { handle } = this.#views;
    halfSipHash(handle.seedLo, handle.seedHi, keyId, this.#hash);
    return findRecord(this.#views, keyId, this.#hash[0] ?? 0);
  }

  /** What is not a known status counts as revoked. */
  status(index: number): CredentialStatus {
    const code = Atomics.load(this.#views.words, index * RECORD_WORDS + STATUS);
    if (code === STATUS_CODES.active) return 'active';
    return code === STATUS_CODES.disabled ? 'disabled' : 'revoked';
  }

  pepperVersion(index: number): number {
    return this.#views.words[index * RECORD_WORDS + PEPPER] ?? 0;
  }

  /** Unix seconds; 0 where there is none. */
  notBeforeSeconds(index: number): number {
    return Atomics.load(this.#views.words, index * RECORD_WORDS + NOT_BEFORE);
  }

  /** Unix seconds; 0 where there is none. */
  expiresSeconds(index: number): number {
    return Atomics.load(this.#views.words, index * RECORD_WORDS + EXPIRES);
  }

  /** Compares in time that does not depend on where the digests differ. */
  digestEquals(index: number, digest: Uint8Array): boolean {
    const { bytes } = this.#views;
    const at = (index * RECORD_WORDS + DIGEST) * 4;
    let difference = digest.length ^ DIGEST_BYTES;
    for (let i = 0; i < DIGEST_BYTES; i++) difference |= (bytes[at + i] ?? 0) ^ (digest[i] ?? 0);
    return difference === 0;
  }

  /** Names a state of a record's grants: equal numbers, equal grants. */
  grantsId(index: number): number {
    return Atomics.load(this.#views.words, index * RECORD_WORDS + GRANTS);
  }

  /** The grants behind a `grantsId`; the same object as long as it is remembered. */
  grants(grantsId: number): CredentialGrants {
    const known = this.#grants.get(grantsId);
    if (known !== undefined) return known;
    const grants = JSON.parse(arenaText(this.#views.arena, grantsId)) as CredentialGrants;
    if (this.#grants.size >= GRANTS_REMEMBERED_MAX) this.#grants.clear();
    this.#grants.set(grantsId, Object.freeze(grants));
    return grants;
  }

  consumer(index: number): string {
    return arenaText(this.#views.arena, this.#views.consumers[index] ?? 0);
  }
}
