import type { Configuration, RouteConfig } from '../core/configuration.ts';
import type { Mode, StageId } from '../core/decision.ts';

/**
 * Whether a stage observes or enforces on a route; `route` is undefined where no route matched.
 *
 * The route's own word on the stage decides. Else, where both the route and the stage have a mode, the milder one holds:
 * whoever sets a stage to observe everywhere, to look at it first, must not find it blocking on an enforced route.
 * Else the one that is set, else the mode of the whole gateway.
 */
export function effectiveMode(
  configuration: Pick<Configuration, 'mode' | 'stages'>,
  route: Pick<RouteConfig, 'mode' | 'stages'> | undefined,
  stage: StageId,
): Mode {
  const own = route?.stages[stage];
  if (own !== undefined) return own;
  const byRoute = route?.mode;
  const byStage = configuration.stages[stage];
  if (byRoute !== undefined && byStage !== undefined) {
    return byRoute === 'observe' || byStage === 'observe' ? 'observe' : 'enforce';
  }
  return byRoute ?? byStage ?? configuration.mode;
}
