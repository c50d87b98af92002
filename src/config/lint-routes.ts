import type { Configuration, RouteConfig } from '../core/configuration.ts';
import type { Template } from '../http/path-template.ts';
import type { SourcePath } from './diagnostics.ts';
import { lintHosts } from './lint-hosts.ts';
import { PathIndex } from './path-index.ts';
import { comparePaths, coversPath, overlapsPath, pathShape, samePaths } from './path-shape.ts';
import type { ReadContext } from './schema-types.ts';
import { positionOf, type SourceNode } from './source-tree.ts';

type Report = Pick<ReadContext, 'report'>;

export interface ShapedRoute {
  readonly config: RouteConfig;
  readonly shape: Template;
  readonly index: number;
}

/** Finds routes that can never be used, that overlap with a surprising result, or that ask nobody who they are. */
export function lintRoutes(configuration: Configuration, root: SourceNode, context: Report): void {
  const routes = configuration.routes.map((config, index) => ({ config, shape: pathShape(config.match.path), index }));
  for (const route of routes) lintProtection(route.config, ['routes', route.index], root, context);
  // The router asks the routes of one host only: what stands under another host cannot take their calls.
  const groups = Map.groupBy(routes, (route) => route.config.match.host);
  for (const group of groups.values()) {
    const index = new PathIndex(group);
    for (const route of group) lintOverlaps(route, inOrder(index.near(route.shape)), root, context);
  }
  lintHosts(groups, root, context);
}

function lintProtection(route: RouteConfig, path: SourcePath, root: SourceNode, context: Report): void {
  if (route.authenticate.kind !== 'none') return;
  const place = [...path, 'authenticate'];
  if (route.authenticate.because === undefined)
    context.report('SP044', positionOf(root, place), place, `the route "${route.id}" asks nobody who they are`);
  if (route.authorize.scopes.length === 0) return;
  const scopes = [...path, 'authorize', 'scopes'];
  context.report(
    'SP043',
    positionOf(root, scopes),
    scopes,
    `the route "${route.id}" asks for scopes and takes no credential`,
  );
}

/** As they are written, which is how findings name them. */
function inOrder(routes: readonly ShapedRoute[]): readonly ShapedRoute[] {
  return routes.length < 2 ? routes : routes.toSorted((one, other) => one.index - other.index);
}

function lintOverlaps(route: ShapedRoute, others: readonly ShapedRoute[], root: SourceNode, context: Report): void {
  const path = ['routes', route.index, 'match'];
  const { id, match } = route.config;
  // The route itself is among them.
  if (others.length < 2) return;
  const beside = others.filter((other) => other !== route && samePaths(other.shape, route.shape));
  const before = beside.filter((other) => other.index < route.index);
  const twin = before.find((other) => sameMethods(other, route));
  if (twin !== undefined) {
    context.report(
      'SP040',
      positionOf(root, path),
      path,
      `the route "${twin.config.id}" matches exactly the same calls`,
    );
    return;
  }
  if (match.methods.length > 0 && match.methods.every((method) => before.some((other) => lists(other, method)))) {
    const names = before.map((other) => `"${other.config.id}"`).join(', ');
    context.report('SP041', positionOf(root, path), path, `every call of "${id}" goes to ${names}`);
    return;
  }
  for (const other of before) {
    const shared = match.methods.filter((method) => lists(other, method));
    if (shared.length === 0 || sameProtection(other.config, route.config)) continue;
    const message = `${shared.join(', ')} calls match "${other.config.id}" and "${id}": they go to "${other.config.id}", which stands first`;
    context.report('SP042', positionOf(root, path), path, message);
  }
  lintCrossing(route, others, root, context);
  if (before.length === 0) lintHiddenMethods(route, beside, others, root, context);
}

/** Two paths that share some calls, and neither lies inside the other: which one wins is not plain from reading them. */
function lintCrossing(route: ShapedRoute, others: readonly ShapedRoute[], root: SourceNode, context: Report): void {
  for (const other of others) {
    if (comparePaths(route.shape, other.shape) >= 0 || !overlapsPath(route.shape, other.shape)) continue;
    if (
      coversPath(other.shape, route.shape) ||
      sameProtection(other.config, route.config) ||
      !methodsOverlap(route, other)
    )
      continue;
    const path = ['routes', route.index, 'match'];
    const ids = `"${route.config.id}" and "${other.config.id}"`;
    const message = `some calls match both ${ids}: they go to "${route.config.id}", and what "${other.config.id}" asks for does not apply`;
    context.report('SP042', positionOf(root, path), path, message);
  }
}

/** Once a path is found, the router tries no wider one: methods that are not listed at the narrow path match no route. */
function lintHiddenMethods(
  route: ShapedRoute,
  beside: readonly ShapedRoute[],
  others: readonly ShapedRoute[],
  root: SourceNode,
  context: Report,
): void {
  const here = [route, ...beside];
  if (here.some((one) => one.config.match.methods.length === 0)) return;
  const taken = (method: string): boolean => here.some((one) => lists(one, method));
  const wider = others
    .filter((other) => coversPath(other.shape, route.shape) && !samePaths(other.shape, route.shape))
    .sort((left, right) => comparePaths(left.shape, right.shape))
    .find((other) => other.config.match.methods.length === 0 || !other.config.match.methods.every(taken));
  if (wider === undefined) return;
  const listed = here.flatMap((one) => one.config.match.methods).join(', ');
  const path = ['routes', route.index, 'match'];
  const message = `calls to ${route.config.match.path} with another method than ${listed} match no route, and do not go to "${wider.config.id}"`;
  context.report('SP049', positionOf(root, path), path, message);
}

/** Whether a route lists a method; what lists GET takes HEAD too (RFC 9110 §9.3.2). */
function lists(route: ShapedRoute, method: string): boolean {
  const { methods } = route.config.match;
  return methods.includes(method) || (method === 'HEAD' && methods.includes('GET'));
}

function sameMethods(left: ShapedRoute, right: ShapedRoute): boolean {
  const one = left.config.match.methods;
  const other = right.config.match.methods;
  return one.length === other.length && one.every((method) => other.includes(method));
}

function methodsOverlap(left: ShapedRoute, right: ShapedRoute): boolean {
  const one = left.config.match.methods;
  const other = right.config.match.methods;
  if (one.length === 0 || other.length === 0) return true;
  return one.some((method) => lists(right, method)) || other.some((method) => lists(left, method));
}

function sameProtection(left: RouteConfig, right: RouteConfig): boolean {
  return protectionText(left) === protectionText(right);
}

function protectionText(route: RouteConfig): string {
  return JSON.stringify([route.authenticate, route.authorize, route.mode, route.stages]);
}
