import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Contract } from './contract.ts';
import { judge, readText, shown } from './contract-fixture.test.ts';
import { recordOf, textOf } from './json-node.ts';

const HEAD = 'openapi: 3.1.0\ninfo: { title: t, version: "1" }\n';
const operation = (schema: string): string =>
  `${HEAD}paths:\n  /a:\n    post:\n      requestBody: { content: { application/json: { schema: ${schema} } } }\n      responses: { '200': { description: ok } }\n`;

function problemOf(text: string, beside: Readonly<Record<string, string>> = {}): string {
  const read = readText(text, beside);
  if (!read.ok) {
    const { kind, file, pointer, line, column } = read.problem;
    return `${kind} ${file}${line > 0 ? `:${line}:${column}` : pointer}`;
  }
  try {
    new Contract(read.text, true).compileAll();
    return '';
  } catch (error) {
    return `unusable api.yaml${recordOf(error)?.['pointer'] ?? textOf(error, 'message')}`;
  }
}

test('a document that cannot be read, is not well-formed or is none is refused with its place', () => {
  assert.equal(problemOf('a: [1'), 'malformed api.yaml:1:6');
  assert.equal(problemOf('a: 1\nb: 2\na: 3\n'), 'malformed api.yaml:3:1');
  assert.equal(problemOf('{"a": 1,}x'), 'malformed api.yaml:1:10');
  assert.equal(problemOf('- 1'), 'unusable api.yaml');
  assert.equal(problemOf('openapi: 4.0.0'), 'unusable api.yaml');
  assert.equal(problemOf('openapi: 3.1'), 'unusable api.yaml');
  assert.equal(problemOf(`${HEAD}paths: {}`), 'unusable api.yaml/paths');
  assert.equal(problemOf(`${HEAD}paths: { a: { get: { responses: {} } } }`), 'unusable api.yaml/paths/a/get');
  const bomb = [
    'a: &a [x]',
    ...Array.from(
      { length: 12 },
      (_, i) =>
        `b${i}: &b${i} [${Array(12)
          .fill(i === 0 ? '*a' : `*b${i - 1}`)
          .join(', ')}]`,
    ),
  ];
  assert.match(problemOf(bomb.join('\n')), /^malformed/);
  assert.match(problemOf(`${HEAD}x: ${'['.repeat(100_000)}`), /^malformed/);
});

test('schemas that cannot be used are refused at their pointer', () => {
  const at = '/paths/~1a/post/requestBody/content/application~1json/schema';
  assert.equal(problemOf(operation('{ type: strnig }')), `unusable api.yaml${at}/type`);
  assert.equal(problemOf(operation('{ pattern: "(?=x)" }')), `unusable api.yaml${at}/pattern`);
  assert.equal(problemOf(operation('{ minLength: -1 }')), `unusable api.yaml${at}/minLength`);
  assert.equal(problemOf(operation('{ properties: { a: { enum: [] } } }')), `unusable api.yaml${at}/properties/a/enum`);
  assert.equal(problemOf(operation('{ $ref: "#/components/schemas/None" }')), `unusable api.yaml${at}`);
  assert.equal(problemOf(operation('{ $dynamicRef: "#x" }')), `unusable api.yaml${at}/$dynamicRef`);
  assert.equal(
    problemOf(
      operation('{ allOf: [{ $ref: "#/components/schemas/A" }] }') +
        'components: { schemas: { A: { anyOf: [{ $ref: "#/components/schemas/A" }] } } }\n',
    ),
    'unusable api.yaml/components/schemas/A',
  );
  assert.equal(problemOf(operation('{ items: [] }')), `unusable api.yaml${at}/items`);
});

test('references lead to files in the folder of the document and nowhere else', () => {
  for (const ref of [
    '/etc/passwd',
    '../secret.yaml',
    'x/../../secret.yaml',
    '..%2fsecret.yaml',
    'http://127.0.0.1/a.yaml',
    'https://example.com/a.yaml',
    'file:///etc/passwd',
    'FILE:/etc/passwd',
    '\\\\host\\share',
    'data:text/plain,a',
  ])
    assert.match(problemOf(operation(`{ $ref: '${ref}' }`)), /^unusable/, ref);
  assert.equal(problemOf(operation('{ $ref: "other.yaml" }')), 'unreadable other.yaml');
});

test('files beside the document are part of it, and may refer to one another and back', () => {
  const text = operation('{ $ref: "./models/order.yaml#/Order" }');
  const read = readText(text, {
    'models/order.yaml':
      'Order: { type: object, properties: { item: { $ref: "item.json#/$defs/Item" }, next: { $ref: "#/Order" } } }',
    'item.json': '{"$defs":{"Item":{"type":"object","properties":{"a":{"type":"integer"}}}}}',
  });
  assert.ok(read.ok);
  assert.deepEqual(read.files, ['api.yaml', 'models/order.yaml', 'item.json']);
  const contract = new Contract(read.text, true);
  contract.compileAll();
  assert.equal(shown(judge(contract, { target: '/a', body: { next: { item: { a: 1 } } } })), '');
  assert.equal(shown(judge(contract, { target: '/a', body: { next: { item: { a: 'x' } } } })), 'body /next/item/a');
});

test('what only people read is left out, and names that look like it stay', () => {
  const read = readText(
    operation(
      '{ type: object, description: long, example: { a: 1 }, properties: { description: { type: integer, title: t }, example: { type: string }, "x-y": { type: string } } }',
    ),
  );
  assert.ok(read.ok);
  assert.ok(!read.text.includes('long') && !read.text.includes('"t"'));
  const contract = new Contract(read.text, true);
  assert.equal(shown(judge(contract, { target: '/a', body: { description: 1, example: 'x', 'x-y': 'z' } })), '');
  assert.equal(shown(judge(contract, { target: '/a', body: { description: 'x' } })), 'body /description');
});

test('documents of OpenAPI 2.0 are brought to 3.0', () => {
  const read = readText(`
swagger: '2.0'
info: { title: t, version: '1' }
basePath: /api
consumes: [application/json]
produces: [application/json]
paths:
  /pets:
    get:
      parameters:
        - { name: tags, in: query, type: array, items: { type: string, enum: [a, b] }, collectionFormat: csv }
        - { name: limit, in: query, type: integer, maximum: 10, exclusiveMaximum: true }
      responses: { '200': { description: ok, schema: { type: array, items: { $ref: '#/definitions/Pet' } } } }
    post:
      parameters: [{ name: pet, in: body, required: true, schema: { $ref: '#/definitions/Pet' } }]
      responses: { '201': { description: made } }
definitions:
  Pet: { type: object, required: [name], properties: { name: { type: string }, id: { type: integer, readOnly: true } } }
`);
  assert.ok(read.ok);
  const contract = new Contract(read.text, true);
  contract.compileAll();
  const says = (request: Parameters<typeof judge>[1]): string => shown(judge(contract, request));
  assert.equal(says({ target: '/api/pets?tags=a,b&limit=9' }), '');
  assert.equal(says({ target: '/api/pets?tags=a,c' }), 'parameter query:tags/1');
  assert.equal(says({ target: '/api/pets?limit=10' }), 'parameter query:limit');
  assert.equal(says({ target: '/api/pets', body: { name: 'a' } }), '');
  assert.equal(says({ target: '/api/pets', body: { id: 1, name: 'a' } }), 'body /id');
  assert.equal(says({ target: '/pets' }), 'endpoint');
});
