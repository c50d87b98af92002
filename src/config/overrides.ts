import { assertNever } from '../core/assert-never.ts';
import type { Configuration, RouteConfig } from '../core/configuration.ts';
import { type Mode, STAGE_IDS, type StageId } from '../core/decision.ts';
import { parseRouteStage, ROUTE_STAGE_IDS } from '../core/route-stage.ts';
import { parseTemplate, type Template } from '../http/path-template.ts';
import { effectiveMode } from '../pipeline/effective-mode.ts';
import type { ModeOverride } from '../ports.ts';
import { forwardsAroundRules } from './enforced-place.ts';
import { comparePaths, coversPath, overlapsPath, pathShape, samePaths, sharedPath } from './path-shape.ts';

export interface OverriddenConfiguration {
  readonly configuration: Configuration;
  /** One sentence for each override that has no effect. */
  readonly warnings: readonly string[];
}

export type OverrideResult =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly message: string };

/**
 * Lays the modes that were set by command over a configuration, the oldest first, so that of two that concern one call
 * the command given last holds. An override that cannot be laid changes nothing and is reported.
 */
export function applyOverrides(
  configuration: Configuration,
  overrides: readonly ModeOverride[],
): OverriddenConfiguration {
  const warnings: string[] = [];
  let current = configuration;
  for (const override of [...overrides].sort((left, right) => left.setAtMs - right.setAtMs)) {
    const result = applyOverride(current, override);
    if (result.ok) current = result.configuration;
    else warnings.push(`the mode ${override.mode} set by command has no effect: ${result.message}`);
  }
  if (forwardsAroundRules(current))
    warnings.push(
      effectiveMode(current, undefined, 'route') === 'observe'
        ? 'since a command made something enforce, calls that match no route are still forwarded, as the file says, but recorded as route.not_found: give what is meant to be reached a route; `sallyport enforce route` would refuse the rest'
        : 'since a command made something enforce, calls that match no route are refused with 404, although the file says unmatched: forward: give what is meant to be reached a route, or take the mode back (`sallyport modes list`)',
    );
  return { configuration: current, warnings };
}

/**
 * Lays one mode over a configuration, or says why it cannot. Where something enforces then, calls that match no route are
 * judged as not found in the mode of their stage, also where the configuration forwards them.
 */
export function applyOverride(configuration: Configuration, override: Omit<ModeOverride, 'setAtMs'>): OverrideResult {
  const { scope, target, mode } = override;
  switch (scope) {
    case 'stage':
      if (!isStage(target)) return refused(`there is no stage "${target}"; the stages are ${STAGE_IDS.join(', ')}`);
      return { ok: true, configuration: { ...configuration, stages: { ...configuration.stages, [target]: mode } } };
    case 'route':
      return withRouteMode(configuration, target, mode);
    case 'route-stage':
      return withRouteStageMode(configuration, target, mode);
    case 'path':
      return withPathMode(configuration, target, mode);
    default:
      return assertNever(scope);
  }
}

function refused(message: string): OverrideResult {
  return { ok: false, message };
}

function withRouteMode(configuration: Configuration, id: string, mode: Mode): OverrideResult {
  if (!configuration.routes.some((route) => route.id === id)) return refused(`there is no route "${id}"`);
  const routes = configuration.routes.map((route) => (route.id === id ? { ...route, mode } : route));
  return { ok: true, configuration: { ...configuration, routes } };
}

/** As in the file, the route's own word on a stage holds over the modes of the route, of the stage and of the whole. */
function withRouteStageMode(configuration: Configuration, target: string, mode: Mode): OverrideResult {
  const parsed = parseRouteStage(target);
  if (parsed === undefined)
    return refused(`"${target}" is no STAGE@ROUTE; stages of a route are ${ROUTE_STAGE_IDS.join(', ')}`);
  const { stage, routeId } = parsed;
  if (!configuration.routes.some(({ id }) => id === routeId))
    return refused(`there is no route "${routeId}", for "${target}"`);
  const routes = configuration.routes.map((route) =>
    route.id === routeId ? { ...route, stages: { ...route.stages, [stage]: mode } } : route,
  );
  return { ok: true, configuration: { ...configuration, routes } };
}

/**
 * Sets the mode of every path of a template: of the routes that lie inside it, and, where wider or crossing routes take
 * its calls too, of copies of those routes narrowed to the template. Every call keeps the route whose rules it had.
 */
