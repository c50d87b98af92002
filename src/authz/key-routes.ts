import type { CredentialRestriction } from '../core/credential.ts';
import { PASS, type Verdict } from '../core/verdict.ts';

const ROUTES_SHOWN_MAX = 5;

/**
 * Permits where every credential of the call may be used for the matched route with this method. The route is named by its
 * id, as matching found it: how the path was written cannot matter. A list that names no route of the configuration permits
 * nothing.
 */
export function judgeKeyRoutes(
  restrictions: readonly CredentialRestriction[],
  routeId: string,
  method: string,
): Verdict {
  for (const { routes } of restrictions)
    if (routes.length > 0 && !routes.some((grant) => grantsRoute(grant, routeId, method)))
      return {
        kind: 'deny',
        reason: 'authz.key_route',
        detail: `${method} on ${routeId} is not among ${routes.slice(0, ROUTES_SHOWN_MAX).join(' ')}${routes.length > ROUTES_SHOWN_MAX ? ' …' : ''}`,
      };
  return PASS;
}

/** `ID` grants every method of the route, `ID:GET,HEAD` those named. A method is compared as it is sent (RFC 9110 §9.1). */
function grantsRoute(grant: string, routeId: string, method: string): boolean {
  const colon = grant.lastIndexOf(':');
  if (colon < 0) return grant === routeId;
  return (
    grant.slice(0, colon) === routeId &&
    grant
      .slice(colon + 1)
      .split(',')
      .includes(method)
  );
}
