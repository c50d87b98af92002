import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock, Random } from '../../ports.ts';
import { createPendingMemory } from './pending-memory.ts';

const RANDOM_BYTES = 16;
const TIME_BYTES = 8;
const NAMED_BYTES = RANDOM_BYTES + TIME_BYTES;
const PROOF_BYTES = 32;

export interface ChallengePurpose {
  /** What the ceremony belongs to: an interaction or an invite, and a browser. */
  readonly binding: string;
  /** For a new passkey: whose. */
  readonly accountId: string | undefined;
}

/** Challenges of passkeys, each for one purpose, for a while, and good once. */
export interface PasskeyChallenges {
  issue(purpose: ChallengePurpose): Uint8Array<ArrayBuffer>;
  /** Whether a challenge was issued here for this and is answered for the first time; `owner`: whose share of the memory the answer uses up. */
  take(challenge: string, owner: string, purpose: ChallengePurpose): boolean;
  /** Remembers of one that was taken that it lets this account in, apart from what others answer; false: it did before. */
  accept(challenge: string, accountId: string): boolean;
}

/**
 * A challenge carries its time and a proof that it was issued here and for what (HMAC-SHA-256 under a key of this process), so that nothing is
 * remembered of those that are asked for: whoever asks for many takes no room from others. Remembered is what was answered, in shares by
 * owner. Beyond its share an owner’s oldest answer is forgotten, and what was refused may be sent and refused once more. An answer that let
 * somebody in is remembered apart, in the share of that account, since whoever came by it must not be let in with it.
 */
export function createPasskeyChallenges(parts: {
  readonly clock: Clock;
  readonly random: Random;
  readonly lifeMs: number;
}): PasskeyChallenges {
  const { clock, random, lifeMs } = parts;
  const key = random.bytes(32);
  const bounds = { lifeMs, entriesMax: 16_384, perOwnerMax: 64 };
  const answered = createPendingMemory<true>(clock, bounds);
  const accepted = createPendingMemory<true>(clock, bounds);
  const proofOf = (named: Uint8Array, { binding, accountId }: ChallengePurpose): Buffer =>
    createHmac('sha256', key)
      .update(named)
      .update(JSON.stringify([binding, accountId ?? null]))
      .digest();
  return {
    issue: (purpose) => {
      const named = Buffer.alloc(NAMED_BYTES);
      named.set(random.bytes(RANDOM_BYTES));
      named.writeDoubleBE(clock.nowMs(), RANDOM_BYTES);
      return Uint8Array.from(Buffer.concat([named, proofOf(named, purpose)]));
    },
    take: (challenge, owner, purpose) => {
      const bytes = Buffer.from(challenge, 'base64url');
      // One spelling: another would not be known as answered.
      if (bytes.length !== NAMED_BYTES + PROOF_BYTES || bytes.toString('base64url') !== challenge) return false;
      const named = bytes.subarray(0, NAMED_BYTES);
      if (!timingSafeEqual(bytes.subarray(NAMED_BYTES), proofOf(named, purpose))) return false;
      const ageMs = clock.nowMs() - named.readDoubleBE(RANDOM_BYTES);
      // Of a time to come: the clock was set back.
      if (!(ageMs >= 0 && ageMs < lifeMs) || answered.has(challenge) || accepted.has(challenge)) return false;
      answered.set(challenge, owner, true);
      return true;
    },
    accept: (challenge, accountId) => {
      if (accepted.has(challenge)) return false;
      accepted.set(challenge, accountId, true);
      return true;
    },
  };
}
