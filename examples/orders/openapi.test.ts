import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { ROUTES } from './routes.ts';
import type { Schema } from './schema-check.ts';
import { checkSchema, resolveReference } from './schema-check.ts';
import type { OrdersApi } from './server.ts';
import { startOrdersApi } from './server.ts';

const document = parse(readFileSync(new URL('openapi.yaml', import.meta.url), 'utf8')) as Schema;
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const UNDOCUMENTED = ['GET /v1/orders/export', 'GET /internal/debug/config'];
const ADDRESS = { street: '1 Example Street', city: 'Sampleton', postcode: '10115', country: 'DE' };
const PRODUCT = { name: 'Trowel', description: 'A trowel.', category: 'garden', priceCents: 950, stock: 4 };

/** One call per operation and status; `{name}` is filled from `known`. */
const CALLS: readonly { operation: string; status: number; path: string; method?: string; body?: unknown }[] = [
  { operation: 'readHealth', status: 200, path: '/health' },
  { operation: 'listProducts', status: 200, path: '/products?category=tools&sort=price&limit=5&q=sample' },
  { operation: 'listProducts', status: 400, path: '/products?category=weapons' },
  { operation: 'createProduct', status: 201, method: 'POST', path: '/products', body: PRODUCT },
  { operation: 'createProduct', status: 400, method: 'POST', path: '/products', body: { ...PRODUCT, priceCents: -1 } },
  { operation: 'createProduct', status: 415, method: 'POST', path: '/products', body: 'plain text' },
  { operation: 'readProduct', status: 200, path: '/products/{product}' },
  { operation: 'readProduct', status: 404, path: '/products/nothing-000' },
  { operation: 'replaceProduct', status: 200, method: 'PUT', path: '/products/{product}', body: PRODUCT },
  { operation: 'replaceProduct', status: 400, method: 'PUT', path: '/products/{product}', body: {} },
  { operation: 'replaceProduct', status: 404, method: 'PUT', path: '/products/nothing-000', body: PRODUCT },
  { operation: 'replaceProduct', status: 415, method: 'PUT', path: '/products/{product}', body: 'plain text' },
  { operation: 'deleteProduct', status: 204, method: 'DELETE', path: '/products/{spareProduct}' },
  { operation: 'deleteProduct', status: 404, method: 'DELETE', path: '/products/nothing-000' },
  { operation: 'listOrders', status: 200, path: '/orders?status=open&limit=100' },
  { operation: 'listOrders', status: 400, path: '/orders?limit=101' },
  {
    operation: 'createOrder',
    status: 201,
    method: 'POST',
    path: '/orders',
    body: {
      userId: '{user}',
      items: [{ productId: '{product}', quantity: 2 }],
      shippingAddress: ADDRESS,
      note: 'ring twice',
    },
  },
  {
    operation: 'createOrder',
    status: 400,
    method: 'POST',
    path: '/orders',
    body: { userId: '{user}', items: [], shippingAddress: ADDRESS },
  },
  { operation: 'createOrder', status: 415, method: 'POST', path: '/orders', body: 'plain text' },
  { operation: 'readOrder', status: 200, path: '/orders/1001' },
  { operation: 'readOrder', status: 400, path: '/orders/first' },
  { operation: 'readOrder', status: 404, path: '/orders/999999' },
  { operation: 'changeOrder', status: 200, method: 'PATCH', path: '/orders/1001', body: { note: 'leave at the door' } },
  { operation: 'changeOrder', status: 400, method: 'PATCH', path: '/orders/1001', body: { status: 'lost' } },
  { operation: 'changeOrder', status: 404, method: 'PATCH', path: '/orders/999999', body: {} },
  { operation: 'changeOrder', status: 415, method: 'PATCH', path: '/orders/1001', body: 'plain text' },
  {
    operation: 'replaceShippingAddress',
    status: 200,
    method: 'PUT',
    path: '/orders/{openOrder}/shipping-address',
    body: ADDRESS,
  },
  {
    operation: 'replaceShippingAddress',
    status: 400,
    method: 'PUT',
    path: '/orders/{openOrder}/shipping-address',
    body: { street: '' },
  },
  {
    operation: 'replaceShippingAddress',
    status: 404,
    method: 'PUT',
    path: '/orders/999999/shipping-address',
    body: ADDRESS,
  },
  {
    operation: 'replaceShippingAddress',
    status: 409,
    method: 'PUT',
    path: '/orders/{shippedOrder}/shipping-address',
    body: ADDRESS,
  },
  {
    operation: 'replaceShippingAddress',
    status: 415,
    method: 'PUT',
    path: '/orders/{openOrder}/shipping-address',
    body: 'plain text',
  },
  { operation: 'listUsers', status: 200, path: '/users?role=customer' },
  { operation: 'listUsers', status: 400, path: '/users?role=owner' },
  {
    operation: 'createUser',
    status: 201,
    method: 'POST',
    path: '/users',
    body: { account: 'acme', name: 'New User', email: 'new@example.com', birthDate: '1990-01-01' },
  },
  {
    operation: 'createUser',
    status: 400,
    method: 'POST',
    path: '/users',
    body: { account: 'acme', name: 'New User', email: 'nowhere', birthDate: '1990-01-01' },
  },
  { operation: 'createUser', status: 415, method: 'POST', path: '/users', body: 'plain text' },
  { operation: 'readUser', status: 200, path: '/users/{user}' },
  { operation: 'readUser', status: 404, path: '/users/00000000-0000-4000-8000-000000000000' },
  { operation: 'changeUser', status: 200, method: 'PATCH', path: '/users/{user}', body: { name: 'Renamed' } },
  { operation: 'changeUser', status: 400, method: 'PATCH', path: '/users/{user}', body: { name: '' } },
  {
    operation: 'changeUser',
    status: 404,
    method: 'PATCH',
    path: '/users/00000000-0000-4000-8000-000000000000',
    body: {},
  },
  { operation: 'changeUser', status: 415, method: 'PATCH', path: '/users/{user}', body: 'plain text' },
  { operation: 'listOrdersOfUser', status: 200, path: '/users/{user}/orders' },
  { operation: 'listOrdersOfUser', status: 400, path: '/users/{user}/orders?cursor=elsewhere' },
  { operation: 'listOrdersOfUser', status: 404, path: '/users/00000000-0000-4000-8000-000000000000/orders' },
  { operation: 'listPayments', status: 200, path: '/payments?limit=3' },
  { operation: 'listPayments', status: 400, path: '/payments?orderId=first' },
  {
    operation: 'createPayment',
    status: 201,
    method: 'POST',
    path: '/payments',
    body: { orderId: '{openOrder}', cardNumber: '4000000000000002', cardholder: 'Sample User' },
  },
  {
    operation: 'createPayment',
    status: 400,
    method: 'POST',
    path: '/payments',
    body: { orderId: '{openOrder}', cardNumber: 'none', cardholder: 'Sample User' },
  },
  {
    operation: 'createPayment',
    status: 409,
    method: 'POST',
    path: '/payments',
    body: { orderId: '{shippedOrder}', cardNumber: '4000000000000002', cardholder: 'Sample User' },
  },
  { operation: 'createPayment', status: 415, method: 'POST', path: '/payments', body: 'plain text' },
  { operation: 'readPayment', status: 200, path: '/payments/pay_000001' },
  { operation: 'readPayment', status: 404, path: '/payments/pay_999999' },
  { operation: 'refundPayment', status: 200, method: 'POST', path: '/payments/pay_000002/refund' },
  { operation: 'refundPayment', status: 404, method: 'POST', path: '/payments/pay_999999/refund' },
  { operation: 'refundPayment', status: 409, method: 'POST', path: '/payments/{refundedPayment}/refund' },
  { operation: 'readReceipt', status: 200, path: '/receipts/pay_000001' },
  { operation: 'readReceipt', status: 404, path: '/receipts/pay_999999' },
  { operation: 'reportSales', status: 200, path: '/reports/sales?days=7' },
  { operation: 'reportSales', status: 400, path: '/reports/sales?days=0' },
  { operation: 'listOrdersV1', status: 200, path: '/v1/orders' },
  { operation: 'listOrdersV1', status: 400, path: '/v1/orders?limit=0' },
  { operation: 'readOrderV1', status: 200, path: '/v1/orders/1001' },
  { operation: 'readOrderV1', status: 400, path: '/v1/orders/first' },
  { operation: 'readOrderV1', status: 404, path: '/v1/orders/999999' },
  { operation: 'deleteOrder', status: 204, method: 'DELETE', path: '/orders/{spareOrder}' },
  { operation: 'deleteOrder', status: 400, method: 'DELETE', path: '/orders/first' },
  { operation: 'deleteOrder', status: 404, method: 'DELETE', path: '/orders/999999' },
  { operation: 'deleteOrder', status: 409, method: 'DELETE', path: '/orders/{shippedOrder}' },
];

