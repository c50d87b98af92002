import { type AccessPolicy, policyPrefix } from '../core/access.ts';
import { PASS, type Verdict } from '../core/verdict.ts';
import type { AccessFacts } from './access-facts.ts';
import { type Condition, compileConditions } from './conditions.ts';
import type { CountryOf } from './countries.ts';

/** The rules of one route, compiled once. */
export interface CompiledAccess {
  /** False: nothing is asked, and no facts are needed. */
  readonly asks: boolean;
  judge(facts: AccessFacts): Verdict;
}

interface CompiledPolicy {
  /** Before what it says, such as `policy partners: `. */
  readonly prefix: string;
  readonly conditions: readonly Condition[];
  readonly deny: readonly { readonly name: string; readonly conditions: readonly Condition[] }[];
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
  const compiled: readonly CompiledPolicy[] = policies.map(({ name, group, conditions, deny }) => ({
    prefix: policyPrefix({ name, group }),
    conditions: compileConditions(conditions, parameters, countryOf),
    deny: deny.map((rule) => ({
      name: rule.name,
      conditions: compileConditions(rule.conditions, parameters, countryOf),
    })),
  }));
  const asks = compiled.some(({ conditions, deny }) => conditions.length > 0 || deny.length > 0);
  return {
    asks,
    judge: (facts) => {
      for (const policy of compiled) {
        const denial = denied(policy, facts);
        if (denial !== undefined) return denial;
      }
      for (const policy of compiled) {
        const verdict = permitted(policy, facts);
        if (verdict.kind !== 'pass') return verdict;
      }
      return PASS;
    },
  };
}

function denied(policy: CompiledPolicy, facts: AccessFacts): Verdict | undefined {
  for (const { name, conditions } of policy.deny) {
    let meets = conditions.length > 0;
    let open: { readonly condition: Condition; readonly problem: string } | undefined;
    for (const condition of conditions) {
      const outcome = asked(condition, facts);
      if (outcome.kind === 'unknown') open ??= { condition, problem: outcome.problem };
      else if (!outcome.holds) {
        // What is not met decides, whatever else could not be found out.
        meets = false;
        break;
      }
    }
    if (meets && open !== undefined) return unknown(policy, open.condition, open.problem);
    if (meets) return { kind: 'deny', reason: 'authz.denied', detail: `${policy.prefix}the rule ${name} denies it` };
  }
  return undefined;
}

function permitted(policy: CompiledPolicy, facts: AccessFacts): Verdict {
  for (const condition of policy.conditions) {
    const outcome = asked(condition, facts);
    if (outcome.kind === 'unknown') return unknown(policy, condition, outcome.problem);
    if (!outcome.holds)
      return {
        kind: 'deny',
        reason: reasonOf(condition),
        ...(condition.kind === 'owner' ? { signals: NOT_OWNER } : {}),
        detail: `${policy.prefix}${condition.kind}: ${condition.what} is required; held: ${condition.held(facts)}`,
      };
  }
  return PASS;
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

function unknown(policy: CompiledPolicy, condition: Condition, problem: string): Verdict {
  return {
    kind: 'deny',
    reason: 'authz.rule',
    detail: `${policy.prefix}${condition.kind} could not be found out: ${problem}`,
  };
}
