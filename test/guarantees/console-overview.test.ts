import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import type { CallSummary } from '../../src/pipeline/counts/call-counts.ts';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';

let upstream: Awaited<ReturnType<typeof echoUpstream>>;
let gateway: TestGateway;

const config = (mode: string): string => `mode: ${mode}
authenticators: { keys: { type: api-key } }
upstreams: { api: { url: "${upstream.url}" }, gone: { url: "http://127.0.0.1:9" } }
routes:
  - { id: open, match: { path: "/open/*" }, upstream: api, authenticate: none }
  - { id: gone, match: { path: "/gone/*" }, upstream: gone, authenticate: none }
  - { id: keyed, match: { path: "/keyed/*" }, upstream: api, authenticate: { anyOf: [keys] } }
  - { id: watched, match: { path: "/watched/*" }, upstream: api, authenticate: { anyOf: [keys] }, mode: observe }
`;

before(async () => {
  upstream = await echoUpstream();
  gateway = await TestGateway.start({ config: config('enforce'), workers: 2 });
});
after(async () => {
  await gateway.stop();
  await upstream.close();
});

interface Overview extends CallSummary {
  readonly findings: Readonly<Record<string, number>>;
  readonly configurationChanges: readonly { readonly atMs: number; readonly fingerprint: string }[];
  readonly health: {
    readonly status: string;
    readonly failOpen: number;
    readonly eventsLost: number;
    readonly threads: { readonly alive: number; readonly configured: number };
    readonly saturation: { readonly threads: readonly number[]; readonly controlPlane: number };
    readonly version: string;
    readonly uptimeMs: number;
  };
}

