import { createSecretKey } from 'node:crypto';
import { base64url, signToken } from '../harness/tokens.ts';
import {
  type Attack,
  attack,
  bearer,
  claims,
  ec,
  ec384,
  ed,
  header,
  ofHeader,
  parts,
  publicPem,
  rsa,
  secret,
  token,
} from './world.ts';

const NONE_VARIANTS = ['none', 'None', 'NONE', 'nOnE', 'noNE'];

/** None, confusion and downgrade (RFC 8725 §2.1, §3.1). */
export const ALGORITHM: readonly Attack[] = [
  ...NONE_VARIANTS.map((alg) =>
    attack(
      `alg ${alg} without a signature`,
      () => `${base64url(JSON.stringify(header({ alg })))}.${base64url(JSON.stringify(claims()))}.`,
      'token_algorithm',
      'jwt.alg_none',
    ),
  ),
  attack(
    'alg none with the signature left on',
    () => {
      const [, b, s] = parts(token());
      return `${base64url(JSON.stringify(header({ alg: 'none' })))}.${b}.${s}`;
    },
    'token_algorithm',
    'jwt.alg_none',
  ),
  attack('no alg', () => ofHeader('{"typ":"at+jwt","kid":"ec"}'), 'token_algorithm', 'jwt.alg'),
  attack('an empty alg', () => ofHeader(JSON.stringify(header({ alg: '' }))), 'token_algorithm', 'jwt.alg'),
  attack('alg that is a number', () => ofHeader(JSON.stringify(header({ alg: 256 }))), 'token_algorithm', 'jwt.alg'),
  attack(
    'alg that is a list',
    () => ofHeader(JSON.stringify(header({ alg: ['ES256'] }))),
    'token_algorithm',
    'jwt.alg',
  ),
  attack(
    'alg in other letters',
    () => ofHeader(JSON.stringify(header({ alg: 'es256' }))),
    'token_algorithm',
    'jwt.alg',
  ),
  attack('alg with a space', () => ofHeader(JSON.stringify(header({ alg: 'ES256 ' }))), 'token_algorithm', 'jwt.alg'),
  attack(
    'alg named like a member of every object',
    () => ofHeader(JSON.stringify(header({ alg: 'constructor' }))),
    'token_algorithm',
    'jwt.alg',
  ),
  attack(
    'an algorithm the issuer does not use',
    () => token({ alg: 'ES384' }, {}, ec384.privateKey),
    'token_algorithm',
    'jwt.alg',
  ),
  attack(
    'HS256 with the RSA public key as PEM',
    () => token({ alg: 'HS256', kid: 'rsa' }, {}, createSecretKey(Buffer.from(publicPem))),
    'token_algorithm',
    'jwt.key_confusion',
  ),
  attack(
    'HS256 with the RSA public key, no line break at its end',
    () => token({ alg: 'HS256', kid: 'rsa' }, {}, createSecretKey(Buffer.from(publicPem.trimEnd()))),
    'token_algorithm',
    'jwt.key_confusion',
  ),
  attack(
    'HS256 with the modulus',
    () =>
      token(
        { alg: 'HS256', kid: 'rsa' },
        {},
        createSecretKey(Buffer.from(String(rsa.publicKey.export({ format: 'jwk' }).n), 'base64url')),
      ),
    'token_algorithm',
    'jwt.key_confusion',
  ),
  attack(
    'HS256 with an empty secret',
    () => token({ alg: 'HS256' }, {}, createSecretKey(Buffer.alloc(0))),
    'token_algorithm',
    'jwt.key_confusion',
  ),
  attack(
    'RS256 under the kid of the EC key',
    () => token({ alg: 'RS256', kid: 'ec' }, {}, rsa.privateKey),
    'token_algorithm',
    'jwt.key_confusion',
  ),
  attack('ES256 under the kid of the RSA key', () => token({ kid: 'rsa' }), 'token_algorithm', 'jwt.key_confusion'),
  attack(
    'Ed25519 under the kid of the EC key',
    () => token({ alg: 'Ed25519' }, {}, ed.privateKey),
    'token_algorithm',
    'jwt.key_confusion',
  ),
  attack(
    'ES256 where the issuer has a secret',
    () =>
      bearer(
        signToken({ alg: 'ES256', typ: 'at+jwt' }, claims({ iss: 'https://shared.example.com' }), ec.privateKey),
        '/shared',
      ),
    'token_algorithm',
    'jwt.alg',
  ),
  attack(
    'HS384 where the secret serves HS256',
    () =>
      bearer(
        signToken(
          { alg: 'HS384', typ: 'at+jwt' },
          claims({ iss: 'https://shared.example.com' }),
          createSecretKey(Buffer.from(secret)),
        ),
        '/shared',
      ),
    'token_algorithm',
    'jwt.key_confusion',
  ),
  attack(
    'HS256 with a guessed secret',
    () =>
      bearer(
        signToken(
          { alg: 'HS256', typ: 'at+jwt' },
          claims({ iss: 'https://shared.example.com' }),
          createSecretKey(Buffer.from('secret')),
        ),
        '/shared',
      ),
    'token_signature',
    'jwt.signature',
  ),
];
