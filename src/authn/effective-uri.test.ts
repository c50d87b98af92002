import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { policyWith, read } from '../http/call-fixture.test.ts';
import { effectiveUri, isSameUri, normaliseOrigin } from './effective-uri.ts';

const URI = 'https://api.example.com/orders/7';

describe('the URI of a call', () => {
  test('is made of scheme, host and path, and not of the query', () => {
    assert.equal(effectiveUri(read({ target: '/a/b?c=d', encrypted: true }), undefined), 'https://api.example.com/a/b');
    assert.equal(effectiveUri(read({ target: '/' }), undefined), 'http://api.example.com/');
  });

  test('is in the canonical form', () => {
    const call = read({ rawHeaders: ['Host', 'API.Example.COM:443'], target: '/%7euser/%2f', encrypted: true });
    assert.equal(effectiveUri(call, undefined), 'https://api.example.com/~user/%2F');
  });

  test('keeps a port that is not the usual one', () => {
    const call = read({ rawHeaders: ['Host', 'api.example.com:8443'], encrypted: true });
    assert.equal(effectiveUri(call, undefined), 'https://api.example.com:8443/a');
  });

  test('begins with the origin where one is given', () => {
    assert.equal(effectiveUri(read({ target: '/a?b' }), 'https://shop.example'), 'https://shop.example/a');
  });

  test('is not what the caller says in a forwarded field, but of the scheme a trusted proxy names', () => {
    const fields = ['X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'evil.example'];
    const ofStranger = read({ fields }, policyWith([]));
    assert.equal(effectiveUri(ofStranger, undefined), 'http://api.example.com/a');
    const ofProxy = read({ fields: fields.slice(0, 2) }, policyWith(['192.0.2.1/32']));
    assert.equal(effectiveUri(ofProxy, undefined), 'https://api.example.com/a');
  });
});

describe('the same URI', () => {
  for (const written of [
    URI,
    'HTTPS://api.example.com/orders/7',
    'https://API.Example.com/orders/7',
    'https://api.example.com:443/orders/7',
    'https://api.example.com/orders/7?page=2',
    'https://api.example.com/orders/7?',
    'https://api.example.com/orders/7#top',
    'https://api.example.com/orders/7?a#b?c',
    'https://api.example.com/%6Frders/%37',
    'https://api.example.com/%6frders/7',
    'https://api.example.com/./orders/7',
    'https://api.example.com/a/../orders/./7',
    'https://api.example.com/../../orders/7',
    'https://api.example.com/a/%2e%2E/orders/7',
  ])
    test(written, () => assert.ok(isSameUri(written, URI)));

  test('of a host alone is that of its root', () => {
    for (const written of ['https://a.example', 'https://a.example/', 'https://a.example?b', 'https://a.example#/b'])
      assert.ok(isSameUri(written, 'https://a.example/'), written);
  });

  test('of an address of version 6 in another spelling', () => {
    assert.ok(isSameUri('https://[2001:DB8:0:0::1]/a', 'https://[2001:db8::1]/a'));
  });

  test('with reserved characters encoded in capitals or not', () => {
    assert.ok(isSameUri('https://a.example/b%2fc', 'https://a.example/b%2Fc'));
  });

  test('with dot segments that the gateway forwards as they are', () => {
    assert.ok(isSameUri('https://a.example/b/../c', 'https://a.example/b/../c'));
  });
});

describe('another URI', () => {
  for (const written of [
    '',
    '/orders/7',
    '//api.example.com/orders/7',
    'api.example.com/orders/7',
    'https:/api.example.com/orders/7',
    'https:api.example.com/orders/7',
    'https:///api.example.com/orders/7',
    'https:\\\\api.example.com\\orders\\7',
    'http://api.example.com/orders/7',
    'http://api.example.com:443/orders/7',
    'wss://api.example.com/orders/7',
    'https://api.example.com:80/orders/7',
    'https://api.example.com:8443/orders/7',
    'https://api.example.com:/orders/7',
    'https://api.example.com:0443/orders/7',
    'https://api.example.com:443:443/orders/7',
    'https://api.example.com./orders/7',
    'https://.api.example.com/orders/7',
    'https://example.com/orders/7',
    'https://api.example.com.evil.example/orders/7',
    'https://api%2eexample.com/orders/7',
    'https://api.example.com@evil.example/orders/7',
    'https://user@api.example.com/orders/7',
    'https://user:secret@api.example.com/orders/7',
    'https://evil.example\\@api.example.com/orders/7',
    'https://evil.example/https://api.example.com/orders/7',
    'https://evil.example?https://api.example.com/orders/7',
    'https://evil.example#@api.example.com/orders/7',
    'https://api.example.com/orders/7/',
    'https://api.example.com/orders/7/.',
    'https://api.example.com//orders/7',
    'https://api.example.com/orders//7',
    'https://api.example.com/orders',
    'https://api.example.com/orders/77',
    'https://api.example.com/Orders/7',
    'https://api.example.com/orders%2F7',
    'https://api.example.com/orders%5C7',
    'https://api.example.com/orders;a=b/7',
    'https://api.example.com/orders/7;a=b',
    'https://api.example.com/orders/%2537',
    'https://api.example.com/orders/7%00',
    'https://api.example.com/orders/7%',
    'https://api.example.com/orders/7%2',
    'https://api.example.com/orders/%zz',
    'https://api.example.com/orders/7%20',
    'https://api.example.com/orders/x/..%2F7',
    'https://api.example.com/orders/7 ',
    ' https://api.example.com/orders/7',
    'https://api.example.com/orders/7\n',
    'https://api.example.com/or\tders/7',
    'https://api.example.com/orders/7\0',
    'https://api.ex\u0430mple.com/orders/7',
    'https://api\u3002example.com/orders/7',
    'https://api.example.com/orders/\uff17',
    `https://api.example.com/orders/7?${'x'.repeat(4_096)}`,
  ])
    test(JSON.stringify(written.slice(0, 80)), () => assert.equal(isSameUri(written, URI), false));

  test('an encoded slash is not a slash, either way', () => {
    assert.equal(isSameUri('https://a.example/b/c', 'https://a.example/b%2Fc'), false);
    assert.equal(isSameUri('https://a.example/b%2Fc', 'https://a.example/b/c'), false);
  });

  test('a path without dot segments is not one with them, which is forwarded as it is', () => {
    assert.equal(isSameUri('https://a.example/c', 'https://a.example/b/../c'), false);
  });
});

describe('an origin', () => {
  for (const [text, expected] of [
    ['https://api.example.com', 'https://api.example.com'],
    ['https://api.example.com/', 'https://api.example.com'],
    ['HTTPS://API.Example.com:443', 'https://api.example.com'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://[::1]:80', 'http://[::1]'],
  ] as const)
    test(`${text} is ${expected}`, () => assert.equal(normaliseOrigin(text), expected));

  for (const text of [
    '',
    'https://',
    'https:///',
    'api.example.com',
    'ftp://api.example.com',
    'https://api.example.com/a',
    'https://api.example.com//',
    'https://api.example.com/.',
    'https://api.example.com?',
    'https://api.example.com#',
    'https://api.example.com/#a',
    'https://user@api.example.com',
    'https://api.example.com:',
    'https://api.example.com:99999',
    'https://*.example.com',
    'https://bücher.example',
    'null',
  ])
    test(`${text || 'nothing'} is none`, () => assert.equal(normaliseOrigin(text), undefined));
});
