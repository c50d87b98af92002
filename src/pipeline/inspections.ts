import type { Contract } from '../authz/contract/contract.ts';
import { ContractInspection } from '../authz/contract/contract-inspection.ts';
import type { TermParts } from '../authz/fields/applicable-rules.ts';
import { requestFields } from '../authz/fields/request-fields.ts';
import { GraphqlInspection } from '../authz/graphql/inspection.ts';
import type { Call, CollectedBody } from '../core/call.ts';
import type { Configuration, RouteConfig } from '../core/configuration.ts';
import type { Inspection, InspectionFacts, JsonBody } from '../core/inspection.ts';
import type { AddedException } from '../core/payload.ts';
import type { Principal } from '../core/principal.ts';
import { parseJsonBody } from '../http/json-body.ts';
import type { Template } from '../http/path-template.ts';
import type { Limits } from '../limit/limits.ts';
import type { Evaluation } from './evaluation.ts';
import { compilePayloadInspection } from './payload-inspection.ts';
import type { ParameterMemory } from './route-learning.ts';
import type { LearnableJudge, ThreadValueJudge } from './value-judge.ts';

/** What inspections are compiled with: the same for all routes of a snapshot. */
export interface InspectionParts {
  readonly limits: Limits;
  /** Undefined where no route looks for attacks. */
  readonly values: LearnableJudge | undefined;
  /** Undefined: nothing is known of parameters. */
  readonly parameters: ParameterMemory | undefined;
  /** Exceptions that no configuration says. */
  readonly exceptions: readonly AddedException[];
}

/** What inspections of these routes need. Throws where the model of the detector is needed and cannot be read. */
export function inspectionParts(
  { routes }: Configuration,
  limits: Limits,
  parameters: ParameterMemory | undefined,
  exceptions: readonly AddedException[],
  judge: ThreadValueJudge,
): InspectionParts {
  const values = routes.some(({ payload }) => payload !== undefined) ? judge.get() : undefined;
  return { limits, values, parameters, exceptions };
}

/** What is asked of the content of calls of a route, in this order. `contract`: of its upstream, where it has one. */
export function compileInspections(
  route: RouteConfig,
  contract: Contract | undefined,
  credentialParameters: readonly string[],
  terms: TermParts,
  template: Template,
  { limits, values, parameters, exceptions }: InspectionParts,
): readonly Inspection[] {
  const inspections: Inspection[] = [];
  // First: what leaves fields out of a body does so before others judge what goes on.
  const withFields = route.authorize.access.flatMap(({ name, fields }) =>
    fields === undefined || fields.request.length === 0 ? [] : [{ name, fields }],
  );
  if (withFields.length > 0) inspections.push(requestFields(withFields, terms, route.bodyBytesMax));
  if (contract !== undefined && route.contract.request !== 'off')
    inspections.push(
      new ContractInspection(contract, {
        policy: route.contract,
        bodyBytesMax: route.bodyBytesMax,
        credentialParameters,
      }),
    );
  if (route.graphql !== undefined) inspections.push(new GraphqlInspection(route.graphql));
  if (values !== undefined) {
    const payload = compilePayloadInspection(
      route,
      route.rulesOf ?? route.id,
      template,
      values,
      parameters,
      exceptions,
      limits,
    );
    if (payload !== undefined) inspections.push(payload);
  }
  return inspections;
}

const NO_JSON: JsonBody = Object.freeze({ kind: 'none' });
const TOO_LARGE: CollectedBody = Object.freeze({ kind: 'tooLarge' });

/** The content of one call, for all that look at it. */
export class CallContent implements InspectionFacts {
  readonly call: Call;
  readonly principal: Principal | undefined;
  readonly routeId: string;
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly nowMs: number;
  readonly nowMicros: number;
  readonly dryRun: boolean;
  readonly #collected: CollectedBody;
  #isWithin = true;
  #json: JsonBody | undefined = undefined;

  constructor(
    { call, principal, path, nowMs, nowMicros, dryRun }: Evaluation,
    routeId: string,
    parameters: Readonly<Record<string, string>>,
    body: CollectedBody,
  ) {
    this.call = call;
    this.principal = principal;
    this.routeId = routeId;
    this.path = path;
    this.parameters = parameters;
    this.nowMs = nowMs;
    this.nowMicros = nowMicros;
    this.dryRun = dryRun;
    this.#collected = body;
  }

  /** For somebody who looks at so much of a body and no more. */
  within(bodyBytesMax: number): InspectionFacts {
    this.#isWithin =
      this.#collected.kind !== 'whole' ||
      this.#collected.bytes.length === 0 ||
      this.#collected.bytes.length <= bodyBytesMax;
    return this;
  }

  get body(): CollectedBody {
    return this.#isWithin ? this.#collected : TOO_LARGE;
  }

  json(): JsonBody {
    if (this.#collected.kind !== 'whole' || !this.#isWithin) return NO_JSON;
    this.#json ??= parseJsonBody(this.#collected.bytes);
    return this.#json;
  }
}
