import { type WeaknessName, weaknessesOf } from './key-weaknesses.tsx';
import type { HealthReport, Key, KeyHealth } from './shapes.ts';

/** A line of the list of keys; `health` is known of active ones. */
export interface KeyRow {
  readonly keyId: string;
  readonly name: string;
  readonly consumer: string;
  readonly status: string;
  readonly expiresAtMs: number;
  readonly revokedAtMs: number;
  readonly health: KeyHealth | undefined;
  readonly weaknesses: readonly WeaknessName[];
}

/** What was read, the weakest first, then those that are judged no more. */
export function keyRows(keys: readonly Key[], report: HealthReport | undefined, guessable: boolean): readonly KeyRow[] {
  const judged = new Map(report?.items.map((item) => [item.keyId, item]));
  return keys
    .map(({ keyId, name, consumer, status, expiresAtMs, revokedAtMs, foreign }): KeyRow => {
      const health = judged.get(keyId);
      const weaknesses = health === undefined ? [] : weaknessesOf(health, foreign && guessable);
      return { keyId, name, consumer, status, expiresAtMs, revokedAtMs, health, weaknesses };
    })
    .sort((one, other) => penaltyOf(other) - penaltyOf(one) || (one.keyId < other.keyId ? -1 : 1));
}

function penaltyOf({ health, status }: KeyRow): number {
  if (health !== undefined) return health.penalty;
  return status === 'active' ? -1 : status === 'disabled' ? -2 : -3;
}
