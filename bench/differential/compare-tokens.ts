import { jwtVerify } from 'jose';
import { algorithmOf } from '../../src/crypto/jose/algorithms.ts';
import { readCompactJws } from '../../src/crypto/jose/compact-jws.ts';
import { parseStrictJson } from '../../src/crypto/jose/strict-json.ts';
import { verifyJws } from '../../src/crypto/jose/verify.ts';
import { createTokenMutator, type MutatedToken } from './mutate-token.ts';

/** How often each side accepted, of so many tokens. */
export interface Tally {
  count: number;
  ours: number;
  theirs: number;
  both: number;
}

/** A token on which we are the laxer side, or which the two read differently. */
export interface Disagreement {
  readonly kind: 'only we accept' | 'read differently';
  readonly mutated: MutatedToken;
  readonly reason: string;
}

export interface Comparison {
  readonly total: Tally;
  readonly byMutation: ReadonlyMap<string, Tally>;
  readonly disagreements: readonly Disagreement[];
}

/** Tokens judged at once, to fill the threads of WebCrypto. */
const BATCH = 64;

/**
 * Presents `count` mutated tokens to us and to jose with the same key and the same one algorithm allowed. What is
 * compared is form, header, signature and that the payload is an object of JSON; not claims.
 */
export async function compareTokens(
  count: number,
  seed: number,
  onBatch?: (done: number) => void,
): Promise<Comparison> {
  const mutator = createTokenMutator(seed);
  const total = emptyTally();
  const byMutation = new Map<string, Tally>();
  const disagreements: Disagreement[] = [];
  for (let done = 0; done < count; ) {
    const batch = Array.from({ length: Math.min(BATCH, count - done) }, () => mutator.next());
    const answers = await Promise.all(batch.map(judgeWithJose));
    batch.forEach((mutated, i) => {
      const ours = judge(mutated);
      const theirs = answers[i] ?? { read: undefined, why: 'no answer' };
      const tally = byMutation.get(mutated.mutation) ?? emptyTally();
      byMutation.set(mutated.mutation, tally);
      for (const one of [total, tally]) {
        one.count++;
        if (ours !== undefined) one.ours++;
        if (theirs.read !== undefined) one.theirs++;
        if (ours !== undefined && theirs.read !== undefined) one.both++;
      }
      if (ours === undefined) return;
      if (theirs.read === undefined) disagreements.push({ kind: 'only we accept', mutated, reason: theirs.why });
      else if (ours !== theirs.read)
        disagreements.push({ kind: 'read differently', mutated, reason: `${ours} is not ${theirs.read}` });
    });
    done += batch.length;
    onBatch?.(done);
  }
  return { total, byMutation, disagreements };
}

function emptyTally(): Tally {
  return { count: 0, ours: 0, theirs: 0, both: 0 };
}

/** What we read in the token as one text, or undefined where we refuse it. */
function judge({ token, signer }: MutatedToken): string | undefined {
  const result = readCompactJws(token, { bytesMax: 8192, toleratePadding: false });
  if (result.kind !== 'jws' || algorithmOf(result.jws.algorithm) !== signer.algorithm) return undefined;
  if (!verifyJws(result.jws, { algorithm: signer.algorithm, kid: undefined, key: signer.key })) return undefined;
  const claims = parseStrictJson(result.jws.payload, { depthMax: 8, membersMax: 64 });
  return claims.ok ? JSON.stringify([result.jws.header, claims.value]) : undefined;
}

async function judgeWithJose({ token, signer }: MutatedToken): Promise<{ read: string | undefined; why: string }> {
  const { algorithm, key } = signer;
  const algorithms = algorithm === 'Ed25519' ? ['Ed25519', 'EdDSA'] : [algorithm];
  try {
    const { protectedHeader, payload } = await jwtVerify(token, key, { algorithms });
    return { read: JSON.stringify([protectedHeader, payload]), why: '' };
  } catch (error) {
    return { read: undefined, why: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}
