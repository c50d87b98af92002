import { base64url, signatureOf } from '../harness/tokens.ts';
import {
  type Attack,
  attack,
  claims,
  ec,
  header,
  ISSUER,
  ofClaims,
  ofHeader,
  ofPayload,
  parts,
  respelt,
  token,
} from './world.ts';

/** What is no one clear token: spelling, segments, JSON (RFC 8725 §3.7, §3.14; RFC 4648 §3.5). */
export const FORM: readonly Attack[] = [
  attack('two segments', () => parts(token()).slice(0, 2).join('.'), 'token_malformed', 'jwt.form'),
  attack('four segments', () => `${token()}.AAAA`, 'token_malformed', 'jwt.form'),
  attack(
    'five segments: an encrypted token where none is taken',
    () => `${token()}.AAAA.AAAA`,
    'token_encrypted',
    'jwt.encrypted',
  ),
  attack('an empty header', () => `.${parts(token())[1]}.${parts(token())[2]}`, 'token_malformed', 'jwt.form'),
  attack('an empty signature', () => `${parts(token()).slice(0, 2).join('.')}.`, 'token_malformed', 'jwt.form'),
  attack('padding after the signature', () => `${token()}==`, 'token_malformed', 'jwt.base64url'),
  attack(
    'padding within the token',
    () =>
      parts(token())
        .map((one) => `${one}=`)
        .join('.'),
    'token_malformed',
    'jwt.base64url',
  ),
  attack(
    'base64 with + and /',
    () => {
      const [h, b] = parts(token());
      return `${h}.${b}.${'+/'.repeat(43)}`;
    },
    'token_malformed',
    'jwt.base64url',
  ),
  attack(
    'a second spelling of the signature (trailing bits)',
    () => {
      const [h, b, s] = parts(token());
      return `${h}.${b}.${respelt(s)}`;
    },
    'token_malformed',
    'jwt.not_canonical',
  ),
  attack(
    'a signature of a length no octets have',
    () => {
      const [h, b, s] = parts(token());
      return `${h}.${b}.${s.slice(0, -1)}`;
    },
    'token_malformed',
    'jwt.base64url',
  ),
  attack(
    'JSON serialisation in place of a token',
    () => ({ fields: ['authorization', `Bearer {"payload":"${parts(token())[1]}"}`] }),
    'token_malformed',
    'token.form',
  ),
  attack('a header that is an array', () => ofHeader('["ES256"]'), 'token_malformed', 'jwt.json'),
  attack('a header that is null', () => ofHeader('null'), 'token_malformed', 'jwt.json'),
  attack(
    'a header with a byte order mark',
    () => ofHeader(`\ufeff${JSON.stringify(header())}`),
    'token_malformed',
    'jwt.utf8',
  ),
  attack(
    'a header with alg twice',
    () => ofHeader('{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"ec"}'),
    'token_malformed',
    'jwt.duplicate_member',
  ),
  attack(
    'a header with alg twice, one of them escaped',
    () => ofHeader('{"alg":"ES256","\\u0061lg":"none","typ":"at+jwt","kid":"ec"}'),
    'token_malformed',
    'jwt.duplicate_member',
  ),
  attack(
    'a header of 3,000 octets',
    () => ofHeader(JSON.stringify(header({ pad: 'x'.repeat(3_000) }))),
    'token_malformed',
    'jwt.size',
  ),
  attack(
    'claims with sub twice',
    () => ofPayload(JSON.stringify(claims()).replace('"sub"', '"sub":"admin","sub"')),
    'token_malformed',
    'jwt.duplicate_member',
  ),
  attack('claims that are a list', () => ofPayload('[1]'), 'token_malformed', 'jwt.json'),
  attack('claims that are no JSON', () => ofPayload('{"iss"'), 'token_malformed', 'jwt.json'),
  attack(
    'claims with something after them',
    () => ofPayload(`${JSON.stringify(claims())}{}`),
    'token_malformed',
    'jwt.json',
  ),
  attack(
    'claims that are not UTF-8',
    () => {
      const input = `${base64url(JSON.stringify(header()))}.${base64url(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]))}`;
      return `${input}.${base64url(signatureOf('ES256', ec.privateKey, input))}`;
    },
    'token_malformed',
    'jwt.utf8',
  ),
  attack(
    'claims nested twenty deep',
    () => ofPayload(`{"iss":"${ISSUER}","a":${'['.repeat(20)}${']'.repeat(20)}}`),
    'token_malformed',
    'jwt.depth',
  ),
  attack(
    'a hundred claims',
    () => ofClaims(claims(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`c${i}`, i])))),
    'token_malformed',
    'jwt.depth',
  ),
];
