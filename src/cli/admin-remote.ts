import { isIP } from 'node:net';
import { type AdminReply, AdminUnreachable, readReply } from './admin-answer.ts';
import { EXIT_USAGE } from './output.ts';

/** A replay looks through up to a million calls, an import stores up to 100,000 keys. */
const ANSWER_TIMEOUT_MS = 120_000;

/** Asks an admin port. Throws AdminUnreachable where no answer comes in time or it is not one of the admin API. */
export async function askAdmin(
  origin: string,
  request: {
    readonly method: string;
    readonly path: string;
    readonly body?: unknown;
    /** Undefined for what is open to all. */
    readonly token: string | undefined;
    readonly timeoutMs?: number;
  },
): Promise<AdminReply> {
  const { method, path, body, token, timeoutMs = ANSWER_TIMEOUT_MS } = request;
  let answer: { readonly status: number; readonly text: string };
  try {
    const response = await fetch(new URL(path, origin), {
      method,
      // Another place must not get the token.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    answer = { status: response.status, text: await response.text() };
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError';
    throw new AdminUnreachable(
      late
        ? `the admin port ${origin} did not answer within ${timeoutMs / 1000} s`
        : `the admin port ${origin} cannot be reached`,
      late
        ? 'it may have been done all the same: look before you repeat it'
        : 'is the gateway running, and is this its admin port?',
    );
  }
  return readReply(answer.status, answer.text, origin);
}

/** The origin `--admin` names. Throws AdminUnreachable where it is none. */
export function adminOrigin(text: string): URL {
  const url = URL.parse(text);
  // The text is not shown: it may hold a password.
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new AdminUnreachable('--admin is not an http or https URL', 'for instance http://127.0.0.1:8081', EXIT_USAGE);
  if (url.username !== '' || url.password !== '' || url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw new AdminUnreachable(
      '--admin takes an origin without path, query or credentials',
      `for instance ${url.origin}`,
      EXIT_USAGE,
    );
  return url;
}

/** Whether what is sent to a URL can be read on the way. */
export function isReadableOnTheWay({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:' || hostname === 'localhost' || hostname === '[::1]') return false;
  return !(isIP(hostname) === 4 && hostname.startsWith('127.'));
}

/**
 * Where calls go, of an answer of `GET /api/v1/config`, as seen from `host`. Undefined where the configuration does not
 * say: port 0 is whichever is free.
 */
export function dataUrlIn({ body }: AdminReply, host: string): string | undefined {
  const configuration = body['configuration'];
  if (typeof configuration !== 'object' || configuration === null || !('listen' in configuration)) return undefined;
  const { listen } = configuration;
  if (typeof listen !== 'object' || listen === null || !('port' in listen)) return undefined;
  const encrypted = 'tls' in listen && typeof listen.tls === 'object' && listen.tls !== null;
  const { port } = listen;
  return typeof port === 'number' && port > 0 ? `${encrypted ? 'https' : 'http'}://${host}:${port}` : undefined;
}
