import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { changedText, editorOf, withoutGlobex } from './configuration-texts.ts';
import { ConsoleBrowser, LOOKS } from './console-browser.ts';
import { type SeededGateway, sendTraffic, startGateway } from './seeded-gateway.ts';

const box = async (of: Locator) => (await of.boundingBox()) ?? assert.fail('it is there');

describe('the page of policies in every look', { timeout: 170_000 }, () => {
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

  for (const { theme, width } of LOOKS)
    test(`shows the file, what is wrong with a text and what it would do, ${theme} and ${width}`, async () => {
      const tab = await browser.open(seeded.gateway, '/policies', { theme, width });
      const { page } = tab;
      await page.getByText('Would load, 2 warnings').waitFor();
      await tab.checkAccessible('the configuration');
      await tab.checkFits('the configuration');
      await editorOf(page).fill(
        changedText(written, 'mode: observe', 'mode: obserwe').replace('unmatched: deny', 'unmached: deny'),
      );
      await page.getByText('2 errors').waitFor();
      await tab.checkAccessible('a configuration with errors');
      await tab.checkFits('a configuration with errors');
      await tab.picture(`console-policies-errors-${theme}-${width}`);
      await editorOf(page).fill(withoutGlobex(written));
      await page.getByText('Would load').waitFor();
      await page.getByRole('button', { name: 'Changes', exact: true }).click();
      await page.getByRole('button', { name: 'Replay', exact: true }).click();
      await page.getByText(/recorded calls 12 would be newly denied/).waitFor();
      await tab.checkAccessible('a replay');
      await tab.checkFits('a replay');
      await tab.picture(`console-policies-replay-${theme}-${width}`);
      await page.getByRole('button', { name: 'Apply…' }).click();
      await page.getByRole('dialog', { name: 'Apply the configuration' }).getByText('12 newly denied').waitFor();
      await tab.checkAccessible('the last look');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Drop', exact: true }).click();
      await page.getByRole('button', { name: 'Modes', exact: true }).click();
      await page.getByRole('rowheader', { name: /reports/ }).waitFor();
      await tab.checkAccessible('modes');
      await tab.checkFits('modes');
      await tab.picture(`console-policies-modes-${theme}-${width}`);
      await page.getByRole('button', { name: 'Exceptions', exact: true }).click();
      await page.getByText('There is no exception').waitFor();
      await tab.checkAccessible('no exception');
      await tab.checkFits('no exception');
      await page.getByRole('button', { name: 'Add an exception' }).click();
      await page.getByRole('dialog', { name: 'Add an exception' }).waitFor();
      await tab.checkAccessible('an exception is asked for');
      await tab.close();
    });

  test('the editor shows its caret after a paste, and begins at the left where all of it is replaced', async () => {
    const tab = await browser.open(seeded.gateway, '/policies');
    const { page } = tab;
    const editor = editorOf(page);
    const scrolled = async (): Promise<readonly number[]> => {
      // Until what was put in is drawn.
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
      return page.locator('.editor').evaluate((element) => [element.scrollLeft, element.scrollTop]);
    };
    const keys = async (...pressed: readonly string[]): Promise<void> => {
      for (const key of pressed) await page.keyboard.press(key);
    };
    const comment = `# ${'a long line '.repeat(40)}`;
    await editor.fill(comment);
    await keys('Control+a', 'Control+c', 'Control+End', 'Control+v', 'Control+v');
    const [left = 0] = await scrolled();
    assert.ok(left > 4_000, `the caret at the end of a long line is in sight: ${left}`);
    assert.equal(await editor.evaluate((element) => element.scrollLeft), 0, 'and the text lies on its colours');
    await keys('Home');
    await editor.fill(Array(200).fill('# short').join('\n'));
    await keys('Control+a', 'Control+c');
    await editor.fill(comment);
    await keys('End');
    assert.notEqual((await scrolled())[0], 0);
    await keys('Control+a', 'Control+v');
    const [start, top = 0] = await scrolled();
    assert.equal(start, 0, 'at the left');
    assert.ok(top > 2_000, `at the caret: ${top}`);
    await keys('Control+Home', 'End');
    await editor.fill(comment);
    await keys('End');
    await page.getByRole('button', { name: 'Drop', exact: true }).click();
    await page.getByText('as it is in force').waitFor();
    assert.equal((await scrolled())[0], 0, 'another text begins at the left');
    await tab.close();
  });

  for (const width of ['wide', 'narrow'] as const)
    test(`exceptions are told in columns of different names, with buttons that have room, ${width}`, async () => {
      const attack = { class: 'deserialisation', days: 365, consumer: 'acme' };
      const exception = { route: 'pages', path: 'body.document.with.a.long.name.*', ...attack };
      const { status, body } = await seeded.gateway.admin('POST', '/api/v1/exceptions', exception);
      assert.equal(status, 200);
      const tab = await browser.open(seeded.gateway, '/policies?view=exceptions', { width });
      const { page } = tab;
      const remove = page.getByRole('button', { name: /^Remove the exception for deserialisation/ });
      await remove.waitFor();
      const names = await page.getByRole('columnheader').allInnerTexts();
      assert.equal(new Set(names).size, names.length, names.join(', '));
      const [button, cell] = [await box(remove), await box(page.getByRole('cell').filter({ has: remove }))];
      assert.ok(button.x >= cell.x && button.x + button.width <= cell.x + cell.width - 12, 'short of the edge');
      const title = await box(page.getByRole('heading', { name: 'Let through' }));
      assert.ok(title.height < 30, `a title of one line, not ${title.height} pixels high`);
      await tab.checkAccessible('exceptions');
      await tab.checkFits('exceptions');
      await tab.close();
      await seeded.gateway.admin('DELETE', `/api/v1/exceptions/${String(body['id'])}`);
    });

  test('modes fit a telephone, those set by command too, and a notification covers no button for good', async () => {
    const set = { scope: 'route-stage', target: 'authenticate@products', mode: 'observe' };
    assert.equal((await seeded.gateway.admin('PUT', '/api/v1/modes', set)).status, 200);
    const tab = await browser.open(seeded.gateway, '/policies?view=modes', { width: 'narrow' });
    const { page } = tab;
    const takeBack = page.getByRole('button', { name: 'Take back the mode of stage of a route authenticate@products' });
    await takeBack.waitFor();
    await tab.checkFits('modes set by command');
    const matrix = await page
      .getByRole('region', { name: 'Modes by route and stage' })
      .evaluate((element) => [element.clientWidth, element.scrollWidth]);
    assert.equal(matrix[1], matrix[0], 'nor does the table scroll sideways');
    await page.getByRole('button', { name: 'Observe the route pages' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Observe', exact: true }).click();
    await page.getByText('The route pages is observed').waitFor();
    await page.getByRole('button', { name: 'Take back the mode of route pages' }).waitFor();
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
    const [lowest, toast] = [
      await box(page.getByRole('button', { name: /^Take back/ }).last()),
      await box(page.locator('.toast')),
    ];
    assert.ok(
      lowest.y + lowest.height <= toast.y,
      `the button ends at ${lowest.y + lowest.height}, the notification begins at ${toast.y}`,
    );
    await tab.checkAccessible('modes set by command');
    await page.getByRole('button', { name: 'Take back the mode of route pages' }).click();
    await page.getByText('For the route pages the file counts again').waitFor();
    await takeBack.click();
    await page.getByText('Nothing is set by command').waitFor();
    await tab.close();
  });
});
