import { literalKey, parseTemplate, type Template, templatesOverlap } from './path-template.ts';

/** What the router needs of a route. */
export interface RoutePattern {
  readonly id: string;
  /** Lower-case host, `*.example.com`, or `*`. */
  readonly host: string;
  readonly path: string;
  /** Upper-case; empty means every method. */
  readonly methods: readonly string[];
}

/** Position of the matching route in the list the router was compiled from, or why there is none. */
export type RouteMatch = number | 'not_found' | 'method';

/** Templates are shorter; what is deeper in a path only a rest can match. */
const SEGMENTS_MAX = 64;

interface Node {
  readonly literals: Map<string, Node>;
  parameter: Node | undefined;
  /** Routes that end here. */
  ends: Leaf[];
  /** Routes whose `*` begins here. */
  rests: Leaf[];
}

interface Leaf {
  readonly index: number;
  readonly methods: readonly string[];
}

/**
 * Finds the one route of a call. The most specific host that has routes decides alone, exact before `*.example.com` (the
 * longest suffix first) before `*`: a path missing there is not found, and never falls through to the rules of another
 * host. Then, segment by segment, a literal comes before `{parameter}`, and that before `*`. Where the more specific
 * branch does not lead to an end the next one is tried, so that `/a/{x}/c` is found beside `/a/b`; `/orders/*` matches
 * `/orders` and `/orders/` too. A path that matches with another method is `method`: no less specific route is tried
 * then, because that would let `DELETE /orders/1` slip to a catch-all with weaker rules.
 *
 * The templates form a tree in which each node is reached by one way only, so a search looks at each at most once, and
 * at none deeper than SEGMENTS_MAX.
 */
export class Router {
  readonly #hosts = new Map<string, Node>();
  /** Wildcard suffixes with their dot, longest first. */
  readonly #suffixes: { readonly suffix: string; readonly root: Node }[] = [];
  readonly #anyHost: Node | undefined;
  /** Whether the last search met the path with another method. */
  #otherMethod = false;

  constructor(routes: readonly RoutePattern[]) {
    let anyHost: Node | undefined;
    routes.forEach((route, index) => {
      const template = parseTemplate(route.path);
      if (!template.ok) throw new TypeError(`route ${route.id}: ${template.error}`);
      let root: Node;
      if (route.host === '*') {
        anyHost ??= newNode();
        root = anyHost;
      } else if (route.host.startsWith('*.')) root = this.#suffixRoot(route.host.slice(1));
      else {
        root = this.#hosts.get(route.host) ?? newNode();
        this.#hosts.set(route.host, root);
      }
      insert(root, template.template, { index, methods: route.methods });
    });
    this.#anyHost = anyHost;
    this.#suffixes.sort((a, b) => b.suffix.length - a.suffix.length);
  }

  #suffixRoot(suffix: string): Node {
    const known = this.#suffixes.find((entry) => entry.suffix === suffix);
    if (known !== undefined) return known.root;
    const root = newNode();
    this.#suffixes.push({ suffix, root });
    return root;
  }

  match(host: string, path: string, method: string): RouteMatch {
    const root = this.#rootOf(host);
    if (root === undefined) return 'not_found';
    this.#otherMethod = false;
    const found = this.#search(root, path, 1, method, 0);
    if (found >= 0) return found;
    return this.#otherMethod ? 'method' : 'not_found';
  }

  #rootOf(host: string): Node | undefined {
    if (this.#hosts.size > 0) {
      const exact = this.#hosts.get(host) ?? this.#hosts.get(withoutPort(host));
      if (exact !== undefined) return exact;
    }
    const name = this.#suffixes.length > 0 ? withoutPort(host) : host;
    for (const { suffix, root } of this.#suffixes)
      if (name.length > suffix.length && name.endsWith(suffix)) return root;
    return this.#anyHost;
  }

  /** `from` is where the next segment begins; past the end when there is none. */
  #search(node: Node, path: string, from: number, method: string, depth: number): number {
    if (from > path.length) {
      const ended = this.#choose(node.ends, method);
      return ended >= 0 || this.#otherMethod ? ended : this.#choose(node.rests, method);
    }
    if (depth < SEGMENTS_MAX) {
      const slash = path.indexOf('/', from);
      const end = slash === -1 ? path.length : slash;
      const literal = node.literals.size === 0 ? undefined : node.literals.get(literalKey(path.slice(from, end)));
      if (literal !== undefined) {
        const found = this.#search(literal, path, end + 1, method, depth + 1);
        if (found >= 0 || this.#otherMethod) return found;
      }
      if (node.parameter !== undefined && end > from) {
        const found = this.#search(node.parameter, path, end + 1, method, depth + 1);
        if (found >= 0 || this.#otherMethod) return found;
      }
    }
    return this.#choose(node.rests, method);
  }

  #choose(leaves: readonly Leaf[], method: string): number {
    let get = -1;
    let any = -1;
    for (const leaf of leaves) {
      if (leaf.methods.length === 0) {
        if (any < 0) any = leaf.index;
      } else if (leaf.methods.includes(method)) return leaf.index;
      else if (get < 0 && method === 'HEAD' && leaf.methods.includes('GET')) get = leaf.index;
    }
    // RFC 9110 §9.3.2: HEAD is answered as GET, so it is judged as GET where nothing is said of it.
    if (get >= 0) return get;
    if (any < 0 && leaves.length > 0) this.#otherMethod = true;
    return any;
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

function newNode(): Node {
  return { literals: new Map(), parameter: undefined, ends: [], rests: [] };
}

function insert(root: Node, template: Template, leaf: Leaf): void {
  let node = root;
  for (const segment of template.segments) {
    if (segment.kind === 'parameter') {
      node.parameter ??= newNode();
      node = node.parameter;
    } else {
      const next = node.literals.get(segment.text) ?? newNode();
      node.literals.set(segment.text, next);
      node = next;
    }
  }
  if (template.rest) node.rests.push(leaf);
  else node.ends.push(leaf);
}

function withoutPort(host: string): string {
  const colon = host.lastIndexOf(':');
  return colon === -1 || host.endsWith(']') ? host : host.slice(0, colon);
}
