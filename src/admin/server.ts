import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../ports.ts';
import type { Hook } from '../tokens/github-secret-scanning.ts';
import { type Admitted, admit, perform } from './api.ts';
import { answerAuthzen, type DecisionPoint, isDecisionPath } from './authzen.ts';
import { filterOf } from './call-filters.ts';
import { CallStream } from './call-stream.ts';
import type { Caller, ConsoleAccounts } from './caller.ts';
import { Console } from './console.ts';
import { ConsolePasskeys } from './console-passkeys.ts';
import { ConsoleSignIn, isBearer, throttled, tokenDigest, type Visit } from './console-sign-in.ts';
import { Hooks } from './hooks.ts';
import { type AdminAnswer, problem } from './operation.ts';
import { CHALLENGE_FIELD, PROOF_FIELD, presenceProof } from './presence-proof.ts';
import { hasOwnOrigin, isFromElsewhere, isOwnHost, isSameOrigin, pageOrigin } from './request-origin.ts';
import type { AdminServices } from './services.ts';
import { sessionIdIn } from './session-cookie.ts';

export interface AdminServerOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly services: AdminServices;
  /** The hook of a path, undefined where there is none. */
  readonly hooks?: (path: string) => Hook | undefined;
  /** Who answers applications that ask what a caller may do; undefined: nobody. */
  readonly decisions?: DecisionPoint;
  /** Accounts that may sign in; undefined: none. */
  readonly accounts?: ConsoleAccounts;
  /** Where the built console lies; without it, its pages say how to build it. */
  readonly consoleFolder?: string;
  readonly logger: Logger;
}

const BODY_BYTES_MAX = 16 * 1_048_576;
/** Of somebody who has not proved anything yet, and where nothing is said in a body. */
const SMALL_BODY_BYTES_MAX = 65_536;

const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
} as const;

/** The admin port: who asks, bounds and headers around `admit` and `perform`. */
export class AdminServer {
  readonly #options: AdminServerOptions;
  readonly #server: http.Server;
  readonly #decisionDigest: Buffer | undefined;
  readonly #stream: CallStream;
  readonly #hooks: Hooks;
  readonly #console: Console;
  readonly #door: ConsoleSignIn;