async function overview(query = ''): Promise<Overview> {
  const { status, body } = await gateway.admin('GET', `/api/v1/overview${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body as unknown as Overview;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** What a recount of the recorded calls says of the same time. */
async function recounted({ from, to }: Overview) {
  const calls = (await gateway.recorded(1)).filter(({ timeMs }) => timeMs >= from && timeMs < to);
  const tops = (value: (one: (typeof calls)[number]) => string) =>
    Object.entries(Object.groupBy(calls, value))
      .filter(([name]) => name !== '')
      .map(([name, those = []]) => ({
        value: name,
        calls: those.length,
        denied: those.filter(({ outcome }) => outcome === 'denied').length,
      }))
      .sort((one, other) => other.calls - one.calls || other.denied - one.denied || (one.value < other.value ? -1 : 1))
      .slice(0, 10);
  return {
    calls: calls.length,
    denied: calls.filter(({ outcome }) => outcome === 'denied').length,
    observed: calls.filter(({ outcome }) => outcome === 'observed').length,
    errors: calls.filter(({ status, error }) => status >= 500 || error !== '').length,
    top: {
      consumers: tops(({ consumer }) => consumer),
      routes: tops(({ routeId }) => routeId),
      addresses: tops(({ address }) => address),
      reasons: tops(({ reason, error }) => (reason === '' ? error : reason)),
    },
  };
}

async function assertEqualsRecount(): Promise<void> {
  const shown = await overview();
  const { series, top } = shown;
  assert.deepEqual(
    {
      calls: sum(series.calls),
      denied: sum(series.denied),
      observed: sum(series.observed),
      errors: sum(series.errors),
      top,
    },
    await recounted(shown),
  );
}

test('the figures equal a recount of the recorded calls, also after the gateway was killed and after it was ended', async () => {
  const { key } = await gateway.createKey('acme');
  const other = await gateway.createKey('beta');
  const paths = [
    ...Array.from({ length: 7 }, (_, i) => [`/open/${i}`, '']),
    ...Array.from({ length: 3 }, () => ['/gone/x', '']),
    ...Array.from({ length: 5 }, () => ['/keyed/x', key]),
    ...Array.from({ length: 4 }, () => ['/keyed/x', '']),
    ...Array.from({ length: 2 }, () => ['/watched/x', other.key]),
    ['/watched/x', ''],
    ['/nothing', ''],
  ] as const;
  for (const [path, apiKey = ''] of paths)
    await call(`${gateway.url}${path}`, { headers: apiKey === '' ? {} : { 'x-api-key': apiKey } });
  await gateway.recorded(paths.length);
  await assertEqualsRecount();
  const { series, top, health } = await overview();
  assert.equal(sum(series.calls), paths.length);
  assert.deepEqual([sum(series.denied), sum(series.observed), sum(series.errors)], [5, 1, 3]);
  assert.deepEqual(top.consumers, [
    { value: 'acme', calls: 5, denied: 0 },
    { value: 'beta', calls: 2, denied: 0 },
  ]);
  assert.ok(
    series.p50Ms.some((value) => value > 0) && series.p99Ms.every((value, i) => value >= (series.p50Ms[i] ?? 0)),
  );
  assert.deepEqual([health.threads.alive, health.threads.configured, health.eventsLost, health.failOpen], [2, 2, 0, 0]);
  assert.match(health.version, /^\d+\.\d+\.\d+/);
  assert.equal(health.saturation.threads.length, 2);
  for (const share of [...health.saturation.threads, health.saturation.controlPlane])
    assert.ok(share >= 0 && share <= 1);

  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    await restarted(signal);
    await assertEqualsRecount();
    assert.equal(sum((await overview()).series.calls), paths.length);
  }
});

async function restarted(signal: NodeJS.Signals): Promise<void> {
  gateway.child.kill(signal);
  await once(gateway.child, 'exit');
  const args = ['up', '--workers', '2', '--config', gateway.configFile];
  gateway.child = spawn(new URL('../../sallyport', import.meta.url).pathname, args, {
    cwd: gateway.folder,
    stdio: 'ignore',
  });
  await gateway.ready();
}

test('of a rotated key it is told who still uses the old one', async () => {
  const { key, keyId } = await gateway.createKey('gamma');
  const usage = async () => (await gateway.admin('GET', `/api/v1/keys/${keyId}/usage`)).body;
  const use = () => call(`${gateway.url}/keyed/x`, { headers: { 'x-api-key': key, 'user-agent': 'night-job/1' } });
  await use();
  assert.deepEqual([(await usage())['rotatedAtMs'], (await usage())['usedSinceRotation']], [0, false]);
  const rotated = await gateway.admin('POST', `/api/v1/keys/${keyId}/rotate`, { graceSeconds: 600 });
  const before = await usage();
  assert.deepEqual([before['successorId'], before['usedSinceRotation']], [rotated.body['keyId'], false]);
  // The clock counts milliseconds: a call in the same one as the rotation would be of neither side.
  while (Date.now() <= Number(before['rotatedAtMs'])) await new Promise((resolve) => setImmediate(resolve));
  await use();
  // A call is recorded once its answer is sent, which whoever asks at that very moment may be ahead of.
  for (let tries = 0; tries < 100 && (await usage())['usedSinceRotation'] !== true; tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal((await usage())['usedSinceRotation'], true);
  const since = await gateway.admin('GET', `/api/v1/keys/${keyId}/usage?since=${String(before['rotatedAtMs'])}`);
  assert.deepEqual(
    (since.body['agents'] as { value: string }[]).map(({ value }) => value),
    ['night-job/1'],
  );
  const { hours, days } = (await usage()) as Record<'hours' | 'days', { startMs: number; calls: number }[]>;
  for (const [spans, lengthMs] of [
    [hours, 3_600_000],
    [days, 86_400_000],
  ] as const) {
    assert.equal(
      spans.reduce((sum, { calls }) => sum + calls, 0),
      2,
    );
    assert.ok(spans.every(({ startMs }) => startMs % lengthMs === 0 && startMs <= Date.now()));
  }
});

test('a change of what is in force is marked, by file and by command, and what is no change is not', async () => {
  const before = (await overview()).configurationChanges.length;
  assert.ok(before >= 1);
  await gateway.admin('POST', '/api/v1/config/reload');
  assert.equal((await overview()).configurationChanges.length, before);
  await gateway.admin('PUT', '/api/v1/modes', { scope: 'route', target: 'keyed', mode: 'observe' });
  const { configurationChanges: changes } = await overview();
  assert.equal(changes.length, before + 1);
  assert.notEqual(changes.at(-1)?.fingerprint, changes.at(-2)?.fingerprint);
});

test('a time that is none is refused, and a wide one is told in few buckets', async () => {
  for (const query of ['?from=2&to=1', '?from=0', '?buckets=241', '?buckets=0', '?from=x'])
    assert.equal((await gateway.admin('GET', `/api/v1/overview${query}`)).status, 400, query);
  const from = Date.now() - 30 * 24 * 3_600_000;
  const { series, bucketMs } = await overview(`?from=${from}&buckets=240`);
  assert.ok(series.calls.length <= 240 && bucketMs % 3_600_000 === 0);
  assert.ok(sum(series.calls) > 0);
});
