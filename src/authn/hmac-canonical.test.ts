import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CanonicalParts, canonicalRequest } from './hmac-canonical.ts';

const PARTS: CanonicalParts = {
  clientId: 'billing',
  method: 'POST',
  path: '/v1/orders/%C3%A9',
  query: 'b=2&a=1',
  fields: [
    ['content-type', 'application/json'],
    ['host', 'api.example.com'],
  ],
  bodySha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  timestamp: '1767225600',
  nonce: 'n0ncen0ncen0nce0',
};

test('the signed text is the one that is described', () => {
  assert.equal(
    canonicalRequest(PARTS),
    `Sallyport-HMAC-SHA256
billing
POST
/v1/orders/%C3%A9
a=1&b=2
content-type:application/json
host:api.example.com
content-type;host
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
1767225600
n0ncen0ncen0nce0`,
  );
});

test('only spaces and tabs around a value are left out', () => {
  const text = canonicalRequest({ ...PARTS, fields: [['a', ' \t x \t y\u00a0\t ']] });
  assert.ok(text.includes('\na:x \t y\u00a0\n'));
});

describe('the query', () => {
  for (const [query, expected] of [
    ['', ''],
    ['a', 'a'],
    ['b&a', 'a&b'],
    ['a=2&a=1', 'a=2&a=1'],
    ['b=1&a=2&b=0&a=1', 'a=2&a=1&b=1&b=0'],
    ['a=b=c&a', 'a=b=c&a'],
    ['&b&&a=', '&&a=&b'],
    ['%61=1&a=2&A=3', '%61=1&A=3&a=2'],
    ['a.b=1&a=2', 'a=2&a.b=1'],
    ['a+b=1&a%20b=2', 'a%20b=2&a+b=1'],
  ] as const)
    test(`"${query}" is signed as "${expected}"`, () => {
      assert.equal(canonicalRequest({ ...PARTS, query }).split('\n')[4], expected);
    });
});

test('requests that differ in one part have different texts', () => {
  const changes: readonly Partial<CanonicalParts>[] = [
    {},
    { clientId: 'billing2' },
    { method: 'post' },
    { path: '/v1/orders/%C3%A9/' },
    { path: '/v1/orders/%C3%A9?b=2&a=1', query: '' },
    { query: 'b=2&a=1&' },
    { query: 'b=2&a=1&a=1' },
    { fields: [['host', 'api.example.com']] },
    {
      fields: [
        ['content-type', 'application/json'],
        ['host', 'api.example.com:8443'],
      ],
    },
    {
      fields: [
        ['content-type', ''],
        ['host', 'api.example.com'],
      ],
    },
    { bodySha256: '0'.repeat(64) },
    { timestamp: '1767225601' },
    { nonce: 'n0ncen0ncen0nce1' },
  ];
  const texts = new Set(changes.map((change) => canonicalRequest({ ...PARTS, ...change })));
  assert.equal(texts.size, changes.length);
});
