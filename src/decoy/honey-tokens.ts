import { constants, createHash, createHmac, generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { JwsAlgorithm } from '../core/configuration.ts';

/** What tokens of an issuer look like. */
export interface TokenShape {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithm: JwsAlgorithm;
}

const LIFETIME_SECONDS = 365 * 86_400;
const RSA_BITS = 2_048;
const CURVES: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };
const newKeyPair = promisify(generateKeyPair);

/**
 * Makes an access token (RFC 9068) like those of an issuer, signed with a key that is made for it, published nowhere and thrown
 * away: no verifier can take it. Its `kid` is a digest of the public key, which nobody can guess; by it alone the token is
 * known again. It is said to be valid for a year, so that whoever finds it tries it.
 */
export async function forgeHoneyToken(
  { issuer, audience, algorithm }: TokenShape,
  nowMs: number,
): Promise<{ readonly token: string; readonly kid: string }> {
  const key = await newKey(algorithm);
  const issuedAt = Math.floor(nowMs / 1_000);
  const client = randomBytes(9).toString('base64url');
  const header = { alg: algorithm, typ: 'at+jwt', kid: key.kid };
  const claims = {
    iss: issuer,
    sub: client,
    aud: audience,
    client_id: client,
    scope: 'read write',
    iat: issuedAt,
    exp: issuedAt + LIFETIME_SECONDS,
    jti: randomBytes(16).toString('base64url'),
  };
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return { token: `${signed}.${key.sign(Buffer.from(signed)).toString('base64url')}`, kid: key.kid };
}

interface ThrowawayKey {
  readonly kid: string;
  readonly sign: (bytes: Buffer) => Buffer;
}

async function newKey(algorithm: JwsAlgorithm): Promise<ThrowawayKey> {
  const hash = `sha${algorithm.slice(-3)}`;
  if (algorithm.startsWith('HS')) {
    const secret = randomBytes(64);
    return { kid: digestOf(secret), sign: (bytes) => createHmac(hash, secret).update(bytes).digest() };
  }
  const curve = CURVES[algorithm];
  if (curve !== undefined) {
    const pair = await newKeyPair('ec', { namedCurve: curve });
    return withPair(pair, (bytes) => sign(hash, bytes, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }));
  }
  if (algorithm.startsWith('RS') || algorithm.startsWith('PS')) {
    const pair = await newKeyPair('rsa', { modulusLength: RSA_BITS });
    const padding = algorithm.startsWith('PS') ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
    const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
    return withPair(pair, (bytes) => sign(hash, bytes, { key: pair.privateKey, padding, saltLength }));
  }
  const pair = await newKeyPair('ed25519');
  return withPair(pair, (bytes) => sign(null, bytes, pair.privateKey));
}

function withPair({ publicKey }: { readonly publicKey: KeyObject }, signer: ThrowawayKey['sign']): ThrowawayKey {
  return { kid: digestOf(publicKey.export({ type: 'spki', format: 'der' })), sign: signer };
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url');
}
