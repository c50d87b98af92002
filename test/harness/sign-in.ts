import { randomBytes } from 'node:crypto';
import type { Account } from '../../src/core/account.ts';
import type { Interaction, LoginResult, PageAnswer, SignInConfig, SignInSignal } from '../../src/core/sign-in.ts';
import type { Fetch } from '../../src/ports.ts';
import { memoryControlStore } from '../../src/store/memory/control-store.ts';
import { type Accounts, createAccounts } from '../../src/tokens/accounts.ts';
import { createPasswordWork } from '../../src/tokens/password-work.ts';
import { createSignIn, type SignIn } from '../../src/tokens/sign-in/sign-in.ts';
import { signInSite } from '../../src/tokens/sign-in/site.ts';

export const ISSUER = 'https://id.example.test/auth';
export const ORIGIN = 'https://id.example.test';
export const ROOT = '/auth/sign-in';
export const PASSWORD = 'plum tractor violin';

const random = { bytes: (count: number) => randomBytes(count) };

/** Sign-in with an authorization server that only remembers what it was told. */
export class SignInWorld {
  readonly clock = {
    now: 1_700_000_000_000,
    nowMs: () => this.clock.now,
    monotonicMicros: () => this.clock.now * 1_000,
  };
  readonly accounts: Accounts;
  readonly signals: SignInSignal[] = [];
  readonly logged: string[] = [];
  readonly logins: (LoginResult & { readonly id: string })[] = [];
  readonly consents: string[] = [];
  readonly aborts: string[] = [];
  readonly interactions = new Map<string, Interaction>();
  readonly signIn: SignIn;
  config: SignInConfig;

  constructor(config: Partial<SignInConfig> = {}, send: Fetch = () => Promise.reject(new Error('no network'))) {
    this.config = { passwords: true, passkeys: true, providers: [], scopeDescriptions: [], ...config };
    this.accounts = createAccounts({
      store: memoryControlStore().accounts,
      passwords: createPasswordWork(random),
      clock: this.clock,
      random,
      services: () => ['sallyport'],
    });
    const logger = (fields: object, text: string) => void this.logged.push(JSON.stringify(fields) + text);
    this.signIn = createSignIn({
      site: signInSite(ISSUER, 'Example Sign-in'),
      config: () => this.config,
      accounts: this.accounts,
      clock: this.clock,
      random,
      send,
      openInteraction: async (handle, id) =>
        handle instanceof TestBrowser && handle.interactions.has(id) ? this.interactions.get(id) : undefined,
      secret: randomBytes(32),
      signal: (signal) => this.signals.push(signal),
      logger: { debug: logger, info: logger, warn: logger, error: logger },
    });
  }

  browser(address = '192.0.2.7'): TestBrowser {
    return new TestBrowser(this, address);
  }

  async account(name = 'alice', password: string | undefined = PASSWORD): Promise<Account> {
    const made = await this.accounts.add({ name, ...(password === undefined ? {} : { password }) });
    if (!made.ok) throw new Error(made.message);
    return made.account;
  }

  /** An interaction that the authorization server opened in a browser. */
  interaction(browser: TestBrowser, change: Partial<Interaction> = {}): string {
    const id = randomBytes(16).toString('base64url');
    this.interactions.set(id, {
      id,
      prompt: 'login',
      client: {
        id: 'reports',
        name: 'Reports',
        uri: undefined,
        redirectHost: 'reports.example.test',
        redirectUri: 'https://reports.example.test/callback',
      },
      accountId: undefined,
      scopes: [],
      resources: [],
      loginHint: undefined,
      finishLogin: async (result) => {
        this.logins.push({ id, ...result });
        return `${ISSUER}/resume/${id}`;
      },
      finishConsent: async () => {
        this.consents.push(id);
        return `${ISSUER}/resume/${id}`;
      },
      abort: async () => {
        this.aborts.push(id);
        return `${ISSUER}/resume/${id}`;
      },
      ...change,
    });
    browser.interactions.add(id);
    return id;
  }
}

export interface Sent {
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A browser with its own cookies and address. */
export class TestBrowser {
  readonly cookies = new Map<string, string>();
  /** Those whose cookie of the authorization server it holds. */
  readonly interactions = new Set<string>();
  readonly address: string;
  readonly #world: SignInWorld;

  constructor(world: SignInWorld, address: string) {
    this.#world = world;
    this.address = address;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<PageAnswer> {
    return this.#send('GET', path, Buffer.alloc(0), headers);
  }

  post(path: string, { fields = {}, body, headers = {} }: Sent): Promise<PageAnswer> {
    return this.#send('POST', path, Buffer.from(body ?? new URLSearchParams(fields).toString()), {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      origin: 'null',
      ...headers,
    });
  }

  /** Loads a page and sends its form with the hidden fields it has. */
  async submit(page: string, action: string, fields: Readonly<Record<string, string>> = {}): Promise<PageAnswer> {
    return this.post(action, { fields: { token: tokenOf(await this.get(page)), ...fields } });
  }

  async #send(
    method: string,
    target: string,
    body: Uint8Array,
    headers: Readonly<Record<string, string>>,
  ): Promise<PageAnswer> {
    const [path = '', query = ''] = target.split('?');
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.#world.signIn.handle({
      method,
      path,
      query,
      headers: { ...(cookie === '' ? {} : { cookie }), ...headers },
      body,
      address: this.address,
      handle: this,
    });
    for (const one of [answer.headers['set-cookie'] ?? []].flat()) {
      const [pair = ''] = one.split(';');
      this.cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return answer;
  }
}

/** The form token of a page. */
export function tokenOf({ body }: PageAnswer): string {
  return /name="token" value="([^"]+)"/.exec(body)?.[1] ?? '';
}
