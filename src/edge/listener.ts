import { constants } from 'node:crypto';
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import type { ListenConfig } from '../core/configuration.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { REVOCATION_LISTS_MAX } from '../crypto/certificates/crl.ts';
import { readPem, writePem } from '../crypto/certificates/pem.ts';
import { addressGroup } from '../http/client-address.ts';
import type { ConnectionGauge } from '../limit/connections.ts';
import { rawProblem } from './proxy/answer.ts';
import { recordUnparsed } from './proxy/call-record.ts';
import { Exchange } from './proxy/exchange.ts';
import { peerOf, rememberPeer } from './proxy/peer.ts';
import { upgrade } from './proxy/upgrade.ts';
import { H1Call } from './proxy/wire-h1.ts';
import { H2Call } from './proxy/wire-h2.ts';
import type { ThreadContext } from './thread-context.ts';

/** PEM texts of the listener's certificate, and of whom certificates of clients are believed from. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | undefined;
  readonly crl: string | undefined;
}

/** A client socket and what this gateway knows of it. */
interface ClientSocket extends Socket {
  /** The call its last request became; calls before it that are not finished hang on it. */
  current?: H1Call;
  /** True: a request on it was refused as unclear; whatever bytes follow are not looked at. */
  poisoned?: boolean;
  /** True: its certificate was verified by authorities or revocation lists that have been replaced. */
  retired?: boolean;
}

const STREAMS_MAX = 100;
const H2_WINDOW_BYTES = 1_048_576;
const CHECK_INTERVAL_MS = 2_000;

/** One listening socket of one data-plane thread. Every thread listens on the same port (SO_REUSEPORT). */
export class Listener {
  readonly #thread: ThreadContext;
  readonly #config: ListenConfig;
  readonly #server: http.Server | http2.Http2SecureServer;
  readonly #connections: ConnectionGauge;
  readonly #sessions = new Set<http2.ServerHttp2Session>();
  readonly #upgraded = new Set<Duplex>();
  /** Connections whose client has shown a certificate. */
  readonly #certified = new Set<ClientSocket>();
  #trusted: TlsMaterial | undefined;

