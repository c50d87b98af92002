import { createHash } from 'node:crypto';
import type { JsonObject } from './types.ts';

/** Required members of each key type in lexicographic order (RFC 7638 §3.2, RFC 8037 §2). */
const REQUIRED_MEMBERS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['EC', ['crv', 'kty', 'x', 'y']],
  ['OKP', ['crv', 'kty', 'x']],
  ['RSA', ['e', 'kty', 'n']],
  ['oct', ['k', 'kty']],
]);

/**
 * SHA-256 thumbprint of a key in base64url (RFC 7638 §3), over the required members alone: a private key and its public
 * key have the same one. Does not check the key; throws a TypeError where its type is unknown or a member is no text,
 * which a key that was imported before never is. The thumbprint of an `oct` key is a hash of a secret: not to be shown.
 */
export function jwkThumbprint(jwk: JsonObject): string {
  const members = REQUIRED_MEMBERS.get(jwk['kty']);
  if (members === undefined) throw new TypeError('thumbprint of an unknown key type');
  let json = '{';
  for (const name of members) {
    const value = jwk[name];
    if (typeof value !== 'string') throw new TypeError(`thumbprint of a key without ${name}`);
    json += `${json === '{' ? '' : ','}"${name}":${JSON.stringify(value)}`;
  }
  return createHash('sha256').update(`${json}}`, 'utf8').digest('base64url');
}
