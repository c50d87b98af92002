import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { type InteractionResults, type JWKS, Provider } from 'oidc-provider';
import { FORM_BYTES_MAX, type Interaction, type SignInConfig } from '../../src/core/sign-in.ts';
import { systemClock } from '../../src/edge/clock.ts';
import { createFetch } from '../../src/edge/outbound-fetch.ts';
import { systemRandom } from '../../src/edge/random.ts';
import { memoryControlStore } from '../../src/store/memory/control-store.ts';
import { type Accounts, createAccounts } from '../../src/tokens/accounts.ts';
import { createPasswordWork } from '../../src/tokens/password-work.ts';
import { createSignIn, type SignIn } from '../../src/tokens/sign-in/sign-in.ts';
import { signInSite } from '../../src/tokens/sign-in/site.ts';

interface Exchange {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
}

/** A real authorization server (oidc-provider) on loopback, whose people sign in through our pages. */
export class SignInServer {
  readonly url: string;
  readonly accounts: Accounts;
  readonly logged: string[] = [];
  config: SignInConfig = { passwords: true, passkeys: true, providers: [], scopeDescriptions: [] };
  readonly #server: http.Server;
  #provider: Provider | undefined;
  #signIn: SignIn | undefined;

  private constructor(server: http.Server, url: string) {
    this.#server = server;
    this.url = url;
    this.accounts = createAccounts({
      store: memoryControlStore().accounts,
      passwords: createPasswordWork(systemRandom),
      clock: systemClock(),
      random: systemRandom,
      services: () => [],
    });
  }

  static async start(
    clients: readonly { readonly id: string; readonly secret: string; readonly redirectUri: string }[],
    /** Passkeys are bound to names, never to addresses. */
    host: '127.0.0.1' | 'localhost' = '127.0.0.1',
  ): Promise<SignInServer> {
    const server = http.createServer((request, response) => void here.#answer({ request, response }));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const here = new SignInServer(server, `http://${host}:${(server.address() as AddressInfo).port}`);
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwks = { keys: [{ ...(await exportJWK(privateKey)), kid: 'k', alg: 'ES256', use: 'sig' }] } as JWKS;
    const provider = new Provider(here.url, {
      jwks,
      clients: clients.map(({ id, secret, redirectUri }) => ({
        client_id: id,
        client_secret: secret,
        client_name: `App ${id}`,
        redirect_uris: [redirectUri],
        id_token_signed_response_alg: 'ES256' as const,
      })),
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
      scopes: ['openid', 'email', 'profile'],
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_context, { uid }) => here.#signIn?.interactionUrl(uid) ?? '' },
      findAccount: async (_context, accountId) => {
        const account = await here.accounts.findActive(accountId);
        if (account === undefined) return undefined;
        const { name, displayName, email } = account;
        return {
          accountId,
          claims: async () => ({
            sub: accountId,
            name: displayName,
            preferred_username: name,
            email,
            email_verified: true,
          }),
        };
      },
    });
    here.#provider = provider;
    const logger = (fields: object, text: string): void => void here.logged.push(JSON.stringify(fields) + text);
    here.#signIn = createSignIn({
      site: signInSite(here.url, 'Test'),
      config: () => here.config,
      accounts: here.accounts,
      clock: systemClock(),
      random: systemRandom,
      send: createFetch(),
      openInteraction: (handle, id) => openInteraction(provider, handle as Exchange, id),
      secret: randomBytes(32),
      signal: () => undefined,
      logger: { debug: logger, info: logger, warn: logger, error: logger },
    });
    return here;
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const [path = '', query = ''] = (request.url ?? '').split('?');
    if (!path.startsWith('/sign-in/') || this.#signIn === undefined) {
      await this.#provider?.callback()(request, response);
      return;
    }
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const answer = await this.#signIn.handle({
      method: request.method ?? '',
      path,
      query,
      headers: request.headers as Record<string, string>,
      body: Buffer.concat(pieces).subarray(0, FORM_BYTES_MAX + 1),
      address: request.socket.remoteAddress ?? '',
      handle: exchange,
    });
    response.writeHead(answer.status, answer.headers as http.OutgoingHttpHeaders).end(answer.body);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