function withPathMode(configuration: Configuration, template: string, mode: Mode): OverrideResult {
  const parsed = parseTemplate(template);
  if (!parsed.ok) return refused(`"${template}" is not a path template: ${parsed.error}`);
  const shaped = configuration.routes.map((route) => ({ route, shape: pathShape(route.match.path) }));
  const hosts = Map.groupBy(shaped, ({ route }) => route.match.host);
  const copies: RouteConfig[] = [];
  const ids = new Set(configuration.routes.map((route) => route.id));
  for (const routes of hosts.values()) {
    const narrowed = narrowedRoutes(routes, parsed.template, template);
    if (!keepsOrder(routes, narrowed, parsed.template)) {
      return refused(`routes cross each other inside ${template}: set the mode of each route by its id`);
    }
    for (const { route, path } of narrowed) {
      const id = freeId(path, route.id, ids);
      ids.add(id);
      const rulesOf = route.rulesOf ?? route.id;
      const parametersOf = route.parametersOf ?? route.match.path;
      copies.push({ ...route, id, match: { ...route.match, path }, rulesOf, parametersOf, mode });
    }
  }
  const inside = new Set(shaped.filter(({ shape }) => coversPath(parsed.template, shape)).map(({ route }) => route));
  if (copies.length === 0 && inside.size === 0) return refused(`no route takes calls of the path ${template}`);
  const routes = configuration.routes.map((route) => (inside.has(route) ? { ...route, mode } : route));
  return { ok: true, configuration: { ...configuration, routes: [...copies, ...routes] } };
}

interface ShapedRoute {
  readonly route: RouteConfig;
  readonly shape: Template;
}

/** A route to be copied, with the narrower path of its copy. */
interface NarrowedRoute extends ShapedRoute {
  readonly path: string;
}

/**
 * What must stand at the template's own path, of the routes of one host: the routes that take its calls from the most
 * exact path around it, whatever their methods, and those parts of crossing routes that the router prefers to them.
 */
function narrowedRoutes(routes: readonly ShapedRoute[], wanted: Template, template: string): NarrowedRoute[] {
  const around = routes
    .filter(({ shape }) => coversPath(shape, wanted))
    .sort((left, right) => comparePaths(left.shape, right.shape));
  const nearest = around[0];
  const crossing = routes.filter(
    ({ shape }) =>
      overlapsPath(shape, wanted) &&
      !coversPath(shape, wanted) &&
      !coversPath(wanted, shape) &&
      (nearest === undefined || comparePaths(shape, nearest.shape) < 0),
  );
  const pieces = crossing.map(({ route, shape }) => ({ route, shape, path: sharedPath(shape, wanted) }));
  // A route at the template's own path needs no copy: its mode is set where it stands.
  if (nearest === undefined || samePaths(nearest.shape, wanted)) return pieces;
  const copies = around
    .filter(({ shape }) => samePaths(shape, nearest.shape))
    .map(({ route, shape }) => ({ route, shape, path: template }));
  return [...copies, ...pieces];
}

/**
 * Whether the router prefers the copies to each other, and to the routes inside the template, as it preferred the
 * originals. Where several routes cross each other inside the template, narrowing can turn that round; then the mode
 * has to be set route by route.
 */
function keepsOrder(routes: readonly ShapedRoute[], narrowed: readonly NarrowedRoute[], wanted: Template): boolean {
  const after = [
    ...narrowed.map(({ shape, path }) => ({ before: shape, now: pathShape(path) })),
    ...routes.filter(({ shape }) => coversPath(wanted, shape)).map(({ shape }) => ({ before: shape, now: shape })),
  ];
  return after.every((one, index) =>
    after.slice(index + 1).every((other) => {
      if (!overlapsPath(one.now, other.now)) return true;
      return Math.sign(comparePaths(one.before, other.before)) === Math.sign(comparePaths(one.now, other.now));
    }),
  );
}

/** The path itself, and where several routes are narrowed to it, the path with the id of the route it came from. */
function freeId(path: string, origin: string, taken: ReadonlySet<string>): string {
  return taken.has(path) ? `${path}@${origin}` : path;
}

function isStage(target: string): target is StageId {
  return STAGE_IDS.some((stage) => stage === target);
}
