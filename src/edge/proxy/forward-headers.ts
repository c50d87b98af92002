import { headerValue } from '../../core/call.ts';
import type { Decision, Forwarding } from '../../core/decision.ts';
import { nominations, rebuildRequestHeaders, rebuildResponseHeaders, withoutNames } from '../../http/headers.ts';
import { rateLimitField, rateLimitPolicyField } from '../../limit/ratelimit-headers.ts';
import type { Exchange } from './exchange.ts';

/**
 * What the upstream gets. In observe mode the client's own fields, but for framing, hop-by-hop and forged ones of ours.
 * Else without the credential, with who was identified, where from, and the gateway's assertion of it. Identity fields
 * are always set, empty where nobody was identified, so that an upstream never reads a client's own.
 */
export function requestHeaders(exchange: Exchange, forward: Forwarding, decision: Decision, host: string): string[] {
  const { call, wire } = exchange;
  const route = decision.routeId === undefined ? undefined : exchange.snapshot.routeById(decision.routeId);
  const enforcesAnswers = route?.enforcesAnswers === true;
  if (forward.asItCame) {
    const { rawHeaders } = wire.head;
    const names = exchange.snapshot.callPolicy.names;
    const fields = rebuildRequestHeaders(rawHeaders, names, nominatedBy(rawHeaders), true, call.httpVersion === '2.0');
    const kept = forward.body === undefined ? fields : withoutNames(fields, OF_BODY_BYTES);
    return ['host', host, ...(enforcesAnswers ? wholeAndPlain(kept) : kept)];
  }
  const dropped = forward.keepCredentials || route === undefined ? NONE : route.credentialHeaders;
  const { headers } = call;
  const isInternal = exchange.snapshot.configuration.upstreams[forward.upstream]?.internal === true;
  const uncompressed = enforcesAnswers || exchange.snapshot.configuration.apiKeys.uncompressedAnswers;
  const fields = ['host', host];
  let forwardedFor = '';
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    if (dropped.includes(name)) continue;
    if (name === 'cookie' && value.includes(OWN_COOKIES)) {
      const others = withoutOwnCookies(value);
      if (isInternal) fields.push(name, value);
      else if (others !== '') fields.push(name, others);
    } else if (name === 'x-forwarded-for') forwardedFor = forwardedFor === '' ? value : `${forwardedFor}, ${value}`;
    else if (name === 'accept-encoding' && uncompressed) continue;
    else if (enforcesAnswers && OF_PARTS.includes(name)) continue;
    else if (forward.body !== undefined && OF_BODY_BYTES.includes(name)) continue;
    else if (name !== 'x-forwarded-proto' && name !== 'x-forwarded-host') fields.push(name, value);
  }
  // Without the field any coding would do (RFC 9110 §12.5.3).
  if (uncompressed) fields.push('accept-encoding', 'identity');
  const { principal } = decision;
  const peer = wire.head.remoteAddress;
  fields.push(
    'x-forwarded-for',
    forwardedFor === '' ? peer : `${forwardedFor}, ${peer}`,
    'x-forwarded-proto',
    headerValue(headers, 'x-forwarded-proto') ?? call.scheme,
    'x-forwarded-host',
    headerValue(headers, 'x-forwarded-host') ?? call.host,
    'sallyport-request-id',
    call.requestId,
    'sallyport-consumer',
    principal === undefined ? '' : fieldText(principal.consumer),
    'sallyport-subject',
    principal === undefined ? '' : fieldText(principal.subject),
    'sallyport-scopes',
    principal === undefined ? '' : scopeText(principal.scopes),
    'sallyport-auth',
    principal?.method ?? '',
    'sallyport-assertion',
    principal === undefined || exchange.snapshot.configuration.upstreams[forward.upstream]?.assertion !== true
      ? ''
      : exchange.snapshot.assertions.assertionFor(principal, forward.upstream, exchange.arrivedAtMs),
  );
  if (isInternal) {
    const { peer } = wire.head;
    fields.push(
      'sallyport-client-address',
      call.address.text,
      'sallyport-client-certificate',
      peer === undefined ? '' : Buffer.from(peer.der).toString('base64'),
      'sallyport-client-certificate-error',
      peer?.chainError ?? '',
    );
  }
  return fields;
}

