import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRouter, overlaps, parseTemplate, type RoutePattern } from './router.ts';

function route(id: string, path: string, methods: readonly string[] = [], host = '*'): RoutePattern {
  return { id, path, methods, host };
}

function matcher(routes: readonly RoutePattern[]) {
  const router = compileRouter(routes);
  return (path: string, method = 'GET', host = 'api.example.com') => {
    const match = router.match(host, path, method);
    return typeof match === 'number' ? routes[match]?.id : match;
  };
}

test('a literal comes before a parameter, a parameter before the rest', () => {
  const match = matcher([
    route('rest', '/orders/*'),
    route('one', '/orders/{id}'),
    route('mine', '/orders/mine'),
    route('items', '/orders/{id}/items'),
  ]);
  assert.equal(match('/orders/mine'), 'mine');
  assert.equal(match('/orders/7'), 'one');
  assert.equal(match('/orders/7/items'), 'items');
  assert.equal(match('/orders/mine/items'), 'items');
  assert.equal(match('/orders/7/8/9'), 'rest');
  assert.equal(match('/orders/'), 'rest');
  assert.equal(match('/orders'), 'rest');
  assert.equal(match('/ordersx'), 'not_found');
  assert.equal(match('/ORDERS/7'), 'not_found');
  assert.equal(match('/'), 'not_found');
});

test('a method that the most specific route refuses does not slip to a weaker one', () => {
  const match = matcher([route('all', '/*'), route('read', '/orders/{id}', ['GET'])]);
  assert.equal(match('/orders/7'), 'read');
  assert.equal(match('/orders/7', 'HEAD'), 'read');
  assert.equal(match('/orders/7', 'DELETE'), 'method');
  assert.equal(match('/other', 'DELETE'), 'all');
});

test('methods share a path, and one without methods takes the others', () => {
  const match = matcher([route('read', '/a', ['GET']), route('write', '/a', ['POST']), route('rest', '/a')]);
  assert.equal(match('/a'), 'read');
  assert.equal(match('/a', 'POST'), 'write');
  assert.equal(match('/a', 'PATCH'), 'rest');
});

test('the most specific host that has routes decides alone', () => {
  const match = matcher([
    route('any', '/*'),
    route('wild', '/w', [], '*.example.com'),
    route('deep', '/w', [], '*.eu.example.com'),
    route('exact', '/e', [], 'api.example.com'),
  ]);
  assert.equal(match('/e'), 'exact');
  assert.equal(match('/e', 'GET', 'api.example.com:8443'), 'exact');
  assert.equal(match('/w', 'GET', 'api.example.com'), 'not_found');
  assert.equal(match('/w', 'GET', 'x.example.com'), 'wild');
  assert.equal(match('/w', 'GET', 'x.eu.example.com'), 'deep');
  assert.equal(match('/w', 'GET', 'example.com'), 'any');
  assert.equal(match('/w', 'GET', 'xexample.com'), 'any');
});

test('a path of ten thousand segments is matched by a rest at most, and quickly', () => {
  const match = matcher([route('rest', '/{a}/{b}/*')]);
  assert.equal(match(`/${'a/'.repeat(10_000)}`), 'rest');
});

test('templates that could never match a canonical path are refused', () => {
  for (const text of [
    '',
    'a',
    '/a//b',
    '/a/../b',
    '/a%2fb',
    '/a;b',
    '/{a}/{a}',
    '/{a',
    '/a}',
    '/{a}b',
    '/*/a',
    '/a*',
    '/{1}',
    '/%6f',
    '/a b',
    '/{}',
  ])
    assert.equal(parseTemplate(text).ok, false, text);
  for (const text of ['/', '/*', '/a', '/a/', '/{a}/b/{c}', '/a/*', '/caf%C3%A9', '/.well-known/x'])
    assert.equal(parseTemplate(text).ok, true, text);
});

test('overlapping templates are found, whatever their order', () => {
  const pairs: readonly [string, string, boolean][] = [
    ['/a/{x}', '/a/b', true],
    ['/a/*', '/a/b/c', true],
    ['/a/*', '/a', true],
    ['/{x}/b', '/a/{y}', true],
    ['/a/b', '/a/c', false],
    ['/a/{x}', '/a/b/c', false],
    ['/a/{x}', '/a/', false],
  ];
  for (const [a, b, expected] of pairs) {
    assert.equal(overlaps(route('a', a), route('b', b)), expected, `${a} ${b}`);
    assert.equal(overlaps(route('b', b), route('a', a)), expected, `${b} ${a}`);
  }
  assert.equal(overlaps(route('a', '/a', ['GET']), route('b', '/a', ['POST'])), false);
});
