import type { AttackClass, Profile } from '../attack-class.ts';
import type { Leaf } from '../leaf.ts';

/** What is said of one value that is, or comes near, an attack. Scores are log odds. */
export interface ScoredValue {
  /** Every class that comes near its threshold, likeliest first. */
  readonly classes: readonly { readonly class: AttackClass; readonly score: number; readonly probability: number }[];
  /** What was undone before it was seen. */
  readonly decoders: readonly string[];
  /** Offsets into the text after the decoders. */
  readonly spans: readonly { readonly start: number; readonly end: number }[];
  readonly contributions: readonly { readonly feature: string; readonly weight: number }[];
}

/** Judges one value after the other. */
export interface ValueJudge {
  /** True: `scoreUntilCertain` reads to the end as well. */
  readonly readsWhole: boolean;
  /** Undefined for a value nothing speaks of. */
  scoreValue(leaf: Leaf): ScoredValue | undefined;
  /** The same, read only until every profile would refuse it: classes that nothing lets through. */
  scoreUntilCertain(leaf: Leaf): ScoredValue | undefined;
  /** Score from which a profile takes a value for an attack of a class. */
  thresholdOf(profile: Profile, attack: AttackClass): number;
}
