import type { IncomingMessage } from 'node:http';
import type { Answer } from './answers.ts';
import { invalid, Problem } from './answers.ts';
import type { Dataset } from './data.ts';
import type { OrderFeed } from './order-feed.ts';

/** Everything a handler may use. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** Parsed JSON body, or undefined where there was none. */
  readonly body: unknown;
  readonly data: Dataset;
  readonly feed: OrderFeed;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

export type Handler = (request: ApiRequest) => Answer | Promise<Answer>;

const BODY_BYTES_MAX = 65_536;
const PAGE_SIZE_MAX = 100;
const PAGE_SIZE_DEFAULT = 20;

/**
 * The account the gateway vouches for, or undefined where it named none.
 * Does not check that the header comes from the gateway: the API listens where only the gateway reaches it.
 */
export function callerAccount(request: ApiRequest): string | undefined {
  const consumer = request.headers['sallyport-consumer'];
  return typeof consumer === 'string' && consumer !== '' ? consumer : undefined;
}

/** Reads a bounded JSON body; undefined where the request has none. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const piece: Buffer = chunk;
    bytes += piece.length;
    if (bytes > BODY_BYTES_MAX) {
      throw new Problem(413, 'Body too large', `The body is larger than ${BODY_BYTES_MAX} bytes.`, [], {
        connection: 'close',
      });
    }
    chunks.push(piece);
  }
  if (bytes === 0) return undefined;
  const mediaType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') {
    throw new Problem(415, 'Unsupported media type', 'The body must be application/json.');
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Problem(400, 'Invalid request', 'The body is not JSON.');
  }
}

/** A page of `items` after the cursor; the cursor is the offset, opaque to clients. */
export function page<T>(request: ApiRequest, items: readonly T[]): { items: readonly T[]; nextCursor: string | null } {
  const limit = integerParameter(request, 'limit', PAGE_SIZE_DEFAULT, 1, PAGE_SIZE_MAX);
  const cursor = request.query.get('cursor');
  let offset = 0;
  if (cursor !== null) {
    offset = Number(Buffer.from(cursor, 'base64url').toString('latin1'));
    if (!Number.isSafeInteger(offset) || offset < 0) throw invalid('cursor', 'not a cursor of this API');
  }
  const end = offset + limit;
  const nextCursor = end < items.length ? Buffer.from(String(end)).toString('base64url') : null;
  return { items: items.slice(offset, end), nextCursor };
}

export function integerParameter(
  request: ApiRequest,
  name: string,
  fallback: number,
  minimum: number,
  maximum: number,
): number {
  const text = request.query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < minimum || value > maximum) {
    throw invalid(name, `must be an integer from ${minimum} to ${maximum}`);
  }
  return value;
}

export function enumParameter<T extends string>(
  request: ApiRequest,
  name: string,
  values: readonly T[],
): T | undefined {
  const text = request.query.get(name);
  if (text === null) return undefined;
  const value = values.find((candidate) => candidate === text);
  if (value === undefined) throw invalid(name, `must be one of ${values.join(', ')}`);
  return value;
}
