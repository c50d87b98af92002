import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { ApiKeyRecord } from '../../src/core/credential.ts';
import { ApiKeyDigester, type Peppers } from '../../src/crypto/api-key-digest.ts';
import { issueApiKey } from '../../src/crypto/api-key-format.ts';

/** How many keys count as few. */
export const FEW = 1_000;

/** Where the records of a measurement come from. */
export interface KeySource {
  count(wanted: number): Promise<number>;
  /** Resolves with the milliseconds it took, the making of records excluded. */
  load(count: number, visit: (record: ApiKeyRecord) => void): Promise<number>;
}

const CHUNK = 10_000;

/** Keys that follow from their number, so that several processes know the same ones without storing a secret. */
export class KeySupply implements KeySource {
  readonly peppers: Peppers = {
    current: 1,
    byVersion: { 1: createHash('sha256').update('a pepper of no value').digest() },
  };
  readonly #digester = new ApiKeyDigester(this.peppers);

  key(n: number): { key: string; keyId: string } {
    const bytes = createHash('sha512').update(`key ${n}`).digest();
    // Sixteen bytes are asked for first, for the id, then those of the secret.
    return issueApiKey({ bytes: (count) => bytes.subarray(count, 2 * count) }, 'sp', 'live');
  }

  record(n: number): ApiKeyRecord {
    const { key, keyId } = this.key(n);
    const digest = this.#digester.digest(1, key);
    if (digest === undefined) throw new TypeError('no digest');
    return {
      keyId,
      consumer: `consumer-${n}`,
      digest,
      pepperVersion: 1,
      foreign: false,
      name: 'bench',
      scopes: [`read:${n % 40}`, 'write:orders'],
      allowedCidrs: [],
      status: 'active',
      createdAtMs: 1_790_000_000_000,
      notBeforeMs: 0,
      expiresAtMs: 0,
      successorId: '',
      revokedAtMs: 0,
      revokedReason: '',
      routes: [],
      limits: [],
      idleSeconds: 0,
      enabledAtMs: 0,
      disabledReason: '',
      familyId: '',
    };
  }

  async count(wanted: number): Promise<number> {
    return wanted;
  }

  async load(count: number, visit: (record: ApiKeyRecord) => void): Promise<number> {
    let milliseconds = 0;
    for (let first = 0; first < count; first += CHUNK) {
      const chunk = Array.from({ length: Math.min(CHUNK, count - first) }, (_, i) => this.record(first + i));
      const start = performance.now();
      for (const record of chunk) visit(record);
      milliseconds += performance.now() - start;
    }
    return milliseconds;
  }
}
