import type { ApiKeyService, KeyUpdate } from './api-keys.ts';

/** What was issued for a key has these as they were before. */
const RIGHTS: readonly (keyof KeyUpdate)[] = ['scopes', 'allowedCidrs', 'expiresAtMs', 'routes', 'limits'];

/**
 * The same service, which also tells of keys that are over from now on: revoked, disabled, or rotated without grace; and of
 * those whose rights were changed. What was issued for them has to end too. It is told before the answer, also where the store did not take the change.
 */
export function tellingEndings(
  keys: ApiKeyService,
  ended: (keyIds: readonly string[]) => Promise<void>,
): ApiKeyService {
  const isOver = (result: { readonly ok: boolean; readonly code?: string }): boolean =>
    result.ok || result.code === 'not_stored';
  return {
    ...keys,
    revoke: async (keyId, reason) => {
      const result = await keys.revoke(keyId, reason);
      if (isOver(result)) await ended([keyId]);
      return result;
    },
    disable: async (keyId, reason) => {
      const result = await keys.disable(keyId, reason);
      if (isOver(result)) await ended([keyId]);
      return result;
    },
    revokeMany: async (keyIds, reason) => {
      const result = await keys.revokeMany(keyIds, reason);
      if (isOver(result)) await ended(keyIds);
      return result;
    },
    update: async (keyId, changeOf) => {
      let changesRights = false;
      const result = await keys.update(keyId, (before) => {
        const change = changeOf(before);
        changesRights = RIGHTS.some((right) => change[right] !== undefined);
        return change;
      });
      if (result.ok && changesRights) await ended([keyId]);
      return result;
    },
    rotate: async (keyId, options) => {
      const result = await keys.rotate(keyId, options);
      if (result.ok && options.graceSeconds === 0) await ended([keyId]);
      return result;
    },
  };
}
