import type { Call } from '../core/call.ts';
import { canonicalPath } from '../http/canonical-path.ts';
import { clientOrigin } from '../http/client-origin.ts';
import { canonicalHost } from '../http/host.ts';

const URI_CHARACTERS_MAX = 4_096;

/**
 * The target URI of a call without its query (RFC 9110 §7.1), as far as the gateway's own canonical form knows it: from
 * `origin`, else scheme and host of the call, with the scheme a trusted proxy names.
 */
export function effectiveUri(call: Call, origin: string | undefined): string {
  return (origin ?? clientOrigin(call)) + call.path;
}

/**
 * Whether a URI that a client wrote means the effective one, query and fragment of it aside: after the normalisation by
 * syntax and by scheme of RFC 3986 §6.2.2 and §6.2.3. Reserved characters mean something else when they are encoded
 * (§2.2), and so do `/a` and `/a/`. Does not take user information, an empty port, or letters beyond ASCII.
 */
export function isSameUri(written: string, effective: string): boolean {
  if (written === effective) return true;
  const normalised = normaliseUri(written);
  // A path whose dot segments the gateway forwards as they are is only equal to one with the same.
  return normalised === effective || (normalised !== undefined && withoutDotSegments(normalised) === effective);
}

/** `https://api.example.com` in its one form, or undefined where a text is no origin. */
export function normaliseOrigin(text: string): string | undefined {
  if (text.includes('?') || text.includes('#')) return undefined;
  const uri = normaliseUri(text);
  return uri?.indexOf('/', uri.indexOf('//') + 2) === (uri?.length ?? 0) - 1 ? uri?.slice(0, -1) : undefined;
}

/** Canonical but for dot segments; undefined where it is no absolute `http` or `https` URI. */
function normaliseUri(text: string): string | undefined {
  if (text.length > URI_CHARACTERS_MAX || !isAscii(text)) return undefined;
  const colon = text.indexOf(':');
  const scheme = text.slice(0, colon).toLowerCase();
  if (colon < 0 || (scheme !== 'https' && scheme !== 'http') || !text.startsWith('//', colon + 1)) return undefined;
  const start = colon + 3;
  let hostEnd = -1;
  let end = start;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === 0x3f || code === 0x23) break;
    if (code === 0x2f && hostEnd < 0) hostEnd = end;
  }
  if (hostEnd < 0) hostEnd = end;
  const host = canonicalHost(text.slice(start, hostEnd), scheme);
  if (host === undefined) return undefined;
  const path = canonicalPath(hostEnd === end ? '/' : text.slice(hostEnd, end));
  return path.kind === 'path' ? `${scheme}://${host}${path.path}` : undefined;
}

/** RFC 3986 §5.2.4 on the path of a URI that has one. */
function withoutDotSegments(uri: string): string {
  const pathStart = uri.indexOf('/', uri.indexOf('//') + 2);
  const segments = uri.slice(pathStart + 1).split('/');
  const kept: string[] = [];
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i] ?? '';
    const isDots = segment === '.' || segment === '..';
    if (segment === '..') kept.pop();
    if (!isDots) kept.push(segment);
    else if (i === segments.length - 1) kept.push('');
  }
  return `${uri.slice(0, pathStart)}/${kept.join('/')}`;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7e) return false;
  return true;
}
