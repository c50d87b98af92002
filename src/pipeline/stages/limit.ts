import type { LimitState } from '../../core/decision.ts';
import type { Principal } from '../../core/principal.ts';
import { NOT_APPLICABLE, PASS, type Verdict } from '../../core/verdict.ts';
import {
  type CompiledLimits,
  checkLimits,
  type LimitedSubject,
  type LimitOutcome,
  limitStates,
  peekLimits,
  refundLimits,
  repairLimits,
} from '../../limit/limiter.ts';
import type { Evaluation } from '../evaluation.ts';
import type { CompiledRoute } from '../snapshot.ts';

/**
 * Body size as declared, then rates and quotas, of the route and of the credential itself. A call that was already refused
 * by an enforcing stage never gets here.
 */
export function judgeLimits(evaluation: Evaluation): Verdict {
  const { call, route, principal, nowMicros, nowMs } = evaluation;
  if (route === undefined) return NOT_APPLICABLE;
  if (call.bodyBytesDeclared > route.config.bodyBytesMax)
    return { kind: 'deny', reason: 'body.too_large', detail: `${call.bodyBytesDeclared} bytes are declared` };
  const restrictions = principal?.restrictions;
  if (restrictions !== undefined) return judgeWithOwnLimits(evaluation, route, restrictions);
  if (route.limits.rules.length === 0) return PASS;
  const check = evaluation.dryRun ? peekLimits : checkLimits;
  const outcome = check(route.limits, subjectOf(evaluation, route), nowMicros, nowMs);
  evaluation.limits = limitStates(route.limits);
  return verdictOf(outcome);
}

/** All or none: what was charged is given back where another limit refuses after all. */
function judgeWithOwnLimits(
  evaluation: Evaluation,
  route: CompiledRoute,
  restrictions: NonNullable<Principal['restrictions']>,
): Verdict {
  const { nowMicros, nowMs, dryRun, snapshot } = evaluation;
  const subject = subjectOf(evaluation, route);
  const parts: { readonly limits: CompiledLimits; readonly subject: LimitedSubject }[] = [];
  for (const [place, { limits, countedAs }] of restrictions.entries())
    if (limits.length > 0)
      parts.push({ limits: snapshot.credentialLimits.of(limits, place), subject: { ...subject, keyId: countedAs } });
  if (route.limits.rules.length > 0) parts.push({ limits: route.limits, subject });
  let refused: LimitOutcome | undefined;
  // All are asked before any is charged, so that each state that is told is of this call.
  for (const part of parts) {
    const outcome = peekLimits(part.limits, part.subject, nowMicros, nowMs);
    if (outcome.kind !== 'pass') refused = longer(refused, outcome);
  }
  if (dryRun) {
    // Nothing is written.
  } else if (refused !== undefined) for (const { limits } of parts) repairLimits(limits);
  else
    for (const [at, part] of parts.entries()) {
      const outcome = checkLimits(part.limits, part.subject, nowMicros, nowMs);
      if (outcome.kind === 'pass') continue;
      refused = outcome;
      for (const { limits } of parts.slice(0, at)) refundLimits(limits);
      break;
    }
  const states: LimitState[] = [];
  // Those of the route first, in the order of the configuration.
  for (const { limits } of parts.toReversed()) states.push(...limitStates(limits));
  if (states.length > 0) evaluation.limits = states;
  return refused === undefined ? PASS : verdictOf(refused);
}

/** After the shorter wait the call would be refused again. */
function longer(one: LimitOutcome | undefined, other: LimitOutcome): LimitOutcome {
  return one === undefined || other.retryAfterSeconds > one.retryAfterSeconds ? other : one;
}

function subjectOf(
  { call, principal }: Evaluation,
  route: CompiledRoute,
): LimitedSubject & { readonly routeId: string } {
  return {
    consumer: principal?.consumer ?? '',
    keyId: principal?.credentialId ?? '',
    addressGroup: call.address.group,
    routeId: route.ruleId,
  };
}

function verdictOf(outcome: LimitOutcome): Verdict {
  switch (outcome.kind) {
    case 'pass':
      return PASS;
    case 'refused':
      return {
        kind: 'deny',
        reason: outcome.reason,
        detail: `policy ${outcome.policy} is used up`,
        retryAfterSeconds: outcome.retryAfterSeconds,
      };
    case 'unavailable':
      return { kind: 'indeterminate', fault: { reason: 'limit.unavailable', detail: `policy ${outcome.policy}` } };
  }
}
