import type { Leaf } from '../leaf.ts';

/** Where requests of OAuth and of client registration have it (RFC 6749 §4.1.1, RFC 7591 §2, OpenID Connect RP-Initiated Logout). */
const NAMES = /^(?:query|body)\.(?:post_logout_)?redirect_uris?(?:\[\])?$/;
const LOOPBACK = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?(?:\/[\w-]{0,64}){0,2}$/;
const LENGTH_MAX = 200;
/** Ports that services of their own kind have, none of which waits for a browser. */
const SERVICES: ReadonlySet<number> = new Set([
  2375, 2376, 2379, 2380, 3306, 4194, 4646, 5000, 5432, 5601, 5672, 5984, 5985, 6379, 6443, 7474, 8086, 8200, 8300,
  8500, 8983, 9090, 9092, 9200, 9300, 10250, 10255, 11211, 15672, 26257, 27017, 28015, 50070,
]);
const USER_PORT_MIN = 1024;

/**
 * Whether a value is the address at which a program on the user's own machine awaits the answer of an authorization server (RFC 8252 §7.3), under
 * the name it has there: a server sends browsers to it and fetches nothing.
 */
export function isNativeRedirect({ isKey, text, path }: Leaf): boolean {
  if (isKey || !text.startsWith('http') || text.length > LENGTH_MAX) return false;
  const match = LOOPBACK.exec(text);
  if (match === null || !NAMES.test(path)) return false;
  const port = match[1] === undefined ? undefined : Number(match[1]);
  return port === undefined || (port >= USER_PORT_MIN && !SERVICES.has(port));
}
