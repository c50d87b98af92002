import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCompactJws } from './compact-jws.ts';
import { encode, outcome, pairs, readJws, signBytes, signToken, verificationKey } from './jws-samples.test.ts';
import { verifyJws } from './verify.ts';

const good = signToken({ alg: 'ES256', kid: 'k1', typ: 'at+jwt' });
const [header, payload, signature] = good.split('.') as [string, string, string];

/** A header beside `alg`, in a token that is signed as it should be. */
const withHeader = (members: object): string => signToken({ alg: 'ES256', ...members });
const headerText = (json: string | Uint8Array): string => signToken(json);
const bits = (segment: string): string =>
  segment.slice(0, -1) + String.fromCharCode(segment.charCodeAt(segment.length - 1) + 1);
/** 43 characters have two bits that encode nothing; 42 have four. */
const strayBits = `${signToken({ alg: 'HS256' }, '{}', 'HS256')}`;

const REFUSED: Readonly<Record<string, readonly (readonly [what: string, token: string])[]>> = {
  'jwt.form': [
    ['nothing', ''],
    ['one segment', header],
    ['two segments', `${header}.${payload}`],
    ['four segments', `${good}.`],
    ['four full segments', `${good}.${signature}`],
    ['six segments', `${good}...`],
    ['no header', `.${payload}.${signature}`],
    ['dots alone', '..'],
    ['no signature', `${header}.${payload}.`],
    ['a dot before', `.${good}`],
  ],
  'jwt.json_serialization': [
    ['the general serialisation', JSON.stringify({ payload, signatures: [{ protected: header, signature }] })],
    ['the flattened serialisation', JSON.stringify({ payload, protected: header, signature })],
    ['white space before it', ` \r\n\t${JSON.stringify({ payload, protected: header, signature })}`],
    ['an object with two dots in it', `{"a.b.c":"${signature}"}`],
    ['an object with four dots in it', '{"a.b.c.d.e":1}'],
  ],
  'jwt.size': [
    ['more octets than allowed', `${header}.${'A'.repeat(8192)}.${signature}`],
    ['a long header', withHeader({ x: 'x'.repeat(1600) })],
  ],
  'jwt.base64url': [
    ['a space before', ` ${good}`],
    ['a space after', `${good} `],
    ['a line feed after', `${good}\n`],
    ['a line feed in the signature', `${header}.${payload}.${signature.slice(0, 40)}\n${signature.slice(40)}`],
    ['a tab in the payload', `${header}.\t${payload}.${signature}`],
    ['a NUL after', `${good}\0`],
    ['padding of the signature', `${good}==`],
    ['padding of the header', `${header}=.${payload}.${signature}`],
    ['a plus', `${header}.${payload}.+${signature.slice(1)}`],
    ['a slash', `${header}.${payload}./${signature.slice(1)}`],
    ['a percent escape', `${header}%2e.${payload}.${signature}`],
    ['a character whose low octet is a letter', `${header}.${payload}.${signature.slice(0, -1)}\u0141`],
    ['a full-width letter', `\uff45${header.slice(1)}.${payload}.${signature}`],
    ['a character too many', `${good}AAA`],
    ['quotes around', `"${good}"`],
    ['a scheme before', `Bearer ${good}`],
  ],
  'jwt.not_canonical': [
    ['stray bits in the signature', strayBits.replace(/.$/, (last) => nextLetter(last))],
    ['stray bits in the payload', `${header}.${bits(encode('{}x1'))}.${signature}`],
    ['stray bits in the header', `${bits(encode('{"alg":"ES256"} '))}.${payload}.${signature}`],
  ],
  'jwt.utf8': [
    ['a header with a byte order mark', headerText('\ufeff{"alg":"ES256"}')],
    ['a header that is not UTF-8', headerText(Buffer.from('{"alg":"ES256","kid":"\xff"}', 'latin1'))],
  ],
  'jwt.json': [
    ['a header that is no JSON', headerText('alg=ES256')],
    ['a header that is an array', headerText('["ES256"]')],
    ['a header with something after it', headerText('{"alg":"ES256"}{"alg":"none"}')],
  ],
  'jwt.duplicate_member': [
    ['alg twice', headerText('{"alg":"ES256","alg":"none"}')],
    ['alg twice, the other way round', headerText('{"alg":"none","alg":"ES256"}')],
    ['alg twice, once escaped', headerText('{"alg":"ES256","\\u0061lg":"none"}')],
    ['kid twice', headerText('{"alg":"ES256","kid":"a","kid":"b"}')],
  ],
  'jwt.depth': [
    ['a header nested nine deep', headerText(`{"alg":"ES256","x":${'['.repeat(8)}${']'.repeat(8)}}`)],
    ['a header of 65 members', withHeader(Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`x${i}`, 0])))],
  ],
  'jwt.alg': [
    ['no alg', headerText('{}')],
    ['an empty alg', headerText('{"alg":""}')],
    ['alg in another case', headerText('{"ALG":"ES256"}')],
    ['alg as null', headerText('{"alg":null}')],
    ['alg as a list', headerText('{"alg":["ES256"]}')],
    ['alg as an object', headerText('{"alg":{"toString":"ES256"}}')],
    ['alg as a number', headerText('{"alg":0}')],
    ['alg in the prototype', headerText('{"__proto__":{"alg":"ES256"}}')],
  ],
  'jwt.alg_none': [
    ...['none', 'None', 'NONE', 'nOnE', 'noNE'].map((alg) => [`alg ${alg}`, headerText({ alg } as never)] as const),
    ['alg none without a signature', `${encode('{"alg":"none"}')}.${payload}.`],
    ['alg none with an escape', headerText('{"alg":"\\u006eone"}')],
    ['alg none and a key', headerText('{"alg":"none","jwk":{}}')],
  ],
  'jwt.header_key': [
    ['jwk', withHeader({ jwk: pairs.ES256.publicKey.export({ format: 'jwk' }) })],
    ['jku', withHeader({ jku: 'https://attacker.example/jwks.json' })],
    ['x5u', withHeader({ x5u: 'https://attacker.example/cert.pem' })],
    ['x5c', withHeader({ x5c: ['MIIB'] })],
    ['jwk as null', withHeader({ jwk: null })],
    ['jku with an escape', headerText('{"alg":"ES256","\\u006aku":"https://attacker.example"}')],
  ],
  'jwt.kid': [
    ...(
      [
        ['empty', ''],
        ['too long', 'k'.repeat(129)],
        ['with a space', 'a b'],
        ['with a line feed', 'a\n'],
        ['with a NUL', 'a\0b'],
        ['with DEL', 'a\x7f'],
        ['outside ASCII', 'ké'],
        ['a number', 1],
        ['null', null],
        ['a list', ['k1']],
        ['an object', { $ne: 1 }],
      ] as const
    ).map(([what, kid]) => [`a kid that is ${what}`, withHeader({ kid })] as const),
    ['SQL with a space in kid', withHeader({ kid: "x' UNION SELECT 'a" })],
  ],
  'jwt.crit': [
    ['an unknown extension', withHeader({ crit: ['exp2'], exp2: 1 })],
    ['crit that is empty', withHeader({ crit: [] })],
    ['crit that is null', withHeader({ crit: null })],
    ['crit that is a text', withHeader({ crit: 'exp' })],
    ['crit that names a registered header', withHeader({ crit: ['alg'] })],
    ['crit that names something absent', withHeader({ crit: ['absent'] })],
    ['crit that names twice', withHeader({ crit: ['x', 'x'], x: 1 })],
  ],
  'jwt.b64': [
    ['b64 false with crit', withHeader({ b64: false, crit: ['b64'] })],
    ['b64 false without crit', withHeader({ b64: false })],
    ['b64 true', withHeader({ b64: true })],
    ['b64 null', withHeader({ b64: null })],
  ],
  'jwt.zip': [['compression', withHeader({ zip: 'DEF' })]],
  'jwt.enc': [['a header of an encrypted token', withHeader({ enc: 'A256GCM' })]],
  'jwt.typ': [
    ['typ as a number', withHeader({ typ: 1 })],
    ['typ as a list', withHeader({ typ: ['at+jwt'] })],
    ['typ with a letter whose lower case is ASCII', withHeader({ typ: 'to\u212aen+jwt' })],
    ['typ with a NUL', withHeader({ typ: 'at+jwt\0' })],
    ['a long typ', withHeader({ typ: 'x'.repeat(129) })],
  ],
};

