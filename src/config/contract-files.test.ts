import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfigurationText } from './load.ts';

const DOCUMENT = `openapi: 3.1.0
info: { title: t, version: '1' }
security: [{ token: [] }]
paths:
  /orders/{id}: { get: { responses: {} }, delete: { responses: {} } }
  /health: { get: { security: [], responses: {} } }
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
`;

interface Given {
  readonly document?: string;
  readonly openapi?: string;
  readonly routes?: string;
}

const ORDERS = '  - { id: orders, match: { path: "/orders/*" }, upstream: a, authenticate: { anyOf: [keys] } }\n';
const HEALTH = '  - { id: health, match: { path: /health }, upstream: a, authenticate: none }\n';

/** Code, place and message of what is reported, but for routes that ask nobody and methods nobody uses. */
function reported({ document = DOCUMENT, openapi = ', openapi: ./a.yaml', routes = ORDERS + HEALTH }: Given): string[] {
  const text = `version: 1\nmode: enforce\nupstreams: { a: { url: "http://127.0.0.1:1"${openapi} } }\nauthenticators: { keys: { type: api-key } }\nroutes:\n${routes}`;
  const loaded = loadConfigurationText(text, '/srv/sallyport.yaml', {
    env: {},
    readFile: (path) => {
      if (path === '/srv/a.yaml') return document;
      throw new Error(`${path} is not there`);
    },
  });
  return (loaded.ok ? loaded.warnings : loaded.diagnostics)
    .filter(({ code }) => code !== 'SP044' && code !== 'SP033')
    .map(({ code, line, path, message }) => `${code} ${line} ${path}: ${message}`);
}

test('a document that fits its routes is taken without a word', () => {
  assert.deepEqual(reported({}), []);
});

test('a document that cannot be read, is not well-formed or cannot be used is an error with its place', () => {
  const at = '3 upstreams.a.openapi';
  assert.deepEqual(reported({ openapi: ', openapi: ./b.yaml' }), [`SP110 ${at}: b.yaml: the file cannot be read`]);
  assert.deepEqual(reported({ document: 'a: 1\na: 2\n' }), [`SP111 ${at}: a.yaml:2:1: a key stands twice`]);
  const broken = DOCUMENT.replace('{ get: { responses', '{ get: { parameters: [{ name: x, in: body }], responses');
  assert.deepEqual(reported({ document: broken }), [
    `SP112 ${at}: a.yaml#/paths/~1orders~1{id}/get/parameters/0/in: this is not path, query, header or cookie`,
  ]);
  const outside = DOCUMENT.replace('responses: {}', "responses: { '200': { $ref: '../other.yaml' } }");
  assert.match(reported({ document: outside })[0] ?? '', /^SP112 .*leads out of the folder/);
});

test('a contract that is asked for needs a document', () => {
  for (const asked of ['{ response: enforce }', 'default']) {
    const routes = HEALTH.replace('none }', `none, inspect: { contract: ${asked} } }`);
    assert.match(reported({ openapi: '', routes })[0] ?? '', /^SP113 6 routes\[0\]\.inspect\.contract/);
  }
  const off = HEALTH.replace('none }', 'none, inspect: { contract: off } }');
  assert.deepEqual(reported({ openapi: '', routes: off }), []);
  assert.deepEqual(reported({ openapi: '', routes: HEALTH }), []);
});

test('routes and document that say different things are told apart', () => {
  const open = ORDERS.replace('{ anyOf: [keys] }', 'none');
  assert.deepEqual(reported({ routes: open + HEALTH }), [
    'SP114 6 routes[0].authenticate: the document asks for bearer at GET /orders/{id}, DELETE /orders/{id}, and the route "orders" asks nobody',
  ]);
  assert.deepEqual(reported({ routes: HEALTH }), [
    'SP115 3 upstreams.a.openapi: 2 documented operations have no route: GET /orders/{id}, DELETE /orders/{id}',
  ]);
  const nowhere = HEALTH.replace('id: health', 'id: other').replace('/health', '/other');
  assert.ok(reported({ routes: ORDERS + HEALTH + nowhere }).some((one) => one.startsWith('SP116 8 routes[2].match')));
});
