import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { canary } from './canary.ts';
import { installMissing } from './install.ts';
import type { OpenLoopResult } from './load/open-loop.ts';
import { wrk } from './load/wrk.ts';
import { treeUsage } from './measure/process-tree.ts';
import { runToEnd, stopAll } from './measure/processes.ts';
import type { RoundFigures, SystemFigures } from './report.ts';
import { machineLine, summarise, table, withRatios } from './report.ts';
import { direct } from './systems/direct.ts';
import { fastifyStack } from './systems/fastify.ts';
import { haproxyGuarded, haproxyPlain } from './systems/haproxy.ts';
import { nginxGuarded, nginxModsecurity, nginxPlain, startUpstream } from './systems/nginx.ts';
import { sallyport } from './systems/sallyport.ts';
import type { StartedSystem, System } from './systems/system.ts';
import { MEASURED_PATH } from './systems/system.ts';
import { toolVersion } from './systems/tools.ts';

const HELP = `bench/run.ts [--short] [--only a,b] [--rounds N] [--seconds N] [--json FILE]

Measures Sallyport next to other gateways, in one run, against one upstream.
  --short      2 rounds of 2 s instead of 5 of 5 s
  --only a,b   these systems: direct, nginx, nginx-guarded, nginx-modsecurity, haproxy, haproxy-guarded, fastify, sallyport
  --json FILE  writes every figure of every round
`;

/** Beyond this the generator, which has one CPU with the upstream, would measure itself. */
const RATE_MAX = 12_000;
const WARM_UP_SECONDS = 2;
const openLoopProgram = fileURLToPath(new URL('load/open-loop.ts', import.meta.url));

/** One system in the run. Its fixed rate is set by the first round and stays, so that rounds can be compared. */
interface Entry {
  readonly system: System;
  readonly started: StartedSystem;
  readonly rounds: RoundFigures[];
  rate: number;
  residentBytes: number;
}

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const seconds = Number(values.seconds ?? (values.short ? 2 : 5));
const rounds = Number(values.rounds ?? (values.short ? 2 : 5));
const several = os.availableParallelism() > 1;
/** The system under test has one CPU to itself; load and upstream share the other. */
const systemCpu = several ? 0 : undefined;
const loadCpu = several ? 1 : undefined;

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function bench(folder: string): Promise<void> {
  installMissing(say);
  if (
    process.platform !== 'linux' ||
    toolVersion('wrk', ['-v']) === undefined ||
    nginxPlain.unavailable() !== undefined
  )
    throw new Error('The bench needs Linux, wrk and nginx (apt-get install -y wrk nginx).');
  const upstream = await startUpstream(folder, loadCpu);
  const all = [
    direct(upstream),
    nginxPlain,
    haproxyPlain,
    nginxGuarded,
    haproxyGuarded,
    fastifyStack,
    sallyport,
    nginxModsecurity,
  ];
  const key = randomBytes(24).toString('base64url');
  const entries: Entry[] = [];
  for (const system of chosen(all)) {
    const reason = system.unavailable();
    if (reason !== undefined) {
      if (values.only !== undefined) throw new Error(`${system.name} cannot be measured: ${reason}`);
      say(`${system.title}: left out, ${reason}`);
      continue;
    }
    const started = await system.start({ folder, upstreamPort: upstream.port, cpu: systemCpu, key });
    const faults = await canary(system, started);
    if (faults.length > 0) throw new Error(`${system.title} does not do what its row says:\n  ${faults.join('\n  ')}`);
    say(`${system.title}: ready, checks proved (${system.checks.join(', ') || 'none'})`);
    entries.push({ system, started, rounds: [], rate: 0, residentBytes: 0 });
  }
  for (const entry of entries)
    await wrk(urlOf(entry), { seconds: WARM_UP_SECONDS, headers: headersOf(entry), cpu: loadCpu });
  for (let round = 1; round <= rounds; round++) {
    for (const entry of entries) {
      const figures = await measure(entry, upstream.port);
      entry.rounds.push(figures);
      say(
        `round ${round}/${rounds} ${entry.system.name}: ${Math.round(figures.requestsPerSecond)} req/s, ${figures.cpuMicrosPerRequest.toFixed(1)} µs/req, p99 ${(figures.p99Micros / 1000).toFixed(2)} ms at ${entry.rate}/s`,
      );
    }
  }
  for (const entry of entries)
    if (entry.started.process.exited()) throw new Error(`${entry.system.title} ended during the run`);
  publish(entries.map((entry) => summarise(entry.system, entry.rate, entry.residentBytes, entry.rounds)));
}