async function openInteraction(
  provider: Provider,
  { request, response }: Exchange,
  id: string,
): Promise<Interaction | undefined> {
  const details = await provider.interactionDetails(request, response).catch(() => undefined);
  if (details === undefined || details.uid !== id) return undefined;
  const { params, prompt, session } = details;
  const client = await provider.Client.find(String(params['client_id']));
  const redirectUri = String(params['redirect_uri']);
  const missing = prompt.details['missingOIDCScope'];
  const scopes = Array.isArray(missing) ? missing.map(String) : [];
  const result = (value: InteractionResults): Promise<string> =>
    provider.interactionResult(request, response, value, { mergeWithLastSubmission: false });
  return {
    id,
    prompt: prompt.name === 'login' ? 'login' : 'consent',
    client: {
      id: String(params['client_id']),
      name: client?.clientName ?? '',
      uri: client?.clientUri,
      redirectHost: new URL(redirectUri).host,
      redirectUri,
    },
    accountId: session?.accountId,
    scopes,
    resources: [],
    loginHint: typeof params['login_hint'] === 'string' ? params['login_hint'] : undefined,
    finishLogin: ({ accountId, amr, authTimeSeconds, remember }) =>
      result({ login: { accountId, amr: [...amr], ts: authTimeSeconds, remember } }),
    finishConsent: async () => {
      const grant = new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params['client_id']) });
      grant.addOIDCScope(scopes.join(' '));
      return result({ consent: { grantId: await grant.save() } });
    },
    abort: () => result({ error: 'access_denied', error_description: 'the person said no' }),
  };
}

/** A browser over the network: keeps cookies by origin and path, and follows redirects up to where it shall stop. */
export class NetworkBrowser {
  readonly #cookies: {
    readonly origin: string;
    readonly path: string;
    readonly name: string;
    readonly value: string;
  }[] = [];
  /** Every address that was visited. */
  readonly visited: string[] = [];

  async go(
    url: string,
    options: { readonly fields?: Readonly<Record<string, string>>; readonly stopAt?: string } = {},
  ): Promise<{ readonly url: string; readonly status: number; readonly body: string }> {
    let [at, fields] = [url, options.fields];
    for (let hops = 0; hops < 12; hops++) {
      this.visited.push(at);
      if (options.stopAt !== undefined && at.startsWith(options.stopAt)) return { url: at, status: 0, body: '' };
      const { origin, pathname } = new URL(at);
      const cookie = this.#cookies
        .filter(
          (one) =>
            one.origin === origin && (pathname === one.path || pathname.startsWith(one.path.replace(/\/?$/, '/'))),
        )
        .map(({ name, value }) => `${name}=${value}`)
        .join('; ');
      const answer = await fetch(at, {
        redirect: 'manual',
        headers: {
          ...(cookie === '' ? {} : { cookie }),
          ...(fields === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded', origin: 'null' }),
        },
        ...(fields === undefined ? {} : { method: 'POST', body: new URLSearchParams(fields).toString() }),
      });
      for (const text of answer.headers.getSetCookie()) this.#keep(origin, text);
      const body = await answer.text();
      const refresh = answer.headers.get('refresh');
      const location = answer.headers.get('location') ?? (refresh === null ? null : refresh.slice('0; url='.length));
      if (location === null) return { url: at, status: answer.status, body };
      [at, fields] = [new URL(location, at).href, undefined];
    }
    throw new Error('redirected without end');
  }

  #keep(origin: string, text: string): void {
    const [pair = '', ...attributes] = text.split(';');
    const name = pair.slice(0, pair.indexOf('='));
    const path =
      attributes
        .map((one) => one.trim())
        .find((one) => one.toLowerCase().startsWith('path='))
        ?.slice(5) ?? '/';
    const known = this.#cookies.findIndex((one) => one.origin === origin && one.path === path && one.name === name);
    if (known >= 0) this.#cookies.splice(known, 1);
    const value = pair.slice(pair.indexOf('=') + 1);
    if (value !== '') this.#cookies.push({ origin, path, name, value });
  }
}
