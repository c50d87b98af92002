import { judgeScopes } from '../../authz/scopes.ts';
import { NOT_APPLICABLE, type Verdict } from '../../core/verdict.ts';
import type { Evaluation } from '../evaluation.ts';

/** Access rules of the matched route. Where no route matched there is nothing to permit; `route` has said so. */
export function judgeAuthorisation({ route, principal }: Evaluation): Verdict {
  return route === undefined ? NOT_APPLICABLE : judgeScopes(route.config.authorize.scopes, principal);
}
