import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { canary } from './canary.ts';
import type { Running } from './measure/processes.ts';
import type { Check, StartedSystem, System } from './systems/system.ts';
import { LIMITED_PATH, UPSTREAM_BODY } from './systems/system.ts';

const nothing: Running = { pid: 0, output: () => '', exited: () => false, stop: () => Promise.resolve() };
const ALL: readonly Check[] = ['key', 'scope', 'limit', 'payload', 'event'];

/** A system that claims every check and answers as `statusOf` says. */
async function faultsOf(
  statusOf: (request: IncomingMessage, count: number) => number,
  recorded: boolean,
): Promise<string[]> {
  let limitedCalls = 0;
  const server = createServer((request, response) => {
    if (request.url === LIMITED_PATH) limitedCalls++;
    response.writeHead(statusOf(request, limitedCalls)).end(UPSTREAM_BODY);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const started: StartedSystem = {
    port: (server.address() as AddressInfo).port,
    process: nothing,
    key: 'good-key',
    keyWithoutScope: 'narrow-key',
    provesEvent: () => Promise.resolve(recorded),
  };
  const system: System = {
    name: 'claims',
    title: 'claims everything',
    checks: ALL,
    unavailable: () => undefined,
    version: () => '1',
    start: () => Promise.resolve(started),
  };
  try {
    return await canary(system, started);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

test('a system that does all it claims has no faults', async () => {
  const faults = await faultsOf((request, limitedCalls) => {
    const key = request.headers['x-api-key'];
    if (key === 'narrow-key') return 403;
    if (key !== 'good-key') return 401;
    if (request.url?.includes('OR')) return 403;
    return limitedCalls > 1 ? 429 : 200;
  }, true);
  assert.deepEqual(faults, []);
});

test('a system that lets everything through is caught at every check it claims', async () => {
  const faults = (await faultsOf(() => 200, false)).join('\n');
  for (const words of [
    'without a key',
    'invented key',
    'altered key',
    'lacks the scope',
    'no 429',
    'SQL injection',
    'event',
  ]) {
    assert.ok(faults.includes(words), `${words} is missing in:\n${faults}`);
  }
});

test('a system that refuses everything is no more honest', async () => {
  const faults = (await faultsOf(() => 401, true)).join('\n');
  assert.match(faults, /a permitted call: 401 instead of 200/);
});
