import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { CallEvent } from '../../../src/core/event.ts';
import { call, echoUpstream, TestGateway } from '../../harness/gateway.ts';
import { ConsoleBrowser } from './console-browser.ts';
import { folderWithCalls } from './stored-calls.ts';

const MARKUP = '<img src=x onerror=window.hit=1>';
const QUOTE = `"'><svg/onload=window.hit=1>{{window.hit=1}}`;
const LINK = 'javascript:window.hit=1//';
const TEXTS = [MARKUP, QUOTE, LINK];

/** A document whose every name and text is markup. */
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: MARKUP, version: '1', description: MARKUP },
  paths: {
    '/notes': {
      post: {
        operationId: MARKUP,
        summary: MARKUP,
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: [MARKUP],
                properties: { [MARKUP]: { type: 'string', description: MARKUP, enum: [QUOTE] } },
                additionalProperties: false,
              },
            },
          },
        },
        responses: { '200': { description: MARKUP } },
      },
    },
  },
};

/** A call as it would be recorded were no text of it held to any form. */
function everywhere(text: string): Partial<CallEvent> {
  return {
    method: text,
    host: text,
    path: `/${text}`,
    userAgent: text,
    routeId: text,
    consumer: text,
    credentialId: text,
    authenticator: text,
    detail: text,
    outcome: 'denied',
    reason: 'authz.rule',
    trace: [{ stage: 'authorise', kind: 'deny', reason: 'authz.rule', detail: text, micros: 1, enforced: true }],
    signals: [text, `payload.xss:default:body.${text}`],
  };
}

const CONFIG = (upstream: string) => `# ${MARKUP}
mode: enforce
upstreams: { notes: { url: "${upstream}", openapi: ./api.json } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - id: notes
    match: { path: "/notes" }
    upstream: notes
    authenticate: { anyOf: [keys] }
    inspect: { payload: default }
unmatched: deny
`;

