import { AccessCompiler } from '../authz/access.ts';
import type { CountryOf } from '../authz/countries.ts';
import { compileOutsideAccess, type OutsideSources } from '../authz/outside-access.ts';
import type { Configuration, RouteConfig } from '../core/configuration.ts';
import { STAGE_IDS } from '../core/decision.ts';
import { parameterNames, parseTemplate, type Template } from '../http/path-template.ts';
import { compileLimits } from '../limit/limiter.ts';
import type { Limits } from '../limit/limits.ts';
import { compileAnswerChecks } from './answer-checks.ts';
import { contentOf, namesOf, readingOf } from './call-profile.ts';
import type { Contracts } from './contracts.ts';
import { effectiveMode } from './effective-mode.ts';
import type { Fingerprint } from './fingerprint.ts';
import { compileInspections, type InspectionParts } from './inspections.ts';
import type { Authenticator, CompiledRoute } from './snapshot.ts';

/** What the routes of one snapshot are compiled with. */
export interface RouteParts {
  readonly configuration: Configuration;
  readonly authenticators: ReadonlyMap<string, Authenticator>;
  readonly limits: Limits;
  readonly countryOf: CountryOf | undefined;
  readonly outside: OutsideSources;
  readonly fingerprint: Fingerprint;
  readonly contracts: Contracts;
  readonly inspecting: InspectionParts;
}

const INSPECT = STAGE_IDS.indexOf('inspect');

/**
 * Compiles the routes of one snapshot. What equal parts of a configuration come to is one object for all of them: a call
 * then finds in the processor's caches what calls of other routes have used.
 */
export class RouteCompiler {
  readonly #parts: RouteParts;
  readonly #access: AccessCompiler;
  readonly #texts = new SharedLists<string>();
  readonly #flags = new SharedLists<boolean>();
  readonly #authenticators = new Map<string, readonly Authenticator[]>();

  constructor(parts: RouteParts) {
    this.#parts = parts;
    this.#access = new AccessCompiler(parts.countryOf);
  }

  /** Throws where a part cannot be compiled, which loading has already refused. */
  compile(route: RouteConfig): CompiledRoute {
    const { configuration, limits, countryOf, outside, fingerprint, contracts, inspecting } = this.#parts;
    if (configuration.upstreams[route.upstream] === undefined)
      throw new TypeError(`route ${route.id} names an unknown upstream`);
    const { access, scopes } = route.authorize;
    const authenticators = this.#authenticatorsOf(route);
    const template = templateOf(route);
    const enforced = STAGE_IDS.map((stage) => effectiveMode(configuration, route, stage) === 'enforce');
    const contentId = contentOf(configuration, route, fingerprint);
    const reading = readingOf(route, fingerprint);
    const credentialParameters = [...new Set(authenticators.flatMap((one) => one.credentialParameters ?? []))];
    const contract = contracts.of(configuration, route);
    const names = parameterNames(template);
    const parameters = names.filter((name) => name !== '');
    const terms = { parameters, countryOf };
    const inspections = compileInspections(route, contract, credentialParameters, terms, template, inspecting);
    const answerChecks = compileAnswerChecks(configuration, route, contract, terms);
    const ruleId = route.rulesOf ?? route.id;
    return {
      config: route,
      ruleId,
      scopes: this.#texts.of(scopes),
      access: this.#access.compile(access, parameters),
      outside: compileOutsideAccess(access, parameters, outside),
      parameterNames: this.#texts.of(names),
      enforced: this.#flags.of(enforced),
      observed: (route.mode ?? configuration.mode) === 'observe',
      authenticators,
      credentialHeaders: this.#texts.of([...new Set(authenticators.flatMap((one) => one.credentialHeaders))]),
      credentialParameters: this.#texts.of(credentialParameters),
      limits: compileLimits(route.limits, ruleId, limits),
      template,
      inspections,
      inspectedBytesMax: Math.max(0, ...inspections.map(({ bodyBytesMax }) => bodyBytesMax)),
      waitsForBodies: enforced[INSPECT] === true && inspections.some((one) => one.enforced),
      answerChecks,
      enforcesAnswers: answerChecks.some((one) => one.enforced),
      contentId,
      reading,
      recordedBy: `${contentId} ${reading?.policy ?? 0} ${route.authenticate.kind} ${namesOf(route.authenticate).join(' ')}`,
    };
  }

  #authenticatorsOf({ id, authenticate }: RouteConfig): readonly Authenticator[] {
    const names = namesOf(authenticate);
    if (authenticate.kind !== 'none' && names.length === 0)
      throw new TypeError(`route ${id} asks for authentication by nothing`);
    const key = JSON.stringify(names);
    const known = this.#authenticators.get(key);
    if (known !== undefined) return known;
    const chosen = names.map((name) => {
      const authenticator = this.#parts.authenticators.get(name);
      if (authenticator === undefined) throw new TypeError(`route ${id} names an unknown authenticator`);
      return authenticator;
    });
    this.#authenticators.set(key, chosen);
    return chosen;
  }
}

/** Lists of which equal ones are one object. */
class SharedLists<T extends string | boolean> {
  readonly #known = new Map<string, readonly T[]>();

  of(list: readonly T[]): readonly T[] {
    const key = JSON.stringify(list);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, list);
    return list;
  }
}

function templateOf({ id, match, parametersOf }: RouteConfig): Template {
  const parsed = parseTemplate(parametersOf ?? match.path);
  if (!parsed.ok) throw new TypeError(`route ${id}: ${parsed.error}`);
  return parsed.template;
}
