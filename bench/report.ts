import os from 'node:os';
import type { System } from './systems/system.ts';

/** One system over all rounds; latencies in microseconds at `rate`, which is half its throughput. */
export interface SystemFigures {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly checks: readonly string[];
  readonly requestsPerSecond: number;
  readonly cpuMicrosPerRequest: number;
  readonly rate: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  /** p99 over that of no proxy, at the same rate in the same round. */
  readonly addedP99Micros: number;
  readonly generatorLateP99Micros: number;
  readonly residentBytes: number;
  /** Relative to plain nginx, where it was measured too. */
  readonly cpuRatio: number | undefined;
  readonly throughputRatio: number | undefined;
  readonly rounds: readonly RoundFigures[];
}

export interface RoundFigures {
  readonly requestsPerSecond: number;
  readonly cpuMicrosPerRequest: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly directP99Micros: number;
  readonly generatorLateP99Micros: number;
  readonly unfinished: number;
}

export interface Report {
  readonly version: 1;
  readonly takenAt: string;
  readonly machine: string;
  readonly secondsPerRun: number;
  readonly systems: readonly SystemFigures[];
}

/** Medians over the rounds; where the count is even, the mean of the middle two. */
export function summarise(
  system: System,
  rate: number,
  residentBytes: number,
  rounds: readonly RoundFigures[],
): SystemFigures {
  const median = (field: (round: RoundFigures) => number): number => medianOf(rounds.map(field));
  return {
    name: system.name,
    title: system.title,
    version: system.version(),
    checks: system.checks,
    requestsPerSecond: median((round) => round.requestsPerSecond),
    cpuMicrosPerRequest: median((round) => round.cpuMicrosPerRequest),
    rate,
    p50Micros: median((round) => round.p50Micros),
    p99Micros: median((round) => round.p99Micros),
    addedP99Micros: median((round) => round.p99Micros - round.directP99Micros),
    generatorLateP99Micros: median((round) => round.generatorLateP99Micros),
    residentBytes,
    cpuRatio: undefined,
    throughputRatio: undefined,
    rounds,
  };
}

/** Adds the ratios to plain nginx; without it in the run there are none. */
export function withRatios(systems: readonly SystemFigures[]): SystemFigures[] {
  const nginx = systems.find((system) => system.name === 'nginx');
  return systems.map((system) => ({
    ...system,
    cpuRatio: nginx === undefined ? undefined : system.cpuMicrosPerRequest / nginx.cpuMicrosPerRequest,
    throughputRatio: nginx === undefined ? undefined : system.requestsPerSecond / nginx.requestsPerSecond,
  }));
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function machineLine(): string {
  const cpu = os.cpus()[0]?.model.trim() ?? 'unknown CPU';
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return `${os.availableParallelism()} cores (${cpu}), ${memory} GiB, ${os.type()} ${os.release()}, Node ${process.versions.node}`;
}

const HEADINGS = [
  'system',
  'checks',
  'req/s',
  'of nginx',
  'CPU µs/req',
  '× nginx',
  'at req/s',
  'p50 ms',
  'p99 ms',
  'added p99 ms',
  'RSS MiB',
];

/** The table as Markdown, so that it can be pasted as it is. */
export function table(report: Report): string {
  const rows = report.systems.map((system) => [
    system.title,
    system.checks.join(' ') || '–',
    String(Math.round(system.requestsPerSecond)),
    system.throughputRatio === undefined ? '–' : system.throughputRatio.toFixed(2),
    system.cpuMicrosPerRequest.toFixed(1),
    system.cpuRatio === undefined ? '–' : system.cpuRatio.toFixed(2),
    String(system.rate),
    millis(system.p50Micros),
    millis(system.p99Micros),
    system.name === 'direct' ? '–' : millis(system.addedP99Micros),
    (system.residentBytes / 2 ** 20).toFixed(0),
  ]);
  const widths = HEADINGS.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i < 2 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  const versions = report.systems.map((system) => `${system.title}: ${system.version}`).join('\n');
  const late = report.systems.filter((system) => system.generatorLateP99Micros * 5 > system.p99Micros);
  const warning =
    late.length === 0
      ? ''
      : `\nThe load generator itself was late for ${late.map((system) => system.title).join(', ')}: those latencies are partly its own.\n`;
  const rounds = report.systems[0]?.rounds.length ?? 0;
  return `${line(HEADINGS)}\n${rule}\n${rows.map(line).join('\n')}\n${warning}
Median of ${rounds} round${rounds === 1 ? '' : 's'} of ${report.secondsPerRun} s. ${report.machine}.
${versions}
`;
}

function millis(micros: number): string {
  return (micros / 1000).toFixed(micros < 10_000 ? 2 : 1);
}
