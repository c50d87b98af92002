import type { OAuthClient, OAuthRecord, SigningKey } from '../../core/issuer.ts';
import type { OAuthClientStore, OAuthRecordStore, SigningKeyStore } from '../../ports.ts';

export function memoryOAuthRecordStore(): OAuthRecordStore {
  const held = new Map<string, OAuthRecord>();
  const keyOf = ({ model, id }: Pick<OAuthRecord, 'model' | 'id'>): string => `${model} ${id}`;
  const consume = (old: Pick<OAuthRecord, 'model' | 'id' | 'consumedAtSeconds' | 'successor'>): boolean => {
    const known = held.get(keyOf(old));
    if (known === undefined || known.consumedAtSeconds !== 0) return false;
    held.set(keyOf(old), { ...known, ...old });
    return true;
  };
  return {
    async put(record) {
      held.set(keyOf(record), { ...record });
    },
    async putNew(record, nowMs) {
      const known = held.get(keyOf(record));
      if (known !== undefined && (known.expiresAtMs === 0 || known.expiresAtMs >= nowMs)) return false;
      held.set(keyOf(record), { ...record });
      return true;
    },
    async find(model, id) {
      return held.get(keyOf({ model, id }));
    },
    async findBy(model, name, value) {
      if (value === '') return undefined;
      return [...held.values()].find((record) => record.model === model && record[name] === value);
    },
    async consume(model, id, consumedAtSeconds) {
      return consume({ model, id, consumedAtSeconds, successor: new Uint8Array(0) });
    },
    async replace(old, successor) {
      if (!consume(old)) return false;
      held.set(keyOf(successor), { ...successor });
      return true;
    },
    async countGraceUse(model, id) {
      const known = held.get(keyOf({ model, id }));
      if (known === undefined) return 0;
      held.set(keyOf(known), { ...known, graceUses: known.graceUses + 1 });
      return known.graceUses + 1;
    },
    async remove(model, id) {
      held.delete(keyOf({ model, id }));
    },
    async removeByGrant(model, grant) {
      if (grant === '') return;
      for (const [key, record] of held) if (record.model === model && record.grant === grant) held.delete(key);
    },
    async prune(nowMs) {
      const before = held.size;
      for (const [key, { expiresAtMs }] of held) if (expiresAtMs > 0 && expiresAtMs < nowMs) held.delete(key);
      return before - held.size;
    },
  };
}

export function memoryOAuthClientStore(): OAuthClientStore {
  const held = new Map<string, OAuthClient>();
  return {
    async insert(client) {
      if (held.has(client.id)) return false;
      held.set(client.id, structuredClone(client));
      return true;
    },
    async replace(client) {
      if (!held.has(client.id)) return false;
      held.set(client.id, structuredClone(client));
      return true;
    },
    async find(id) {
      return structuredClone(held.get(id));
    },
    async list({ afterId, limit }) {
      return [...held.values()]
        .filter(({ id }) => afterId === undefined || id > afterId)
        .sort((one, other) => (one.id < other.id ? -1 : 1))
        .slice(0, limit)
        .map((client) => structuredClone(client));
    },
    async remove(id) {
      return held.delete(id);
    },
  };
}

export function memorySigningKeyStore(): SigningKeyStore {
  const held = new Map<string, SigningKey>();
  return {
    async list() {
      return [...held.values()].sort(
        (one, other) => one.createdAtMs - other.createdAtMs || (one.kid < other.kid ? -1 : 1),
      );
    },
    async change(put, removed) {
      for (const key of put) held.set(key.kid, key);
      for (const kid of removed) held.delete(kid);
    },
  };
}
