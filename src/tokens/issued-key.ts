import { ApiKeyDigester, foreignKeyHash, foreignKeyId, type Peppers, sameDigest } from '../crypto/api-key-digest.ts';
import { parseApiKey } from '../crypto/api-key-format.ts';
import type { KeyStore } from '../ports.ts';

/** Finds the public id of a key that was issued or taken over here, whose secret is right; undefined of any other text. */
export type IssuedKeyCheck = (text: string) => Promise<string | undefined>;

const TEXT_CHARACTERS_MAX = 1_024;

/** Looks into the store, not the index: also what is revoked or expired was issued. */
export function createIssuedKeyCheck(store: Pick<KeyStore, 'find'>, peppers: Peppers): IssuedKeyCheck {
  const digester = new ApiKeyDigester(peppers);
  const isRight = async (keyId: string, digested: string): Promise<boolean> => {
    const record = await store.find(keyId);
    const digest = record === undefined ? undefined : digester.digest(record.pepperVersion, digested);
    return record !== undefined && digest !== undefined && sameDigest(record.digest, digest);
  };
  return async (text) => {
    if (text === '' || text.length > TEXT_CHARACTERS_MAX) return undefined;
    const parsed = parseApiKey(text);
    if (parsed.kind === 'ok' && (await isRight(parsed.keyId, text))) return parsed.keyId;
    const hash = foreignKeyHash(text);
    const foreign = foreignKeyId(hash);
    return (await isRight(foreign, hash)) ? foreign : undefined;
  };
}
