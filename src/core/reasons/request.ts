import { type Reason, reason } from './reason.ts';

/** Of a call that is not one clear request, has no place here, or for which there is no room. */
export const REQUEST_REASONS = {
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
} as const satisfies Record<string, Reason>;
