import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { ConsoleBrowser } from './console-browser.ts';
import { type SeededGateway, startGateway } from './seeded-gateway.ts';

/** A page of somebody else, at another port of this machine: the same site as far as cookies are concerned. */
async function otherPage(html: string): Promise<{ url: string; close: () => Promise<void> }> {
  const server = http.createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(html);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('in a browser the console', { timeout: 120_000 }, () => {
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

  test('runs no script but its own, and takes no text as markup', async () => {
    const tab = await browser.open(seeded.gateway, '/calls');
    const { page } = tab;
    await page.getByRole('heading', { name: 'Calls' }).waitFor();
    const policy = (await page.request.get('/calls')).headers()['content-security-policy'] ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /require-trusted-types-for 'script'/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    tab.expectFault(/Content Security Policy|'Trusted/);
    const tried = (await page.evaluate(`(async () => {
      const attempt = (run) => { try { run(); return 'done'; } catch (error) { return error.name; } };
      const violated = [];
      addEventListener('securitypolicyviolation', ({ effectiveDirective }) => violated.push(effectiveDirective));
      const element = document.createElement('div');
      document.body.append(element);
      const markup = attempt(() => { element.innerHTML = '<b>x</b>'; });
      const script = document.createElement('script');
      const text = attempt(() => { script.text = 'window.hit = 1'; document.body.append(script); });
      const style = document.createElement('style');
      style.textContent = 'body { display: none }';
      document.head.append(style);
      const image = new Image();
      image.src = 'http://127.0.0.1:1/x.png';
      const fetched = await fetch('http://127.0.0.1:1/').then(() => 'done', () => 'refused');
      await new Promise((resolve) => setTimeout(resolve, 50));
      // What evaluates this text may evaluate; what comes later may not.
      const evaluated = attempt(() => new Function('window.hit = 1')());
      return { markup, evaluated, text, fetched, hit: window.hit ?? null, shown: getComputedStyle(document.body).display, violated: [...new Set(violated)].sort() };
    })()`)) as Record<string, unknown>;
    assert.deepEqual(
      { ...tried, violated: undefined },
      {
        markup: 'TypeError',
        evaluated: 'EvalError',
        text: 'TypeError',
        fetched: 'refused',
        hit: null,
        shown: 'block',
        violated: undefined,
      },
    );
    for (const directive of ['connect-src', 'img-src', 'require-trusted-types-for', 'style-src-elem'])
      assert.ok((tried['violated'] as string[]).includes(directive), `${directive} of ${String(tried['violated'])}`);
    await tab.close();
  });

  test('keeps its session from scripts and from addresses', async () => {
    const tab = await browser.open(seeded.gateway, '/calls');
    const { page } = tab;
    await page.getByRole('heading', { name: 'Calls' }).waitFor();
    const [cookie] = await page.context().cookies();
    assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, 'Strict']);
    const seen = (await page.evaluate(
      'JSON.stringify([document.cookie, location.href, localStorage, sessionStorage])',
    )) as string;
    assert.ok(cookie !== undefined && !seen.includes(cookie.value) && !seen.includes(seeded.gateway.adminToken));
    await tab.close();
  });

  test('stands in no frame of another page', async () => {
    const other = await otherPage(`<iframe id="frame" src="${seeded.gateway.adminUrl}/policies?view=modes"></iframe>`);
    try {
      const tab = await browser.open(seeded.gateway, '/calls');
      const { page } = tab;
      tab.expectFault(/frame|Refused to display|ERR_BLOCKED/i);
      await page.goto(other.url);
      await page.frameLocator('#frame').locator('body').waitFor({ state: 'attached' });
      const inside = await page.frames()[1]?.content();
      assert.ok(inside !== undefined && !inside.includes('id="app"'), inside);
      await tab.close();
    } finally {
      await other.close();
    }
  });

  test('changes nothing at the wish of another page, though its session goes along', async () => {
    const { adminUrl } = seeded.gateway;
    const other = await otherPage(`<form id="form" method="post" enctype="text/plain" action="${adminUrl}/api/v1/keys">
      <input name='{"consumer":"acme","name":"forged","scopes":["' value='"]}'></form>`);
    try {
      const tab = await browser.open(seeded.gateway, '/calls');
      const { page } = tab;
      tab.expectFault(/CORS|Failed to load|ERR_|status of 4/);
      await page.getByRole('heading', { name: 'Calls' }).waitFor();
      let cookies = 0;
      page.on('request', async (request) => {
        if (request.url().startsWith(`${adminUrl}/api`) && (await request.allHeaders())['cookie'] !== undefined)
          cookies++;
      });
      await page.goto(other.url);
      const read = (await page.evaluate(`(async () => {
        const body = JSON.stringify({ scope: 'route', target: 'orders', mode: 'observe' });
        const tries = [
          fetch('${adminUrl}/api/v1/calls', { credentials: 'include' }),
          fetch('${adminUrl}/api/v1/modes', { method: 'PUT', credentials: 'include', headers: { 'content-type': 'application/json' }, body }),
          fetch('${adminUrl}/api/v1/modes', { method: 'POST', mode: 'no-cors', credentials: 'include', headers: { 'content-type': 'text/plain' }, body }),
        ];
        return (await Promise.all(tries.map((one) => one.then(({ type, status }) => type + ' ' + status, () => 'refused'))));
      })()`)) as string[];
      assert.deepEqual(read, ['refused', 'refused', 'refused']);
      await page.evaluate('document.getElementById("form").submit()');
      await page.waitForURL(`${adminUrl}/**`);
      assert.ok(cookies > 0, 'the browser sent the session along: nothing but the gateway stood in the way');
      const { body } = await seeded.gateway.admin('GET', '/api/v1/modes');
      assert.deepEqual(body['items'], []);
      const wanted = { consumer: 'acme', name: 'forged', scopes: ['='] };
      const keys = async (): Promise<string> =>
        JSON.stringify((await seeded.gateway.admin('GET', '/api/v1/keys')).body);
      assert.doesNotMatch(await keys(), /forged/);
      await seeded.gateway.admin('POST', '/api/v1/keys', wanted);
      assert.match(await keys(), /forged/, 'what the form asked for is something that can be done');
      await tab.close();
    } finally {
      await other.close();
    }
  });
});
