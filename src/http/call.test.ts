import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATH_AMBIGUITIES } from '../core/call.ts';
import { compileCallPolicy } from './call.ts';
import { policyWith, read, readHttp2 } from './call-fixture.test.ts';

test('a plain request is one clear call', () => {
  assert.deepEqual(
    read({ method: 'POST', target: '/Orders/%41?a=%2f&b', fields: ['User-Agent', 'x', 'Content-Length', '12'] }),
    {
      requestId: 'id',
      method: 'POST',
      scheme: 'http',
      host: 'api.example.com',
      path: '/Orders/A',
      pathAmbiguities: 0,
      query: 'a=%2f&b',
      httpVersion: '1.1',
      headers: ['user-agent', 'x'],
      address: { text: '192.0.2.1', group: '192.0.2.1' },
      fromTrustedProxy: false,
      peer: undefined,
      bodyFraming: 'length',
      bodyBytesDeclared: 12,
      upgrade: '',
      fault: undefined,
    },
  );
});

test('an absolute target is a path where it names the requested host, else the call is refused', () => {
  assert.equal(read({ target: 'http://api.example.com/b?c' }).path, '/b');
  assert.equal(read({ target: 'HTTP://API.example.com:80' }).path, '/');
  assert.equal(read({ target: 'https://api.example.com/b', encrypted: true }).path, '/b');
  const refused = [
    'http://other.example/a',
    'http://api.example.com@other.example/a',
    'http://user:secret@api.example.com/a',
    'http://api.example.com:8080/a',
    'https://api.example.com/a',
    'http:/api.example.com/a',
    'http://api.example.com?x=/a',
    'ftp://api.example.com/a',
    'file:///etc/passwd',
  ];
  for (const target of refused) {
    const { fault, path } = read({ target });
    assert.equal(fault?.reason, 'framing.target', target);
    assert.equal(path, '', 'what may hold a password is not recorded');
  }
  assert.equal(readHttp2({ target: 'https://api.example.com/a' }).fault?.reason, 'framing.target');
});

test('authority form, asterisk form of anything but OPTIONS, and no form at all are refused', () => {
  for (const target of ['api.example.com:80', '*', '', 'a', '?a', '\\a', './a'])
    assert.equal(read({ target }).fault?.reason, 'framing.target', target);
  assert.equal(read({ method: 'OPTIONS', target: '*' }).path, '/');
});

test('a fragment never reaches a server: servers cut it off at different places', () => {
  for (const target of ['/a#b', '/a?b#c', '/#', '/a#/../b?c']) {
    const { fault } = read({ target });
    assert.deepEqual([fault?.reason, fault?.fatal], ['framing.target', true], target);
  }
});

test('a target that would end its own request line is refused in every mode', () => {
  for (const target of ['/a HTTP/1.1\r\nHost: b\r\n\r\nGET /c', '/a b', '/a\tb', '/a\x7f', '/a\0']) {
    const { fault } = readHttp2({ target });
    assert.ok(fault?.reason === 'path.encoding' || fault?.reason === 'framing.header_value', target);
    assert.equal(fault.fatal, true, target);
  }
  for (const target of ['/a?b c', '/a?b\r\nc', '/a?\x01']) {
    assert.equal(read({ target }).fault?.reason, 'framing.target', target);
    assert.equal(read({ target }).fault?.fatal, true, target);
  }
});

test('a path without a clear reading is a fault that observing may let pass', () => {
  for (const target of ['/a%', '/a%zz', '/a%00', '/%c0%ae%c0%ae/', '/a"b', '/a%01']) {
    const { fault, path, headers } = read({ target, fields: ['X-A', '1'] });
    assert.deepEqual([fault?.reason, fault?.fatal], ['path.encoding', false], target);
    assert.deepEqual([path, headers], [target, ['x-a', '1']]);
  }
});

test('an ambiguous path is no fault of the call: its route says what becomes of it', () => {
  const { fault, pathAmbiguities, path } = read({ target: '/a/%2e%2e/b%2fc' });
  assert.equal(fault, undefined);
  assert.equal(path, '/a/../b%2Fc');
  const found = PATH_AMBIGUITIES.filter((_, bit) => (pathAmbiguities & (1 << bit)) !== 0);
  assert.deepEqual(found, ['encodedSlash', 'dotSegments']);
});

test('a refused head is recorded without its query', () => {
  const { path, query, fault } = read({ target: '/a?token=secret', fields: ['Content_Length', '1'] });
  assert.deepEqual([path, query], ['/a', '']);
  assert.ok(fault !== undefined && !fault.detail.includes('secret'));
});

test('an attack through a trusted proxy is counted against the client and not the proxy', () => {
  const attack = ['X-Forwarded-For', '203.0.113.9', 'Content-Length', '1', 'Content-Length', '2'];
  assert.equal(read({ fields: attack }, policyWith(['192.0.2.1'])).address.text, '203.0.113.9');
  assert.equal(read({ fields: attack }).address.text, '192.0.2.1');
});

test('a trusted proxy that is no address block is not skipped', () => {
  const { listen } = { listen: { limits: { headerBytesMax: 1, headerFieldsMax: 1 } } };
  const configuration = { trustedProxies: ['10.0.0.0/8', '10.0.0.0/33'], listen } as unknown;
  assert.throws(() => compileCallPolicy(configuration as Parameters<typeof compileCallPolicy>[0], []), TypeError);
});
