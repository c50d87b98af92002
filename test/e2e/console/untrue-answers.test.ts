import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ConsoleBrowser } from './console-browser.ts';
import { CuttableLine } from './cuttable-line.ts';
import { type SeededGateway, sendTraffic, startGateway } from './seeded-gateway.ts';

const EXPECTED = /Failed to load resource|status of 5|ERR_|TypeError|Cannot read|undefined/;

describe('what the console shows of a gateway that answers wrongly, or not', { timeout: 120_000 }, () => {
  let seeded: SeededGateway;
  let browser: ConsoleBrowser;
  let line: CuttableLine;
  before(async () => {
    browser = await ConsoleBrowser.start();
    seeded = await startGateway();
    line = await CuttableLine.to(seeded.gateway.adminPort);
    await sendTraffic(seeded, 2);
  });
  after(async () => {
    await browser?.close();
    await line?.close();
    await seeded?.stop();
  });

  const WELL = 'section[aria-label="Is anything wrong"]';
  const WRONG = [
    ['an answer of something in between', { status: 200, contentType: 'text/html', body: '<h1>Hello</h1>' }],
    ['half an answer', { status: 200, contentType: 'application/json', body: '{"from":1,"health":{"sta' }],
    ['an answer of another version', { status: 200, contentType: 'application/json', body: '{"health":{}}' }],
    ['a fault', { status: 500, contentType: 'application/problem+json', body: '{}' }],
  ] as const;
  for (const [what, answer] of WRONG)
    test(`${what} is told of, and nothing is shown as well`, async () => {
      const tab = await browser.open(seeded.gateway, '/calls');
      const { page } = tab;
      tab.expectFault(EXPECTED);
      await page.getByRole('heading', { name: 'Calls' }).waitFor();
      await tab.go('/');
      await page.locator(WELL).waitFor();
      await page.route(/\/api\/v1\/overview/, (route) => route.fulfill(answer));
      // The picture of before is asked for again.
      await seeded.send({ path: '/health' });
      await page.getByRole('alert').filter({ visible: true }).waitFor();
      assert.equal(await page.locator(WELL).count(), 0, 'nothing that was is left as if it were');
      await page.unroute(/\/api\/v1\/overview/);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.locator(WELL).waitFor();
      await tab.close();
    });

  test('where nobody is known to be signed in for an answer that cannot be read, the console says so', async () => {
    const tab = await browser.open(seeded.gateway, '/findings');
    const { page } = tab;
    tab.expectFault(EXPECTED);
    await page.route(/\/api\/v1\/session/, (route) => route.fulfill({ status: 200, body: 'ok' }));
    await page.goto('/calls');
    await page.getByText('The gateway cannot be reached').waitFor();
    await tab.close();
  });

  test('while a gateway hangs with its connections open, nothing is live, and what is shown is dated and gray', async () => {
    const tab = await browser.open(seeded.gateway, '/findings', { port: line.port });
    const { page } = tab;
    tab.expectFault(EXPECTED);
    await page.clock.install();
    await page.goto('/');
    await page.locator(WELL).waitFor();
    await page.getByRole('button', { name: 'Live. Pause' }).filter({ visible: true }).waitFor();
    line.freeze();
    await page.clock.fastForward(20_000);
    await page.getByRole('button', { name: 'Live. Pause' }).filter({ visible: true }).waitFor();
    await page.clock.fastForward(15_000);
    await page.getByRole('button', { name: 'Reconnecting…. Pause' }).filter({ visible: true }).waitFor();
    await page.getByText('this is how things stood at').waitFor();
    const filter = await page.evaluate('getComputedStyle(document.querySelector(".page-body")).filter');
    assert.equal(filter, 'grayscale(1)');
    await tab.checkAccessible('a gateway that hangs');
    await tab.close();
  });

  test('figures are read again while nobody calls: that nobody does may be what is wrong', async () => {
    const tab = await browser.open(seeded.gateway, '/findings');
    const { page } = tab;
    await page.clock.install();
    await page.goto('/');
    await page.locator(WELL).waitFor();
    const asked = page.waitForRequest(/\/api\/v1\/overview/);
    await page.clock.fastForward(16_000);
    await asked;
    await tab.close();
  });

  test('a drawer shows nothing of another thing while its own is still asked for', async () => {
    const one = await seeded.send({ path: '/reports/one' });
    const other = await seeded.send({ path: '/reports/other' });
    const tab = await browser.open(seeded.gateway, `/calls?call=${one.requestId}`);
    const { page } = tab;
    const drawer = page.getByRole('dialog');
    const enforce = drawer.getByRole('button', { name: 'Enforce the route reports' });
    await drawer.getByRole('heading', { name: 'GET /reports/one' }).waitFor();
    await enforce.waitFor();
    let answerNow = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      answerNow = resolve;
    });
    const asked = `/api/v1/calls/${other.requestId}`;
    await page.route(new RegExp(`${asked}$`), async (route) => {
      await held;
      await route.continue();
    });
    const begun = page.waitForRequest(new RegExp(`${asked}$`));
    await tab.go(`/calls?call=${other.requestId}`);
    await begun;
    assert.equal(await drawer.getByRole('heading', { name: 'GET /reports/one' }).count(), 0);
    assert.equal(await enforce.count(), 0, 'what can be done is about what is shown');
    answerNow();
    await drawer.getByRole('heading', { name: 'GET /reports/other' }).waitFor();
    await tab.close();
  });
});
