import { constants, createHmac, type KeyObject, sign } from 'node:crypto';

export type Json = Readonly<Record<string, unknown>>;

export function base64url(value: string | Uint8Array): string {
  return Buffer.from(value).toString('base64url');
}

/** Signs as `alg` says, in the encoding RFC 7518 §3 gives it. */
export function signatureOf(alg: string, key: KeyObject, input: string): Buffer {
  const bytes = Buffer.from(input);
  const hash = `sha${alg.slice(2)}`;
  switch (alg.slice(0, 2)) {
    case 'ES':
      return sign(hash, bytes, { key, dsaEncoding: 'ieee-p1363' });
    case 'RS':
      return sign(hash, bytes, key);
    case 'PS':
      return sign(hash, bytes, {
        key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      });
    case 'HS':
      return createHmac(hash, key).update(bytes).digest();
    default:
      return sign(null, bytes, key);
  }
}

/** A compact JWS over texts that need not be JSON. */
export function signTexts(header: string, payload: string, alg: string, key: KeyObject): string {
  const input = `${base64url(header)}.${base64url(payload)}`;
  return `${input}.${base64url(signatureOf(alg, key, input))}`;
}

export function signToken(header: Json & { readonly alg: string }, claims: Json, key: KeyObject): string {
  return signTexts(JSON.stringify(header), JSON.stringify(claims), header.alg, key);
}
