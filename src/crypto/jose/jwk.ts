import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { JwsAlgorithm } from '../../core/configuration.ts';
import { encodeBase64url } from './base64url.ts';
import { bigEndian, COORDINATE_BYTES, isCurvePoint, isEcCurve, isSafeEd25519Point } from './curve-point.ts';
import { base64urlMember } from './jwk-members.ts';
import { judgePurpose } from './jwk-purpose.ts';
import { judgeRsaKey, RSA_BITS_MAX } from './rsa-modulus.ts';
import type { JoseFault, JsonObject, VerificationKey } from './types.ts';

/** Base64url of the longest modulus; a leading zero octet is not minimal and refused (RFC 7518 §6.3.1.1). */
const MODULUS_CHARACTERS_MAX = Math.ceil((RSA_BITS_MAX / 8 / 3) * 4);
const SHORT_MEMBER_CHARACTERS_MAX = 128;
/** Base64url of 1 KB: HMAC hashes longer secrets down anyway. */
const SECRET_CHARACTERS_MAX = 1_366;

/** Octets of the hash, which a secret must at least have (RFC 7518 §3.2). */
const SECRET_BYTES_MIN: ReadonlyMap<JwsAlgorithm, number> = new Map([
  ['HS256', 32],
  ['HS384', 48],
  ['HS512', 64],
]);

export type KeyImport =
  | { readonly ok: true; readonly keys: readonly VerificationKey[] }
  | { readonly ok: false; readonly fault: JoseFault };

/**
 * Makes of one JSON Web Key (RFC 7517) the key that verifies signatures, for one of `algorithms` and for no other (RFC
 * 8725 §3.1). The algorithm is the one that `alg` names. Without `alg` the curve of an EC or OKP key decides; an RSA key
 * or a secret then serves only where exactly one algorithm of its type is allowed, since it does not say which of them
 * it is for and must not be used for two.
 * Refuses private keys, weak, malformed and contradictory ones; `ok` means one key at least.
 * Does not check `x5c` and `x5t`, which are ignored, nor the strength of a secret beyond its length (see judgeSecret).
 */
export function importVerificationKeys(jwk: JsonObject, algorithms: readonly JwsAlgorithm[]): KeyImport {
  const purpose = judgePurpose(jwk, algorithms);
  if (purpose !== undefined) return { ok: false, fault: purpose };
  const possible = possibleAlgorithms(jwk);
  if (possible.length === 0) return refuse('jwk.type', 'no signature algorithm is known for this kty and crv');
  const algorithm = chooseAlgorithm(jwk['alg'], possible, algorithms);
  if (typeof algorithm !== 'string') return { ok: false, fault: algorithm };
  const key = importKey(jwk, algorithm);
  if (!('type' in key)) return { ok: false, fault: key };
  const kid = jwk['kid'];
  return { ok: true, keys: [{ algorithm, kid: typeof kid === 'string' ? kid : undefined, key }] };
}

function refuse(signal: string, detail: string): KeyImport {
  return { ok: false, fault: { signal, detail } };
}