async function measure(entry: Entry, directPort: number): Promise<RoundFigures> {
  const before = treeUsage(entry.started.process.pid);
  const closed = await wrk(urlOf(entry), { seconds, headers: headersOf(entry), cpu: loadCpu });
  const after = treeUsage(entry.started.process.pid);
  entry.residentBytes = after.residentBytes;
  if (entry.rate === 0) entry.rate = Math.min(RATE_MAX, Math.round(closed.requestsPerSecond / 2));
  const open = await openLoop(entry.started.port, entry.rate, headersOf(entry));
  const base = entry.system.name === 'direct' ? open : await openLoop(directPort, entry.rate, headersOf(entry));
  if (open.refused > 0) throw new Error(`${entry.system.title} refused ${open.refused} calls at a fixed rate`);
  return {
    requestsPerSecond: closed.requestsPerSecond,
    cpuMicrosPerRequest: (after.cpuMicros - before.cpuMicros) / closed.requests,
    p50Micros: open.p50Micros,
    p99Micros: open.p99Micros,
    directP99Micros: base.p99Micros,
    generatorLateP99Micros: open.generatorLateP99Micros,
    unfinished: open.unfinished,
  };
}

async function openLoop(port: number, rate: number, headers: readonly string[]): Promise<OpenLoopResult> {
  const args = ['--port', port, '--path', MEASURED_PATH, '--rate', rate, '--seconds', seconds].map(String);
  const output = await runToEnd(
    process.execPath,
    [openLoopProgram, ...args, ...headers.flatMap((header) => ['--header', header])],
    loadCpu,
  );
  return JSON.parse(output) as OpenLoopResult;
}

function chosen(all: readonly System[]): readonly System[] {
  if (values.only === undefined) return all;
  const names = values.only.split(',');
  const unknown = names.filter((name) => !all.some((system) => system.name === name));
  if (unknown.length > 0) throw new Error(`--only knows no ${unknown.join(', ')}`);
  return all.filter((system) => names.includes(system.name));
}

function urlOf(entry: Entry): string {
  return `http://127.0.0.1:${entry.started.port}${MEASURED_PATH}`;
}

function headersOf(entry: Entry): string[] {
  return entry.started.key === undefined ? [] : [`x-api-key: ${entry.started.key}`];
}

function publish(figures: readonly SystemFigures[]): void {
  const report = {
    version: 1,
    takenAt: new Date().toISOString(),
    machine: machineLine(),
    secondsPerRun: seconds,
    systems: withRatios(figures),
  } as const;
  process.stdout.write(table(report));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
}

if (values.help) {
  process.stdout.write(HELP);
} else {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sallyport-bench-'));
  // Workers of nginx run as another user and must reach their configuration.
  chmodSync(folder, 0o755);
  let interrupted = false;
  const cleanUp = async (): Promise<void> => {
    await stopAll();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      interrupted = true;
      void cleanUp().then(() => process.exit(130));
    });
  try {
    await bench(folder);
  } catch (fault) {
    if (!interrupted) say(fault instanceof Error ? fault.message : String(fault));
    process.exitCode = 3;
  } finally {
    await cleanUp();
  }
}
