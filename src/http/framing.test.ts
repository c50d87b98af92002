import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Call } from '../core/call.ts';
import { compileCallPolicy, toCall } from './call.ts';
import type { RawHead } from './framing.ts';

const limits = {
  connectionsMax: 1,
  connectionsPerAddressMax: 1,
  callsInProgressMax: 1,
  headerBytesMax: 4_096,
  headerFieldsMax: 20,
  headersTimeoutSeconds: 1,
  requestTimeoutSeconds: 1,
  keepAliveTimeoutSeconds: 1,
  idleTimeoutSeconds: 1,
  drainSeconds: 1,
};
const listen = { host: '', port: 0, tls: undefined, limits };
const policy = compileCallPolicy({ trustedProxies: [], listen }, ['x-api-key']);
const behindProxy = compileCallPolicy({ trustedProxies: ['10.0.0.0/8', '2001:db8::/32'], listen }, ['x-api-key']);

function read(change: Partial<RawHead> & { fields?: readonly string[] }, by = policy): Call {
  const { fields = [], ...head } = change;
  return toCall(
    {
      method: 'GET',
      target: '/a',
      httpVersion: '1.1',
      rawHeaders: ['Host', 'api.example.com', ...fields],
      encrypted: false,
      remoteAddress: '192.0.2.1',
      ...head,
    },
    by,
    'id',
  );
}

test('a plain request is one clear call', () => {
  const call = read({ fields: ['User-Agent', 'x', 'Accept', '*/*'] });
  assert.equal(call.fault, undefined);
  assert.deepEqual(call.headers, ['user-agent', 'x', 'accept', '*/*']);
  assert.equal(call.host, 'api.example.com');
});

