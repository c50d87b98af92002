import type { ApiKeyRecord, ApiKeyStatus, Consumer } from '../core/credential.ts';
import { ApiKeyDigester, foreignKeyId, type Peppers } from '../crypto/api-key-digest.ts';
import { issueApiKey } from '../crypto/api-key-format.ts';
import type { ApiKeyChange, Clock, ConsumerStore, KeyStore, Random } from '../ports.ts';
import {
  changeProblem,
  consumerProblem,
  type KeyUpdate,
  keyProblem,
  type LimitProblem,
  type NewKey,
} from './api-key-rules.ts';
import { IDLE_REASON } from './key-life.ts';
import { type KeyResult, refused, refusedFor } from './key-result.ts';
import { IDEMPOTENCY_KEY_PROBLEM, RotationAnswers, rotationProblem } from './key-rotation.ts';

export type { KeyUpdate, NewKey } from './api-key-rules.ts';
export type { KeyRefusal, KeyResult } from './key-result.ts';

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
  /** What is wrong with a limit of a key. */
  readonly limitProblem: LimitProblem;
  readonly label: () => { readonly brand: string; readonly environment: string };
}

/** Keys exist whose pepper is not there: their digests can be compared with nothing. The message says what to do. */
export class PepperMissing extends Error {
  override readonly name = 'PepperMissing';
  readonly versions: readonly number[];

  constructor(keysByVersion: ReadonlyMap<number, number>) {
    const versions = [...keysByVersion.keys()].sort((one, other) => one - other);
    const counts = versions.map((version) => `version ${version} (${keysByVersion.get(version)} keys)`).join(', ');
    super(
      `the store holds API keys whose peppers are missing: ${counts}. Put the file of peppers back from a backup; ` +
        'without it those keys cannot be told from forged ones and must be created anew.',
    );
    this.versions = versions;
  }
}

const GRACE_SECONDS_MAX = 30 * 86_400;
const IMPORT_KEYS_MAX = 100_000;
const REASON_CHARACTERS_MAX = 200;
const REVOKE_KEYS_MAX = 1_000_000;
const CONSUMERS_PAGE = 10_000;

export interface RotateOptions {
  readonly graceSeconds: number;
  /** With it, the same answer, key included, can be had again for some minutes. At least 20 characters that nobody guesses. */
  readonly idempotencyKey?: string;
}

export interface Rotated {
  readonly key: string;
  readonly record: ApiKeyRecord;
  readonly predecessor: ApiKeyRecord;
  /** True: nothing was done, the answer is that of an earlier rotation with the same idempotency key. */
  readonly repeated: boolean;
}

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
  rotate(keyId: string, options: RotateOptions): Promise<KeyResult<Rotated>>;
  /** Changes what a key may do and what it is confined to, seen from how it is when its turn comes; fields that are left out stay. */
  update(
    keyId: string,
    changeOf: (before: ApiKeyRecord) => KeyUpdate,
  ): Promise<KeyResult<{ readonly record: ApiKeyRecord }>>;
  /**
   * Takes a key out of use until it is enabled again. Takes effect in memory before it is stored. One that is disabled
   * already stays so, for the reason it was disabled for; only one that was idle gets the new reason, so that no sweep enables
   * it again.
   */
  disable(keyId: string, reason: string): Promise<KeyResult<{ readonly record: ApiKeyRecord }>>;
  /** `onlyIf`: only where it was disabled for this reason. */
  enable(keyId: string, onlyIf?: string): Promise<KeyResult<{ readonly record: ApiKeyRecord }>>;
  /**
   * Ends many keys at once: in memory before it resolves anything, in the store all or none. Unknown and revoked ones are
   * passed over; answers those that were ended.
   */
  revokeMany(keyIds: readonly string[], reason: string): Promise<KeyResult<{ readonly revoked: readonly string[] }>>;
  /** Whether any key has had a quota of its own since the start. */
  hasQuotas(): boolean;
  /**
   * Takes effect in memory before it is stored: a store that fails must not keep a stolen key alive. Then the answer is
   * `not_stored`, and the key is refused until the next start only, so that revoking has to be repeated.
   */
  revoke(keyId: string, reason: string): Promise<KeyResult<{ readonly record: ApiKeyRecord }>>;
  /**
   * Ends a key at a time (Unix milliseconds), or when it ends anyhow if that is sooner: repeating it prolongs nothing. Takes
   * effect in memory before it is stored, as revoking does.
   */
  endBy(keyId: string, endsAtMs: number): Promise<KeyResult<{ readonly record: ApiKeyRecord }>>;
  /** Takes over keys of another format, of which only SHA-256 hashes are known; all or none. */
  import(keys: readonly (NewKey & { readonly sha256: string })[]): Promise<KeyResult<{ readonly imported: number }>>;
  /** Registers a consumer or changes it, with all its keys. Disabling takes effect in memory even where the store fails. */
  setConsumer(consumer: Consumer): Promise<KeyResult<{ readonly consumer: Consumer }>>;
  /** Fills the index from the store, at start. Rejects with PepperMissing where a key that is not revoked lacks its pepper. */
  load(): Promise<number>;
}

