import {
  constants,
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import type { JwsAlgorithm } from '../../src/core/configuration.ts';

/** Signs tokens of one algorithm, rightly and wrongly. Its keys are made for it and protect nothing. */
export interface Signer {
  readonly algorithm: JwsAlgorithm;
  /** What verifies: the public key, or the secret. */
  readonly key: KeyObject;
  /** Signature of ASCII text. */
  sign(input: string): Buffer;
  /** As `sign`, with a key that is not `key`. */
  signWithOther(input: string): Buffer;
  /** The signature of ECDSA in DER, undefined elsewhere. */
  signDer(input: string): Buffer | undefined;
}

export function createSigner(algorithm: JwsAlgorithm): Signer {
  const { publicKey, privateKey } = makePair(algorithm);
  const other = makePair(algorithm).privateKey;
  return {
    algorithm,
    key: publicKey,
    sign: (input) => signature(algorithm, privateKey, input),
    signWithOther: (input) => signature(algorithm, other, input),
    signDer: (input) =>
      algorithm.startsWith('ES') ? sign(hashOf(algorithm), Buffer.from(input, 'latin1'), privateKey) : undefined,
  };
}

export function encode(text: string | Uint8Array): string {
  return Buffer.from(text).toString('base64url');
}

function hashOf(algorithm: JwsAlgorithm): string {
  return `sha${algorithm.slice(2)}`;
}

function signature(algorithm: JwsAlgorithm, key: KeyObject, input: string): Buffer {
  const data = Buffer.from(input, 'latin1');
  switch (algorithm.slice(0, 2)) {
    case 'HS':
      return createHmac(hashOf(algorithm), key).update(data).digest();
    case 'Ed':
      return sign(null, data, key);
    case 'ES':
      return sign(hashOf(algorithm), data, { key, dsaEncoding: 'ieee-p1363' });
    case 'PS': {
      const saltLength = Number(algorithm.slice(2)) / 8;
      return sign(hashOf(algorithm), data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
    }
    default:
      return sign(hashOf(algorithm), data, key);
  }
}

function makePair(algorithm: JwsAlgorithm): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  switch (algorithm) {
    case 'Ed25519':
      return generateKeyPairSync('ed25519');
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'ES384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' });
    case 'ES512':
      return generateKeyPairSync('ec', { namedCurve: 'P-521' });
    case 'HS256':
    case 'HS384':
    case 'HS512': {
      const secret = createSecretKey(randomBytes(64));
      return { publicKey: secret, privateKey: secret };
    }
    default:
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
  }
}
