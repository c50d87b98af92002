import {
  constants,
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import type { JwsAlgorithm } from '../../core/configuration.ts';
import { type CompactJwsResult, readCompactJws } from './compact-jws.ts';
import type { CompactJws, VerificationKey } from './types.ts';

export interface SigningPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const rsa: SigningPair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const secret: KeyObject = createSecretKey(randomBytes(64));
const shared: SigningPair = { publicKey: secret, privateKey: secret };

/** A pair for every algorithm; those of RSA share one, as do those of HMAC. */
export const pairs: Readonly<Record<JwsAlgorithm, SigningPair>> = {
  Ed25519: generateKeyPairSync('ed25519'),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  RS256: rsa,
  RS384: rsa,
  RS512: rsa,
  PS256: rsa,
  PS384: rsa,
  PS512: rsa,
  HS256: shared,
  HS384: shared,
  HS512: shared,
};

export const ALGORITHMS = Object.keys(pairs) as readonly JwsAlgorithm[];

export function verificationKey(algorithm: JwsAlgorithm, key = pairs[algorithm].publicKey): VerificationKey {
  return { algorithm, kid: undefined, key };
}

export function encode(text: string | Uint8Array): string {
  return Buffer.from(text).toString('base64url');
}

/** The signature of `input` as the algorithm has it. */
export function signBytes(algorithm: JwsAlgorithm, key: KeyObject, input: string): Buffer {
  const hash = `sha${algorithm.slice(2)}`;
  const data = Buffer.from(input, 'latin1');
  switch (algorithm.slice(0, 2)) {
    case 'HS':
      return createHmac(hash, key).update(data).digest();
    case 'Ed':
      return sign(null, data, key);
    case 'ES':
      return sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
    case 'PS': {
      const saltLength = Number(algorithm.slice(2)) / 8;
      return sign(hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
    }
    default:
      return sign(hash, data, key);
  }
}

/** A signed token of any header, right or wrong; `header` is its JSON text or an object. */
export function signToken(
  header: object | string | Uint8Array,
  payload: string = '{"sub":"a"}',
  algorithm: JwsAlgorithm = 'ES256',
  key: KeyObject = pairs[algorithm].privateKey,
): string {
  const text = typeof header === 'string' || header instanceof Uint8Array ? header : JSON.stringify(header);
  const input = `${encode(text)}.${encode(payload)}`;
  return `${input}.${encode(signBytes(algorithm, key, input))}`;
}

export function read(token: string, toleratePadding = false): CompactJwsResult {
  return readCompactJws(token, { bytesMax: 8192, toleratePadding });
}

export function readJws(token: string, toleratePadding = false): CompactJws {
  const result = read(token, toleratePadding);
  if (result.kind !== 'jws') throw new Error(result.kind === 'fault' ? result.fault.detail : result.kind);
  return result.jws;
}

/** `jws`, `jwe`, or the signal of the fault. */
export function outcome(token: string, toleratePadding = false): string {
  const result = read(token, toleratePadding);
  return result.kind === 'fault' ? result.fault.signal : result.kind;
}
