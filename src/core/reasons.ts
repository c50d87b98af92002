/**
 * The catalogue of reasons: the only texts a caller ever gets.
 * `status` and `title` are public; why exactly a call was refused stands in its event, not in the answer.
 * Codes are stable: documents, clients and stored events rely on them.
 */
export interface Reason {
  readonly status: number;
  readonly title: string;
  /** For the operator: what happened and what to do; becomes docs/reasons.md. */
  readonly explanation: string;
  /** Code the caller is shown where telling the real one would help an attacker. */
  readonly publicCode?: string;
}

const CREDENTIAL_TITLE = 'Authentication is required';
const PUBLIC_UNAUTHENTICATED = 'authn.required';

export const REASONS = {
  'framing.version': reason(
    400,
    'Not one clear request',
    'The HTTP version is not 1.0, 1.1 or 2, or it cannot carry what the head declares.',
  ),
  'framing.method': reason(
    400,
    'Not one clear request',
    'The method is not a token, or is one a gateway must not forward (CONNECT, TRACE).',
  ),
  'framing.target': reason(
    400,
    'Not one clear request',
    'The request target has no form this gateway forwards, or disagrees with the Host field; or an HTTP/2 pseudo field is missing or repeated.',
  ),
  'framing.host': reason(400, 'Not one clear request', 'There is not exactly one valid Host.'),
  'framing.header_name': reason(
    400,
    'Not one clear request',
    'A field name is not a token, or imitates a field that decides framing or identity (underscore, dot or case variants).',
  ),
  'framing.header_value': reason(
    400,
    'Not one clear request',
    'A field value has control characters or is surrounded by bytes that parsers strip differently.',
  ),
  'framing.header_repeated': reason(400, 'Not one clear request', 'A field that may occur once occurs more often.'),
  'framing.header_size': reason(
    431,
    'Header fields too large',
    'More header fields, or more bytes of them, than the listener allows, or too many names in Connection.',
  ),
  'framing.content_length': reason(
    400,
    'Not one clear request',
    'Content-Length is repeated, a list, not a plain decimal number, too large, or missing on an HTTP/1.0 request that has to have one.',
  ),
  'framing.transfer_encoding': reason(
    400,
    'Not one clear request',
    'Transfer-Encoding is anything but exactly `chunked`, is repeated, or comes with another version than HTTP/1.1.',
  ),
  'framing.transfer_coding': reason(
    501,
    'Transfer coding not supported',
    'Transfer-Encoding names a coding besides chunked (gzip, deflate, parameters). Forwarding it without its name would change the body (RFC 9112 §6.1).',
  ),
  'framing.length_conflict': reason(
    400,
    'Not one clear request',
    'Both Content-Length and Transfer-Encoding are given: two servers could see two requests.',
  ),
  'framing.body': reason(400, 'Not one clear request', 'The body broke its own framing; both connections were closed.'),
  'framing.upgrade': reason(
    400,
    'Not one clear request',
    'An upgrade other than a WebSocket handshake (GET, HTTP/1.1, no body).',
  ),
  'framing.expectation': reason(417, 'Expectation failed', 'An Expect value other than 100-continue.'),
  'framing.parse': reason(400, 'Not one clear request', 'The HTTP parser refused the bytes.'),
  'framing.timeout': reason(408, 'Request took too long', 'The client did not send its request in the time allowed.'),
  'path.encoded_slash': reason(
    400,
    'Not one clear request',
    'The path holds an encoded slash (%2F). Route option: paths.encodedSlash.',
  ),
  'path.backslash': reason(
    400,
    'Not one clear request',
    'The path holds a backslash, plain or encoded. Route option: paths.backslash.',
  ),
  'path.dot_segments': reason(
    400,
    'Not one clear request',
    'The path holds . or .. segments, plain or encoded. Route option: paths.dotSegments.',
  ),
  'path.double_slash': reason(
    400,
    'Not one clear request',
    'The path holds an empty segment (//). Route option: paths.doubleSlash.',
  ),
  'path.semicolon': reason(
    400,
    'Not one clear request',
    'The path holds a parameter segment (;), which some servers strip. Route option: paths.semicolon.',
  ),
  'path.double_encoding': reason(
    400,
    'Not one clear request',
    'The path is percent-encoded twice. Route option: paths.doubleEncoding.',
  ),
  'path.encoding': reason(
    400,
    'Not one clear request',
    'The path holds an invalid percent-encoding, a control character, or bytes that are not UTF-8.',
  ),
  'path.route_changed': reason(
    400,
    'Not one clear request',
    'Decoding the path would lead to another route than the one that was matched.',
  ),
  'path.redirect': reason(
    308,
    'Use the canonical path',
    'The route answers an ambiguous path with a redirect to its canonical form.',
  ),
  'admit.overloaded': reason(503, 'Overloaded', 'More calls in progress than the listener allows; new ones are shed.'),
  'admit.connections': reason(
    429,
    'Too many connections',
    'One address holds more connections than the listener allows.',
  ),
  'route.not_found': reason(404, 'Not found', 'No route matches this host and path.'),
  'route.method': reason(
    404,
    'Not found',
    'A route matches this host and path, but not with this method.',
    'route.not_found',
  ),
  'authn.missing': reason(
    401,
    CREDENTIAL_TITLE,
    'No credential was presented where the route asks for one.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.ambiguous': reason(
    400,
    'Not one clear request',
    'More than one credential was presented for one authenticator.',
  ),
  'authn.api_key_malformed': reason(
    401,
    CREDENTIAL_TITLE,
    'The key does not have the form of a key of this gateway.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.api_key_checksum': reason(
    401,
    CREDENTIAL_TITLE,
    'The key has our form and a wrong checksum: mistyped, cut off or invented.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.api_key_unknown': reason(401, CREDENTIAL_TITLE, 'No key with this id exists.', PUBLIC_UNAUTHENTICATED),
  'authn.api_key_wrong': reason(
    401,
    CREDENTIAL_TITLE,
    'The key id exists and the secret is wrong: an attempt to guess.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.api_key_revoked': reason(401, CREDENTIAL_TITLE, 'The key was revoked.', PUBLIC_UNAUTHENTICATED),
  'authn.api_key_disabled': reason(
    401,
    CREDENTIAL_TITLE,
    'The key or its consumer is disabled.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.api_key_expired': reason(
    401,
    CREDENTIAL_TITLE,
    'The key has expired, or its grace after rotation is over.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.api_key_not_yet': reason(401, CREDENTIAL_TITLE, 'The key is not valid yet.', PUBLIC_UNAUTHENTICATED),
  'authn.api_key_address': reason(
    401,
    CREDENTIAL_TITLE,
    'The key may not be used from this address.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.location': reason(
    400,
    'Not one clear request',
    'A token came in more than one place, or in a query where the route takes none there (RFC 6750 §2).',
  ),
  'authn.token_malformed': reason(
    401,
    CREDENTIAL_TITLE,
    'The token is not one canonical compact JWS: alphabet, base64url, JSON, repeated members, or size.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.token_algorithm': reason(
    401,
    CREDENTIAL_TITLE,
    'The token names an algorithm its issuer does not use, none at all, or one that does not fit the key.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.token_header': reason(
    401,
    CREDENTIAL_TITLE,
    'The header of the token brings its own key, asks for an unknown extension, or has members that must not be there.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.token_key_unknown': reason(
    401,
    CREDENTIAL_TITLE,
    'The issuer has no key that the token names.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.token_signature': reason(
    401,
    CREDENTIAL_TITLE,
    'The signature of the token is wrong.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.token_type': reason(
    401,
    CREDENTIAL_TITLE,
    'The token is of another type (typ): an ID token, a proof, an event.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.token_issuer': reason(
    401,
    CREDENTIAL_TITLE,
    'The issuer of the token is not the configured one.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.token_audience': reason(
    401,
    CREDENTIAL_TITLE,
    'The token was issued for another resource.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.token_expired': reason(401, CREDENTIAL_TITLE, 'The token has expired.', PUBLIC_UNAUTHENTICATED),
  'authn.token_not_yet': reason(
    401,
    CREDENTIAL_TITLE,
    'The token is not valid yet, or says it was issued in the future.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.token_lifetime': reason(
    401,
    CREDENTIAL_TITLE,
    'The token has no end, or lives longer than the gateway allows.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.token_claims': reason(
    401,
    CREDENTIAL_TITLE,
    'A claim is missing, of another type than it must be, or ambiguous.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.token_revoked': reason(
    401,
    CREDENTIAL_TITLE,
    'The token, its session, subject, client or key was revoked.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.token_inactive': reason(
    401,
    CREDENTIAL_TITLE,
    'The issuer says the token is not active.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.token_encrypted': reason(
    401,
    CREDENTIAL_TITLE,
    'The token is encrypted and encrypted tokens are not taken here, or it cannot be decrypted as configured.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.token_binding': reason(
    401,
    CREDENTIAL_TITLE,
    'The token is bound to a key or certificate that was not shown, or has to be bound and is not.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.dpop_proof': reason(
    401,
    CREDENTIAL_TITLE,
    'The DPoP proof is missing, malformed, too old, or for another request or token (RFC 9449 §4.3).',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.dpop_replay': reason(401, CREDENTIAL_TITLE, 'The DPoP proof was used before.', PUBLIC_UNAUTHENTICATED),
  'authn.dpop_nonce': reason(
    401,
    CREDENTIAL_TITLE,
    'The DPoP proof needs a nonce of this gateway; the answer carries one.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.step_up': reason(
    401,
    'A stronger or newer sign-in is required',
    'The sign-in behind the token is too weak or too long ago for this route (RFC 9470).',
  ),
  'authn.certificate_missing': reason(
    401,
    CREDENTIAL_TITLE,
    'No client certificate was shown.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.certificate_untrusted': reason(
    401,
    CREDENTIAL_TITLE,
    'The client certificate leads to no trusted authority, or its chain is wrong.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.certificate_expired': reason(
    401,
    CREDENTIAL_TITLE,
    'The client certificate is not valid at this time.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.certificate_revoked': reason(
    401,
    CREDENTIAL_TITLE,
    'The client certificate was revoked.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.certificate_purpose': reason(
    401,
    CREDENTIAL_TITLE,
    'The certificate is not one for clients (key usage, extended key usage) or its key is too weak.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.certificate_name': reason(
    401,
    CREDENTIAL_TITLE,
    'The certificate names nobody, several, or somebody who is not on the list.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.signature_malformed': reason(
    401,
    CREDENTIAL_TITLE,
    'The signature fields of the request cannot be read (RFC 9421).',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.signature_coverage': reason(
    401,
    CREDENTIAL_TITLE,
    'The signature does not cover what the route asks for, or lacks a parameter it must have.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.signature_key': reason(
    401,
    CREDENTIAL_TITLE,
    'The signature names no known key, or another algorithm than its key has.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.signature_wrong': reason(
    401,
    CREDENTIAL_TITLE,
    'The signature of the request is wrong.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.signature_expired': reason(
    401,
    CREDENTIAL_TITLE,
    'The signature of the request is too old, or from the future.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.signature_replay': reason(
    401,
    CREDENTIAL_TITLE,
    'The signature of the request was used before.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.signature_digest': reason(
    401,
    CREDENTIAL_TITLE,
    'The body is not the one that was signed (Content-Digest, RFC 9530).',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.basic_malformed': reason(
    401,
    CREDENTIAL_TITLE,
    'The Basic credential cannot be read (RFC 7617).',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.basic_unknown': reason(401, CREDENTIAL_TITLE, 'There is no user of this name.', PUBLIC_UNAUTHENTICATED),
  'authn.basic_wrong': reason(401, CREDENTIAL_TITLE, 'The password is wrong.', PUBLIC_UNAUTHENTICATED),
  'authn.throttled': reason(
    429,
    'Too many requests',
    'Too many wrong credentials from this address; more are not looked at for a while.',
  ),
  'authn.mixed_principals': reason(
    401,
    CREDENTIAL_TITLE,
    'The credentials presented together belong to different consumers.',
    PUBLIC_UNAUTHENTICATED,
  ),
  'authn.unavailable': reason(
    503,
    'Could not decide',
    'Who is calling could not be established: a key store or issuer did not answer.',
  ),
  'authz.scope': reason(403, 'Not allowed', 'The credential lacks a scope the route asks for.'),
  'authz.key_route': reason(
    403,
    'Not allowed',
    'The key is confined to certain routes, and this route or method is not among them. Setting: routes of the key.',
  ),
  'authz.rule': reason(
    403,
    'Not allowed',
    'A condition of the route or of one of its policies is not met, or could not be found out; the detail names it. Setting: authorize.',
  ),
  'authz.denied': reason(
    403,
    'Not allowed',
    'A rule of the route or of one of its policies denies what it describes. Setting: authorize.deny.',
  ),
  'authz.sign_in': reason(
    403,
    'Not allowed',
    'The sign-in behind the call is not strong or not recent enough. Setting: authorize.acr, authorize.signedInWithin.',
  ),
  'authz.owner': reason(
    403,
    'Not allowed',
    'The object of the call is not the caller’s, by the rule of the route. Setting: authorize.owner.',
  ),
  'authz.unavailable': reason(503, 'Could not decide', 'What the caller may do could not be established.'),
  'limit.rate': reason(429, 'Too many requests', 'The rate limit is used up; Retry-After says for how long.'),
  'limit.quota': reason(429, 'Quota used up', 'The quota of this window is used up; Retry-After says until when.'),
  'limit.unavailable': reason(503, 'Could not decide', 'The limit could not be counted.'),
  'body.too_large': reason(413, 'Body too large', 'The body is larger than the route allows.'),
  'upstream.unreachable': reason(
    502,
    'Upstream unreachable',
    'No connection to any target of the upstream could be made.',
  ),
  'upstream.broken': reason(
    502,
    'Upstream failed',
    'The upstream closed the connection or broke HTTP before its answer was complete.',
  ),
  'upstream.timeout': reason(504, 'Upstream too slow', 'The upstream did not answer in the time allowed.'),
  'upstream.saturated': reason(
    503,
    'Upstream unavailable',
    'Every connection to the upstream is in use and too many calls wait for one. Setting: upstreams.<name>.connectionsMax.',
  ),
  'client.gone': reason(499, 'Client gone', 'The client closed the connection before the answer was complete.'),
  'gateway.draining': reason(503, 'Shutting down', 'The gateway is draining and takes no new calls.'),
  'gateway.fault': reason(
    503,
    'Could not decide',
    'A fault inside the gateway: the call was refused, never let through.',
  ),
} as const satisfies Record<string, Reason>;

export type ReasonCode = keyof typeof REASONS;

/** Looks a reason up with the interface's type, so that optional fields are visible. */
export function reasonOf(code: ReasonCode): Reason {
  return REASONS[code];
}

/** The code shown to the caller: unknown, wrong, expired and revoked credentials look alike. */
export function publicCode(code: ReasonCode): string {
  return reasonOf(code).publicCode ?? code;
}

function reason(status: number, title: string, explanation: string, shown?: string): Reason {
  return shown === undefined ? { status, title, explanation } : { status, title, explanation, publicCode: shown };
}
