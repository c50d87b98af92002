import { constants, createHmac, type KeyObject, timingSafeEqual, verify } from 'node:crypto';
import { algorithmOf, SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from './algorithms.ts';
import type { CompactJws, VerificationKey } from './types.ts';

/** RFC 7518 §3.3. */
const RSA_BITS_MIN = 2_048;

/**
 * True where the token names the one algorithm of the key (RFC 8725 §3.1) and the key is of the type, curve and least
 * size of that algorithm. What does not fit is key confusion or a mistake, and never verifies.
 */
export function fitsAlgorithm(jws: CompactJws, key: VerificationKey): boolean {
  return algorithmOf(jws.algorithm) === key.algorithm && isKeyFor(SIGNATURE_ALGORITHMS[key.algorithm], key.key);
}

/**
 * True where `key` fits the algorithm of the token and its signature is right: of the exact length and encoding RFC 7518
 * §3 gives it, r and s of ECDSA between 1 and n − 1. Secrets are compared in constant time. Never throws: what the
 * library cannot judge is not verified.
 * Does not check that the issuer may use the algorithm, nor anything the token says.
 */
export function verifyJws(jws: CompactJws, key: VerificationKey): boolean {
  if (!fitsAlgorithm(jws, key)) return false;
  try {
    return isSignature(SIGNATURE_ALGORITHMS[key.algorithm], key.key, jws.signingInput, jws.signature);
  } catch {
    return false;
  }
}

function isKeyFor(algorithm: SignatureAlgorithm, key: KeyObject): boolean {
  switch (algorithm.type) {
    case 'hmac':
      // RFC 7518 §3.2: a secret is as long as the hash at least. A public key is no secret, in whatever form it comes.
      return key.type === 'secret' && (key.symmetricKeySize ?? 0) >= algorithm.hashBytes;
    case 'ed25519':
      return key.type === 'public' && key.asymmetricKeyType === 'ed25519';
    case 'ec':
      return (
        key.type === 'public' &&
        key.asymmetricKeyType === 'ec' &&
        key.asymmetricKeyDetails?.namedCurve === algorithm.namedCurve
      );
    case 'rsa':
      return (
        key.type === 'public' &&
        key.asymmetricKeyType === 'rsa' &&
        (key.asymmetricKeyDetails?.modulusLength ?? 0) >= RSA_BITS_MIN
      );
  }
}

function isSignature(
  algorithm: SignatureAlgorithm,
  key: KeyObject,
  signingInput: Uint8Array,
  signature: Uint8Array,
): boolean {
  switch (algorithm.type) {
    case 'hmac': {
      if (signature.length !== algorithm.signatureBytes) return false;
      return timingSafeEqual(createHmac(algorithm.hash, key).update(signingInput).digest(), signature);
    }
    case 'ed25519':
      return signature.length === algorithm.signatureBytes && verify(null, signingInput, key, signature);
    case 'ec': {
      const { hash, order, signatureBytes } = algorithm;
      if (signature.length !== signatureBytes) return false;
      if (!isScalar(signature, 0, order) || !isScalar(signature, order.length, order)) return false;
      return verify(hash, signingInput, { key, dsaEncoding: 'ieee-p1363' }, signature);
    }
    case 'rsa': {
      const { hash, hashBytes, padding } = algorithm;
      const modulusBits = key.asymmetricKeyDetails?.modulusLength ?? 0;
      if (signature.length !== (modulusBits + 7) >>> 3) return false;
      return padding === 'pkcs1'
        ? // PKCS #1 v1.5 is what a plain RSA key verifies by; saying so in an object costs as much again.
          verify(hash, signingInput, key, signature)
        : verify(
            hash,
            signingInput,
            { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: hashBytes },
            signature,
          );
    }
  }
}

/** True where the big-endian number at `offset`, as long as `order`, is between 1 and `order` − 1. */
function isScalar(signature: Uint8Array, offset: number, order: Uint8Array): boolean {
  let isZero = true;
  let comparison = 0;
  for (let i = 0; i < order.length; i++) {
    const byte = signature[offset + i] ?? 0;
    if (byte !== 0) isZero = false;
    if (comparison === 0) comparison = byte - (order[i] ?? 0);
  }
  return !isZero && comparison < 0;
}
