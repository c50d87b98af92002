import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ConsoleBrowser, LOOKS } from './console-browser.ts';
import { type SeededGateway, startGateway } from './seeded-gateway.ts';

describe('the door of the console', { timeout: 60_000 }, () => {
  let seeded: SeededGateway;
  let browser: ConsoleBrowser;
  before(async () => {
    browser = await ConsoleBrowser.start();
    seeded = await startGateway();
  });
  after(async () => {
    await browser?.close();
    await seeded?.stop();
  });

  for (const { theme, width } of LOOKS)
    test(`asks who it is, ${theme} and ${width}`, async () => {
      const tab = await browser.open(seeded.gateway, '/calls', { theme, width, signedIn: false });
      await tab.page.getByRole('heading', { name: 'Sign in to Sallyport' }).waitFor();
      await tab.checkAccessible('sign in');
      await tab.checkFits('sign in');
      await tab.picture(`console-sign-in-${theme}-${width}`);
      await tab.close();
    });

  test('lets the admin token in, to where one wanted to go, and nobody else', async () => {
    const tab = await browser.open(seeded.gateway, '/calls?outcome=denied', { signedIn: false });
    tab.expectFault(/401 \(Unauthorized\)/);
    const token = tab.page.getByLabel('Admin token');
    await token.fill('not the token');
    await token.press('Enter');
    await tab.page.getByText('This is not the admin token').waitFor();
    await tab.checkAccessible('a wrong token');
    await token.fill(seeded.gateway.adminToken);
    await token.press('Enter');
    await tab.page.getByRole('heading', { name: 'Calls' }).waitFor();
    assert.match(tab.page.url(), /\/calls\?outcome=denied$/);
    await tab.close();
  });

  test('signs out, and what was on the screen is gone', async () => {
    const tab = await browser.open(seeded.gateway, '/calls');
    tab.expectFault(/401 \(Unauthorized\)/);
    await tab.page.getByRole('button', { name: 'Sign out' }).click();
    await tab.page.getByText('You are signed out.').waitFor();
    assert.equal((await tab.page.request.get('/api/v1/calls')).status(), 401);
    await tab.page.goBack().catch(() => undefined);
    await tab.page.goto('/calls');
    await tab.page.getByRole('heading', { name: 'Sign in to Sallyport' }).waitFor();
    await tab.close();
  });

  test('a session that has ended elsewhere leads to the door, and from there back', async () => {
    const tab = await browser.open(seeded.gateway, '/calls?range=6h');
    tab.expectFault(/401 \(Unauthorized\)/);
    await tab.page.getByRole('heading', { name: 'Calls' }).waitFor();
    await tab.page.context().clearCookies();
    // Whichever comes first, this or something the page asks by itself.
    await tab.page
      .getByRole('button', { name: 'Read again up to now' })
      .click({ timeout: 2_000 })
      .catch(() => undefined);
    await tab.page.getByText('The session has ended.').waitFor();
    await tab.page.getByLabel('Admin token').fill(seeded.gateway.adminToken);
    await tab.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await tab.page.getByRole('heading', { name: 'Calls' }).waitFor();
    assert.match(tab.page.url(), /\/calls\?range=6h$/);
    await tab.close();
  });

  test('asks who is signed in only where somebody may be', async () => {
    const tab = await browser.open(seeded.gateway, '/calls', { signedIn: false });
    const { page } = tab;
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/api/v1/')) asked.push(`${request.method()} ${new URL(request.url()).pathname}`);
    });
    await page.reload();
    await page.getByLabel('Admin token').waitFor();
    assert.deepEqual(asked, []);
    await page.getByLabel('Admin token').fill(seeded.gateway.adminToken);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'Calls' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Calls' }).waitFor();
    tab.expectFault(/401 \(Unauthorized\)/);
    await page.context().clearCookies({ name: 'sallyport_session' });
    await page.reload();
    await page.getByLabel('Admin token').waitFor();
    asked.length = 0;
    await page.reload();
    await page.getByLabel('Admin token').waitFor();
    assert.deepEqual(asked, [], 'what was said once need not be asked again');
    await tab.close();
  });
});
