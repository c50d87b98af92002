import type { Call, CallFault, HeaderFields } from '../core/call.ts';
import type { Configuration } from '../core/configuration.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { CidrSet, ClientAddressReader, parseCidr } from './client-address.ts';
import { FieldNames } from './field-name.ts';
import { FramingReader, type RawHead } from './framing.ts';
import { rebuildRequestHeaders } from './headers.ts';
import { canonicalHost } from './host.ts';
import { canonicalPath, canonicalQuery } from './path.ts';

/** How raw heads become calls; compiled once from a configuration. */
export interface CallPolicy {
  readonly names: FieldNames;
  readonly framing: FramingReader;
  readonly addresses: ClientAddressReader;
}

/**
 * `forwardedHeaders`: lower-case names of fields that only trusted proxies may send, besides the known ones.
 * Throws where a trusted proxy is no address block, which loading has already refused: skipping it could trust too much.
 */
export function compileCallPolicy(
  configuration: Pick<Configuration, 'trustedProxies' | 'listen'>,
  credentialHeaders: readonly string[],
  forwardedHeaders: readonly string[] = [],
): CallPolicy {
  const names = new FieldNames(credentialHeaders, forwardedHeaders);
  const cidrs = configuration.trustedProxies.map((text) => {
    const cidr = parseCidr(text);
    if (cidr === undefined) throw new TypeError(`trusted proxy ${text} is not an address block`);
    return cidr;
  });
  return {
    names,
    framing: new FramingReader(names, configuration.listen.limits),
    addresses: new ClientAddressReader(new CidrSet(cidrs)),
  };
}

const NO_HEADERS: HeaderFields = Object.freeze([]);

/**
 * Puts a raw head into the one form everything else works on. What is unclear about it becomes `fault`: fatal where it
 * cannot be framed, in any mode; not fatal where only its path has no clear reading.
 */
export function toCall(head: RawHead, policy: CallPolicy, requestId: string): Call {
  const framing = policy.framing.read(head);
  if (framing.reason !== undefined)
    return refused(head, policy, requestId, { reason: framing.reason, detail: framing.detail, fatal: true });
  const scheme = head.encrypted ? 'https' : 'http';
  const host = canonicalHost(framing.host, scheme);
  if (host === undefined)
    return refused(head, policy, requestId, fatal('framing.host', 'the host is not a host with an optional port'));

  let rawPath = originForm(head, scheme, host);
  if (rawPath === undefined)
    return refused(head, policy, requestId, fatal('framing.target', 'the target is no path, nor a URL of this host'));
  if (rawPath.includes('#'))
    return refused(head, policy, requestId, fatal('framing.target', 'the target holds a fragment'));
  let query = '';
  const mark = rawPath.indexOf('?');
  if (mark !== -1) {
    const given = canonicalQuery(rawPath.slice(mark + 1));
    if (given === undefined)
      return refused(head, policy, requestId, fatal('framing.target', 'the query holds a space or control character'));
    query = given;
    rawPath = rawPath.slice(0, mark);
  }
  const canonical = canonicalPath(rawPath);
  const isPath = canonical.kind === 'path';
  if (!isPath && canonical.unframeable)
    return refused(head, policy, requestId, fatal('path.encoding', canonical.detail));

  const trusted = policy.addresses.trusts(head.remoteAddress);
  const http2 = head.httpVersion === '2.0';
  const headers = rebuildRequestHeaders(head.rawHeaders, policy.names, framing.nominated, trusted, http2);
  return {
    requestId,
    method: head.method,
    scheme,
    host,
    path: isPath ? canonical.path : rawPath,
    pathAmbiguities: isPath ? canonical.ambiguities : 0,
    query,
    httpVersion: versionOf(head),
    headers,
    address: policy.addresses.read(head.remoteAddress, headers),
    fromTrustedProxy: trusted,
    peer: head.peer,
    bodyFraming: framing.body,
    bodyBytesDeclared: framing.bytesDeclared,
    upgrade: framing.upgrade,
    fault: isPath ? undefined : { reason: 'path.encoding', detail: canonical.detail, fatal: false },
  };
}

/**
 * Path and query of a target (RFC 9112 §3.2): as they are, out of an absolute URL whose authority is the requested host,
 * or `/` for the whole server (`OPTIONS *`), because what is forwarded is a path. Undefined for every other form.
 */
function originForm(head: RawHead, scheme: 'http' | 'https', host: string): string | undefined {
  const { target } = head;
  if (target.charCodeAt(0) === 0x2f) return target;
  if (target === '*') return head.method === 'OPTIONS' ? '/' : undefined;
  // RFC 9113 §8.3.1: `:path` has origin form.
  if (head.httpVersion === '2.0') return undefined;
  const prefix = `${scheme}://`;
  if (target.slice(0, prefix.length).toLowerCase() !== prefix) return undefined;
  const slash = target.indexOf('/', prefix.length);
  const authority = target.slice(prefix.length, slash === -1 ? target.length : slash);
  if (canonicalHost(authority, scheme) !== host) return undefined;
  return slash === -1 ? '/' : target.slice(slash);
}

/** A call that will be refused: enough of it to be recorded, nothing to act on. */
function refused(head: RawHead, policy: CallPolicy, requestId: string, fault: CallFault): Call {
  return {
    requestId,
    method: head.method,
    scheme: head.encrypted ? 'https' : 'http',
    host: '',
    path: pathForRecord(head.target),
    pathAmbiguities: 0,
    query: '',
    httpVersion: versionOf(head),
    headers: NO_HEADERS,
    address: policy.addresses.read(head.remoteAddress, addressFields(head, policy)),
    fromTrustedProxy: false,
    peer: undefined,
    bodyFraming: 'none',
    bodyBytesDeclared: -1,
    upgrade: '',
    fault,
  };
}

/**
 * What a trusted proxy says of the client, read even from a head that is refused: else its attacks would be counted
 * against the proxy, and with it against everybody behind it.
 */
function addressFields({ rawHeaders, remoteAddress }: RawHead, policy: CallPolicy): HeaderFields {
  if (!policy.addresses.trusts(remoteAddress)) return NO_HEADERS;
  const fields: string[] = [];
  const end = Math.min(rawHeaders.length, REFUSED_FIELDS_READ_MAX * 2);
  for (let i = 0; i < end; i += 2) {
    const name = rawHeaders[i]?.toLowerCase();
    if (name === 'x-forwarded-for' || name === 'forwarded') fields.push(name, rawHeaders[i + 1] ?? '');
  }
  return fields;
}

const REFUSED_FIELDS_READ_MAX = 256;

/** Without the query and without an authority: both may hold credentials. */
function pathForRecord(target: string): string {
  if (target.charCodeAt(0) !== 0x2f) return '';
  const mark = target.indexOf('?');
  return mark === -1 ? target : target.slice(0, mark);
}

function versionOf({ httpVersion }: RawHead): Call['httpVersion'] {
  return httpVersion === '2.0' || httpVersion === '1.0' ? httpVersion : '1.1';
}

function fatal(reason: ReasonCode, detail: string): CallFault {
  return { reason, detail, fatal: true };
}
