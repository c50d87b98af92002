import type { DocumentedOperation } from '../authz/contract/document-paths.ts';
import type { Configuration, RouteConfig } from '../core/configuration.ts';
import { literalKey, type Template, type TemplateSegment, templatesOverlap } from '../http/path-template.ts';
import { PathIndex } from './path-index.ts';
import { coversPath, pathShape } from './path-shape.ts';
import type { ReadContext } from './schema-types.ts';
import { positionOf, type SourceNode } from './source-tree.ts';

type Report = Pick<ReadContext, 'report'>;

export interface ShapedOperation {
  readonly operation: DocumentedOperation;
  readonly shape: Template;
}

interface ShapedRoute {
  readonly config: RouteConfig;
  readonly shape: Template;
  readonly index: number;
}

/** What routes and documents say of one another. */
export interface ContractCoverage {
  readonly withoutRoute: readonly DocumentedOperation[];
  readonly undocumentedRoutes: readonly number[];
  /** Routes that ask nobody, with the operations of theirs that ask for a credential. */
  readonly openRoutes: readonly { readonly index: number; readonly operations: readonly DocumentedOperation[] }[];
}

/**
 * Compares the routes to one upstream with the operations its document describes. Does not know the hosts of the document:
 * a route counts whatever its host is.
 */
export function coverageOf(
  routes: readonly { readonly config: RouteConfig; readonly index: number }[],
  operations: readonly DocumentedOperation[],
): ContractCoverage {
  const shapedRoutes = routes.map(({ config, index }) => ({ config, index, shape: pathShape(config.match.path) }));
  const shaped = operations.map((operation) => ({ operation, shape: shapeOf(operation.path) }));
  const index = new PathIndex(shapedRoutes);
  const met = new Map<ShapedRoute, DocumentedOperation[]>();
  const withoutRoute: DocumentedOperation[] = [];
  for (const one of shaped) {
    const takers = index.near(one.shape).filter((route) => takes(route, one));
    for (const route of takers) {
      const known = met.get(route);
      if (known === undefined) met.set(route, [one.operation]);
      else known.push(one.operation);
    }
    if (!takers.some((route) => coversPath(route.shape, one.shape))) withoutRoute.push(one.operation);
  }
  return {
    withoutRoute,
    undocumentedRoutes: shapedRoutes.filter((route) => !met.has(route)).map(({ index }) => index),
    openRoutes: [...met].flatMap(([{ config, index }, of]) => {
      const secured = of.filter(({ security }) => security.length > 0);
      return config.authenticate.kind === 'none' && secured.length > 0 ? [{ index, operations: secured }] : [];
    }),
  };
}

function takes({ config, shape }: ShapedRoute, { operation, shape: documented }: ShapedOperation): boolean {
  const { methods } = config.match;
  return (methods.length === 0 || methods.includes(operation.method)) && templatesOverlap(shape, documented);
}

/** A documented path as the router sees paths: what is more than a whole parameter is some text in its segment. */
function shapeOf(path: string): Template {
  const segments = path
    .slice(1)
    .split('/')
    .map(
      (segment, index): TemplateSegment =>
        segment.includes('{')
          ? { kind: 'parameter', name: `p${index}` }
          : { kind: 'literal', text: literalKey(segment) },
    );
  return { segments, rest: false };
}

/** Reports what the documents say otherwise than the routes, and routes that ask for a document there is not. */
export function lintContracts(
  configuration: Configuration,
  operations: ReadonlyMap<string, readonly DocumentedOperation[]>,
  root: SourceNode,
  context: Report,
): void {
  const routes = configuration.routes.map((config, index) => ({ config, index }));
  for (const { config, index } of routes) lintMissingDocument(configuration, config, index, root, context);
  for (const [upstream, documented] of operations) {
    const own = routes.filter(({ config }) => config.upstream === upstream);
    const { withoutRoute, undocumentedRoutes, openRoutes } = coverageOf(own, documented);
    if (withoutRoute.length > 0 && own.length > 0) {
      const path = ['upstreams', upstream, 'openapi'];
      const message = `${counted(withoutRoute.length)} ${withoutRoute.length === 1 ? 'has' : 'have'} no route: ${named(withoutRoute)}`;
      context.report('SP115', positionOf(root, path), path, message);
    }
    for (const index of undocumentedRoutes) {
      const route = configuration.routes[index];
      if (route === undefined || route.contract.request === 'off' || route.contract.undocumented === 'allow') continue;
      const path = ['routes', index, 'match'];
      context.report(
        'SP116',
        positionOf(root, path),
        path,
        `the document describes nothing that "${route.id}" could match`,
      );
    }
    for (const { index, operations: secured } of openRoutes) {
      const path = ['routes', index, 'authenticate'];
      const [first] = secured;
      const kinds = first?.security.join(' or ') ?? '';
      const message = `the document asks for ${kinds} at ${named(secured)}, and the route "${configuration.routes[index]?.id ?? ''}" asks nobody`;
      context.report('SP114', positionOf(root, path), path, message);
    }
  }
}

/** A contract that is asked for and cannot be had is a mistake; where nothing is written of one, it is none. */
function lintMissingDocument(
  { upstreams }: Configuration,
  route: RouteConfig,
  index: number,
  root: SourceNode,
  context: Report,
): void {
  if (upstreams[route.upstream]?.openapi !== undefined || upstreams[route.upstream] === undefined) return;
  const path = ['routes', index, 'inspect', 'contract'];
  if (writtenAt(root, path) === undefined || (route.contract.request === 'off' && route.contract.response === 'off'))
    return;
  context.report('SP113', positionOf(root, path), path, `the upstream "${route.upstream}" has no OpenAPI document`);
}

/** What was written at a place, where anything was. */
function writtenAt(root: SourceNode, path: readonly (string | number)[]): SourceNode | undefined {
  let node: SourceNode | undefined = root;
  for (const step of path) {
    if (node?.kind === 'record') node = node.entries.find(({ key }) => key === step)?.value;
    else if (node?.kind === 'list' && typeof step === 'number') node = node.items[step];
    else return undefined;
  }
  return node;
}

const NAMED_MAX = 5;

function named(operations: readonly DocumentedOperation[]): string {
  const names = operations.slice(0, NAMED_MAX).map(({ method, path }) => `${method} ${path}`);
  const more = operations.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

function counted(count: number): string {
  return `${count} documented operation${count === 1 ? '' : 's'}`;
}
