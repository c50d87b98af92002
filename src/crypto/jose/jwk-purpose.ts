import type { JwsAlgorithm } from '../../core/configuration.ts';
import { isKeyId } from './jwk-members.ts';
import type { JoseFault, JsonObject } from './types.ts';

/** Signal of a key that is for encryption by its own word: of no use here, and nothing wrong with it. */
export const ENCRYPTION_KEY_SIGNAL = 'jwk.encryption';

/** Members that only a private key has (RFC 7518 §6.2.2, §6.3.2, §6.4.1, RFC 8037 §2; `priv` of newer types). */
const PRIVATE_MEMBERS: readonly string[] = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
/** More operations than there are. */
const KEY_OPS_MAX = 8;

/**
 * What forbids a key, whatever its numbers, to verify signatures of these algorithms, or undefined: a private key, a
 * secret where only public keys are expected, or members that say another use (RFC 7517 §4.2, §4.3). A published private
 * key is told before all else, even one for encryption: its owner has to know.
 */
export function judgePurpose(jwk: JsonObject, algorithms: readonly JwsAlgorithm[]): JoseFault | undefined {
  if (jwk['kty'] === 'oct') {
    if (!algorithms.some((algorithm) => algorithm.startsWith('HS')))
      return { signal: 'jwk.symmetric', detail: 'a symmetric key where only public keys are expected' };
  } else if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name)))
    return {
      signal: 'jwk.private',
      detail: 'a private key is published: whoever read it can sign; it must be replaced',
    };
  const kid = jwk['kid'];
  if (kid !== undefined && (typeof kid !== 'string' || !isKeyId(kid)))
    return { signal: 'jwk.kid', detail: 'kid is not 1 to 128 visible ASCII characters' };
  return judgeUse(jwk['use'], jwk['key_ops']);
}

function judgeUse(use: unknown, operations: unknown): JoseFault | undefined {
  if (use !== undefined && use !== 'sig' && use !== 'enc')
    return { signal: 'jwk.use', detail: 'use is neither sig nor enc' };
  if (operations === undefined)
    return use === 'enc' ? { signal: ENCRYPTION_KEY_SIGNAL, detail: 'use is enc' } : undefined;
  if (!Array.isArray(operations) || operations.length > KEY_OPS_MAX)
    return { signal: 'jwk.key_ops', detail: 'key_ops is no list of operations' };
  if (new Set<unknown>(operations).size !== operations.length)
    return { signal: 'jwk.key_ops', detail: 'key_ops names an operation twice' };
  // RFC 7517 §4.3: operations that do not belong together make a key open to attacks across them.
  const signing = operations.filter((operation) => operation === 'verify' || operation === 'sign').length;
  if (signing === 0 && use !== 'sig' && operations.length > 0)
    return { signal: ENCRYPTION_KEY_SIGNAL, detail: 'key_ops has no operation on signatures' };
  if (signing !== operations.length || use === 'enc')
    return { signal: 'jwk.key_ops', detail: 'key_ops contradicts use, or mixes operations' };
  return operations.includes('verify') ? undefined : { signal: 'jwk.key_ops', detail: 'key_ops lacks verify' };
}
