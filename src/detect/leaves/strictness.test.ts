import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { type Parts, read, values } from './leaves-fixture.test.ts';

const FORM_DATA = 'multipart/form-data; boundary=b';
const PART = 'Content-Disposition: form-data; name="a"\r\n\r\n1';
const JSON_TYPE = 'application/json';

/** What servers could read differently, and what it is called. */
const MALFORMED: readonly (readonly [what: string, parts: Parts, malformation: string])[] = [
  ['a key that comes twice', { type: JSON_TYPE, body: '{"a":1,"a":2}' }, 'json_duplicate_key'],
  ['a key that comes twice by an escape', { type: JSON_TYPE, body: '{"a":1,"\\u0061":2}' }, 'json_duplicate_key'],
  [
    'a key among many that comes twice',
    {
      type: JSON_TYPE,
      body: `{${'x'
        .repeat(40)
        .split('')
        .map((_, i) => `"k${i}":1`)
        .join()},"k3":1}`,
    },
    'json_duplicate_key',
  ],
  ['a trailing comma', { type: JSON_TYPE, body: '{"a":1,}' }, 'json'],
  ['a comment', { type: JSON_TYPE, body: '{"a":1/**/}' }, 'json'],
  ['single quotes', { type: JSON_TYPE, body: "{'a':1}" }, 'json'],
  ['text behind the end', { type: JSON_TYPE, body: '{"a":1} x' }, 'json'],
  ['JSON cut short', { type: JSON_TYPE, body: '{"a":[1' }, 'json'],
  ['a raw control in a string', { type: JSON_TYPE, body: '{"a":"\n"}' }, 'json'],
  ['octets that are no UTF-8', { type: JSON_TYPE, body: Buffer.from('{"a":"\xff"}', 'latin1') }, 'utf8'],
  ['UTF-16', { type: JSON_TYPE, body: Buffer.from('{"a":"x"}', 'utf16le') }, 'json'],
  ['a charset that is not read', { type: 'application/json; charset=utf-16', body: '{}' }, 'charset'],
  ['UTF-7', { type: 'text/plain; charset=utf-7', body: '+ADw-script+AD4-' }, 'charset'],
  ['two content types', { headers: ['content-type', 'text/plain'], type: JSON_TYPE, body: '{}' }, 'content_type'],
  ['a content type that is none', { type: 'json', body: '{}' }, 'content_type'],
  [
    'a parameter of the content type twice',
    { type: 'multipart/form-data; boundary=b; boundary=c', body: '--b--' },
    'content_type',
  ],
  ['multipart without boundary', { type: 'multipart/form-data', body: `--b\r\n${PART}\r\n--b--\r\n` }, 'multipart'],
  ['multipart that is not closed', { type: FORM_DATA, body: `--b\r\n${PART}\r\n` }, 'multipart'],
  ['multipart closed half', { type: FORM_DATA, body: `--b\r\n${PART}\r\n--b-` }, 'multipart'],
  ['text before the first part', { type: FORM_DATA, body: `x\r\n--b\r\n${PART}\r\n--b--\r\n` }, 'multipart'],
  ['text behind the last part', { type: FORM_DATA, body: `--b\r\n${PART}\r\n--b--\r\nx` }, 'multipart'],
  ['lines that end in LF', { type: FORM_DATA, body: `--b\n${PART.replaceAll('\r', '')}\n--b--\n` }, 'multipart'],
  ['a longer boundary', { type: FORM_DATA, body: `--b\r\n${PART}\r\n--bb\r\n${PART}\r\n--b--\r\n` }, 'multipart'],
  [
    'a part without a name',
    { type: FORM_DATA, body: '--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--\r\n' },
    'multipart',
  ],
  [
    'a part with two names',
    { type: FORM_DATA, body: '--b\r\nContent-Disposition: form-data; name="a"; name="b"\r\n\r\n1\r\n--b--\r\n' },
    'multipart',
  ],
  [
    'a part with two dispositions',
    { type: FORM_DATA, body: `--b\r\nContent-Disposition: form-data; name="b"\r\n${PART}\r\n--b--\r\n` },
    'multipart',
  ],
  [
    'two file names',
    {
      type: FORM_DATA,
      body: `--b\r\nContent-Disposition: form-data; name="a"; filename="x"; filename*=UTF-8''y\r\n\r\n1\r\n--b--\r\n`,
    },
    'multipart',
  ],
  [
    'a folded head',
    { type: FORM_DATA, body: '--b\r\nContent-Disposition: form-data;\r\n name="a"\r\n\r\n1\r\n--b--\r\n' },
    'multipart',
  ],
  [
    'a transfer encoding of a part',
    { type: FORM_DATA, body: `--b\r\nContent-Transfer-Encoding: base64\r\n${PART}\r\n--b--\r\n` },
    'multipart',
  ],
  [
    'a charset of a part',
    { type: FORM_DATA, body: `--b\r\nContent-Type: text/plain; charset=utf-7\r\n${PART}\r\n--b--\r\n` },
    'multipart',
  ],
  [
    'another charset for the form',
    { type: FORM_DATA, body: '--b\r\nContent-Disposition: form-data; name="_charset_"\r\n\r\nutf-7\r\n--b--\r\n' },
    'multipart',
  ],
  ['elements that cross', { type: 'text/xml', body: '<a><b></a></b>' }, 'xml'],
  ['an element that is not closed', { type: 'text/xml', body: '<a>' }, 'xml'],
  ['two roots', { type: 'text/xml', body: '<a/><b/>' }, 'xml'],
  ['an attribute twice', { type: 'text/xml', body: '<a b="1" b="2"/>' }, 'xml'],
  [
    'XML that declares another encoding',
    { type: 'text/xml', body: '<?xml version="1.0" encoding="utf-7"?><a/>' },
    'xml',
  ],
  ['two codings', { headers: ['content-encoding', 'gzip, gzip'], type: JSON_TYPE, body: '{}' }, 'encoding'],
  ['a coding that is not true', { headers: ['content-encoding', 'gzip'], type: JSON_TYPE, body: '{}' }, 'encoding'],
  ['an unknown coding', { headers: ['content-encoding', 'compress'], type: JSON_TYPE, body: '{}' }, 'encoding'],
];

