import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { bigEndian } from './curve-point.ts';
import { base64urlMember } from './jwk-members.ts';
import { judgeRsaKey } from './rsa-modulus.ts';
import { jwkThumbprint } from './thumbprint.ts';
import type { JoseFault, JsonObject } from './types.ts';

/** A key that tokens may be encrypted to. */
export interface DecryptionKey {
  readonly key: KeyObject;
  readonly kind: 'rsa' | 'curve' | 'secret';
  /** Curve of a `curve` key; otherwise undefined. */
  readonly curve: string | undefined;
  /** Thumbprint of the public key (RFC 7638): a token with this kid is tried with this key alone. */
  readonly kid: string | undefined;
}

export type DecryptionKeyResult =
  | { readonly ok: true; readonly key: DecryptionKey }
  | { readonly ok: false; readonly fault: JoseFault };

/**
 * Reads a private key in PEM (PKCS #8) for encrypted tokens: RSA under the rules for signature keys, P-256, P-384, P-521 or
 * X25519. Other keys, encrypted ones and public ones are faults. Meant for when configuration is loaded.
 */
export function readDecryptionKey(pem: string): DecryptionKeyResult {
  try {
    const key = createPrivateKey(pem);
    const publicJwk: JsonObject = { ...createPublicKey(key).export({ format: 'jwk' }) };
    const kid = jwkThumbprint(publicJwk);
    const curve = publicJwk['crv'];
    if (key.asymmetricKeyType === 'rsa') {
      const fault = judgeRsaKey(numberOf(publicJwk, 'n'), numberOf(publicJwk, 'e'));
      return fault === undefined
        ? { ok: true, key: { key, kind: 'rsa', curve: undefined, kid } }
        : { ok: false, fault };
    }
    if (curve === 'P-256' || curve === 'P-384' || curve === 'P-521' || curve === 'X25519')
      return { ok: true, key: { key, kind: 'curve', curve, kid } };
  } catch {
    return refuse('the private key is not an unencrypted PEM (PKCS #8) key of a known type');
  }
  return refuse('the private key is neither RSA nor P-256, P-384, P-521 or X25519');
}

function refuse(detail: string): DecryptionKeyResult {
  return { ok: false, fault: { signal: 'jwe.private_key', detail } };
}

function numberOf(jwk: JsonObject, name: string): bigint {
  return bigEndian(base64urlMember(jwk, name, 4_096) ?? new Uint8Array(0));
}
