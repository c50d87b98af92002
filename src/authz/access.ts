import { type AccessConditions, type AccessPolicy, policyPrefix } from '../core/access.ts';
import { PASS, type Verdict } from '../core/verdict.ts';
import type { AccessFacts } from './access-facts.ts';
import { type Condition, compileConditions, type SharedConditions } from './conditions.ts';
import type { CountryOf } from './countries.ts';
import { type TotalExpression, totalHolds } from './total-expression.ts';

/** The rules of one route, compiled once. */
export interface CompiledAccess {
  /** False: nothing is asked, and no facts are needed. */
  readonly asks: boolean;
  judge(facts: AccessFacts): Verdict;
}

/** A condition that has to be met. What judges it comes first: the rest is for explaining a refusal. */
interface Requirement {
  readonly total: TotalExpression | undefined;
  readonly condition: Condition;
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
  readonly #lists = new Map<string, readonly Requirement[]>();
  readonly #numbers = new Map<Requirement, number>();
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
    return new RouteAccess(this.#sharedList(requirements.slice(0, -1)), requirements.at(-1), compiled);
  }

  #conditionsOf(conditions: AccessConditions, parameters: readonly string[]): readonly Condition[] {
    return compileConditions(conditions, parameters, this.#countryOf, this.#conditions);
  }

  /** Equal requirements are one object, so that their numbers say what is in a list. */
  #sharedList(requirements: readonly Requirement[]): readonly Requirement[] {
    const key = requirements.map((one) => this.#numberOf(one)).join(' ');
    const list = this.#lists.get(key) ?? requirements;
    this.#lists.set(key, list);
    return list;
  }

  #numberOf(requirement: Requirement): number {
    const number = this.#numbers.get(requirement) ?? this.#numbers.size;
    this.#numbers.set(requirement, number);
    return number;
  }

  #required(prefix: string, condition: Condition): Requirement {
    const known = this.#requirements.get(prefix) ?? new Map<Condition, Requirement>();
    this.#requirements.set(prefix, known);
    const requirement = known.get(condition) ?? { total: condition.total, condition, prefix };
    known.set(condition, requirement);
    return requirement;
  }
}

class RouteAccess implements CompiledAccess {
  readonly asks: boolean;
  readonly #denials: readonly Denial[];
  /** Of all policies, in their order, but for the last: that one is mostly an expression of this route alone. */
  readonly #first: readonly Requirement[];
  readonly #last: Requirement | undefined;

  constructor(first: readonly Requirement[], last: Requirement | undefined, denials: readonly Denial[]) {
    this.asks = last !== undefined || denials.length > 0;
    this.#denials = denials;
    this.#first = first;
    this.#last = last;
  }

  judge(facts: AccessFacts): Verdict {
    for (const denial of this.#denials) {
      const verdict = denied(denial, facts);
      if (verdict !== undefined) return verdict;
    }
    for (const requirement of this.#first) {
      const refusal = refused(requirement, facts);
      if (refusal !== undefined) return refusal;
    }
    return (this.#last === undefined ? undefined : refused(this.#last, facts)) ?? PASS;
  }
}

function denied({ prefix, name, conditions }: Denial, facts: AccessFacts): Verdict | undefined {
  let open: { readonly condition: Condition; readonly problem: string } | undefined;
  for (const condition of conditions) {
    const outcome = asked(condition, condition.total, facts);
    if (outcome.kind === 'unknown') open ??= { condition, problem: outcome.problem };
    // What is not met decides, whatever else could not be found out.
    else if (!outcome.holds) return undefined;
  }
  if (open !== undefined) return unknown(prefix, open.condition, open.problem);
  if (conditions.length === 0) return undefined;
  return { kind: 'deny', reason: 'authz.denied', detail: `${prefix}the rule ${name} denies it` };
}

function refused({ total, condition, prefix }: Requirement, facts: AccessFacts): Verdict | undefined {
  const outcome = asked(condition, total, facts);
  if (outcome.kind === 'unknown') return unknown(prefix, condition, outcome.problem);
  if (outcome.holds) return undefined;
  return {
    kind: 'deny',
    reason: reasonOf(condition),
    ...(condition.kind === 'owner' ? { signals: NOT_OWNER } : {}),
    detail: `${prefix}${condition.kind}: ${condition.what} is required; held: ${condition.held(facts)}`,
  };
}

type Asked =
  | { readonly kind: 'known'; readonly holds: boolean }
  | { readonly kind: 'unknown'; readonly problem: string };

const HOLDS: Asked = { kind: 'known', holds: true };
const FAILS: Asked = { kind: 'known', holds: false };

function asked(condition: Condition, total: TotalExpression | undefined, facts: AccessFacts): Asked {
  try {
    return (total === undefined ? condition.holds(facts) : totalHolds(total, facts)) ? HOLDS : FAILS;
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
