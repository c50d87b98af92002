import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ConsoleBrowser, LOOKS } from './console-browser.ts';
import { ATTACK, type SeededGateway, sendTraffic, startGateway } from './seeded-gateway.ts';

describe('the page of calls', { timeout: 120_000 }, () => {
  let seeded: SeededGateway;
  let browser: ConsoleBrowser;
  before(async () => {
    browser = await ConsoleBrowser.start();
    seeded = await startGateway();
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
    await page.getByText('12 calls', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Denied', exact: true }).click();
    await page.waitForURL(/outcome=denied/);
    await page.getByRole('button', { name: 'Remove the filter consumer initech' }).click();
    await page.waitForURL((url) => url.search === '?outcome=denied');
    await page.goBack();
    await page.waitForURL(/consumer=initech/);
    await page.getByText('12 calls', { exact: true }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('reason:authn.missing');
    await page.keyboard.press('Enter');
    await page.getByText('No call passes these filters').waitFor();
    await tab.checkAccessible('no call');
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await page.locator('tr[data-key]').first().waitFor();
    await tab.close();
  });

  test('several filters are typed at once, and a name that is none is told', async () => {
    const tab = await browser.open(seeded.gateway, '/calls');
    const { page } = tab;
    const entry = page.getByLabel('Filter', { exact: true });
    const filters = async (typed: string): Promise<string> => {
      await tab.go('/calls');
      await entry.fill(typed);
      await entry.press('Enter');
      await page.waitForURL(/\?/);
      return decodeURIComponent(new URL(page.url()).search);
    };
    for (const [typed, search] of [
      ['consumer:acme, reason:authz.scope', '?consumer=acme&reason=authz.scope'],
      ['consumer: initech reason: authz.scope,', '?consumer=initech&reason=authz.scope'],
      ['/orders, status class:4, decision:denied', '?pathPrefix=/orders&statusClass=4&outcome=denied'],
      ['address:::1 two words', '?address=::1+two+words'],
      ['blue shoes', '?text=blue+shoes'],
    ] as const)
      assert.equal(await filters(typed), search, typed);
    await tab.go('/calls');
    await entry.fill('consumr:acme');
    await entry.press('Enter');
    await page.getByRole('alert').getByText('There is no filter “consumr”').waitFor();
    await tab.checkAccessible('a filter there is not');
    assert.equal(new URL(page.url()).search, '', 'and nothing is filtered');
    await entry.fill('consumer:acme');
    assert.equal(await page.getByRole('alert').count(), 0);
    await tab.close();
  });

  test('from a denied call its key and its consumer are one click away', async () => {
    const tab = await browser.open(seeded.gateway, '/calls?consumer=initech&outcome=denied');
    const { page } = tab;
    const { keyId } = seeded.keys.initech;
    await page.locator('tr[data-key] .row-link').first().click();
    await page.getByRole('dialog').getByRole('link', { name: 'open the key' }).click();
    await page.getByRole('dialog', { name: `Key ${keyId}` }).waitFor();
    await page.goBack();
    await page.getByRole('dialog').getByRole('link', { name: 'open the consumer' }).click();
    await page.getByRole('dialog', { name: 'initech', exact: true }).waitFor();
    await tab.close();
    const unknown = await browser.open(seeded.gateway, '/calls?reason=authn.missing');
    await unknown.page.locator('tr[data-key] .row-link').first().click();
    await unknown.page.getByRole('dialog').getByText('nobody identified').waitFor();
    assert.equal(await unknown.page.getByRole('link', { name: /^open the/ }).count(), 0);
    await unknown.close();
  });

  test('what few calls pass is searched for to the end, and meanwhile nobody is told that there is none', async () => {
    const tab = await browser.open(seeded.gateway, '/first-run');
    const { page } = tab;
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await page.route(/\/api\/v1\/calls\?/, async (route) => {
      const url = new URL(route.request().url());
      // As a search answers that has looked at as many calls as it may without finding one.
      if (!url.searchParams.has('cursor'))
        return route.fulfill({ json: { items: [], next: 'further', scanned: 100_000 } });
      await held;
      url.searchParams.delete('cursor');
      return route.fulfill({ response: await route.fetch({ url: url.href }) });
    });
    await tab.go('/calls?reason=payload.sqli');
    await page.getByText('None of the 100,000 newest calls passes these filters.').waitFor();
    await tab.checkAccessible('searching');
    goOn();
    await page.getByText('4 calls', { exact: true }).waitFor();
    await tab.close();
  });

  test('by keyboard alone: a denied call, why, an exception, taken back, and a route enforced', async () => {
    const tab = await browser.open(seeded.gateway, '/calls');
    const { page } = tab;
    const keys = async (...pressed: readonly string[]): Promise<void> => {
      for (const key of pressed) await page.keyboard.press(key);
    };
    /** Goes on with Tab until a button has the focus, and presses it. */
    const press = async (name: string): Promise<void> => {
      for (let tabs = 0; tabs < 60; tabs++) {
        const focused = (await page.evaluate(
          'document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent?.trim() ?? ""',
        )) as string;
        if (focused === name) return keys('Enter');
        await keys('Tab');
      }
      throw new Error(`no way to ${name} by Tab`);
    };
    const hacked = () => seeded.send({ path: `/products?name=${encodeURIComponent(ATTACK)}` });
    await page.locator('tr[data-key]').first().waitFor();
    await keys('/');
    await page.keyboard.type('reason:payload.sqli');
    await keys('Enter', 'Escape');
    await page.getByText('4 calls', { exact: true }).waitFor();
    await keys('j');
    await page.locator('.row-link:focus').waitFor();
    await keys('Enter');
    await page.getByRole('dialog').getByText('inspect denied').waitFor();
    assert.equal((await hacked()).status, 403);
    await press('Let this through');
    await page.getByRole('dialog', { name: 'Let this through' }).waitFor();
    await press('Make the exception');
    await page.getByText('sqli is let through at query.name of products').waitFor();
    assert.equal((await hacked()).status, 200, 'in force when the page says so');
    await page.getByText('An exception lets this through by now.').waitFor();
    await page.locator('a:focus', { hasText: 'See the exceptions' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Let this through' }).count(), 0);
    await tab.checkAccessible('what an exception lets through');
    await press('Undo');
    await page.getByText('The exception is taken back').waitFor();
    await page.getByRole('button', { name: 'Let this through' }).waitFor();
    assert.equal((await hacked()).status, 403, 'and back');
    await keys('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(new URL(page.url()).searchParams.has('call'), false);
    await keys('/');
    await page.keyboard.type('outcome:observed');
    await keys('Enter');
    await page.waitForURL(/outcome=observed/);
    await page.keyboard.type('reason:authn.missing');
    await keys('Enter', 'Escape');
    await page.getByText('12 calls', { exact: true }).waitFor();
    await keys('j');
    await page.locator('.row-link:focus').waitFor();
    await keys('Enter');
    assert.equal((await seeded.send({ path: '/reports/1' })).status, 200);
    await page.getByRole('dialog').getByText('would have denied', { exact: true }).waitFor();
    await press('Enforce the route reports');
    await page.getByText('it would have denied').waitFor();
    await tab.checkAccessible('what enforcing would do');
    await press('Enforce');
    await page.getByText('The route reports is enforced').waitFor();
    assert.equal((await seeded.send({ path: '/reports/1' })).status, 401);
    await press('Undo');
    await page.getByText('The route reports is as it was before').waitFor();
    assert.equal((await seeded.send({ path: '/reports/1' })).status, 200);
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

  test('what looked like an attack is told in words, and the names and weights beneath', async () => {
    const packed = Buffer.from(ATTACK).toString('base64');
    const { requestId } = await seeded.send({
      path: `/products?name=${encodeURIComponent(packed)}`,
      agent: 'packed/1',
    });
    await seeded.gateway.recorded(1, (call) => call.requestId === requestId);
    const tab = await browser.open(seeded.gateway, `/calls?call=${requestId}`);
    const drawer = tab.page.getByRole('dialog');
    const payload = drawer.getByRole('region', { name: 'Payload' });
    await payload.getByText('An injection of SQL in the query, at query.name').waitFor();
    await payload.getByText('A second query put on by UNION SELECT').waitFor();
    await payload.getByText('Hidden by base64, which was undone to read it.').waitFor();
    const trace = drawer.getByRole('region', { name: 'Trace' });
    await trace.getByText('what looks like an injection of SQL in the query, at query.name').waitFor();
    assert.equal(await payload.getByText('sql.union-select').first().isVisible(), false);
    await payload.getByText('In detail').click();
    await payload.getByText('sql.union-select').first().waitFor();
    await tab.checkAccessible('an attack in words');
    await tab.close();
  });
});
