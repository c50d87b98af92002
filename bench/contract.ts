/**
 * What holding calls to an OpenAPI document costs: a call with a body of about 1 KB, bodies of 1 MB, bodies that are
 * meant to be dear, and the loading of GitHub's document.
 *
 *   scripts/node bench/contract.ts [--short]
 */
import { readFileSync } from 'node:fs';
import { Contract } from '../src/authz/contract/contract.ts';
import { contractOf } from '../src/authz/contract/contract-fixture.test.ts';
import { readDocument } from '../src/authz/contract/read-document.ts';
import { parseJsonBody } from '../src/http/json-body.ts';
import { GITHUB_DOCUMENT } from '../test/harness/documents.ts';
import { median } from './micro/authentication.ts';

const SHORT = process.argv.includes('--short');
/** Rounds are short, so that most of them fall between what else the machine does; the first ones warm up. */
const CALLS = 50;
const ROUNDS = SHORT ? 500 : 1_500;

const DOCUMENT = `
openapi: 3.0.3
info: { title: bench, version: '1' }
paths:
  /orders/{id}:
    post:
      parameters:
        - { name: id, in: path, required: true, schema: { type: integer } }
        - { name: limit, in: query, schema: { type: integer, maximum: 100 } }
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
      responses: { '200': { description: ok } }
  /either-order: { post: { requestBody: { content: { application/json: { schema: { anyOf: [{ $ref: '#/components/schemas/Order' }] } } } }, responses: {} } }
  /list: { post: { requestBody: { content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Item' } } } } }, responses: {} } }
  /unique: { post: { requestBody: { content: { application/json: { schema: { type: array, uniqueItems: true, items: {} } } } }, responses: {} } }
  /tree: { post: { requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Tree' } } } }, responses: {} } }
  /either: { post: { requestBody: { content: { application/json: { schema: { type: array, items: { oneOf: [${Array.from({ length: 100 }, (_, i) => `{ type: object, required: [k], properties: { k: { type: string, enum: [v${i}] } } }`).join(', ')}] } } } } }, responses: {} } }
components:
  schemas:
    Order:
      type: object
      required: [customer, items]
      properties:
        customer: { type: object, required: [name, email], properties: { name: { type: string, maxLength: 100 }, email: { type: string, format: email }, phone: { type: string, nullable: true } } }
        placedAt: { type: string, format: date-time }
        currency: { type: string, enum: [EUR, USD] }
        note: { type: string, maxLength: 500 }
        items: { type: array, maxItems: 100, items: { $ref: '#/components/schemas/Item' } }
    Item: { type: object, required: [sku, quantity], properties: { sku: { type: string, maxLength: 12 }, quantity: { type: integer, minimum: 1 }, price: { type: number, minimum: 0 }, tags: { type: array, items: { type: string } } } }
    Tree: { anyOf: [${Array.from({ length: 4 }, (_, i) => `{ type: object, required: [n${i}], properties: { c: { $ref: '#/components/schemas/Tree' } } }`).join(', ')}] }
`;

const contract = contractOf(DOCUMENT);
const HEADERS = ['host', 'bench', 'content-type', 'application/json'];

/** Whether the call keeps the contract; its body is read anew each time, as a call's is. */
function keeps(path: string, query: string, bytes: Uint8Array): boolean {
  const head = contract.judgeCall({
    method: 'POST',
    path,
    query,
    headers: HEADERS,
    hasBody: true,
    queryNamesBeside: [],
  });
  if (head.kind !== 'body') throw new Error(`the head ends with ${head.kind}`);
  return head.judge({ bytes, json: () => parseJsonBody(bytes) }) === undefined;
}

const item = (i: number) => ({ sku: `AB-${i}`, quantity: (i % 9) + 1, price: 9.5, tags: ['red', 'new'] });
const order = {
  customer: { name: 'A. Person', email: 'a.person@example.org', phone: null },
  placedAt: '2026-11-28T10:00:00Z',
  currency: 'EUR',
  note: 'x'.repeat(300),
  items: Array.from({ length: 9 }, (_, i) => item(i)),
};

const small = Buffer.from(JSON.stringify(order));
const text = small.toString();
// The work was done: one changed field is found.
if (!keeps('/orders/17', 'limit=10', small)) throw new Error('the body is refused');
if (keeps('/orders/17', 'limit=10', Buffer.from(text.replace('EUR', 'GBP')))) throw new Error('a wrong body passes');

