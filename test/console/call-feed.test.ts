import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Call } from '../../console/src/api/shapes.ts';
import { CallFeed } from '../../console/src/pages/calls/call-feed.ts';

const page = (from: number, count: number, next: string | undefined) => ({
  items: Array.from({ length: count }, (_, i) => ({ requestId: `r${from + i}`, timeMs: 1_000_000 - from - i }) as Call),
  scanned: count,
  ...(next === undefined ? {} : { next }),
});

test('the page after the last row that was asked for while what is newest was read comes none the less', async () => {
  const asked: string[] = [];
  const answers: ((body: unknown) => void)[] = [];
  const stub = mock.method(globalThis, 'fetch', (target: string) => {
    asked.push(target);
    return new Promise<Response>((resolve) => answers.push((body) => resolve(Response.json(body))));
  });
  const answer = async (body: unknown): Promise<void> => {
    answers.shift()?.(body);
    for (let i = 0; i < 5; i++) await turn();
  };
  try {
    const feed = new CallFeed();
    feed.start({ from: 0, to: undefined });
    await answer(page(0, 200, 'two'));
    assert.equal(feed.rows.value.length, 200);
    feed.fillGap();
    feed.more();
    feed.more();
    assert.equal(asked.length, 2);
    await answer(page(0, 200, 'two'));
    assert.equal(asked.length, 3);
    assert.match(asked[2] ?? '', /cursor=two/);
    await answer(page(200, 500, 'three'));
    assert.equal(feed.rows.value.length, 700);
    assert.equal(asked.length, 3, 'and no further one that nobody asked for');
    feed.fillGap();
    await answer(page(0, 200, 'two'));
    assert.equal(asked.length, 4);
    feed.more();
    assert.match(asked[4] ?? '', /cursor=three/);
  } finally {
    stub.mock.restore();
  }
});
