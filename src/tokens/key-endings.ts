import type { ApiKeyService } from './api-keys.ts';

/**
 * The same service, which also tells of keys that are over from now on: revoked, disabled, or rotated without grace. What was
 * issued for them has to end too. It is told before the answer, also where the store did not take the change.
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
    rotate: async (keyId, options) => {
      const result = await keys.rotate(keyId, options);
      if (result.ok && options.graceSeconds === 0) await ended([keyId]);
      return result;
    },
  };
}
