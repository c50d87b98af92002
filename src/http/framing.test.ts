import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../core/call.ts';
import { type HeadChange, policyWith, read, readHttp2 } from './call-fixture.test.ts';

type Attack = readonly [name: string, head: HeadChange, reason: string];

function assertRefused(attacks: readonly Attack[], readBy: (head: HeadChange) => Call): void {
  for (const [name, head, reason] of attacks) {
    const { fault, headers, bodyFraming } = readBy(head);
    assert.equal(fault?.reason, reason, name);
    assert.equal(fault?.fatal, true, name);
    assert.deepEqual([headers, bodyFraming], [[], 'none'], `${name}: nothing is left to act on`);
  }
}

/** Name, value, name, value. */
const f = (...fields: string[]): HeadChange => ({ fields });

test('CL.TE, TE.CL, CL.CL: a body of two lengths is refused', () => {
  assertRefused(
    [
      ['CL.TE', f('Content-Length', '4', 'Transfer-Encoding', 'chunked'), 'framing.length_conflict'],
      ['TE.CL', f('Transfer-Encoding', 'chunked', 'Content-Length', '4'), 'framing.length_conflict'],
      ['TE.CL 0', f('Transfer-Encoding', 'chunked', 'Content-Length', '0'), 'framing.length_conflict'],
      ['same length twice', f('Content-Length', '4', 'Content-Length', '4'), 'framing.content_length'],
      ['two lengths in two cases', f('Content-Length', '4', 'content-length', '5'), 'framing.content_length'],
      ['list', f('Content-Length', '4, 4'), 'framing.content_length'],
      ['plus', f('Content-Length', '+4'), 'framing.content_length'],
      ['minus', f('Content-Length', '-1'), 'framing.content_length'],
      ['hexadecimal', f('Content-Length', '0x4'), 'framing.content_length'],
      ['fraction', f('Content-Length', '4.0'), 'framing.content_length'],
      ['exponent', f('Content-Length', '1e3'), 'framing.content_length'],
      ['underscore', f('Content-Length', '1_0'), 'framing.content_length'],
      ['empty', f('Content-Length', ''), 'framing.content_length'],
      ['overflow of 64 bits', f('Content-Length', '18446744073709551617'), 'framing.content_length'],
      ['sixteen digits', f('Content-Length', '1000000000000000'), 'framing.content_length'],
      ['space around', f('Content-Length', ' 4'), 'framing.header_value'],
      ['NBSP behind', f('Content-Length', '4\u00a0'), 'framing.header_value'],
      ['digits of another script', f('Content-Length', '\u0664'), 'framing.header_value'],
    ],
    read,
  );
  assert.equal(read(f('Content-Length', '004')).bodyBytesDeclared, 4);
  assert.equal(read(f('Content-Length', '999999999999999')).bodyFraming, 'length');
  assert.equal(read(f('Content-Length', '0')).bodyFraming, 'none');
});