const RSA_ALGORITHMS: readonly JwsAlgorithm[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
const SECRET_ALGORITHMS: readonly JwsAlgorithm[] = ['HS256', 'HS384', 'HS512'];

/** Algorithms a key of this type can be for (RFC 7518 §3.1, RFC 9864 §2). */
function possibleAlgorithms(jwk: JsonObject): readonly JwsAlgorithm[] {
  switch (jwk['kty']) {
    case 'RSA':
      return RSA_ALGORITHMS;
    case 'oct':
      return SECRET_ALGORITHMS;
    case 'EC':
      if (jwk['crv'] === 'P-256') return ['ES256'];
      if (jwk['crv'] === 'P-384') return ['ES384'];
      return jwk['crv'] === 'P-521' ? ['ES512'] : [];
    case 'OKP':
      return jwk['crv'] === 'Ed25519' ? ['Ed25519'] : [];
    default:
      return [];
  }
}

function chooseAlgorithm(
  named: unknown,
  possible: readonly JwsAlgorithm[],
  allowed: readonly JwsAlgorithm[],
): JwsAlgorithm | JoseFault {
  const fitting = possible.filter((algorithm) => allowed.includes(algorithm));
  if (named !== undefined) {
    // RFC 9864 §2.2 gives Ed25519 this name; keys of before say EdDSA, and their curve says the rest.
    const name = named === 'EdDSA' && possible[0] === 'Ed25519' ? 'Ed25519' : named;
    const algorithm = possible.find((candidate) => candidate === name);
    if (algorithm === undefined)
      return { signal: 'jwk.algorithm', detail: 'alg is no signature algorithm for this kty and crv' };
    return fitting.includes(algorithm) ? algorithm : notAllowed();
  }
  const [only] = fitting;
  if (only === undefined) return notAllowed();
  if (fitting.length > 1)
    return {
      signal: 'jwk.algorithm_open',
      detail: `the key has no alg and ${fitting.join(', ')} are allowed: allow one of them, or have alg published`,
    };
  return only;
}

/** Signal of a key that fits none of the allowed algorithms: the set serves others too. */
export const NOT_ALLOWED_SIGNAL = 'jwk.algorithm_not_allowed';

function notAllowed(): JoseFault {
  return { signal: NOT_ALLOWED_SIGNAL, detail: 'the key is for an algorithm that is not allowed' };
}

function importKey(jwk: JsonObject, algorithm: JwsAlgorithm): KeyObject | JoseFault {
  switch (jwk['kty']) {
    case 'RSA': {
      const modulus = base64urlMember(jwk, 'n', MODULUS_CHARACTERS_MAX);
      const exponent = base64urlMember(jwk, 'e', SHORT_MEMBER_CHARACTERS_MAX);
      if (modulus === undefined || exponent === undefined || modulus[0] === 0 || exponent[0] === 0)
        return { signal: 'jwk.member', detail: 'n or e is missing, too long or not the shortest base64url' };
      const fault = judgeRsaKey(bigEndian(modulus), bigEndian(exponent));
      return fault ?? readPublicKey({ kty: 'RSA', n: encodeBase64url(modulus), e: encodeBase64url(exponent) });
    }
    case 'EC': {
      const crv = jwk['crv'];
      const x = base64urlMember(jwk, 'x', SHORT_MEMBER_CHARACTERS_MAX);
      const y = base64urlMember(jwk, 'y', SHORT_MEMBER_CHARACTERS_MAX);
      if (!isEcCurve(crv) || x?.length !== COORDINATE_BYTES[crv] || y?.length !== COORDINATE_BYTES[crv])
        return { signal: 'jwk.member', detail: 'x or y is missing, of wrong size or not canonical base64url' };
      if (!isCurvePoint(crv, x, y)) return { signal: 'jwk.off_curve', detail: 'x and y are no point of the curve' };
      return readPublicKey({ kty: 'EC', crv, x: encodeBase64url(x), y: encodeBase64url(y) });
    }
    case 'OKP': {
      const x = base64urlMember(jwk, 'x', SHORT_MEMBER_CHARACTERS_MAX);
      if (x?.length !== 32) return { signal: 'jwk.member', detail: 'x is not 32 octets of canonical base64url' };
      if (!isSafeEd25519Point(x))
        return { signal: 'jwk.small_order', detail: 'x is a point of small order, or not reduced' };
      return readPublicKey({ kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(x) });
    }
    default: {
      const secret = base64urlMember(jwk, 'k', SECRET_CHARACTERS_MAX);
      if (secret === undefined)
        return { signal: 'jwk.member', detail: 'k is missing, too long or not canonical base64url' };
      const bytesMin = SECRET_BYTES_MIN.get(algorithm) ?? Number.POSITIVE_INFINITY;
      if (secret.length < bytesMin)
        return { signal: 'jwk.short_secret', detail: `k has fewer than the ${bytesMin} octets ${algorithm} needs` };
      return createSecretKey(secret);
    }
  }
}

/** Only the members that were judged reach the library. */
function readPublicKey(key: JsonWebKey): KeyObject | JoseFault {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    return { signal: 'jwk.unreadable', detail: 'the cryptographic library refuses the key' };
  }
}
