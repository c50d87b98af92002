import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { ConsoleBrowser, LOOKS } from './console-browser.ts';
import { type SeededGateway, sendTraffic, startGateway } from './seeded-gateway.ts';

describe('the page of consumers and keys', { timeout: 240_000 }, () => {
  let seeded: SeededGateway;
  let browser: ConsoleBrowser;
  before(async () => {
    browser = await ConsoleBrowser.start();
    seeded = await startGateway();
    await seedCredentials(seeded);
  });
  after(async () => {
    await browser?.close();
    await seeded?.stop();
  });

  const keyOf = async (keyId: string): Promise<Record<string, unknown>> =>
    (await seeded.gateway.admin('GET', `/api/v1/keys/${keyId}`)).body;
  const status = async (key: string): Promise<number> => (await seeded.send({ path: '/orders/1', key })).status;

  for (const { theme, width } of LOOKS)
    test(`shows consumers, keys and one of each, ${theme} and ${width}`, async () => {
      const tab = await browser.open(seeded.gateway, '/consumers', { theme, width });
      const { page } = tab;
      await page.locator('tr[data-key]').first().waitFor();
      await tab.checkAccessible('consumers');
      await tab.checkFits('consumers');
      await tab.picture(`console-consumers-${theme}-${width}`);
      await page.getByRole('link', { name: /^acme/ }).click();
      await page.getByRole('dialog').locator('.credential-line').first().waitFor();
      await tab.checkAccessible('one consumer');
      await tab.checkFits('one consumer');
      await tab.picture(`console-consumer-${theme}-${width}`);
      await page.goto('/consumers?view=keys');
      await page.locator('tr[data-key]').first().waitFor();
      await tab.checkAccessible('keys');
      await tab.checkFits('keys');
      await tab.picture(`console-keys-${theme}-${width}`);
      await tab.go(`/consumers?view=keys&key=${seeded.keys.acme.keyId}`);
      const drawer = page.getByRole('dialog');
      await drawer.locator('canvas').waitFor();
      await tab.checkAccessible('one key');
      await tab.checkFits('one key');
      await tab.picture(`console-key-${theme}-${width}`);
      await drawer.getByRole('button', { name: 'Rotate' }).click();
      await page.getByRole('dialog', { name: /^Rotate/ }).waitFor();
      await tab.checkAccessible('a rotation asked for');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'New key' }).click();
      await page.getByRole('dialog', { name: 'New key' }).getByText('orders:read').waitFor();
      await tab.checkAccessible('a key asked for');
      await tab.checkFits('a key asked for');
      await tab.picture(`console-new-key-${theme}-${width}`);
      await tab.close();
    });

  test('a consumer is registered and gets a key that is shown once and works as the line to paste says', async () => {
    const tab = await browser.open(seeded.gateway, '/consumers');
    const { page } = tab;
    await page.getByRole('button', { name: 'New consumer' }).click();
    await page.getByLabel('Name').fill('hooli');
    await page.getByLabel('Groups').fill('partners beta');
    await page.getByRole('button', { name: 'Register the consumer' }).click();
    await page.waitForURL(/owner=hooli/);
    await page.getByText('It has no keys.').waitFor();
    await tab.checkAccessible('a consumer without keys');
    await page.getByRole('button', { name: 'New key of hooli' }).click();
    const dialog = page.getByRole('dialog', { name: 'New key' });
    await dialog.getByLabel('orders:read').check();
    await dialog.getByLabel('orders', { exact: true }).check();
    await dialog.getByLabel('Rate').fill('50/1m');
    await dialog.getByRole('button', { name: 'Make the key' }).click();
    const made = page.getByRole('dialog', { name: 'The key of hooli' });
    const key = await made.getByRole('figure', { name: 'the key', exact: true }).locator('pre').innerText();
    const curl = await made.getByRole('figure', { name: 'the command with the key' }).locator('pre').innerText();
    await tab.checkAccessible('a key shown once');
    assert.equal(await status(key), 200);
    assert.equal((await seeded.send({ path: '/reports/1', key })).status, 200, 'observed there');
    assert.equal(curl, `curl -i -H 'x-api-key: ${key}' ${seeded.gateway.url}/orders`);
    const { body } = await seeded.gateway.admin('GET', '/api/v1/keys?consumer=hooli');
    const [record] = body['items'] as readonly Record<string, unknown>[];
    assert.deepEqual(
      [record?.['scopes'], record?.['routes'], record?.['rate']],
      [['orders:read'], ['orders'], '50/1m'],
    );
    assert.ok(Number(record?.['expiresAtMs']) > Date.now() + 89 * 86_400_000, 'it ends in 90 days');
    await made.getByRole('button', { name: 'I have it' }).click();
    await page.getByRole('dialog').locator('.credential-line').waitFor();
    assert.equal((await page.content()).includes(key), false, 'the page has it no more');
    await tab.close();
  });

  test('a key that was made now is not judged by what it has no use for', async () => {
    const { keyId } = await seeded.gateway.createKey('fresh', ['orders:read', 'orders:write']);
    const tab = await browser.open(seeded.gateway, `/consumers?view=keys&key=${keyId}`);
    const health = tab.page.getByRole('region', { name: 'Health' });
    await health.getByText('Not used yet', { exact: true }).waitFor();
    await health.getByText('Its use has been watched for 0 days.').waitFor();
    assert.equal(await health.getByText(/Over-broad|Never used/).count(), 0);
    await tab.close();
  });

  test('one call is one call, and a revoked key says when it was, not when it would have ended', async () => {
    const made = await seeded.gateway.createKey('once', ['orders:read']);
    await seeded.gateway.admin('PUT', `/api/v1/keys/${made.keyId}`, { expiresAtMs: Date.now() + 86_400_000 });
    assert.equal(await status(made.key), 200);
    await seeded.gateway.recorded(1, ({ consumer }) => consumer === 'once');
    const revoked = await seeded.gateway.admin('POST', `/api/v1/keys/${made.keyId}/revoke`, {});
    assert.equal(revoked.status, 200);
    const tab = await browser.open(seeded.gateway, '/consumers?view=keys&status=revoked&consumer=once');
    const { page } = tab;
    const row = page.locator(`tr[data-key="${made.keyId}"]`);
    await row.getByText(/^revoked (now|\d+ s ago)$/).waitFor();
    assert.equal(await row.getByText(/^in \d/).count(), 0);
    await tab.go(`/consumers?view=keys&key=${made.keyId}`);
    const drawer = page.getByRole('dialog', { name: `Key ${made.keyId}` });
    await drawer.getByText(/Last 24 hours: 1 call, none denied/).waitFor();
    const facts = drawer.getByRole('region', { name: 'What it may' });
    await facts.getByRole('term').filter({ hasText: 'Revoked' }).waitFor();
    assert.equal(await facts.getByText('Ends', { exact: true }).count(), 0);
    await tab.close();
    const calls = await browser.open(seeded.gateway, '/calls?consumer=once');
    await calls.page.getByText('1 call', { exact: true }).waitFor();
    await calls.close();
  });

  test('what the gateway refuses is said, and the form stays as it was filled in', async () => {
    const tab = await browser.open(seeded.gateway, '/consumers');
    const { page } = tab;
    tab.expectFault(/422|ERR_FAILED/);
    await page.getByRole('button', { name: 'New key' }).click();
    const dialog = page.getByRole('dialog', { name: 'New key' });
    await dialog.getByLabel('Whose key').fill('acme');
    await dialog.getByLabel('Rate').fill('many');
    await dialog.getByRole('button', { name: 'Make the key' }).click();
    await dialog.getByRole('alert').waitFor();
    assert.equal(await dialog.getByLabel('Rate').getAttribute('aria-invalid'), 'true', 'at its field');
    await dialog.locator('input:focus').and(dialog.getByLabel('Rate')).waitFor();
    assert.equal(await dialog.getByLabel('Whose key').inputValue(), 'acme');
    await tab.checkAccessible('a key refused');
    await page.setViewportSize({ width: 390, height: 500 });
    await dialog.getByLabel('Whose key').fill('acme!');
    await dialog.getByLabel('Rate').fill('10/1m');
    await dialog.getByRole('button', { name: 'Make the key' }).click();
    await dialog.getByText('a consumer name is').waitFor();
    const { y = -1 } = (await dialog.getByLabel('Whose key').boundingBox()) ?? {};
    assert.ok(y > 0 && y < 500, 'in sight');
    await page.setViewportSize({ width: 1440, height: 900 });
    await dialog.getByLabel('Whose key').fill('acme');
    await dialog.getByLabel('Rate').fill('10/1m');
    await dialog.getByText('More', { exact: true }).click();
    await dialog.getByLabel('Only from these addresses').fill('home');
    await dialog.getByText('More', { exact: true }).click();
    await dialog.getByRole('button', { name: 'Make the key' }).click();
    await dialog.getByText('"home" is not an address block').waitFor();
    assert.equal(await dialog.getByLabel('Rate').getAttribute('aria-invalid'), 'false', 'what is mended is not marked');
    await dialog.getByLabel('Only from these addresses').fill('');
    await page.route('**/api/v1/keys', (route) => route.abort(), { times: 1 });
    await dialog.getByRole('button', { name: 'Make the key' }).click();
    await page.getByText('No key was made').waitFor();
    await dialog.getByRole('button', { name: 'Make the key' }).click();
    const made = page.getByRole('dialog', { name: 'The key of acme' });
    await made.waitFor();
    assert.equal(await page.getByText('No key was made').count(), 0, 'what failed before is over');
    for (let times = 0; times < 3; times++) await page.keyboard.press('Escape');
    await page.mouse.click(5, 5);
    assert.ok(await made.isVisible(), 'what is shown once goes by its buttons alone');
    await made.getByRole('button', { name: 'I have it' }).click();
    await made.waitFor({ state: 'detached' });
    await tab.close();
  });

  test('what is wrong with a consumer is told at its field, and not beside the form', async () => {
    const tab = await browser.open(seeded.gateway, '/consumers');
    const { page } = tab;
    tab.expectFault(/409|422/);
    await page.getByRole('button', { name: 'New consumer' }).click();
    const dialog = page.getByRole('dialog', { name: 'New consumer' });
    const fields = { Name: 'umbrella', Groups: 'partners beta', Tier: 'gold' };
    const refusedAt = async (label: keyof typeof fields, text: string, why: string): Promise<void> => {
      for (const [name, value] of Object.entries(fields)) await dialog.getByLabel(name).fill(value);
      await dialog.getByLabel(label).fill(text);
      await dialog.getByRole('button', { name: 'Register the consumer' }).click();
      const focused = dialog.getByLabel(label).and(dialog.locator(':focus'));
      await focused.and(dialog.locator('[aria-invalid="true"]')).waitFor();
      assert.match((await focused.getAttribute('aria-describedby')) ?? '', /-fault$/);
      await dialog.getByRole('alert').getByText(why).waitFor();
      await tab.checkAccessible(`${label} refused`);
      assert.equal(await page.locator('.toast').count(), 0);
    };
    await refusedAt('Name', 'umbrella corp', 'a consumer name is 1 to 64 of letters');
    await refusedAt('Groups', 'partners b/c', 'groups are at most 64 names');
    await refusedAt('Tier', 'gold, silver', 'a tier is a name of letters');
    await dialog.getByLabel('Tier').fill('');
    await dialog.getByLabel('Groups').fill('');
    await dialog.getByLabel('Name').fill('acme');
    await dialog.getByRole('button', { name: 'Register the consumer' }).click();
    await dialog.getByRole('alert').getByText('groups and tier of acme stand in the configuration').waitFor();
    await tab.close();
  });

  test('revoking a successor tells that the key it replaced still works, and ends both where that is wanted', async () => {
    const old = await seeded.gateway.createKey('globex', ['orders:read']);
    const rotated = await seeded.gateway.admin('POST', `/api/v1/keys/${old.keyId}/rotate`, { graceSeconds: 3_600 });
    const { key, keyId } = rotated.body as { readonly key: string; readonly keyId: string };
    const tab = await browser.open(seeded.gateway, `/consumers?view=keys&key=${keyId}`);
    const { page } = tab;
    await page.getByRole('button', { name: `Revoke ${keyId}` }).click();
    const confirm = page.getByRole('dialog', { name: `Revoke ${keyId}` });
    await confirm.getByText(/^The key \w+, which it replaced, still works until \d{4}-/).waitFor();
    await tab.checkAccessible('a successor to be revoked');
    await confirm.getByLabel(`Revoke ${old.keyId} too`).check();
    await confirm.getByRole('button', { name: 'Revoke both' }).click();
    await page.getByText(`The key ${keyId} is revoked`).waitFor();
    assert.deepEqual([await status(key), await status(old.key)], [401, 401]);
    await tab.close();
  });

  test('a key is rotated with a grace, and who still uses the old one is in sight', async () => {
    const old = await seeded.gateway.createKey('globex', ['orders:read']);
    assert.equal(await status(old.key), 200);
    const tab = await browser.open(seeded.gateway, `/consumers?view=keys&key=${old.keyId}`);
    const { page } = tab;
    const drawer = page.getByRole('dialog', { name: `Key ${old.keyId}` });
    await drawer.getByRole('button', { name: 'Rotate' }).click();
    await page.getByLabel('Grace of the old key').selectOption('3600');
    await page.getByRole('button', { name: 'Make the successor' }).click();
    const shown = page.getByRole('dialog', { name: /^The successor of/ });
    const key = await shown.getByRole('figure', { name: 'the key', exact: true }).locator('pre').innerText();
    await tab.checkAccessible('a successor shown once');
    assert.deepEqual([await status(key), await status(old.key)], [200, 200], 'both work in the grace');
    await seeded.send({ path: '/orders/2', key: old.key, agent: 'forgotten-cron/1' });
    await shown.getByRole('button', { name: 'I have it' }).click();
    await drawer.getByText('Still used').waitFor();
    await drawer.getByText('forgotten-cron/1').first().waitFor();
    await drawer.getByText('Old key in use').waitFor();
    const successor = String((await keyOf(old.keyId))['successorId']);
    const health = drawer.getByRole('region', { name: 'Health' });
    await health
      .getByText(new RegExp(`\\(by ${successor}, which is not used yet; ends .* UTC, in \\d+ min\\)`))
      .or(health.getByText(new RegExp(`\\(by ${successor}; ends .* UTC, in \\d+ min\\)`)))
      .waitFor();
    assert.equal(await health.getByText('Ends soon').count(), 0, 'that it ends is meant');
    await drawer.locator('canvas').waitFor();
    await drawer.getByText(/Last 24 hours: 3 calls, none denied; at most [123] in 1 h, from /).waitFor();
    await drawer.getByText('replaced', { exact: true }).waitFor();
    await tab.checkAccessible('an old key in use');
    await tab.picture('console-key-rotated');
    await drawer.getByRole('button', { name: 'Last 30 days' }).click();
    await drawer.getByText(/Last 30 days: 3 calls, none denied; at most [123] in 1 d, from /).waitFor();
    await drawer.getByRole('button', { name: 'As table' }).click();
    const days = page.getByRole('region', { name: 'Calls with this key in each day as a table' });
    await days.getByRole('row', { name: /replaced/ }).waitFor();
    assert.equal(await days.getByRole('row').count(), 31);
    await tab.checkAccessible('the use of a key as a table');
    await tab.checkFits('the use of a key as a table');
    assert.ok(Number((await keyOf(old.keyId))['expiresAtMs']) <= Date.now() + 3_600_000);
    await tab.close();
  });

  test('disabled, enabled, confined and revoked: the gateway does each before the page says so', async () => {
    const made = await seeded.gateway.createKey('globex', ['orders:read']);
    const tab = await browser.open(seeded.gateway, `/consumers?view=keys&key=${made.keyId}`);
    const { page } = tab;
    const drawer = page.getByRole('dialog', { name: `Key ${made.keyId}` });
    await drawer.getByText('Nobody has used it yet.').waitFor();
    await drawer.getByText('Not used yet', { exact: true }).waitFor();
    await drawer.getByRole('button', { name: 'Disable' }).click();
    await page.getByText(`The key ${made.keyId} is disabled`).waitFor();
    assert.equal(await status(made.key), 401);
    await tab.checkAccessible('a disabled key');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText(`The key ${made.keyId} is in use again`).waitFor();
    assert.equal(await status(made.key), 200);
    await drawer.getByRole('button', { name: 'Change rights' }).click();
    const confine = page.getByRole('dialog', { name: `Change the rights of ${made.keyId}` });
    await confine.getByLabel('pages', { exact: true }).check();
    assert.ok(await confine.getByLabel('orders:read').isChecked());
    await confine.getByLabel('Other scopes').fill('orders:write');
    await confine.getByLabel('Only from these addresses').fill('127.0.0.0/8');
    await confine.getByLabel('It ends').selectOption('30');
    await tab.checkAccessible('the rights of a key being changed');
    await confine.getByRole('button', { name: 'Save' }).click();
    await page.getByText(`The rights of ${made.keyId} are changed`).waitFor();
    const { routes, scopes, allowedCidrs, expiresAtMs } = await keyOf(made.keyId);
    assert.deepEqual([routes, scopes, allowedCidrs], [['pages'], ['orders:read', 'orders:write'], ['127.0.0.0/8']]);
    assert.ok(Math.abs(Number(expiresAtMs) - Date.now() - 30 * 86_400_000) < 60_000);
    assert.equal(await status(made.key), 403);
    await drawer.getByRole('button', { name: `Revoke ${made.keyId}` }).click();
    const confirm = page.getByRole('dialog', { name: `Revoke ${made.keyId}` });
    await tab.checkAccessible('a revocation asked for');
    await confirm.getByRole('button', { name: `Revoke ${made.keyId}` }).click();
    await page.getByText(`The key ${made.keyId} is revoked`).waitFor();
    assert.equal(await status(made.key), 401);
    await drawer.getByText('revoked in the console').waitFor();
    await tab.checkAccessible('a revoked key');
    await tab.close();
  });

  test('many keys are revoked only when their number is typed, and those that do not fit stay', async () => {
    for (const name of ['bulk-1', 'bulk-2', 'bulk-3'])
      await seeded.gateway.admin('POST', '/api/v1/keys', { consumer: 'umbrella', name });
    const tab = await browser.open(seeded.gateway, '/consumers?view=keys&consumer=umbrella');
    const { page } = tab;
    await page.locator('tr[data-key]').nth(2).waitFor();
    await page.getByRole('button', { name: 'Revoke many' }).click();
    const dialog = page.getByRole('dialog', { name: 'Revoke many keys' });
    const button = dialog.getByRole('button', { name: 'Revoke 3 keys' });
    await button.click({ force: true });
    await tab.checkAccessible('many keys about to be revoked');
    assert.equal(await dialog.count(), 1, 'nothing happens until the number is typed');
    await dialog.getByLabel('Type 3 to go on').fill('3');
    await button.click();
    await page.getByText('3 keys are revoked').waitFor();
    await page.getByText('No key passes these filters').waitFor();
    await tab.checkAccessible('no key left');
    assert.equal(await status(seeded.keys.acme.key), 200, 'others stay');
    await tab.close();
  });

  test('a consumer that is disabled is refused with all its keys, and the way back is one step', async () => {
    const tab = await browser.open(seeded.gateway, '/consumers?owner=globex');
    const { page } = tab;
    await page.getByRole('button', { name: 'Disable globex' }).click();
    await page.getByText('globex is disabled').waitFor();
    assert.equal(await status(seeded.keys.globex.key), 401);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('globex may call again').waitFor();
    assert.equal(await status(seeded.keys.globex.key), 200);
    const change = page.getByRole('button', { name: 'Change groups and tier' });
    assert.equal(await change.getAttribute('title'), 'the configuration says them: change it there');
    await seeded.gateway.admin('PUT', '/api/v1/consumers/pied-piper', { groups: ['partners'] });
    await tab.go('/consumers?owner=pied-piper');
    await page.getByRole('dialog', { name: 'pied-piper' }).waitFor();
    await change.click();
    await page.getByLabel('Groups').fill('partners beta');
    await page.getByLabel('Tier').fill('gold');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('pied-piper is changed').waitFor();
    const { body } = await seeded.gateway.admin('GET', '/api/v1/consumers/pied-piper');
    assert.deepEqual([body['groups'], body['tier'], body['disabled']], [['partners', 'beta'], 'gold', false]);
    await tab.close();
  });

  test('keys are found by what weakens them; those that can be guessed stand out', async () => {
    const tab = await browser.open(seeded.gateway, '/consumers?view=keys');
    const { page } = tab;
    await page.locator('tr[data-key]').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('weakness:leaked');
    await page.keyboard.press('Enter');
    await page.waitForURL(/weakness=leaked/);
    await page.locator('tr[data-key]').nth(1).waitFor({ state: 'detached' });
    await page.locator('tr[data-key]').getByText('Leaked').last().waitFor();
    await page.route('**/api/v1/findings?*', (route) =>
      route.fulfill({
        json: { items: [{ id: 'a'.repeat(16), actor: 'key keys', title: 'keys keys are sequential' }] },
      }),
    );
    await page.goto('/consumers?view=keys');
    await page.getByText('Imported keys can be guessed').waitFor();
    await page.locator('tr[data-key]').getByText('Predictable').last().waitFor();
    await tab.checkAccessible('keys that can be guessed');
    await page.goto('/consumers?view=keys&weakness=predictable');
    await page.locator('tr[data-key]').first().waitFor();
    assert.equal(await page.locator('tr[data-key]').count(), 2, 'the imported ones alone');
    await tab.close();
  });

  test('by keyboard alone: to the page, to a key, and a successor for it', async () => {
    const made = await seeded.gateway.createKey('hooli-2', ['orders:read']);
    const tab = await browser.open(seeded.gateway, '/calls');
    const { page } = tab;
    const keys = async (...pressed: readonly string[]): Promise<void> => {
      for (const key of pressed) await page.keyboard.press(key);
    };
    /** Goes on with Tab until a button has the focus, and presses it. */
    const press = async (name: string): Promise<void> => {
      for (let tabs = 0; tabs < 40; tabs++) {
        const focused = (await page.evaluate('document.activeElement?.textContent?.trim() ?? ""')) as string;
        if (focused === name) return keys('Enter');
        await keys('Tab');
      }
      throw new Error(`no way to ${name} by Tab`);
    };
    await page.locator('tr[data-key]').first().waitFor();
    await keys('g', 'k');
    await page.getByRole('heading', { name: 'Consumers & keys' }).waitFor();
    await page.locator('tr[data-key]').first().waitFor();
    await press('Keys');
    await page.waitForURL(/view=keys/);
    await keys('/');
    await page.keyboard.type('consumer:hooli-2');
    await keys('Enter', 'Escape');
    await page.locator('tr[data-key]').nth(1).waitFor({ state: 'detached' });
    await page.locator(`tr[data-key="${made.keyId}"]`).waitFor();
    await keys('j');
    await page.locator('.row-link:focus').waitFor();
    await keys('Enter');
    await page
      .getByRole('dialog', { name: `Key ${made.keyId}` })
      .getByText('Not used yet', { exact: true })
      .waitFor();
    await press('Rotate');
    await page.getByRole('dialog', { name: `Rotate ${made.keyId}` }).waitFor();
    await press('Make the successor');
    await page.getByRole('dialog', { name: `The successor of ${made.keyId}` }).waitFor();
    await press('I have it');
    await page.getByText('Nobody has used it yet.').waitFor();
    assert.notEqual((await keyOf(made.keyId))['successorId'], '');
    await keys('Escape');
    await page.waitForURL((url) => !url.searchParams.has('key'));
    await tab.close();
  });

  test('who may only look is told what it takes, and nothing is asked of the gateway', async () => {
    const tab = await browser.open(seeded.gateway, '/consumers');
    const { page } = tab;
    await page.route('**/api/v1/session', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ json: { ...((await answer.json()) as object), role: 'viewer' } });
    });
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.method() !== 'GET') asked.push(request.url());
    });
    await page.goto(`/consumers?key=${seeded.keys.acme.keyId}`);
    const drawer = page.getByRole('dialog');
    for (const name of ['Rotate', 'Disable', 'Change rights', `Revoke ${seeded.keys.acme.keyId}`]) {
      const button = drawer.getByRole('button', { name });
      await button.waitFor();
      assert.equal(await button.getAttribute('title'), 'needs the role operator');
      await button.click({ force: true });
    }
    assert.equal(await page.getByRole('dialog').count(), 1);
    assert.deepEqual(asked, []);
    await tab.checkAccessible('a key for who may only look');
    await tab.close();
  });
});

