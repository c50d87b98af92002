import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ConsoleBrowser, LOOKS } from './console-browser.ts';
import { ATTACK, type SeededGateway, sendTraffic, startGateway } from './seeded-gateway.ts';

describe('the page of calls', { timeout: 120_000 }, () => {
  let seeded: SeededGateway;
  let browser: ConsoleBrowser;
  before(async () => {
    [seeded, browser] = await Promise.all([startGateway(), ConsoleBrowser.start()]);
    await sendTraffic(seeded);
  });
  after(async () => {
    await browser?.close();
    await seeded?.stop();
  });

  for (const { theme, width } of LOOKS)
    test(`shows calls and one of them whole, ${theme} and ${width}`, async () => {
      const tab = await browser.open(seeded.gateway, '/calls', { theme, width });
      const { page } = tab;
      await page.locator('tr[data-key]').first().waitFor();
      await page.getByText('Live').filter({ visible: true }).waitFor();
      await tab.checkAccessible('calls');
      await tab.checkFits('calls');
      await tab.picture(`console-calls-${theme}-${width}`);
      await page.goto('/calls?reason=payload.sqli');
      await page.locator('tr[data-key] .row-link').first().click();
      const drawer = page.getByRole('dialog');
      await drawer.getByText('inspect denied').waitFor();
      await tab.checkAccessible('one call');
      await tab.picture(`console-call-${theme}-${width}`);
      await drawer.getByRole('button', { name: 'Let this through' }).click();
      await page.getByRole('dialog', { name: 'Let this through' }).waitFor();
      await tab.checkAccessible('an exception asked for');
      await tab.close();
    });

  test('a value becomes a filter, filters stand in the address, and back takes them away', async () => {
    const tab = await browser.open(seeded.gateway, '/calls');
    const { page } = tab;
    await page.getByRole('button', { name: 'initech' }).first().click();
    await page.waitForURL(/consumer=initech/);
    await page.getByText('12 calls').waitFor();
    await page.getByRole('button', { name: 'Denied', exact: true }).click();
    await page.waitForURL(/outcome=denied/);
    await page.getByRole('button', { name: 'Remove the filter consumer initech' }).click();
    await page.waitForURL((url) => url.search === '?outcome=denied');
    await page.goBack();
    await page.waitForURL(/consumer=initech/);
    await page.getByText('12 calls').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('reason:authn.missing');
    await page.keyboard.press('Enter');
    await page.getByText('No call passes these filters').waitFor();
    await tab.checkAccessible('no call');
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await page.locator('tr[data-key]').first().waitFor();
    await tab.close();
  });

  test('filters become a rule the gateway takes', async () => {
    const tab = await browser.open(
      seeded.gateway,
      "/calls?consumer=initech&pathPrefix=/orders/o'hara&method=GET&route=orders&outcome=denied",
    );
    const { page } = tab;
    await page.getByRole('button', { name: 'Make a rule' }).click();
    const text = await page.getByRole('figure', { name: 'the rule' }).locator('pre').innerText();
    await tab.checkAccessible('a rule');
    await page.getByText('Left out, since it is known only when a call is over: outcome').waitFor();
    const rule = text.split('\n').slice(2).join('\n');
    const whole = `version: 1
mode: enforce
upstreams: { shop: { url: "http://127.0.0.1:1" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
consumers: { initech: {} }
routes:
  - id: orders
    match: { path: "/orders/*" }
    upstream: shop
    authenticate: { anyOf: [keys] }
${rule}
unmatched: deny
`;
    const { body } = await seeded.gateway.admin('POST', '/api/v1/config/validate', { text: whole });
    assert.equal(body['ok'], true, JSON.stringify(body));
    await tab.close();
  });
});
