import { ATTACK_CLASSES, type AttackClass } from '../detect/attack-class.ts';
import type { Leaf } from '../detect/leaf.ts';
import { loadModel } from '../detect/load-model.ts';
import type { Model } from '../detect/model.ts';
import type { EvidenceReader } from '../detect/parameters/parameter-sampler.ts';
import type { UsualValuesSource } from '../detect/parameters/usual-values.ts';
import type { ScoredValue, ValueJudge } from '../detect/payload/scored-value.ts';
import { ValueScorer } from '../detect/scorer.ts';

/** Judges values, where something is known of it by what their parameter usually holds. */
export interface LearnableJudge extends ValueJudge, EvidenceReader {
  scoreValue(leaf: Leaf, parameters?: UsualValuesSource): ScoredValue | undefined;
}

/** Judges values by the model that ships with the gateway. Throws where that is missing or damaged. */
export function loadValueJudge(): LearnableJudge {
  return new ModelJudge(loadModel());
}

/** The judge of one thread: its model is read when a snapshot first asks for it, and serves every later one. */
export class ThreadValueJudge {
  #judge: LearnableJudge | undefined;

  /** Throws where the model is missing or damaged. */
  get(): LearnableJudge {
    this.#judge ??= loadValueJudge();
    return this.#judge;
  }
}

class ModelJudge extends ValueScorer implements LearnableJudge {
  readonly readsWhole = false;
  readonly #thresholds: Readonly<Record<'relaxed' | 'default' | 'strict', ReadonlyMap<AttackClass, number>>>;

  constructor(model: Model) {
    super(model);
    const of = (profile: 'relaxed' | 'default' | 'strict') =>
      new Map(ATTACK_CLASSES.map((name, index) => [name, model.threshold(profile, index)]));
    this.#thresholds = { relaxed: of('relaxed'), default: of('default'), strict: of('strict') };
  }

  /** Infinite for a class the model does not know: nothing is taken for it. */
  thresholdOf(profile: 'relaxed' | 'default' | 'strict', attack: AttackClass): number {
    return this.#thresholds[profile].get(attack) ?? Number.POSITIVE_INFINITY;
  }
}
