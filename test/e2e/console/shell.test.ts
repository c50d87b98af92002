import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ConsoleBrowser } from './console-browser.ts';
import { type SeededGateway, sendTraffic, startGateway } from './seeded-gateway.ts';

describe('around every page', { timeout: 120_000 }, () => {
  let seeded: SeededGateway;
  let browser: ConsoleBrowser;
  before(async () => {
    browser = await ConsoleBrowser.start();
    seeded = await startGateway();
    await sendTraffic(seeded, 1);
  });
  after(async () => {
    await browser?.close();
    await seeded?.stop();
  });

  test('the palette goes to pages, finds calls and changes what is shown, by keyboard alone', async () => {
    const tab = await browser.open(seeded.gateway, '/calls');
    const { page } = tab;
    await page.locator('tr[data-key]').first().waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Go to a page, or do something' }).waitFor();
    await tab.checkAccessible('the palette');
    await page.keyboard.type('overv');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('dark');
    await page.keyboard.press('Enter');
    await page.locator('html[data-theme=dark]').waitFor();
    await page.reload();
    await page.locator('html[data-theme=dark]').waitFor();
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('/reports');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/calls\?pathPrefix=%2Freports/);
    await tab.close();
  });

  test('keys are told of, a closed dialog gives the focus back, and g leads to pages', async () => {
    const tab = await browser.open(seeded.gateway, '/calls');
    const { page } = tab;
    await page.getByRole('button', { name: 'Keyboard (?)' }).click();
    await page.getByRole('dialog', { name: 'Keyboard' }).getByText('Hold the screen still').waitFor();
    await tab.checkAccessible('keys');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await page.evaluate('document.activeElement.getAttribute("aria-label")'), 'Keyboard (?)');
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    await tab.close();
  });

  test('on a telephone the pages are behind a button', async () => {
    const tab = await browser.open(seeded.gateway, '/calls', { width: 'narrow' });
    const { page } = tab;
    await page.getByRole('button', { name: 'Pages' }).click();
    const pages = page.getByRole('dialog', { name: 'Pages' });
    await pages.waitFor();
    await tab.checkAccessible('pages');
    await pages.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    await pages.waitFor({ state: 'detached' });
    await tab.close();
  });

  test('who may not do a thing sees it, and why not', async () => {
    const tab = await browser.open(seeded.gateway, '/calls');
    const { page } = tab;
    // The gateway's own refusals are proved where it is; this is what the page makes of a role.
    await page.route('**/api/v1/session', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({
        response: answer,
        json: { ...((await answer.json()) as object), role: 'viewer', name: 'Mo' },
      });
    });
    await page.goto('/calls?outcome=observed');
    await page.locator('tr[data-key] .row-link').first().click();
    const enforce = page.getByRole('button', { name: 'Enforce the route reports' });
    await enforce.waitFor();
    assert.equal(await enforce.getAttribute('aria-disabled'), 'true');
    await page.getByText('needs the role operator').first().waitFor({ state: 'attached' });
    await enforce.click({ force: true });
    assert.equal(await page.getByRole('dialog').count(), 1, 'nothing was asked');
    await tab.checkAccessible('a viewer');
    await tab.close();
  });

  test('an address nobody knows says so', async () => {
    const tab = await browser.open(seeded.gateway, '/calls');
    await tab.go('/nothing-here');
    await tab.page.getByText('There is no such page').waitFor();
    await tab.checkAccessible('no page');
    await tab.close();
  });
});
