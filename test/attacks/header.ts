import { type Json, signToken } from '../harness/tokens.ts';
import { type Attack, attack, claims, header, ISSUER, jwk, NOW, otherEc, strangerEc, token } from './world.ts';

/** What a header must not bring or ask for (RFC 7515 §4.1, RFC 8725 §3.10). */
export const HEADER: readonly Attack[] = [
  attack(
    'its own key in the header (jwk)',
    () => token({ jwk: jwk(strangerEc.privateKey, {}) }, {}, strangerEc.privateKey),
    'token_header',
    'jwt.header_key',
  ),
  attack(
    'the address of keys in the header (jku)',
    () => token({ jku: 'https://evil.example/keys' }, {}, strangerEc.privateKey),
    'token_header',
    'jwt.header_key',
  ),
  attack(
    'jku at the issuer, with an open redirect',
    () => token({ jku: `${ISSUER}/logout?to=https://evil.example` }),
    'token_header',
    'jwt.header_key',
  ),
  attack(
    'the address of a certificate (x5u)',
    () => token({ x5u: 'http://169.254.169.254/' }),
    'token_header',
    'jwt.header_key',
  ),
  attack(
    'a certificate of its own (x5c)',
    () => token({ x5c: ['MIIB'] }, {}, strangerEc.privateKey),
    'token_header',
    'jwt.header_key',
  ),
  attack('jwk that is null', () => token({ jwk: null }), 'token_header', 'jwt.header_key'),
  attack('crit with an unknown extension', () => token({ crit: ['exp'], exp: NOW + 9 }), 'token_header', 'jwt.crit'),
  attack('an empty crit', () => token({ crit: [] }), 'token_header', 'jwt.crit'),
  attack('crit that is no list', () => token({ crit: 'b64' }), 'token_header', 'jwt.crit'),
  attack('b64 false without crit', () => token({ b64: false }), 'token_header', 'jwt.b64'),
  attack('b64 true', () => token({ b64: true, crit: ['b64'] }), 'token_header', 'jwt.b64'),
  attack('compression (zip)', () => token({ zip: 'DEF' }), 'token_header', 'jwt.zip'),
  attack('the header of an encrypted token', () => token({ enc: 'A256GCM' }), 'token_header', 'jwt.enc'),
  ...[
    '../../../dev/null',
    "x' UNION SELECT 'k",
    '|/bin/sh',
    'http://evil.example/k',
    '__proto__',
    'constructor',
    'EC',
    'ec\u0000',
    ' ec',
    'x'.repeat(129),
  ].map((kid) =>
    attack(
      `kid ${JSON.stringify(kid).slice(0, 30)}`,
      () => token({ kid }),
      kid.length > 128 || /[^!-~]/.test(kid) ? 'token_header' : 'token_key_unknown',
      kid.length > 128 || /[^!-~]/.test(kid) ? 'jwt.kid' : 'jwt.kid_unknown',
    ),
  ),
  attack('kid that is a number', () => token({ kid: 1 }), 'token_header', 'jwt.kid'),
  attack('kid that is an object', () => token({ kid: { kid: 'ec' } }), 'token_header', 'jwt.kid'),
  attack(
    'the kid of another issuer’s key',
    () => signToken(header({ kid: 'o1' }) as Json & { alg: string }, claims(), otherEc.privateKey),
    'token_key_unknown',
    'jwt.kid_unknown',
  ),
];
