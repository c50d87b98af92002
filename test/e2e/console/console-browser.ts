import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { TestGateway } from '../../harness/gateway.ts';

const IMAGES = join(import.meta.dirname, '../../../docs/images');
const AXE = createRequire(import.meta.url)('axe-core') as { readonly source: string };

export const WIDTHS = { wide: 1440, narrow: 390 } as const;
export type Width = keyof typeof WIDTHS;
export type Theme = 'light' | 'dark';

/** Every look a page has to do well in. */
export const LOOKS: readonly { readonly theme: Theme; readonly width: Width }[] = [
  { theme: 'light', width: 'wide' },
  { theme: 'dark', width: 'wide' },
  { theme: 'light', width: 'narrow' },
  { theme: 'dark', width: 'narrow' },
];

/** One Chromium for a file of tests, and what every page in it is held to. */
export class ConsoleBrowser {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(): Promise<ConsoleBrowser> {
    return new ConsoleBrowser(
      await chromium.launch({
        executablePath: '/usr/bin/chromium',
        args: ['--no-sandbox'],
        // Pages one may go back to live on, as they do with people.
        ignoreDefaultArgs: ['--disable-back-forward-cache'],
      }),
    );
  }

  /** A tab at an address of the console, signed in with the admin token; `signedIn: false` for the door itself, `port` for a detour. */
  async open(
    gateway: TestGateway,
    path: string,
    options: { theme?: Theme; width?: Width; signedIn?: boolean; port?: number; host?: string } = {},
  ): Promise<ConsoleTab> {
    const width = options.width ?? 'wide';
    const context = await this.#browser.newContext({
      baseURL: `http://${options.host ?? '127.0.0.1'}:${options.port ?? gateway.adminPort}`,
      viewport: { width: WIDTHS[width], height: width === 'wide' ? 900 : 844 },
      colorScheme: options.theme ?? 'light',
      reducedMotion: 'reduce',
    });
    if (options.signedIn !== false) {
      const answer = await context.request.post('/api/v1/session', {
        data: { token: gateway.adminToken },
      });
      assert.equal(answer.status(), 201, 'signed in');
    }
    const tab = new ConsoleTab(context, await context.newPage());
    await tab.page.goto(path);
    return tab;
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

/** A tab of the console. Whatever it writes to its own console is a fault. */
export class ConsoleTab {
  readonly page: Page;
  readonly faults: string[] = [];
  readonly #context: BrowserContext;
  readonly #expected: RegExp[] = [];

  constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    page.setDefaultTimeout(10_000);
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        this.faults.push(`${message.text()} ${message.location().url}`);
    });
    page.on('pageerror', (error) => this.faults.push(error.stack ?? error.message));
  }

  /** A fault that the test brings about itself: Chromium tells of every answer that is an error. */
  expectFault(text: RegExp): void {
    this.#expected.push(text);
  }

  /** Goes to an address as a link of the console does, without loading it anew. */
  async go(path: string): Promise<void> {
    await this.page.evaluate(
      `history.pushState(null, '', location.origin + ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate'))`,
    );
  }

  /** Waits until an expression holds in the page. Playwright's own way evaluates text in the page, which the policy forbids. */
  async until(expression: string): Promise<void> {
    for (const giveUpAt = Date.now() + 60_000; !(await this.page.evaluate(`Boolean(${expression})`)); ) {
      assert.ok(Date.now() < giveUpAt, `in the page, in the end: ${expression}`);
      await this.page.evaluate('new Promise((resolve) => setTimeout(resolve, 10))');
    }
  }

  /** Fails where axe finds anything to mend in what is on the screen. */
  async checkAccessible(what: string): Promise<void> {
    if ((await this.page.evaluate('typeof axe')) === 'undefined') await this.page.evaluate(AXE.source);
    const violations = (await this.page.evaluate(
      `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, help, nodes }) =>
        ({ id, help, nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => html.slice(0, 200) + ' — ' + failureSummary) })))`,
    )) as readonly unknown[];
    assert.deepEqual(violations, [], `${what}: accessible`);
  }

  /** Fails where something is wider than the window, so that the page would scroll sideways. */
  async checkFits(what: string): Promise<void> {
    const [inner, scroll] = (await this.page.evaluate(
      '[document.documentElement.clientWidth, document.documentElement.scrollWidth]',
    )) as [number, number];
    assert.ok(scroll <= inner, `${what}: ${scroll} pixels wide in a window of ${inner}`);
  }

  /** Keeps what is on the screen as docs/images/NAME.png, where UPDATE_IMAGES=1 asks for it. */
  async picture(name: string): Promise<void> {
    if (process.env['UPDATE_IMAGES'] !== '1') return;
    mkdirSync(IMAGES, { recursive: true });
    await this.page.screenshot({ path: join(IMAGES, `${name}.png`) });
  }

  /** Ends the tab; fails where anything was written to its console. */
  async close(): Promise<void> {
    await this.#context.close();
    const faults = this.faults.filter((text) => !this.#expected.some((known) => known.test(text)));
    assert.deepEqual(faults, [], 'nothing in the console of the browser');
  }
}
