import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { templatesOverlap } from '../http/path-template.ts';
import { PathIndex } from './path-index.ts';
import { pathShape } from './path-shape.ts';

const segment = fc.constantFrom('a', 'b', '{p}', '{q}');
const path = fc
  .tuple(fc.array(segment, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '/*', '/'))
  .map(([segments, end]) => `/${segments.map((one, at) => one.replace('}', `${at}}`)).join('/')}${end}`);

test('whatever shares a path with a template is found', () => {
  fc.assert(
    fc.property(fc.array(path, { maxLength: 30 }), fc.oneof(path, fc.constantFrom('/', '/*')), (paths, wanted) => {
      const items = paths.map((one) => ({ shape: pathShape(one), path: one }));
      const shape = pathShape(wanted);
      const near = new PathIndex(items).near(shape).filter((one) => templatesOverlap(one.shape, shape));
      const all = items.filter((one) => templatesOverlap(one.shape, shape));
      assert.deepEqual(near.map((one) => one.path).sort(), all.map((one) => one.path).sort());
    }),
  );
});

test('of many paths under one prefix those are looked at that can be meant', () => {
  const items = Array.from({ length: 1_000 }, (_, index) => ({ shape: pathShape(`/api/v1/r${index}/{id}`) }));
  const index = new PathIndex([...items, { shape: pathShape('/api/*') }, { shape: pathShape('/{any}/v1/r7/x') }]);
  assert.equal(index.near(pathShape('/api/v1/r7/{id}')).length, 3);
  assert.equal(index.near(pathShape('/api/v1/other')).length, 1);
});
