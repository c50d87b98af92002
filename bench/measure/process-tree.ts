import { readdirSync, readFileSync } from 'node:fs';

/** What a process, all its threads and all its descendants have used up so far. */
export interface TreeUsage {
  readonly cpuMicros: number;
  readonly residentBytes: number;
}

/** Linux reports CPU time in ticks of 1/100 s to user space on every architecture Node.js runs on. */
const TICK_MICROS = 10_000;

/** Reads /proc. The times of a process hold those of its threads, ended ones too; children that have ended are in cutime. */
export function treeUsage(rootPid: number): TreeUsage {
  const children = new Map<number, number[]>();
  const stats = new Map<number, readonly string[]>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const stat = readStat(pid);
    if (stat === undefined) continue;
    stats.set(pid, stat);
    const parent = Number(stat[1]);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  let ticks = 0;
  let residentBytes = 0;
  const open = [rootPid];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    const stat = stats.get(pid);
    if (stat === undefined) continue;
    // proc(5), counted from `state`: 11 utime, 12 stime, 13 cutime, 14 cstime.
    ticks += Number(stat[11]) + Number(stat[12]) + Number(stat[13]) + Number(stat[14]);
    residentBytes += residentBytesOf(pid);
    open.push(...(children.get(pid) ?? []));
  }
  return { cpuMicros: ticks * TICK_MICROS, residentBytes };
}

/** The fields after the command name, which may hold spaces and brackets itself. */
function readStat(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function residentBytesOf(pid: number): number {
  try {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return Number(kib ?? 0) * 1024;
  } catch {
    return 0;
  }
}
