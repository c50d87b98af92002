import type { RouteConfig } from '../core/configuration.ts';
import type { InspectionFacts } from '../core/inspection.ts';
import type { AttackClass, Profile } from '../detect/attack-class.ts';
import type { Leaf } from '../detect/leaf.ts';
import type { SegmentNames } from '../detect/leaves/path-leaves.ts';
import type { LearnedTable } from '../detect/parameters/learned-table.ts';
import type { ParameterSampler } from '../detect/parameters/parameter-sampler.ts';
import { RouteParameters } from '../detect/parameters/route-parameters.ts';
import type { PayloadFacts } from '../detect/payload/payload-judge.ts';
import type { ScoredValue, ValueJudge } from '../detect/payload/scored-value.ts';
import type { LearnableJudge } from './value-judge.ts';

/** What a thread knows of parameters, and where it takes down what it sees; the same over every version of the snapshot. */
export interface ParameterMemory {
  readonly table: LearnedTable;
  /** Undefined: nothing is learned from the calls that are judged here. */
  readonly sampler: ParameterSampler | undefined;
}

/** Judges the values of one route by what is known of its parameters, and takes down some of its calls. */
export class RouteLearning implements ValueJudge {
  readonly readsWhole = true;
  readonly #values: LearnableJudge;
  readonly #parameters: RouteParameters;
  readonly #sampler: ParameterSampler | undefined;
  readonly #routeId: string;
  readonly #template: string;
  readonly #names: SegmentNames;

  constructor(
    values: LearnableJudge,
    memory: ParameterMemory,
    route: RouteConfig,
    routeId: string,
    names: SegmentNames,
  ) {
    this.#values = values;
    this.#routeId = routeId;
    this.#template = route.parametersOf ?? route.match.path;
    this.#parameters = new RouteParameters(memory.table, routeId, this.#template);
    this.#sampler = memory.sampler;
    this.#names = names;
  }

  /** Called before the values of a call are judged. */
  at({ call }: InspectionFacts): void {
    this.#parameters.method = call.method;
  }

  scoreValue(leaf: Leaf): ScoredValue | undefined {
    return this.#values.scoreValue(leaf, this.#parameters);
  }

  /** To the end all the same: behind what is forgiven here, another class could hide. */
  scoreUntilCertain(leaf: Leaf): ScoredValue | undefined {
    return this.scoreValue(leaf);
  }

  thresholdOf(profile: Profile, attack: AttackClass): number {
    return this.#values.thresholdOf(profile, attack);
  }

  /** Called with a call in which nothing was found: takes it down where its turn has come. */
  sample({ call, path, body, consumer, nowMs }: PayloadFacts): void {
    if (this.#sampler?.isDue(call.method) !== true) return;
    this.#sampler.sample(
      {
        call,
        path,
        body,
        consumer,
        nowMs,
        routeId: this.#routeId,
        template: this.#template,
        names: this.#names,
      },
      this.#values,
    );
  }
}
