import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureUsage } from './usage.ts';

test('the bench of usage counting counts every call it makes', async () => {
  const cost = await measureUsage(4);
  assert.equal(cost.countedCalls, 20_000);
  assert.ok(cost.withNanos > 0 && cost.withoutNanos > 0 && cost.countNanos > 0);
});
