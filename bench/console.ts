import { rmSync } from 'node:fs';
import { ConsoleBrowser } from '../test/e2e/console/console-browser.ts';
import { deniedOnScreen, scrollThrough, underLoad, usableOn } from '../test/e2e/console/measures.ts';
import { sendTraffic, startGateway } from '../test/e2e/console/seeded-gateway.ts';
import { folderWithCalls } from '../test/e2e/console/stored-calls.ts';
import { TestGateway } from '../test/harness/gateway.ts';

/*
 * The console in a real Chromium in front of a real gateway: how soon it can be used on a processor four times slower, whether
 * 100,000 calls scroll, how soon a denied call is on the screen, and whether 5,000 calls a second leave the page usable.
 * Every figure stands beside the canary of its run, a fixed amount of script that takes some 25 ms on an idle machine
 * (100 ms where it is slowed down four times): gateway, browser and load share this machine. Build the console first.
 */
const IS_SHORT = process.argv.includes('--short');
const CALLS = IS_SHORT ? 10_000 : 100_000;
const ROUNDS = IS_SHORT ? 3 : 7;
const LOAD = { path: '/health', rate: 5_000, seconds: IS_SHORT ? 5 : 15 };
const SLOWER = 4;
const LONG_MS = 100;

const CONFIG = `mode: observe
upstreams: { shop: { url: "http://127.0.0.1:1" } }
routes: [{ id: orders, match: { path: "/orders/*" }, upstream: shop, authenticate: { none: "nobody calls" } }]
`;

const folder = folderWithCalls(CALLS);
const gateway = await TestGateway.start({ folder, config: CONFIG });
const browser = await ConsoleBrowser.start();
try {
  const usable = [];
  for (let round = 0; round < ROUNDS; round++) usable.push(await usableOn(browser, gateway, SLOWER));
  console.log(
    `calls on the screen, processor ${SLOWER} times slower: ${spread(usable.map(({ drawnMs }) => drawnMs))} ms, ` +
      `a key ${spread(usable.map(({ keyMs }) => keyMs))} ms; canary ${spread(usable.map(({ canaryMs }) => canaryMs))} ms`,
  );
  const tab = await browser.open(gateway, '/calls?range=24h');
  tab.page.setDefaultTimeout(600_000);
  const { rows, drawnMost, reading, scrolling } = await scrollThrough(tab, CALLS);
  if (rows !== CALLS) throw new Error(`${rows} rows of ${CALLS} calls`);
  console.log(`${rows} calls in the table, at most ${drawnMost} of them in the document at once`);
  for (const [what, tasks] of Object.entries({ reading, scrolling }))
    console.log(
      `  ${what}: ${tasks.tasks.length} tasks, the longest ${Math.round(tasks.longestCpuMs)} ms of its own ` +
        `(${Math.round(tasks.longestWallMs)} ms on the clock), over ${LONG_MS} ms of its own ` +
        `${tasks.tasks.filter(({ cpuMs }) => cpuMs > LONG_MS).length}; canary ${Math.round(tasks.canaryCpuMs)} ms`,
    );
  await tab.close();
} finally {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
}

const seeded = await startGateway();
try {
  await sendTraffic(seeded, 2);
  const [tab, denied] = await Promise.all([
    browser.open(seeded.gateway, '/calls'),
    browser.open(seeded.gateway, '/calls?outcome=denied'),
  ]);
  for (const { page } of [tab, denied])
    await page.getByRole('button', { name: 'Live. Pause' }).filter({ visible: true }).waitFor();
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++)
    times.push(
      await deniedOnScreen(denied, `/orders/denied-${round}`, () => seeded.send({ path: `/orders/denied-${round}` })),
    );
  console.log(`a denied call on the screen after ${spread(times)} ms`);
  const found = await underLoad(tab, denied, seeded.gateway, LOAD, (path) => seeded.send({ path }));
  console.log(
    `${Math.round(found.callsPerSecond)} calls/s of ${LOAD.rate} asked for: a denied one on the screen after ${Math.round(found.deniedMs)} ms, ` +
      `keys after ${spread(found.keyMs)} ms, the longest task ${Math.round(found.tasks.longestCpuMs)} ms of its own; ` +
      `canary ${Math.round(found.tasks.canaryCpuMs)} ms`,
  );
  await tab.close();
  await denied.close();
} finally {
  await browser.close();
  await seeded.stop();
}

/** Median, least and most. */
function spread(values: readonly number[]): string {
  const sorted = values.map(Math.round).sort((one, other) => one - other);
  return `${sorted[Math.floor(sorted.length / 2)]} (${sorted[0]} to ${sorted.at(-1)})`;
}
