import { createSecretKey, randomBytes } from 'node:crypto';
import { base64url } from '../harness/tokens.ts';
import {
  type Attack,
  attack,
  bearer,
  boundToken,
  certificate,
  certified,
  holder,
  jwk,
  NOW,
  parts,
  proof,
  proved,
  secondHolder,
  thumbprint,
  token,
} from './world.ts';

/** Stolen bound tokens and proofs that prove nothing (RFC 9449 §4.3, §7.2; RFC 8705 §3). */
export const BINDING: readonly Attack[] = [
  attack('a token bound to a key, as a plain one', () => bearer(boundToken()), 'token_binding', 'jwt.bearer_downgrade'),
  attack(
    'a token bound to a key, as a plain one, where proofs are required',
    () => bearer(boundToken(), '/proved'),
    'token_binding',
    'jwt.bearer_downgrade',
  ),
  attack(
    'an unbound token where proofs are required',
    () => bearer(token(), '/proved'),
    'token_binding',
    'token.unbound',
  ),
  attack(
    'an unbound token as one bound to a key',
    () => ({ ...proved(token(), proof(token())), target: '/a' }),
    'token_binding',
    'dpop.token_unbound',
  ),
  attack('cnf with an unknown member', () => token({}, { cnf: { kid: 'x' } }), 'token_binding', 'jwt.cnf_unknown'),
  attack(
    'cnf with a key of its own',
    () => token({}, { cnf: { jwk: jwk(holder.privateKey, {}) } }),
    'token_binding',
    'jwt.cnf_unknown',
  ),
  attack(
    'cnf with two members',
    () => token({}, { cnf: { jkt: thumbprint(holder.privateKey), ...certified.cnf } }),
    'token_binding',
    'jwt.cnf_unknown',
  ),
  attack('an empty cnf', () => token({}, { cnf: {} }), 'token_binding', 'jwt.cnf_unknown'),
  attack('cnf null', () => token({}, { cnf: null }), 'token_binding', 'jwt.cnf_unknown'),
  attack('cnf with a cut thumbprint', () => token({}, { cnf: { jkt: 'abc' } }), 'token_binding', 'jwt.cnf_unknown'),
  attack('no proof', () => proved(boundToken()), 'dpop_proof', 'dpop.missing'),
  attack(
    'two proofs',
    () => {
      const text = boundToken();
      return proved(text, proof(text), proof(text, {}, { jti: 'p2' }));
    },
    'framing.header_repeated',
    '',
  ),
  attack(
    'two proofs in one field',
    () => {
      const text = boundToken();
      return proved(text, `${proof(text)}, ${proof(text)}`);
    },
    'dpop_proof',
    'dpop.several',
  ),
  attack(
    'a proof of another key',
    () => {
      const text = boundToken();
      return proved(text, proof(text, {}, {}, secondHolder.privateKey));
    },
    'token_binding',
    'dpop.key_other',
  ),
  attack(
    'a proof signed by another key than it shows',
    () => {
      const text = boundToken();
      return proved(text, proof(text, { jwk: jwk(holder.privateKey, {}) }, {}, secondHolder.privateKey));
    },
    'dpop_proof',
    'dpop.signature',
  ),
  attack(
    'a proof for another method',
    () => {
      const text = boundToken();
      return proved(text, proof(text, {}, { htm: 'POST' }));
    },
    'dpop_proof',
    'dpop.method',
  ),
  attack(
    'a proof for a method in other letters',
    () => {
      const text = boundToken();
      return proved(text, proof(text, {}, { htm: 'get' }));
    },
    'dpop_proof',
    'dpop.method',
  ),
  attack(
    'a proof for another path',
    () => {
      const text = boundToken();
      return proved(text, proof(text, {}, { htu: 'https://api.example.com/other' }));
    },
    'dpop_proof',
    'dpop.uri',
  ),
  attack(
    'a proof for another host',
    () => {
      const text = boundToken();
      return proved(text, proof(text, {}, { htu: 'https://evil.example/proved' }));
    },
    'dpop_proof',
    'dpop.uri',
  ),
  attack(
    'a proof for plain http',
    () => {
      const text = boundToken();
      return proved(text, proof(text, {}, { htu: 'http://api.example.com/proved' }));
    },
    'dpop_proof',
    'dpop.uri',
  ),
  attack(
    'a proof for another token',
    () => {
      const text = boundToken();
      return proved(text, proof(boundToken({ jti: 'token-9' })));
    },
    'dpop_proof',
    'dpop.token_hash',
  ),
  attack(
    'a proof without ath',
    () => {
      const text = boundToken();
      return proved(text, proof(text, {}, { ath: undefined }));
    },
    'dpop_proof',
    'dpop.token_hash',
  ),
  attack(
    'an old proof',
    () => {
      const text = boundToken();
      return proved(text, proof(text, {}, { iat: NOW - 66 }));
    },
    'dpop_proof',
    'dpop.expired',
  ),
  attack(
    'a proof from the future',
    () => {
      const text = boundToken();
      return proved(text, proof(text, {}, { iat: NOW + 6 }));
    },
    'dpop_proof',
    'dpop.future',
  ),
  attack(
    'a proof with an invented nonce',
    () => {
      const text = boundToken();
      return proved(text, proof(text, {}, { nonce: 'invented' }));
    },
    'dpop_nonce',
    'dpop.nonce_wrong',
  ),
  attack(
    'a proof of typ JWT',
    () => {
      const text = boundToken();
      return proved(text, proof(text, { typ: 'JWT' }));
    },
    'dpop_proof',
    'dpop.type',
  ),
  attack(
    'a proof of alg none',
    () => {
      const text = boundToken();
      const [h, b] = parts(proof(text));
      void h;
      return proved(
        text,
        `${base64url(JSON.stringify({ alg: 'none', typ: 'dpop+jwt', jwk: jwk(holder.privateKey, {}) }))}.${b}.AAAA`,
      );
    },
    'dpop_proof',
    'dpop.alg_none',
  ),
  attack(
    'a proof with a symmetric key',
    () => {
      const text = boundToken();
      return proved(
        text,
        proof(
          text,
          { alg: 'HS256', jwk: { kty: 'oct', k: base64url('0'.repeat(32)) } },
          {},
          createSecretKey(Buffer.from('0'.repeat(32))),
        ),
      );
    },
    'dpop_proof',
    'dpop.alg_symmetric',
  ),
  attack(
    'a proof that shows its private key',
    () => {
      const text = boundToken();
      return proved(text, proof(text, { jwk: holder.privateKey.export({ format: 'jwk' }) }));
    },
    'dpop_proof',
    'dpop.jwk_private',
  ),
  attack(
    'the access token as its own proof',
    () => {
      const text = boundToken();
      return proved(text, text);
    },
    'dpop_proof',
    'dpop.type',
  ),
  attack(
    'a token bound to a certificate, without one',
    () => bearer(token({}, certified), '/certified'),
    'token_binding',
    'certificate.binding_missing',
  ),
  attack(
    'a token bound to a certificate, with another',
    () => ({ ...bearer(token({}, certified), '/certified'), peer: { der: randomBytes(64), chainError: '' } }),
    'token_binding',
    'certificate.binding_other',
  ),
  attack(
    'a token bound to a certificate, the certificate in a header of the client',
    () => ({
      target: '/certified',
      fields: [
        'authorization',
        `Bearer ${token({}, certified)}`,
        'client-cert',
        `:${Buffer.from(certificate.der).toString('base64')}:`,
      ],
    }),
    'token_binding',
    'certificate.binding_missing',
  ),
  attack(
    'a token bound to a certificate, behind DPoP',
    () => ({ target: '/a', fields: ['authorization', `DPoP ${token({}, certified)}`], peer: certificate }),
    'token_binding',
    'dpop.token_unbound',
  ),
  attack(
    'a token bound to a key where certificates are required',
    () => bearer(boundToken(), '/certified'),
    'token_binding',
    'token.binding_other',
  ),
  attack(
    'an unbound token where certificates are required',
    () => ({ ...bearer(token(), '/certified'), peer: certificate }),
    'token_binding',
    'token.unbound',
  ),
];
