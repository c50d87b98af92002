import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Parts, read, values } from './leaves-fixture.test.ts';

const EVIL = "x' or 1=1--";

/** One attack text in every place and clothing, and where it has to come out. */
const PLACES: readonly (readonly [what: string, parts: Parts, path: string, location: string])[] = [
  ['a path segment', { path: `/orders/${encodeURIComponent(EVIL)}`, names: ['', 'id'] }, 'path.id', 'path'],
  ['a segment of no name', { path: `/orders/${encodeURIComponent(EVIL)}` }, 'path.1', 'path'],
  ['a matrix parameter', { path: `/o;v=${encodeURIComponent(EVIL)}` }, 'path.0.;v', 'path'],
  ['a query value', { query: `a=1&q=${encodeURIComponent(EVIL)}` }, 'query.q', 'query'],
  ['a query value with plus', { query: "q=x'+or+1%3D1--" }, 'query.q', 'query'],
  ['a query without name', { query: encodeURIComponent(EVIL) }, 'query.%20', 'query'],
  ['an unknown header', { headers: ['x-search', EVIL] }, 'header.x-search', 'header'],
  ['the user agent', { headers: ['user-agent', EVIL] }, 'header.user-agent', 'header'],
  ['the referrer', { headers: ['referer', EVIL] }, 'header.referer', 'header'],
  ['a structured header', { headers: ['accept-language', EVIL] }, 'header.accept-language', 'header'],
  ['a cookie', { headers: ['cookie', `a=b; sid=${EVIL}`] }, 'cookie.sid', 'cookie'],
  ['an encoded cookie', { headers: ['cookie', `sid=${encodeURIComponent(EVIL)}`] }, 'cookie.sid', 'cookie'],
  [
    'JSON in a cookie',
    { headers: ['cookie', `s=${encodeURIComponent(JSON.stringify({ a: EVIL }))}`] },
    'cookie.s.a',
    'json',
  ],
  ['a form', { type: 'application/x-www-form-urlencoded', body: `n=${encodeURIComponent(EVIL)}` }, 'body.n', 'form'],
  ['JSON', { type: 'application/json', body: JSON.stringify({ a: [{ b: EVIL }] }) }, 'body.a[].b', 'json'],
  ['escaped JSON', { type: 'application/json', body: '{"a":"x\\u0027 or 1=1--"}' }, 'body.a', 'json'],
  [
    'JSON in JSON',
    { type: 'application/json', body: JSON.stringify({ a: JSON.stringify({ b: EVIL }) }) },
    'body.a.b',
    'json',
  ],
  [
    'percent-encoded JSON in JSON',
    { type: 'application/json', body: JSON.stringify([encodeURIComponent(JSON.stringify({ a: EVIL }))]) },
    'body[].a',
    'json',
  ],
  [
    'base64 of JSON',
    { query: `s=${Buffer.from(JSON.stringify({ a: EVIL })).toString('base64url')}` },
    'query.s.a',
    'json',
  ],
  ['a JSON body of no type', { body: JSON.stringify({ a: EVIL }) }, 'body.a', 'json'],
  ['a JSON body declared as text', { type: 'text/plain', body: JSON.stringify({ a: EVIL }) }, 'body.a', 'json'],
  [
    'a JSON body declared as a form',
    { type: 'application/x-www-form-urlencoded', body: JSON.stringify({ a: EVIL }) },
    'body.a',
    'json',
  ],
  [
    'lines of JSON',
    { type: 'application/x-ndjson', body: `{"a":1}\n${JSON.stringify({ a: EVIL })}\n` },
    'body.a',
    'json',
  ],
  ['XML text', { type: 'application/xml', body: `<r><i>x&#39; or 1=1--</i></r>` }, 'body.r.i', 'xml'],
  ['an XML attribute', { type: 'text/xml', body: `<r i="${EVIL}"/>` }, 'body.r.@i', 'xml'],
  ['CDATA', { type: 'application/soap+xml', body: `<r><![CDATA[${EVIL}]]></r>` }, 'body.r', 'xml'],
  ['text of no type', { body: `hello ${EVIL}`.slice(6) }, 'body', 'raw'],
  [
    'a GraphQL literal',
    { type: 'application/json', body: JSON.stringify({ query: `{ user(name: "${EVIL}") { id } }` }) },
    'body.query',
    'graphql',
  ],
  [
    'a GraphQL variable',
    {
      type: 'application/json',
      body: JSON.stringify({ query: 'query($n: String) { user(name: $n) { id } }', variables: { n: EVIL } }),
    },
    'body.variables.n',
    'json',
  ],
  [
    'a claim of a token',
    { headers: ['authorization', `Bearer ${token({ alg: 'HS256' }, { sub: EVIL })}`] },
    'header.authorization.claims.sub',
    'token',
  ],
  ['the header of a token', { query: `t=${token({ alg: 'HS256', kid: EVIL }, {})}` }, 'query.t.header.kid', 'token'],
  [
    'a Basic password',
    { headers: ['authorization', `Basic ${Buffer.from(`u:${EVIL}`).toString('base64')}`] },
    'header.authorization.password',
    'header',
  ],
  ['a multipart value', multipart(`Content-Disposition: form-data; name="a"\r\n\r\n${EVIL}`), 'body.a', 'multipart'],
  [
    'a file name',
    multipart(`Content-Disposition: form-data; name="a"; filename="${EVIL}"\r\n\r\n1`),
    'body.a.;filename',
    'multipart',
  ],
  [
    'an extended file name',
    multipart(
      `Content-Disposition: form-data; name="a"; filename*=UTF-8''${encodeURIComponent(EVIL).replaceAll("'", '%27')}\r\n\r\n1`,
    ),
    'body.a.;filename',
    'multipart',
  ],
  [
    'a field of a part',
    multipart(`Content-Disposition: form-data; name="a"\r\nX-Any: ${EVIL}\r\n\r\n1`),
    'body.a.;x-any',
    'multipart',
  ],
  [
    'binary content',
    { type: 'application/x-protobuf', body: Buffer.from(`\x00\x01\x0b${EVIL} union\x00\xff`, 'latin1') },
    'body',
    'raw',
  ],
];

