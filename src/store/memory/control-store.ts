import type { ApiKeyRecord, Consumer, RevocationKind, TokenRevocation } from '../../core/credential.ts';
import type { UsageCount } from '../../core/usage.ts';
import type {
  ApiKeyChange,
  ConsumerStore,
  KeyStore,
  ModeOverride,
  RevocationStore,
  SealedAnswer,
  SettingStore,
  UsageStore,
} from '../../ports.ts';
import type { ControlStore } from '../control-store.ts';
import { StoreError } from '../store-error.ts';
import { memoryAccountStore } from './account-store.ts';
import { memoryCallCountStore } from './call-count-store.ts';
import { memoryAlertStore, memoryDecoyStore, memoryFindingStore } from './finding-store.ts';
import { memoryOAuthClientStore, memoryOAuthRecordStore, memorySigningKeyStore } from './oauth-store.ts';
import { memoryParameterStore } from './parameter-store.ts';
import { memoryPayloadExceptionStore } from './payload-exception-store.ts';

/** The stores of the control plane without a disk: same answers as the others, gone with the process, bounded by nothing. */
export function memoryControlStore(): ControlStore {
  return {
    keys: memoryKeyStore(),
    consumers: memoryConsumerStore(),
    settings: memorySettingStore(),
    revocations: memoryRevocationStore(),
    usage: memoryUsageStore(),
    findings: memoryFindingStore(),
    parameters: memoryParameterStore(),
    payloadExceptions: memoryPayloadExceptionStore(),
    decoys: memoryDecoyStore(),
    alerts: memoryAlertStore(),
    oauthRecords: memoryOAuthRecordStore(),
    oauthClients: memoryOAuthClientStore(),
    signingKeys: memorySigningKeyStore(),
    accounts: memoryAccountStore(),
    callCounts: memoryCallCountStore(),
  };
}

function memoryKeyStore(): KeyStore {
  const held = new Map<string, ApiKeyRecord>();
  const answers = new Map<string, SealedAnswer>();
  const put = (record: ApiKeyRecord): void => {
    held.set(record.keyId, copied(record));
  };
  const update = (record: ApiKeyRecord, change: ApiKeyChange): void => put({ ...record, ...given(change) });
  return {
    async insert(keys) {
      const ids = new Set(keys.map(({ keyId }) => keyId));
      if (ids.size < keys.length || keys.some(({ keyId }) => held.has(keyId)))
        throw new StoreError('exists', 'a key of this id is there already');
      keys.forEach(put);
    },
    async find(keyId) {
      const record = held.get(keyId);
      return record && copied(record);
    },
    async list({ consumer, status, afterKeyId, limit }) {
      return [...held.values()]
        .filter((key) => (consumer ?? key.consumer) === key.consumer && (status ?? key.status) === key.status)
        .filter(({ keyId }) => afterKeyId === undefined || keyId > afterKeyId)
        .sort((one, other) => (one.keyId < other.keyId ? -1 : 1))
        .slice(0, limit)
        .map(copied);
    },
    async update(keyId, change) {
      const record = held.get(keyId);
      if (record !== undefined) update(record, change);
      return record !== undefined;
    },
    async rotate(keyId, change, successor, answer) {
      const record = held.get(keyId);
      if (record === undefined || record.status !== 'active' || record.successorId !== '') return false;
      if (held.has(successor.keyId)) throw new StoreError('exists', 'a key of this id is there already');
      update(record, change);
      put(successor);
      if (answer !== undefined) answers.set(answer.id, { ...answer, sealed: Uint8Array.from(answer.sealed) });
      return true;
    },
    async findAnswer(id, nowMs) {
      const answer = answers.get(id);
      return answer !== undefined && answer.expiresAtMs > nowMs ? answer : undefined;
    },
    async pruneAnswers(nowMs) {
      for (const { id, expiresAtMs } of answers.values()) if (expiresAtMs <= nowMs) answers.delete(id);
    },
    async revokeMany(keyIds, change) {
      const changed: string[] = [];
      for (const keyId of keyIds) {
        const record = held.get(keyId);
        if (record === undefined || record.status === 'revoked') continue;
        update(record, change);
        changed.push(keyId);
      }
      return changed;
    },
    count: async () => held.size,
    async scan(visit) {
      for (const record of held.values()) visit(copied(record));
    },
  };
}

function memoryConsumerStore(): ConsumerStore {
  const held = new Map<string, Consumer>();
  return {
    async upsert(consumer) {
      held.set(consumer.name, { ...consumer, groups: [...consumer.groups] });
    },
    find: async (name) => held.get(name),
    async list({ afterName, limit }) {
      return [...held.values()]
        .filter(({ name }) => afterName === undefined || name > afterName)
        .sort((one, other) => (one.name < other.name ? -1 : 1))
        .slice(0, limit);
    },
  };
}

