import type { ApiKeyRecord, ApiKeyStatus, Consumer } from '../core/credential.ts';
import { ApiKeyDigester, foreignKeyId, type Peppers } from '../crypto/api-key-digest.ts';
import { issueApiKey } from '../crypto/api-key-format.ts';
import type { ApiKeyChange, Clock, ConsumerStore, KeyStore, Random } from '../ports.ts';
import { consumerProblem, keyProblem, type NewKey } from './api-key-rules.ts';

export type { NewKey } from './api-key-rules.ts';

/** The writing side of the credential index that every data-plane thread reads. */
export interface KeyIndex {
  upsert(record: ApiKeyRecord, consumer: Consumer | undefined): void;
  revoke(keyId: string): boolean;
  updateConsumer(consumer: Consumer): void;
}

export interface ApiKeyServiceOptions {
  readonly store: KeyStore;
  readonly consumers: ConsumerStore;
  readonly index: KeyIndex;
  /** Resolves when every thread reads the newest state of the index. */
  readonly published: () => Promise<void>;
  readonly peppers: Peppers;
  readonly clock: Clock;
  readonly random: Random;
  readonly label: () => { readonly brand: string; readonly environment: string };
}

export interface KeyRefusal {
  readonly ok: false;
  readonly code: 'invalid' | 'unknown' | 'already_rotated' | 'revoked' | 'exists';
  readonly message: string;
}

export type KeyResult<T> = ({ readonly ok: true } & T) | KeyRefusal;

const GRACE_SECONDS_MAX = 30 * 86_400;
const IMPORT_KEYS_MAX = 100_000;

/** The life of API keys: what is answered `ok` is stored durably and in force on every thread. */
export interface ApiKeyService {
  /** The key itself is in this answer and nowhere else. An unknown consumer is registered. */
  create(wanted: NewKey): Promise<KeyResult<{ readonly key: string; readonly record: ApiKeyRecord }>>;
  list(filter: {
    consumer?: string;
    status?: ApiKeyStatus;
    afterKeyId?: string;
    limit: number;
  }): Promise<ApiKeyRecord[]>;
  show(keyId: string): Promise<ApiKeyRecord | undefined>;
  /** A successor with the same rights and at most the same life; the old key ends after the grace, at once with 0. */
  rotate(
    keyId: string,
    options: { readonly graceSeconds: number },
  ): Promise<KeyResult<{ readonly key: string; readonly record: ApiKeyRecord; readonly predecessor: ApiKeyRecord }>>;
  revoke(keyId: string, reason: string): Promise<KeyResult<{ readonly record: ApiKeyRecord }>>;
  /** Takes over keys of another format, of which only SHA-256 hashes are known; all or none. */
  import(keys: readonly (NewKey & { readonly sha256: string })[]): Promise<KeyResult<{ readonly imported: number }>>;
  setConsumer(consumer: Consumer): Promise<KeyResult<{ readonly consumer: Consumer }>>;
  /** Fills the index from the store, at start. */
  load(): Promise<number>;
}

