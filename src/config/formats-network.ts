import { isIP } from 'node:net';
import { parseCidr } from '../http/client-address.ts';
import { canonicalHost } from '../http/host.ts';
import type { Schema } from './schema-types.ts';
import { malformed, type ScalarReading, text } from './schema-values.ts';

/** A host to listen on: an address, or a name the system resolves. */
export function listenHost(): Schema<string> {
  return text({
    expected: 'an address or host name to listen on, such as 127.0.0.1 or ::',
    interpolates: true,
    parse: (value) =>
      isIP(value) !== 0 || isHostName(value) ? { ok: true, value } : malformed('is not an address or host name'),
  });
}

/** The host a route matches, in lower case: a name, `*.name`, or `*`. */
export function matchHost(): Schema<string> {
  return text({
    expected: 'a host such as api.example.com, *.example.com, or *',
    parse(value) {
      if (DEFAULT_PORT.test(value)) return malformed('names a port that callers leave out', 'remove :80 or :443');
      const host = matchHostText(value);
      if (host !== undefined) return { ok: true, value: host };
      return malformed(
        'is not a host',
        'write a host such as api.example.com, *.example.com, or * without scheme and path',
      );
    },
  });
}

/** The host of a route in lower case, or undefined where the text is none. */
export function matchHostText(text: string): string | undefined {
  const host = text.toLowerCase();
  return host === '*' || (!DEFAULT_PORT.test(host) && isMatchable(host)) ? host : undefined;
}

/** The canonical host of a call has no default port, so that a route naming one would match nothing. */
const DEFAULT_PORT = /^(?:[^:[\]]+|\[[^\]]*\]):(?:80|443)$/;

/** Whether the canonical host of some call can be this one. `*.name` is compared without the port, and so takes none. */
function isMatchable(host: string): boolean {
  const name = host.startsWith('*.') ? host.slice(2) : host;
  if (name !== host && (name.includes(':') || isIP(name) !== 0)) return false;
  return canonicalHost(name, 'http') === name;
}

/** Letters, digits, hyphens and dots, as a DNS name or a container's name has them; not an address in disguise. */
function isHostName(value: string): boolean {
  if (value.length === 0 || value.length > 253) return false;
  const labels = value.split('.');
  if (!labels.every((label) => HOST_LABEL.test(label))) return false;
  return !ALL_DIGITS.test(labels.at(-1) ?? '');
}

const HOST_LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
const ALL_DIGITS = /^(?:0[xX][0-9a-fA-F]*|\d+)$/;

/** An `http://` or `https://` origin, without path, query and user information. */
export function originUrl(): Schema<string> {
  const expected = 'an address such as http://127.0.0.1:3000';
  return text({
    expected,
    interpolates: true,
    pattern: '^https?://[^/?#@\\s]+/?$|\\$\\{',
    parse: (value) => parseOrigin(value),
  });
}

/** Reads an upstream's origin; the reason for a refusal never repeats the text, which may hold a password. */
export function parseOrigin(value: string): ScalarReading<string> {
  const fix = 'write scheme, host and port only, such as http://127.0.0.1:3000';
  if (!ORIGIN_START.test(value) || HAS_SPACE_OR_CONTROL.test(value) || value.includes('\\')) {
    return malformed('is not an http:// or https:// address', fix);
  }
  const url = URL.parse(value);
  if (url === null || url.hostname === '') return malformed('is not an http:// or https:// address', fix);
  if (value.includes('@'))
    return malformed('holds user information', 'remove user name and password; the gateway does not send them');
  if (url.pathname !== '/' || value.includes('?') || value.includes('#')) {
    return malformed('has more than scheme, host and port', fix);
  }
  if (url.port === '0') return malformed('has port 0', fix);
  return { ok: true, value: url.origin };
}

const ORIGIN_START = /^https?:\/\/[^/]/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const HAS_SPACE_OR_CONTROL = /[\u0000-\u0020\u007f]/;

/** An address block: `10.0.0.0/8`, or one address. */
export function cidr(): Schema<string> {
  return text({
    expected: 'an address block such as 10.0.0.0/8',
    interpolates: true,
    parse(value) {
      const block = addressBlock(value);
      return block === undefined
        ? malformed('is not an address block', 'write one such as 10.0.0.0/8 or 2001:db8::/32')
        : { ok: true, value: block };
    },
  });
}

/** The block with its prefix length, or undefined where the text is none or bound to one interface. */
function addressBlock(value: string): string | undefined {
  const block = parseCidr(value);
  if (block === undefined || value.includes('%')) return undefined;
  return value.includes('/') ? value : `${value}/${block.prefixBits}`;
}

/** A header field name, read into lower case. Refuses fields that already have a meaning of their own. */
export function credentialHeader(): Schema<string> {
  return text({
    expected: 'a header name such as x-api-key',
    pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
    parse(value) {
      const name = value.toLowerCase();
      if (!HEADER_NAME.test(name)) return malformed('is not a header name', 'use letters, digits and "-"');
      if (!isCredentialHeader(name)) {
        return malformed(
          'has a meaning of its own and cannot carry a key',
          'choose a field of its own, such as x-api-key',
        );
      }
      return { ok: true, value: name };
    },
  });
}

/** Whether a key may come in a header of this name, in any case. */
export function isCredentialHeader(text: string): boolean {
  const name = text.toLowerCase();
  return HEADER_NAME.test(name) && !RESERVED_HEADERS.has(name) && !name.startsWith('sallyport-');
}

/** Letters, digits and hyphens only: framing refuses names that other servers could read differently (underscore, dot). */
const HEADER_NAME = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'cookie',
  'date',
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
]);

/** An HTTP method in upper case. */
export function method(): Schema<string> {
  return text({
    expected: 'a method such as GET',
    pattern: '^[A-Z][A-Z-]*$',
    parse(value) {
      if (value === 'CONNECT' || value === 'TRACE')
        return malformed('is a method that is never forwarded', 'remove it');
      if (METHOD.test(value)) return { ok: true, value };
      const upper = value.toUpperCase();
      return malformed(
        'is not a method',
        METHOD.test(upper) ? `write ${upper}` : 'write a method such as GET, in upper case',
      );
    },
  });
}

const METHOD = /^[A-Z](?:[A-Z-]{0,30}[A-Z])?$/;

/** One scope token (RFC 6749 §3.3). */
export function scope(): Schema<string> {
  return text({
    expected: 'a scope such as orders:read',
    parse: (value) =>
      isScope(value)
        ? { ok: true, value }
        : malformed('is not one scope', 'write one scope per item, without spaces and quotes'),
  });
}

/** Whether text is one scope token of at most 128 characters. */
export function isScope(text: string): boolean {
  return SCOPE.test(text);
}

const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;
