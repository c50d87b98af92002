import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { encode } from '../crypto/jose/jws-samples.test.ts';
import {
  claimsOf,
  ec,
  ed,
  headerOf,
  NOW,
  NOW_MS,
  otherEc,
  outcomeOf,
  type Presented,
  p384,
  proofOf,
  rsa,
  signTexts,
  TOKEN,
  tokenHash,
  verifierOf,
} from './dpop-fixture.test.ts';

type Attack = readonly [name: string, proofs: () => string | readonly string[], signal: string, how?: Presented];

const parts = (proof: string): [string, string, string] => proof.split('.') as [string, string, string];
const header = (text: string): string => signTexts(text, JSON.stringify(claimsOf()));
const payload = (text: string): string => signTexts(JSON.stringify(headerOf(ec)), text);
const HEADER = JSON.stringify(headerOf(ec));
const CLAIMS = JSON.stringify(claimsOf());

/** The proof with one octet of its signature changed. */
function spoilt(proof: string, at: number): string {
  const [head, claims, signature] = parts(proof);
  const bytes = Buffer.from(signature, 'base64url');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return `${head}.${claims}.${encode(bytes)}`;
}

function withSignature(bytes: Uint8Array): string {
  return `${encode(HEADER)}.${encode(CLAIMS)}.${encode(bytes)}`;
}

/** RFC 9449 §4.3 check 1 and 2: one field, one well-formed proof in its one spelling. */
const FORM: readonly Attack[] = [
  ['no proof at all', () => [], 'dpop.missing'],
  ['two different right proofs', () => [proofOf(), proofOf({ jti: 'b' })], 'dpop.several'],
  ['one right proof twice', () => [proofOf(), proofOf()], 'dpop.several'],
  ['an empty proof besides a right one', () => ['', proofOf()], 'dpop.several'],
  ['two proofs in one field', () => `${proofOf()}, ${proofOf({ jti: 'b' })}`, 'dpop.several'],
  ['a right proof and a comma', () => `${proofOf()},`, 'dpop.several'],
  ['an empty field', () => '', 'dpop.form'],
  ['words', () => 'not a proof', 'dpop.form'],
  ['two segments', () => parts(proofOf()).slice(0, 2).join('.'), 'dpop.form'],
  ['four segments', () => `${proofOf()}.AA`, 'dpop.form'],
  ['five segments, as if encrypted', () => `${proofOf()}.AA.AA`, 'dpop.form'],
  ['an empty header', () => `.${parts(proofOf()).slice(1).join('.')}`, 'dpop.form'],
  ['an empty payload', () => `${parts(proofOf())[0]}..${parts(proofOf())[2]}`, 'dpop.form'],
  ['padding', () => `${proofOf()}==`, 'dpop.form'],
  ['base64 instead of base64url', () => `${proofOf().slice(0, -2)}+/`, 'dpop.form'],
  ['stray bits after the signature', () => `${proofOf().slice(0, -1)}${strayed(proofOf())}`, 'dpop.form'],
  ['longer than any proof', () => proofOf({ pad: 'x'.repeat(4_096) }), 'dpop.size'],
  ['a header that is no JSON', () => header('{"typ":'), 'dpop.json'],
  ['a header that is a list', () => header(`[${HEADER}]`), 'dpop.json'],
  ['a header with a comment', () => header(`/**/${HEADER}`), 'dpop.json'],
  ['a header with a byte order mark', () => header(`\ufeff${HEADER}`), 'dpop.utf8'],
  ['a header that is not UTF-8', () => signTexts(Buffer.from('{"typ":"\xff"}', 'latin1'), CLAIMS), 'dpop.utf8'],
  ['claims that are no JSON', () => payload(`${CLAIMS}x`), 'dpop.json'],
  ['claims that are null', () => payload('null'), 'dpop.json'],
  ['claims that nest', () => payload(`${CLAIMS.slice(0, -1)},"a":[[[[[1]]]]]}`), 'dpop.depth'],
];

/** The last character with one of the bits set that encode nothing. */
function strayed(proof: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(proof.at(-1) ?? 'A') | 1] ?? '';
}