function token(header: object, claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(claims)}.c2lnbmF0dXJl`;
}

function multipart(...parts: readonly string[]): Parts {
  return {
    type: 'multipart/form-data; boundary=b',
    body: `${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`,
  };
}

for (const [what, parts, path, location] of PLACES)
  test(`an attack in ${what} is a leaf of its own`, () => {
    const { leaves, report } = read(parts);
    const found = leaves.find((leaf) => !leaf.isKey && leaf.text.startsWith(EVIL));
    assert.ok(found !== undefined, JSON.stringify(leaves));
    assert.equal(found.path, path);
    assert.equal(found.location, location);
    assert.deepEqual(report.malformations, []);
    assert.deepEqual(report.limitsMet, []);
  });

test('an attack in a compressed body is found', () => {
  for (const [coding, body] of [['gzip', gzipSync(JSON.stringify({ a: EVIL }))]] as const)
    assert.deepEqual(values({ headers: ['content-encoding', coding], type: 'application/json', body }), [
      `body.a=${EVIL}`,
    ]);
});

test('keys are leaves wherever there are keys', () => {
  const keys = (parts: Parts) =>
    read(parts)
      .leaves.filter((leaf) => leaf.isKey)
      .map((leaf) => leaf.text);
  assert.deepEqual(keys({ query: 'a%5B%24ne%5D=1' }), ['a[$ne]']);
  assert.deepEqual(keys({ type: 'application/json', body: '{"__proto__":{"a":1}}' }), ['__proto__', 'a']);
  assert.deepEqual(keys({ headers: ['cookie', '$ne=1'] }), ['$ne']);
  assert.deepEqual(keys({ type: 'application/xml', body: '<a xi="1"/>' }), ['a', 'xi']);
  assert.deepEqual(keys({ headers: ["x'a", '1'] }), ["x'a"]);
});

test('values of one name are shown joined too, since some servers join them', () => {
  assert.ok(values({ query: 'id=1/*&id=*/or/*&id=*/1=1' }).includes('query.id=1/*,*/or/*,*/1=1'));
});

test('a document type is a leaf and no entity is expanded', () => {
  const body = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>';
  assert.deepEqual(values({ type: 'application/xml', body }), [
    'body.!DOCTYPE=<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    'body.r=&x;',
  ]);
});

test('what holds nothing but its grammar is passed over, and the signature of a token is no text', () => {
  const headers = [
    'accept',
    'text/html;q=0.9,*/*;q=0.8',
    'sec-ch-ua',
    '"Not A;Brand";v="99"',
    'if-none-match',
    'W/"a-b"',
  ];
  assert.deepEqual(values({ headers }), []);
  assert.deepEqual(values({ query: `t=${token({ alg: 'ES256' }, { sub: 'ann' })}` }), [
    'query.t.header.alg=ES256',
    'query.t.claims.sub=ann',
  ]);
});

test('a path that could be read in two ways is one value besides', () => {
  assert.ok(values({ path: '/a/%2e%2e/%2e%2e/etc', ambiguous: true }).includes('path=/a/../../etc'));
});

test('no key can pose as the path of another', () => {
  const paths = (body: string) => read({ type: 'application/json', body }).leaves.at(-1)?.path;
  assert.equal(paths('{"a.b":"x"}'), 'body.a%2Eb');
  assert.equal(paths('{"a[]":"x"}'), 'body.a%5B%5D');
  assert.equal(paths('{"*":"x"}'), 'body.%2A');
  assert.equal(paths('{"a":["x"]}'), 'body.a[]');
  assert.equal(paths('{"":"x"}'), 'body.%20');
});
