import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ConsoleBrowser } from './console-browser.ts';
import { type SeededGateway, startGateway } from './seeded-gateway.ts';

/** What has become script in consoles of others: in text, in attributes, in addresses, in templates and in encodings. */
const SCRIPTS: readonly string[] = [
  '<script>window.hit=1</script>',
  '"><img src=x onerror=window.hit=1>',
  "'-window.hit=1-'",
  '<svg/onload=window.hit=1>',
  'javascript:window.hit=1',
  '</title><script>window.hit=1</script>',
  '{{constructor.constructor("window.hit=1")()}}',
  '${window.hit=1}',
  '<iframe srcdoc="<script>parent.hit=1</script>">',
  '<a href="javascript:window.hit=1" autofocus onfocus=window.hit=1 tabindex=1>x</a>',
  '&lt;img src=x onerror=window.hit=1&gt;',
  '<style>@import "//evil.example/x.css"</style>',
  '<base href="//evil.example/">',
  '<math><mtext><table><mglyph><style><img src=x onerror=window.hit=1>',
];

describe('what callers write', { timeout: 120_000 }, () => {
  let seeded: SeededGateway;
  let browser: ConsoleBrowser;
  before(async () => {
    browser = await ConsoleBrowser.start();
    seeded = await startGateway();
    for (const script of SCRIPTS) {
      await seeded.send({ path: `/products/${encodeURIComponent(script)}`, agent: script });
      await seeded.send({
        path: `/products?${encodeURIComponent(script)}=${encodeURIComponent(script)}`,
        agent: script,
      });
      await seeded.send({
        path: '/health',
        headers: { host: 'h.example', 'x-forwarded-for': script, referer: script },
      });
      await seeded.send({ path: '/pages/1', method: 'POST', key: seeded.keys.acme.key, json: { [script]: script } });
      await seeded.gateway.admin('POST', '/api/v1/keys', { consumer: 'acme', name: script });
    }
    await seeded.gateway.recorded(SCRIPTS.length * 3);
  });
  after(async () => {
    await browser?.close();
    await seeded?.stop();
  });

  test('is text wherever it is shown: in the table, in every call, in filters and in rules', async () => {
    const tab = await browser.open(seeded.gateway, '/calls');
    const { page } = tab;
    await page.locator('tr[data-key]').first().waitFor();
    const { body } = await seeded.gateway.admin('GET', '/api/v1/calls?limit=200');
    const calls = body['items'] as readonly { readonly requestId: string; readonly userAgent: string }[];
    const told = new Set<string>();
    await page.locator('tr[data-key] .row-link').first().click();
    await page.getByRole('dialog').getByText('Agent').waitFor();
    for (const { requestId, userAgent } of calls) {
      await tab.go(`/calls?call=${requestId}`);
      await page.getByRole('dialog').getByText(requestId, { exact: true }).waitFor();
      const shown = await page.getByRole('dialog').innerText();
      if (SCRIPTS.includes(userAgent) && shown.includes(userAgent)) told.add(userAgent);
    }
    assert.deepEqual([...told].sort(), [...SCRIPTS].sort(), 'every one of them was shown as it was sent');
    for (const script of SCRIPTS) {
      const query = new URLSearchParams({ text: script, consumer: script, pathPrefix: `/${script}`, address: script });
      await tab.go(`/calls?${query}`);
      await page.getByText('No call passes these filters').waitFor();
      await page.getByText(script, { exact: true }).first().waitFor();
      await page.getByRole('button', { name: 'Make a rule' }).click();
      await page.getByRole('figure', { name: 'the rule' }).waitFor();
      await page.keyboard.press('Escape');
    }
    assert.equal(await page.evaluate('window.hit'), undefined);
    assert.equal(new URL(page.url()).origin, seeded.gateway.adminUrl);
    await tab.close();
  });

  test('an address of the console opens nothing but the console', async () => {
    const tab = await browser.open(seeded.gateway, '/calls');
    const { page } = tab;
    for (const path of [
      '//evil.example/calls',
      '/calls/../..//evil.example',
      '/\\evil.example',
      '/calls?call=../../session',
    ])
      await tab.go(path);
    assert.equal(await page.evaluate('location.origin'), seeded.gateway.adminUrl);
    tab.expectFault(/404 \(Not Found\)/);
    await tab.close();
  });
});
