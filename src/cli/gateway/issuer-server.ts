import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import http, { IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Observation } from '../../core/finding.ts';
import { ISSUER_ENDPOINTS, type IssuerConfig } from '../../core/issuer.ts';
import { FORM_BYTES_MAX as PAGE_BYTES_MAX } from '../../core/sign-in.ts';
import { RevocationReader } from '../../crypto/revocation-memory.ts';
import { createFetch } from '../../edge/outbound-fetch.ts';
import { systemRandom } from '../../edge/random.ts';
import type { Clock, Logger, PublishedKeySet } from '../../ports.ts';
import { FindingBounds } from '../../respond/finding-bounds.ts';
import { openSealingKey, SecretMissing } from '../../store/secret-files.ts';
import { AuthorizationServer } from '../../tokens/oauth/authorization-server.ts';
import { addressOf, CALLER_FIELDS } from '../../tokens/oauth/caller.ts';
import { type Exchange, openInteraction } from '../../tokens/oauth/interactions.ts';
import { FORM_BYTES_MAX } from '../../tokens/oauth/jwt-access-tokens.ts';
import { signInObservation } from '../../tokens/oauth/observations.ts';
import {
  AUTHORIZATION_FORM_ROUTES,
  AUTHORIZATION_ROUTE,
  FORM_ROUTES,
  isSpelledOut,
  JWKS_ROUTE,
  REGISTRATION_ROUTE,
} from '../../tokens/oauth/provider.ts';
import { SigningKeysUnreadable } from '../../tokens/oauth/signing-keys.ts';
import { createSignIn, type SignIn } from '../../tokens/sign-in/sign-in.ts';
import { type SignInSite, signInSite } from '../../tokens/sign-in/site.ts';
import type { CredentialIdentifier } from './credential-identifier.ts';
import { issuerPages } from './issuer-pages.ts';
import { libraryFetch } from './library-fetch.ts';
import { isSignedOut } from './signed-out.ts';
import type { GatewayState } from './state.ts';

export interface IssuerServerOptions {
  readonly folder: string;
  /** The issuer of the configuration in force. */
  readonly config: () => IssuerConfig;
  readonly state: GatewayState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly identifier: CredentialIdentifier;
  readonly observe: (observation: Observation) => void;
  /** Resolves when every thread verifies by the keys. */
  readonly publish: (keys: PublishedKeySet) => Promise<void>;
  readonly sealingKey: string | undefined;
}

/** Longest path of a socket on every system we run on, less one. */
const SOCKET_PATH_MAX = 100;
/** Strangers can have requests of theirs remembered: those that are over make room as fast as they came. */
const TIMER_MS_MAX = 60_000;
const TIMER_MS_MIN = 50;
const KEYS_CACHE_SECONDS_MAX = 300;

/**
 * The authorization server at its socket, on the control plane. Only the data plane of this process reaches it: there every
 * call of it was framed, limited and recorded like any other, and who the client is was added.
 */
export class IssuerServer {
  readonly socketFile: string;
  readonly server: AuthorizationServer;
  readonly #options: IssuerServerOptions;
  readonly #http: http.Server;
  readonly #ownFolder: string | undefined;
  readonly #bounds = new FindingBounds();
  #signInOf = '';
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #signIn: SignIn;
  #keysDocument: { readonly text: string; readonly tag: string } | undefined;

