import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { loadConfiguration } from '../../src/config/load.ts';
import { compileRouter } from '../../src/http/router.ts';
import type { Schema } from './schema-check.ts';

const file = fileURLToPath(new URL('sallyport.yaml', import.meta.url));
const document = parse(readFileSync(new URL('openapi.yaml', import.meta.url), 'utf8')) as Schema;
const loaded = loadConfiguration(file, { env: {}, readFile: (path) => readFileSync(path, 'utf8') });
/** No route names these, so that the gateway finds them as unmatched traffic. */
const UNROUTED = [
  '/reports/sales',
  '/v1/orders',
  '/v1/orders/{orderId}',
  '/v1/orders/export',
  '/internal/debug/config',
];

test('the configuration of the sample loads, observes, and warns of nothing', () => {
  assert.ok(loaded.ok, JSON.stringify(loaded));
  assert.equal(loaded.configuration.mode, 'observe');
  assert.deepEqual(loaded.configuration.unmatched, { kind: 'forward', upstream: 'shop' });
  assert.deepEqual(loaded.warnings, []);
});

test('every documented operation has a route that asks for what the document says', () => {
  assert.ok(loaded.ok);
  const { routes } = loaded.configuration;
  const router = compileRouter(routes.map(({ id, match }) => ({ id, ...match })));
  for (const [path, item] of Object.entries(document['paths'] as Record<string, Schema>)) {
    for (const [method, operation] of Object.entries(item as Record<string, Schema>)) {
      if (method === 'parameters' || UNROUTED.includes(path)) continue;
      const index = router.match('127.0.0.1:8080', path.replaceAll(/\{\w+\}/g, '1'), method.toUpperCase());
      const route = typeof index === 'number' ? routes[index] : undefined;
      assert.ok(route, `${method} ${path} has no route`);
      const security = operation['security'] as readonly Record<string, readonly string[]>[];
      assert.equal(route.authenticate.kind, security.length === 0 ? 'none' : 'anyOf', route.id);
      assert.deepEqual(route.authorize.scopes, security[0]?.['apiKey'] ?? [], route.id);
    }
  }
});

test('what has no route on purpose has none', () => {
  assert.ok(loaded.ok);
  const router = compileRouter(loaded.configuration.routes.map(({ id, match }) => ({ id, ...match })));
  for (const path of UNROUTED) assert.equal(router.match('127.0.0.1:8080', path, 'GET'), 'not_found', path);
});
