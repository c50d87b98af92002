import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { OverviewData } from '../../../console/src/pages/overview/overview-data.ts';
import { ConsoleBrowser, LOOKS } from './console-browser.ts';
import { CuttableLine } from './cuttable-line.ts';
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
    await page.getByText('At its worst the slowest hundredth took').waitFor();
    await page.getByRole('link', { name: /^initech \d/ }).click();
    await page.waitForURL(/\/calls\?consumer=initech/);
    await page.locator('tr[data-key]').first().waitFor();
    await page
      .getByText(`${calls.filter(({ consumer }) => consumer === 'initech').length} calls`, { exact: true })
      .waitFor();
    await tab.close();
  });

  test('says in its first line that calls are denied, when that rose, and who and what it is', async () => {
    const tab = await browser.open(seeded.gateway, '/');
    const { page } = tab;
    const verdict = page.getByRole('region', { name: 'Is anything wrong' });
    await verdict
      .getByRole('status')
      .getByText(/^\d+ calls were denied, [\d.]+ % of all$/)
      .waitFor();
    await verdict.getByText(/of all, rose to \d+ in a minute at \d\d:\d\d, where \d+ are usual/).waitFor();
    assert.equal(await verdict.getAttribute('data-tone'), 'observe');
    await verdict.getByRole('link', { name: 'payload.sqli', exact: true }).waitFor();
    await verdict.getByRole('link', { name: 'initech', exact: true }).waitFor();
    await verdict.getByRole('link', { name: '192.0.2.66', exact: true }).click();
    await page.waitForURL(/\/calls\?outcome=denied&address=192\.0\.2\.66/);
    await page.locator('tr[data-key]').first().waitFor();
    await tab.close();
  });

  test('its first line is green only where all is known and well, grey where it is not known', async () => {
    const { body } = await seeded.gateway.admin('GET', '/api/v1/overview');
    const real = body as unknown as OverviewData;
    const quiet = (values: readonly number[]): number[] => values.map(() => 0);
    const { calls, denied, observed, errors } = real.series;
    const none = { critical: 0, high: 0, medium: 0, low: 0 };
    const well: OverviewData = {
      ...real,
      findings: none,
      series: { ...real.series, denied: quiet(denied), observed: quiet(observed), errors: quiet(errors) },
      health: {
        ...real.health,
        status: 'ok',
        items: real.health.items.map((item) => ({ ...item, ok: true })),
        failOpen: 0,
        eventsLost: 0,
        events: { ...real.health.events, stalled: false, lastWriteMs: Date.now() },
        saturation: { ...real.health.saturation, threads: [0.1] },
        threads: { alive: 1, configured: 1, restarts: 0 },
      },
    };
    const series = (change: Partial<OverviewData['series']>): OverviewData => ({
      ...well,
      series: { ...well.series, ...change },
    });
    const health = (change: Partial<OverviewData['health']>): OverviewData => ({
      ...well,
      health: { ...well.health, ...change },
    });
    const few = calls.map((_, index) => (index === 0 ? 3 : 0));
    const third = calls.map((count) => Math.floor(count / 3));
    const cases: readonly [OverviewData, tone: string, text: RegExp][] = [
      [well, 'permit', /^Nothing is wrong that the gateway knows of$/],
      [series({ denied: few }), 'permit', /^Nothing is wrong/],
      [series({ calls: quiet(calls) }), 'unknown', /^Nobody called/],
      [health({ saturation: { ...well.health.saturation, threads: [] } }), 'unknown', /not how these are: the load$/],
      [health({ items: [] }), 'unknown', /not how these are: the parts of the gateway$/],
      [series({ denied: third }), 'observe', /calls were denied, 3\d % of all/],
      [series({ observed: third }), 'observe', /went through that enforcing would have denied$/],
      [series({ errors: third }), 'deny', /ended in an error, 3\d % of all$/],
      [health({ failOpen: 1 }), 'observe', /^1 call went through that could not be judged$/],
      [health({ eventsLost: 2 }), 'observe', /^2 records of calls were lost$/],
      [health({ status: 'failing' }), 'deny', /^The gateway is not well$/],
      [health({ threads: { alive: 0, configured: 1, restarts: 9 } }), 'deny', /^1 of its threads is gone$/],
      [{ ...well, findings: { ...none, low: 1 } }, 'observe', /^1 finding waits for somebody to look$/],
      [{ ...series({ denied: third }), findings: { ...none, high: 2 } }, 'deny', /^2 high .* and 1 more to look at$/],
      [{ ...well, findings: { ...none, critical: 1, high: 2 } }, 'deny', /^1 critical .* and 1 more to look at$/],
    ];
    let shown = well;
    const tab = await browser.open(seeded.gateway, '/policies');
    const { page } = tab;
    await page.route('**/api/v1/overview**', (route) => route.fulfill({ json: shown }));
    for (const [data, tone, text] of cases) {
      shown = data;
      await page.goto('/');
      const verdict = page.getByRole('region', { name: 'Is anything wrong' });
      await verdict.getByRole('status').getByText(text).waitFor();
      assert.equal(await verdict.getAttribute('data-tone'), tone, String(text));
    }
    await tab.checkAccessible('several things that are wrong');
    await tab.close();
  });

  test('its first line turns grey while the gateway does not answer', async () => {
    const line = await CuttableLine.to(seeded.gateway.adminPort);
    try {
      const tab = await browser.open(seeded.gateway, '/', { port: line.port });
      tab.expectFault(/ERR_/);
      const { page } = tab;
      await page.getByRole('button', { name: 'Live. Pause' }).filter({ visible: true }).waitFor();
      await page.locator('canvas').waitFor();
      line.cut();
      const verdict = page.getByRole('region', { name: 'Is anything wrong' });
      await verdict.getByText('The gateway does not answer: these figures are of before').waitFor();
      assert.equal(await verdict.getAttribute('data-tone'), 'unknown');
      await tab.checkAccessible('figures of before');
      line.mend();
      await verdict
        .getByText(/calls were denied/)
        .first()
        .waitFor();
      await tab.close();
    } finally {
      await line.close();
    }
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

  test('what stands beside and beneath the chart is whole on a telephone', async () => {
    const to = Math.floor(Date.now() / 3_600_000) * 3_600_000;
    const from = to - 3_600_000;
    const { body } = await seeded.gateway.admin('GET', '/api/v1/overview');
    const real = body as unknown as OverviewData;
    // It ends with a full hour, so that a time stands beneath its last line.
    const data = { ...real, from, to, bucketMs: 60_000, series: { ...real.series, calls: Array(60).fill(1_234_567) } };
    const tab = await browser.open(seeded.gateway, '/policies', { width: 'narrow' });
    const { page } = tab;
    await page.route('**/api/v1/overview**', (route) => route.fulfill({ json: data }));
    await page.goto(`/?from=${from}&to=${to}`);
    await page.locator('canvas').waitFor();
    await tab.until(`document.querySelector('canvas').width > 300`);
    // What is cut off has ink in the outermost column of what is drawn.
    const inked = await page.evaluate(`(() => {
      const { width, height } = document.querySelector('canvas');
      const { data } = document.querySelector('canvas').getContext('2d').getImageData(0, 0, width, height);
      const isInked = (x) => Array.from({ length: height }, (_, y) => data[(y * width + x) * 4 + 3]).some((ink) => ink > 0);
      return [isInked(0), isInked(width - 1), isInked(width / 2)];
    })()`);
    assert.deepEqual(inked, [false, false, true]);
    await tab.close();
  });

  test('comes to at most 60 KB of scripts and 12 KB of styles, compressed', async () => {
    // From a page without scripts: what another page of the console still fetches is not counted.
    const tab = await browser.open(seeded.gateway, '/livez', { signedIn: true });
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