for (const [what, parts, malformation] of MALFORMED)
  test(`${what} is said to be malformed (${malformation})`, () => {
    assert.deepEqual(read(parts).report.malformations, [malformation]);
  });

test('what is malformed is looked at as a whole', () => {
  const seen = values({ type: JSON_TYPE, body: "{'a':'x'}" });
  assert.deepEqual(seen, ["body={'a':'x'}"]);
  assert.ok(values({ type: FORM_DATA, body: 'a=1' }).includes('body=a=1'));
});

test('what is odd is read and said', () => {
  const oddities = (parts: Parts) => read(parts).report.oddities;
  assert.deepEqual(oddities({ type: 'text/plain', body: '{"a":1}' }), ['content_type_mismatch']);
  assert.deepEqual(oddities({ body: 'a=1&b=2' }), ['content_type_mismatch']);
  assert.deepEqual(oddities({ query: 'a=100%' }), ['percent']);
  assert.deepEqual(oddities({ query: 'a=%c0%af' }), ['utf8']);
  assert.deepEqual(oddities({ type: JSON_TYPE, body: '{"a":"\\ud800"}' }), ['surrogate']);
  assert.deepEqual(values({ query: 'a=%c0%ae+%zz' }), ['query.a=%c0%ae %zz']);
});

test('a body that grows beyond its bound is not read, and nothing of it is held', () => {
  const bomb = Buffer.alloc(8 * 1024 * 1024, 0x20);
  for (const [coding, body] of [
    ['gzip', gzipSync(bomb)],
    ['deflate', deflateSync(bomb)],
  ] as const) {
    const { leaves, report } = read({ headers: ['content-encoding', coding], type: JSON_TYPE, body });
    assert.deepEqual(leaves, []);
    assert.deepEqual(report.limitsMet, ['expansion']);
  }
});

test('beyond the bound of leaves the tail is still seen, and the reading says so', () => {
  const items = Array.from({ length: 5000 }, (_, i) => `item number ${i} of many more of them`);
  const { leaves, report } = read({ type: JSON_TYPE, body: JSON.stringify([...items, 'the last']) });
  assert.ok(leaves.length <= 2000);
  assert.equal(leaves.at(0)?.text, items[0]);
  assert.deepEqual(report.limitsMet, ['leaves']);
  assert.equal(leaves.at(-1)?.text, 'the last');
});

test('of a value beyond the bound of size head and tail are seen', () => {
  const { leaves, report } = read({ type: JSON_TYPE, body: JSON.stringify({ a: `HEAD${'x'.repeat(600_000)}TAIL` }) });
  assert.ok(leaves.some(({ text }) => text.startsWith('HEAD')));
  assert.ok(leaves.some(({ text }) => text.endsWith('TAIL')));
  assert.ok(report.characters <= 256 * 1024);
  assert.deepEqual(report.limitsMet, ['size']);
});

test('padding of many values does not hide what stands at the end', () => {
  const padding = Array.from({ length: 400 }, () => 'y'.repeat(1024));
  const { leaves, report } = read({ type: JSON_TYPE, body: JSON.stringify([...padding, 'EVIL']) });
  assert.equal(leaves.at(-1)?.text, 'EVIL');
  assert.deepEqual(report.limitsMet, ['size']);
});

test('what is nested too deep is seen all the same, and the reading says so', () => {
  const { leaves, report } = read({ type: JSON_TYPE, body: `${'['.repeat(5000)}"deep"${']'.repeat(5000)}` });
  assert.equal(leaves.at(-1)?.text, 'deep');
  assert.deepEqual(report.limitsMet, ['depth']);
});

test('where nothing is sampled the reading ends at the bound', () => {
  const limits = { samples: false, leavesMax: 80 };
  const { leaves, report } = read({
    type: JSON_TYPE,
    body: JSON.stringify(Array.from({ length: 500 }, String)),
    limits,
  });
  assert.equal(leaves.length, 60);
  assert.deepEqual(report.limitsMet, ['leaves']);
});

test('among octets a carriage return alone ends no line, and one with a line feed does', () => {
  const body = Buffer.from('\xff\x00\r\t a value\rand more\r\nX-Field: of a line\x00', 'latin1');
  assert.deepEqual(values({ body }), ['body= \t a value and more\r\nX-Field: of a line']);
});