test('TE.TE: a transfer encoding one server knows and another does not is refused', () => {
  assertRefused(
    [
      ['chunked twice', f('Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked'), 'framing.transfer_encoding'],
      ['and an unknown one', f('Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'x'), 'framing.transfer_encoding'],
      ['comma before', f('Transfer-Encoding', ',chunked'), 'framing.transfer_encoding'],
      ['comma behind', f('Transfer-Encoding', 'chunked,'), 'framing.transfer_encoding'],
      ['xchunked', f('Transfer-Encoding', 'xchunked'), 'framing.transfer_encoding'],
      ['chunk', f('Transfer-Encoding', 'chunk'), 'framing.transfer_encoding'],
      ['quoted', f('Transfer-Encoding', '"chunked"'), 'framing.transfer_encoding'],
      ['identity', f('Transfer-Encoding', 'identity'), 'framing.transfer_encoding'],
      ['empty', f('Transfer-Encoding', ''), 'framing.transfer_encoding'],
      ['chunked and not last', f('Transfer-Encoding', 'chunked, identity'), 'framing.transfer_encoding'],
      ['NBSP before', f('Transfer-Encoding', '\u00a0chunked'), 'framing.header_value'],
      ['NBSP behind', f('Transfer-Encoding', 'chunked\u00a0'), 'framing.header_value'],
      ['vertical tab', f('Transfer-Encoding', '\vchunked'), 'framing.header_value'],
      ['CR inside', f('Transfer-Encoding', 'chunked\rx'), 'framing.header_value'],
      ['in HTTP/1.0', { httpVersion: '1.0', ...f('Transfer-Encoding', 'chunked') }, 'framing.transfer_encoding'],
    ],
    read,
  );
  assert.equal(read(f('Transfer-Encoding', 'Chunked')).bodyFraming, 'chunked');
});

test('a transfer coding that could only be forwarded by changing the body is not supported', () => {
  const lists = ['gzip, chunked', 'deflate, identity, chunked', 'gzip , x-gzip\t, CHUNKED', 'chunked;q=1'];
  assertRefused(
    lists.map((list) => [list, f('Transfer-Encoding', list), 'framing.transfer_coding']),
    read,
  );
});

test('a name that some server reads as one that decides framing, identity or origin is refused', () => {
  const names = [
    'Content_Length',
    'Content.Length',
    'Content--Length',
    '_Content-Length',
    'Content-Length-',
    'Transfer_Encoding',
    'transfer-encoding_',
    '-Host',
    'Host.',
    'X_Api_Key',
    'x-api--key',
    'Sallyport_Consumer',
    'Sallyport.Assertion',
    'sallyport-consumer_',
    'X_Forwarded_For',
    'X_Forwarded_Proto',
    'X-Forwarded_Prefix',
    'x-forwarded--for',
    'X.Real.IP',
    'Authorization_',
    'Upgrade_',
    '!Expect',
    'Client_Cert',
  ];
  assertRefused(
    names.map((name) => [name, f(name, '1'), 'framing.header_name']),
    read,
  );
  for (const name of ['my_header', 'x.y', 'x--y', 'not_content_length', 'sallyports', 'x-forwardedfor'])
    assert.deepEqual(read(f(name, '1')).headers, [name, '1']);
});

test('a name that is no token is refused', () => {
  const names = [
    'Content-Length ',
    ' X',
    'X\t',
    'X:Y',
    'X\0',
    'X\r\nY',
    '',
    'X(Y)',
    'X/Y',
    'X\u00e9',
    'X\u0130',
    'X'.repeat(129),
    ':path',
  ];
  assertRefused(
    names.map((name) => [JSON.stringify(name), f(name, '1'), 'framing.header_name']),
    read,
  );
});

test('a value that would split the head, or that starts with what some servers strip, is refused', () => {
  const values = [
    'a\rb',
    'a\nb',
    'a\r\n b',
    'a\0',
    'a\x01',
    'a\x7f',
    '\u0100',
    '\u0085admin',
    '\u00a0admin',
    '\u00c2\u00a0admin',
    '\u00e2\u0080\u0083admin',
    '\u00ef\u00bb\u00bfadmin',
  ];
  assertRefused(
    values.map((value) => [JSON.stringify(value), f('User', value), 'framing.header_value']),
    read,
  );
  for (const value of ['a\tb', 'voil\u00c3\u00a0', '\u00c3\u00a9t\u00c3\u00a9', '', '\u00e2\u0082\u00ac 5'])
    assert.deepEqual(read(f('User', value)).headers, ['user', value]);
});

test('two answers to one question are refused', () => {
  for (const name of ['Authorization', 'Content-Type', 'Origin', 'DPoP', 'Cookie'])
    assertRefused([[name, f(name, 'a', name.toLowerCase(), 'a'), 'framing.header_repeated']], read);
  assertRefused([['Host', f('Host', 'api.example.com'), 'framing.host']], read);
  assert.equal(read(f('Accept', 'a', 'Accept', 'b')).fault, undefined);
});

test('there is exactly one host, in HTTP/1.0 too', () => {
  assertRefused(
    [
      ['none', { rawHeaders: [] }, 'framing.host'],
      ['none in 1.0', { rawHeaders: [], httpVersion: '1.0' }, 'framing.host'],
      ['empty', { rawHeaders: ['Host', ''] }, 'framing.host'],
      ['list', { rawHeaders: ['Host', 'a.example,b.example'] }, 'framing.host'],
      ['user information', { rawHeaders: ['Host', 'a.example@b.example'] }, 'framing.host'],
      ['path', { rawHeaders: ['Host', 'a.example/b'] }, 'framing.host'],
    ],
    read,
  );
});

test('versions and methods a gateway does not forward are refused', () => {
  assertRefused(
    [
      ...['0.9', '1.2', '2', '3.0', '', '1.1 ', 'HTTP/1.1'].map(
        (httpVersion): Attack => [httpVersion, { httpVersion }, 'framing.version'],
      ),
      ...[
        'CONNECT',
        'TRACE',
        'TRACK',
        'PRI',
        'GET ',
        'GE\tT',
        '',
        'G(T',
        'M'.repeat(33),
        'connect',
        'delete',
        'Get',
      ].map((method): Attack => [method, { method }, 'framing.method']),
    ],
    read,
  );
  assert.equal(read({ method: 'M-SEARCH' }).fault, undefined);
});

test('a POST of HTTP/1.0 whose body would end with the connection is refused', () => {
  for (const method of ['POST', 'PUT', 'PATCH'])
    assertRefused([[method, { httpVersion: '1.0', method }, 'framing.content_length']], read);
  assert.equal(read({ httpVersion: '1.0', method: 'POST', ...f('Content-Length', '0') }).fault, undefined);
  assert.equal(read({ httpVersion: '1.0' }).fault, undefined);
});

test('nominating a credential, an identity or a length as hop-by-hop is refused, not obeyed', () => {
  const names = [
    'authorization',
    'X-Api-Key',
    'Sallyport-Consumer',
    'content-length',
    'Host',
    'cookie',
    'x-forwarded-for',
    'Content-Type',
    'x_api_key',
    'a b',
  ];
  assertRefused(
    names.map((name) => [name, f('Connection', `close, ${name}`), 'framing.header_name']),
    read,
  );
  assertRefused([['a second field', f('Connection', 'close', 'connection', 'X-Api-Key'), 'framing.header_name']], read);
  const many = Array.from({ length: 33 }, (_, i) => `x${i}`).join(',');
  assertRefused([['thousands', f('Connection', many), 'framing.header_size']], read);
});

test('only a WebSocket handshake becomes an upgrade, and only as a plain GET', () => {
  const asked = f('Connection', 'keep-alive, Upgrade', 'Upgrade', 'WebSocket');
  assert.equal(read(asked).upgrade, 'websocket');
  const fields = asked.fields ?? [];
  assertRefused(
    [
      ['POST', { ...asked, method: 'POST' }, 'framing.upgrade'],
      ['HTTP/1.0', { ...asked, httpVersion: '1.0' }, 'framing.upgrade'],
      ['a length', f(...fields, 'Content-Length', '0'), 'framing.upgrade'],
      ['chunks', f(...fields, 'Transfer-Encoding', 'chunked'), 'framing.upgrade'],
    ],
    read,
  );
});

test('an offer to upgrade to h2c or anything else is neither taken nor passed on', () => {
  const offers = [
    f('Connection', 'Upgrade, HTTP2-Settings', 'Upgrade', 'h2c', 'HTTP2-Settings', 'AAA'),
    f('Connection', 'Upgrade', 'Upgrade', 'websocket, h2c'),
    f('Connection', 'Upgrade', 'Upgrade', 'websocket', 'Upgrade', 'h2c'),
    f('Connection', 'x-upgrade', 'Upgrade', 'websocket'),
    f('Upgrade', 'websocket'),
  ];
  for (const offer of offers) {
    const call = read(offer);
    assert.deepEqual([call.fault, call.upgrade, call.headers], [undefined, '', []], offer.fields?.join(' '));
  }
});

test('an expectation other than exactly 100-continue is refused', () => {
  for (const value of ['x', '', 'y 100-continue', '100-continue, 100-continue', '100-continue;x'])
    assertRefused([[value, f('Expect', value), 'framing.expectation']], read);
  assertRefused([['twice', f('Expect', '100-continue', 'Expect', '100-continue'), 'framing.expectation']], read);
  assert.deepEqual(read(f('Expect', '100-Continue')).headers, []);
});

test('a head with more fields or bytes than the listener allows is refused', () => {
  const small = policyWith([], { headerFieldsMax: 20, headerBytesMax: 4_096 });
  assertRefused(
    [
      ['fields', f(...Array.from({ length: 40 }, (_, i) => `x${i}`)), 'framing.header_size'],
      ['one large value', f('X-A', 'a'.repeat(4_096)), 'framing.header_size'],
      ['a large target', { target: `/${'a'.repeat(4_096)}` }, 'framing.header_size'],
      ['a large target without fields', { target: `/${'a'.repeat(4_096)}`, rawHeaders: [] }, 'framing.header_size'],
    ],
    (head) => read(head, small),
  );
  assert.equal(read(f(...Array.from({ length: 38 }, (_, i) => `x${i}`)), small).fault, undefined);
});

test('HTTP/2: fields that become framing when the call is forwarded as HTTP/1 are refused', () => {
  const names = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'http2-settings'];
  assertRefused(
    [
      ...names.map((name): Attack => [name, f(name, 'chunked'), 'framing.header_name']),
      ['te', f('te', 'gzip'), 'framing.header_name'],
      ['upper case', f('X-A', '1'), 'framing.header_name'],
      ['space before a value', f('x-a', ' 1'), 'framing.header_value'],
      ['tab behind a value', f('x-a', '1\t'), 'framing.header_value'],
      ['CRLF in a value', f('x-a', '1\r\ntransfer-encoding: chunked'), 'framing.header_value'],
      ['colon in a name', f('x-a: b\r\nx', '1'), 'framing.header_name'],
      ['underscore', f('content_length', '1'), 'framing.header_name'],
    ],
    readHttp2,
  );
  const call = readHttp2(f('te', 'trailers', 'x-a', '1'));
  assert.deepEqual([call.fault, call.headers], [undefined, ['te', 'trailers', 'x-a', '1']]);
  assert.deepEqual([call.bodyFraming, call.host], ['chunked', 'api.example.com']);
});

test('HTTP/2: pseudo fields that are missing, unknown, repeated, late or disagree are refused', () => {
  const good = [':method', 'GET', ':scheme', 'https', ':authority', 'a.example', ':path', '/a'];
  const head = (...rawHeaders: string[]): HeadChange => ({ rawHeaders });
  assertRefused(
    [
      ['no method', head(...good.slice(2)), 'framing.target'],
      ['no path', head(...good.slice(0, 6)), 'framing.target'],
      ['no scheme', head(...good.slice(0, 2), ...good.slice(4)), 'framing.target'],
      ['no host', head(...good.slice(0, 4), ...good.slice(6)), 'framing.host'],
      ['another method', head(':method', 'POST', ...good.slice(2)), 'framing.target'],
      ['another path', head(...good.slice(0, 6), ':path', '/b'), 'framing.target'],
      ['another scheme', head(':method', 'GET', ':scheme', 'http', ...good.slice(4)), 'framing.target'],
      ['extended CONNECT', head(...good, ':protocol', 'websocket'), 'framing.header_name'],
      ['status', head(...good, ':status', '200'), 'framing.header_name'],
      ['two paths', head(...good, ':path', '/a'), 'framing.header_repeated'],
      ['two authorities', head(...good, ':authority', 'b.example'), 'framing.host'],
      ['another host', head(...good, 'host', 'b.example'), 'framing.host'],
      ['late', head(...good.slice(0, 6), 'x-a', '1', ':path', '/a'), 'framing.header_name'],
      [
        'CRLF in authority',
        head(...good.slice(0, 4), ':authority', 'a\r\nx: y', ':path', '/a'),
        'framing.header_value',
      ],
      ['in HTTP/1', { rawHeaders: good, httpVersion: '1.1' }, 'framing.header_name'],
    ],
    readHttp2,
  );
  assert.equal(readHttp2(head(...good, 'host', 'A.example')).host, 'a.example');
  assert.equal(readHttp2(head(...good.slice(0, 4), ':path', '/a', 'host', 'b.example')).host, 'b.example');
});
