import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { changedText, editorOf, withoutGlobex } from './configuration-texts.ts';
import { ConsoleBrowser } from './console-browser.ts';
import { CuttableLine } from './cuttable-line.ts';
import { ATTACK, type SeededGateway, sendTraffic, startGateway } from './seeded-gateway.ts';

describe('the page of policies', { timeout: 170_000 }, () => {
  let seeded: SeededGateway;
  let browser: ConsoleBrowser;
  let written = '';
  before(async () => {
    browser = await ConsoleBrowser.start();
    seeded = await startGateway();
    await sendTraffic(seeded, 6);
    written = readFileSync(seeded.gateway.configFile, 'utf8');
  });
  after(async () => {
    await browser?.close();
    await seeded?.stop();
  });

  const onDisk = (): string => readFileSync(seeded.gateway.configFile, 'utf8');
  const changed = (from: string, to: string): string => changedText(written, from, to);
  const stricter = (): string => withoutGlobex(written);
  const globex = () => seeded.send({ path: '/orders/1', key: seeded.keys.globex.key });
  const hacked = () => seeded.send({ path: `/products?name=${encodeURIComponent(ATTACK)}` });

  test('tells a mistake at its line, with why and fix, and leads there', async () => {
    const tab = await browser.open(seeded.gateway, '/policies');
    const { page } = tab;
    const text = changed('mode: observe', 'mode: obserwe');
    await editorOf(page).fill(text);
    await page.getByText('1 error', { exact: true }).waitFor();
    const line = text.split('\n').findIndex((one) => one.includes('obserwe')) + 1;
    await page.getByText('Fix', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: `line ${line}, column` }).click();
    await tab.until(
      `document.activeElement?.value?.slice(0, document.activeElement.selectionStart).split('\\n').length === ${line}`,
    );
    assert.equal(await page.locator('.editor-line[data-mark="error"] .editor-number').innerText(), String(line));
    assert.equal(await page.getByRole('button', { name: 'Apply…' }).getAttribute('aria-disabled'), 'true');
    await page.keyboard.press('Home');
    await page.keyboard.press('End');
    await page.keyboard.type(' # x');
    await page.keyboard.press('Enter');
    await page.keyboard.type('# same indentation');
    assert.match(await editorOf(page).inputValue(), /obserwe # x\n {4}# same indentation\n/);
    assert.equal(onDisk(), written, 'nothing is written by writing');
    await tab.close();
  });

  test('a file on disk that does not load is not said to be in force, by its page or the overview', async () => {
    const text = changed('upstream: shop\n    mode: observe', 'upstream: nobody\n    mode: observe');
    const line = text.split('\n').findIndex((one) => one.includes('nobody')) + 1;
    writeFileSync(seeded.gateway.configFile, text);
    try {
      await seeded.gateway.admin('POST', '/api/v1/config/reload');
      const tab = await browser.open(seeded.gateway, '/');
      const { page } = tab;
      const said = new RegExp(
        `^The file sallyport.yaml does not load, line ${line}: .*the version before it is in force`,
      );
      await page.getByRole('link', { name: said }).click();
      await page.getByText('The file on disk does not load; the version before it is in force.').waitFor();
      await page.getByText('does not load', { exact: true }).waitFor();
      assert.equal(await page.getByText('as it is in force').count(), 0);
      await tab.checkAccessible('a file that does not load');
      await page.getByRole('button', { name: `Go to line ${line}` }).click();
      await tab.until(
        `document.activeElement?.value?.slice(0, document.activeElement.selectionStart).split('\\n').length === ${line}`,
      );
      assert.equal(await page.locator('.editor-line[data-mark="error"] .editor-number').innerText(), String(line));
      await page.route('**/api/v1/session', (route) =>
        route.fulfill({ json: { role: 'viewer', name: 'eve', csrfToken: 'x', expiresAt: Date.now() + 60_000 } }),
      );
      await page.reload();
      await page
        .getByRole('region', { name: 'Check' })
        .getByRole('button', { name: `line ${line}, column` })
        .first()
        .waitFor();
      await page.unroute('**/api/v1/session');
      await page.reload();
      await page.getByText('does not load', { exact: true }).waitFor();
      await editorOf(page).fill(written);
      await page.getByText('Would load').waitFor();
      await page.getByRole('button', { name: 'Apply…' }).click();
      await page.getByRole('button', { name: 'Apply', exact: true }).click();
      await page.getByText('as it is in force').waitFor();
      assert.equal(await page.getByText('does not load').count(), 0);
      assert.equal(await page.getByRole('button', { name: /Undo|Take back/ }).count(), 0, 'to nothing that would load');
      await tab.close();
    } finally {
      writeFileSync(seeded.gateway.configFile, written);
      await seeded.gateway.admin('POST', '/api/v1/config/reload');
    }
  });

  test('a file that is gone is told at once, with what is in force, and the page goes on when it is back', async () => {
    const [tab, overview] = [await browser.open(seeded.gateway, '/policies'), await browser.open(seeded.gateway, '/')];
    const { page } = tab;
    const trouble = overview.page
      .getByRole('list', { name: 'What is wrong' })
      .getByText('the version before it is in force');
    await page.getByText('as it is in force').waitFor();
    await overview.page.getByRole('region', { name: 'The gateway itself' }).waitFor();
    assert.equal(await trouble.count(), 0);
    rmSync(seeded.gateway.configFile);
    try {
      await page.getByText('The file cannot be read; the version before it is in force.').waitFor({ timeout: 5_000 });
      await trouble.waitFor({ timeout: 5_000 });
      await page.getByText(seeded.gateway.configFile, { exact: true }).waitFor();
      await page.getByText('What is in force, without its secrets').click();
      await page.getByText('"id": "orders"').waitFor();
      await tab.checkAccessible('a file that is gone');
    } finally {
      writeFileSync(seeded.gateway.configFile, written);
    }
    await page.getByText('as it is in force').waitFor({ timeout: 5_000 });
    await trouble.waitFor({ state: 'detached', timeout: 5_000 });
    assert.equal(await editorOf(page).inputValue(), written);
    await tab.close();
    await overview.close();
  });

  test('replays before it applies, applies, and takes back', async () => {
    const tab = await browser.open(seeded.gateway, '/policies');
    const { page } = tab;
    await editorOf(page).fill(stricter());
    await page.getByText('Would load').waitFor();
    await page.getByRole('button', { name: 'Replay', exact: true }).click();
    await page.getByText(/recorded calls 12 would be newly denied/).waitFor();
    const byRule = page.getByRole('region', { name: 'What changes, by rule' });
    assert.match(await byRule.getByRole('row').nth(1).innerText(), /authz\.denied no-globex[\s\S]*Newly denied\s+12/);
    await page.getByRole('button', { name: 'By caller' }).click();
    await page.getByRole('region', { name: 'What changes, by caller' }).getByText('globex').waitFor();
    await page.getByRole('button', { name: 'By route' }).click();
    await page.getByRole('region', { name: 'What changes, by route' }).getByText('orders').waitFor();
    await editorOf(page).focus();
    await page.keyboard.press('Control+s');
    const dialog = page.getByRole('dialog', { name: 'Apply the configuration' });
    await dialog.getByText('12 newly denied').waitFor();
    await dialog.getByText(seeded.gateway.configFile, { exact: true }).waitFor();
    await dialog.getByText('sallyport.yaml.previous', { exact: true }).waitFor();
    assert.equal((await globex()).status, 200);
    await page.getByRole('button', { name: 'Apply', exact: true }).click();
    await page.getByText('The configuration is in force').waitFor();
    assert.equal((await globex()).status, 403, 'in force when the page says so');
    assert.equal(onDisk(), stricter());
    await page.getByText('as it is in force').waitFor();
    await page.getByText('The file was changed since: this is next to the one before.').waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    const topOf = async (name: string) => (await page.getByRole('button', { name, exact: true }).boundingBox())?.y;
    assert.equal(await topOf('Apply…'), await topOf('Take back… the last change'), 'side by side');
    await page.getByRole('button', { name: 'Take back… the last change' }).click();
    const back = page.getByRole('dialog', { name: 'Take back the last change' });
    await back.getByText('1 line added, 1 removed').waitFor();
    await back.getByRole('region', { name: 'What is applied' }).getByText('globex').first().waitFor();
    assert.equal(onDisk(), stricter(), 'nothing is taken back before it is confirmed');
    await back.getByRole('button', { name: 'Take it back' }).click();
    await page.getByText('The former configuration is in force again').waitFor();
    assert.equal(await page.getByText('The file was changed since').count(), 0);
    assert.equal((await globex()).status, 200);
    assert.equal(onDisk(), written);
    assert.equal(await editorOf(page).inputValue(), written, 'and the screen shows it');
    await page.getByRole('link', { name: 'call 1' }).click();
    await page.getByRole('dialog', { name: 'GET /orders' }).waitFor();
    await page.goto('/policies');
    await page.getByRole('button', { name: 'Put back… the last change' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Put it back' }).click();
    await page.getByText('The change is in force again').waitFor();
    assert.equal(onDisk(), stricter(), 'the way back is there until the next change');
    await page.getByRole('button', { name: 'Take back… the last change' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take it back' }).click();
    await page.getByText('as it is in force').waitFor();
    await tab.until(`document.querySelector('textarea').value === ${JSON.stringify(written)}`);
    assert.equal(onDisk(), written);
    await tab.close();
  });

  test('where the stream tells of a change before its answer is there, the way back is offered all the same', async () => {
    const tab = await browser.open(seeded.gateway, '/policies');
    const { page } = tab;
    await editorOf(page).fill(stricter());
    await page.getByText('Would load').waitFor();
    await page.route('**/api/v1/config', async (route) => {
      if (route.request().method() !== 'PUT') return route.continue();
      const readAnew = page.waitForResponse((read) => read.url().endsWith('/api/v1/config') && read.ok());
      const response = await route.fetch();
      await (await readAnew).finished();
      await route.fulfill({ response });
    });
    await page.getByRole('button', { name: 'Apply…' }).click();
    await page.getByRole('button', { name: 'Apply', exact: true }).click();
    await page.getByText('The configuration is in force').waitFor();
    await page.getByRole('button', { name: 'Take back… the last change' }).click();
    const back = page.getByRole('dialog', { name: 'Take back the last change' });
    await back.getByText('1 line added, 1 removed').waitFor();
    await page.unroute('**/api/v1/config');
    await back.getByRole('button', { name: 'Take it back' }).click();
    await page.getByText('The former configuration is in force again').waitFor();
    assert.equal(onDisk(), written);
    await tab.close();
  });

  test('a file that somebody else changed is not written over: both are shown, and a person decides', async () => {
    const tab = await browser.open(seeded.gateway, '/policies');
    const { page } = tab;
    await editorOf(page).fill(stricter());
    await page.getByText('Would load').waitFor();
    const theirs = changed('unmatched: deny', '# theirs\nunmatched: deny');
    await page.getByRole('button', { name: 'Apply…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Apply the configuration' });
    writeFileSync(seeded.gateway.configFile, theirs);
    await dialog.getByText('The file was changed meanwhile.').waitFor();
    assert.equal(
      await dialog.getByRole('button', { name: 'Apply', exact: true }).getAttribute('aria-disabled'),
      'true',
      'before it is confirmed',
    );
    await page.keyboard.press('Escape');
    await page.getByText('The file was changed meanwhile.').waitFor();
    assert.equal(onDisk(), theirs, 'theirs stands');
    assert.equal((await globex()).status, 200);
    await tab.checkAccessible('a file that was changed meanwhile');
    await page.getByRole('button', { name: 'See the changes' }).click();
    await page.getByRole('region', { name: 'Changes' }).getByText('# theirs').waitFor();
    await page.getByRole('button', { name: 'Drop mine' }).click();
    await page.getByText('as it is in force').waitFor();
    await page.getByRole('button', { name: 'Text', exact: true }).click();
    assert.equal(await editorOf(page).inputValue(), theirs);
    writeFileSync(seeded.gateway.configFile, written);
    await tab.close();
  });

  test('where nobody told that the file was changed, applying says so and shows what it is now', async () => {
    const tab = await browser.open(seeded.gateway, '/policies');
    tab.expectFault(/409 \(Conflict\)|ERR_FAILED/);
    const { page } = tab;
    await page.getByText('as it is in force').waitFor();
    await page.route('**/api/v1/stream*', (route) => route.abort());
    await page.reload();
    await editorOf(page).fill(stricter());
    await page.getByText('Would load').waitFor();
    const theirs = changed('unmatched: deny', '# theirs\nunmatched: deny');
    writeFileSync(seeded.gateway.configFile, theirs);
    await page.getByRole('button', { name: 'Apply…' }).click();
    await page.getByRole('button', { name: 'Apply', exact: true }).click();
    await page.getByText('The configuration is not applied').waitFor();
    await page.getByText('The file was changed meanwhile.').waitFor();
    assert.equal(onDisk(), theirs, 'theirs stands');
    writeFileSync(seeded.gateway.configFile, written);
    await tab.close();
  });

  test('a replay that runs is ended, and the next one is not in its way', async () => {
    const tab = await browser.open(seeded.gateway, '/policies');
    tab.expectFault(/409 \(Conflict\)/);
    const { page } = tab;
    const idle = page.getByText('Judges recorded calls by this text');
    await page.getByText('Would load').waitFor();
    // One that is over before the click arrives cannot be ended: then the next is tried.
    for (let tries = 0; ; tries++) {
      await page.getByRole('button', { name: 'Replay', exact: true }).click();
      await page.getByRole('button', { name: 'Cancel', exact: true }).click();
      await idle.or(page.getByText(/recorded calls 0 would be newly denied/)).waitFor();
      if (await idle.isVisible()) break;
      assert.ok(tries < 10, 'a replay could be ended');
    }
    const { body } = await seeded.gateway.admin('GET', '/api/v1/config/replay');
    assert.equal(body['running'], false);
    await page.getByRole('button', { name: 'Replay', exact: true }).click();
    await page.getByText(/recorded calls 0 would be newly denied/).waitFor();
    await tab.close();
  });

  test('what cannot be done says so, and the screen goes on telling what is', async () => {
    const line = await CuttableLine.to(seeded.gateway.adminPort);
    try {
      const tab = await browser.open(seeded.gateway, '/policies', { port: line.port });
      tab.expectFault(/ERR_|Failed to load resource/);
      const { page } = tab;
      await editorOf(page).fill(stricter());
      await page.getByText('Would load').waitFor();
      await page.getByRole('button', { name: 'Apply…' }).click();
      line.cut();
      await page.getByRole('button', { name: 'Apply', exact: true }).click();
      await page.getByText('The configuration is not applied').waitFor();
      await page.getByText('1 line added, 1 removed', { exact: true }).waitFor();
      assert.equal(await editorOf(page).inputValue(), stricter(), 'what was written is still there');
      assert.equal(onDisk(), written);
      await page.getByRole('button', { name: 'Replay', exact: true }).click();
      await page.getByRole('alert').getByText('The gateway cannot be reached').first().waitFor();
      await tab.checkAccessible('a replay that failed');
      line.mend();
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByText(/recorded calls [1-9]\d* would be newly denied/).waitFor();
      await tab.close();
    } finally {
      await line.close();
    }
  });

  test('a route and a stage are enforced and observed, after a look at what that would do, and back', async () => {
    const tab = await browser.open(seeded.gateway, '/policies?view=modes');
    const { page } = tab;
    const anonymous = () => seeded.send({ path: '/reports/1' });
    const stage = (route: string, name: string) =>
      page.getByRole('row', { name: new RegExp(`^${route}`) }).getByRole('cell', { name: new RegExp(`^${name}`) });
    assert.equal((await anonymous()).status, 200);
    await page.getByRole('button', { name: 'Enforce the route reports' }).click();
    await page.getByRole('dialog').getByText('in the last 24 hours, it would have denied').waitFor();
    await tab.checkAccessible('what enforcing would do');
    await page.getByRole('dialog').getByRole('button', { name: 'Enforce', exact: true }).click();
    await page.getByText('The route reports is enforced').waitFor();
    assert.equal((await anonymous()).status, 401);
    await page.getByText('by command', { exact: true }).waitFor();
    await stage('reports', 'enforced').nth(7).waitFor();
    assert.equal(await stage('reports', 'enforced').count(), 8, 'every stage shows it');
    await page.getByRole('button', { name: 'Take back the mode of route reports' }).click();
    await page.getByText('For the route reports the file counts again').waitFor();
    assert.equal((await anonymous()).status, 200);
    await stage('reports', 'observed').nth(5).waitFor();
    assert.equal(await stage('reports', 'observed').count(), 6, 'all but those before the route is known');
    await page.getByRole('button', { name: /^authenticate\b.*observe it on every route$/ }).click();
    await page.getByRole('dialog').getByText('What is observed is recorded and goes through').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Observe', exact: true }).click();
    await page.getByText('The stage authenticate is observed').waitFor();
    assert.notEqual((await seeded.send({ path: '/orders/1' })).status, 401);
    await stage('orders', 'observed').first().waitFor();
    assert.equal(await stage('orders', 'observed').count(), 1);
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await page.getByText('The stage authenticate is as it was before').waitFor();
    assert.equal((await seeded.send({ path: '/orders/1' })).status, 401);
    await tab.close();
  });

  test('calls of no route have a row of their own, with their switch', async () => {
    const tab = await browser.open(seeded.gateway, '/policies?view=modes');
    const { page } = tab;
    const stray = async () => (await seeded.send({ path: '/nowhere' })).status;
    assert.equal(await stray(), 404);
    const row = page.getByRole('row', { name: /^Calls of no route/ });
    await row.getByText('denied', { exact: true }).waitFor();
    await row.getByRole('button', { name: 'Observe for calls of no route' }).click();
    await page.getByRole('dialog').getByText('calls that match none are denied by it').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Observe', exact: true }).click();
    await row.getByText('go to shop').waitFor();
    assert.equal(await stray(), 200);
    await tab.checkAccessible('calls of no route that go on');
    await row.getByRole('button', { name: 'Enforce for calls of no route' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Enforce', exact: true }).click();
    await row.getByText('denied', { exact: true }).waitFor();
    assert.equal(await stray(), 404);
    await tab.close();
  });

  test('one stage of one route is observed and enforced, after a look at what that would do, and back', async () => {
    const tab = await browser.open(seeded.gateway, '/policies?view=modes');
    const { page } = tab;
    const unscoped = (path: string) => seeded.send({ path, key: seeded.keys.initech.key });
    assert.equal((await unscoped('/orders/1')).status, 403);
    await page.getByRole('button', { name: 'enforced: observe authorise of orders' }).click();
    const dialog = page.getByRole('dialog', { name: 'Observe the stage authorise of the route orders' });
    await dialog.getByText(/[1-9]\d* of them by this stage/).waitFor();
    await tab.checkAccessible('what observing one stage would do');
    await dialog.getByRole('button', { name: 'Observe', exact: true }).click();
    await page.getByText('The stage authorise of the route orders is observed').waitFor();
    assert.equal((await unscoped('/orders/1')).status, 200);
    assert.equal((await seeded.send({ path: '/orders/1' })).status, 401, 'the other stages enforce');
    await page.getByRole('button', { name: 'observed, by the route’s own word: enforce authorise of orders' }).click();
    const back = page.getByRole('dialog', { name: 'Enforce the stage authorise of the route orders' });
    await back.getByText('in the last 24 hours, it would have denied').waitFor();
    await back.getByText('authz.scope').waitFor();
    await page.keyboard.press('Escape');
    await tab.checkAccessible('a stage with its own mode');
    await tab.picture('console-policies-stage');
    await page.getByRole('button', { name: 'Take back the mode of stage of a route authorise@orders' }).click();
    await page.getByText('For the stage authorise of the route orders the file counts again').waitFor();
    assert.equal((await unscoped('/orders/1')).status, 403);
    await page.getByRole('button', { name: 'enforced: observe authorise of orders' }).waitFor();
    await tab.close();
  });

  test('an exception is added, says what it lets through, is removed, and put back', async () => {
    const tab = await browser.open(seeded.gateway, '/policies?view=exceptions');
    tab.expectFault(/422 \(Unprocessable/);
    const { page } = tab;
    await page.getByRole('button', { name: 'Add an exception' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add an exception' });
    assert.equal(await dialog.getByRole('button', { name: 'Add it' }).getAttribute('aria-disabled'), 'true');
    await dialog.getByLabel('At which place').fill('not a place');
    await dialog.getByRole('button', { name: 'Add it' }).click();
    await dialog.getByText('Nothing was added').waitFor();
    await tab.checkAccessible('an exception that is refused');
    await dialog.getByLabel('On which route').selectOption('products');
    await dialog.getByLabel('At which place').fill('query.name');
    await dialog.getByLabel('Why').fill('names of shoes');
    assert.equal((await hacked()).status, 403);
    await dialog.getByRole('button', { name: 'Add it' }).click();
    await page.getByText('The exception is in force').waitFor();
    for (let calls = 0; calls < 3; calls++) assert.equal((await hacked()).status, 200);
    await page.reload();
    const row = page.getByRole('row', { name: /sqli at query\.name/ });
    await row.getByRole('cell', { name: '3', exact: true }).waitFor();
    await tab.checkAccessible('exceptions');
    await tab.checkFits('exceptions');
    await row.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('sqli is refused again at query.name of products').waitFor();
    await page.getByText('There is no exception').waitFor();
    assert.equal((await hacked()).status, 403);
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await page.getByText('The exception is back, until').waitFor();
    assert.equal((await hacked()).status, 200);
    await row.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('There is no exception').waitFor();
    await tab.close();
  });

  test('a rule that was made from filters is put into its route', async () => {
    const tab = await browser.open(seeded.gateway, '/calls?consumer=initech&route=orders');
    const { page } = tab;
    await page.getByRole('button', { name: 'Make a rule' }).click();
    await page.getByRole('button', { name: 'Take it to Policies' }).click();
    await page.getByRole('heading', { name: 'A rule for orders' }).waitFor();
    await tab.checkAccessible('a rule from the calls');
    await page.getByRole('button', { name: 'Put it into the route' }).click();
    await page.getByText('Would load').waitFor();
    assert.match(await editorOf(page).inputValue(), /deny: \[\{ name: from-calls, consumers: \["initech"\] \}\]/);
    assert.equal(onDisk(), written, 'nothing is applied yet');
    await tab.close();
  });

  test('without the role it shows what there is, says why not, and the gateway would refuse', async () => {
    const tab = await browser.open(seeded.gateway, '/policies');
    const { page } = tab;
    await page.getByText('Would load').waitFor();
    // The page believes what the session says; the gateway is asked by who it really is, in the tests of the admin API.
    await page.route('**/api/v1/session', (route) =>
      route.fulfill({ json: { role: 'viewer', name: 'eve', csrfToken: 'x', expiresAt: Date.now() + 60_000 } }),
    );
    await page.reload();
    await page.getByRole('textbox', { name: 'The configuration' }).waitFor();
    assert.equal(await editorOf(page).isEditable(), false);
    for (const name of ['Apply…', 'Replay'])
      assert.equal(await page.getByRole('button', { name, exact: true }).getAttribute('aria-disabled'), 'true', name);
    await page.getByRole('button', { name: 'Modes', exact: true }).click();
    const enforce = page.getByRole('button', { name: 'Enforce the route reports' });
    assert.match((await enforce.getAttribute('title')) ?? '', /needs the role operator/);
    await enforce.click({ force: true });
    assert.equal(await page.getByRole('dialog').count(), 0);
    await tab.close();
  });
});
