import type { Call, RouteLine } from '../../api/shapes.ts';

/** The route a newcomer is led along, and a path that leads to it. */
export interface Example {
  readonly route: RouteLine | undefined;
  readonly path: string;
}

/** The route that was led along to the end before; else a route that can be read and asks who calls: one that was called, else the first; else whatever there is. */
export function exampleOf(calls: readonly Call[], routes: readonly RouteLine[], finished: string | undefined): Example {
  const known = routes.find(({ id }) => id === finished);
  if (known !== undefined) {
    const seen = calls.find(({ method, routeId }) => method === 'GET' && routeId === known.id);
    return { route: known, path: seen?.path ?? filled(known.path) };
  }
  for (const { method, path, routeId } of calls) {
    const route = routes.find(({ id }) => id === routeId);
    if (method === 'GET' && route !== undefined && suits(route)) return { route, path };
  }
  const route = routes.find(suits) ?? routes[0];
  return { route, path: route === undefined ? '/' : filled(route.path) };
}

function suits({ authenticate, methods }: RouteLine): boolean {
  return authenticate !== 'none' && (methods.length === 0 || methods.includes('GET'));
}

/** With something in the holes of its template. */
function filled(template: string): string {
  return template.replace(/\/\*$/, '').replace(/\{[^}]*\}/g, '1') || '/';
}
