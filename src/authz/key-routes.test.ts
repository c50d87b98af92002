import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { judgeKeyRoutes } from './key-routes.ts';

const confined = (...routes: string[]) => ({ countedAs: 'k', routes, limits: [] });
const allows = (routes: string[], routeId: string, method: string): boolean =>
  judgeKeyRoutes([confined(...routes)], routeId, method).kind === 'pass';

test('a route is granted whole, or with the methods that are named', () => {
  for (const [routes, routeId, method, expected] of [
    [['orders'], 'orders', 'DELETE', true],
    [['orders:GET,HEAD'], 'orders', 'HEAD', true],
    [['orders:GET,HEAD'], 'orders', 'POST', false],
    [['orders:GET'], 'orders', 'get', false],
    [['orders:GET', 'reports'], 'reports', 'POST', true],
    [['orders'], 'orders2', 'GET', false],
    [['orders'], 'order', 'GET', false],
    [['orders'], '', 'GET', false],
    [['orders:GET'], 'orders:GET', 'GET', false],
    [[], 'orders', 'GET', true],
  ] as const)
    assert.equal(allows([...routes], routeId, method), expected, `${routes.join()} ${routeId} ${method}`);
});

test('every credential of a call has to grant it', () => {
  const both = [confined('orders'), confined('orders:GET')];
  assert.equal(judgeKeyRoutes(both, 'orders', 'GET').kind, 'pass');
  assert.equal(judgeKeyRoutes(both, 'orders', 'POST').kind, 'deny');
  assert.equal(judgeKeyRoutes([confined(), confined('reports')], 'orders', 'GET').kind, 'deny');
});

test('no route is granted by a name that is not its own', () => {
  const ids = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,9}$/);
  const methods = fc.constantFrom('GET', 'POST', 'PURGE');
  fc.assert(
    fc.property(
      fc.array(fc.tuple(ids, fc.option(methods)), { minLength: 1, maxLength: 5 }),
      ids,
      methods,
      (grants, id, method) => {
        const texts = grants.map(([route, only]) => (only === null ? route : `${route}:${only}`));
        const expected = grants.some(([route, only]) => route === id && (only === null || only === method));
        assert.equal(allows(texts, id, method), expected);
      },
    ),
  );
});
