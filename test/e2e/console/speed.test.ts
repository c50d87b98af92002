import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { TestGateway } from '../../harness/gateway.ts';
import { ConsoleBrowser } from './console-browser.ts';
import { scrollThrough, underLoad, usableOn } from './measures.ts';
import { type SeededGateway, sendTraffic, startGateway } from './seeded-gateway.ts';
import { folderWithCalls } from './stored-calls.ts';

/*
 * The short form of bench/console.ts, which reads 100,000 calls: figures are printed, and what is asserted of time is so
 * generous that only a page that has stopped working fails.
 */
const CALLS = 5_000;
/** Rows of a window, and those beyond its edges that are drawn before they are seen. */
const DRAWN_MAX = 120;
const GENEROUS_MS = 20_000;

const CONFIG = `mode: observe
upstreams: { shop: { url: "http://127.0.0.1:1" } }
routes: [{ id: orders, match: { path: "/orders/*" }, upstream: shop, authenticate: { none: "nobody calls" } }]
`;

describe('with many calls the console', { timeout: 170_000 }, () => {
  let folder = '';
  let gateway: TestGateway;
  let seeded: SeededGateway;
  let browser: ConsoleBrowser;
  before(async () => {
    folder = folderWithCalls(CALLS);
    browser = await ConsoleBrowser.start();
    gateway = await TestGateway.start({ folder, config: CONFIG });
    seeded = await startGateway();
  });
  after(async () => {
    await browser?.close();
    await seeded?.stop();
    await gateway?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('scrolls through all of them with no more in the document than is in sight', async () => {
    const tab = await browser.open(gateway, '/calls?range=24h');
    const { rows, drawnMost, reading, scrolling } = await scrollThrough(tab, CALLS);
    assert.equal(rows, CALLS);
    assert.ok(drawnMost > 20 && drawnMost < DRAWN_MAX, `${drawnMost} rows were in the document`);
    console.log(
      `longest task while reading ${Math.round(reading.longestCpuMs)} ms, while scrolling ${Math.round(scrolling.longestCpuMs)} ms of its own; canary ${Math.round(scrolling.canaryCpuMs)} ms`,
    );
    await tab.close();
  });

  test('can be used soon on a processor four times slower', async () => {
    const { drawnMs, keyMs, canaryMs } = await usableOn(browser, gateway, 4);
    console.log(
      `drawn after ${Math.round(drawnMs)} ms, a key ${Math.round(keyMs)} ms, canary ${Math.round(canaryMs)} ms`,
    );
    assert.ok(drawnMs < GENEROUS_MS && keyMs < GENEROUS_MS);
  });

  for (const [path, first] of [
    ['/calls', '/api/v1/calls?'],
    ['/', '/api/v1/overview?'],
  ] as const)
    test(`asks for what ${path} shows first while it is found out who is there, and asks once`, async () => {
      const tab = await browser.open(gateway, '/policies');
      const { page } = tab;
      // What the page before asks for is over.
      await page.getByRole('button', { name: 'Live. Pause' }).filter({ visible: true }).waitFor();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      const whoIsThere = async (): Promise<void> => {
        while (!asked.some((url) => url.includes(first))) await page.waitForRequest(/api/);
      };
      await page.route('**/api/v1/session', async (route) => {
        await whoIsThere();
        await route.continue();
      });
      await page.goto(path);
      await page
        .locator(path === '/' ? '.verdict' : 'tr[data-key]')
        .first()
        .waitFor();
      const stream = (): number => asked.findIndex((url) => url.includes('/api/v1/stream'));
      while (stream() < 0) await page.waitForRequest(/api/);
      const before = asked.slice(0, stream());
      assert.equal(before.filter((url) => url.includes(first)).length, 1, asked.join('\n'));
      await tab.close();
    });

  test('goes on answering while calls come as fast as the gateway takes them, and shows a denied one at once', async () => {
    const [tab, denied] = await Promise.all([
      browser.open(seeded.gateway, '/calls'),
      browser.open(seeded.gateway, '/calls?outcome=denied'),
    ]);
    await sendTraffic(seeded, 2);
    for (const { page } of [tab, denied])
      await page.getByRole('button', { name: 'Live. Pause' }).filter({ visible: true }).waitFor();
    const load = { path: '/health', rate: 2_000, seconds: 3 };
    const found = await underLoad(tab, denied, seeded.gateway, load, (path) => seeded.send({ path }));
    console.log(
      `${Math.round(found.callsPerSecond)} calls/s: a denied one after ${Math.round(found.deniedMs)} ms, ` +
        `keys after ${found.keyMs.map(Math.round).join(', ')} ms, longest task ${Math.round(found.tasks.longestCpuMs)} ms of its own; canary ${Math.round(found.tasks.canaryCpuMs)} ms`,
    );
    assert.ok(found.callsPerSecond > 50, 'there was a load');
    assert.ok(found.deniedMs < GENEROUS_MS && Math.max(...found.keyMs) < GENEROUS_MS);
    await tab.close();
    await denied.close();
  });
});