  private constructor(options: IssuerServerOptions, sealingKey: Uint8Array) {
    this.#options = options;
    const { state, clock, config, logger } = options;
    const revoked = new RevocationReader(state.revocationIndex.handle());
    this.server = new AuthorizationServer({
      config,
      records: state.store.oauthRecords,
      clients: state.store.oauthClients,
      signingKeys: state.store.signingKeys,
      consumers: state.consumers,
      peppers: state.peppers,
      sealingKey,
      clock,
      random: systemRandom,
      pages: issuerPages(() => this.#site()),
      account: async (id, sinceSeconds) => {
        const account = await state.accounts.findActive(id);
        if (account === undefined || (await isSignedOut(state, id, sinceSeconds))) return undefined;
        const { name, displayName, email, emailVerified } = account;
        return {
          id,
          claims: {
            name: displayName,
            preferred_username: name,
            ...(email === '' ? {} : { email, email_verified: emailVerified }),
          },
        };
      },
      send: libraryFetch(createFetch()),
      identify: (kind, credential, caller) => options.identifier.identify(config(), kind, credential, caller),
      revoke: async (kind, value, until) => {
        const result = await state.revocations.revoke({
          kind,
          issuer: config().identifier,
          value,
          // The clock of the issuer is ours.
          ...(until === 'now' ? { beforeSeconds: Math.floor(clock.nowMs() / 1000) } : {}),
        });
        if (!result.ok) throw new Error(result.message);
      },
      isRevoked: ({ jti, sid, sub, clientId, kid, issuedAtSeconds: at }) => {
        const { identifier } = config();
        return (
          revoked.isRevoked('jti', identifier, jti, at) ||
          (sid !== '' && revoked.isRevoked('sid', identifier, sid, at)) ||
          revoked.isRevoked('sub', identifier, sub, at) ||
          revoked.isRevoked('client', identifier, clientId, at) ||
          revoked.isRevoked('kid', identifier, kid, at)
        );
      },
      unknownClient: (clientId, { address, agent }) => {
        const used = state.honey.honeyClientUsed(clientId, {
          address,
          userAgent: agent,
          routeId: ISSUER_ENDPOINTS,
          timeMs: clock.nowMs(),
          requestId: '',
        });
        if (used !== undefined) options.observe(this.#bounds.boundActors(used));
      },
      observe: (observation) => options.observe(this.#bounds.bound(observation)),
      failed: (error) => logger.error({ error: error.stack }, 'the authorization server failed'),
      publish: async (keys) => {
        try {
          await options.publish(keys);
        } catch (error) {
          // Whoever asked is told; that it is tried again does not wait for them.
          if (this.#timer !== undefined) this.#schedule();
          throw error;
        }
        this.#keysDocument = undefined;
        logger.info({ keys: keys.keys.length }, 'signing keys of the issuer are in force');
      },
    });
    this.#signIn = this.#newSignIn();
    const wanted = join(options.folder, 'issuer.sock');
    this.#ownFolder = wanted.length <= SOCKET_PATH_MAX ? undefined : mkdtempSync(join(tmpdir(), 'sallyport-'));
    this.socketFile = this.#ownFolder === undefined ? wanted : join(this.#ownFolder, 's');
    this.#http = http.createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        logger.error({ error: String(error) }, 'a request to the authorization server failed');
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
    });
  }

  /** Throws SecretMissing where the key that the signing keys are sealed under is not there or another one. */
  static async start(options: IssuerServerOptions): Promise<IssuerServer> {
    const inUse = (await options.state.store.signingKeys.list()).length > 0;
    const server = new IssuerServer(options, openSealingKey(options.folder, options.sealingKey, inUse));
    try {
      await server.server.start();
    } catch (error) {
      if (!(error instanceof SigningKeysUnreadable)) throw error;
      throw new SecretMissing(
        `${error.message}. Put the right one back (the file sealing-key of the data folder, or SALLYPORT_SEALING_KEY). ` +
          'Without it everybody has to sign in again under new keys: then run sallyport signing-keys reset, and start again.',
      );
    }
    await server.#listen();
    server.#schedule();
    return server;
  }

  async #listen(): Promise<void> {
    rmSync(this.socketFile, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(this.socketFile, resolve);
    });
    chmodSync(this.socketFile, 0o600);
  }

  /** The configuration has changed. */
  async reconfigured(): Promise<void> {
    await this.server.reconfigured();
    // What is pending would be of another place.
    if (this.#site().issuer !== this.#signInOf) this.#signIn = this.#newSignIn();
    this.#schedule();
  }

  #site(): SignInSite {
    const { identifier, serviceName } = this.#options.config();
    return signInSite(identifier, serviceName);
  }

