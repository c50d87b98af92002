import type { Configuration, RouteConfig } from '../core/configuration.ts';
import { type Mode, STAGE_IDS, type StageId } from '../core/decision.ts';
import type { ModesThere, ModeThere } from '../core/modes-there.ts';
import { parseRouteStage, ROUTE_STAGE_IDS } from '../core/route-stage.ts';
import { parseTemplate, type Template } from '../http/path-template.ts';
import { effectiveMode } from '../pipeline/effective-mode.ts';
import type { ModeOverride } from '../ports.ts';
import { applyOverride, applyOverrides } from './overrides.ts';
import { comparePaths, coversPath, pathShape, samePaths } from './path-shape.ts';

type Place = Pick<ModeOverride, 'scope' | 'target'>;

/** What holds at a place by the configuration with the modes laid over it, and what the configuration alone says. */
export function modesAt(base: Configuration, laid: Configuration, place: Place): ModesThere {
  const routes = routesAt(laid, place);
  // The stage that finds the route judges calls that match none, too.
  const unrouted = place.scope === 'stage' && place.target === 'route' ? [undefined] : [];
  const stages = stagesAt(place);
  const of = (judged: Configuration, route: RouteConfig | undefined): readonly Mode[] =>
    stages.map((stage) => effectiveMode(judged, ROUTE_STAGE_IDS.includes(stage) ? route : undefined, stage));
  // Routes that a mode for a path made stand in the file as the route they were made of.
  const origins = new Set(routes.map(({ id, rulesOf }) => rulesOf ?? id));
  const known = base.routes.filter(({ id }) => origins.has(id));
  return {
    inForce: together([...unrouted, ...routes].flatMap((route) => of(laid, route))),
    configured: together([...unrouted, ...known].flatMap((route) => of(base, route))),
  };
}

/**
 * Whether a mode would change nothing, neither over the configuration alone nor over the other modes that were set: then it
 * need not be kept. Errs on the side of no.
 */
export function changesNothing(base: Configuration, others: readonly ModeOverride[], override: ModeOverride): boolean {
  const alone = applyOverride(base, override);
  if (!alone.ok || !haveSameModes(alone.configuration, base)) return false;
  // Modes for paths make routes, and of two of them the one is not made of the other.
  if (override.scope === 'path' && others.some(({ scope }) => scope === 'path' || scope === 'route')) return false;
  const before = applyOverrides(base, others).configuration;
  return haveSameModes(applyOverrides(base, [...others, override]).configuration, before);
}

function haveSameModes(after: Configuration, before: Configuration): boolean {
  const known = new Map(before.routes.map((route) => [route.id, route]));
  if (STAGE_IDS.some((stage) => effectiveMode(after, undefined, stage) !== effectiveMode(before, undefined, stage)))
    return false;
  return after.routes.every((route) => {
    const origin = known.get(route.id) ?? known.get(route.rulesOf ?? route.id);
    return (
      origin !== undefined &&
      ROUTE_STAGE_IDS.every((stage) => effectiveMode(after, route, stage) === effectiveMode(before, origin, stage))
    );
  });
}

function routesAt({ routes }: Configuration, { scope, target }: Place): readonly RouteConfig[] {
  if (scope === 'stage') return routes;
  if (scope === 'path') {
    const parsed = parseTemplate(target);
    return parsed.ok ? routesOfPath(routes, parsed.template) : [];
  }
  const id = scope === 'route' ? target : parseRouteStage(target)?.routeId;
  return routes.filter((route) => route.id === id || route.rulesOf === id);
}

/** The routes inside a template; where there are none, those around it that its calls go to. */
function routesOfPath(routes: readonly RouteConfig[], template: Template): readonly RouteConfig[] {
  const shaped = routes.map((route) => ({ route, shape: pathShape(route.match.path) }));
  const inside = shaped.filter(({ shape }) => coversPath(template, shape));
  const around = shaped
    .filter(({ shape }) => coversPath(shape, template))
    .sort((one, other) => comparePaths(one.shape, other.shape));
  const nearest = around.filter(({ shape }) => samePaths(shape, around[0]?.shape ?? template));
  return (inside.length > 0 ? inside : nearest).map(({ route }) => route);
}

function stagesAt({ scope, target }: Place): readonly StageId[] {
  if (scope === 'stage') return STAGE_IDS.filter((id) => id === target);
  if (scope !== 'route-stage') return ROUTE_STAGE_IDS;
  const parsed = parseRouteStage(target);
  return parsed === undefined ? [] : [parsed.stage];
}

function together(modes: readonly Mode[]): ModeThere {
  const [first] = modes;
  if (first === undefined) return 'none';
  return modes.every((mode) => mode === first) ? first : 'mixed';
}
