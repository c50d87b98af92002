/** Name of the scheme in `Authorization`, and the first line of what is signed. */
export const HMAC_SCHEME = 'Sallyport-HMAC-SHA256';

/** A request as client and gateway both see it. */
export interface CanonicalParts {
  readonly clientId: string;
  /** As sent: methods are case-sensitive. */
  readonly method: string;
  /** Without query, in the percent-encoding that is sent. */
  readonly path: string;
  /** As sent, without the `?`; empty where there is none. */
  readonly query: string;
  /** Lower-case names and values of the signed fields, in ascending order of their names, none twice. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** SHA-256 of the body in lower-case hexadecimal; that of the empty text where there is no body. */
  readonly bodySha256: string;
  /** Unix seconds in decimal digits. */
  readonly timestamp: string;
  readonly nonce: string;
}

/**
 * What is signed in the scheme `sallyport-hmac`. Clients send one field:
 *
 *     Authorization: Sallyport-HMAC-SHA256 Credential=<id>,SignedHeaders=<names>,Timestamp=<seconds>,Nonce=<nonce>,Signature=<signature>
 *
 * with these five parts in this order, no spaces after the first, where
 *
 * - `Credential` is the public client id,
 * - `SignedHeaders` are the lower-case names of the signed fields in ascending order of their characters' codes, joined by
 *   `;`. `host` must be one of them, `authorization` cannot be; at most 32; each must come with the request exactly once,
 * - `Timestamp` is the Unix time in whole seconds, in decimal digits,
 * - `Nonce` is 16 to 128 characters of `A–Z a–z 0–9 - . _ ~`, never used before by this client,
 * - `Signature` is HMAC-SHA-256 of the UTF-8 text below under the decoded secret, as 64 lower-case hexadecimal digits or as
 *   base64url without padding (43 characters).
 *
 * The signed text is made of these lines, joined by one line feed (U+000A), with none at the end:
 *
 * 1. `Sallyport-HMAC-SHA256`
 * 2. the client id
 * 3. the method
 * 4. the path as it reaches the upstream: percent-encodings in upper case, no dot segments, `/` where it is empty
 * 5. the query: split at each `&`, sorted by what is before the first `=` of each part (in the order of the characters'
 *    codes; parts with the same name stay in the order they are sent in), joined by `&`, nothing decoded or encoded; an
 *    empty line where there is no query
 * 6. one line per signed field in the order of `SignedHeaders`: name, `:`, and the value without spaces and tabs around
 *    it. The value of `host` is the lower-case host with its port, without port where it is that of the scheme
 * 7. `SignedHeaders` as sent
 * 8. SHA-256 of the body as sent (after any content coding) in lower-case hexadecimal
 * 9. `Timestamp` as sent
 * 10. `Nonce` as sent
 *
 * No part can hold a line feed, so that two different requests never have one text.
 */
export function canonicalRequest(parts: CanonicalParts): string {
  const { clientId, method, path, query, fields, bodySha256, timestamp, nonce } = parts;
  const lines = [HMAC_SCHEME, clientId, method, path, sortedQuery(query)];
  for (const [name, value] of fields) lines.push(`${name}:${trimmed(value)}`);
  lines.push(fields.map(([name]) => name).join(';'), bodySha256, timestamp, nonce);
  return lines.join('\n');
}

/** By name alone: the order of several values of one name means something, and stays signed. */
function sortedQuery(query: string): string {
  if (!query.includes('&')) return query;
  const pairs = query.split('&').map((pair) => {
    const mark = pair.indexOf('=');
    return { name: mark < 0 ? pair : pair.slice(0, mark), pair };
  });
  pairs.sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
  return pairs.map(({ pair }) => pair).join('&');
}

/** Without optional white space around it (RFC 9110 §5.6.3); other white space is part of a value. */
function trimmed(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start++;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