/** The stream has no end and its places are many: it has tests of its own in server.test.ts. */
const TESTED_ELSEWHERE = new Set(['streamOrders 200', 'streamOrders 503']);

let api: OrdersApi;
const known: Record<string, string> = {};

before(async () => {
  api = await startOrdersApi({ port: 0 });
  const orders = await list<{ id: number; userId: string }>('/orders?status=open&limit=100');
  const shipped = await list<{ id: number }>('/orders?status=shipped');
  const products = await list<{ id: string }>('/products');
  known['openOrder'] = String(orders[0]!.id);
  known['spareOrder'] = String(orders[1]!.id);
  known['shippedOrder'] = String(shipped[0]!.id);
  known['user'] = orders[2]!.userId;
  known['product'] = products[0]!.id;
  known['spareProduct'] = products[1]!.id;
  known['refundedPayment'] = 'pay_000003';
  await fetch(`${api.url}/payments/pay_000003/refund`, { method: 'POST' });
});

after(() => api.close());

for (const call of CALLS) {
  const method = call.method ?? 'GET';
  test(`${call.operation} answers ${call.status} as the document says: ${method} ${call.path}`, async () => {
    const { operation, template } = documentedOperation(call.operation);
    assert.equal(
      `${template.method} ${call.path.split('?')[0]!.split('/').length}`,
      `${method} ${template.path.split('/').length}`,
    );
    const response = await send(method, fill(call.path), call.body);
    assert.equal(response.status, call.status);
    const described = dereferenced((operation['responses'] as Schema)[String(call.status)] as Schema | undefined);
    assert.ok(described, `${call.status} is not documented`);
    for (const name of Object.keys((described['headers'] ?? {}) as object)) assert.ok(response.headers.has(name), name);
    const content = described['content'] as Record<string, { schema: Schema }> | undefined;
    if (content === undefined) {
      assert.equal(await response.text(), '');
      return;
    }
    const [mediaType, media] = Object.entries(content)[0]!;
    assert.equal(response.headers.get('content-type'), mediaType);
    assert.deepEqual(checkSchema(document, media.schema, await response.json()), []);
  });
}

