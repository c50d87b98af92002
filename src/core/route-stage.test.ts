import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRouteStage, ROUTE_STAGE_IDS } from './route-stage.ts';

test('one stage of one route is read as it is written, whatever the route is called', () => {
  assert.deepEqual(parseRouteStage('limit@orders'), { stage: 'limit', routeId: 'orders' });
  assert.deepEqual(parseRouteStage('answer@/orders/{id}@write'), { stage: 'answer', routeId: '/orders/{id}@write' });
});

test('stages that do not exist, come before the route, or have no route are none', () => {
  for (const text of ['', '@', 'limit', 'limit@', '@orders', 'nowhere@orders', 'framing@orders', 'admit@orders'])
    assert.equal(parseRouteStage(text), undefined, text);
  assert.deepEqual(ROUTE_STAGE_IDS, ['route', 'authenticate', 'authorise', 'limit', 'inspect', 'answer']);
});
