import { hash, timingSafeEqual } from 'node:crypto';
import { bytesOf, isInnerList, readDictionary } from './structured-fields.ts';

/** Digests by their names in `Content-Digest` (RFC 9530 §5) that still prove something. */
const HASHES: ReadonlyMap<string, 'sha256' | 'sha512'> = new Map([
  ['sha-256', 'sha256'],
  ['sha-512', 'sha512'],
]);

export type DigestJudgement = 'right' | 'wrong' | 'malformed' | 'weak';

/**
 * Whether a body is the one that `Content-Digest` names (RFC 9530 §2): every digest of a kind that is known has to be
 * right, and one at least has to be there; `weak` where there are only others.
 */
export function judgeContentDigest(field: string, body: Uint8Array): DigestJudgement {
  const digests = readDictionary(field);
  if (digests === undefined) return 'malformed';
  let known = 0;
  for (const [name, member] of digests) {
    const algorithm = HASHES.get(name);
    if (algorithm === undefined) continue;
    const expected = isInnerList(member) ? undefined : bytesOf(member[0]);
    if (expected === undefined) return 'malformed';
    const actual = hash(algorithm, body, 'buffer');
    if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) return 'wrong';
    known++;
  }
  return known > 0 ? 'right' : 'weak';
}
