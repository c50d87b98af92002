import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { OrdersApi } from './server.ts';
import { startOrdersApi } from './server.ts';

const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
let api: OrdersApi;

before(async () => {
  api = await startOrdersApi({ port: 0 });
});
after(() => api.close());

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(api.url + path, { headers });
}

test('W1: two endpoints outside the document give away secrets and every order', async () => {
  const config = (await (await get('/internal/debug/config')).json()) as { database: { url: string } };
  assert.match(config.database.url, /^postgres:\/\/shop:.+@/);
  const lines = (await (await get('/v1/orders/export', { 'sallyport-consumer': 'acme' })).text()).trim().split('\n');
  assert.equal(lines.length, 201);
  assert.ok(lines.some((line) => line.includes(',birch,')));
});

test('W2: a receipt shows personal data to a caller nobody knows', async () => {
  const receipt = (await (await get('/receipts/pay_000001')).json()) as { email: string };
  assert.match(receipt.email, /@example\.com$/);
});

test('W3: a payment shows a full card number that passes the check digit', async () => {
  const payment = (await (await get('/payments/pay_000001')).json()) as { cardNumber: string; cardLast4: string };
  assert.match(payment.cardNumber, /^400000\d{10}$/);
  assert.equal(luhnSum(payment.cardNumber) % 10, 0);
  assert.equal(payment.cardNumber.slice(-4), payment.cardLast4);
});

test('W4: an account reads and changes the order of another account, though the list hides it', async () => {
  const asAcme = { 'sallyport-consumer': 'acme' };
  const own = (await (await get('/orders?limit=100', asAcme)).json()) as { items: { account: string }[] };
  assert.ok(own.items.length > 10 && own.items.every((order) => order.account === 'acme'));
  const others = (await (await get('/orders?limit=100', { 'sallyport-consumer': 'birch' })).json()) as {
    items: { id: number }[];
  };
  const foreignId = others.items[0]!.id;
  const order = (await (await get(`/orders/${foreignId}`, asAcme)).json()) as { account: string };
  assert.equal(order.account, 'birch');
  const changed = await fetch(`${api.url}/orders/${foreignId}`, {
    method: 'PATCH',
    headers: { ...asAcme, 'content-type': 'application/json' },
    body: '{"note":"changed by another account"}',
  });
  assert.equal(changed.status, 200);
});

test('W5: a user becomes admin by naming a role in a change', async () => {
  const page = (await (await get('/users?role=customer&limit=1')).json()) as { items: { id: string }[] };
  const changed = await fetch(`${api.url}/users/${page.items[0]!.id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: '{"role":"admin"}',
  });
  assert.equal(((await changed.json()) as { role: string }).role, 'admin');
});

test('W6: the list of users holds password hashes, reset tokens and birth dates', async () => {
  const page = (await (await get('/users?limit=5')).json()) as { items: Record<string, string>[] };
  for (const user of page.items) {
    assert.match(user['passwordHash'] ?? '', /^scrypt\$/);
    assert.match(user['resetToken'] ?? '', /^[0-9a-f]{32}$/);
    assert.match(user['birthDate'] ?? '', /^\d{4}-\d{2}-\d{2}$/);
  }
});

test('W7: version 1 answers after its sunset, with the orders of every account', async () => {
  const response = await get('/v1/orders?limit=2', { 'sallyport-consumer': 'nobody' });
  assert.equal(response.status, 200);
  assert.ok(Date.parse(response.headers.get('sunset') ?? '') <= Date.UTC(2026, 0, 1));
  assert.equal(((await response.json()) as { orders: unknown[] }).orders.length, 2);
});

test('W8: an unknown sort order answers with the query and a stack', async () => {
  const response = await get('/products?sort=weight');
  assert.equal(response.status, 500);
  const { detail } = (await response.json()) as { detail: string };
  assert.match(detail, /SELECT \* FROM shop\.products ORDER BY weight/);
  assert.match(detail, /products\.ts:\d+:\d+/);
});

test('W9: a report over any number of days is begun, and ends when its client goes', async () => {
  const impatient = new AbortController();
  const response = fetch(`${api.url}/reports/sales?days=100000000`, { signal: impatient.signal });
  // That another call is answered meanwhile shows that the report has been begun and not refused.
  assert.equal((await get('/reports/sales?days=1000')).status, 200);
  impatient.abort();
  await assert.rejects(response, { name: 'AbortError' });
});

test('every weakness of the list in README.md has its test, and the other way round', () => {
  const listed = [...readme.matchAll(/^\| (W\d+) +\|/gm)].map((match) => match[1]);
  const source = readFileSync(new URL(import.meta.url), 'utf8');
  const tested = [...source.matchAll(/^test\('(W\d+):/gm)].map((match) => match[1]);
  assert.deepEqual(tested, listed);
});

function luhnSum(digits: string): number {
  return [...digits].reverse().reduce((sum, character, i) => {
    const weighted = Number(character) * (i % 2 === 0 ? 1 : 2);
    return sum + (weighted > 9 ? weighted - 9 : weighted);
  }, 0);
}
