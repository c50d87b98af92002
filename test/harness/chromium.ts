import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where a browser is, or undefined. */
export function chromiumPath(): string | undefined {
  return PLACES.find((one) => existsSync(one));
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** One page of a real browser, by the DevTools protocol. */
export class Chromium {
  /** Faults the page reported: of its policy, its script, its loading. */
  readonly faults: string[] = [];
  readonly #child: ChildProcess;
  readonly #socket: WebSocket;
  readonly #folder: string;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #loads: (() => void)[] = [];
  #last = 0;

  private constructor(child: ChildProcess, socket: WebSocket, folder: string) {
    this.#child = child;
    this.#socket = socket;
    this.#folder = folder;
    socket.addEventListener('message', ({ data }) => this.#take(JSON.parse(String(data)) as Message));
  }

  static async start(path: string): Promise<Chromium> {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-chromium-'));
    const child = spawn(path, [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--remote-debugging-port=0',
      `--user-data-dir=${folder}`,
      'about:blank',
    ]);
    let told = '';
    for await (const piece of child.stderr) {
      told += String(piece);
      if (/ws:\/\/[^\s]+/.test(told)) break;
    }
    const { host } = new URL(/ws:\/\/[^\s]+/.exec(told)?.[0] ?? '');
    const targets = (await (await fetch(`http://${host}/json`)).json()) as {
      type: string;
      webSocketDebuggerUrl: string;
    }[];
    const socket = new WebSocket(targets.find(({ type }) => type === 'page')?.webSocketDebuggerUrl ?? '');
    await once(socket, 'open');
    const browser = new Chromium(child, socket, folder);
    for (const domain of ['Page', 'Runtime', 'Log']) await browser.send(`${domain}.enable`);
    return browser;
  }

  /** A device that keeps passkeys and whose user agrees to everything. */
  async addAuthenticator(): Promise<void> {
    await this.send('WebAuthn.enable');
    await this.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
  }

  async go(url: string): Promise<void> {
    const loaded = this.loaded();
    await this.send('Page.navigate', { url });
    await loaded;
  }

  /** Resolves when the next page has loaded. */
  loaded(): Promise<void> {
    return new Promise((resolve) => this.#loads.push(resolve));
  }

  /** The value of an expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const { result } = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    return (result as { value?: unknown }).value;
  }

  /** Resolves when an expression is true in whatever page is there by then. */
  async until(expression: string): Promise<void> {
    for (const startedAt = Date.now(); Date.now() - startedAt < 10_000; )
      if ((await this.evaluate(expression)) === true) return;
    throw new Error(`never true: ${expression}`);
  }

  async send(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#last;
    const answer = new Promise<Message>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  #take(message: Message): void {
    if (message.id !== undefined) this.#waiting.get(message.id)?.(message);
    else if (message.method === 'Page.loadEventFired') for (const told of this.#loads.splice(0)) told();
    else if (message.method === 'Runtime.exceptionThrown' || message.method === 'Log.entryAdded')
      this.faults.push(JSON.stringify(message.params));
  }

  async close(): Promise<void> {
    this.#socket.close();
    this.#child.kill();
    await once(this.#child, 'close');
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