  constructor(thread: ThreadContext, config: ListenConfig, tls: TlsMaterial | undefined, connections: ConnectionGauge) {
    this.#thread = thread;
    this.#config = config;
    const { limits } = config;
    this.#connections = connections;
    this.#trusted = tls;
    const h1Options = {
      // One more than ours allow, so that our own check names the reason.
      maxHeaderSize: limits.headerBytesMax + 1024,
      requireHostHeader: false,
      insecureHTTPParser: false,
      headersTimeout: limits.headersTimeoutSeconds * 1000,
      requestTimeout: limits.requestTimeoutSeconds * 1000,
      keepAliveTimeout: limits.keepAliveTimeoutSeconds * 1000,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      noDelay: true,
      // Offers to upgrade to anything else are ignored, as RFC 9110 §7.8 allows, and not passed on.
      shouldUpgradeCallback: (request: http.IncomingMessage) => request.headers.upgrade?.toLowerCase() === 'websocket',
      highWaterMark: 65_536,
    };
    this.#server =
      tls === undefined
        ? http.createServer(h1Options)
        : http2.createSecureServer({
            ...h1Options,
            ...secureContext(tls, config.tls?.clientAuth ?? 'none'),
            requestCert: asksClients(config),
            rejectUnauthorized: config.tls?.clientAuth === 'require',
            allowHTTP1: true,
            settings: {
              maxConcurrentStreams: STREAMS_MAX,
              initialWindowSize: 65_535,
              maxHeaderListSize: limits.headerBytesMax,
            },
            maxSessionMemory: 10,
            maxHeaderListPairs: limits.headerFieldsMax + 8,
            maxSessionInvalidFrames: 100,
            maxSessionRejectedStreams: 100,
            streamResetBurst: 200,
            streamResetRate: 33,
            unknownProtocolTimeout: 5_000,
          });
    // Both kinds of server take these; the declarations know them on one.
    Object.assign(this.#server, {
      headersTimeout: h1Options.headersTimeout,
      requestTimeout: h1Options.requestTimeout,
      keepAliveTimeout: h1Options.keepAliveTimeout,
      timeout: limits.idleTimeoutSeconds * 1000,
    });
    if (!(this.#server instanceof http.Server)) this.#setUpH2(this.#server);
    this.#setUp();
  }

  #setUp(): void {
    const server = this.#server as http.Server;
    server.on('connection', (socket: Socket) => this.#onConnection(socket));
    server.on('request', (request, response) => this.#onRequest(request, response, false));
    server.on('checkContinue', (request, response) => this.#onRequest(request, response, true));
    // Any other expectation is refused by the framing check, which names the reason.
    server.on('checkExpectation', (request, response) => this.#onRequest(request, response, false));
    server.on('clientError', (error: Error & { code?: string }, socket: Duplex) => this.#onClientError(error, socket));
    server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket as Socket, head));
    server.on('connect', (request, socket, head) => this.#onUpgrade(request, socket as Socket, head));
  }

  #setUpH2(server: http2.Http2SecureServer): void {
    if (asksClients(this.#config)) server.on('secureConnection', (socket) => this.#onSecureConnection(socket));
    server.on('session', (session) => {
      this.#sessions.add(session);
      session.setLocalWindowSize(H2_WINDOW_BYTES);
      session.setTimeout(this.#config.limits.idleTimeoutSeconds * 1000, () => session.close());
      session.on('close', () => this.#sessions.delete(session));
      session.on('error', () => session.destroy());
    });
    server.on('sessionError', () => undefined);
  }

  #onConnection(socket: Socket): void {
    const place = this.#connections.open(addressGroup(socket.remoteAddress ?? ''));
    if (place === undefined) {
      this.#thread.metrics.connectionsRefused++;
      socket.destroy();
      return;
    }
    socket.once('close', () => place.release());
  }

  /** Comes before the first request of the connection, whichever version of HTTP it speaks. */
  #onSecureConnection(socket: TLSSocket): void {
    rememberPeer(socket);
    if (peerOf(socket) === undefined) return;
    this.#certified.add(socket);
    socket.once('close', () => this.#certified.delete(socket));
  }

  #onRequest(request: http.IncomingMessage, response: http.ServerResponse, expectsContinue: boolean): void {
    if (request.httpVersionMajor === 2) {
      const h2 = new H2Call(
        request as unknown as http2.Http2ServerRequest,
        response as unknown as http2.Http2ServerResponse,
      );
      new Exchange(this.#thread, h2).start();
      return;
    }
    const socket: ClientSocket = request.socket;
    if (socket.poisoned === true) {
      socket.destroy();
      return;
    }
    const wire = new H1Call(request, response, this.#config.tls !== undefined, expectsContinue);
    if (socket.current === undefined) socket.once('close', onSocketClosed);
    else if (!socket.current.finished) wire.previous = socket.current;
    socket.current = wire;
    if (socket.retired === true) wire.closeAfterResponse();
    const exchange = new Exchange(this.#thread, wire);
    if (exchange.call.fault?.fatal === true) socket.poisoned = true;
    exchange.start();
  }

  #onUpgrade(request: http.IncomingMessage, socket: Socket, head: Buffer): void {
    if ((socket as ClientSocket).poisoned === true) {
      socket.destroy();
      return;
    }
    if ((socket as ClientSocket).current?.finished === false) {
      // Its answer is not due yet, and the tunnel could not wait for those that are.
      recordUnparsed(this.#thread, 'framing.upgrade', this.#thread.requestIds.next(), socket.remoteAddress ?? '');
      socket.destroy();
      return;
    }
    this.#upgraded.add(socket);
    socket.once('close', () => this.#upgraded.delete(socket));
    upgrade(this.#thread, request, socket, head, this.#config.tls !== undefined);
  }

  /** The parser refused the bytes, or time ran out, before or within a request. */
  #onClientError(error: Error & { code?: string }, stream: Duplex): void {
    const socket = stream as ClientSocket;
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    socket.poisoned = true;
    const { current } = socket;
    const open = current === undefined || current.finished ? undefined : current;
    if (open !== undefined && !open.received) {
      const reason = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'framing.timeout' : 'framing.body';
      const { answerable } = open;
      const requestId = open.listener?.onBroken(reason) ?? '';
      if (answerable) this.#answerRaw(socket, reason, requestId);
      else socket.destroy();
      return;
    }
    const reason = parserReason(error.code);
    const requestId = this.#thread.requestIds.next();
    recordUnparsed(this.#thread, reason, requestId, socket.remoteAddress ?? '');
    // While an earlier answer is due or on its way, this one would be taken for it, or for a part of it.
    if (open === undefined) this.#answerRaw(socket, reason, requestId);
    else socket.destroy();
  }

  #answerRaw(socket: Duplex, reason: ReasonCode, requestId: string): void {
    socket.end(rawProblem(reason, requestId), () => socket.destroy());
  }

  /** Starts listening; resolves with the port, which is the given one unless that is 0. */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const server: Server = this.#server;
      server.once('error', reject);
      server.listen({ host: this.#config.host, port, reusePort: reusePortWorks(), backlog: 4096 }, () => {
        server.off('error', reject);
        resolve((server.address() as AddressInfo).port);
      });
    });
  }

  /**
   * New connections are greeted with the new certificate; open ones keep theirs. Where authorities or revocation lists
   * changed, connections that showed a certificate end with their next answer: of their chains, only a new handshake
   * checks every part again.
   */
  replaceCertificate(tls: TlsMaterial): void {
    if (this.#server instanceof http.Server) return;
    this.#server.setSecureContext(secureContext(tls, this.#config.tls?.clientAuth ?? 'none'));
    const trusted = this.#trusted;
    this.#trusted = tls;
    if (trusted?.clientCa === tls.clientCa && trusted?.crl === tls.crl) return;
    for (const socket of this.#certified) socket.retired = true;
    for (const session of this.#sessions)
      if (!session.destroyed && peerOf(session.socket) !== undefined) session.close();
  }

  /** Takes no new connection, lets calls in progress end, and cuts what is left after `deadlineMs`. */
  async drain(deadlineMs: number): Promise<void> {
    this.#thread.draining = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    if (this.#server instanceof http.Server) this.#server.closeIdleConnections();
    for (const session of this.#sessions) session.close();
    const deadline = setTimeout(() => this.#cut(), deadlineMs);
    await closed;
    clearTimeout(deadline);
    this.#thread.lateRecords.flush();
  }

  #cut(): void {
    for (const socket of this.#upgraded) socket.destroy();
    for (const session of this.#sessions) session.destroy();
    if (this.#server instanceof http.Server) this.#server.closeAllConnections();
  }
}

/** The engine tells of a closed socket only the call whose turn to be answered it is; here those pipelined behind it are told too. */
function onSocketClosed(this: ClientSocket): void {
  for (let call = this.current; call !== undefined; call = call.previous) call.onSocketClosed();
}

function asksClients({ tls }: ListenConfig): boolean {
  return tls !== undefined && tls.clientAuth !== 'none';
}

/**
 * OpenSSL verifies chains by these authorities alone: without any, none of the system's steps in. Where clients show
 * certificates no session is resumed: a resumed one would carry the verdict of an earlier handshake, and a ticket holds
 * the leaf without the rest of its chain.
 */
function secureContext(
  { cert, key, clientCa, crl }: TlsMaterial,
  clientAuth: 'none' | 'request' | 'require',
): SecureContextOptions {
  const common = { cert, key, minVersion: 'TLSv1.2' } as const;
  if (clientAuth === 'none') return common;
  return {
    ...common,
    ca: clientCa === undefined ? [] : [clientCa],
    ...(crl === undefined ? {} : { crl: eachList(crl) }),
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

/** Node reads the first list of a text and skips the others. Throws where there is none, which loading has already refused. */
function eachList(pem: string): string[] {
  const reading = readPem(pem, 'X509 CRL', REVOCATION_LISTS_MAX);
  if (reading.kind === 'malformed') throw new TypeError(`revocation lists: ${reading.detail}`);
  return reading.blocks.map((block) => writePem(block, 'X509 CRL'));
}

function parserReason(code: string | undefined): ReasonCode {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'framing.header_size';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'framing.timeout';
    default:
      return 'framing.parse';
  }
}

/** Linux and some BSDs spread connections over the listeners; elsewhere one thread has to do (docs/decisions/0001). */
export function reusePortWorks(): boolean {
  return process.platform === 'linux' || process.platform === 'freebsd';
}
