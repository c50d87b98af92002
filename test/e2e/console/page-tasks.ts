import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

export interface PageTasks {
  /** Of the thread that draws the page; its tasks in the order they ran. */
  readonly tasks: readonly { readonly wallMs: number; readonly cpuMs: number }[];
  readonly longestWallMs: number;
  /** What the longest of them computed: other processes that have the processor meanwhile do not count. */
  readonly longestCpuMs: number;
  /** What the canary computed in the same page. */
  readonly canaryCpuMs: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** A fixed amount of script, whose time says how fast this machine is at present: some 25 ms on an idle one. */
export const CANARY =
  '(() => { let sum = 0; for (let i = 0; i < 2e7; i++) sum = (sum + i * 7) | 0; window.canary = sum; })';

/**
 * The tasks of a page while something is done with it. The canary is run in the page at the end: it has to be among the
 * tasks, and is then taken out.
 */
export async function tasksDuring(page: Page, doing: () => Promise<void>): Promise<PageTasks> {
  const browser = page.context().browser();
  assert.ok(browser !== null);
  await browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing'] });
  await doing();
  await page.evaluate(`performance.mark('over'); setTimeout(${CANARY})`);
  await page.evaluate('new Promise((resolve) => setTimeout(resolve, 50))');
  const trace = await browser.stopTracing();
  const { traceEvents } = JSON.parse(trace.toString('utf8')) as {
    traceEvents: readonly (TraceEvent & { ts: number })[];
  };
  const over = traceEvents.find(({ name }) => name === 'over');
  assert.ok(over !== undefined, 'the page was traced');
  const tasks = traceEvents.filter(
    ({ name, ph, pid, tid }) => ph === 'X' && name.endsWith('RunTask') && pid === over.pid && tid === over.tid,
  );
  const canaryCpuMs = Math.max(0, ...tasks.filter(({ ts }) => ts >= over.ts).map(({ tdur }) => (tdur ?? 0) / 1_000));
  assert.ok(canaryCpuMs > 5, 'a long task is seen where there is one');
  const before = tasks
    .filter(({ ts, dur }) => ts + (dur ?? 0) < over.ts)
    .map(({ dur, tdur }) => ({ wallMs: (dur ?? 0) / 1_000, cpuMs: (tdur ?? dur ?? 0) / 1_000 }));
  return {
    tasks: before,
    longestWallMs: Math.max(0, ...before.map(({ wallMs }) => wallMs)),
    longestCpuMs: Math.max(0, ...before.map(({ cpuMs }) => cpuMs)),
    canaryCpuMs,
  };
}
