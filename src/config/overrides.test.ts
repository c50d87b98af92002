import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Configuration, RouteConfig } from '../core/configuration.ts';
import type { Mode } from '../core/decision.ts';
import { compileRouter } from '../http/router.ts';
import { effectiveMode } from '../pipeline/effective-mode.ts';
import type { ModeOverride } from '../ports.ts';
import { defaultConfiguration } from './default-configuration.ts';
import { applyOverride, applyOverrides } from './overrides.ts';
import { coversPath, pathShape } from './path-shape.ts';

const BASE = defaultConfiguration();

function route(id: string, path: string, methods: readonly string[] = [], host = '*'): RouteConfig {
  return { ...BASE.routes[0]!, id, upstream: id, match: { host, path, methods } };
}

function withRoutes(...routes: readonly RouteConfig[]): Configuration {
  return { ...BASE, routes };
}

function override(scope: ModeOverride['scope'], target: string, mode: Mode, setAtMs = 1): ModeOverride {
  return { scope, target, mode, setAtMs };
}

/** The rules a call gets (every test route has an upstream of its own) and the mode they are applied in. */
function ruled(configuration: Configuration, method: string, path: string, host = 'h.example'): string {
  const index = compileRouter(configuration.routes.map(({ id, match }) => ({ id, ...match }))).match(
    host,
    path,
    method,
  );
  if (typeof index !== 'number') return index;
  const found = configuration.routes[index];
  return `${found?.upstream} ${effectiveMode(configuration, found, 'authorise')}`;
}

test('a path of the one route for everything becomes a route of its own, named by its template', () => {
  const { configuration, warnings } = applyOverrides(BASE, [override('path', '/orders/*', 'enforce')]);
  assert.deepEqual(warnings, []);
  assert.deepEqual(
    configuration.routes.map(({ id, match, mode }) => [id, match, mode]),
    [
      ['/orders/*', { host: '*', path: '/orders/*', methods: [] }, 'enforce'],
      ['everything', { host: '*', path: '/*', methods: [] }, undefined],
    ],
  );
  assert.equal(ruled(configuration, 'GET', '/orders'), 'default enforce');
  assert.equal(ruled(configuration, 'GET', '/users/1'), 'default observe');
});

test('a path that routes have is set on all of them, and on the routes inside it', () => {
  const base = withRoutes(
    route('read', '/orders/*', ['GET']),
    route('write', '/orders/*', ['POST']),
    route('one', '/orders/{id}/notes'),
    route('other', '/users/*'),
  );
  const { configuration } = applyOverrides(base, [override('path', '/orders/*', 'enforce')]);
  assert.deepEqual(
    configuration.routes.map(({ id, mode }) => `${id} ${mode}`),
    ['read enforce', 'write enforce', 'one enforce', 'other undefined'],
  );
});

test('a path is narrowed from every route of the nearest path around it, method by method', () => {
  const base = withRoutes(
    route('read', '/orders/*', ['GET']),
    route('write', '/orders/*', ['POST']),
    route('rest', '/*'),
  );
  const { configuration } = applyOverrides(base, [override('path', '/orders/{id}', 'enforce')]);
  assert.deepEqual(
    configuration.routes.slice(0, 2).map(({ id, match }) => [id, match.path, match.methods]),
    [
      ['/orders/{id}', '/orders/{id}', ['GET']],
      ['/orders/{id}@write', '/orders/{id}', ['POST']],
    ],
  );
  assert.equal(ruled(configuration, 'GET', '/orders/1'), 'read enforce');
  assert.equal(ruled(configuration, 'POST', '/orders/1'), 'write enforce');
  assert.equal(ruled(configuration, 'DELETE', '/orders/1'), ruled(base, 'DELETE', '/orders/1'));
  assert.equal(ruled(configuration, 'GET', '/orders'), 'read observe');
});

test('a path is narrowed on every host that has it', () => {
  const base = withRoutes(
    route('a', '/*', [], 'a.example'),
    route('b', '/*', [], '*.example'),
    route('c', '/other', [], 'c.example'),
  );
  const { configuration } = applyOverrides(base, [override('path', '/x', 'enforce')]);
  assert.equal(ruled(configuration, 'GET', '/x', 'a.example'), 'a enforce');
  assert.equal(ruled(configuration, 'GET', '/x', 'b.example'), 'b enforce');
  assert.equal(ruled(configuration, 'GET', '/x', 'c.example'), 'not_found');
});

test('routes and stages are set by their id', () => {
  const { configuration, warnings } = applyOverrides(BASE, [
    override('route', 'everything', 'enforce'),
    override('stage', 'limit', 'observe'),
  ]);
  assert.deepEqual(warnings, []);
  assert.equal(configuration.routes[0]?.mode, 'enforce');
  assert.deepEqual(configuration.stages, { limit: 'observe' });
});

test('one stage of one route is set by its name, and holds over modes of the route and of the stage set later', () => {
  const base = withRoutes(route('a', '/a'), route('b', '/b'));
  const { configuration, warnings } = applyOverrides(base, [
    override('route-stage', 'authorise@a', 'observe', 1),
    override('route', 'a', 'enforce', 2),
    override('stage', 'authorise', 'enforce', 3),
    override('route', 'b', 'enforce', 4),
  ]);
  assert.deepEqual(warnings, []);
  assert.equal(ruled(configuration, 'GET', '/a'), 'a observe');
  assert.equal(ruled(configuration, 'GET', '/b'), 'b enforce');
  assert.equal(effectiveMode(configuration, configuration.routes[0], 'limit'), 'enforce', 'other stages stay');
});

