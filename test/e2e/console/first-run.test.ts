import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { call, echoUpstream, TestGateway } from '../../harness/gateway.ts';
import { ConsoleBrowser, LOOKS } from './console-browser.ts';

/** As a newcomer has it: everything goes through, nothing is blocked. */
const CONFIG = (upstream: string) => `mode: observe
upstreams: { api: { url: "${upstream}" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - { id: health, match: { path: /health }, upstream: api, authenticate: none }
  - { id: write, match: { path: "/things", methods: [POST] }, upstream: api, authenticate: { anyOf: [keys] } }
  - id: everything
    match: { path: "/*" }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { scopes: [things:read] }
unmatched: deny
`;

describe('the first run', { timeout: 120_000 }, () => {
  let gateway: TestGateway;
  let upstream: Awaited<ReturnType<typeof echoUpstream>>;
  let browser: ConsoleBrowser;
  before(async () => {
    upstream = await echoUpstream();
    browser = await ConsoleBrowser.start();
    gateway = await TestGateway.start({ config: CONFIG(upstream.url) });
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
    await upstream?.close();
  });

  for (const { theme, width } of LOOKS)
    test(`is where one who has no traffic begins, ${theme} and ${width}`, async () => {
      const tab = await browser.open(gateway, '/', { theme, width });
      await tab.page.waitForURL(/first-run$/);
      await tab.page.getByText('Waiting for it…').waitFor();
      await tab.checkAccessible('nothing done');
      await tab.checkFits('nothing done');
      await tab.picture(`console-first-run-${theme}-${width}`);
      await tab.close();
    });

  test('makes no key before it is known what the route asks of it', async () => {
    const tab = await browser.open(gateway, '/first-run');
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await tab.page.route('**/api/v1/routes*', async (route) => {
      await held;
      await route.continue();
    });
    await tab.page.reload();
    const make = tab.page.getByRole('button', { name: 'Make the key' });
    await make.waitFor();
    assert.equal(await make.getAttribute('aria-disabled'), 'true');
    await tab.page.getByLabel('Whose key').press('Enter');
    letGo();
    await tab.page.getByText('The key gets what the route asks for: things:read.').waitFor();
    assert.notEqual(await make.getAttribute('aria-disabled'), 'true');
    assert.equal(await tab.page.getByText('Shown this once.').count(), 0, 'and none was made by the keyboard');
    await tab.close();
  });

  test('leads from nothing to a refused and a permitted call, each step seen as it is done', async () => {
    const tab = await browser.open(gateway, '/first-run');
    const { page } = tab;
    const step = (title: string) =>
      page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: title }) });
    const curl = await step('Send a call').locator('pre').innerText();
    assert.equal(curl, `curl -i ${gateway.url}/`, 'the line to paste leads to the gateway');
    const send = async (key?: string) =>
      (await call(`${gateway.url}/hello`, key === undefined ? {} : { headers: { 'x-api-key': key } })).status;
    assert.equal(await send(), 200);
    await step('Send a call').getByText('Done').waitFor();
    await page.getByLabel('Whose key').fill('newcomer');
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByText('Shown this once.').waitFor();
    const key = await page.getByRole('figure', { name: 'the key', exact: true }).locator('pre').innerText();
    await tab.checkAccessible('a key is shown');
    await page.getByRole('button', { name: 'Enforce the route everything' }).click();
    await page.getByRole('dialog').getByText('it would have denied').waitFor();
    await page.getByRole('button', { name: 'Enforce', exact: true }).click();
    await step('Enforce the route').getByText('Done').waitFor();
    assert.equal(await send(), 401);
    assert.equal(await send(key), 200);
    await page.getByText('All done.').waitFor();
    await tab.checkAccessible('all done');
    await page.reload();
    await page.getByText('All done.').waitFor();
    assert.equal((await page.content()).includes(key), false, 'the key is not shown again');
    const { body: shown } = await gateway.admin('GET', '/api/v1/config');
    const replaced = await gateway.admin('PUT', '/api/v1/config', {
      ifFingerprint: shown['fingerprint'],
      text: String(shown['text']).replace(
        '  - id: everything',
        '  - { id: news, match: { path: "/news" }, upstream: api, authenticate: { anyOf: [keys] } }\n  - id: everything',
      ),
    });
    assert.equal(replaced.status, 200, JSON.stringify(replaced.body));
    assert.equal((await call(`${gateway.url}/news`)).status, 200, 'another route, which is observed');
    await gateway.recorded(1, ({ path }) => path === '/news');
    await page.reload();
    await page.getByText('All done.').waitFor();
    assert.equal(await page.getByText('To do', { exact: true }).count(), 0, 'what was done stays done');
    await tab.close();
  });
});
