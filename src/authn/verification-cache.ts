import { hash } from 'node:crypto';

/** Entries of one generation; two are kept, so that a hit in the older one carries over and nothing is counted. */
const ENTRIES_MAX = 4_096;

/**
 * What was verified, by SHA-256 of the token exactly as it was presented. Only texts that passed the strict reader and whose
 * signature was right are put in, so that a hit is a text that is byte for byte one of those: there is no second spelling,
 * and no part of a token that the key leaves out (the mistake behind GHSA-rp9m-7r4c-75qg). One cache belongs to one
 * authenticator of one snapshot; the generation of the issuer's keys is part of what is compared.
 * Does not check time, revocation, binding or sign-in: whoever asks does, on every hit.
 */
export class VerificationCache<T> {
  #young = new Map<string, { readonly generation: number; readonly value: T }>();
  #old = new Map<string, { readonly generation: number; readonly value: T }>();

  static keyOf(token: string): string {
    return hash('sha256', token, 'base64');
  }

  get(key: string, generation: number): T | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young.generation === generation ? young.value : undefined;
    const old = this.#old.get(key);
    if (old === undefined || old.generation !== generation) return undefined;
    this.#put(key, old);
    return old.value;
  }

  set(key: string, generation: number, value: T): void {
    this.#put(key, { generation, value });
  }

  #put(key: string, entry: { readonly generation: number; readonly value: T }): void {
    if (this.#young.size >= ENTRIES_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, entry);
  }
}