test('a stage of a route that a mode for a path made has its own word too', () => {
  const { configuration, warnings } = applyOverrides(BASE, [
    override('path', '/a/*', 'enforce', 1),
    override('route-stage', 'authorise@/a/*', 'observe', 2),
  ]);
  assert.deepEqual(warnings, []);
  assert.equal(ruled(configuration, 'GET', '/a/1'), 'default observe');
  assert.equal(effectiveMode(configuration, configuration.routes[0], 'inspect'), 'enforce');
});

test('of two modes that concern one call, the one set last holds', () => {
  const enforceAll = override('path', '/orders/*', 'enforce', 2);
  const observeOne = override('path', '/orders/{id}', 'observe', 1);
  const first = applyOverrides(BASE, [enforceAll, observeOne]).configuration;
  assert.equal(ruled(first, 'GET', '/orders/1'), 'default enforce');
  const second = applyOverrides(BASE, [enforceAll, { ...observeOne, setAtMs: 3 }]).configuration;
  assert.equal(ruled(second, 'GET', '/orders/1'), 'default observe');
  assert.equal(ruled(second, 'GET', '/orders/1/notes'), 'default enforce');
});

test('a mode set by command can be set again for the route it made', () => {
  const { configuration, warnings } = applyOverrides(BASE, [
    override('path', '/a/*', 'enforce', 1),
    override('route', '/a/*', 'observe', 2),
  ]);
  assert.deepEqual(warnings, []);
  assert.equal(ruled(configuration, 'GET', '/a/1'), 'default observe');
});

test('an override whose target is gone changes nothing and is named in a warning', () => {
  const base = withRoutes(route('a', '/a'));
  const gone = [
    override('route', 'b', 'enforce'),
    override('stage', 'nowhere', 'enforce'),
    override('path', '/b', 'enforce'),
    override('path', 'b*', 'enforce'),
    override('route-stage', 'limit@gone', 'enforce'),
    override('route-stage', 'admit@a', 'enforce'),
  ];
  const { configuration, warnings } = applyOverrides(base, gone);
  assert.deepEqual(configuration, base);
  assert.equal(warnings.length, gone.length);
  for (const [index, { target }] of gone.entries()) assert.ok(warnings[index]?.includes(target), warnings[index]);
});

const segment = fc.constantFrom('a', 'b', '{x}', '{y}');
const template = fc
  .tuple(fc.uniqueArray(segment, { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([segments, rest]) => `/${[...segments, ...(rest ? ['*'] : [])].join('/')}`);
const methods = fc.constantFrom<readonly string[]>([], ['GET'], ['POST', 'GET']);
const callPath = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 5 }).map((segments) => `/${segments.join('/')}`);

test('a path inside which routes cross each other is refused, not guessed', () => {
  const base = withRoutes(route('a', '/a/b/*'), route('b', '/a/*'));
  const { configuration, warnings } = applyOverrides(base, [override('path', '/{x}/b/a', 'enforce')]);
  assert.deepEqual(configuration, base);
  assert.match(warnings[0] ?? '', /cross each other/);
});

test('property: a mode for a path changes the mode of its calls and the rules of none', () => {
  let applied = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(template, methods), { minLength: 1, maxLength: 5 }),
      template,
      fc.array(callPath, { minLength: 5, maxLength: 20 }),
      (routes, target, paths) => {
        const base = withRoutes(...routes.map(([path, listed], index) => route(`r${index}`, path, listed)));
        const { configuration, warnings } = applyOverrides(base, [override('path', target, 'enforce')]);
        if (warnings.length > 0) {
          assert.deepEqual(configuration, base);
          return;
        }
        applied++;
        const wanted = pathShape(target);
        for (const path of paths) {
          for (const method of ['GET', 'POST']) {
            const before = ruled(base, method, path);
            const expected = coversPath(wanted, pathShape(path)) ? before.replace('observe', 'enforce') : before;
            assert.equal(ruled(configuration, method, path), expected, `${method} ${path}`);
          }
        }
      },
    ),
    { numRuns: 1500 },
  );
  assert.ok(applied > 500, `applied ${applied} times`);
});

test('a command that enforces while the file forwards unmatched calls is told of, and one that observes is not', () => {
  const forwarding: Configuration = { ...BASE, unmatched: { kind: 'forward', upstream: 'default' } };
  for (const one of [
    override('stage', 'limit', 'enforce'),
    override('route', 'everything', 'enforce'),
    override('path', '/a/*', 'enforce'),
  ]) {
    assert.equal(applyOverride(forwarding, one).ok, true);
    const { warnings } = applyOverrides(forwarding, [one]);
    assert.equal(warnings.length, 1, one.scope);
    assert.match(warnings[0] ?? '', /are still forwarded, .* recorded as route\.not_found/);
  }
  const refusing = applyOverrides(forwarding, [override('stage', 'route', 'enforce')]);
  assert.match(refusing.warnings[0] ?? '', /are refused with 404/);
  assert.deepEqual(applyOverrides(forwarding, [override('stage', 'limit', 'observe')]).warnings, []);
});
