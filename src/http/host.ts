import { HOST, isAll } from './characters.ts';
import { addressText, parseAddress } from './ip-address.ts';

const HOST_CHARACTERS_MAX = 255;
const PORT_CHARACTERS_MAX = 6;

/**
 * The canonical host: lower case, IPv6 in its one short form (RFC 5952), without the scheme's default port; undefined
 * where it is not a host with an optional port. A trailing dot, user information, an empty port and empty labels are
 * refused rather than mended: servers disagree on them.
 */
export function canonicalHost(text: string, scheme: 'http' | 'https'): string | undefined {
  if (text.length === 0 || text.length > HOST_CHARACTERS_MAX + PORT_CHARACTERS_MAX) return undefined;
  const bracketed = text.charCodeAt(0) === 0x5b;
  const nameEnd = bracketed ? text.indexOf(']') + 1 : text.indexOf(':');
  const written = nameEnd === -1 ? text : text.slice(0, nameEnd);
  const name = bracketed ? canonicalIpv6(written) : canonicalName(written);
  if (name === undefined || written.length === text.length) return name;
  const port = portOf(text, written.length);
  if (port === undefined) return undefined;
  return port === (scheme === 'https' ? 443 : 80) ? name : `${name}:${port}`;
}

function canonicalName(written: string): string | undefined {
  if (!isAll(written, HOST) || written.length > HOST_CHARACTERS_MAX) return undefined;
  const edgeDot = written.charCodeAt(0) === 0x2e || written.charCodeAt(written.length - 1) === 0x2e;
  return edgeDot || written.includes('..') ? undefined : written.toLowerCase();
}

/** RFC 3986 §3.2.2 IP-literal; zones and future versions are nothing a client of an API needs. */
function canonicalIpv6(written: string): string | undefined {
  const inner = written.slice(1, -1);
  if (!inner.includes(':') || inner.includes('%')) return undefined;
  const address = parseAddress(inner);
  if (address === undefined) return undefined;
  return address.version === 6 ? `[${addressText(address)}]` : `[::ffff:${addressText(address)}]`;
}

/** A colon at `from`, and one to five digits without leading zeros. */
function portOf(text: string, from: number): number | undefined {
  const length = text.length - from;
  if (text.charCodeAt(from) !== 0x3a || length < 2 || length > PORT_CHARACTERS_MAX) return undefined;
  if (text.charCodeAt(from + 1) === 0x30) return undefined;
  let port = 0;
  for (let i = from + 1; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    port = port * 10 + digit;
  }
  return port <= 65_535 ? port : undefined;
}

/** Whether a route's host, `*.example.com` or `*` covers a canonical host with or without port. */
export function hostCovers(pattern: string, host: string): boolean {
  if (pattern === '*' || pattern === host) return true;
  const colon = host.lastIndexOf(':');
  const name = colon === -1 || host.endsWith(']') ? host : host.slice(0, colon);
  return pattern === name || (pattern.startsWith('*.') && name.endsWith(pattern.slice(1)));
}
