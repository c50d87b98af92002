import { parseTemplate, templatesOverlap } from './path-template.ts';
import { addTemplate, type GrowingNode, growingNode, type RouteMatch, RouteTree } from './route-tree.ts';

/** What the router needs of a route. */
export interface RoutePattern {
  readonly id: string;
  /** Lower-case host, `*.example.com`, or `*`. */
  readonly host: string;
  readonly path: string;
  /** Upper-case; empty means every method. */
  readonly methods: readonly string[];
}

/**
 * Finds the one route of a call. The most specific host that has routes decides alone, exact before `*.example.com` (the
 * longest suffix first) before `*`: a path missing there is not found, and never falls through to the rules of another
 * host. Then, segment by segment, a literal comes before `{parameter}`, and that before `*`. Where the more specific
 * branch does not lead to an end the next one is tried, so that `/a/{x}/c` is found beside `/a/b`; `/orders/*` matches
 * `/orders` and `/orders/` too. A path that matches with another method is `method`: no less specific route is tried
 * then, because that would let `DELETE /orders/1` slip to a catch-all with weaker rules.
 */
export class Router {
  readonly #hosts: ReadonlyMap<string, RouteTree>;
  /** Wildcard suffixes with their dot, longest first. */
  readonly #suffixes: readonly { readonly suffix: string; readonly tree: RouteTree }[];
  readonly #anyHost: RouteTree | undefined;

  constructor(routes: readonly RoutePattern[]) {
    const growing = new Map<string, GrowingNode>();
    routes.forEach((route, index) => {
      const template = parseTemplate(route.path);
      if (!template.ok) throw new TypeError(`route ${route.id}: ${template.error}`);
      const root = growing.get(route.host) ?? growingNode();
      growing.set(route.host, root);
      addTemplate(root, template.template, { index, methods: route.methods });
    });
    const trees = [...growing].map(([host, root]) => ({ host, tree: new RouteTree(root) }));
    this.#anyHost = trees.find(({ host }) => host === '*')?.tree;
    this.#suffixes = trees
      .filter(({ host }) => host.startsWith('*.'))
      .map(({ host, tree }) => ({ suffix: host.slice(1), tree }))
      .sort((a, b) => b.suffix.length - a.suffix.length);
    this.#hosts = new Map(trees.filter(({ host }) => !host.startsWith('*')).map(({ host, tree }) => [host, tree]));
  }

  match(host: string, path: string, method: string): RouteMatch {
    return this.#treeOf(host)?.match(path, method) ?? 'not_found';
  }

  #treeOf(host: string): RouteTree | undefined {
    if (this.#hosts.size > 0) {
      const exact = this.#hosts.get(host) ?? this.#hosts.get(withoutPort(host));
      if (exact !== undefined) return exact;
    }
    const name = this.#suffixes.length > 0 ? withoutPort(host) : host;
    for (const { suffix, tree } of this.#suffixes)
      if (name.length > suffix.length && name.endsWith(suffix)) return tree;
    return this.#anyHost;
  }
}

/** Compiles a router; throws where a template is impossible, which loading has already refused. */
export function compileRouter(routes: readonly RoutePattern[]): Router {
  return new Router(routes);
}

/**
 * Whether some call could match both, hosts and methods included. Routes of different hosts never share a call, not even
 * `*` and another: the more specific host decides alone.
 */
export function overlaps(a: RoutePattern, b: RoutePattern): boolean {
  const one = parseTemplate(a.path);
  const other = parseTemplate(b.path);
  if (!one.ok || !other.ok || a.host !== b.host) return false;
  const methods =
    a.methods.length === 0 || b.methods.length === 0 || a.methods.some((name) => b.methods.includes(name));
  return methods && templatesOverlap(one.template, other.template);
}

export { parseTemplate } from './path-template.ts';

function withoutPort(host: string): string {
  const colon = host.lastIndexOf(':');
  return colon === -1 || host.endsWith(']') ? host : host.slice(0, colon);
}
