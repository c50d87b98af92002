import type http from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';

/** Names that can only mean this machine or this address: anything else may be a name that was made to resolve here. */
export function isOwnHost(host: string | undefined, ownHost: string): boolean {
  if (host === undefined) return false;
  const lower = hostName(host);
  if (lower === 'localhost' || lower === ownHost.toLowerCase()) return true;
  // There are names of hexadecimal digits and dots alone, too: only brackets make an IPv6 address (RFC 3986 §3.2.2).
  return host.startsWith('[') ? isIPv6(lower) : isIPv4(lower);
}

/** Without the port, in lower case, an IPv6 address without its brackets. */
export function hostName(host: string): string {
  return (host.startsWith('[') ? host.slice(1, host.indexOf(']')) : (host.split(':', 1)[0] ?? '')).toLowerCase();
}

/** Browsers say where a request comes from; other clients say nothing. */
export function isSameOrigin(headers: http.IncomingHttpHeaders): boolean {
  return headers.origin === undefined || hasOwnOrigin(headers);
}

/** Whether the browser says that a page of this very address sent it. */
export function hasOwnOrigin({ origin, host }: http.IncomingHttpHeaders): boolean {
  return origin !== undefined && URL.parse(origin)?.host === host;
}

/**
 * Whether a page of another origin made the browser send this, be it of the same host at another port (Fetch Metadata).
 * False where the browser does not say: then the cookie's SameSite and the token against forgery stand alone.
 */
export function isFromElsewhere(headers: http.IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

/** The page's own scheme: a proxy in front of this port may speak TLS. */
export function pageOrigin({ origin, host }: http.IncomingHttpHeaders): string {
  return origin ?? `http://${host ?? ''}`;
}