test('everything two servers could frame differently is refused, in every mode', () => {
  const attacks: readonly [string, Partial<RawHead> & { fields?: readonly string[] }, string][] = [
    ['CL.TE', { fields: ['Content-Length', '4', 'Transfer-Encoding', 'chunked'] }, 'framing.length_conflict'],
    ['two lengths', { fields: ['Content-Length', '4', 'Content-Length', '4'] }, 'framing.content_length'],
    ['length list', { fields: ['Content-Length', '4, 4'] }, 'framing.content_length'],
    ['signed length', { fields: ['Content-Length', '+4'] }, 'framing.content_length'],
    ['hex length', { fields: ['Content-Length', '0x4'] }, 'framing.content_length'],
    ['empty length', { fields: ['Content-Length', ''] }, 'framing.content_length'],
    ['overflowing length', { fields: ['Content-Length', '99999999999999999999'] }, 'framing.content_length'],
    ['TE.TE', { fields: ['Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'x'] }, 'framing.transfer_encoding'],
    ['TE comma', { fields: ['Transfer-Encoding', ',chunked'] }, 'framing.transfer_encoding'],
    ['TE xchunked', { fields: ['Transfer-Encoding', 'xchunked'] }, 'framing.transfer_encoding'],
    ['TE with NBSP', { fields: ['Transfer-Encoding', '\u00a0chunked'] }, 'framing.header_value'],
    ['TE in 1.0', { httpVersion: '1.0', fields: ['Transfer-Encoding', 'chunked'] }, 'framing.transfer_encoding'],
    ['underscore', { fields: ['Transfer_Encoding', 'chunked'] }, 'framing.header_name'],
    ['dots', { fields: ['Content.Length', '4'] }, 'framing.header_name'],
    ['double dash', { fields: ['Content--Length', '4'] }, 'framing.header_name'],
    ['edges', { fields: ['_Content-Length', '4'] }, 'framing.header_name'],
    ['credential look-alike', { fields: ['X_Api_Key', 'k'] }, 'framing.header_name'],
    ['identity look-alike', { fields: ['Sallyport_Consumer', 'acme'] }, 'framing.header_name'],
    ['forwarded look-alike', { fields: ['X_Forwarded_For', '10.0.0.1'] }, 'framing.header_name'],
    ['name with space', { fields: ['Content-Length ', '4'] }, 'framing.header_name'],
    ['two hosts', { fields: ['Host', 'api.example.com'] }, 'framing.host'],
    [
      'two credentials of one kind',
      { fields: ['Authorization', 'a', 'Authorization', 'b'] },
      'framing.header_repeated',
    ],
    ['nominated credential', { fields: ['Connection', 'close, x-api-key'] }, 'framing.header_name'],
    ['nominated identity', { fields: ['Connection', 'Sallyport-Consumer'] }, 'framing.header_name'],
    ['nominated length', { fields: ['Connection', 'content-length'] }, 'framing.header_name'],
    ['CR in a value', { fields: ['X-A', 'a\rb'] }, 'framing.header_value'],
    ['NUL in a value', { fields: ['X-A', 'a\0'] }, 'framing.header_value'],
    ['HTTP/0.9', { httpVersion: '0.9' }, 'framing.version'],
    ['HTTP/1.2', { httpVersion: '1.2' }, 'framing.version'],
    ['CONNECT', { method: 'CONNECT', target: 'a:1' }, 'framing.method'],
    ['TRACE', { method: 'TRACE' }, 'framing.method'],
    ['method with space', { method: 'GET ' }, 'framing.method'],
    ['absolute target of another host', { target: 'http://other.example/a' }, 'framing.target'],
    ['authority target', { target: 'api.example.com:80' }, 'framing.target'],
    ['asterisk with GET', { target: '*' }, 'framing.target'],
    ['fragment', { target: '/a#b' }, 'framing.target'],
    ['expectation', { fields: ['Expect', 'x'] }, 'framing.expectation'],
    [
      'upgrade with body',
      { fields: ['Connection', 'Upgrade', 'Upgrade', 'websocket', 'Content-Length', '1'] },
      'framing.upgrade',
    ],
    [
      'upgrade by POST',
      { method: 'POST', fields: ['Connection', 'Upgrade', 'Upgrade', 'websocket'] },
      'framing.upgrade',
    ],
    ['fields', { fields: Array.from({ length: 60 }, (_, i) => `x${i}`) }, 'framing.header_size'],
    ['bytes', { fields: ['X-A', 'a'.repeat(5_000)] }, 'framing.header_size'],
    [
      'h2 connection field',
      { httpVersion: '2.0', rawHeaders: [':authority', 'a.example', 'connection', 'close'] },
      'framing.header_name',
    ],
    [
      'h2 transfer-encoding',
      { httpVersion: '2.0', rawHeaders: [':authority', 'a.example', 'transfer-encoding', 'chunked'] },
      'framing.header_name',
    ],
    [
      'h2 pseudo after field',
      { httpVersion: '2.0', rawHeaders: ['x-a', 'b', ':authority', 'a.example'] },
      'framing.header_name',
    ],
    [
      'h2 two authorities',
      { httpVersion: '2.0', rawHeaders: [':authority', 'a.example', 'host', 'b.example'] },
      'framing.host',
    ],
    [
      'h2 CRLF in pseudo',
      { httpVersion: '2.0', rawHeaders: [':authority', 'a.example\r\nx: y'] },
      'framing.header_value',
    ],
  ];
  for (const [name, head, reason] of attacks) {
    const { fault } = read(head);
    assert.equal(fault?.reason, reason, name);
    assert.equal(fault?.fatal, true, name);
  }
});

test('hosts that servers read differently are refused', () => {
  for (const host of [
    '',
    'a b',
    'a@b',
    'a/b',
    'a.',
    '.a',
    'a..b',
    'a:b',
    'a:0',
    'a:080',
    'a:99999',
    '[::1',
    '[x]',
    'a,b',
    '\u00e4',
  ])
    assert.equal(
      read({ rawHeaders: ['Host', host] }).fault?.reason,
      host === '\u00e4' ? 'framing.header_value' : 'framing.host',
      host,
    );
  for (const [host, canonical] of [
    ['API.Example.COM:80', 'api.example.com'],
    ['a:8080', 'a:8080'],
    ['[2001:DB8::1]:80', '[2001:db8::1]'],
    ['a_b-c', 'a_b-c'],
  ])
    assert.equal(read({ rawHeaders: ['Host', host ?? ''] }).host, canonical);
});

test('what belongs to one connection, or imitates what the gateway says, is not forwarded', () => {
  const call = read({
    fields: [
      'Connection',
      'keep-alive, X-Hop',
      'X-Hop',
      '1',
      'Keep-Alive',
      '5',
      'Proxy-Connection',
      'x',
      'TE',
      'trailers',
      'Trailer',
      'x',
      'Proxy-Authorization',
      'x',
      'Sallyport-Consumer',
      'admin',
      'sallyport-assertion',
      'x',
      'X-Forwarded-For',
      '1.2.3.4',
      'X-Forwarded-Anything',
      'x',
      'Forwarded',
      'for=1.2.3.4',
      'X-Real-IP',
      '1.2.3.4',
      'Client-Cert',
      'x',
      'X-Kept',
      'yes',
    ],
  });
  assert.equal(call.fault, undefined);
  assert.deepEqual(call.headers, ['x-kept', 'yes']);
});

test('an offer to upgrade to anything but WebSocket is not passed on and not taken', () => {
  const call = read({ fields: ['Connection', 'Upgrade, HTTP2-Settings', 'Upgrade', 'h2c', 'HTTP2-Settings', 'AAA'] });
  assert.equal(call.fault, undefined);
  assert.equal(call.upgrade, '');
  assert.deepEqual(call.headers, []);
  assert.equal(read({ fields: ['Connection', 'Upgrade', 'Upgrade', 'WebSocket'] }).upgrade, 'websocket');
});

test('forwarded addresses are believed from trusted proxies only, one hop for each', () => {
  const from = (remoteAddress: string, fields: string[]) => read({ remoteAddress, fields }, behindProxy).address.text;
  assert.equal(from('192.0.2.1', ['X-Forwarded-For', '203.0.113.9']), '192.0.2.1');
  assert.equal(from('10.0.0.1', ['X-Forwarded-For', '203.0.113.9']), '203.0.113.9');
  assert.equal(from('::ffff:10.0.0.1', ['X-Forwarded-For', '203.0.113.9']), '203.0.113.9');
  assert.equal(from('10.0.0.1', ['X-Forwarded-For', '1.1.1.1, 203.0.113.9, 10.2.2.2']), '203.0.113.9');
  assert.equal(from('10.0.0.1', ['X-Forwarded-For', '1.1.1.1', 'X-Forwarded-For', '203.0.113.9']), '203.0.113.9');
  assert.equal(from('10.0.0.1', ['X-Forwarded-For', '1.1.1.1, garbage']), '10.0.0.1');
  assert.equal(from('10.0.0.1', ['Forwarded', 'for="[2001:db8:1::7]:443";proto=https']), '2001:db8:1::7');
  assert.equal(from('10.0.0.1', []), '10.0.0.1');
});

test('IPv6 clients are counted by their /64', () => {
  assert.deepEqual(read({ remoteAddress: '2001:db8:1:2:3:4:5:6' }).address, {
    text: '2001:db8:1:2:3:4:5:6',
    group: '2001:db8:1:2::/64',
  });
});

test('whatever the fields are, nothing of the connection, of ours or nominated is forwarded', () => {
  const name = fc.constantFrom(
    'Connection',
    'connection',
    'Keep-Alive',
    'Upgrade',
    'TE',
    'Sallyport-Consumer',
    'X-Forwarded-For',
    'X-A',
    'x-b',
    'X-Hop',
    'Cookie',
    'Accept',
    'X-Api-Key',
  );
  const value = fc.constantFrom('a', 'close', 'X-Hop', 'x-b, X-A', 'keep-alive', 'trailers', 'websocket');
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 9 }), (fields) => {
      const call = read({ fields: fields.flat() });
      if (call.fault !== undefined) return;
      const nominated = fields
        .filter(([n]) => n.toLowerCase() === 'connection')
        .flatMap(([, v]) => v.toLowerCase().split(/, ?/));
      for (let i = 0; i < call.headers.length; i += 2) {
        const sent = call.headers[i] ?? '';
        assert.ok(
          !['connection', 'keep-alive', 'upgrade', 'te', 'x-forwarded-for'].includes(sent) &&
            !sent.startsWith('sallyport'),
          sent,
        );
        assert.ok(!nominated.includes(sent), `${sent} was nominated`);
      }
    }),
    { numRuns: 2_000 },
  );
});
