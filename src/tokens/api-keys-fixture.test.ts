import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { ApiKeyDigester, foreignKeyHash, foreignKeyId, type Peppers } from '../crypto/api-key-digest.ts';
import { parseApiKey } from '../crypto/api-key-format.ts';
import { type CredentialGrants, CredentialIndexWriter, CredentialReader } from '../crypto/credential-index.ts';
import { limitRuleProblem } from '../limit/limit-rule.ts';
import type { ConsumerStore, KeyStore } from '../ports.ts';
import type { ControlStore } from '../store/control-store.ts';
import type { StoreError } from '../store/store-error.ts';
import { type ApiKeyService, createApiKeyService, type KeyResult } from './api-keys.ts';

export const T0_MS = 1_790_000_000_000;
export const DAY_MS = 86_400_000;
export const HOUR_SECONDS = 3_600;
export const random = { bytes: (count: number): Uint8Array => randomBytes(count) };
export const peppers: Peppers = { current: 1, byVersion: { 1: Uint8Array.from(randomBytes(32)) } };
const digester = new ApiKeyDigester(peppers);

export interface House {
  readonly service: ApiKeyService;
  readonly store: ControlStore;
  readonly index: CredentialIndexWriter;
  /** While set, every writing of the stores fails. */
  fault: StoreError | undefined;
  nowMs: number;
  published: number;
  /** What a presented key is worth now, on a thread that reads the newest table. */
  worth(key: string, atMs?: number): string;
  grants(key: string): CredentialGrants;
}

/** A service over a store, as after a start. */
export function house(store: ControlStore): House {
  const index = new CredentialIndexWriter(random, 16);
  const reader = new CredentialReader(index.handle());
  const find = (key: string): number => {
    reader.adopt(index.handle());
    const parsed = parseApiKey(key);
    if (parsed.kind === 'ok' && reader.lookup(parsed.keyId) > 0) return reader.lookup(parsed.keyId);
    return reader.lookup(foreignKeyId(foreignKeyHash(key)));
  };
  const self: House = {
    store,
    index,
    fault: undefined,
    nowMs: T0_MS,
    published: 0,
    worth(key, atMs = self.nowMs) {
      const at = find(key);
      if (at < 0) return 'unknown';
      const digested = parseApiKey(key).kind === 'ok' ? key : foreignKeyHash(key);
      const digest = digester.digest(reader.pepperVersion(at), digested);
      assert.ok(digest !== undefined && reader.digestEquals(at, digest), 'the digest is right');
      return reader.validity(at, atMs);
    },
    grants: (key) => reader.grants(reader.grantsId(find(key))),
    service: createApiKeyService({
      store: failing(store.keys, () => self.fault),
      consumers: failing(store.consumers, () => self.fault),
      index,
      published: async () => {
        self.published++;
        index.retire(index.handle().generation);
      },
      peppers,
      clock: { nowMs: () => self.nowMs, monotonicMicros: () => 0 },
      random,
      limitProblem: limitRuleProblem,
      label: () => ({ brand: 'sp', environment: 'live' }),
    }),
  };
  return self;
}

const READS = new Set(['find', 'list', 'count', 'scan', 'findAnswer']);

/** The store, refusing to write while there is a fault. */
function failing<Store extends KeyStore | ConsumerStore>(store: Store, fault: () => StoreError | undefined): Store {
  return new Proxy(store, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function' || READS.has(String(name))) return value;
      return async (...given: unknown[]) => {
        const error = fault();
        if (error !== undefined) throw error;
        return value.apply(target, given);
      };
    },
  });
}

export function done<T>(result: KeyResult<T>): T {
  assert.ok(result.ok, JSON.stringify(result));
  return result;
}

export function refusedAs(result: KeyResult<unknown>, code: string): string {
  assert.ok(!result.ok, 'it was not refused');
  assert.equal(result.code, code, result.message);
  return result.message;
}