test('every documented status of every operation has its call above', () => {
  const called = new Set(CALLS.map((call) => `${call.operation} ${call.status}`));
  const missing: string[] = [];
  for (const { operation } of operations()) {
    for (const status of Object.keys(operation['responses'] as object)) {
      const name = `${String(operation['operationId'])} ${status}`;
      if (!called.has(name) && !TESTED_ELSEWHERE.has(name)) missing.push(name);
    }
  }
  assert.deepEqual(missing, []);
});

test('a documented request body lets its valid example through and refuses what it does not name', () => {
  for (const call of CALLS) {
    if (call.body === undefined || call.status === 415) continue;
    const { operation } = documentedOperation(call.operation);
    const body = dereferenced(operation['requestBody'] as Schema | undefined);
    assert.ok(body, `${call.operation} documents no body`);
    const { schema } = (body['content'] as Record<string, { schema: Schema }>)['application/json']!;
    const value = JSON.parse(fill(JSON.stringify(call.body))) as unknown;
    const faults = checkSchema(document, schema, numberedOrder(value));
    if (call.status < 300) assert.deepEqual(faults, [], call.operation);
    if (call.status === 400) assert.notDeepEqual(faults, [], `${call.operation}: ${JSON.stringify(call.body)}`);
    assert.notDeepEqual(checkSchema(document, schema, { ...(value as object), unheardOf: 1 }), [], call.operation);
  }
});

test('the document and the routes of the API name the same endpoints, apart from the undocumented ones', () => {
  const documented = operations().map(({ template }) => `${template.method} ${template.path}`);
  const answered = ROUTES.map((route) => `${route.method} ${route.template}`);
  assert.deepEqual([...documented, ...UNDOCUMENTED].sort(), answered.sort());
});

test('every reference of the document leads somewhere and every operation id is used once', () => {
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const reference = (node as Schema)['$ref'];
    if (typeof reference === 'string') resolveReference(document, reference);
    for (const child of Object.values(node)) visit(child);
  };
  visit(document);
  const ids = operations().map(({ operation }) => operation['operationId']);
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(document['openapi'], '3.1.0');
});

interface DocumentedOperation {
  readonly operation: Schema;
  readonly template: { readonly method: string; readonly path: string };
}

function operations(): DocumentedOperation[] {
  const found: DocumentedOperation[] = [];
  for (const [path, item] of Object.entries(document['paths'] as Record<string, Schema>))
    for (const method of METHODS)
      if (item[method] !== undefined)
        found.push({ operation: item[method] as Schema, template: { method: method.toUpperCase(), path } });
  return found;
}

function documentedOperation(id: string): DocumentedOperation {
  const found = operations().find(({ operation }) => operation['operationId'] === id);
  assert.ok(found, `${id} is not documented`);
  return found;
}

function dereferenced(node: Schema | undefined): Schema | undefined {
  const reference = node?.['$ref'];
  return typeof reference === 'string' ? resolveReference(document, reference) : node;
}

function fill(text: string): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => known[name] ?? `{${name}}`);
}

/** Order ids stand as text in the table above and are numbers on the wire. */
function numberedOrder(value: unknown): unknown {
  const members = value as Record<string, unknown>;
  return typeof members['orderId'] === 'string' ? { ...members, orderId: Number(members['orderId']) } : value;
}

async function send(method: string, path: string, body: unknown): Promise<Response> {
  if (body === undefined) return fetch(api.url + path, { method });
  if (typeof body === 'string')
    return fetch(api.url + path, { method, body, headers: { 'content-type': 'text/plain' } });
  const value = numberedOrder(JSON.parse(fill(JSON.stringify(body))));
  return fetch(api.url + path, {
    method,
    body: JSON.stringify(value),
    headers: { 'content-type': 'application/json' },
  });
}

async function list<T>(path: string): Promise<T[]> {
  const response = await fetch(api.url + path);
  return ((await response.json()) as { items: T[] }).items;
}
