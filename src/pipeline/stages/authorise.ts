import { judgeKeyRoutes } from '../../authz/key-routes.ts';
import { judgeScopes } from '../../authz/scopes.ts';
import type { Principal } from '../../core/principal.ts';
import { NOT_APPLICABLE, type Verdict } from '../../core/verdict.ts';
import type { Evaluation } from '../evaluation.ts';
import { RESOURCE_METADATA } from '../protected-resource.ts';

/** Access rules of the matched route. Where no route matched there is nothing to permit; `route` has said so. */
export function judgeAuthorisation({ call, route, principal }: Evaluation): Verdict {
  if (route === undefined) return NOT_APPLICABLE;
  const { scopes } = route.config.authorize;
  const verdict = judgeScopes(scopes, principal);
  if (verdict.kind === 'pass' && principal?.restrictions !== undefined)
    return judgeKeyRoutes(principal.restrictions, route.config.id, call.method);
  return verdict.kind === 'deny' && principal !== undefined && comesByToken(principal)
    ? { ...verdict, challenge: insufficientScope(scopes, principal) }
    : verdict;
}

function comesByToken({ method }: Principal): boolean {
  return method === 'jwt' || method === 'introspection';
}

/** Which scopes a token has to have, for clients that can ask their issuer for more (RFC 6750 §3.1, RFC 9449 §7.1). */
function insufficientScope(scopes: readonly string[], { binding }: Principal): string {
  const scheme = binding === 'dpop' ? 'DPoP' : 'Bearer';
  return `${scheme} realm="sallyport", resource_metadata="${RESOURCE_METADATA}", error="insufficient_scope", scope="${scopes.join(' ')}"`;
}
