import { NOT_APPLICABLE, PASS, type Verdict } from '../../core/verdict.ts';
import { checkLimits, limitStates, peekLimits } from '../../limit/limiter.ts';
import type { Evaluation } from '../evaluation.ts';

/** Body size as declared, then rates and quotas. A call that was already refused by an enforcing stage never gets here. */
export function judgeLimits(evaluation: Evaluation): Verdict {
  const { call, route, principal, nowMicros, nowMs } = evaluation;
  if (route === undefined) return NOT_APPLICABLE;
  if (call.bodyBytesDeclared > route.config.bodyBytesMax)
    return { kind: 'deny', reason: 'body.too_large', detail: `${call.bodyBytesDeclared} bytes are declared` };
  if (route.limits.rules.length === 0) return PASS;
  const subject = {
    consumer: principal?.consumer ?? '',
    keyId: principal?.credentialId ?? '',
    addressGroup: call.address.group,
    routeId: route.config.id,
  };
  const check = evaluation.dryRun ? peekLimits : checkLimits;
  const outcome = check(route.limits, subject, nowMicros, nowMs);
  evaluation.limits = limitStates(route.limits);
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