/** Checks 4 to 7: type, algorithm and key. */
const KEY: readonly Attack[] = [
  ['no typ', () => proofOf({}, { typ: undefined }), 'dpop.type'],
  ['typ of a plain token', () => proofOf({}, { typ: 'JWT' }), 'dpop.type'],
  ['typ of an access token', () => proofOf({}, { typ: 'at+jwt' }), 'dpop.type'],
  ['typ in other letters', () => proofOf({}, { typ: 'DPOP+JWT' }), 'dpop.type'],
  ['typ as a list', () => proofOf({}, { typ: ['dpop+jwt'] }), 'dpop.type'],
  ['typ named twice', () => header(`{"typ":"JWT",${HEADER.slice(1)}`), 'dpop.duplicate_member'],
  ['alg named twice', () => header(`{"alg":"none",${HEADER.slice(1)}`), 'dpop.duplicate_member'],
  ['no alg', () => proofOf({}, { alg: undefined }), 'dpop.alg'],
  ['alg as a list', () => proofOf({}, { alg: ['ES256'] }), 'dpop.alg'],
  ['alg none', () => proofOf({}, { alg: 'none' }), 'dpop.alg_none'],
  [
    'alg none without a signature',
    () => `${encode(JSON.stringify(headerOf(ec, { alg: 'none' })))}.${encode(CLAIMS)}.`,
    'dpop.alg_none',
  ],
  ['alg NoNe', () => proofOf({}, { alg: 'NoNe' }), 'dpop.alg_none'],
  [
    'a secret for a key',
    () => symmetric({ kty: 'oct', k: encode('k'.repeat(64)) }, 'k'.repeat(64)),
    'dpop.alg_symmetric',
  ],
  ['the public key as a secret', () => symmetric(ec.jwk, JSON.stringify(ec.jwk)), 'dpop.alg_symmetric'],
  ['an algorithm that is not allowed', () => proofOf({}, {}, rsa), 'dpop.alg'],
  ['a curve that is not allowed', () => proofOf({}, {}, p384), 'dpop.alg'],
  ['an algorithm that does not exist', () => proofOf({}, { alg: 'ES257' }), 'dpop.alg'],
  ['an algorithm in other letters', () => proofOf({}, { alg: 'es256' }), 'dpop.alg'],
  ['the name of a prototype member as algorithm', () => proofOf({}, { alg: 'constructor' }), 'dpop.alg'],
  ['no key', () => proofOf({}, { jwk: undefined }), 'dpop.jwk'],
  ['a key that is null', () => proofOf({}, { jwk: null }), 'dpop.jwk'],
  ['a list of keys', () => proofOf({}, { jwk: [ec.jwk] }), 'dpop.jwk'],
  ['a private key', () => proofOf({}, { jwk: ec.privateKey.export({ format: 'jwk' }) }), 'dpop.jwk_private'],
  ['a secret under an asymmetric alg', () => proofOf({}, { jwk: { kty: 'oct', k: 'AAAA' } }), 'dpop.jwk_symmetric'],
  ['a key of another type than alg', () => proofOf({}, { jwk: ed.jwk }), 'dpop.jwk_algorithm_not_allowed'],
  ['a key of another curve than alg', () => proofOf({}, { jwk: p384.jwk }), 'dpop.jwk_algorithm_not_allowed'],
  ['a key that says another alg', () => proofOf({}, { jwk: { ...ec.jwk, alg: 'ES384' } }), 'dpop.jwk_algorithm'],
  ['a key for encryption', () => proofOf({}, { jwk: { ...ec.jwk, use: 'enc' } }), 'dpop.jwk_encryption'],
  ['a key without x', () => proofOf({}, { jwk: { ...ec.jwk, x: undefined } }), 'dpop.jwk_member'],
  ['a point off the curve', () => proofOf({}, { jwk: { ...ec.jwk, y: ec.jwk['x'] } }), 'dpop.jwk_off_curve'],
  [
    'a point of small order',
    () => proofOf({}, { jwk: { ...ed.jwk, x: `AQ${'A'.repeat(41)}` } }, ed),
    'dpop.jwk_small_order',
  ],
  [
    'a key in two spellings',
    () => proofOf({}, { jwk: { ...ec.jwk, x: `${String(ec.jwk['x'])}=` } }),
    'dpop.jwk_member',
  ],
  ['a key id besides the key', () => proofOf({}, { kid: 'k1' }), 'dpop.header'],
  ['the address of a key set', () => proofOf({}, { jku: 'https://evil.example/jwks' }), 'dpop.header'],
  ['the address of a certificate', () => proofOf({}, { x5u: 'https://evil.example/c' }), 'dpop.header'],
  ['a certificate', () => proofOf({}, { x5c: ['MIIB'] }), 'dpop.header'],
  ['an extension that has to be understood', () => proofOf({}, { crit: ['exp'], exp: 1 }), 'dpop.header'],
  ['a payload that is not encoded', () => proofOf({}, { b64: false, crit: ['b64'] }), 'dpop.header'],
  ['compression', () => proofOf({}, { zip: 'DEF' }), 'dpop.header'],
];

