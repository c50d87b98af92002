import { constants, type KeyObject, verify } from 'node:crypto';
import { hex } from './der.ts';

/** A signature algorithm of a certificate or a revocation list. */
export interface SignatureAlgorithm {
  readonly keyType: 'rsa' | 'ec' | 'ed25519';
  readonly hash: 'sha256' | 'sha384' | 'sha512' | undefined;
  /** RSASSA-PSS; its salt is as long as the hash. */
  readonly pss: boolean;
}

/**
 * By the whole AlgorithmIdentifier, parameters included: whatever is written in another way is another algorithm, and
 * SHA-1, MD5 and unknown ones are simply not here (RFC 4055 §5, RFC 5758 §3.2, RFC 8410 §3).
 */
const ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ...hashes().flatMap(([hash, octets, rsa, ec]): [string, SignatureAlgorithm][] => [
    [`300d06092a864886f70d0101${rsa}0500`, { keyType: 'rsa', hash, pss: false }],
    [`300a06082a8648ce3d0403${ec}`, { keyType: 'ec', hash, pss: false }],
    [pssIdentifier(octets), { keyType: 'rsa', hash, pss: true }],
  ]),
  ['300506032b6570', { keyType: 'ed25519', hash: undefined, pss: false }],
]);

function hashes(): [NonNullable<SignatureAlgorithm['hash']>, number, string, string][] {
  return [
    ['sha256', 32, '0b', '02'],
    ['sha384', 48, '0c', '03'],
    ['sha512', 64, '0d', '04'],
  ];
}

/** RSASSA-PSS-params with one hash for both uses and a salt of its length, the encoding RFC 4055 §3.1 asks for. */
function pssIdentifier(octets: number): string {
  const hash = `300d060960864801650304020${octets / 16 - 1}0500`;
  const parameters = `a00f${hash}a11c301a06092a864886f70d010108${hash}a2030201${octets.toString(16)}`;
  return `304106092a864886f70d01010a3034${parameters}`;
}

/** The algorithm of a DER AlgorithmIdentifier, or undefined where it is weak or not known. */
export function signatureAlgorithm(identifier: Uint8Array): SignatureAlgorithm | undefined {
  return identifier.length > 128 ? undefined : ALGORITHMS.get(hex(identifier));
}

/** Whether `signature` is one of `signed` by `key`; false also where the key is of another kind than the algorithm. */
export function verifySignature(
  algorithm: SignatureAlgorithm,
  key: KeyObject,
  signed: Uint8Array,
  signature: Uint8Array,
): boolean {
  const type = key.asymmetricKeyType;
  if (type !== algorithm.keyType && !(algorithm.pss && type === 'rsa-pss')) return false;
  const options = algorithm.pss
    ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : key;
  try {
    return verify(algorithm.hash ?? null, signed, options, signature);
  } catch {
    return false;
  }
}

/** Empty, or why a key is too weak: RSA from 2048 bits, P-256, P-384, P-521, Ed25519. */
export function keyWeakness(key: KeyObject): string {
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048 ? 'an RSA key has less than 2048 bits' : '';
    case 'ec':
      return CURVES.has(key.asymmetricKeyDetails?.namedCurve ?? '') ? '' : 'a key is on a curve that is not taken';
    case 'ed25519':
      return '';
    default:
      return 'a key is of a kind that is not taken';
  }
}

const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);
