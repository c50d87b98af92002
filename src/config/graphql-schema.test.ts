import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GOOD, load, problemsOf } from './loading-fixture.test.ts';

const withBounds = (bounds: string): string => `${GOOD}    inspect: { graphql: ${bounds} }\n`;
const file = (text: string) => ({ readFile: () => text });

test('bounds that are not given have values, and documents are not looked at unless a route asks', () => {
  const plain = load(GOOD);
  assert.ok(plain.ok && plain.configuration.routes[0]?.graphql === undefined);
  const bounded = load(withBounds('{ depth: 5 }'));
  assert.ok(bounded.ok);
  const { depthMax, introspection, enforced, listArguments, persisted } = bounded.configuration.routes[0]!.graphql!;
  assert.deepEqual(
    { depthMax, introspection, enforced, listArguments, persisted },
    {
      depthMax: 5,
      introspection: false,
      enforced: true,
      listArguments: ['first', 'last', 'limit'],
      persisted: undefined,
    },
  );
});

test('persisted documents are read from an object or a manifest of Apollo', () => {
  const own = load(withBounds('{ persistedOnly: ./p.json }'), file('{"a":"{ me }"}'));
  assert.ok(own.ok, JSON.stringify(own));
  assert.deepEqual(own.configuration.routes[0]?.graphql?.persisted, { a: '{ me }' });
  assert.ok(
    own.sources.some((path) => path.endsWith('/p.json')),
    'a change of the list asks for a reload',
  );
  const manifest = JSON.stringify({
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations: [{ id: 'x', name: 'M', type: 'query', body: 'query M { me }' }],
  });
  const apollo = load(withBounds('{ persistedOnly: ./p.json }'), file(manifest));
  assert.ok(apollo.ok);
  assert.deepEqual(apollo.configuration.routes[0]?.graphql?.persisted, { x: 'query M { me }' });
});

test('a list that cannot be used whole is an error at its line', () => {
  for (const text of ['', '[]', '{}', '{"a":1}', '{"a":"{ me }","a":"{ you }"}', '{"a":""}'])
    assert.deepEqual(problemsOf(withBounds('{ persistedOnly: ./p.json }'), file(text)), [
      'SP170 16:42 routes[0].inspect.graphql.persistedOnly',
    ]);
  assert.deepEqual(problemsOf(withBounds('{ depht: 5 }')), ['SP010 16:27 routes[0].inspect.graphql.depht']);
  assert.deepEqual(problemsOf(withBounds('{ weights: { "a b": 1 } }')).length, 1);
});