function symmetric(jwk: object, secret: string): string {
  const input = `${encode(JSON.stringify({ typ: 'dpop+jwt', alg: 'HS256', jwk }))}.${encode(CLAIMS)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** Check 3 and 8 to 12: what the proof says. */
const CLAIM: readonly Attack[] = [
  ['no jti', () => proofOf({ jti: undefined }), 'dpop.jti'],
  ['an empty jti', () => proofOf({ jti: '' }), 'dpop.jti'],
  ['a jti that is a number', () => proofOf({ jti: 1 }), 'dpop.jti'],
  ['a jti without end', () => proofOf({ jti: 'j'.repeat(257) }), 'dpop.jti'],
  ['two jti', () => payload(`{"jti":"x",${CLAIMS.slice(1)}`), 'dpop.duplicate_member'],
  ['two iat, one escaped', () => payload(`{"\\u0069at":1,${CLAIMS.slice(1)}`), 'dpop.duplicate_member'],
  ['no htm', () => proofOf({ htm: undefined }), 'dpop.method'],
  ['another method', () => proofOf({ htm: 'POST' }), 'dpop.method'],
  ['a proof of GET for DELETE', () => proofOf(), 'dpop.method', { method: 'DELETE' }],
  ['the method in small letters', () => proofOf({ htm: 'get' }), 'dpop.method'],
  ['a list of methods', () => proofOf({ htm: ['GET'] }), 'dpop.method'],
  ['no htu', () => proofOf({ htu: undefined }), 'dpop.uri'],
  ['a list of URIs', () => proofOf({ htu: ['https://api.example.com/orders'] }), 'dpop.uri'],
  ['another path', () => proofOf({ htu: 'https://api.example.com/order' }), 'dpop.uri'],
  ['a path below', () => proofOf({ htu: 'https://api.example.com/orders/1' }), 'dpop.uri'],
  ['a trailing slash', () => proofOf({ htu: 'https://api.example.com/orders/' }), 'dpop.uri'],
  ['a path in other letters', () => proofOf({ htu: 'https://api.example.com/Orders' }), 'dpop.uri'],
  ['another host', () => proofOf({ htu: 'https://evil.example/orders' }), 'dpop.uri'],
  ['a host that begins alike', () => proofOf({ htu: 'https://api.example.com.evil.example/orders' }), 'dpop.uri'],
  ['user information', () => proofOf({ htu: 'https://api.example.com@evil.example/orders' }), 'dpop.uri'],
  ['another port', () => proofOf({ htu: 'https://api.example.com:8443/orders' }), 'dpop.uri'],
  ['another scheme', () => proofOf({ htu: 'http://api.example.com/orders' }), 'dpop.uri'],
  ['no scheme', () => proofOf({ htu: '//api.example.com/orders' }), 'dpop.uri'],
  ['a path alone', () => proofOf({ htu: '/orders' }), 'dpop.uri'],
  ['the path in the query', () => proofOf({ htu: 'https://api.example.com/?/orders' }), 'dpop.uri'],
  ['a proof for another host of this gateway', () => proofOf(), 'dpop.uri', { host: 'admin.example.com' }],
  [
    'a scheme that the caller claims',
    () => proofOf(),
    'dpop.uri',
    { encrypted: false, fields: ['x-forwarded-proto', 'https'] },
  ],
  [
    'a host that the caller claims',
    () => proofOf({ htu: 'https://evil.example/orders' }),
    'dpop.uri',
    { fields: ['x-forwarded-host', 'evil.example'] },
  ],
  ['no iat', () => proofOf({ iat: undefined }), 'dpop.iat'],
  ['iat as text', () => proofOf({ iat: String(NOW) }), 'dpop.iat'],
  ['iat beyond numbers', () => payload(CLAIMS.replace(String(NOW), '1e999')), 'dpop.json'],
  ['iat in milliseconds', () => proofOf({ iat: NOW_MS }), 'dpop.future'],
  ['iat 0', () => proofOf({ iat: 0 }), 'dpop.expired'],
  ['a second too old', () => proofOf({ iat: NOW - 66 }), 'dpop.expired'],
  ['a millisecond too old', () => proofOf({ iat: NOW - 65 }), 'dpop.expired', { atMs: NOW_MS + 1 }],
  ['a second too early', () => proofOf({ iat: NOW + 6 }), 'dpop.future'],
  ['over by its own word', () => proofOf({ exp: NOW - 5 }), 'dpop.expired'],
  ['exp as text', () => proofOf({ exp: String(NOW + 60) }), 'dpop.expired'],
  ['not yet by its own word', () => proofOf({ nbf: NOW + 6 }), 'dpop.future'],
  ['nbf as text', () => proofOf({ nbf: '0' }), 'dpop.future'],
  ['no ath', () => proofOf({ ath: undefined }), 'dpop.token_hash'],
  ['ath of another token', () => proofOf({ ath: tokenHash('other') }), 'dpop.token_hash'],
  ['ath cut short', () => proofOf({ ath: tokenHash(TOKEN).slice(0, -1) }), 'dpop.token_hash'],
  [
    'ath in hexadecimal',
    () => proofOf({ ath: Buffer.from(tokenHash(TOKEN), 'base64url').toString('hex') }),
    'dpop.token_hash',
  ],
  ['the token itself for ath', () => proofOf({ ath: TOKEN }), 'dpop.token_hash'],
  ['a proof for a token swapped meanwhile', () => proofOf(), 'dpop.token_hash', { token: `${TOKEN}x` }],
  ['a nonce that is a number', () => proofOf({ nonce: 1 }), 'dpop.nonce'],
];

/** Check 11 of RFC 9449 §4.3 is the last: whose signature it is. */
const SIGNATURE: readonly Attack[] = [
  ['no signature', () => `${encode(HEADER)}.${encode(CLAIMS)}.`, 'dpop.signature'],
  ['a signature of zeros', () => withSignature(Buffer.alloc(64)), 'dpop.signature'],
  ['r of zero', () => withSignature(Buffer.concat([Buffer.alloc(32), Buffer.alloc(32, 1)])), 'dpop.signature'],
  ['a changed first octet', () => spoilt(proofOf(), 0), 'dpop.signature'],
  ['a changed last octet', () => spoilt(proofOf(), 63), 'dpop.signature'],
  ['a signature that is longer', () => withSignature(Buffer.alloc(65, 1)), 'dpop.signature'],
  ['a signature of another key', () => proofOf({}, { jwk: ec.jwk }, otherEc), 'dpop.signature'],
  [
    'a signature of another proof',
    () =>
      `${parts(proofOf({ jti: 'b' }))
        .slice(0, 2)
        .join('.')}.${parts(proofOf())[2]}`,
    'dpop.signature',
  ],
  [
    'a changed header',
    () => `${encode(JSON.stringify(headerOf(ec, { x: 1 })))}.${parts(proofOf()).slice(1).join('.')}`,
    'dpop.signature',
  ],
  [
    'a changed Ed25519 signature',
    () => spoilt(proofOf({}, {}, ed), 40),
    'dpop.signature',
    { thumbprint: ed.thumbprint },
  ],
];

for (const [topic, attacks] of Object.entries({ FORM, KEY, CLAIM, SIGNATURE }))
  describe(`proofs that prove nothing: ${topic.toLowerCase()}`, () => {
    for (const [name, proofs, signal, how] of attacks)
      for (const isKeyKnown of [false, true])
        test(`${name}${isKeyKnown ? ', after a right proof of the same key' : ''}`, () => {
          const { present } = verifierOf();
          if (isKeyKnown) assert.equal(present(proofOf({ jti: 'first' })).kind, 'ok');
          const result = present(proofs(), how);
          assert.equal(outcomeOf(result), `authn.dpop_proof ${signal}`);
          assert.ok(result.kind === 'refused');
          assert.equal(result.error, 'invalid_dpop_proof');
          assert.equal(result.answerFields, undefined);
          assert.ok(result.detail !== '' && !result.detail.includes(TOKEN));
          // Nothing was used up by it, and the key is no worse for it.
          assert.equal(present(proofOf()).kind, 'ok');
        });
  });

test('a right proof of a thief’s own key does not make a stolen token his', () => {
  const { present } = verifierOf();
  const result = present(proofOf({}, {}, otherEc));
  assert.equal(outcomeOf(result), 'authn.token_binding dpop.key_other');
  assert.equal(result.kind === 'refused' && result.error, 'invalid_token');
  assert.equal(present(proofOf()).kind, 'ok');
});

test('a key remembered from a right proof does not vouch for a proof with another header', () => {
  const { present } = verifierOf();
  assert.equal(present(proofOf()).kind, 'ok');
  assert.equal(outcomeOf(present(proofOf({ jti: 'b' }, { jwk: otherEc.jwk }))), 'authn.token_binding dpop.key_other');
  assert.equal(
    outcomeOf(present(proofOf({ jti: 'b' }, { jwk: otherEc.jwk }), { thumbprint: 'unbound' })),
    'authn.dpop_proof dpop.signature',
  );
});

test('details and signals name no part of a proof', () => {
  const { present } = verifierOf();
  const proof = proofOf({ jti: 'find-me-jti', htm: 'find-me-htm', htu: 'find-me-htu', nonce: 'find-me-nonce' });
  const result = present(proof);
  assert.ok(result.kind === 'refused');
  assert.doesNotMatch(JSON.stringify(result), /find-me/);
});

test('there are forty attacks and more', () => {
  assert.ok(FORM.length + KEY.length + CLAIM.length + SIGNATURE.length >= 40);
});
