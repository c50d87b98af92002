import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UsageStore } from '../ports.ts';
import { memoryControlStore } from '../store/memory/control-store.ts';
import { KeyUsageCounter, type UsedKey } from './key-usage.ts';

const logger = { debug() {}, info() {}, warn() {}, error() {} };

function used(change: Partial<UsedKey> = {}): UsedKey {
  return {
    credentialId: 'k1',
    timeMs: 1_000,
    denied: false,
    address: '192.0.2.1',
    userAgent: 'curl',
    routeId: 'r',
    ...change,
  };
}

test('calls are counted in all and by address, agent and route, with first and last use', async () => {
  const { usage } = memoryControlStore();
  const counter = new KeyUsageCounter(usage, logger);
  counter.count(used());
  counter.count(used({ timeMs: 3_000, address: '192.0.2.2', denied: true }));
  counter.count(used({ timeMs: 2_000, credentialId: 'k2', userAgent: '' }));
  await counter.flush();
  counter.count(used({ timeMs: 4_000 }));
  await counter.flush();
  assert.deepEqual(
    (await usage.ofKey('k1')).map(({ kind, value, calls, refusals, firstMs, lastMs }) => [
      kind,
      value,
      calls,
      refusals,
      firstMs,
      lastMs,
    ]),
    [
      ['address', '192.0.2.1', 2, 0, 1_000, 4_000],
      ['address', '192.0.2.2', 1, 1, 3_000, 3_000],
      ['agent', 'curl', 3, 1, 1_000, 4_000],
      ['day', '0', 3, 1, 1_000, 4_000],
      ['hour', '0', 3, 1, 1_000, 4_000],
      ['route', 'r', 3, 1, 1_000, 4_000],
      ['total', '', 3, 1, 1_000, 4_000],
    ],
  );
  assert.deepEqual(
    (await usage.totals(['k1', 'k2', 'k3'])).map(({ keyId, calls }) => [keyId, calls]),
    [
      ['k1', 3],
      ['k2', 1],
    ],
  );
});

test('calls are counted by the hour and the day they were made in, however many addresses there are', async () => {
  const { usage } = memoryControlStore();
  const counter = new KeyUsageCounter(usage, logger);
  const [hour, day] = [3_600_000, 86_400_000];
  for (let i = 0; i < 200; i++) counter.count(used({ timeMs: day - 1, address: `192.0.2.${i}` }));
  counter.count(used({ timeMs: day, denied: true }));
  counter.count(used({ timeMs: day - 1 }));
  await counter.flush();
  const spans = (await usage.ofKey('k1')).filter(({ kind }) => kind === 'hour' || kind === 'day');
  assert.deepEqual(
    spans.map(({ kind, value, calls, refusals }) => [kind, Number(value), calls, refusals]),
    [
      ['day', day, 1, 1],
      ['day', 0, 201, 0],
      ['hour', day, 1, 1],
      ['hour', day - hour, 201, 0],
    ],
  );
});

test('what the store refuses waits, and is counted once when it takes it again', async () => {
  const { usage } = memoryControlStore();
  let refusing = true;
  const failing: UsageStore = {
    ...usage,
    add: (counts) => (refusing ? Promise.reject(new Error('full')) : usage.add(counts)),
  };
  const counter = new KeyUsageCounter(failing, logger);
  counter.count(used());
  await counter.flush();
  counter.count(used({ timeMs: 2_000 }));
  await counter.flush();
  refusing = false;
  await counter.flushAll();
  assert.equal((await usage.totals(['k1']))[0]?.calls, 2);
});

test('one key that is used from everywhere takes bounded memory, and its total stays right', async () => {
  const { usage } = memoryControlStore();
  const counter = new KeyUsageCounter(usage, logger);
  for (let i = 0; i < 10_000; i++) counter.count(used({ address: `2001:db8::${i.toString(16)}` }));
  await counter.flush();
  const rows = await usage.ofKey('k1');
  assert.ok(rows.length <= 64, `${rows.length} rows`);
  assert.equal(rows.find(({ kind }) => kind === 'total')?.calls, 10_000);
});

test('more keys than are held are counted as lost, and a write is bounded', async () => {
  const { usage } = memoryControlStore();
  let largest = 0;
  const watching: UsageStore = {
    ...usage,
    add: (counts) => {
      largest = Math.max(largest, counts.length);
      return Promise.resolve();
    },
  };
  const counter = new KeyUsageCounter(watching, logger);
  for (let i = 0; i < 100_010; i++) counter.count(used({ credentialId: `k${i}` }));
  assert.equal(counter.lostCalls, 10);
  await counter.flushAll();
  assert.ok(largest <= 5_004, `${largest} rows at once`);
});
