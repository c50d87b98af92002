import type { Configuration } from '../core/configuration.ts';
import { STAGE_IDS } from '../core/decision.ts';
import { ROUTE_STAGE_IDS } from '../core/route-stage.ts';
import { effectiveMode } from './effective-mode.ts';

/** Whether something enforces: then a call that misses an enforced route by one character must not pass unjudged. */
export function enforcesAnywhere(configuration: Configuration): boolean {
  return [undefined, ...configuration.routes.filter((route) => !isInternal(configuration, route.upstream))].some(
    (route) => STAGE_IDS.some((stage) => effectiveMode(configuration, route, stage) === 'enforce'),
  );
}

/**
 * Where calls go that match no route: where that is configured and nothing enforces, or where they are only observed as
 * denied and there is one place they can have been meant for, since observing must not block.
 */
export function unmatchedUpstream(configuration: Configuration): string | undefined {
  const { unmatched } = configuration;
  const isObserved = effectiveMode(configuration, undefined, 'route') === 'observe';
  if (unmatched.kind === 'forward')
    return isObserved || !enforcesAnywhere(configuration) ? unmatched.upstream : undefined;
  const names = Object.keys(configuration.upstreams).filter((name) => !isInternal(configuration, name));
  return isObserved && names.length === 1 ? names[0] : undefined;
}

/**
 * Whether calls that match no route go on while a route enforces, since the stage that finds the route only observes: then
 * a call passes around the enforced rules that misses their path by one character, or comes with a method nobody listed.
 */
export function passesAroundRoutes(configuration: Configuration): boolean {
  const enforcing = configuration.routes.some(
    (route) =>
      !isInternal(configuration, route.upstream) &&
      ROUTE_STAGE_IDS.some((stage) => effectiveMode(configuration, route, stage) === 'enforce'),
  );
  return enforcing && !takesEveryCall(configuration) && unmatchedUpstream(configuration) !== undefined;
}

/** Whether no call can miss every route: of each host one takes all paths, and none leaves a method to nobody. */
function takesEveryCall({ routes }: Configuration): boolean {
  if (routes.some(({ match }) => match.methods.length > 0)) return false;
  const hosts = new Set(['*', ...routes.map(({ match }) => match.host)]);
  return [...hosts].every((host) => routes.some(({ match }) => match.host === host && match.path === '/*'));
}

/** Endpoints of the gateway itself enforce in every mode; that says nothing of the APIs behind it. */
export function isInternal({ upstreams }: Pick<Configuration, 'upstreams'>, name: string): boolean {
  return upstreams[name]?.internal === true;
}
