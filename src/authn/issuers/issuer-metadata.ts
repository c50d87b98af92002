import type { Fetch } from '../../ports.ts';
import { type DocumentPolicy, fetchDocument } from './fetch-document.ts';

export type KeySetAddress =
  | { readonly ok: true; readonly url: string }
  | { readonly ok: false; readonly error: string };

/**
 * Where the metadata of an issuer is: OpenID Connect Discovery §4 appends its well-known path to the issuer, RFC 8414 §3.1
 * puts its own between host and path. Empty where the issuer is no URL one may be asked at.
 */
export function metadataUrls(issuer: string): readonly string[] {
  const url = URL.parse(issuer);
  if (url === null || url.search !== '' || url.hash !== '') return [];
  const path = url.pathname === '/' ? '' : url.pathname.replace(/\/$/, '');
  return [
    `${url.origin}${path}/.well-known/openid-configuration`,
    `${url.origin}/.well-known/oauth-authorization-server${path}`,
  ];
}

/**
 * The address of an issuer's keys by its metadata, whose `issuer` has to be exactly the one that was asked for (RFC 8414
 * §3.3): a document of another issuer would put its keys in this one's place.
 */
export async function discoverKeySet(send: Fetch, issuer: string, policy: DocumentPolicy): Promise<KeySetAddress> {
  const urls = metadataUrls(issuer);
  let error = 'the issuer is no URL';
  for (const url of urls) {
    const document = await fetchDocument(send, url, policy);
    if (!document.ok) {
      error = `metadata: ${document.error}`;
      continue;
    }
    if (document.value['issuer'] !== issuer) {
      error = 'metadata: it is that of another issuer';
      continue;
    }
    const address = document.value['jwks_uri'];
    if (typeof address === 'string' && address.length <= 2_048) return { ok: true, url: address };
    error = 'metadata: jwks_uri is missing';
  }
  return { ok: false, error };
}