function nextLetter(letter: string): string {
  return String.fromCharCode(letter.charCodeAt(0) + 1);
}

for (const [signal, cases] of Object.entries(REFUSED))
  for (const [what, token] of cases)
    test(`a token with ${what} is refused (${signal})`, () => assert.equal(outcome(token), signal));

test('what a token says stands in what is read, and its signature verifies', () => {
  const jws = readJws(good);
  assert.equal(jws.algorithm, 'ES256');
  assert.equal(jws.kid, 'k1');
  assert.equal(jws.type, 'at+jwt');
  assert.equal(Buffer.from(jws.payload).toString(), '{"sub":"a"}');
  assert.equal(Buffer.from(jws.signingInput).toString(), `${header}.${payload}`);
  assert.equal(Buffer.from(jws.signature).toString('base64url'), signature);
  assert.equal(jws.canonical, good);
  assert.equal(Object.getPrototypeOf(jws.header), null);
  assert.ok(verifyJws(jws, verificationKey('ES256')));
});

test('what need not be there may be absent, and what is not known may be there', () => {
  const jws = readJws(signToken({ alg: 'XY999', x5t: 'abc', nonce: 1 }, ''));
  assert.deepEqual([jws.algorithm, jws.kid, jws.type, jws.payload.length], ['XY999', undefined, '', 0]);
});

test('the longest kid and all visible ASCII in it are read', () => {
  const visible = String.fromCharCode(...Array.from({ length: 94 }, (_, i) => 0x21 + i));
  const kid = visible + visible.slice(0, 34);
  assert.equal(readJws(withHeader({ kid })).kid, kid);
});