function memorySettingStore(): SettingStore {
  const values = new Map<string, string>();
  const modes = new Map<string, ModeOverride>();
  const modeKey = (scope: string, target: string): string => `${scope} ${target}`;
  return {
    get: async (name) => values.get(name),
    async set(name, value) {
      values.set(name, value);
    },
    async remove(name) {
      values.delete(name);
    },
    listModes: async () => [...modes.values()].sort((one, other) => one.setAtMs - other.setAtMs),
    async setMode(override) {
      modes.set(modeKey(override.scope, override.target), { ...override });
    },
    removeMode: async (scope, target) => modes.delete(modeKey(scope, target)),
  };
}

/** A caller may reuse what it gave and change what it was given. */
function copied(record: ApiKeyRecord): ApiKeyRecord {
  return {
    ...record,
    digest: Uint8Array.from(record.digest),
    scopes: [...record.scopes],
    allowedCidrs: [...record.allowedCidrs],
    routes: [...record.routes],
    limits: record.limits.map((rule) => ({ ...rule })),
  };
}

/** A field that is there and undefined changes nothing. */
function given(change: ApiKeyChange): ApiKeyChange {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

function memoryRevocationStore(): RevocationStore {
  const held = new Map<string, TokenRevocation>();
  const place = (kind: RevocationKind, issuer: string, value: string): string => JSON.stringify([issuer, kind, value]);
  const isAfter = (one: TokenRevocation, other: Pick<TokenRevocation, 'kind' | 'issuer' | 'value'>): boolean => {
    if (one.issuer !== other.issuer) return one.issuer > other.issuer;
    return one.kind === other.kind ? one.value > other.value : one.kind > other.kind;
  };
  return {
    put: async (revocation) => {
      const at = place(revocation.kind, revocation.issuer, revocation.value);
      const before = held.get(at) ?? revocation;
      const forgotten = [before.expiresAtMs, revocation.expiresAtMs];
      held.set(at, {
        ...revocation,
        beforeSeconds: Math.max(before.beforeSeconds, revocation.beforeSeconds),
        expiresAtMs: forgotten.includes(0) ? 0 : Math.max(...forgotten),
      });
    },
    remove: async (kind, issuer, value) => held.delete(place(kind, issuer, value)),
    list: async ({ after, limit }) =>
      [...held.values()]
        .filter((one) => after === undefined || isAfter(one, after))
        .sort((one, other) => (isAfter(one, other) ? 1 : -1))
        .slice(0, limit),
    prune: async (nowMs) => {
      let pruned = 0;
      for (const [key, { expiresAtMs }] of held)
        if (expiresAtMs > 0 && expiresAtMs <= nowMs) {
          held.delete(key);
          pruned++;
        }
      return pruned;
    },
  };
}

function memoryUsageStore(): UsageStore {
  const held = new Map<string, UsageCount>();
  const place = ({ keyId, kind, value }: UsageCount): string => JSON.stringify([keyId, kind, value]);
  const lastFirst = (one: UsageCount, other: UsageCount): number =>
    other.lastMs - one.lastMs || (one.value < other.value ? -1 : 1);
  return {
    add: async (counts) => {
      for (const count of counts) {
        const known = held.get(place(count));
        held.set(
          place(count),
          known === undefined
            ? { ...count, firstMs: Math.floor(count.firstMs), lastMs: Math.floor(count.lastMs) }
            : {
                ...known,
                calls: known.calls + count.calls,
                refusals: known.refusals + count.refusals,
                firstMs: Math.min(known.firstMs, Math.floor(count.firstMs)),
                lastMs: Math.max(known.lastMs, Math.floor(count.lastMs)),
              },
        );
      }
    },
    ofKey: async (keyId) =>
      [...held.values()]
        .filter((one) => one.keyId === keyId)
        .sort((one, other) => (one.kind === other.kind ? lastFirst(one, other) : one.kind < other.kind ? -1 : 1)),
    totals: async (keyIds) => [...held.values()].filter((one) => one.kind === 'total' && keyIds.includes(one.keyId)),
    prune: async (olderThanMs, valuesPerKeyMax) => {
      let pruned = 0;
      const seen = new Map<string, number>();
      for (const one of [...held.values()].sort(lastFirst)) {
        if (one.kind === 'total') continue;
        const group = JSON.stringify([one.keyId, one.kind]);
        const before = seen.get(group) ?? 0;
        if (one.lastMs >= olderThanMs && before < valuesPerKeyMax) {
          seen.set(group, before + 1);
          continue;
        }
        held.delete(place(one));
        pruned++;
      }
      return pruned;
    },
  };
}
