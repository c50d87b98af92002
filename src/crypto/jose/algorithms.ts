import type { JwsAlgorithm } from '../../core/configuration.ts';
import { COORDINATE_BYTES, type EcCurve } from './curve-point.ts';

interface HashedAlgorithm {
  /** Name of the hash for `node:crypto`, and the octets it makes. */
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  readonly hashBytes: number;
}

/** Everything that is fixed by the name of an algorithm (RFC 7518 §3, RFC 8037 §3.1, RFC 9864 §2.2). */
export type SignatureAlgorithm =
  | (HashedAlgorithm & {
      readonly type: 'ec';
      readonly curve: EcCurve;
      /** What `node:crypto` calls the curve. */
      readonly namedCurve: string;
      /** Octets of r and s, one after the other (RFC 7518 §3.4); never DER. */
      readonly signatureBytes: number;
      /** Order n of the base point, big-endian, as long as r and s each (SP 800-186 §3.2.1). */
      readonly order: Uint8Array;
    })
  | { readonly type: 'ed25519'; readonly signatureBytes: number }
  /** Signatures of RSA are as long as the modulus of their key; the salt of PSS is as long as the hash (RFC 7518 §3.5). */
  | (HashedAlgorithm & { readonly type: 'rsa'; readonly padding: 'pkcs1' | 'pss' })
  | (HashedAlgorithm & { readonly type: 'hmac'; readonly signatureBytes: number });

const SHA256: HashedAlgorithm = { hash: 'sha256', hashBytes: 32 };
const SHA384: HashedAlgorithm = { hash: 'sha384', hashBytes: 48 };
const SHA512: HashedAlgorithm = { hash: 'sha512', hashBytes: 64 };

/** The algorithms that exist here. `none` is not one. */
export const SIGNATURE_ALGORITHMS: Readonly<Record<JwsAlgorithm, SignatureAlgorithm>> = Object.freeze({
  Ed25519: { type: 'ed25519', signatureBytes: 64 },
  ES256: ec(SHA256, 'P-256', 'prime256v1', 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
  ES384: ec(
    SHA384,
    'P-384',
    'secp384r1',
    'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  ),
  ES512: ec(
    SHA512,
    'P-521',
    'secp521r1',
    '01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
  ),
  RS256: { type: 'rsa', padding: 'pkcs1', ...SHA256 },
  RS384: { type: 'rsa', padding: 'pkcs1', ...SHA384 },
  RS512: { type: 'rsa', padding: 'pkcs1', ...SHA512 },
  PS256: { type: 'rsa', padding: 'pss', ...SHA256 },
  PS384: { type: 'rsa', padding: 'pss', ...SHA384 },
  PS512: { type: 'rsa', padding: 'pss', ...SHA512 },
  HS256: { type: 'hmac', signatureBytes: 32, ...SHA256 },
  HS384: { type: 'hmac', signatureBytes: 48, ...SHA384 },
  HS512: { type: 'hmac', signatureBytes: 64, ...SHA512 },
});

/** A map, so that no name reaches a prototype. */
const BY_NAME: ReadonlyMap<string, JwsAlgorithm> = new Map([
  ...(Object.keys(SIGNATURE_ALGORITHMS) as JwsAlgorithm[]).map((name) => [name, name] as const),
  ['EdDSA', 'Ed25519'] as const,
]);

/**
 * The algorithm that `alg` of a token names, letter by letter as registered (RFC 7515 §4.1.1), or undefined. `EdDSA` is
 * `Ed25519` (RFC 9864 §2.2), the only one of its curves that is known here.
 * Does not check that an issuer may use it, nor that a key fits it.
 */
export function algorithmOf(name: string): JwsAlgorithm | undefined {
  return BY_NAME.get(name);
}

function ec(hashed: HashedAlgorithm, curve: EcCurve, namedCurve: string, orderHex: string): SignatureAlgorithm {
  const order = Uint8Array.from(Buffer.from(orderHex, 'hex'));
  return { type: 'ec', curve, namedCurve, signatureBytes: 2 * COORDINATE_BYTES[curve], order, ...hashed };
}
