import type { RouteView, UnmatchedView } from '../../admin/services.ts';
import type { AuthenticateConfig, Configuration, LimitRule } from '../../core/configuration.ts';
import { type Mode, STAGE_IDS, type StageId } from '../../core/decision.ts';
import { ROUTE_STAGE_IDS } from '../../core/route-stage.ts';
import { effectiveMode } from '../../pipeline/effective-mode.ts';
import { unmatchedUpstream } from '../../pipeline/unmatched-calls.ts';

/** Routes as they are in force; `base` tells what a command changed. */
export function routeViews(current: Configuration, base: Configuration): RouteView[] {
  const own = (upstream: string): boolean => current.upstreams[upstream]?.internal === true;
  return current.routes.map((route) => {
    const before = base.routes.find(({ id }) => id === route.id);
    const mode = route.mode ?? current.mode;
    return {
      id: route.id,
      host: route.match.host,
      path: route.match.path,
      methods: route.match.methods,
      upstream: route.upstream,
      mode,
      modeSource:
        own(route.upstream) || (before !== undefined && (before.mode ?? base.mode) === mode)
          ? 'configuration'
          : 'command',
      stages: Object.fromEntries(
        STAGE_IDS.map((stage) => [
          stage,
          // Before the route is known a stage cannot have a mode of the route's.
          effectiveMode(current, ROUTE_STAGE_IDS.includes(stage) ? route : undefined, stage),
        ]),
      ) as Record<StageId, Mode>,
      ownStages: ROUTE_STAGE_IDS.filter((stage) => route.stages[stage] !== undefined),
      authenticate: authenticateText(route.authenticate),
      scopes: route.authorize.scopes,
      limits: route.limits.map(limitText),
    };
  });
}

export function unmatchedView(current: Configuration): UnmatchedView {
  return {
    mode: effectiveMode(current, undefined, 'route'),
    upstream: unmatchedUpstream(current) ?? null,
  };
}

function authenticateText(rule: AuthenticateConfig): string {
  return rule.kind === 'none' ? 'none' : `${rule.kind} ${rule.authenticators.join(', ')}`;
}

function limitText(rule: LimitRule): string {
  const window =
    rule.kind === 'rate' ? `${rule.windowSeconds}s` : typeof rule.window === 'number' ? `${rule.window}s` : rule.window;
  return `${rule.kind} ${rule.permits}/${window} per ${rule.per.join(' and ')}`;
}
