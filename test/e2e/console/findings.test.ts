import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Finding } from '../../../src/core/finding.ts';
import { ConsoleBrowser, LOOKS } from './console-browser.ts';
import { type SeededGateway, sendTraffic, startGateway } from './seeded-gateway.ts';

const HOUR_MS = 3_600_000;

describe('the page of findings', { timeout: 180_000 }, () => {
  let seeded: SeededGateway;
  let browser: ConsoleBrowser;
  before(async () => {
    browser = await ConsoleBrowser.start();
    seeded = await startGateway();
    await seedFindings(seeded);
  });
  after(async () => {
    await browser?.close();
    await seeded?.stop();
  });

  const findings = async (query = ''): Promise<readonly Finding[]> =>
    (await seeded.gateway.admin('GET', `/api/v1/findings?limit=100${query}`)).body['items'] as Finding[];
  const planted = async (): Promise<Finding> => {
    const [found] = await findings('&detector=decoy.key_used');
    assert.ok(found, 'the planted key was seen');
    return found;
  };

  for (const { theme, width } of LOOKS)
    test(`shows groups and one finding whole, ${theme} and ${width}`, async () => {
      const tab = await browser.open(seeded.gateway, '/findings', { theme, width });
      const { page } = tab;
      await page.getByRole('heading', { name: 'A planted key was used' }).waitFor();
      await page.locator('tr[data-key]').first().waitFor();
      await tab.checkAccessible('findings');
      await tab.checkFits('findings');
      await tab.picture(`console-findings-${theme}-${width}`);
      await page.locator('tr[data-key] .row-link').first().click();
      const drawer = page.getByRole('dialog');
      await drawer.locator('.finding-call').first().waitFor();
      await tab.checkAccessible('one finding');
      await tab.checkFits('one finding');
      await tab.picture(`console-finding-${theme}-${width}`);
      await page.goto('/findings?severity=info');
      await page.getByText('No finding passes these filters').waitFor();
      await tab.checkAccessible('no finding');
      await tab.close();
    });

  test('its counts are those of the record, and a finding leads to the calls behind it', async () => {
    const tab = await browser.open(seeded.gateway, '/findings');
    const { page } = tab;
    const { count, id, actor } = await planted();
    const group = page.getByRole('region', { name: 'A planted key was used', exact: true });
    await group.getByRole('listitem').filter({ hasText: 'seen' }).getByText(String(count), { exact: true }).waitFor();
    await group.locator('.row-link').first().click();
    await page.waitForURL((url) => url.searchParams.get('finding') === id);
    await page.locator('.finding-call').first().click();
    await page.waitForURL(/\/calls\?call=/);
    await page.getByRole('dialog').getByText('answered 401').waitFor();
    await page.goBack();
    await page.getByRole('link', { name: `All calls of ${actor} in that time` }).click();
    await page.waitForURL(/\/calls\?address=/);
    await page.locator('tr[data-key]').first().waitFor();
    await tab.close();
  });

  test('by keyboard: resolved with a word, taken back, expected, snoozed, and each is what the gateway says', async () => {
    const tab = await browser.open(seeded.gateway, '/findings?detector=decoy.key_used');
    const { page } = tab;
    await page.locator('tr[data-key]').first().waitFor();
    await page.keyboard.press('j');
    await page.locator('.row-link:focus').waitFor();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog');
    await drawer.getByLabel('A word about it').fill('the wiki was cleaned');
    for (const key of ['Tab', 'Enter']) await page.keyboard.press(key);
    await page.getByText('The finding is resolved').waitFor();
    await drawer.getByText('by the admin token').or(drawer.getByText('the wiki was cleaned')).first().waitFor();
    const resolved = await planted();
    assert.deepEqual([resolved.status, resolved.resolution], ['resolved', 'the wiki was cleaned']);
    await tab.checkAccessible('a resolved finding');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('The finding is open again').waitFor();
    assert.equal((await planted()).status, 'open');
    for (const [name, status] of [
      ['It is expected', 'expected'],
      ['Snooze until worse', 'snoozed'],
    ] as const) {
      await drawer.getByRole('button', { name }).click();
      await drawer.getByRole('button', { name: 'Open it again' }).waitFor();
      assert.equal((await planted()).status, status);
      await drawer.getByRole('button', { name: 'Open it again' }).click();
      await drawer.getByRole('button', { name: 'Resolve' }).waitFor();
      assert.equal((await planted()).status, 'open');
    }
    assert.ok((await planted()).timeline.length >= 6, 'each is in the timeline');
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => !url.searchParams.has('finding'));
    await tab.close();
  });

  test('filters stand in the address, a value becomes one, and what is dealt with is behind its status', async () => {
    const tab = await browser.open(seeded.gateway, '/findings');
    const { page } = tab;
    await page.locator('tr[data-key]').first().waitFor();
    const all = await page.locator('tr[data-key]').count();
    assert.ok(all >= 2, `${all} findings`);
    await page.keyboard.press('/');
    await page.keyboard.type('detector:decoy.key_used');
    await page.keyboard.press('Enter');
    await page.waitForURL(/detector=decoy\.key_used/);
    await page.locator('.finding-group').nth(1).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: '127.0.0.1' }).first().click();
    await page.waitForURL(/actor=127/);
    await page.getByRole('button', { name: 'Resolved', exact: true }).click();
    await page.waitForURL(/status=resolved/);
    await page.getByText('No finding passes these filters').waitFor();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await page.getByText('No finding is resolved').waitFor();
    await tab.checkAccessible('none resolved');
    await page.goBack();
    await page.goBack();
    await page.locator('tr[data-key]').first().waitFor();
    await tab.close();
  });

  test('how often it was seen is drawn and can be read; a call that is gone says so', async () => {
    const found = await planted();
    const beganMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
    const hourly = [
      [beganMs - 5 * HOUR_MS, 3],
      [beganMs - 2 * HOUR_MS, 8],
      [beganMs, 2],
    ];
    const tab = await browser.open(seeded.gateway, '/findings');
    const { page } = tab;
    await page.route(`**/api/v1/findings/${found.id}`, (route) =>
      route.fulfill({ json: { ...found, hourly, requestIds: ['0123456789abcdef01234567'] } }),
    );
    tab.expectFault(/404/);
    await tab.go(`/findings?finding=${found.id}`);
    const drawer = page.getByRole('dialog');
    await drawer.locator('canvas').waitFor();
    await drawer.getByText('Most often, 8 times').waitFor();
    await drawer.getByText('is no longer in the record').waitFor();
    await tab.checkAccessible('a finding over hours');
    await drawer.getByRole('button', { name: 'As table' }).click();
    assert.equal(await drawer.locator('.chart-table tbody tr').count(), 6, 'quiet hours too');
    await tab.close();
  });

  test('an action that fails says so and leaves the screen true', async () => {
    const { id } = await planted();
    const tab = await browser.open(seeded.gateway, `/findings?finding=${id}`);
    const { page } = tab;
    await page.route('**/api/v1/findings/*/resolve', (route) =>
      route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        body: '{"title":"The store could not do this","status":503,"code":"store_io"}',
      }),
    );
    tab.expectFault(/503/);
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('button', { name: 'Resolve' }).click();
    await page.getByText('The finding is as it was').waitFor();
    await drawer.getByRole('button', { name: 'Resolve' }).waitFor();
    assert.equal((await planted()).status, 'open');
    await tab.checkAccessible('an action that failed');
    await tab.close();
  });
});

/** A planted key that is used, and a key that its owner sends in addresses. */
async function seedFindings(seeded: SeededGateway): Promise<void> {
  const { gateway, send } = seeded;
  await sendTraffic(seeded, 2);
  const { body } = await gateway.admin('POST', '/api/v1/decoys', { place: 'the wiki of the shop', kind: 'key' });
  const planted = String(body['key'] ?? body['secret'] ?? body['credential']);
  const leaky = await gateway.createKey('globex', ['orders:read']);
  for (let round = 0; round < 3; round++) {
    await send({ path: `/orders/${round}`, key: planted, agent: 'python-requests/2.31' });
    await send({ path: `/orders/${round}?api_key=${leaky.key}`, key: seeded.keys.globex.key });
  }
  for (const giveUpAt = Date.now() + 10_000; ; ) {
    const { body: found } = await gateway.admin('GET', '/api/v1/findings');
    if (new Set((found['items'] as Finding[]).map(({ detector }) => detector)).size >= 2) return;
    if (Date.now() > giveUpAt) throw new Error(`too little was found: ${JSON.stringify(found)}`);
  }
}