  private constructor(options: AdminServerOptions) {
    this.#options = options;
    const { services, token, host, logger, accounts } = options;
    this.#decisionDigest = options.decisions === undefined ? undefined : tokenDigest(options.decisions.token);
    this.#stream = new CallStream(services);
    this.#hooks = new Hooks(options.hooks ?? (() => undefined));
    this.#console = Console.read(options.consoleFolder);
    this.#door = new ConsoleSignIn({
      token,
      logger,
      clock: services.clock,
      accounts,
      passkeys:
        accounts === undefined
          ? undefined
          : new ConsolePasskeys({
              accounts: services.accounts,
              clock: services.clock,
              issuerUrl: () => services.issuerUrl(),
              host,
              port: () => this.port,
            }),
    });
    this.#server = http.createServer(
      { requestTimeout: 30_000, headersTimeout: 10_000, maxHeaderSize: 16_384, keepAliveTimeout: 5_000 },
      (request, response) => {
        this.#handle(request, response).catch((error: unknown) => {
          logger.error({ error: error instanceof Error ? error.stack : String(error) }, 'admin request failed');
          if (response.headersSent) response.destroy();
          else send(response, answerTo(error));
        });
      },
    );
    this.#server.maxConnections = 1_000;
  }

  /** Starts listening; rejects where the address cannot be had. */
  static async start(options: AdminServerOptions): Promise<AdminServer> {
    const server = new AdminServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      server.#server.listen(options.port, options.host, () => {
        server.#server.off('error', reject);
        resolve();
      });
    });
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async #handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    // Whoever sends proves it by a signature, so that the name it used does not matter.
    const hooked = await this.#hooks.answer(request);
    if (hooked !== undefined) {
      if (!request.complete) response.shouldKeepAlive = false;
      send(response, hooked);
      return;
    }
    const { headers } = request;
    if (!isOwnHost(headers.host, this.#options.host) || !isSameOrigin(headers)) {
      // A page of another site that resolves to this address must not reach the API with a visitor's browser.
      send(response, problem(403, 'origin', 'Not from here', 'this host name or origin is not that of the admin port'));
      return;
    }
    const target = request.url ?? '/';
    const path = target.split('?', 1)[0] ?? '';
    const page = await this.#console.answer(request.method, path, headers);
    if (page !== undefined) {
      if (!request.complete) response.shouldKeepAlive = false;
      response.writeHead(page.status, page.headers);
      response.end(page.body);
      return;
    }
    const peer = request.socket.remoteAddress ?? '';
    const { authorization } = headers;
    const visit: Visit = { peer, origin: pageOrigin(headers), sessionId: sessionIdIn(headers.cookie) };
    const caller = await this.#callerOf(request, visit);
    const decisions = isDecisionPath(path) ? this.#options.decisions : undefined;
    const isAdministrator = caller !== undefined && caller.session === undefined;
    const mayAsk = decisions !== undefined && (isAdministrator || isBearer(authorization, this.#decisionDigest));
    // The right token is let in whatever others of its address sent: who guesses must not lock out who knows.
    if (authorization !== undefined && caller === undefined && !mayAsk && this.#door.isOneTooMany(peer)) {
      response.shouldKeepAlive = request.complete;
      send(response, throttled());
      return;
    }
    if (decisions !== undefined) {
      await this.#decide(request, response, path, mayAsk, decisions);
      return;
    }
    await this.#serve(request, response, visit, caller);
  }

  /** A bearer token decides alone where there is one: a browser's cookie does not help a wrong token. */
  async #callerOf({ headers }: http.IncomingMessage, visit: Visit): Promise<Caller | undefined> {
    if (headers.authorization !== undefined) return this.#door.byBearer(headers.authorization);
    return isFromElsewhere(headers) ? undefined : this.#door.bySession(visit.sessionId);
  }

  async #serve(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    visit: Visit,
    caller: Caller | undefined,
  ): Promise<void> {
    const method = request.method ?? 'GET';
    const target = request.url ?? '/';
    const admitted = admit({ method, target, caller });
    if ('text' in admitted) {
      send(response, admitted, admitted.status === 401 ? CHALLENGE : {});
      return;
    }
    if (!this.#isMeant(request, admitted, caller)) {
      response.shouldKeepAlive = request.complete;
      send(response, problem(403, 'csrf', 'Not from the console', 'send x-csrf-token, from a page of this address'));
      return;
    }
    if (admitted.operation.stream === true) {
      const isOpen = await this.#stream.open(response, {
        lastEventId: singleField(request.headers['last-event-id']),
        owner: caller?.name ?? '',
        filter: filterOf(admitted.query),
        headers: SECURITY_HEADERS,
        // A stream is no request: it does not keep a session alive, and ends with it.
        isAllowed: async () =>
          caller?.session === undefined || (await this.#door.bySession(visit.sessionId, 'look')) !== undefined,
      });
      if (!isOpen) send(response, problem(503, 'streams', 'Too many streams are open'));
      return;
    }
    const isLarge = caller !== undefined && admitted.operation.body !== undefined;
    const body = await readBody(request, isLarge ? BODY_BYTES_MAX : SMALL_BODY_BYTES_MAX);
    if (body === undefined) {
      response.shouldKeepAlive = false;
      send(response, problem(413, 'too_large', 'Body too large'));
      return;
    }
    const answer = await perform(this.#options.services, admitted, {
      method,
      target,
      caller,
      contentType: request.headers['content-type'] ?? '',
      body,
      idempotencyKey: singleField(request.headers['idempotency-key']),
      visit,
      door: this.#door,
    });
    send(response, answer, target === '/livez' ? this.#proof(request) : {});
  }

  /** A browser sends the cookie with whatever a page makes it send: what changes something has to show that it was ours. */
  #isMeant({ method, headers }: http.IncomingMessage, { operation }: Admitted, caller: Caller | undefined): boolean {
    const session = caller?.session;
    if (session === undefined || method === 'GET' || operation.role === 'anyone') return true;
    return hasOwnOrigin(headers) && this.#door.isCsrfToken(session, singleField(headers['x-csrf-token']));
  }

  /** Commands send the token only to who has it already: this port may be somebody else's after a crash. */
  #proof({ headers, socket }: http.IncomingMessage): http.OutgoingHttpHeaders {
    const challenge = singleField(headers[CHALLENGE_FIELD]);
    const at = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    const proof = challenge === undefined ? undefined : presenceProof(this.#options.token, at, challenge);
    return proof === undefined ? {} : { [PROOF_FIELD]: proof };
  }

  /** Applications ask with a token that is good for nothing else (AuthZEN); the request id comes back as it came. */
  async #decide(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    path: string,
    mayAsk: boolean,
    decisions: DecisionPoint,
  ): Promise<void> {
    const requestId = singleField(request.headers['x-request-id']);
    const echoed = requestId === undefined ? {} : { 'x-request-id': requestId };
    if (!mayAsk) {
      response.shouldKeepAlive = request.complete;
      send(
        response,
        problem(401, 'unauthorized', 'A token is needed', 'see the file decision-token of the data folder'),
        { ...echoed, 'www-authenticate': 'Bearer realm="sallyport-decisions"' },
      );
      return;
    }
    const body = await readBody(request, BODY_BYTES_MAX);
    if (body === undefined) {
      response.shouldKeepAlive = false;
      send(response, problem(413, 'too_large', 'Body too large'), echoed);
      return;
    }
    const answer = await answerAuthzen(decisions, {
      method: request.method ?? 'GET',
      path,
      body,
      contentType: request.headers['content-type'] ?? '',
      origin: `http://${request.headers.host ?? ''}`,
    });
    send(response, answer, echoed);
  }

  async close(): Promise<void> {
    this.#stream.close();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

const CHALLENGE = { 'www-authenticate': 'Bearer realm="sallyport-admin"' } as const;

/** Stores say of what kind a failure is; nothing else of an error reaches the caller. */
function answerTo(error: unknown): AdminAnswer {
  const code = error instanceof Error && error.name === 'StoreError' && 'code' in error ? String(error.code) : '';
  if (code === 'cursor') return problem(400, 'query_invalid', 'Not a cursor of this list');
  if (code !== '')
    return problem(
      503,
      `store_${code}`,
      'The store could not do this',
      'nothing was changed; calls are served all the same',
    );
  return problem(500, 'fault', 'The gateway could not do this', 'the log says why');
}

function singleField(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Undefined where the body is larger than allowed. */
async function readBody(request: http.IncomingMessage, bytesMax: number): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bytesMax) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function send(response: http.ServerResponse, answer: AdminAnswer, more: http.OutgoingHttpHeaders = {}): void {
  response.writeHead(answer.status, {
    ...SECURITY_HEADERS,
    'content-type': answer.contentType,
    ...answer.headers,
    ...more,
  });
  response.end(answer.text);
}