export function createApiKeyService(options: ApiKeyServiceOptions): ApiKeyService {
  const { store, consumers, index, published, clock, random } = options;
  const digester = new ApiKeyDigester(options.peppers);
  const answers = new RotationAnswers(store, options.peppers, random);
  let hasQuotas = false;
  const put = (record: ApiKeyRecord, consumer: Consumer | undefined): void => {
    hasQuotas ||= record.limits.some(({ kind }) => kind === 'quota');
    index.upsert(record, consumer);
  };

  const issue = (wanted: NewKey, createdAtMs: number, familyId: string): { key: string; record: ApiKeyRecord } => {
    const { brand, environment } = options.label();
    const { key, keyId } = issueApiKey(random, brand, environment);
    return { key, record: { ...recordOf(wanted, keyId, digestOf(key), false, createdAtMs), familyId } };
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
    routes: wanted.routes ?? [],
    limits: wanted.limits ?? [],
    idleSeconds: wanted.idleSeconds ?? 0,
    enabledAtMs: 0,
    disabledReason: '',
    familyId: '',
  });
  const registered = async (name: string): Promise<Consumer> => {
    const known = await consumers.find(name);
    if (known !== undefined) return known;
    const consumer: Consumer = { name, groups: [], tier: '', disabled: false };
    await consumers.upsert(consumer);
    return consumer;
  };
  /** Changes run one after the other, so that what one has read still holds when it writes. */
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const next = last.then(change);
    last = next.catch(() => undefined);
    return next;
  };

  return {
    create: (wanted) =>
      inTurn(async () => {
        const nowMs = clock.nowMs();
        const fault = keyProblem(wanted, nowMs, options.limitProblem);
        if (fault !== undefined) return refusedFor(fault);
        const { key, record } = issue(wanted, nowMs, '');
        const consumer = await registered(wanted.consumer);
        await store.insert([record]);
        put(record, consumer);
        await published();
        return { ok: true, key, record };
      }),

    list: (filter) => store.list(filter),
    show: (keyId) => store.find(keyId),

    rotate: (keyId, { graceSeconds, idempotencyKey }) =>
      inTurn(async () => {
        if (!Number.isInteger(graceSeconds) || graceSeconds < 0 || graceSeconds > GRACE_SECONDS_MAX)
          return refused('invalid', `grace is a whole number of seconds up to ${GRACE_SECONDS_MAX} (30 days)`);
        const seal = answers.sealOf(keyId, idempotencyKey);
        if (seal === 'invalid') return refused('invalid', IDEMPOTENCY_KEY_PROBLEM);
        const nowMs = clock.nowMs();
        const old = await store.find(keyId);
        if (old === undefined) return refused('unknown', `there is no key ${keyId}`);
        const problem = rotationProblem(old, nowMs);
        if (problem !== undefined) return (await answers.repeated(seal, old, graceSeconds, nowMs)) ?? problem;
        // What was counted goes on with the successor: rotating is no way to a fresh quota.
        const { key, record } = issue(old, nowMs, old.familyId === '' ? keyId : old.familyId);
        const change = endingChange(old, record.keyId, graceSeconds, nowMs);
        const consumer = await registered(old.consumer);
        if (!(await store.rotate(keyId, change, record, answers.sealed(seal, key, graceSeconds, nowMs)))) {
          // Another process was faster; what it did is in the store.
          const now = await store.find(keyId);
          return (now && rotationProblem(now, nowMs)) ?? refused('unknown', `key ${keyId} was changed meanwhile`);
        }
        const predecessor: ApiKeyRecord = { ...old, ...change };
        // What takes away comes first. Nobody has the new key before the answer, so that nobody is left without one.
        put(predecessor, consumer);
        put(record, consumer);
        await published();
        return { ok: true, key, record, predecessor, repeated: false };
      }),

    update: (keyId, changeOf) =>
      inTurn(async () => {
        const old = await store.find(keyId);
        if (old === undefined) return refused('unknown', `there is no key ${keyId}`);
        if (old.status === 'revoked') return refused('revoked', `key ${keyId} is revoked`);
        const change = changeOf(old);
        const record: ApiKeyRecord = { ...old, ...change };
        const fault = changeProblem(old, change, clock.nowMs(), options.limitProblem);
        if (fault !== undefined) return refusedFor(fault);
        await store.update(keyId, change);
        put(record, await consumers.find(old.consumer));
        await published();
        return { ok: true, record };
      }),

    disable: (keyId, reason) =>
      inTurn(async () => {
        const old = await store.find(keyId);
        if (old === undefined) return refused('unknown', `there is no key ${keyId}`);
        if (old.status === 'revoked') return refused('revoked', `key ${keyId} is revoked`);
        const isTakenOver = old.disabledReason === IDLE_REASON && reason !== IDLE_REASON;
        if (old.status === 'disabled' && !isTakenOver) return { ok: true, record: old };
        const change: ApiKeyChange = { status: 'disabled', disabledReason: reason.slice(0, REASON_CHARACTERS_MAX) };
        const record: ApiKeyRecord = { ...old, ...change };
        put(record, await consumers.find(old.consumer));
        try {
          await store.update(keyId, change);
        } catch (error) {
          return refused('not_stored', notStored(`key ${keyId} is`, 'disable it', error));
        }
        return { ok: true, record };
      }),

    enable: (keyId, onlyIf) =>
      inTurn(async () => {
        const old = await store.find(keyId);
        if (old === undefined) return refused('unknown', `there is no key ${keyId}`);
        if (old.status === 'revoked') return refused('revoked', `key ${keyId} is revoked`);
        if (old.status === 'active' || (onlyIf !== undefined && old.disabledReason !== onlyIf))
          return { ok: true, record: old };
        const change: ApiKeyChange = { status: 'active', disabledReason: '', enabledAtMs: clock.nowMs() };
        await store.update(keyId, change);
        const record: ApiKeyRecord = { ...old, ...change };
        put(record, await consumers.find(old.consumer));
        await published();
        return { ok: true, record };
      }),

    revokeMany(keyIds, reason) {
      if (keyIds.length > REVOKE_KEYS_MAX)
        return Promise.resolve(refused('invalid', `at most ${REVOKE_KEYS_MAX} keys at a time`));
      for (const keyId of keyIds) index.revoke(keyId);
      return inTurn(async () => {
        try {
          const revoked = await store.revokeMany(keyIds, {
            status: 'revoked',
            revokedAtMs: clock.nowMs(),
            revokedReason: reason.slice(0, REASON_CHARACTERS_MAX),
          });
          for (const keyId of keyIds) index.revoke(keyId);
          return { ok: true, revoked };
        } catch (error) {
          return refused('not_stored', notStored(`${keyIds.length} keys are`, 'revoke them', error));
        }
      });
    },

    hasQuotas: () => hasQuotas,

    revoke(keyId, reason) {
      // Not in turn: it must not wait for whatever else is being changed.
      const isRefused = index.revoke(keyId);
      return inTurn(async () => {
        try {
          const old = await store.find(keyId);
          if (old === undefined) return refused('unknown', `there is no key ${keyId}`);
          if (old.status === 'revoked') return { ok: true, record: old };
          const change: ApiKeyChange = {
            status: 'revoked',
            revokedAtMs: clock.nowMs(),
            revokedReason: reason.slice(0, REASON_CHARACTERS_MAX),
          };
          await store.update(keyId, change);
          // It may have come into the index only while this waited for its turn.
          index.revoke(keyId);
          return { ok: true, record: { ...old, ...change } };
        } catch (error) {
          if (!isRefused) throw error;
          return refused('not_stored', notStored(`key ${keyId} is`, 'revoke it', error));
        }
      });
    },

    endBy: (keyId, endsAtMs) =>
      inTurn(async () => {
        const old = await store.find(keyId);
        if (old === undefined) return refused('unknown', `there is no key ${keyId}`);
        if (old.status === 'revoked' || (old.expiresAtMs !== 0 && old.expiresAtMs <= endsAtMs))
          return { ok: true, record: old };
        const record: ApiKeyRecord = { ...old, expiresAtMs: endsAtMs };
        index.upsert(record, await consumers.find(old.consumer));
        await published();
        try {
          await store.update(keyId, { expiresAtMs: endsAtMs });
        } catch {
          return refused('not_stored', `key ${keyId} ends then, but the store did not take it`);
        }
        return { ok: true, record };
      }),

    import: (keys) =>
      inTurn(async () => {
        if (keys.length > IMPORT_KEYS_MAX) return refused('invalid', `at most ${IMPORT_KEYS_MAX} keys at a time`);
        const nowMs = clock.nowMs();
        const records = new Map<string, ApiKeyRecord>();
        for (const [at, wanted] of keys.entries()) {
          const problem =
            keyProblem(wanted, nowMs, options.limitProblem)?.message ??
            (isSha256(wanted.sha256) ? undefined : 'sha256 is 64 hexadecimal digits');
          if (problem !== undefined) return refused('invalid', `key ${at + 1}: ${problem}`);
          const sha256 = wanted.sha256.toLowerCase();
          const keyId = foreignKeyId(sha256);
          if (records.has(keyId) || (await store.find(keyId)) !== undefined)
            return refused('exists', `key ${at + 1} is known already, as ${keyId}`);
          records.set(keyId, recordOf(wanted, keyId, digestOf(sha256), true, nowMs));
        }
        const owners = new Map<string, Consumer>();
        for (const { consumer } of records.values())
          if (!owners.has(consumer)) owners.set(consumer, await registered(consumer));
        await store.insert([...records.values()]);
        for (const record of records.values()) put(record, owners.get(record.consumer));
        await published();
        return { ok: true, imported: records.size };
      }),

    setConsumer: (consumer) =>
      inTurn(async () => {
        const fault = consumerProblem(consumer);
        if (fault !== undefined) return refusedFor(fault);
        if (consumer.disabled) index.updateConsumer(consumer);
        await consumers.upsert(consumer);
        index.updateConsumer(consumer);
        await published();
        return { ok: true, consumer };
      }),

    async load() {
      const known = new Map<string, Consumer>();
      for (let afterName: string | undefined; ; ) {
        const page = await consumers.list({ limit: CONSUMERS_PAGE, ...(afterName === undefined ? {} : { afterName }) });
        for (const consumer of page) if (isRemarkable(consumer)) known.set(consumer.name, consumer);
        afterName = page.at(-1)?.name;
        if (page.length < CONSUMERS_PAGE) break;
      }
      let count = 0;
      const keysWithoutPepper = new Map<number, number>();
      await store.scan((record) => {
        const { pepperVersion, status } = record;
        if (status !== 'revoked' && !digester.has(pepperVersion))
          keysWithoutPepper.set(pepperVersion, (keysWithoutPepper.get(pepperVersion) ?? 0) + 1);
        put(record, known.get(record.consumer));
        count++;
      });
      if (keysWithoutPepper.size > 0) throw new PepperMissing(keysWithoutPepper);
      await published();
      return count;
    },
  };
}

/** Consumers that are as a new one is need not be remembered while keys are loaded. */
function isRemarkable({ groups, tier, disabled }: Consumer): boolean {
  return groups.length > 0 || tier !== '' || disabled;
}

/** What becomes of a key that is rotated. */
function endingChange(old: ApiKeyRecord, successorId: string, graceSeconds: number, nowMs: number): ApiKeyChange {
  if (graceSeconds === 0)
    return { successorId, status: 'revoked', revokedAtMs: nowMs, revokedReason: 'rotated without grace' };
  const endsMs = nowMs + graceSeconds * 1000;
  return { successorId, expiresAtMs: old.expiresAtMs === 0 ? endsMs : Math.min(endsMs, old.expiresAtMs) };
}

function notStored(subject: string, again: string, error: unknown): string {
  const why = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  const valid = subject.endsWith('are') ? 'they are' : 'it is';
  return `${subject} refused from now on, but the store did not take it${why}: ${again} again, or ${valid} valid after the next start`;
}

function isSha256(text: string): boolean {
  return /^[0-9a-fA-F]{64}$/.test(text);
}
