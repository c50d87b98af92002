import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Observation } from '../../src/core/finding.ts';
import type { IssuerConfig } from '../../src/core/issuer.ts';
import type { Principal } from '../../src/core/principal.ts';
import { systemClock } from '../../src/edge/clock.ts';
import { systemRandom } from '../../src/edge/random.ts';
import type { PublishedKeySet } from '../../src/ports.ts';
import type { ControlStore } from '../../src/store/control-store.ts';
import { memoryControlStore } from '../../src/store/memory/control-store.ts';
import { AuthorizationServer } from '../../src/tokens/oauth/authorization-server.ts';
import type { IssuedClaims } from '../../src/tokens/oauth/jwt-access-tokens.ts';

export interface TestServerOptions {
  readonly config?: Partial<IssuerConfig>;
  readonly store?: ControlStore;
  readonly sealingKey?: Uint8Array;
  readonly identify?: (kind: 'token' | 'key', credential: string) => Promise<Principal | undefined>;
  /** Milliseconds the clock of the gateway is ahead. */
  readonly aheadMs?: () => number;
}

/**
 * The authorization server on a port of its own, over stores in memory, with everybody signing in as `alice` and agreeing to
 * everything: for what it does with clients, codes and tokens.
 */
export class TestAuthorizationServer {
  readonly server: AuthorizationServer;
  readonly url: string;
  readonly issuer: string;
  readonly store: ControlStore;
  readonly observed: Observation[] = [];
  readonly published: PublishedKeySet[] = [];
  readonly revoked = new Set<string>();
  readonly #http: http.Server;

  private constructor(options: TestServerOptions, server: http.Server) {
    this.#http = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.issuer = `${this.url}/oauth`;
    this.store = options.store ?? memoryControlStore();
    const clock = systemClock();
    const aheadMs = options.aheadMs ?? (() => 0);
    const config: IssuerConfig = { ...DEFAULTS, origin: this.url, identifier: this.issuer, ...options.config };
    this.server = new AuthorizationServer({
      config: () => config,
      records: this.store.oauthRecords,
      clients: this.store.oauthClients,
      signingKeys: this.store.signingKeys,
      consumers: this.store.consumers,
      peppers: { current: 1, byVersion: { 1: randomBytes(32) } },
      sealingKey: options.sealingKey ?? randomBytes(32),
      clock: { nowMs: () => clock.nowMs() + aheadMs(), monotonicMicros: () => clock.monotonicMicros() },
      random: systemRandom,
      pages: PAGES,
      account: async (id) => (id === 'nobody' ? undefined : { id, claims: { name: 'Alice' } }),
      send: () => Promise.reject(new Error('nothing is fetched')),
      identify: options.identify ?? (async () => undefined),
      revoke: async (kind, value) => {
        this.revoked.add(`${kind} ${value}`);
      },
      isRevoked: ({ jti, sid, clientId, kid }: IssuedClaims) =>
        [`jti ${jti}`, `sid ${sid}`, `client ${clientId}`, `kid ${kid}`].some((one) => this.revoked.has(one)),
      unknownClient: () => undefined,
      observe: (observation) => this.observed.push(observation),
      failed: (error) => {
        throw error;
      },
      publish: async (keys) => {
        this.published.push(keys);
      },
    });
  }

  static async start(options: TestServerOptions = {}): Promise<TestAuthorizationServer> {
    const server = http.createServer((request, response) => {
      test.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const test = new TestAuthorizationServer(options, server);
    await test.store.consumers.upsert({ name: 'acme', groups: [], tier: '', disabled: false });
    await test.server.start();
    return test;
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = request.url ?? '';
    request.headers['sallyport-client-address'] ??= '192.0.2.1';
    const target = url.startsWith('/oauth/') ? url.slice('/oauth'.length) : url.replace(/\/oauth$/, '');
    request.url = target;
    Object.assign(request, { baseUrl: '/oauth' });
    if (target.startsWith('/sign-in/')) await this.#signIn(request, response);
    else if (target === '/jwks')
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ keys: this.server.signingKeys.published() }));
    else await this.server.provider.callback()(request, response);
  }

  async #signIn(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { provider } = this.server;
    const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
    if (prompt.name === 'login') {
      await provider.interactionFinished(request, response, { login: { accountId: 'alice' } });
      return;
    }
    const grant =
      (grantId === undefined ? undefined : await provider.Grant.find(grantId)) ??
      new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params['client_id']) });
    const { missingOIDCScope, missingResourceScopes } = prompt.details as {
      missingOIDCScope?: string[];
      missingResourceScopes?: Record<string, string[]>;
    };
    if (missingOIDCScope !== undefined) grant.addOIDCScope(missingOIDCScope.join(' '));
    for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {}))
      grant.addResourceScope(resource, scopes.join(' '));
    await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections();
    this.#http.close();
    await once(this.#http, 'close');
  }
}

export const API = 'https://api.example.test';

const DEFAULTS: Omit<IssuerConfig, 'identifier' | 'origin'> = {
  path: '/oauth',
  resources: [{ audience: API, scopes: { 'orders:read': 'Read orders', 'orders:write': 'Change orders' } }],
  lifetimes: {
    accessSeconds: 300,
    idTokenSeconds: 300,
    refreshSeconds: 3_600,
    refreshSecondsMax: 86_400,
    sessionSeconds: 3_600,
    deviceCodeSeconds: 600,
  },
  refresh: { graceSeconds: 30, graceUsesMax: 1_000 },
  signingKeys: { algorithm: 'ES256', rotateSeconds: 86_400, publishAheadSeconds: 3_600 },
  dpopNonce: false,
  pushedRequestsOnly: false,
  registration: 'off',
  exchange: undefined,
  serviceName: 'Test',
  signIn: { passwords: true, passkeys: true, providers: [], scopeDescriptions: [] },
  rate: { permits: 600, windowSeconds: 60 },
};

const PAGES: ConstructorParameters<typeof AuthorizationServer>[0]['pages'] = {
  error: (ctx, out) => {
    ctx.body = out;
  },
  deviceInput: (ctx, form) => {
    ctx.body = form;
  },
  deviceConfirm: (ctx, form) => {
    ctx.body = form;
  },
  deviceDone: (ctx) => {
    ctx.body = 'done';
  },
  signOut: (ctx, form) => {
    ctx.body = form;
  },
  signedOut: (ctx) => {
    ctx.body = 'signed out';
  },
};

/** A browser that follows redirects and keeps cookies, until it would leave for `redirectUri`. */
export async function authorize(start: string, redirectUri: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = new URL(start);
  for (let step = 0; step < 12; step++) {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      const equals = pair.indexOf('=');
      cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
    const location = response.headers.get('location');
    if (location === null)
      throw new Error(`no redirect but ${response.status}: ${(await response.text()).slice(0, 500)}`);
    url = new URL(location, url);
    if (url.href.startsWith(redirectUri)) return url;
  }
  throw new Error('too many redirects');
}