describe('names and texts that others choose', { timeout: 120_000 }, () => {
  let upstream: Awaited<ReturnType<typeof echoUpstream>>;
  let folder = '';
  let gateway: TestGateway;
  let browser: ConsoleBrowser;
  before(async () => {
    upstream = await echoUpstream();
    folder = folderWithCalls(TEXTS.length, (index) => everywhere(TEXTS[index] ?? ''));
    browser = await ConsoleBrowser.start();
    gateway = await TestGateway.start({
      folder,
      config: CONFIG(upstream.url),
      files: { 'api.json': JSON.stringify(DOCUMENT) },
    });
    let calls = 0;
    for (const name of TEXTS) {
      const made = await gateway.admin('PUT', `/api/v1/consumers/${encodeURIComponent(name)}`, {});
      assert.equal(made.status, 422, 'consumers of the gateway have plain names; those of tokens have any');
      const { status, body } = await gateway.admin('POST', '/api/v1/keys', { consumer: 'acme', name });
      assert.equal(status, 201, JSON.stringify(body));
      const headers = {
        'x-api-key': String(body['key']),
        'user-agent': name,
        'content-type': 'application/json',
        'x-request-id': name,
        forwarded: `for="${name}"`,
      };
      const send = (path: string, sent: unknown) =>
        call(`${gateway.url}${path}`, { method: 'POST', headers, body: JSON.stringify(sent) });
      assert.equal((await send('/notes', { [MARKUP]: QUOTE, [name]: QUOTE })).status >= 400, true);
      await send(`/notes?${encodeURIComponent(name)}=${encodeURIComponent(name)}`, {});
      await send(`/${encodeURIComponent(name)}`, {});
      calls += 3;
      const added = await gateway.admin('POST', '/api/v1/exceptions', {
        route: 'notes',
        path: 'body.note',
        class: 'xss',
        consumer: name,
        days: 7,
        reason: name,
      });
      assert.equal(added.status, 200, JSON.stringify(added));
      const decoy = await gateway.admin('POST', '/api/v1/decoys', { place: name, kind: 'key' });
      const planted = String(decoy.body['key'] ?? decoy.body['secret'] ?? decoy.body['credential']);
      await call(`${gateway.url}/notes`, { method: 'POST', headers: { ...headers, 'x-api-key': planted }, body: '{}' });
      calls++;
    }
    await gateway.recorded(calls + TEXTS.length);
    const found = (await gateway.findings()) as readonly { readonly id: string }[];
    assert.ok(found.length > 0, 'there is something to find');
    for (const { id } of found)
      await gateway.admin('POST', `/api/v1/findings/${encodeURIComponent(id)}/resolve`, {
        resolution: QUOTE,
        note: MARKUP,
      });
  });
  after(async () => {
    await browser?.close();
    await gateway?.stop();
    await upstream?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Every way into every page there is, and what has to be readable there. */
  const places = async (): Promise<readonly (readonly [string, readonly string[]])[]> => {
    const { body } = await gateway.admin('GET', '/api/v1/calls?limit=100');
    const calls = body['items'] as readonly { readonly requestId: string; readonly userAgent: string }[];
    const findings = (await gateway.findings()) as readonly { readonly id: string }[];
    return [
      ['/', [MARKUP, QUOTE]],
      ['/calls', [MARKUP, QUOTE, LINK]],
      ...calls.map(({ requestId, userAgent }) => [`/calls?call=${requestId}`, [userAgent]] as const),
      ['/findings', []],
      ['/findings?status=all', []],
      ...findings.map(({ id }) => [`/findings?finding=${encodeURIComponent(id)}`, []] as const),
      ['/consumers', []],
      ...TEXTS.map((name) => [`/consumers?consumer=${encodeURIComponent(name)}`, []] as const),
      ['/policies', [MARKUP]],
      ['/policies?view=modes', []],
      ['/policies?view=exceptions', [MARKUP, QUOTE, LINK]],
      ['/first-run', []],
    ];
  };

  test('are text on every page and in everything that opens there', async () => {
    const tab = await browser.open(gateway, '/policies');
    const { page } = tab;
    tab.expectFault(/404 \(Not Found\)/);
    await page.getByText('Would load', { exact: true }).waitFor();
    let contractTold = false;
    for (const [path, texts] of await places()) {
      await tab.go(path);
      await page.locator('h1').first().waitFor();
      await tab.until("document.querySelector('.skeleton') === null");
      for (const text of texts) await page.getByText(text).first().waitFor();
      const shown = await page.locator('body').innerText();
      contractTold ||= shown.includes(`${MARKUP}`) && /contract\.|is required|missing/.test(shown);
      assert.equal(await page.evaluate('window.hit'), undefined, path);
      assert.equal(
        await page.evaluate(
          "[...document.querySelectorAll('img, iframe, object, embed, base, [onload], [onerror], a[href^=javascript]')].length",
        ),
        0,
        path,
      );
    }
    assert.ok(contractTold, 'what the document calls a field was told, as text');
    await tab.close();
  });

  test('are text in the editor, in what is wrong with it, and in the changes', async () => {
    const tab = await browser.open(gateway, '/policies');
    const { page } = tab;
    const editor = page.getByRole('textbox', { name: 'The configuration' });
    await editor.waitFor();
    const text = await editor.inputValue();
    await editor.fill(`${text}${JSON.stringify(QUOTE)}: ${JSON.stringify(MARKUP)}\n`);
    await page.getByText('1 error', { exact: true }).waitFor();
    await page.locator('.problem').getByText('onload=window.hit=1').first().waitFor();
    await page.locator('.editor-lines').getByText(MARKUP).first().waitFor();
    await page.getByRole('button', { name: 'Changes', exact: true }).click();
    await page.getByRole('region', { name: 'Changes' }).getByText(MARKUP).first().waitFor();
    assert.equal(await page.evaluate('window.hit'), undefined);
    await tab.close();
  });
});
