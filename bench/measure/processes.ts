import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program that was started for the bench, in a process group of its own, so that its children end with it. */
export interface Running {
  readonly pid: number;
  /** Everything it printed, at most the last 64 KiB, to explain a failure. */
  output(): string;
  exited(): boolean;
  stop(): Promise<void>;
}

const OUTPUT_MAX = 65_536;
const STOP_MS = 4000;
const running = new Set<Running>();
/** Programs that end by themselves. */
const passing = new Set<ChildProcess>();

/** Starts a long-lived program, on one CPU where one is given. */
export function start(
  command: string,
  args: readonly string[],
  options: { cpu: number | undefined; env?: NodeJS.ProcessEnv },
): Running {
  const [file, list] = pinned(command, args, options.cpu);
  const child = spawn(file, list, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-OUTPUT_MAX);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const ended = endOf(child);
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${command} could not be started`);
  const self: Running = {
    pid,
    output: () => output,
    exited: () => over,
    async stop() {
      running.delete(self);
      signalGroup(pid, 'SIGTERM');
      const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(timer);
      // The leader is gone; whatever it left behind in its group goes too.
      signalGroup(pid, 'SIGKILL');
    },
  };
  running.add(self);
  return self;
}

/** Ends everything that runs, measurements under way included. */
export async function stopAll(): Promise<void> {
  for (const child of passing) child.kill('SIGKILL');
  await Promise.all([...running].map((one) => one.stop()));
}

/** Runs a program to its end and gives what it printed; throws with its words where it fails. */
export async function runToEnd(command: string, args: readonly string[], cpu: number | undefined): Promise<string> {
  const [file, list] = pinned(command, args, cpu);
  const child = spawn(file, list, { stdio: ['ignore', 'pipe', 'pipe'] });
  passing.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  const code = await endOf(child);
  passing.delete(child);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed (${code}):\n${stderr || stdout}`);
  return stdout;
}

function pinned(command: string, args: readonly string[], cpu: number | undefined): [string, string[]] {
  return cpu === undefined ? [command, [...args]] : ['taskset', ['-c', String(cpu), command, ...args]];
}

async function endOf(child: ChildProcess): Promise<number | string> {
  try {
    const [code, signal] = await once(child, 'close');
    return code ?? signal;
  } catch (fault) {
    return fault instanceof Error ? fault.message : String(fault);
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended already.
  }
}