/** Traffic, a key that was sent in an address, keys of another make, and one nobody used. */
async function seedCredentials(seeded: SeededGateway): Promise<void> {
  const { gateway, keys, send } = seeded;
  await sendTraffic(seeded, 3);
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const imported = ['customer-7001-key', 'customer-7002-key'].map((text) => ({
    consumer: 'initech',
    name: 'old portal',
    sha256: sha256(text),
  }));
  await gateway.admin('POST', '/api/v1/keys/import', { keys: imported });
  await gateway.admin('POST', '/api/v1/keys', {
    consumer: 'acme',
    name: 'nightly export',
    scopes: ['orders:read', 'orders:write'],
    routes: ['orders:GET'],
    rate: '100/1m',
    expiresAtMs: Date.now() + 3 * 86_400_000,
  });
  const leaky = await gateway.createKey('globex', ['orders:read']);
  await send({ path: `/orders/1?api_key=${leaky.key}`, key: keys.globex.key });
  for (const giveUpAt = Date.now() + 10_000; ; ) {
    const { body } = await gateway.admin('GET', '/api/v1/findings?detector=leak.key_in_query');
    if ((body['items'] as readonly unknown[]).length > 0) return;
    if (Date.now() > giveUpAt) throw new Error('the leaked key was not found');
  }
}
