import { type AccessConditions, type AccessPolicy, policyPrefix } from '../core/access.ts';
import { PASS, type Verdict } from '../core/verdict.ts';
import type { AccessFacts } from './access-facts.ts';
import { type Condition, compileConditions, type SharedConditions } from './conditions.ts';
import type { CountryOf } from './countries.ts';

/** The rules of one route, compiled once. */
export interface CompiledAccess {
  /** False: nothing is asked, and no facts are needed. */
  readonly asks: boolean;
  judge(facts: AccessFacts): Verdict;
}

/** A condition that has to be met. */
interface Requirement extends Condition {
  /** Before what its policy says, such as `policy partners: `. */
  readonly prefix: string;
}

interface Denial {
  readonly prefix: string;
  readonly name: string;
  readonly conditions: readonly Condition[];
}

/**
 * Rules of a route: every policy has to permit. A policy permits where all its conditions are met and none of its
 * rules denies. Denying comes first; what cannot be found out permits nothing, and denies where it was to deny.
 */
export function compileAccess(
  policies: readonly AccessPolicy[],
  parameters: readonly string[],
  countryOf?: CountryOf,
): CompiledAccess {
  return new AccessCompiler(countryOf).compile(policies, parameters);
}

/**
 * Compiles the rules of many routes, of which equal parts become one object. Where ten thousand routes have rules, what a
 * call costs is what it has to fetch from memory: only what no other route asks should have to be.
 */
export class AccessCompiler {
  readonly #countryOf: CountryOf | undefined;
  readonly #conditions: SharedConditions = new Map();
  readonly #requirements = new Map<string, Map<Condition, Requirement>>();
  readonly #denials = new Map<string, readonly Denial[]>();
  readonly #access = new Map<string, CompiledAccess>();

  constructor(countryOf: CountryOf | undefined) {
    this.#countryOf = countryOf;
  }

  compile(policies: readonly AccessPolicy[], parameters: readonly string[]): CompiledAccess {
    const key = JSON.stringify([
      parameters,
      policies.map(({ name, group, conditions, deny }) => [name, group, conditions, deny]),
    ]);
    const access = this.#access.get(key) ?? this.#compile(policies, parameters);
    this.#access.set(key, access);
    return access;
  }

  #compile(policies: readonly AccessPolicy[], parameters: readonly string[]): CompiledAccess {
    const requirements = policies.flatMap((policy) => {
      const prefix = policyPrefix(policy);
      return this.#conditionsOf(policy.conditions, parameters).map((one) => this.#required(prefix, one));
    });
    const denials = policies.map(({ name, group, deny }) => ({ prefix: policyPrefix({ name, group }), deny }));
    const key = JSON.stringify([parameters, denials]);
    const compiled =
      this.#denials.get(key) ??
      denials.flatMap(({ prefix, deny }) =>
        deny.map(({ name, conditions }) => ({ prefix, name, conditions: this.#conditionsOf(conditions, parameters) })),
      );
    this.#denials.set(key, compiled);
    return new RouteAccess(requirements, compiled);
  }

  #conditionsOf(conditions: AccessConditions, parameters: readonly string[]): readonly Condition[] {
    return compileConditions(conditions, parameters, this.#countryOf, this.#conditions);
  }

  #required(prefix: string, condition: Condition): Requirement {
    const known = this.#requirements.get(prefix) ?? new Map<Condition, Requirement>();
    this.#requirements.set(prefix, known);
    const { kind, what, holds, held } = condition;
    const requirement = known.get(condition) ?? { prefix, kind, what, holds, held };
    known.set(condition, requirement);
    return requirement;
  }
}

class RouteAccess implements CompiledAccess {
  readonly asks: boolean;
  /** Of all policies, in their order. */
  readonly #requirements: readonly Requirement[];
  readonly #denials: readonly Denial[];

  constructor(requirements: readonly Requirement[], denials: readonly Denial[]) {
    this.asks = requirements.length > 0 || denials.length > 0;
    this.#requirements = requirements;
    this.#denials = denials;
  }

  judge(facts: AccessFacts): Verdict {
    for (const denial of this.#denials) {
      const verdict = denied(denial, facts);
      if (verdict !== undefined) return verdict;
    }
    for (const requirement of this.#requirements) {
      const refusal = refused(requirement, facts);
      if (refusal !== undefined) return refusal;
    }
    return PASS;
  }
}

function denied({ prefix, name, conditions }: Denial, facts: AccessFacts): Verdict | undefined {
  let open: { readonly condition: Condition; readonly problem: string } | undefined;
  for (const condition of conditions) {
    const outcome = asked(condition, facts);
    if (outcome.kind === 'unknown') open ??= { condition, problem: outcome.problem };
    // What is not met decides, whatever else could not be found out.
    else if (!outcome.holds) return undefined;
  }
  if (open !== undefined) return unknown(prefix, open.condition, open.problem);
  if (conditions.length === 0) return undefined;
  return { kind: 'deny', reason: 'authz.denied', detail: `${prefix}the rule ${name} denies it` };
}

function refused(requirement: Requirement, facts: AccessFacts): Verdict | undefined {
  const outcome = asked(requirement, facts);
  if (outcome.kind === 'unknown') return unknown(requirement.prefix, requirement, outcome.problem);
  if (outcome.holds) return undefined;
  return {
    kind: 'deny',
    reason: reasonOf(requirement),
    ...(requirement.kind === 'owner' ? { signals: NOT_OWNER } : {}),
    detail: `${requirement.prefix}${requirement.kind}: ${requirement.what} is required; held: ${requirement.held(facts)}`,
  };
}

type Asked =
  | { readonly kind: 'known'; readonly holds: boolean }
  | { readonly kind: 'unknown'; readonly problem: string };

const HOLDS: Asked = { kind: 'known', holds: true };
const FAILS: Asked = { kind: 'known', holds: false };

function asked(condition: Condition, facts: AccessFacts): Asked {
  try {
    return condition.holds(facts) ? HOLDS : FAILS;
  } catch (error) {
    // Of a message the first line: the others repeat the expression.
    return { kind: 'unknown', problem: error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'it failed' };
  }
}

/** Somebody who asks for objects of others is worth knowing of (OWASP API1). */
const NOT_OWNER = [{ name: 'authz.not_owner' }] as const;

function reasonOf({ kind }: Condition): 'authz.rule' | 'authz.sign_in' | 'authz.owner' {
  switch (kind) {
    case 'acr':
    case 'signedInWithinSeconds':
      return 'authz.sign_in';
    case 'owner':
      return 'authz.owner';
    default:
      return 'authz.rule';
  }
}

function unknown(prefix: string, condition: Condition, problem: string): Verdict {
  return {
    kind: 'deny',
    reason: 'authz.rule',
    detail: `${prefix}${condition.kind} could not be found out: ${problem}`,
  };
}