for (const [typ, expected] of [
  ['JWT', 'jwt'],
  ['application/at+jwt', 'at+jwt'],
  ['APPLICATION/AT+JWT', 'at+jwt'],
  ['application/a/b', 'application/a/b'],
  ['application/application/at+jwt', 'application/application/at+jwt'],
  ['text/at+jwt', 'text/at+jwt'],
  ['at+jwt;x=1', 'at+jwt;x=1'],
  ['', ''],
] as const)
  test(`typ "${typ}" is the type "${expected}"`, () => assert.equal(readJws(withHeader({ typ })).type, expected));

test('five segments are an encrypted token, whatever they hold and however long they are', () => {
  assert.equal(outcome(`${header}.a.b.c.d`), 'jwe');
  assert.equal(outcome('....'), 'jwe');
  assert.equal(outcome(`${header}.${'A'.repeat(9000)}.b.c.d`), 'jwe');
});

test('a token of as many octets as allowed is read', () => {
  const options = { bytesMax: good.length, toleratePadding: false };
  assert.equal(readCompactJws(good, options).kind, 'jws');
  assert.equal(readCompactJws(good, { ...options, bytesMax: good.length - 1 }).kind, 'fault');
});

const pad = (segment: string): string => segment + '='.repeat((4 - (segment.length % 4)) % 4);

/** As load balancers of AWS make them: base64url with padding, signed with it. */
function paddedToken(head: string, body: string): string {
  const input = `${pad(encode(head))}.${pad(encode(body))}`;
  return `${input}.${pad(encode(signBytes('ES256', pairs.ES256.privateKey, input)))}`;
}

for (let length = 0; length < 3; length++)
  test(`a padded token whose payload has ${length} octets more is read where that is tolerated, as it was signed`, () => {
    const token = paddedToken('{"alg":"ES256"} '.padEnd(16 + length), `{"sub":"ab"}${' '.repeat(length)}`);
    const jws = readJws(token, true);
    assert.ok(verifyJws(jws, verificationKey('ES256')));
    assert.equal(jws.canonical, token.replaceAll('=', ''));
    assert.equal(outcome(token), 'jwt.base64url');
  });

test('padding that the issuer did not sign is no other spelling of its token', () => {
  const own = signToken({ alg: 'ES256', x: 10 }, '{"sub":"abc"}');
  const [h, p, s] = own.split('.') as [string, string, string];
  assert.notEqual(pad(h), h);
  assert.notEqual(pad(p), p);
  for (const token of [`${pad(h)}.${p}.${s}`, `${h}.${pad(p)}.${s}`])
    assert.equal(verifyJws(readJws(token, true), verificationKey('ES256')), false);
  const withPaddedSignature = readJws(`${h}.${p}.${pad(s)}`, true);
  assert.ok(verifyJws(withPaddedSignature, verificationKey('ES256')));
  assert.equal(withPaddedSignature.canonical, own);
});

test('padding that was signed cannot be taken away', () => {
  const token = paddedToken('{"alg":"ES256"}  ', '{"sub":"abc"}');
  assert.equal(verifyJws(readJws(token.replaceAll('=', ''), true), verificationKey('ES256')), false);
});

for (const [what, token, expected] of [
  ['one of two', `${good}=`, 'jwt.base64url'],
  ['three', `${good}===`, 'jwt.base64url'],
  ['a whole group', `${good}==${'===='}`, 'jwt.base64url'],
  ['on a full segment', `${encode('{"alg":"ES256"}')}====.${payload}.${signature}`, 'jwt.base64url'],
  ['on an empty payload', `${header}.==.${signature}`, 'jwt.base64url'],
  ['for a whole signature', `${header}.${payload}.====`, 'jwt.base64url'],
  ['in the middle', `${header}.${payload.slice(0, 2)}==${payload.slice(2)}.${signature}`, 'jwt.base64url'],
  ['before', `==${good}`, 'jwt.base64url'],
  ['escaped', `${good}%3D%3D`, 'jwt.base64url'],
  ['with stray bits', `${header}.QR==.${signature}`, 'jwt.not_canonical'],
] as const)
  test(`wrong padding is refused where padding is tolerated: ${what}`, () =>
    assert.equal(outcome(token, true), expected));

test('of all tokens that differ in one character from a good one, none verifies', () => {
  const key = verificationKey('ES256');
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. \n';
  let reached = 0;
  for (let at = good.length - 6; at < good.length; at++)
    for (const character of alphabet) {
      if (character === good[at]) continue;
      for (const token of [
        good.slice(0, at) + character + good.slice(at + 1),
        good.slice(0, at) + character + good.slice(at),
      ]) {
        const result = readCompactJws(token, { bytesMax: 8192, toleratePadding: true });
        if (result.kind !== 'jws') continue;
        reached++;
        assert.equal(verifyJws(result.jws, key), false);
      }
    }
  assert.ok(reached > 0);
});
