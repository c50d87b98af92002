import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pathParameters } from './path-template.ts';
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
    '/%40me',
    '/a b',
    '/{}',
  ])
    assert.equal(parseTemplate(text).ok, false, text);
  for (const text of ['/', '/*', '/a', '/a/', '/{a}/b/{c}', '/a/*', '/caf%C3%A9', '/.well-known/x'])
    assert.equal(parseTemplate(text).ok, true, text);
});

test('parameters are read out of the path that matched, still encoded', () => {
  const parsed = parseTemplate('/files/{folder}/{name}/*');
  assert.ok(parsed.ok);
  const values = pathParameters(parsed.template, '/files/a%2Fb/c/d/e');
  assert.deepEqual(
    [...values],
    [
      ['folder', 'a%2Fb'],
      ['name', 'c'],
    ],
  );
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

test('a name spelled with encoded delimiters does not slip past the route written for it', () => {
  const match = matcher([route('rest', '/*'), route('mine', '/users/@me'), route('both', '/a(b)/c')]);
  for (const path of ['/users/@me', '/users/%40me']) assert.equal(match(path), 'mine', path);
  assert.equal(match('/a%28b%29/c'), 'both');
  assert.equal(match('/a%28b/c'), 'rest');
  assert.equal(match('/users/%2540me'), 'rest');
});

test('HEAD is judged by its own route, else by that of GET', () => {
  const match = matcher([
    route('read', '/a', ['GET']),
    route('head', '/a', ['HEAD']),
    route('any', '/b'),
    route('get', '/b', ['GET']),
  ]);
  assert.equal(match('/a', 'HEAD'), 'head');
  assert.equal(match('/b', 'HEAD'), 'get');
});

test('of two routes for the same calls the first one decides', () => {
  const match = matcher([route('first', '/a'), route('second', '/a'), route('x', '/{x}'), route('y', '/{y}')]);
  assert.equal(match('/a'), 'first');
  assert.equal(match('/b'), 'x');
});

test('a call without a host of the configuration gets the rules of no other host', () => {
  const match = matcher([route('exact', '/*', [], 'api.example.com')]);
  for (const host of ['', 'example.com', 'xapi.example.com', 'api.example.com.evil.example', '[::1]:80'])
    assert.equal(match('/a', 'GET', host), 'not_found', host);
});

const segment = fc.constantFrom('a', 'b', '{x}');
const template = fc
  .tuple(fc.array(segment, { maxLength: 4 }), fc.constantFrom('', '/', '/*'))
  .map(([segments, end]) => {
    const named = segments.map((part, index) => (part === '{x}' ? `{x${index}}` : part));
    return named.length === 0 ? (end === '/*' ? '/*' : '/') : `/${named.join('/')}${end}`;
  });
const calledPath = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 5 }).map((parts) => `/${parts.join('/')}`);

/** Every template by itself, then the preferred one segment by segment: what the tree has to find, too slow to use. */
function expectedMatch(templates: readonly string[], path: string): string | undefined {
  const parts = path.slice(1).split('/');
  const ranks = (text: string): string | undefined => {
    const rest = text.endsWith('/*');
    const wanted = (rest ? text.slice(0, -2) : text).split('/').slice(1);
    if (rest ? parts.length < wanted.length : parts.length !== wanted.length) return undefined;
    let rank = '';
    for (const [index, part] of wanted.entries()) {
      if (part.startsWith('{') ? parts[index] === '' : parts[index] !== part) return undefined;
      rank += part.startsWith('{') ? '1' : '0';
    }
    return rest ? `${rank}2` : rank;
  };
  const matching = templates.map((text) => ({ text, rank: ranks(text) })).filter(({ rank }) => rank !== undefined);
  return matching.sort((one, other) => ((one.rank ?? '') < (other.rank ?? '') ? -1 : 1)).at(0)?.text;
}

test('the tree finds what trying every template finds', () => {
  let found = 0;
  fc.assert(
    fc.property(fc.uniqueArray(template, { maxLength: 8, selector: (text) => text }), calledPath, (templates, path) => {
      const expected = expectedMatch(templates, path);
      const match = matcher(templates.map((text) => route(text, text)));
      assert.equal(match(path), expected ?? 'not_found', `${templates.join(' ')} for ${path}`);
      if (expected !== undefined) found++;
    }),
    { numRuns: 5_000 },
  );
  assert.ok(found > 500, 'enough of them matched');
});

test('where some path matches both, templates overlap', () => {
  fc.assert(
    fc.property(template, template, calledPath, (a, b, path) => {
      const both = expectedMatch([a], path) !== undefined && expectedMatch([b], path) !== undefined;
      if (both) assert.ok(overlaps(route('a', a), route('b', b)), `${a} ${b} ${path}`);
    }),
    { numRuns: 5_000 },
  );
});

test('of ten thousand routes each is found, with and without company under its prefix', () => {
  const routes = Array.from({ length: 10_000 }, (_, i) =>
    i % 2 === 0 ? route(`r${i}`, `/api/v1/r${i}/orders/{id}`, ['GET']) : route(`r${i}`, `/r${i % 100}/{a}/r${i}/*`),
  );
  const match = matcher(routes);
  for (let i = 0; i < routes.length; i++) {
    if (i % 2 === 0) assert.equal(match(`/api/v1/r${i}/orders/7`), `r${i}`);
    else assert.equal(match(`/r${i % 100}/x/r${i}/y/z`), `r${i}`);
  }
  assert.equal(match('/api/v1/r10000/orders/7'), 'not_found');
  assert.equal(match('/api/v1/r2/orders/7', 'POST'), 'method');
  assert.equal(match('/api/v1/r1/orders/7'), 'not_found');
  assert.equal(match('/r1/x/r3/y'), 'not_found');
});
