import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { seedDataset } from './data.ts';
import type { OrdersApi } from './server.ts';
import { startOrdersApi } from './server.ts';

async function withApi(run: (api: OrdersApi) => Promise<void>): Promise<void> {
  const api = await startOrdersApi({ port: 0 });
  try {
    await run(api);
  } finally {
    await api.close();
  }
}

test('the data is the same on every start and shared by no two APIs', async () => {
  assert.deepEqual(seedDataset(), seedDataset());
  await withApi(async (first) => {
    await withApi(async (second) => {
      await fetch(`${first.url}/orders/1001`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: '{"note":"only here"}',
      });
      const untouched = (await (await fetch(`${second.url}/orders/1001`)).json()) as { note: string };
      assert.equal(untouched.note, '');
    });
  });
});

test('pages follow each other through the cursor without gap or repetition', async () => {
  await withApi(async (api) => {
    const ids: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const response = await fetch(`${api.url}/orders?limit=33${query}`);
      const page = (await response.json()) as { items: { id: number }[]; nextCursor: string | null };
      ids.push(...page.items.map((order) => order.id));
      cursor = page.nextCursor;
    }
    assert.deepEqual(
      ids,
      Array.from({ length: 200 }, (_, i) => 1001 + i),
    );
  });
});

test('an unknown path answers 404, a known one with another method 405 with Allow, both as problem+json', async () => {
  await withApi(async (api) => {
    const unknown = await fetch(`${api.url}/nowhere`);
    assert.equal(unknown.status, 404);
    assert.equal(unknown.headers.get('content-type'), 'application/problem+json');
    const other = await fetch(`${api.url}/orders/1001`, { method: 'POST' });
    assert.equal(other.status, 405);
    assert.equal(other.headers.get('allow'), 'GET, PATCH, DELETE');
    assert.equal(((await other.json()) as { status: number }).status, 405);
  });
});

test('a body above 64 KiB answers 413 and one that is not JSON 400', async () => {
  await withApi(async (api) => {
    const headers = { 'content-type': 'application/json' };
    const large = await fetch(`${api.url}/orders`, { method: 'POST', headers, body: ' '.repeat(65_537) });
    assert.equal(large.status, 413);
    const broken = await fetch(`${api.url}/orders`, { method: 'POST', headers, body: '{"userId":' });
    assert.equal(broken.status, 400);
  });
});

test('HEAD answers the head of GET without a body', async () => {
  await withApi(async (api) => {
    const head = await fetch(`${api.url}/orders/1001`, { method: 'HEAD' });
    const body = await (await fetch(`${api.url}/orders/1001`)).text();
    assert.equal(head.headers.get('content-length'), String(Buffer.byteLength(body)));
    assert.equal(await head.text(), '');
    const stream = await fetch(`${api.url}/orders/stream`, { method: 'HEAD' });
    assert.equal(stream.status, 200);
  });
});

test('a change of an order reaches a reader of the stream, and closing the API ends the stream', async () => {
  const api = await startOrdersApi({ port: 0 });
  const stream = await fetch(`${api.url}/orders/stream`);
  assert.equal(stream.headers.get('content-type'), 'text/event-stream');
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  assert.equal((await reader.read()).value, 'retry: 2000\n\n');
  await fetch(`${api.url}/orders/1001`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: '{"status":"cancelled"}',
  });
  assert.equal((await reader.read()).value, 'id: 1\nevent: order.updated\ndata: {"id":1001,"status":"cancelled"}\n\n');
  await api.close();
  assert.equal((await reader.read().catch(() => ({ done: true }))).done, true);
});

test('the hundred and first stream is refused with 503 and Retry-After', async () => {
  await withApi(async (api) => {
    const aborts: AbortController[] = [];
    for (let i = 0; i < 100; i++) {
      const abort = new AbortController();
      const stream = await fetch(`${api.url}/orders/stream`, { signal: abort.signal });
      assert.equal(stream.status, 200);
      aborts.push(abort);
    }
    const refused = await fetch(`${api.url}/orders/stream`);
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get('retry-after'), '5');
    for (const abort of aborts) abort.abort();
  });
});

test('on a worker thread the API tells its parent where it listens', async () => {
  const worker = new Worker(new URL('./serve-in-thread.ts', import.meta.url));
  const [message] = (await once(worker, 'message')) as [{ url: string }];
  assert.equal((await fetch(`${message.url}/health`)).status, 200);
  await worker.terminate();
});