/** What the client gets of the upstream's answer, with the request id; on limited routes with what is left. */
export function responseHeaders(exchange: Exchange, raw: readonly string[]): string[] {
  const fields = rebuildResponseHeaders(raw);
  fields.push('sallyport-request-id', exchange.call.requestId);
  const { decision } = exchange;
  if (decision === undefined || decision.forward?.asItCame !== false) return fields;
  if (decision.answerFields.length > 0) fields.push(...decision.answerFields);
  if (decision.limits.length === 0) return fields;
  const route = decision.routeId === undefined ? undefined : exchange.snapshot.routeById(decision.routeId);
  if (route !== undefined) {
    const isRouteAlone = decision.limits.length === route.limits.rules.length;
    const policies = isRouteAlone ? route.limits.policyField : rateLimitPolicyField(decision.limits);
    fields.push('ratelimit-policy', policies, 'ratelimit', rateLimitField(decision.limits));
  }
  return fields;
}

/** Fields that decide framing or routing have no place behind a body (RFC 9110 §6.5.1). */
const NOT_IN_TRAILERS = ['content-length', 'content-type', 'content-encoding', 'content-range', 'host', 'set-cookie'];

/** Trailers of the answer as they may be passed on. */
export function responseTrailers(raw: readonly string[]): readonly string[] {
  return withoutNames(rebuildResponseHeaders(raw), NOT_IN_TRAILERS);
}

/** What asks for a part of an answer (RFC 9110 §14): a part cannot be judged. */
const OF_PARTS: readonly string[] = ['range', 'if-range'];

/** Digests of the bytes that came (RFC 9530), which say nothing of other ones. */
const OF_BODY_BYTES: readonly string[] = ['content-digest', 'repr-digest', 'digest', 'content-md5'];

function wholeAndPlain(fields: readonly string[]): string[] {
  return [...withoutNames(fields, [...OF_PARTS, 'accept-encoding']), 'accept-encoding', 'identity'];
}

const NONE: readonly string[] = Object.freeze([]);
function nominatedBy(rawHeaders: readonly string[]): readonly string[] {
  let connection = '';
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]?.toLowerCase() === 'connection')
      connection += connection === '' ? rawHeaders[i + 1] : `,${rawHeaders[i + 1]}`;
  return connection === '' ? NONE : nominations(connection);
}

/**
 * An identity as a field value: visible ASCII as it is, anything else percent-encoded whole. A percent sign counts as
 * anything else, so that no two identities have one spelling.
 */
export function fieldText(identity: string): string {
  for (let i = 0; i < identity.length; i++) {
    const code = identity.charCodeAt(i);
    if (code <= 0x20 || code > 0x7e || code === 0x25) return encodeURIComponent(identity.toWellFormed());
  }
  return identity;
}

/** Joined once per list: principals and their scopes are shared by many calls. */
const scopeTexts = new WeakMap<readonly string[], string>();

function scopeText(scopes: readonly string[]): string {
  const known = scopeTexts.get(scopes);
  if (known !== undefined) return known;
  const text = scopes.join(' ');
  scopeTexts.set(scopes, text);
  return text;
}

/** First part of cookies that the sign-in pages have to set for the whole host. */
const OWN_COOKIES = '__Host-sallyport-';

/** The cookies that are not the gateway's own: no API has any business with those. */
export function withoutOwnCookies(value: string): string {
  return value
    .split(';')
    .filter((pair) => !pair.trimStart().startsWith(OWN_COOKIES))
    .join(';')
    .trim();
}
