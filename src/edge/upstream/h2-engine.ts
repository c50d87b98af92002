import { type Dispatcher, Pool } from 'undici';
import {
  type UpstreamCall,
  type UpstreamEngine,
  UpstreamError,
  type UpstreamErrorCode,
  type UpstreamHandler,
} from './engine.ts';

export interface H2EngineOptions {
  readonly origin: string;
  readonly connectionsMax: number;
  readonly connectTimeoutMs: number;
  readonly ca: Buffer | undefined;
}

const STREAMS_MAX = 100;

/** HTTP/2 over TLS to one target, by undici. Falls back to HTTP/1.1 where the target does not offer it. */
export class H2Engine implements UpstreamEngine {
  readonly #pool: Pool;

  constructor({ origin, connectionsMax, connectTimeoutMs, ca }: H2EngineOptions) {
    this.#pool = new Pool(origin, {
      connections: connectionsMax,
      pipelining: STREAMS_MAX,
      allowH2: true,
      connectTimeout: connectTimeoutMs,
      strictContentLength: true,
      ...(ca === undefined ? {} : { connect: { ca } }),
    });
  }

  send(call: UpstreamCall, handler: UpstreamHandler): void {
    const { body, bodyBytes } = call;
    this.#pool.dispatch(
      {
        path: call.target,
        method: call.method as Dispatcher.HttpMethod,
        headers: bodyBytes >= 0 ? [...call.headers, 'content-length', String(bodyBytes)] : [...call.headers],
        body: body ?? null,
        headersTimeout: call.headTimeoutMs,
        bodyTimeout: call.bodyTimeoutMs,
      },
      new H2Answer(call, handler),
    );
  }

  close(): void {
    void this.#pool.close();
  }
}

/** Translates undici's events of one call. */
class H2Answer implements Dispatcher.DispatchHandler {
  readonly #call: UpstreamCall;
  readonly #handler: UpstreamHandler;
  #started = false;
  #ended = false;

  constructor(call: UpstreamCall, handler: UpstreamHandler) {
    this.#call = call;
    this.#handler = handler;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#started = true;
    this.#handler.onStart({
      pause: () => controller.pause(),
      resume: () => controller.resume(),
      abort: () => {
        this.#ended = true;
        controller.abort(new Error('the call was ended'));
      },
    });
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status >= 200 && !this.#ended) this.#handler.onHead(status, flatFields(controller.rawHeaders));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#ended) this.#handler.onData(chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#ended) return;
    this.#ended = true;
    const trailers = flatFields(controller.rawTrailers);
    this.#handler.onEnd(trailers.length === 0 ? undefined : trailers);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error & { code?: unknown }): void {
    if (this.#ended) return;
    this.#ended = true;
    const { body } = this.#call;
    const bodyBroke = body !== undefined && (body.errored !== null || (body.destroyed && !body.readableEnded));
    const code = bodyBroke ? 'body' : errorCode(error.code);
    this.#handler.onError(
      new UpstreamError(code, this.#started && code !== 'unreachable', 'the call failed', { cause: error }),
    );
  }
}

function errorCode(code: unknown): UpstreamErrorCode {
  switch (code) {
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return 'timeout';
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'CERT_HAS_EXPIRED':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'unreachable';
    default:
      return 'broken';
  }
}

/** undici gives a flat list of bytes for HTTP/1 and an object of texts for HTTP/2. */
function flatFields(raw: unknown): string[] {
  const fields: string[] = [];
  if (Array.isArray(raw)) {
    for (const field of raw) fields.push(typeof field === 'string' ? field : Buffer.from(field).toString('latin1'));
  } else if (raw !== null && typeof raw === 'object') {
    for (const [name, value] of Object.entries(raw)) {
      if (Array.isArray(value)) for (const one of value) fields.push(name, String(one));
      else fields.push(name, String(value));
    }
  }
  return fields;
}
