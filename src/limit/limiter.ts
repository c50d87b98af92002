import type { LimitRule } from '../core/configuration.ts';
import type { LimitState } from '../core/decision.ts';
import { CompiledRule } from './compiled-rule.ts';
import { limitIdentity, limitRuleProblem, policyName } from './limit-rule.ts';
import type { Limits } from './limits.ts';
import { rateLimitPolicyItem, retryAfterSeconds } from './ratelimit-headers.ts';
import type { LimitedSubject } from './subject-keys.ts';

export type { LimitedSubject } from './subject-keys.ts';

/** What the limits of a route say of one call. */
export interface LimitOutcome {
  readonly kind: 'pass' | 'refused' | 'unavailable';
  /** Meaningful unless `pass`. */
  readonly reason: 'limit.rate' | 'limit.quota' | 'limit.unavailable';
  /** Name of the policy that refused, or empty. */
  readonly policy: string;
  /** 0 on a pass, else whole seconds and at least 1. */
  readonly retryAfterSeconds: number;
}

/** The limits of one route, ready to be checked on one thread. */
export interface CompiledLimits {
  /** In the order of the configuration. */
  readonly rules: readonly CompiledRule[];
  /** In the order they are charged. */
  readonly charging: readonly CompiledRule[];
  /** Value of `RateLimit-Policy`; empty where the route has no limits. */
  readonly policyField: string;
}

const PASS: LimitOutcome = Object.freeze({ kind: 'pass', reason: 'limit.rate', policy: '', retryAfterSeconds: 0 });

const ROUTE_NAMES = { identity: limitIdentity, policy: policyName };

/**
 * Compiles the limits of a route for one thread. Throws where a rule is impossible: configuration loading must have
 * asked `limitRuleProblem` first.
 */
export function compileLimits(
  rules: readonly LimitRule[],
  routeId: string,
  limits: Limits,
  named: { readonly identity: typeof limitIdentity; readonly policy: typeof policyName } = ROUTE_NAMES,
): CompiledLimits {
  const identities = new Map<string, number>();
  const policies = new Map<string, number>();
  const compiled = rules.map((rule) => {
    const problem = limitRuleProblem(rule);
    if (problem !== undefined) throw new TypeError(`limit of route ${routeId}: ${problem}`);
    const definition = named.identity(rule, routeId);
    const name = named.policy(rule);
    // The same definition twice on one route is two counters; in front, where no route id can imitate it.
    const copy = occurrence(definition, identities);
    const namesake = occurrence(name, policies);
    return new CompiledRule(
      rule,
      copy === 1 ? definition : `${copy}#${definition}`,
      namesake === 1 ? name : `${name}-${namesake}`,
      limits,
    );
  });
  return {
    rules: compiled,
    charging: compiled.toSorted((a, b) => a.chargeRank - b.chargeRank),
    policyField: compiled.map((rule) => rateLimitPolicyItem(rule.policy, rule.permits, rule.windowSeconds)).join(', '),
  };
}

/**
 * Checks every limit of a route for one call and charges all of them, or none.
 *
 * All rules are asked first; if one refuses, nothing is charged. Then each is charged by compare-and-swap. Where
 * another thread took the last permit in between, what was charged before is given back.
 *
 * How exact that is. One rule alone: exact, with any number of threads. Several rules: while a charge waits to be given
 * back, some hundred nanoseconds, another call may be refused that would have passed; and a thread that is terminated
 * in that moment leaves its one call charged. Quotas are charged before rates and slow rates before fast ones, so that
 * what is given back is mostly a counter, for which that is exact. A rate is given back exactly unless the thread is
 * suspended, between its charge and the refund, for longer than the key takes to come to rest: then the key is ahead by
 * at most the cost of that one call. Keys that found their bucket full: see `CompiledRule`.
 *
 * Does not act on the outcome: in observe mode the caller ignores a refusal.
 */
export function checkLimits(
  compiled: CompiledLimits,
  subject: LimitedSubject,
  nowMicros: number,
  nowMs: number,
): LimitOutcome {
  const outcome = peekLimits(compiled, subject, nowMicros, nowMs);
  if (outcome.kind !== 'pass') {
    repairLimits(compiled);
    return outcome;
  }
  const charging = compiled.charging;
  for (let i = 0; i < charging.length; i++) {
    const rule = charging[i];
    if (rule === undefined || rule.commit(nowMicros, nowMs)) continue;
    for (let back = i - 1; back >= 0; back--) charging[back]?.refund();
    return refusal(rule);
  }
  return PASS;
}

/** Gives back what the last check on these compiled limits charged; it must have passed. */
export function refundLimits(compiled: CompiledLimits): void {
  for (const rule of compiled.charging) rule.refund();
}

/** After a refusal of `peekLimits` that stands: replaces values that no rule could have written (see `decideGcra`). */
export function repairLimits(compiled: CompiledLimits): void {
  for (const rule of compiled.charging) rule.repair();
}

/** Says what `checkLimits` would say, and charges nothing. */
export function peekLimits(
  compiled: CompiledLimits,
  subject: LimitedSubject,
  nowMicros: number,
  nowMs: number,
): LimitOutcome {
  const charging = compiled.charging;
  let refused: CompiledRule | undefined;
  for (let i = 0; i < charging.length; i++) {
    const rule = charging[i];
    if (rule === undefined || rule.ask(subject, nowMicros, nowMs)) continue;
    // The longest wait is the one that helps: after a shorter one the call would be refused again.
    if (refused === undefined || rule.charge.retryAfterMs > refused.charge.retryAfterMs) refused = rule;
  }
  return refused === undefined ? PASS : refusal(refused);
}

/** The limits as the last check on these compiled limits left them, in the order of the configuration. */
export function limitStates(compiled: CompiledLimits): readonly LimitState[] {
  return compiled.rules.map((rule) => rule.state());
}

function refusal(rule: CompiledRule): LimitOutcome {
  if (rule.unavailable) {
    return { kind: 'unavailable', reason: 'limit.unavailable', policy: rule.policy, retryAfterSeconds: 1 };
  }
  return {
    kind: 'refused',
    reason: rule.kind === 'rate' ? 'limit.rate' : 'limit.quota',
    policy: rule.policy,
    retryAfterSeconds: retryAfterSeconds(rule.charge.retryAfterMs),
  };
}

function occurrence(name: string, seen: Map<string, number>): number {
  const count = (seen.get(name) ?? 0) + 1;
  seen.set(name, count);
  return count;
}
