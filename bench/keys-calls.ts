/**
 * What a whole call costs among a thousand API keys and among a million: `scripts/node bench/keys-calls.ts [keys]`, about
 * three minutes. Two gateways of one data-plane thread each, filled with as many keys, take calls in turns; every call
 * brings another key, chosen at random beforehand. Prints CPU time per call, medians over interleaved rounds, the ratio,
 * and how long the gateway took to start. Every key belongs to another caller; with `--assertions` each call therefore
 * pays for the signature that tells the upstream who calls, which callers that call often share among their calls. Answers other than 2xx fail the run, which proves that the keys were verified.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openControlStore } from '../src/store/sqlite/control-database.ts';
import { freePort } from '../test/harness/free-port.ts';
import { wrk } from './load/wrk.ts';
import { treeUsage } from './measure/process-tree.ts';
import { type Running, start, stopAll } from './measure/processes.ts';
import { get, waitUntilReady } from './measure/readiness.ts';
import { median } from './micro/authentication.ts';
import { KeySupply } from './micro/key-supply.ts';
import { startUpstream } from './systems/nginx.ts';
import { MEASURED_PATH } from './systems/system.ts';

const FEW = 1_000;
/** Enough that those of a million are not in the processor's caches. */
const PRESENTED = 100_000;
const BATCH = 10_000;
const ROUNDS = 5;
const SECONDS = 4;

const several = os.availableParallelism() > 1;
const systemCpu = several ? 0 : undefined;
const loadCpu = several ? 1 : undefined;
const command = fileURLToPath(new URL('../sallyport', import.meta.url));

interface Gateway {
  readonly keys: number;
  readonly port: number;
  readonly process: Running;
  readonly script: string;
  readonly startSeconds: number;
  readonly cpuMicros: number[];
}

const options = process.argv.slice(2);
const many = Number(options.find((option) => !option.startsWith('-')) ?? 1_000_000);
const assertions = options.includes('--assertions');
const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-keys-'));
try {
  const upstream = await startUpstream(folder, loadCpu);
  const gateways: Gateway[] = [];
  for (const keys of [FEW, many]) gateways.push(await startGateway(keys, upstream.port));
  for (const gateway of gateways) await load(gateway, 2);
  for (let round = 0; round < ROUNDS; round++)
    for (const gateway of gateways) gateway.cpuMicros.push(await load(gateway, SECONDS));
  const [few, all] = gateways.map(({ cpuMicros }) => median(cpuMicros));
  for (const { keys, startSeconds, cpuMicros } of gateways)
    console.log(
      `${String(keys).padStart(9)} keys: ${median(cpuMicros).toFixed(1)} µs a call, started in ${startSeconds.toFixed(1)} s`,
    );
  console.log(`ratio ${((all ?? Number.NaN) / (few ?? Number.NaN)).toFixed(3)}, median of ${ROUNDS} rounds`);
} finally {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
}

/** CPU microseconds per call, of the whole process. */
async function load({ port, process, script }: Gateway, seconds: number): Promise<number> {
  const before = treeUsage(process.pid);
  const { requests } = await wrk(`http://127.0.0.1:${port}${MEASURED_PATH}`, {
    seconds,
    headers: [],
    cpu: loadCpu,
    script,
  });
  return (treeUsage(process.pid).cpuMicros - before.cpuMicros) / requests;
}

async function startGateway(keys: number, upstreamPort: number): Promise<Gateway> {
  const home = join(folder, String(keys));
  const data = join(home, 'data');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const supply = new KeySupply();
  const pepper = Buffer.from(supply.peppers.byVersion[1] ?? []).toString('base64');
  writeFileSync(join(data, 'peppers.json'), `${JSON.stringify({ current: 1, peppers: { 1: pepper } })}\n`, {
    mode: 0o600,
  });
  const store = openControlStore(join(data, 'sallyport.db'));
  for (let first = 0; first < keys; first += BATCH)
    await store.keys.insert(
      Array.from({ length: Math.min(BATCH, keys - first) }, (_, i) => ({
        ...supply.record(first + i),
        scopes: ['data:read'],
      })),
    );
  store.close();
  const presented = Array.from({ length: PRESENTED }, () => supply.key(randomInt(keys)).key);
  writeFileSync(join(home, 'keys.txt'), `${presented.join('\n')}\n`);
  const script = join(home, 'keys.lua');
  writeFileSync(script, luaScript(join(home, 'keys.txt')));
  const [port, adminPort] = [await freePort(), await freePort()];
  const file = join(home, 'sallyport.yaml');
  writeFileSync(file, configuration(data, port, adminPort, upstreamPort));
  const startedAt = performance.now();
  const process = start(command, ['up', '--config', file, '--workers', '1'], { cpu: systemCpu });
  await waitUntilReady('sallyport', process, adminPort, '/readyz', 200);
  const startSeconds = (performance.now() - startedAt) / 1000;
  const { status } = await get(port, MEASURED_PATH, { 'x-api-key': supply.key(keys).key });
  if (status !== 401) throw new Error(`a key that does not exist got ${status}`);
  return { keys, port, process, script, startSeconds, cpuMicros: [] };
}

/** Requests are written out once, so that the generator does as little per call as without a script. */
function luaScript(file: string): string {
  return `local requests = {}
function init(args)
  for key in io.lines("${file}") do
    requests[#requests + 1] = wrk.format("GET", nil, { ["x-api-key"] = key })
  end
end
local at = 0
function request()
  at = at % #requests + 1
  return requests[at]
end
`;
}

function configuration(data: string, port: number, adminPort: number, upstreamPort: number): string {
  return `version: 1
mode: enforce
listen: { host: 127.0.0.1, port: ${port} }
admin: { host: 127.0.0.1, port: ${adminPort} }
store: { url: "file:${data}" }
upstreams:
  # Every key here is another caller: their assertions would be what is measured, one signature for each (--assertions).
  static: { url: "http://127.0.0.1:${upstreamPort}", assertion: ${assertions} }
authenticators:
  keys: { type: api-key, header: x-api-key }
routes:
  - id: measured
    match: { path: "${MEASURED_PATH.slice(0, MEASURED_PATH.lastIndexOf('/'))}/{id}", methods: [GET] }
    upstream: static
    authenticate: { anyOf: [keys] }
    authorize: { scopes: [data:read] }
    limits: [{ per: address, rate: 1000000/1s, burst: 100000 }]
unmatched: deny
`;
}
