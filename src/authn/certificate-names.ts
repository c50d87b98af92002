import type { CertificateIdentity } from '../core/configuration.ts';

const SPIFFE_SCHEME = 'spiffe://';
const SPIFFE_ID_BYTES_MAX = 2_048;
const TRUST_DOMAIN_BYTES_MAX = 255;

/** Parts of a SPIFFE ID of a workload, or undefined where the text is none (SPIFFE-ID §2): no port, query or escapes, and a path. */
export function parseSpiffeId(text: string): { readonly trustDomain: string; readonly path: string } | undefined {
  if (!text.startsWith(SPIFFE_SCHEME) || text.length > SPIFFE_ID_BYTES_MAX) return undefined;
  const slash = text.indexOf('/', SPIFFE_SCHEME.length);
  if (slash === -1) return undefined;
  const trustDomain = text.slice(SPIFFE_SCHEME.length, slash);
  if (!isTrustDomain(trustDomain)) return undefined;
  const path = text.slice(slash);
  for (const segment of path.slice(1).split('/'))
    if (segment === '' || segment === '.' || segment === '..' || !isMadeOf(segment, isPathCharacter)) return undefined;
  return { trustDomain, path };
}

/** Whether a text is the name of a trust domain (SPIFFE-ID §2.1). */
export function isTrustDomain(text: string): boolean {
  return text !== '' && text.length <= TRUST_DOMAIN_BYTES_MAX && isMadeOf(text, isTrustDomainCharacter);
}

/** Whether a text is a host name without wildcard and without final dot. */
export function isDnsName(text: string): boolean {
  if (text.length > 253) return false;
  for (const label of text.split('.'))
    if (label === '' || label.length > 63 || !isMadeOf(label, isLabelCharacter)) return false;
  return true;
}

/**
 * Compiles a list of accepted identities; empty accepts every one. An entry is met exactly, and only
 * `*.example.com` of DNS names stands for one label, and a final slash with `*` of URIs for a path of whole segments.
 */
export function compileAllowList(entries: readonly string[], kind: CertificateIdentity): (identity: string) => boolean {
  if (entries.length === 0) return () => true;
  const exact = new Set<string>();
  const ends: string[] = [];
  const starts: string[] = [];
  for (const entry of entries)
    if (kind === 'san-dns' && entry.startsWith('*.')) ends.push(entry.slice(1).toLowerCase());
    else if ((kind === 'san-uri' || kind === 'spiffe') && entry.endsWith('/*')) starts.push(entry.slice(0, -1));
    else exact.add(canonicalEntry(entry, kind));
  return (identity) => {
    if (exact.has(identity)) return true;
    for (const end of ends) if (isOneLabelBelow(identity, end)) return true;
    for (const start of starts)
      if (identity.startsWith(start) && isPlainPath(identity.slice(start.length))) return true;
    return false;
  };
}

function canonicalEntry(entry: string, kind: CertificateIdentity): string {
  if (kind === 'san-dns') return entry.toLowerCase();
  if (kind !== 'san-email') return entry;
  const at = entry.lastIndexOf('@');
  return `${entry.slice(0, at + 1)}${entry.slice(at + 1).toLowerCase()}`;
}

function isOneLabelBelow(name: string, dotted: string): boolean {
  return name.endsWith(dotted) && name.indexOf('.') === name.length - dotted.length && name.length > dotted.length;
}

/** Segments that mean themselves: no escapes, no query, nothing empty. */
function isPlainPath(rest: string): boolean {
  for (const segment of rest.split('/'))
    if (segment === '' || segment === '.' || segment === '..' || !isMadeOf(segment, isPlainCharacter)) return false;
  return true;
}

function isMadeOf(text: string, isAllowed: (code: number) => boolean): boolean {
  for (let i = 0; i < text.length; i++) if (!isAllowed(text.charCodeAt(i))) return false;
  return true;
}

function isLowerOrDigit(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
}

function isPathCharacter(code: number): boolean {
  return isLowerOrDigit(code) || (code >= 0x41 && code <= 0x5a) || code === 0x2e || code === 0x2d || code === 0x5f;
}

function isTrustDomainCharacter(code: number): boolean {
  return isLowerOrDigit(code) || code === 0x2e || code === 0x2d || code === 0x5f;
}

function isLabelCharacter(code: number): boolean {
  return isPathCharacter(code) && code !== 0x2e;
}

/** Not `%`, `?`, `#` or `\`, by which one text is read as another place. */
function isPlainCharacter(code: number): boolean {
  return code > 0x20 && code < 0x7f && code !== 0x25 && code !== 0x3f && code !== 0x23 && code !== 0x5c;
}
