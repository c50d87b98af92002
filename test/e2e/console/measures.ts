import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { OpenLoopResult } from '../../../bench/load/open-loop.ts';
import type { TestGateway } from '../../harness/gateway.ts';
import type { ConsoleBrowser, ConsoleTab } from './console-browser.ts';
import { CANARY, type PageTasks, tasksDuring } from './page-tasks.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Says in the page when a row that matches is first drawn, in milliseconds since the page was gone to. */
const WATCH = (selector: string, text: string): string => `(() => {
  const look = () => {
    if (window.drawnAt !== undefined) return;
    for (const row of document.querySelectorAll(${JSON.stringify(selector)}))
      if (row.textContent.includes(${JSON.stringify(text)})) {
        window.drawnAt = -1;
        requestAnimationFrame(() => { window.drawnAt = performance.now(); });
        return;
      }
  };
  window.drawnAt = undefined;
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
  look();
})()`;

const drawnAt = async (tab: ConsoleTab): Promise<number> => {
  await tab.until('window.drawnAt > 0');
  return (await tab.page.evaluate('window.drawnAt')) as number;
};

export interface Usable {
  /** From going there to the first row on the screen. */
  readonly drawnMs: number;
  /** From a key to the row that has the focus. */
  readonly keyMs: number;
  /** A fixed amount of script in the same page, slowed down as it is: what the figures are to be read against. */
  readonly canaryMs: number;
}

/** How soon the page of calls can be used on a processor that is so many times slower. */
export async function usableOn(browser: ConsoleBrowser, gateway: TestGateway, slower: number): Promise<Usable> {
  const tab = await browser.open(gateway, '/favicon.ico');
  const { page } = tab;
  page.setDefaultTimeout(60_000);
  tab.expectFault(/404/);
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: slower });
  await page.addInitScript(`addEventListener('DOMContentLoaded', () => ${WATCH('tr[data-key]', '/')})`);
  await page.goto('/calls?range=24h');
  const drawnMs = await drawnAt(tab);
  const keyMs = await keyTime(tab);
  const canaryMs = (await page.evaluate(
    `(() => { const start = performance.now(); ${CANARY}(); return performance.now() - start; })()`,
  )) as number;
  await tab.close();
  return { drawnMs, keyMs, canaryMs };
}

/** From pressing `j` to another row that has the focus and was drawn. */
async function keyTime(tab: ConsoleTab): Promise<number> {
  await tab.page.evaluate(`(() => {
    window.keyMs = undefined;
    const before = document.activeElement;
    addEventListener('keydown', () => {
      const start = performance.now();
      const look = () => {
        if (document.activeElement !== before && document.activeElement?.closest('tr')) window.keyMs = performance.now() - start;
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }, { once: true, capture: true });
  })()`);
  await tab.page.keyboard.press('j');
  await tab.until('window.keyMs >= 0');
  return (await tab.page.evaluate('window.keyMs')) as number;
}

export interface Scrolled {
  readonly rows: number;
  /** Most rows that were in the document at once. */
  readonly drawnMost: number;
  readonly reading: PageTasks;
  readonly scrolling: PageTasks;
}

const SCROLLER = '.calls-panel .table-scroll';

/** Reads so many calls into the table by going to its end again and again, and then scrolls through all of them. */
export async function scrollThrough(tab: ConsoleTab, rows: number): Promise<Scrolled> {
  const { page } = tab;
  await page.locator('tr[data-key]').first().waitFor();
  await page.evaluate(`(() => {
    window.drawnMost = 0;
    new MutationObserver(() => { window.drawnMost = Math.max(window.drawnMost, document.querySelectorAll('tr[data-key]').length); })
      .observe(document.querySelector('${SCROLLER} tbody'), { childList: true });
  })()`);
  const reading = await tasksDuring(page, async () => {
    for (let before = 0; ; ) {
      const count = (await page.evaluate(`(() => {
        const scroller = document.querySelector('${SCROLLER}');
        scroller.scrollTop = scroller.scrollHeight;
        return Number(scroller.querySelector('table').getAttribute('aria-rowcount')) - 1;
      })()`)) as number;
      if (count >= rows) return;
      before = count;
      await tab.until(
        `Number(document.querySelector('${SCROLLER} table').getAttribute('aria-rowcount')) - 1 > ${before}`,
      );
    }
  });
  const scrolling = await tasksDuring(page, async () => {
    // As a person does: by the wheel for a while, then by the bar from one end to the other, then page by page.
    await page.mouse.move(700, 500);
    for (let turns = 0; turns < 40; turns++) await page.mouse.wheel(0, turns % 8 === 7 ? 2_400 : -400);
    await page.evaluate(`(async () => {
      const scroller = document.querySelector('${SCROLLER}');
      for (let at = 0; at <= 100; at++) {
        scroller.scrollTop = (scroller.scrollHeight - scroller.clientHeight) * (1 - at / 100);
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    })()`);
    for (let pages = 0; pages < 20; pages++) await page.keyboard.press('PageDown');
  });
  const drawnMost = (await page.evaluate('window.drawnMost')) as number;
  const count = Number(await page.locator(`${SCROLLER} table`).getAttribute('aria-rowcount')) - 1;
  return { rows: count, drawnMost, reading, scrolling };
}

/** From sending a call that is denied to its being on the screen. */
export async function deniedOnScreen(tab: ConsoleTab, path: string, send: () => Promise<unknown>): Promise<number> {
  await tab.page.evaluate(WATCH('tr[data-key]', path));
  const start = (await tab.page.evaluate('performance.now()')) as number;
  await send();
  return (await drawnAt(tab)) - start;
}

export interface UnderLoad {
  readonly callsPerSecond: number;
  readonly tasks: PageTasks;
  /** From a key to the screen, each time it was tried. */
  readonly keyMs: readonly number[];
  readonly deniedMs: number;
}

/** What the page of calls is like while the gateway takes as many calls as asked for, or as it can; `deniedTab` shows the denied alone. */
export async function underLoad(
  tab: ConsoleTab,
  deniedTab: ConsoleTab,
  gateway: TestGateway,
  load: { readonly path: string; readonly rate: number; readonly seconds: number },
  sendDenied: (path: string) => Promise<unknown>,
): Promise<UnderLoad> {
  const child = spawn(
    process.execPath,
    [
      join(ROOT, 'bench/load/open-loop.ts'),
      ...['--port', String(gateway.port), '--path', load.path, '--rate', String(load.rate)],
      ...['--seconds', String(load.seconds), '--connections', '32'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.on('data', (part: Buffer) => {
    output += part;
  });
  const ended = once(child, 'close');
  const keyMs: number[] = [];
  let deniedMs = 0;
  const tasks = await tasksDuring(tab.page, async () => {
    deniedMs = await deniedOnScreen(deniedTab, '/orders/under-load', () => sendDenied('/orders/under-load'));
    for (let tries = 0; tries < 8; tries++) keyMs.push(await keyTime(tab));
    await ended;
  });
  const result = JSON.parse(output) as OpenLoopResult;
  assert.equal(result.refused, 0, 'the load was let through');
  return { callsPerSecond: result.requests / load.seconds, tasks, keyMs, deniedMs };
}
