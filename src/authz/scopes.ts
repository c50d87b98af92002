import type { Principal } from '../core/principal.ts';
import { PASS, type Verdict } from '../core/verdict.ts';

/**
 * Permits where the principal holds every required scope (RFC 6749 §3.3: case-sensitive, whole tokens).
 * Nobody identified holds no scope.
 */
export function judgeScopes(required: readonly string[], principal: Principal | undefined): Verdict {
  for (const scope of required) {
    if (principal === undefined || !principal.scopes.includes(scope))
      return {
        kind: 'deny',
        reason: 'authz.scope',
        detail: `scope ${scope} is required; held: ${principal === undefined ? 'nothing, nobody was identified' : principal.scopes.join(' ') || 'none'}`,
      };
  }
  return PASS;
}
