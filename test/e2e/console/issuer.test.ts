import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { call } from '../../harness/gateway.ts';
import { issuerConfig } from '../../harness/issuer-config.ts';
import { ConsoleBrowser, LOOKS } from './console-browser.ts';
import { type SeededGateway, startGateway } from './seeded-gateway.ts';

describe('OAuth clients and signing keys', { timeout: 180_000 }, () => {
  let seeded: SeededGateway;
  let browser: ConsoleBrowser;
  before(async () => {
    browser = await ConsoleBrowser.start();
    seeded = await startGateway({ config: (upstream) => issuerConfig(upstream) });
    await seeded.gateway.admin('POST', '/api/v1/clients', {
      consumer: 'acme',
      name: 'Warehouse sync',
      grantTypes: ['client_credentials'],
      authentication: 'client_secret_basic',
    });
  });
  after(async () => {
    await browser?.close();
    await seeded?.stop();
  });

  /** The status of the token endpoint, and the token, for a client and its secret. */
  const token = async (id: string, secret: string): Promise<{ readonly status: number; readonly token: string }> => {
    const answer = await call(`${seeded.gateway.url}/oauth/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=client_credentials&scope=orders%3Aread',
    });
    const { access_token: text = '' } = JSON.parse(answer.text) as { access_token?: string };
    return { status: answer.status, token: text };
  };
  const use = async (text: string): Promise<number> =>
    (await seeded.send({ path: '/orders/1', headers: { authorization: `Bearer ${text}` } })).status;

  for (const { theme, width } of LOOKS)
    test(`shows clients and signing keys, ${theme} and ${width}`, async () => {
      const tab = await browser.open(seeded.gateway, '/consumers?view=clients', { theme, width });
      const { page } = tab;
      await page.locator('tr[data-key] .row-link').first().click();
      const drawer = page.getByRole('dialog', { name: 'Warehouse sync' });
      await drawer.getByText('for itself').waitFor();
      await tab.checkAccessible('one client');
      await tab.checkFits('one client');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'New client' }).click();
      await page.getByRole('dialog', { name: 'New OAuth client' }).waitFor();
      await tab.checkAccessible('a client asked for');
      await tab.checkFits('a client asked for');
      await page.keyboard.press('Escape');
      await tab.checkAccessible('clients');
      await tab.picture(`console-clients-${theme}-${width}`);
      await page.getByRole('button', { name: 'Signing keys' }).click();
      await page.getByText('They change by themselves').waitFor();
      await page.getByText('Keys that nobody can open any more').click();
      await page.getByText('sallyport signing-keys reset').waitFor();
      await tab.checkAccessible('signing keys');
      await tab.checkFits('signing keys');
      await tab.picture(`console-signing-keys-${theme}-${width}`);
      await tab.close();
    });

  test('a client is registered, its secret works, is rotated with a grace, and the client disabled and deleted', async () => {
    const tab = await browser.open(seeded.gateway, '/consumers?view=clients');
    const { page } = tab;
    await page.getByRole('button', { name: 'New client' }).click();
    const dialog = page.getByRole('dialog', { name: 'New OAuth client' });
    await dialog.getByLabel('Name').fill('Nightly');
    await dialog.getByLabel('Consumer').fill('globex');
    await dialog.getByRole('button', { name: 'Register the client' }).click();
    const made = page.getByRole('dialog', { name: 'The client Nightly' });
    const shown = (name: string) => page.getByRole('figure', { name, exact: true }).locator('pre').innerText();
    const [id, secret] = [await shown('the client id'), await shown('the client secret')];
    await tab.checkAccessible('a client secret shown once');
    const issued = await token(id, secret);
    assert.deepEqual([issued.status, await use(issued.token)], [200, 200]);
    await made.getByRole('button', { name: 'I have it' }).click();
    await page.getByRole('link', { name: /^Nightly/ }).click();
    const drawer = page.getByRole('dialog', { name: 'Nightly', exact: true });
    await drawer.getByRole('button', { name: 'Rotate the secret' }).click();
    await page.getByLabel('Grace of the old secret').selectOption('3600');
    await page.getByRole('button', { name: 'Make the new secret' }).click();
    const next = await shown('the client secret');
    assert.notEqual(next, secret);
    assert.deepEqual([(await token(id, next)).status, (await token(id, secret)).status], [200, 200]);
    await page.getByRole('button', { name: 'I have it' }).click();
    await drawer.getByText('2: an old one works in its grace').waitFor();
    await drawer.getByRole('button', { name: 'Disable' }).click();
    await page.getByText('Nightly is disabled').waitFor();
    assert.deepEqual([(await token(id, next)).status, await use(issued.token)], [401, 401]);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Nightly may get tokens again').waitFor();
    assert.equal((await token(id, next)).status, 200);
    await drawer.getByRole('button', { name: 'Delete Nightly' }).click();
    const confirm = page.getByRole('dialog', { name: 'Delete Nightly' });
    await confirm.getByLabel('Type Nightly to go on').fill('Nightly');
    await tab.checkAccessible('a client about to be deleted');
    await confirm.getByRole('button', { name: 'Delete Nightly' }).click();
    await page.getByText('The client Nightly is gone').waitFor();
    await page.getByRole('link', { name: /^Nightly/ }).waitFor({ state: 'detached' });
    assert.equal((await token(id, next)).status, 401);
    await tab.close();
  });

  test('what is wrong with a client is told at its field, and not beside the form', async () => {
    const tab = await browser.open(seeded.gateway, '/consumers?view=clients');
    const { page } = tab;
    tab.expectFault(/422/);
    await page.getByRole('button', { name: 'New client' }).click();
    const dialog = page.getByRole('dialog', { name: 'New OAuth client' });
    const refusedAt = async (label: string, why: string): Promise<void> => {
      await dialog.getByRole('button', { name: 'Register the client' }).click();
      await dialog.getByRole('alert').getByText(why).waitFor();
      await dialog.getByLabel(label, { exact: true }).and(dialog.locator(':focus')).waitFor();
      const described = await dialog.locator(`[aria-describedby$="-fault"]`).allInnerTexts();
      assert.equal(described.length, 1, 'one field has it');
      await tab.checkAccessible(`${label} refused`);
      assert.equal(await page.locator('.toast').count(), 0);
    };
    await dialog.getByLabel('Name').fill('Nightly');
    await dialog.getByLabel('Consumer').fill('nobody');
    await refusedAt('Consumer', 'there is no consumer "nobody"');
    await dialog.getByLabel('Consumer').fill('globex');
    await dialog.getByLabel('Scopes').fill('orders:sell');
    await refusedAt('Scopes', 'scope must only contain');
    await dialog.getByLabel('Scopes').fill('');
    await dialog.getByLabel('for people who sign in').check();
    await dialog.getByLabel('People are sent back to').fill('nowhere');
    await refusedAt('People are sent back to', 'redirect_uris must only contain');
    await page.route('**/api/v1/clients', (route) =>
      route.fulfill({
        status: 422,
        json: { title: 'Not possible', detail: 'of these, one', pointer: '/grantTypes/1' },
      }),
    );
    await refusedAt('for itself', 'of these, one');
    await tab.close();
  });

  test('signing keys are rotated on schedule, at once, and in an emergency that has to be typed', async () => {
    const { body } = await seeded.gateway.admin('POST', '/api/v1/clients', {
      consumer: 'acme',
      name: 'Before',
      grantTypes: ['client_credentials'],
      authentication: 'client_secret_basic',
    });
    const [id, secret] = [String(body['id']), String(body['secret'])];
    const before = (await token(id, secret)).token;
    const tab = await browser.open(seeded.gateway, '/consumers?view=signing-keys');
    const { page } = tab;
    await page.getByRole('button', { name: 'Rotate on schedule' }).click();
    await page.getByRole('button', { name: 'Publish the next key' }).click();
    await page.getByText('Published, signs next').last().waitFor();
    assert.equal(await use(before), 200);
    await page.getByRole('button', { name: 'Rotate now' }).click();
    await tab.checkAccessible('a rotation asked for');
    await page.getByRole('button', { name: 'Sign with a new key' }).click();
    await page.getByText('Retired, still verifies').last().waitFor();
    assert.equal(await use(before), 200, 'its key still verifies');
    await page.getByRole('button', { name: 'Emergency' }).click();
    const dialog = page.getByRole('dialog', { name: 'Emergency rotation' });
    const button = dialog.getByRole('button', { name: 'Refuse every token' });
    await button.click({ force: true });
    assert.equal(await use(before), 200, 'nothing happened yet');
    await dialog.getByLabel('Type emergency to go on').fill('emergency');
    await tab.checkAccessible('an emergency asked for');
    await button.click();
    await page.getByText('A new key signs; tokens under others are refused').waitFor();
    assert.equal(await use(before), 401);
    assert.equal(await use((await token(id, secret)).token), 200);
    await tab.close();
  });

  test('where no issuer runs the page says so and what to do', async () => {
    const plain = await startGateway();
    try {
      const tab = await browser.open(plain.gateway, '/consumers?view=clients');
      tab.expectFault(/409/);
      await tab.page.getByText('No issuer runs').waitFor();
      await tab.checkAccessible('no issuer');
      await tab.page.getByRole('button', { name: 'Signing keys' }).click();
      await tab.page.getByText('No issuer runs').waitFor();
      await tab.close();
    } finally {
      await plain.stop();
    }
  });
});
