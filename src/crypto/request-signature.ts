import {
  constants,
  createHmac,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import type { HttpSignatureKey } from '../core/configuration.ts';

/** A key that verifies signatures of exactly one algorithm (RFC 9421 §3.3). */
export interface RequestKey {
  readonly algorithm: HttpSignatureKey['algorithm'];
  readonly key: KeyObject;
}

/** Throws where the text is no key, which loading has already refused. */
export function readRequestKey({ algorithm, key }: HttpSignatureKey): RequestKey {
  if (algorithm !== 'hmac-sha256') return { algorithm, key: createPublicKey(key) };
  const encoded = key.startsWith('whsec_') ? key.slice('whsec_'.length) : key;
  return { algorithm, key: createSecretKey(Buffer.from(encoded, 'base64')) };
}

/** Whether the signature over the base is the key's. The algorithm is the key's own, whatever a message says. Never throws. */
export function isRequestSigned(base: string, signature: Uint8Array, { algorithm, key }: RequestKey): boolean {
  const bytes = Buffer.from(base, 'latin1');
  try {
    switch (algorithm) {
      case 'ed25519':
        return signature.length === 64 && verify(null, bytes, key, signature);
      case 'ecdsa-p256-sha256':
        return signature.length === 64 && verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature);
      case 'ecdsa-p384-sha384':
        return signature.length === 96 && verify('sha384', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature);
      case 'rsa-pss-sha512':
        return verify('sha512', bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }, signature);
      case 'rsa-v1_5-sha256':
        return verify('sha256', bytes, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
      case 'hmac-sha256': {
        const mac = createHmac('sha256', key).update(bytes).digest();
        return mac.length === signature.length && timingSafeEqual(mac, signature);
      }
    }
  } catch {
    return false;
  }
}
