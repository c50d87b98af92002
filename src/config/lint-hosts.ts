import type { ShapedRoute } from './lint-routes.ts';
import { PathIndex } from './path-index.ts';
import { coversPath } from './path-shape.ts';
import type { ReadContext } from './schema-types.ts';
import { positionOf, type SourceNode } from './source-tree.ts';

/** Hosts named in one message. */
const HOSTS_SHOWN_MAX = 3;

/**
 * Finds routes of many hosts that do not apply to a host with routes of its own, where that host has nothing for their
 * path: the router asks the most exact host alone.
 */
export function lintHosts(
  groups: ReadonlyMap<string, readonly ShapedRoute[]>,
  root: SourceNode,
  context: Pick<ReadContext, 'report'>,
): void {
  for (const [host, routes] of groups) {
    if (host !== '*' && !host.startsWith('*.')) continue;
    const inner = [...groups].filter(([other]) => isInside(other, host));
    if (inner.length === 0) continue;
    const indexed = inner.map(([name, group]) => [name, new PathIndex(group)] as const);
    for (const route of routes) {
      const without = indexed.filter(
        ([, index]) => !index.near(route.shape).some((other) => coversPath(other.shape, route.shape)),
      );
      if (without.length === 0) continue;
      const names = without.slice(0, HOSTS_SHOWN_MAX).map(([name]) => name);
      const more = without.length > names.length ? ` and ${without.length - names.length} more` : '';
      const path = ['routes', route.index, 'match'];
      const message = `calls for ${names.join(', ')}${more} do not come to "${route.config.id}": a host with routes of its own takes no others`;
      context.report('SP048', positionOf(root, path), path, message);
    }
  }
}

function isInside(inner: string, outer: string): boolean {
  if (inner === outer || inner === '*') return false;
  if (outer === '*') return true;
  const name = inner.startsWith('*.') ? inner.slice(1) : inner.replace(/:\d{1,5}$/, '');
  return name.length > outer.length - 1 && name.endsWith(outer.slice(1));
}
