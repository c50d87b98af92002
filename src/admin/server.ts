import { createHash, timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../ports.ts';
import type { Hook } from '../tokens/github-secret-scanning.ts';
import { handleAdmin } from './api.ts';
import { answerAuthzen, type DecisionPoint, isDecisionPath } from './authzen.ts';
import { CallStream } from './call-stream.ts';
import { Console } from './console.ts';
import { Hooks } from './hooks.ts';
import { type AdminAnswer, problem } from './operation.ts';
import { CHALLENGE_FIELD, PROOF_FIELD, presenceProof } from './presence-proof.ts';
import type { AdminServices } from './services.ts';

export interface AdminServerOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly services: AdminServices;
  /** The hook of a path, undefined where there is none. */
  readonly hooks?: (path: string) => Hook | undefined;
  /** Who answers applications that ask what a caller may do; undefined: nobody. */
  readonly decisions?: DecisionPoint;
  /** Where the built console lies; without it, its pages say how to build it. */
  readonly consoleFolder?: string;
  readonly logger: Logger;
}

const BODY_BYTES_MAX = 16 * 1_048_576;
/** Wrong tokens per peer and minute before further ones are answered 429 unseen. */
const FAILURES_MAX = 20;
const FAILURES_WINDOW_MS = 60_000;
const PEERS_MAX = 1_000;

const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
} as const;

/** The admin port: token, bounds and headers around `handleAdmin`. */
export class AdminServer {
  readonly #options: AdminServerOptions;
  readonly #server: http.Server;
  readonly #tokenDigest: Buffer;
  readonly #decisionDigest: Buffer | undefined;
  readonly #stream: CallStream;
  readonly #hooks: Hooks;
  readonly #console: Console;
  readonly #failures = new Map<string, { count: number; sinceMs: number }>();

  private constructor(options: AdminServerOptions) {
    this.#options = options;
    this.#tokenDigest = digest(options.token);
    this.#decisionDigest = options.decisions === undefined ? undefined : digest(options.decisions.token);
    this.#stream = new CallStream(options.services);
    this.#hooks = new Hooks(options.hooks ?? (() => undefined));
    this.#console = Console.read(options.consoleFolder);
    this.#server = http.createServer(
      { requestTimeout: 30_000, headersTimeout: 10_000, maxHeaderSize: 16_384, keepAliveTimeout: 5_000 },
      (request, response) => {
        this.#handle(request, response).catch((error: unknown) => {
          options.logger.error({ error: error instanceof Error ? error.stack : String(error) }, 'admin request failed');
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
    if (!this.#isOurHost(request.headers.host) || !isSameOrigin(request.headers)) {
      // A page of another site that resolves to this address must not reach the API with a visitor's browser.
      send(response, problem(403, 'origin', 'Not from here', 'this host name or origin is not that of the admin port'));
      return;
    }
    const target = request.url ?? '/';
    const path = target.split('?', 1)[0] ?? '';
    const page = await this.#console.answer(request.method, path, request.headers);
    if (page !== undefined) {
      if (!request.complete) response.shouldKeepAlive = false;
      response.writeHead(page.status, page.headers);
      response.end(page.body);
      return;
    }
    const peer = request.socket.remoteAddress ?? '';
    const authorization = request.headers.authorization;
    if (authorization !== undefined && this.#isThrottled(peer)) {
      send(response, problem(429, 'throttled', 'Too many wrong tokens'), { 'retry-after': '60' });
      return;
    }
    const authenticated = this.#isToken(authorization, this.#tokenDigest);
    const { decisions } = this.#options;
    if (decisions !== undefined && isDecisionPath(path)) {
      const mayAsk = authenticated || this.#isToken(authorization, this.#decisionDigest);
      if (authorization !== undefined && !mayAsk) this.#countFailure(peer);
      await this.#decide(request, response, path, mayAsk, decisions);
      return;
    }
    if (authorization !== undefined && !authenticated) this.#countFailure(peer);
    if (authenticated && request.method === 'GET' && target.split('?', 1)[0] === '/api/v1/stream') {
      const id = request.headers['last-event-id'];
      const opened = this.#stream.open(response, typeof id === 'string' ? id : undefined, SECURITY_HEADERS);
      if (!opened) send(response, problem(503, 'streams', 'Too many streams are open'));
      return;
    }
    const body = authenticated ? await readBody(request) : '';
    if (body === undefined) {
      response.shouldKeepAlive = false;
      send(response, problem(413, 'too_large', 'Body too large'));
      return;
    }
    const answer = await handleAdmin(this.#options.services, {
      method: request.method ?? 'GET',
      target,
      contentType: request.headers['content-type'] ?? '',
      body,
      idempotencyKey: singleField(request.headers['idempotency-key']),
      authenticated,
    });
    send(response, answer, {
      ...(answer.status === 401 ? { 'www-authenticate': 'Bearer realm="sallyport-admin"' } : {}),
      ...(target === '/livez' ? this.#proof(singleField(request.headers[CHALLENGE_FIELD])) : {}),
    });
  }

  /** Commands send the token only to who has it already: this port may be somebody else's after a crash. */
  #proof(challenge: string | undefined): http.OutgoingHttpHeaders {
    const proof = challenge === undefined ? undefined : presenceProof(this.#options.token, this.port, challenge);
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
        {
          ...echoed,
          'www-authenticate': 'Bearer realm="sallyport-decisions"',
        },
      );
      return;
    }
    const body = await readBody(request);
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

  #isToken(authorization: string | undefined, expected: Buffer | undefined): boolean {
    if (authorization === undefined || expected === undefined || !/^Bearer /i.test(authorization)) return false;
    return timingSafeEqual(digest(authorization.slice('Bearer '.length).trim()), expected);
  }

  /** Names that can only mean this machine or this address: anything else may be a rebound name. */
  #isOurHost(host: string | undefined): boolean {
    if (host === undefined) return false;
    const name = host.startsWith('[') ? host.slice(1, host.indexOf(']')) : (host.split(':', 1)[0] ?? '');
    const lower = name.toLowerCase();
    if (lower === 'localhost' || lower === this.#options.host.toLowerCase()) return true;
    return /^[0-9.]{7,15}$/.test(lower) || /^[0-9a-f:.]{2,45}$/.test(lower);
  }

  #isThrottled(peer: string): boolean {
    const failures = this.#failures.get(peer);
    return (
      failures !== undefined && failures.count >= FAILURES_MAX && this.#now() - failures.sinceMs < FAILURES_WINDOW_MS
    );
  }

  #countFailure(peer: string): void {
    const failures = this.#failures.get(peer);
    if (failures !== undefined && this.#now() - failures.sinceMs < FAILURES_WINDOW_MS) failures.count++;
    else {
      if (this.#failures.size >= PEERS_MAX) this.#failures.clear();
      this.#failures.set(peer, { count: 1, sinceMs: this.#now() });
    }
  }

  #now(): number {
    return this.#options.services.clock.nowMs();
  }

  async close(): Promise<void> {
    this.#stream.close();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

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

/** Browsers say where a request comes from; other clients say nothing. */
function isSameOrigin(headers: http.IncomingHttpHeaders): boolean {
  const { origin } = headers;
  if (origin === undefined) return true;
  const url = URL.parse(origin);
  return url !== null && url.host === headers.host;
}

/** Undefined where the body is larger than allowed. */
async function readBody(request: http.IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function send(response: http.ServerResponse, answer: AdminAnswer, more: http.OutgoingHttpHeaders = {}): void {
  response.writeHead(answer.status, { ...SECURITY_HEADERS, 'content-type': answer.contentType, ...more });
  response.end(answer.text);
}
