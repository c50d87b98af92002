import { createTokenMutator, type MutatedToken } from './mutate-token.ts';
import { judgeOurselves, judgeWithJose } from './policy.ts';

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
 * Presents `count` mutated tokens to us and to jose under one policy: the same key, its one algorithm, issuer, audiences
 * and times. Compares who accepts, and what each then read in header and claims.
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
    const answers = await Promise.all(batch.map(({ token, signer }) => judgeWithJose(token, signer)));
    batch.forEach((mutated, i) => {
      const ours = judgeOurselves(mutated.token, mutated.signer).read;
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
