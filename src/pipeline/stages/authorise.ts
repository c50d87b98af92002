import { pathParameters } from '../../authz/access-facts.ts';
import { judgeKeyRoutes } from '../../authz/key-routes.ts';
import { judgeScopes } from '../../authz/scopes.ts';
import type { Principal } from '../../core/principal.ts';
import { NOT_APPLICABLE, type Verdict } from '../../core/verdict.ts';
import { asForwarded, type Evaluation } from '../evaluation.ts';
import { RESOURCE_METADATA } from '../protected-resource.ts';
import type { CompiledRoute } from '../snapshot.ts';

/** Access rules of the matched route. Where no route matched there is nothing to permit; `route` has said so. */
export function judgeAuthorisation(evaluation: Evaluation): Verdict | Promise<Verdict> {
  const { call, route, principal } = evaluation;
  if (route === undefined) return NOT_APPLICABLE;
  const { scopes } = route;
  const verdict = judgeScopes(scopes, principal);
  if (verdict.kind === 'deny')
    return principal !== undefined && comesByToken(principal)
      ? { ...verdict, challenge: insufficientScope(scopes, principal) }
      : verdict;
  if (principal?.restrictions !== undefined) {
    const confined = judgeKeyRoutes(principal.restrictions, route.ruleId, call.method);
    if (confined.kind !== 'pass') return confined;
  }
  return route.access.asks || route.outside !== undefined ? judgeAccess(evaluation, route) : verdict;
}

function judgeAccess(
  evaluation: Evaluation,
  { access, outside, parameterNames, ruleId }: CompiledRoute,
): Verdict | Promise<Verdict> {
  const { principal, path, nowMs } = evaluation;
  const parameters = pathParameters(parameterNames, path);
  // A rule over a name that is no text could be met by one that looks like it.
  if (parameters === undefined)
    return { kind: 'deny', reason: 'authz.rule', detail: 'a parameter of the path is no text in UTF-8' };
  const facts = { call: asForwarded(evaluation), principal, routeId: ruleId, parameters, nowMs };
  const verdict = access.judge(facts);
  // Nobody outside is asked about a call that is refused anyway.
  return outside === undefined || verdict.kind !== 'pass' ? verdict : outside.judge(facts);
}

function comesByToken({ method }: Principal): boolean {
  return method === 'jwt' || method === 'introspection';
}

/** Which scopes a token has to have, for clients that can ask their issuer for more (RFC 6750 §3.1, RFC 9449 §7.1). */
function insufficientScope(scopes: readonly string[], { binding }: Principal): string {
  const scheme = binding === 'dpop' ? 'DPoP' : 'Bearer';
  return `${scheme} realm="sallyport", resource_metadata="${RESOURCE_METADATA}", error="insufficient_scope", scope="${scopes.join(' ')}"`;
}