  #newSignIn(): SignIn {
    const { state, clock, config, logger, observe } = this.#options;
    const site = this.#site();
    this.#signInOf = site.issuer;
    return createSignIn({
      site,
      config: () => config().signIn,
      accounts: state.accounts,
      clock,
      random: systemRandom,
      send: createFetch(),
      openInteraction: (handle, id) =>
        openInteraction(this.server.provider, config().identifier, handle as Exchange, id),
      secret: systemRandom.bytes(32),
      signal: (signal) => observe(this.#bounds.bound(signInObservation(signal, clock.nowMs()))),
      logger,
    });
  }

  /** Pages are small, and so are the forms on them. */
  async #answerPage(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const target = request.url ?? '';
    const question = target.indexOf('?');
    const headers: Record<string, string | undefined> = {};
    for (const [name, value] of Object.entries(request.headers))
      headers[name] = Array.isArray(value) ? value.join(', ') : value;
    const answer = await this.#signIn.handle({
      method: request.method ?? '',
      path: path + (question === -1 ? target : target.slice(0, question)),
      query: question === -1 ? '' : target.slice(question + 1),
      headers,
      body: await readStart(request, PAGE_BYTES_MAX + 1),
      address: addressOf(request),
      handle: { request, response } satisfies Exchange,
    });
    response.writeHead(answer.status, answer.headers as http.OutgoingHttpHeaders).end(answer.body);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const closed = new Promise((resolve) => this.#http.close(resolve));
    this.#http.closeAllConnections();
    await closed;
    rmSync(this.#ownFolder ?? this.socketFile, { recursive: true, force: true });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { path, origin } = this.#options.config();
    const target = localTarget(request.url ?? '', path);
    // Without the word of the data plane of who is calling, nobody is.
    if (target === undefined || request.headers[CALLER_FIELDS.address] === undefined) {
      response.writeHead(404).end();
      return;
    }
    request.url = target;
    // The library makes addresses of these; what a client writes into them must not become part of any.
    const { host, protocol } = new URL(origin);
    Object.assign(request, { baseUrl: path });
    Object.assign(request.headers, { host, 'x-forwarded-proto': protocol.slice(0, -1), 'x-forwarded-host': host });
    const question = target.indexOf('?');
    const route = question === -1 ? target : target.slice(0, question);
    if (!isSpelledOut(route)) response.writeHead(404).end();
    else if (route === JWKS_ROUTE && (request.method === 'GET' || request.method === 'HEAD'))
      this.#answerKeys(request, response);
    else if (route.startsWith('/sign-in/')) await this.#answerPage(request, response, path);
    else if (request.method === 'POST' && FORM_ROUTES.includes(route))
      await this.#answerForm(request, response, (replay, form) => this.server.accessTokens.adopt(replay, form));
    else if (request.method === 'POST' && AUTHORIZATION_FORM_ROUTES.includes(route))
      await this.#answerForm(request, response, (_replay, form) => this.#withScope(form, basicUser(request)));
    else if (request.method === 'PUT' && route.startsWith(`${REGISTRATION_ROUTE}/`)) {
      const id = route.slice(REGISTRATION_ROUTE.length + 1);
      await this.#answerForm(request, response, (_replay, change) => this.server.clients.changeOf(id, change));
    } else if (route === AUTHORIZATION_ROUTE && question !== -1) {
      request.url = `${route}?${await this.#withScope(target.slice(question + 1))}`;
      await this.server.provider.callback()(request, response);
    } else await this.server.provider.callback()(request, response);
  }

  /** RFC 7517 §5; cached no longer than a key is published before it signs. */
  #answerKeys(request: IncomingMessage, response: ServerResponse): void {
    this.#keysDocument ??= keysDocument(this.server.signingKeys.published());
    const document = this.#keysDocument;
    const ahead = this.#options.config().signingKeys.publishAheadSeconds;
    const headers = {
      'content-type': 'application/jwk-set+json',
      'cache-control': `public, max-age=${Math.floor(Math.min(KEYS_CACHE_SECONDS_MAX, ahead / 2))}, must-revalidate`,
      'access-control-allow-origin': '*',
      etag: document.tag,
    };
    if (request.headers['if-none-match'] === document.tag) response.writeHead(304, headers).end();
    else
      response
        .writeHead(200, { ...headers, 'content-length': Buffer.byteLength(document.text) })
        .end(request.method === 'HEAD' ? undefined : document.text);
  }

  /** Parameters of an authorization request; those without a scope get one. What was pushed has its own. */
  async #withScope(text: string, clientId?: string): Promise<string> {
    const parameters = new URLSearchParams(text);
    if (clientId !== undefined && !parameters.has('client_id')) parameters.set('client_id', clientId);
    if (parameters.has('scope') || parameters.has('request_uri') || parameters.has('request')) return text;
    return `${text}&scope=${encodeURIComponent(await this.server.defaultScope(parameters))}`;
  }

  /** Hands the library another form than the one that came. */
  async #answerForm(
    request: IncomingMessage,
    response: ServerResponse,
    rewritten: (replay: IncomingMessage, form: string) => Promise<string>,
  ): Promise<void> {
    const body = await readBounded(request, FORM_BYTES_MAX);
    if (body === undefined) {
      response.writeHead(413).end();
      return;
    }
    const replay = new IncomingMessage(request.socket);
    const { method, url, httpVersion } = request;
    Object.assign(replay, { method, url, httpVersion, baseUrl: this.#options.config().path });
    const form = await rewritten(replay, body);
    replay.headers = { ...request.headers, 'content-length': String(Buffer.byteLength(form)) };
    // Else its end would be taken for that of the connection.
    replay.complete = true;
    replay.push(form);
    replay.push(null);
    await this.server.provider.callback()(replay, response);
  }

  /** Rotation that is due, and what ended, one timer for both. */
  #schedule(): void {
    clearTimeout(this.#timer);
    // What was going on when it was closed must not begin anew beside a server that came after it.
    if (this.#isClosed) return;
    const { clock, logger } = this.#options;
    const waitMs = Math.min(Math.max(this.server.signingKeys.dueAtMs() - clock.nowMs(), TIMER_MS_MIN), TIMER_MS_MAX);
    this.#timer = setTimeout(() => {
      Promise.all([this.server.signingKeys.advance(), this.server.records.prune()])
        .catch((error: unknown) => logger.error({ error: String(error) }, 'signing keys could not be rotated'))
        .finally(() => this.#schedule());
    }, waitMs);
    this.#timer.unref();
  }
}

/** The target below the issuer's path; undefined where it is not below it. */
function localTarget(target: string, path: string): string | undefined {
  if (target.startsWith(`${path}/`)) return target.slice(path.length);
  const question = target.indexOf('?');
  const name = question === -1 ? target : target.slice(0, question);
  for (const document of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'])
    if (name === document + path) return document;
  return undefined;
}

function keysDocument(keys: readonly unknown[]): { text: string; tag: string } {
  const text = JSON.stringify({ keys });
  return { text, tag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` };
}

async function readBounded(request: IncomingMessage, bytesMax: number): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  // The connection is still needed, to say so.
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > bytesMax) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** The first bytes of a body; the rest is read and forgotten. */
async function readStart(request: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    if (bytes < bytesMax) pieces.push(piece.subarray(0, bytesMax - bytes));
    bytes += piece.length;
  }
  return Buffer.concat(pieces);
}

/** Who says to be calling, by `Authorization: Basic`; whether it is true is for the library to find out. */
function basicUser({ headers }: IncomingMessage): string | undefined {
  const [scheme, text = ''] = (headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'basic') return undefined;
  return Buffer.from(text, 'base64').toString('utf8').split(':')[0];
}
