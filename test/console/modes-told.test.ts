import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { changeMode, clearMode } from '../../console/src/state/modes.ts';
import { toasts } from '../../console/src/state/toast.ts';

/** What is told last of a change that the gateway answers so. */
async function told(unmatchedPass: boolean, run: () => Promise<unknown>): Promise<string | undefined> {
  const stub = mock.method(globalThis, 'fetch', () => Promise.resolve(Response.json({ items: [], unmatchedPass })));
  try {
    await run();
  } finally {
    stub.mock.restore();
  }
  return toasts.value.at(-1)?.text;
}

const SET = { scope: 'route', target: 'orders', mode: 'enforce' } as const;

test('a mode that leaves calls of no route open is told with what refuses them, and one that does not without', async () => {
  const open = '. Calls that match no route still go on: enforce the stage route to refuse them';
  assert.equal(await told(true, () => changeMode(SET)), `The route orders is enforced${open}`);
  assert.equal(await told(false, () => changeMode(SET)), 'The route orders is enforced');
  const clear = () => clearMode({ ...SET, setAtMs: 0 }, () => undefined);
  assert.equal(await told(true, clear), `For the route orders the file counts again${open}`);
  assert.equal(await told(false, clear), 'For the route orders the file counts again');
});
