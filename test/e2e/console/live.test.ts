import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ConsoleBrowser } from './console-browser.ts';
import { CuttableLine } from './cuttable-line.ts';
import { type SeededGateway, sendTraffic, startGateway } from './seeded-gateway.ts';

describe('the console while things happen', { timeout: 120_000 }, () => {
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

  test('pages that were left take no connection from those that are open', async () => {
    const tab = await browser.open(seeded.gateway, '/calls?range=1h');
    const live = tab.page.getByRole('button', { name: 'Live. Pause' }).filter({ visible: true });
    // Chromium has six connections to a host.
    for (let round = 0; round < 9; round++) {
      await tab.page.goto(`/calls?range=1h&method=GET&path=/round-${round}`, { timeout: 5_000 });
      await live.waitFor({ timeout: 5_000 });
    }
    await tab.page.goBack({ timeout: 5_000, waitUntil: 'commit' });
    await live.waitFor({ timeout: 5_000 });
    await seeded.send({ path: '/round-7' });
    await tab.page.locator('tr[data-key]', { hasText: '/round-7' }).first().waitFor({ timeout: 5_000 });
    await tab.close();
  });

  test('a call is on the screen by itself, held back while paused, and there again afterwards', async () => {
    const tab = await browser.open(seeded.gateway, '/calls');
    const { page } = tab;
    const row = (path: string) => page.locator('tr[data-key]', { hasText: path });
    await page.getByRole('button', { name: 'Live. Pause' }).filter({ visible: true }).waitFor();
    await row('/health').first().waitFor();
    const sentAt = performance.now();
    await seeded.send({ path: '/orders/4711' });
    await row('/orders/4711').waitFor();
    console.log(`a denied call was on the screen after ${Math.round(performance.now() - sentAt)} ms`);
    await page.keyboard.press('p');
    await page.getByRole('button', { name: 'Paused. Go on' }).filter({ visible: true }).waitFor();
    await seeded.send({ path: '/orders/4712' });
    // A call that was read from the record may come by the stream as well, and waits then too.
    await page
      .getByRole('button', { name: /^Paused · [12] new\. Go on$/ })
      .filter({ visible: true })
      .waitFor();
    assert.equal(await row('/orders/4712').count(), 0, 'the screen holds still');
    await tab.checkAccessible('paused');
    await page.keyboard.press('p');
    await row('/orders/4712').waitFor();
    for (const path of ['/orders/4711', '/orders/4712']) assert.equal(await row(path).count(), 1, `${path} once`);
    await tab.close();
  });

  test('the stream keeps to the filters of the page', async () => {
    const tab = await browser.open(seeded.gateway, '/calls?route=reports');
    const { page } = tab;
    await page.getByRole('button', { name: 'Live. Pause' }).filter({ visible: true }).waitFor();
    await seeded.send({ path: '/health?one' });
    await seeded.send({ path: '/reports/4713' });
    await page.locator('tr[data-key]', { hasText: '/reports/4713' }).waitFor();
    assert.equal(await page.locator('tr[data-key]', { hasText: '/health' }).count(), 0);
    await tab.close();
  });

  test('a lost line is shown, what fails meanwhile says so, and what was missed is there when it is mended', async () => {
    const tab = await browser.open(seeded.gateway, '/calls?reason=authn.missing', { port: line.port });
    const { page } = tab;
    tab.expectFault(/ERR_|Failed to load resource/);
    const count = await page.locator('tr[data-key]').count();
    await page.locator('tr[data-key] .row-link').first().waitFor();
    await page.locator('tr[data-key]', { hasText: 'reports' }).first().locator('.row-link').click();
    await page.getByRole('button', { name: 'Enforce the route reports' }).click();
    await page.getByText('it would have denied').waitFor();
    line.cut();
    await page.getByRole('button', { name: 'Enforce', exact: true }).click();
    await page.getByText('The route reports is not enforced').waitFor();
    await page.getByText('The gateway cannot be reached').waitFor();
    await tab.checkAccessible('a failed action');
    for (let dialogs = await page.getByRole('dialog').count(); dialogs > 0; dialogs--)
      await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Reconnecting…. Pause' }).filter({ visible: true }).waitFor();
    await seeded.send({ path: '/reports/missed' });
    line.mend();
    // The row that led to the drawer has the focus again, and nothing moves under it.
    await page.getByRole('button', { name: '1 newer' }).click();
    await page.locator('tr[data-key]', { hasText: '/reports/missed' }).waitFor();
    assert.ok((await page.locator('tr[data-key]').count()) > count);
    assert.equal((await seeded.send({ path: '/reports/1' })).status, 200, 'nothing was enforced');
    await tab.close();
  });

  test('a gateway that is killed is told of; when it is back one signs in again, and is where one was', async () => {
    const tab = await browser.open(seeded.gateway, '/calls?consumer=acme');
    const { page } = tab;
    tab.expectFault(/ERR_|Failed to load resource/);
    const state = (name: string) => page.getByRole('button', { name }).filter({ visible: true });
    await state('Live. Pause').waitFor();
    await page.locator('tr[data-key]').first().waitFor();
    await seeded.gateway.kill();
    await state('Reconnecting…. Pause').waitFor();
    assert.ok((await page.locator('tr[data-key]').count()) > 0, 'what was read stays');
    await tab.checkAccessible('reconnecting');
    await seeded.gateway.startAgain();
    await page.getByText('The session has ended.').waitFor();
    await page.getByLabel('Admin token').fill(seeded.gateway.adminToken);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await state('Live. Pause').waitFor();
    await page.locator('tr[data-key]').first().waitFor();
    assert.match(page.url(), /\/calls\?consumer=acme$/);
    const after = await seeded.send({ path: '/orders/after', key: seeded.keys.acme.key });
    assert.equal(after.status, 200);
    await page.locator('tr[data-key]', { hasText: '/orders/after' }).waitFor();
    await tab.close();
  });
});
