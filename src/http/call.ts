import type { Call, CallFault, ClientAddress, HeaderFields } from '../core/call.ts';
import type { Configuration } from '../core/configuration.ts';
import type { ReasonCode } from '../core/reasons.ts';
import { CidrSet, ClientAddressReader, parseCidr } from './client-address.ts';
import { FieldNames } from './field-name.ts';
import { type Framing, FramingReader, type RawHead } from './framing.ts';
import { rebuildRequestHeaders } from './headers.ts';
import { canonicalHost } from './host.ts';
import { canonicalPath, canonicalQuery } from './path.ts';

/** How raw heads become calls; compiled once from a configuration. */
export interface CallPolicy {
  readonly names: FieldNames;
  readonly framing: FramingReader;
  readonly addresses: ClientAddressReader;
}

/** Throws where a trusted proxy is no address block, which loading has already refused: skipping it could trust too much. */
export function compileCallPolicy(
  configuration: Pick<Configuration, 'trustedProxies' | 'listen'>,
  credentialHeaders: readonly string[],
): CallPolicy {
  const names = new FieldNames(credentialHeaders);
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

/** Puts a raw head into the one form everything else works on. What is unclear about it becomes `fault`. */
export function toCall(head: RawHead, policy: CallPolicy, requestId: string): Call {
  const framing = policy.framing.read(head);
  if (framing.reason !== undefined)
    return refused(head, policy, requestId, { reason: framing.reason, detail: framing.detail, fatal: true });
  const scheme = head.encrypted ? 'https' : 'http';
  const host = framing.hostCount === 0 ? '' : canonicalHost(framing.host, scheme);
  if (host === undefined)
    return refused(head, policy, requestId, fatal('framing.host', 'the host is not a host with an optional port'));

  const trusted = policy.addresses.trusts(head.remoteAddress);
  const headers = rebuildRequestHeaders(
    head.rawHeaders,
    policy.names,
    framing.nominated,
    trusted,
    head.httpVersion === '2.0',
  );
  const address = policy.addresses.read(head.remoteAddress, headers);
  return readTarget(head, framing, requestId, scheme, host, headers, address);
}

function readTarget(
  head: RawHead,
  framing: Readonly<Framing>,
  requestId: string,
  scheme: 'http' | 'https',
  host: string,
  headers: HeaderFields,
  address: ClientAddress,
): Call {
  const { target } = head;
  let rawPath = target;
  let fault: CallFault | undefined;
  if (target.charCodeAt(0) !== 0x2f) {
    if (target === '*' && head.method === 'OPTIONS') rawPath = '/';
    else {
      const origin = absoluteForm(target, scheme, host);
      if (origin === undefined)
        fault = fatal('framing.target', 'the target is neither a path nor an absolute URL of the requested host');
      else rawPath = origin;
    }
  }
  let path = '/';
  let query = '';
  let ambiguities = 0;
  if (fault === undefined) {
    const mark = rawPath.indexOf('?');
    if (mark !== -1) {
      query = rawPath.slice(mark + 1);
      rawPath = rawPath.slice(0, mark);
    }
    if (rawPath.includes('#') || query.includes('#')) fault = fatal('framing.target', 'the target holds a fragment');
    else {
      const given = canonicalQuery(query);
      if (given === undefined)
        fault = fatal('framing.target', 'the query holds a character that must be percent-encoded');
      else query = given;
    }
    if (fault === undefined) {
      const canonical = canonicalPath(rawPath);
      if (canonical.kind === 'path') {
        path = canonical.path;
        ambiguities = canonical.ambiguities;
      } else {
        path = rawPath;
        fault = { reason: 'path.encoding', detail: canonical.detail, fatal: false };
      }
    }
  }
  return {
    requestId,
    method: head.method,
    scheme,
    host,
    path,
    pathAmbiguities: ambiguities,
    query,
    httpVersion: head.httpVersion === '2.0' ? '2.0' : head.httpVersion === '1.0' ? '1.0' : '1.1',
    headers,
    address,
    bodyFraming: framing.body,
    bodyBytesDeclared: framing.bytesDeclared,
    upgrade: framing.upgrade,
    fault,
  };
}

/** Path and query of an absolute-form target (RFC 9112 §3.2.2) whose authority is the requested host. */
function absoluteForm(target: string, scheme: 'http' | 'https', host: string): string | undefined {
  const prefix = `${scheme}://`;
  if (target.slice(0, prefix.length).toLowerCase() !== prefix) return undefined;
  const rest = target.slice(prefix.length);
  const slash = rest.indexOf('/');
  const authority = slash === -1 ? rest : rest.slice(0, slash);
  if (host === '' || canonicalHost(authority, scheme) !== host) return undefined;
  return slash === -1 ? '/' : rest.slice(slash);
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
    httpVersion: head.httpVersion === '2.0' ? '2.0' : head.httpVersion === '1.0' ? '1.0' : '1.1',
    headers: NO_HEADERS,
    address: policy.addresses.read(head.remoteAddress, NO_HEADERS),
    bodyFraming: 'none',
    bodyBytesDeclared: -1,
    upgrade: '',
    fault,
  };
}

/** Without the query, which may hold credentials. */
function pathForRecord(target: string): string {
  const mark = target.indexOf('?');
  return mark === -1 ? target : target.slice(0, mark);
}

function fatal(reason: ReasonCode, detail: string): CallFault {
  return { reason, detail, fatal: true };
}
