import { assertNever } from '../../core/assert-never.ts';
import type { Principal } from '../../core/principal.ts';
import { NOT_APPLICABLE, PASS, type Verdict } from '../../core/verdict.ts';
import type { Evaluation } from '../evaluation.ts';
import type { Authenticator } from '../snapshot.ts';

/**
 * Asks the route's methods who is calling. `anyOf`: the first method that finds its own kind of credential decides,
 * whatever it decides; a wrong credential is never excused by another one. `allOf`: every method must pass, and all
 * for the same consumer.
 */
export function judgeAuthentication(evaluation: Evaluation): Verdict {
  const { route } = evaluation;
  if (route === undefined) return NOT_APPLICABLE;
  const rule = route.config.authenticate;
  switch (rule.kind) {
    case 'none':
      return NOT_APPLICABLE;
    case 'anyOf':
      return anyOf(evaluation, route.authenticators);
    case 'allOf':
      return allOf(evaluation, route.authenticators);
    default:
      return assertNever(rule);
  }
}

function anyOf(evaluation: Evaluation, authenticators: readonly Authenticator[]): Verdict {
  for (const authenticator of authenticators) {
    const verdict = authenticator.authenticate(evaluation.call, evaluation.nowMs);
    if (verdict.kind === 'notApplicable') continue;
    if (verdict.kind === 'pass') return identified(evaluation, verdict);
    return challenged(verdict, authenticator);
  }
  return missing(authenticators);
}

function allOf(evaluation: Evaluation, authenticators: readonly Authenticator[]): Verdict {
  let first: Extract<Verdict, { kind: 'pass' }> | undefined;
  for (const authenticator of authenticators) {
    const verdict = authenticator.authenticate(evaluation.call, evaluation.nowMs);
    if (verdict.kind === 'notApplicable') return missing([authenticator]);
    if (verdict.kind !== 'pass') return challenged(verdict, authenticator);
    if (first === undefined) first = verdict;
    else if (!sameConsumer(first.principal, verdict.principal))
      return { kind: 'deny', reason: 'authn.mixed_principals' };
  }
  return first === undefined ? missing(authenticators) : identified(evaluation, first);
}

/** A method that passes without naming anyone has established nothing. */
function identified(evaluation: Evaluation, verdict: Extract<Verdict, { kind: 'pass' }>): Verdict {
  if (verdict.principal === undefined)
    return { kind: 'indeterminate', fault: { reason: 'gateway.fault', detail: 'a method passed without a principal' } };
  evaluation.principal = verdict.principal;
  return verdict.signals === undefined ? PASS : verdict;
}

function challenged(verdict: Verdict, authenticator: Authenticator): Verdict {
  return verdict.kind === 'deny' && verdict.challenge === undefined
    ? { ...verdict, challenge: authenticator.challenge }
    : verdict;
}

function missing(authenticators: readonly Authenticator[]): Verdict {
  return {
    kind: 'deny',
    reason: 'authn.missing',
    challenge: authenticators.map(({ challenge }) => challenge).join(', '),
  };
}

function sameConsumer(one: Principal | undefined, other: Principal | undefined): boolean {
  return one !== undefined && other !== undefined && one.consumer !== '' && one.consumer === other.consumer;
}
