import { base64url, signatureOf } from '../harness/tokens.ts';
import {
  type Attack,
  attack,
  claims,
  ec,
  ed,
  flipped,
  header,
  n256,
  parts,
  rsa,
  strangerEc,
  token,
  withSignature,
} from './world.ts';

/** Signatures that are wrong, forged or misencoded (RFC 7518 §3). */
export const SIGNATURE: readonly Attack[] = [
  attack(
    'a claim was changed',
    () => {
      const [h, , s] = parts(token());
      return `${h}.${base64url(JSON.stringify(claims({ sub: 'admin' })))}.${s}`;
    },
    'token_signature',
    'jwt.signature',
  ),
  attack(
    'the header was changed',
    () => {
      const [, b, s] = parts(token());
      return `${base64url(JSON.stringify(header({ note: 1 })))}.${b}.${s}`;
    },
    'token_signature',
    'jwt.signature',
  ),
  attack(
    'one bit of the signature is other',
    () => {
      const [h, b, s] = parts(token());
      return `${h}.${b}.${flipped(s)}`;
    },
    'token_signature',
    'jwt.signature',
  ),
  attack(
    'signed with a stranger’s key',
    () => token({}, {}, strangerEc.privateKey),
    'token_signature',
    'jwt.signature',
  ),
  attack(
    'the signature of another token',
    () => {
      const [h, b] = parts(token());
      return `${h}.${b}.${parts(token({}, { jti: 'token-2' }))[2]}`;
    },
    'token_signature',
    'jwt.signature',
  ),
  attack('psychic signature: r and s are 0', () => withSignature(Buffer.alloc(64)), 'token_signature', 'jwt.signature'),
  attack(
    'r is 0',
    () => withSignature(Buffer.concat([Buffer.alloc(32), Buffer.alloc(32, 1)])),
    'token_signature',
    'jwt.signature',
  ),
  attack(
    'r and s are the order of the curve',
    () => withSignature(Buffer.concat([n256, n256])),
    'token_signature',
    'jwt.signature',
  ),
  attack('a signature of 63 octets', () => withSignature(Buffer.alloc(63, 1)), 'token_signature', 'jwt.signature'),
  attack('a signature of 65 octets', () => withSignature(Buffer.alloc(65, 1)), 'token_signature', 'jwt.signature'),
  attack(
    'the right signature as DER',
    () => {
      const [h, b] = parts(token());
      const der = signDer(`${h}.${b}`);
      return `${h}.${b}.${base64url(der)}`;
    },
    'token_signature',
    'jwt.signature',
  ),
  attack(
    'an RSA signature with a zero before it',
    () => {
      const text = token({ alg: 'RS256', kid: 'rsa' }, {}, rsa.privateKey);
      return withSignature(Buffer.concat([Buffer.alloc(1), Buffer.from(parts(text)[2], 'base64url')]), text);
    },
    'token_signature',
    'jwt.signature',
  ),
  attack(
    'RSA-PSS under RS256',
    () => {
      const input = parts(token({ alg: 'RS256', kid: 'rsa' }, {}, rsa.privateKey))
        .slice(0, 2)
        .join('.');
      return `${input}.${base64url(signatureOf('PS256', rsa.privateKey, input))}`;
    },
    'token_signature',
    'jwt.signature',
  ),
  attack(
    'RS256 with SHA-1',
    () => {
      const input = parts(token({ alg: 'RS256', kid: 'rsa' }, {}, rsa.privateKey))
        .slice(0, 2)
        .join('.');
      return `${input}.${base64url(signatureOf('RS1', rsa.privateKey, input))}`;
    },
    'token_signature',
    'jwt.signature',
  ),
  attack(
    'an Ed25519 signature of zeros',
    () => withSignature(Buffer.alloc(64), token({ alg: 'Ed25519', kid: 'ed' }, {}, ed.privateKey)),
    'token_signature',
    'jwt.signature',
  ),
];

function signDer(input: string): Buffer {
  const raw = signatureOf('ES256', ec.privateKey, input);
  const integer = (bytes: Buffer): Buffer => {
    const body = (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes;
    return Buffer.concat([Buffer.from([2, body.length]), body]);
  };
  const body = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}