export function createApiKeyService(options: ApiKeyServiceOptions): ApiKeyService {
  const { store, consumers, index, published, clock, random } = options;
  const digester = new ApiKeyDigester(options.peppers);

  const issue = (wanted: NewKey, createdAtMs: number): { key: string; record: ApiKeyRecord } => {
    const { brand, environment } = options.label();
    const { key, keyId } = issueApiKey(random, brand, environment);
    return { key, record: recordOf(wanted, keyId, digestOf(key), false, createdAtMs) };
  };
  const digestOf = (text: string): Uint8Array => {
    const digest = digester.digest(digester.current, text);
    if (digest === undefined) throw new TypeError('the current pepper is missing');
    return Uint8Array.from(digest);
  };
  const recordOf = (
    wanted: NewKey,
    keyId: string,
    digest: Uint8Array,
    foreign: boolean,
    createdAtMs: number,
  ): ApiKeyRecord => ({
    keyId,
    consumer: wanted.consumer,
    digest,
    pepperVersion: digester.current,
    foreign,
    name: wanted.name ?? '',
    scopes: wanted.scopes ?? [],
    allowedCidrs: wanted.allowedCidrs ?? [],
    status: 'active',
    createdAtMs,
    notBeforeMs: wanted.notBeforeMs ?? 0,
    expiresAtMs: wanted.expiresAtMs ?? 0,
    successorId: '',
    revokedAtMs: 0,
    revokedReason: '',
  });
  const registered = async (name: string): Promise<Consumer> => {
    const known = await consumers.find(name);
    if (known !== undefined) return known;
    const consumer: Consumer = { name, groups: [], tier: '', disabled: false };
    await consumers.upsert(consumer);
    return consumer;
  };
  const put = async (record: ApiKeyRecord): Promise<void> => {
    index.upsert(record, await registered(record.consumer));
    await published();
  };

  return {
    async create(wanted) {
      const problem = keyProblem(wanted, clock.nowMs());
      if (problem !== undefined) return refused('invalid', problem);
      const { key, record } = issue(wanted, clock.nowMs());
      await registered(wanted.consumer);
      await store.insert([record]);
      await put(record);
      return { ok: true, key, record };
    },

    list: (filter) => store.list(filter),
    show: (keyId) => store.find(keyId),

    async rotate(keyId, { graceSeconds }) {
      if (!Number.isInteger(graceSeconds) || graceSeconds < 0 || graceSeconds > GRACE_SECONDS_MAX)
        return refused('invalid', `grace is a whole number of seconds up to ${GRACE_SECONDS_MAX} (30 days)`);
      const old = await store.find(keyId);
      if (old === undefined) return refused('unknown', `there is no key ${keyId}`);
      if (old.successorId !== '')
        return refused('already_rotated', `key ${keyId} was rotated already: ${old.successorId} replaces it`);
      const nowMs = clock.nowMs();
      if (old.status !== 'active' || (old.expiresAtMs !== 0 && old.expiresAtMs <= nowMs))
        return refused(
          'revoked',
          `key ${keyId} is ${old.status === 'active' ? 'expired' : old.status}: create a new one`,
        );
      const { key, record } = issue({ ...old, notBeforeMs: 0 }, nowMs);
      const endsMs = nowMs + graceSeconds * 1000;
      const change: ApiKeyChange =
        graceSeconds === 0
          ? { successorId: record.keyId, status: 'revoked', revokedAtMs: nowMs, revokedReason: 'rotated without grace' }
          : {
              successorId: record.keyId,
              expiresAtMs: old.expiresAtMs === 0 ? endsMs : Math.min(endsMs, old.expiresAtMs),
            };
      await store.rotate(keyId, change, record);
      const predecessor: ApiKeyRecord = { ...old, ...change };
      // The new one first: at no moment is there none.
      await put(record);
      await put(predecessor);
      return { ok: true, key, record, predecessor };
    },

    /**
     * Takes effect in memory before it is stored: a store that fails must not keep a stolen key alive. Then the promise
     * rejects, and the key stays refused until the next start.
     */
    async revoke(keyId, reason) {
      index.revoke(keyId);
      const old = await store.find(keyId);
      if (old === undefined) return refused('unknown', `there is no key ${keyId}`);
      if (old.status === 'revoked') return { ok: true, record: old };
      const change: ApiKeyChange = {
        status: 'revoked',
        revokedAtMs: clock.nowMs(),
        revokedReason: reason.slice(0, 200),
      };
      await store.update(keyId, change);
      return { ok: true, record: { ...old, ...change } };
    },

    async import(keys) {
      if (keys.length > IMPORT_KEYS_MAX) return refused('invalid', `at most ${IMPORT_KEYS_MAX} keys at a time`);
      const nowMs = clock.nowMs();
      const records: ApiKeyRecord[] = [];
      const seen = new Set<string>();
      for (const [at, wanted] of keys.entries()) {
        const problem =
          keyProblem(wanted, nowMs) ?? (isSha256(wanted.sha256) ? undefined : 'sha256 is 64 hexadecimal digits');
        if (problem !== undefined) return refused('invalid', `key ${at + 1}: ${problem}`);
        const sha256 = wanted.sha256.toLowerCase();
        const keyId = foreignKeyId(sha256);
        if (seen.has(keyId) || (await store.find(keyId)) !== undefined)
          return refused('exists', `key ${at + 1} is known already, as ${keyId}`);
        seen.add(keyId);
        records.push(recordOf(wanted, keyId, digestOf(sha256), true, nowMs));
      }
      for (const name of new Set(records.map(({ consumer }) => consumer))) await registered(name);
      await store.insert(records);
      for (const record of records) index.upsert(record, await consumers.find(record.consumer));
      await published();
      return { ok: true, imported: records.length };
    },

    async setConsumer(consumer) {
      const problem = consumerProblem(consumer);
      if (problem !== undefined) return refused('invalid', problem);
      await consumers.upsert(consumer);
      index.updateConsumer(consumer);
      await published();
      return { ok: true, consumer };
    },

    async load() {
      const known = new Map<string, Consumer>();
      for (let afterName: string | undefined; ; ) {
        const page = await consumers.list({ limit: 10_000, ...(afterName === undefined ? {} : { afterName }) });
        for (const consumer of page) if (isRemarkable(consumer)) known.set(consumer.name, consumer);
        afterName = page.at(-1)?.name;
        if (page.length < 10_000) break;
      }
      let count = 0;
      await store.scan((record) => {
        index.upsert(record, known.get(record.consumer));
        count++;
      });
      await published();
      return count;
    },
  };
}

/** Consumers that are as a new one is need not be remembered while keys are loaded. */
function isRemarkable({ groups, tier, disabled }: Consumer): boolean {
  return groups.length > 0 || tier !== '' || disabled;
}

function isSha256(text: string): boolean {
  return /^[0-9a-fA-F]{64}$/.test(text);
}

function refused(code: KeyRefusal['code'], message: string): KeyRefusal {
  return { ok: false, code, message };
}