/** Medians in microseconds, of rounds that take turns: what else the machine does meets all of them alike. */
function micros<Name extends string>(runs: Readonly<Record<Name, () => void>>): Readonly<Record<Name, number>> {
  const samples = new Map<string, number[]>();
  for (let round = -ROUNDS / 5; round < ROUNDS; round++)
    for (const [name, run] of Object.entries<() => void>(runs)) {
      const beganAt = performance.now();
      for (let i = 0; i < CALLS; i++) run();
      const taken = ((performance.now() - beganAt) * 1_000) / CALLS;
      const known = samples.get(name) ?? [];
      if (round >= 0) known.push(taken);
      samples.set(name, known);
    }
  return Object.fromEntries([...samples].map(([name, taken]) => [name, median(taken)])) as Record<Name, number>;
}

const wrong = Buffer.from(JSON.stringify({ ...order, items: [...order.items, { ...item(9), quantity: 0 }] }));
if (keeps('/orders/17', 'limit=10', wrong)) throw new Error('a body that is wrong at its end passes');
if (!keeps('/either-order', '', small)) throw new Error('an alternative is refused');

const { recognised, checked, refused, reading, plain } = micros({
  recognised: () => {
    keeps('/orders/17', 'limit=10', small);
  },
  checked: () => {
    keeps('/either-order', '', small);
  },
  refused: () => {
    keeps('/orders/17', 'limit=10', wrong);
  },
  reading: () => {
    parseJsonBody(small);
  },
  plain: () => {
    JSON.parse(text);
  },
});
const shown = (microseconds: number): string =>
  `${microseconds.toFixed(1)} µs (${(microseconds / plain).toFixed(2)} × JSON.parse)`;
console.log(`JSON.parse of ${small.length} bytes: ${plain.toFixed(1)} µs; parseJsonBody: ${shown(reading)}`);
console.log(`call with them that is recognised as it is read: ${shown(recognised)}`);
console.log(`call whose body has to be made a value and checked: ${shown(checked)}`);
console.log(`call that is refused for the end of its body: ${shown(refused)}`);

const nested = (depth: number): string => (depth === 0 ? '{}' : `{"c":${nested(depth - 1)}}`);
const heavy: readonly (readonly [string, string, string])[] = [
  ['1 MB that keeps the contract', '/list', JSON.stringify(Array.from({ length: 15_500 }, (_, i) => item(i)))],
  [
    '1 MB that departs from it at its end',
    '/list',
    JSON.stringify([...Array.from({ length: 15_500 }, (_, i) => item(i)), { ...item(1), quantity: 0 }]),
  ],
  ['100,000 unique numbers', '/unique', JSON.stringify(Array.from({ length: 100_000 }, (_, i) => i))],
  ['40,000 unique objects', '/unique', JSON.stringify(Array.from({ length: 40_000 }, (_, i) => ({ a: i })))],
  ['60 levels of alternatives that multiply', '/tree', nested(60)],
  [
    '10,000 values of 100 alternatives each',
    '/either',
    JSON.stringify(Array.from({ length: 10_000 }, () => ({ k: 'v99' }))),
  ],
  ['1 MB of nesting', '/unique', '['.repeat(500_000) + ']'.repeat(500_000)],
];
for (const [what, path, body] of heavy) {
  const bytes = Buffer.from(body);
  const beforeBytes = process.memoryUsage().heapUsed;
  const beganAt = performance.now();
  const kept = keeps(path, '', bytes);
  const milliseconds = performance.now() - beganAt;
  const megabytes = (process.memoryUsage().heapUsed - beforeBytes) / 2 ** 20;
  console.log(
    `${what} (${bytes.length} bytes): ${milliseconds.toFixed(0)} ms, ${megabytes.toFixed(0)} MiB more heap, ${kept ? 'kept' : 'refused'}`,
  );
}

const file = GITHUB_DOCUMENT;
let beganAt = performance.now();
const read = readDocument(file, { readFile: (path) => readFileSync(path, 'utf8'), beside: () => undefined });
if (!read.ok) throw new Error(read.problem.message);
const readMs = performance.now() - beganAt;
beganAt = performance.now();
const github = new Contract(read.text, true);
const openMs = performance.now() - beganAt;
beganAt = performance.now();
github.compileAll();
const compileMs = performance.now() - beganAt;
console.log(
  `GitHub's document, ${github.operations.length} operations: read ${readMs.toFixed(0)} ms, opened ${openMs.toFixed(0)} ms (each thread), compiled whole ${compileMs.toFixed(0)} ms (control plane); ${(read.text.length / 2 ** 20).toFixed(1)} MiB shared`,
);
