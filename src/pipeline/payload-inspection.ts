import type { RouteConfig } from '../core/configuration.ts';
import type { Inspection, InspectionFacts } from '../core/inspection.ts';
import type { AddedException } from '../core/payload.ts';
import { PASS, type Verdict } from '../core/verdict.ts';
import { exceptionsOf, routePlace } from '../detect/payload/exceptions.ts';
import { type PayloadFacts, PayloadJudge } from '../detect/payload/payload-judge.ts';
import type { Template } from '../http/path-template.ts';
import type { Limits } from '../limit/limits.ts';
import { type ParameterMemory, RouteLearning } from './route-learning.ts';
import { Suspicions } from './suspicions.ts';
import type { LearnableJudge } from './value-judge.ts';

/** Bytes of a body that are looked at; a route that takes larger ones says what becomes of them. */
const INSPECTED_BYTES_MAX = 8 * 1024 * 1024;

/** Looks for attacks in what calls of a route carry; undefined where the route does not ask for it. */
export function compilePayloadInspection(
  route: RouteConfig,
  ruleId: string,
  template: Template,
  values: LearnableJudge,
  memory: ParameterMemory | undefined,
  added: readonly AddedException[],
  limits: Limits,
): Inspection | undefined {
  const { payload, bodyBytesMax } = route;
  if (payload === undefined) return undefined;
  const names = template.segments.map((segment) => (segment.kind === 'parameter' ? segment.name : ''));
  const learning =
    memory === undefined || !payload.learn ? undefined : new RouteLearning(values, memory, route, ruleId, names);
  const suspicions = payload.suspiciousMax === 0 ? undefined : new Suspicions(payload.suspiciousMax, ruleId, limits);
  const exceptions = exceptionsOf(ruleId, routePlace(route), payload.exceptions, added);
  const judge = new PayloadJudge(learning ?? values, { id: ruleId, policy: payload, exceptions, names, suspicions });
  return new PayloadInspection(Math.min(bodyBytesMax, INSPECTED_BYTES_MAX), judge, suspicions, learning);
}

class PayloadInspection implements Inspection {
  readonly id = 'payload';
  readonly enforced = true;
  /** Whoever tries an attack in a field that is left out tries one, and where the stage only observes it goes on. */
  readonly judgesArrived = true;
  readonly bodyBytesMax: number;
  readonly #judge: PayloadJudge;
  readonly #suspicions: Suspicions | undefined;
  readonly #learning: RouteLearning | undefined;

  constructor(
    bodyBytesMax: number,
    judge: PayloadJudge,
    suspicions: Suspicions | undefined,
    learning: RouteLearning | undefined,
  ) {
    this.bodyBytesMax = bodyBytesMax;
    this.#judge = judge;
    this.#suspicions = suspicions;
    this.#learning = learning;
  }

  judge(facts: InspectionFacts): Verdict {
    this.#suspicions?.at(facts);
    this.#learning?.at(facts);
    const payload = payloadFacts(facts);
    const verdict = this.#judge.judge(payload);
    if (verdict === PASS && !facts.dryRun) this.#learning?.sample(payload);
    return verdict;
  }
}

function payloadFacts({ call, path, body, principal, nowMs }: InspectionFacts): PayloadFacts {
  return {
    call,
    path,
    body: body.kind === 'whole' ? { kind: 'bytes', bytes: body.bytes } : { kind: 'unread' },
    consumer: principal?.consumer ?? '',
    nowMs,
  };
}
