import { judgeKeyRoutes } from '../authz/key-routes.ts';
import type { Configuration, RouteConfig } from '../core/configuration.ts';
import type { ApiKeyRecord } from '../core/credential.ts';
import { compileRouter } from '../http/router.ts';

/** A call to try a key with. */
export interface ExampleCall {
  readonly routeId: string;
  readonly method: string;
  /** Host that the route is of, or empty where it is of every one. */
  readonly host: string;
  readonly path: string;
  /** What the route asks for and the key has not: enforced, it refuses the call. */
  readonly lacks: readonly string[];
}

type Candidate = ExampleCall & { readonly index: number; readonly rank: number };

/**
 * The call that most likely shows that a key works: on a route that takes keys and this one, rather one of which it has the scopes, that is
 * read, that asks for a scope of it where it has any, and that asks for nothing else; rather a path without holes, since what is in them may not exist. Undefined where no route takes keys.
 */
export function exampleCallOf(
  { routes, authenticators }: Configuration,
  key: Pick<ApiKeyRecord, 'scopes' | 'routes'>,
): ExampleCall | undefined {
  const takesKeys = ({ authenticate }: RouteConfig): boolean =>
    authenticate.kind !== 'none' &&
    authenticate.authenticators.some((name) => authenticators[name]?.type === 'api-key');
  const candidates = routes.flatMap((route, index): readonly Candidate[] => {
    const method = takesKeys(route) ? methodOf(route, key) : undefined;
    if (method === undefined) return [];
    const { host } = route.match;
    const lacks = route.authorize.scopes.filter((scope) => !key.scopes.includes(scope));
    return pathsOf(route.match.path).map(({ path, isGuess }) => {
      const rank = [
        lacks.length > 0,
        method !== 'GET',
        key.scopes.length > 0 && route.authorize.scopes.length === 0,
        route.authenticate.kind === 'allOf' || route.authorize.access.length > 0,
        host !== '*',
        isGuess,
      ].reduce((sum, isWorse) => sum * 2 + Number(isWorse), 0);
      const shownHost = host === '*' ? '' : host.replace('*', 'api');
      return { routeId: route.id, method, host: shownHost, path, lacks, index, rank };
    });
  });
  const router = compileRouter(routes.map(({ id, match }) => ({ id, ...match })));
  const found = candidates
    .sort((one, other) => one.rank - other.rank)
    .find(({ host, path, method, index }) => router.match(host || 'localhost', path, method) === index);
  if (found === undefined) return undefined;
  const { index: _index, rank: _rank, ...example } = found;
  return example;
}

/** The method to try a route with, GET where that goes; undefined where the key may not be used for it. */
function methodOf({ id, rulesOf, match }: RouteConfig, { routes }: Pick<ApiKeyRecord, 'routes'>): string | undefined {
  const methods = match.methods.length === 0 ? ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] : match.methods;
  const ranked = methods.toSorted((one, other) => Number(other === 'GET') - Number(one === 'GET'));
  return ranked.find(
    (method) => judgeKeyRoutes([{ countedAs: '', routes, limits: [] }], rulesOf ?? id, method).kind === 'pass',
  );
}

/** Paths of a template; a guess has something in its holes. `/orders/*` takes `/orders` too, which is there where anything of it is. */
function pathsOf(template: string): readonly { readonly path: string; readonly isGuess: boolean }[] {
  const isGuess = template.includes('{');
  const path = template.replace(/\{[^}]*\}/g, '1');
  if (!path.endsWith('/*')) return [{ path, isGuess }];
  const above = path.slice(0, -2);
  return [
    { path: above || '/', isGuess },
    { path: `${above}/1`, isGuess: true },
  ];
}
