import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read, values } from './leaves-fixture.test.ts';

const base64url = (text: string): string => Buffer.from(text).toString('base64url');

test('claims of a token are shown whatever its header is written as and whatever stands in place of a signature', () => {
  const claims = base64url('{"sub":"x\' or 1=1"}');
  for (const token of [
    `${base64url('{"alg":"none"}')}.${claims}.x`,
    `${base64url('{"alg":"none"}')}.${claims}.not+base64url==`,
    `${base64url('{"alg":"none"}')}.${claims}.`,
    `${base64url('{"alg":"none"}')}.${claims}`,
    `${base64url('{"\\u0061lg":"none"}')}.${claims}.aaaa`,
    `${base64url(' {"alg":"none"}')}.${base64url(' {"sub":"x\' or 1=1"}')}.aaaa`,
    `${base64url('\n{"alg":"none"}')}.${claims}.aaaa`,
    `${Buffer.from('{"alg":"none"}').toString('base64')}.${Buffer.from('{"sub":"x\' or 1=1"}').toString('base64')}.aaaa`,
  ])
    for (const parts of [
      { headers: ['authorization', `Bearer ${token}`] },
      { query: `t=${encodeURIComponent(token)}` },
    ]) {
      const texts = read(parts).leaves.map(({ text }) => text);
      assert.ok(texts.includes("x' or 1=1"), `${token}: ${texts}`);
    }
});

test('an encrypted token is shown by its header, and what is no token as it stands', () => {
  const header = base64url('{"alg":"dir","enc":"A128GCM"}');
  assert.deepEqual(values({ query: `t=${header}..aaaa.aaaa.aaaa` }), [
    'query.t.header.alg=dir',
    'query.t.header.enc=A128GCM',
  ]);
  for (const text of [`${header}.aaaa.aaaa`, `${header}..aaaa.aaaa`, 'Ich.bin.keiner.von.denen'])
    assert.deepEqual(values({ query: `t=${text}` }), [`query.t=${text}`]);
});

test('what only looks like a document of GraphQL is shown whole', () => {
  for (const text of [
    '{{config}}',
    '{{lipsum|attr("__globals__")}}',
    '{$where:"sleep(9)"}',
    '{a "b"}',
    '{a(b)}',
    '{a("b")}',
    '{a(b: c(d))}',
    '{a = 1}',
    '{a & b}',
    '{ # c\n { a } }',
  ])
    assert.deepEqual(values({ query: `query=${encodeURIComponent(text)}` }), [`query.query=${text}`]);
});

test('documents of GraphQL are shown by their strings', () => {
  const document = `query Q($a: [ID!]! = ["1"], $b: Float = 1.5e+3) @d(if: $a) {
    other: user(id: $a, where: { name: { like: "it's" }, in: [1, -2] }) @include(if: $b) { ...F ... on User { id } }
  } fragment F on User { name }`;
  assert.deepEqual(values({ query: `query=${encodeURIComponent(document)}` }), ['query.query=1', "query.query=it's"]);
});

test('values of a name that comes again are shown joined, however many other names stand before', () => {
  for (const others of [0, 31, 32, 33, 500]) {
    const query = `${Array.from({ length: others }, (_, i) => `p${i}=1&`).join('')}a=x/*&a=*/y`;
    assert.ok(values({ query, limits: { leavesMax: 4000 } }).includes('query.a=x/*,*/y'), `${others} names`);
  }
});

test('fields of a known grammar are passed over only while they keep to it', () => {
  for (const [name, value] of [
    ['accept-language', '../../../../etc/passwd'],
    ['accept-language', '/etc/passwd'],
    ['accept-language', 'en, /etc/passwd'],
    ['accept', '" OR 1=1-- -'],
    ['accept', '1 OR 1=1'],
    ['accept', 'http://169.254.169.254/'],
    ['if-none-match', '"x" OR 1=1'],
    ['if-none-match', '"x-- -"'],
    ['accept-encoding', 'gzip; cat /etc/passwd'],
    ['cache-control', 'f(1)'],
    ['date', '1=1'],
  ] as const)
    assert.deepEqual(values({ headers: [name, value] }), [`header.${name}=${value}`]);
  for (const [name, value] of [
    ['accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
    ['accept-language', 'de-CH, de;q=0.9, *;q=0.1'],
    ['content-type', 'multipart/form-data; boundary=----WebKitFormBoundaryabc'],
    ['if-none-match', 'W/"abc", "33a64df5"'],
    ['if-modified-since', 'Wed, 21 Oct 2015 07:28:00 GMT'],
    ['sec-ch-ua', '"Not(A:Brand";v="8", "Chromium";v="114", " Not A;Brand";v="99"'],
    ['signature-input', 'sig1=("@method" "@path");created=1618884475;keyid="k"'],
    ['content-digest', 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'],
    ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ] as const)
    assert.deepEqual(values({ headers: [name, value] }), [], `${name}: ${value}`);
});

test('a part with an empty file name is a value, as some servers take it', () => {
  const body = '--b\r\nContent-Disposition: form-data; name="f"; filename=""\r\n\r\nx\r\n--b--\r\n';
  assert.deepEqual(values({ type: 'multipart/form-data; boundary=b', body }), ['body.f=x']);
});
