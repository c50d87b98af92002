import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ConsoleBrowser, LOOKS } from './console-browser.ts';
import { recordedHour } from './recorded-hour.ts';
import { type SeededGateway, startGateway } from './seeded-gateway.ts';

const SCRIPT_BYTES_MAX = 60 * 1_024;
const STYLE_BYTES_MAX = 12 * 1_024;

describe('the overview', { timeout: 120_000 }, () => {
  let seeded: SeededGateway;
  let browser: ConsoleBrowser;
  before(async () => {
    const past = recordedHour(Date.now());
    browser = await ConsoleBrowser.start();
    seeded = await startGateway({ past });
  });
  after(async () => {
    await browser?.close();
    await seeded?.stop();
  });

  for (const { theme, width } of LOOKS)
    test(`shows what there is, drawn and as a table, ${theme} and ${width}`, async () => {
      const tab = await browser.open(seeded.gateway, '/', { theme, width });
      const { page } = tab;
      await page.locator('canvas').waitFor();
      await page.getByText(/\d,\d{3} calls, at most/).waitFor();
      await tab.checkAccessible('overview');
      await tab.checkFits('overview');
      await tab.picture(`console-overview-${theme}-${width}`);
      await page.getByRole('button', { name: 'As table' }).click();
      await page.getByRole('region', { name: 'Calls over time as a table' }).waitFor();
      await tab.checkAccessible('overview as a table');
      await tab.checkFits('overview as a table');
      await tab.close();
    });

  test('its figures are those of the record, and each leads to its calls', async () => {
    const tab = await browser.open(seeded.gateway, '/');
    const { page } = tab;
    const figure = (name: string) => page.getByRole('button', { name: new RegExp(`^${name}`) });
    const number = (count: number): string => count.toLocaleString('en-GB');
    const calls = await seeded.gateway.recorded(1_000);
    const denied = calls.filter(({ outcome }) => outcome === 'denied').length;
    const failed = calls.filter(({ status }) => status >= 500 || status === 0).length;
    await figure('Calls').getByText(number(calls.length), { exact: true }).waitFor();
    await figure('Denied').getByText(number(denied), { exact: true }).waitFor();
    await figure('Errors').getByText(number(failed), { exact: true }).waitFor();
    await figure('Denied').click();
    await page.waitForURL(/view=denied/);
    await page.getByText(`${number(denied)} denied, at most`).waitFor();
    await figure('Slowest 1 %').click();
    await page.getByText('The slowest hundredth took up to').waitFor();
    await page.getByRole('link', { name: /^initech/ }).click();
    await page.waitForURL(/\/calls\?consumer=initech/);
    await page.locator('tr[data-key]').first().waitFor();
    await page
      .getByText(`${calls.filter(({ consumer }) => consumer === 'initech').length} calls`, { exact: true })
      .waitFor();
    await tab.close();
  });

  test('says that all is well only where it knows', async () => {
    const tab = await browser.open(seeded.gateway, '/');
    const { page } = tab;
    await page.getByRole('region', { name: 'Is anything wrong' }).getByRole('status').waitFor();
    await page.route('**/api/v1/overview**', (route) =>
      route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        body: '{"title":"The store could not do this","status":503,"code":"store_io"}',
      }),
    );
    tab.expectFault(/503/);
    await page.reload();
    await page.getByText('The store could not do this').waitFor();
    assert.equal(await page.getByText('Nothing is wrong').count(), 0);
    await tab.checkAccessible('no figures');
    await page.unroute('**/api/v1/overview**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('canvas').waitFor();
    await tab.close();
  });

  test('a stretch drawn out with the mouse becomes the range, and back takes it away', async () => {
    const tab = await browser.open(seeded.gateway, '/');
    const { page } = tab;
    const box = await page.locator('.u-over').boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + box.width / 2, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 10, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/from=\d+&to=\d+/);
    await page.locator('canvas').waitFor();
    await page.goBack();
    await page.waitForURL((url) => url.search === '');
    await tab.close();
  });

  test('comes to at most 60 KB of scripts and 12 KB of styles, compressed', async () => {
    const tab = await browser.open(seeded.gateway, '/calls', { signedIn: true });
    const { page } = tab;
    const bytes = { script: 0, stylesheet: 0 };
    const fetched = new Map<string, keyof typeof bytes>();
    page.on('response', (response) => {
      const kind = response.request().resourceType();
      if (kind === 'script' || kind === 'stylesheet') fetched.set(response.url(), kind);
    });
    await page.goto('/');
    await page.locator('canvas').waitFor();
    for (const [url, kind] of fetched) bytes[kind] += gzipSync(await (await page.request.get(url)).body()).length;
    console.log(`first page: ${bytes.script} bytes of scripts, ${bytes.stylesheet} of styles`);
    assert.ok(bytes.script > 10_000 && bytes.stylesheet > 1_000, 'they were fetched');
    assert.ok(bytes.script <= SCRIPT_BYTES_MAX, `${bytes.script} bytes of scripts`);
    assert.ok(bytes.stylesheet <= STYLE_BYTES_MAX, `${bytes.stylesheet} bytes of styles`);
    await tab.close();
  });
});
