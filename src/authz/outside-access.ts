import { type AccessPolicy, policyPrefix } from '../core/access.ts';
import { PASS, type Verdict } from '../core/verdict.ts';
import type { AccessFacts } from './access-facts.ts';
import type { Decider } from './deciders/decider.ts';
import type { OutsideOutcome } from './outside/outcome.ts';
import { OwnerCondition } from './ownership/owner-condition.ts';
import { compileOwnerExpression, mentionsOwned } from './ownership/owner-expression.ts';
import type { OwnerLookup } from './ownership/owner-lookup.ts';

/** Whom rules may ask, by name. */
export interface OutsideSources {
  readonly lookups: ReadonlyMap<string, OwnerLookup>;
  readonly deciders: ReadonlyMap<string, Decider>;
}

/** What a route asks of look-ups and deciders. */
export interface OutsideAccess {
  /** Asks one after the other, and nobody once one has said no. A value where nobody has to be waited for. */
  judge(facts: AccessFacts): Verdict | Promise<Verdict>;
}

interface Step {
  /** Before what it says, such as `policy partners: `. */
  readonly prefix: string;
  readonly kind: 'owner' | 'decide';
  /** As it stands in the configuration. */
  readonly what: string;
  readonly asked: { judge(facts: AccessFacts): OutsideOutcome | Promise<OutsideOutcome> };
}

/**
 * Compiles what the policies of a route ask of somebody outside: look-ups first, then deciders. Undefined where they ask
 * nothing. Each has to permit. Throws where one cannot be compiled, which loading has refused.
 */
export function compileOutsideAccess(
  policies: readonly AccessPolicy[],
  parameters: readonly string[],
  { lookups, deciders }: OutsideSources,
): OutsideAccess | undefined {
  const steps: Step[] = [];
  for (const policy of policies) {
    const { owner } = policy.conditions;
    if (owner === undefined || !mentionsOwned(owner)) continue;
    const compiled = compileOwnerExpression(owner, parameters);
    if (!compiled.ok) throw new TypeError(`the expression cannot be used: ${compiled.problem}`);
    const asked = new OwnerCondition(compiled.expression, lookups);
    steps.push({ prefix: policyPrefix(policy), kind: 'owner', what: owner, asked });
  }
  const named = new Set<string>();
  for (const policy of policies)
    for (const one of policy.decide ?? []) {
      const decider = deciders.get(one);
      if (decider === undefined) throw new TypeError(`there is no decider ${one}`);
      if (named.has(one)) continue;
      named.add(one);
      steps.push({ prefix: policyPrefix(policy), kind: 'decide', what: one, asked: decider });
    }
  return steps.length === 0 ? undefined : { judge: (facts) => judgeFrom(steps, 0, '', facts) };
}

function judgeFrom(
  steps: readonly Step[],
  first: number,
  before: string,
  facts: AccessFacts,
): Verdict | Promise<Verdict> {
  let notes = before;
  for (let i = first; i < steps.length; i++) {
    const step = steps[i];
    if (step === undefined) break;
    const outcome = step.asked.judge(facts);
    if (outcome instanceof Promise)
      return outcome.then((one) => refusal(step, one) ?? judgeFrom(steps, i + 1, joined(notes, one.note), facts));
    const refused = refusal(step, outcome);
    if (refused !== undefined) return refused;
    notes = joined(notes, outcome.note);
  }
  return notes === '' ? PASS : { kind: 'pass', detail: notes };
}

/** Somebody who asks for objects of others is worth knowing of (OWASP API1). */
const NOT_OWNER = [{ name: 'authz.not_owner' }] as const;

function refusal({ prefix, kind, what }: Step, outcome: OutsideOutcome): Verdict | undefined {
  const place = `${prefix}${kind}: ${what}`;
  switch (outcome.kind) {
    case 'holds':
      return undefined;
    case 'fails':
      return kind === 'owner'
        ? { kind: 'deny', reason: 'authz.owner', signals: NOT_OWNER, detail: `${place} is required; ${outcome.note}` }
        : { kind: 'deny', reason: 'authz.decider', detail: `${place} is required; ${outcome.note}` };
    case 'unknown':
      return {
        kind: 'deny',
        reason: kind === 'owner' ? 'authz.owner' : 'authz.decider',
        detail: `${place} could not be found out: ${outcome.problem}; ${outcome.note}`,
      };
    case 'unavailable':
      return { kind: 'indeterminate', fault: { reason: 'authz.unavailable', detail: `${place}: ${outcome.problem}` } };
  }
}

function joined(before: string, note: string): string {
  return before === '' ? note : `${before}; ${note}`;
}
