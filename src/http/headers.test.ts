import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { policy, policyWith, read, readHttp2 } from './call-fixture.test.ts';
import { rebuildRequestHeaders, rebuildResponseHeaders } from './headers.ts';

const behindProxy = policyWith(['192.0.2.0/24']);

test('what belongs to one connection is not forwarded, whoever nominates it', () => {
  const { fault, headers } = read({
    fields: [
      ...['Connection', 'keep-alive, X-Hop', 'connection', 'X-Other', 'X-Hop', '1', 'X-Other', '2', 'x-hop', '3'],
      ...['Keep-Alive', '5', 'Proxy-Connection', 'x', 'TE', 'trailers', 'Trailer', 'x', 'Proxy-Authorization', 'x'],
      ...['Proxy-Authenticate', 'x', 'Expect', '100-continue', 'X-Kept', 'yes'],
    ],
  });
  assert.equal(fault, undefined);
  assert.deepEqual(headers, ['x-kept', 'yes']);
});

test('a client cannot say what the gateway says of it: forged Sallyport fields are stripped', () => {
  const fields = [
    'Sallyport-Consumer',
    'admin',
    'SALLYPORT-ASSERTION',
    'x',
    'sallyport-anything',
    'x',
    'X-Kept',
    'yes',
  ];
  assert.deepEqual(read({ fields }).headers, ['x-kept', 'yes']);
  assert.deepEqual(read({ fields }, behindProxy).headers, ['x-kept', 'yes'], 'not even a trusted proxy');
});

test('a client cannot say where it is: forwarded fields are stripped unless a trusted proxy wrote them', () => {
  const fields = [
    ...['X-Forwarded-For', '203.0.113.9', 'X-Forwarded-Anything', 'x', 'Forwarded', 'for=203.0.113.9'],
    ...['X-Real-IP', '203.0.113.9', 'X-Forwarded-Client-Cert', 'x', 'Client-Cert', 'x', 'Client-Cert-Chain', 'x'],
  ];
  assert.deepEqual(read({ fields }).headers, []);
  assert.equal(read({ fields }, behindProxy).headers.length, fields.length);
});

test('cookie crumbs of HTTP/2 become one cookie, where HTTP/1 upstreams read only the first', () => {
  const { headers } = readHttp2({ fields: ['cookie', 'a=1', 'x-a', 'b', 'cookie', 'c=2'] });
  assert.deepEqual(headers, ['cookie', 'a=1; c=2', 'x-a', 'b']);
});

test('a nomination takes nothing protected away, even without the framing check before', () => {
  const raw = ['Authorization', 'a', 'X-Api-Key', 'b', 'X-Hop', 'c', 'no token', 'd'];
  const nominated = ['authorization', 'x-api-key', 'x-hop'];
  assert.deepEqual(rebuildRequestHeaders(raw, policy.names, nominated, false, false), [
    ...['authorization', 'a'],
    ...['x-api-key', 'b'],
  ]);
});

test('whatever the fields are, nothing of the connection, of ours or nominated is forwarded', () => {
  const names = ['Connection', 'connection', 'Keep-Alive', 'Upgrade', 'TE', 'Sallyport-Consumer', 'sallyport-x'];
  const others = ['X-Forwarded-For', 'x-real-ip', 'Forwarded', 'X-A', 'x-b', 'X-Hop', 'Cookie', 'Accept', 'X-Api-Key'];
  const name = fc.constantFrom(...names, ...others);
  const value = fc.constantFrom(
    'a',
    'close',
    'X-Hop',
    'x-b, X-A',
    'keep-alive',
    'trailers',
    'websocket',
    ' x-hop ,,te',
  );
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 9 }), fc.boolean(), (fields, trusted) => {
      const call = read({ fields: fields.flat() }, trusted ? behindProxy : policy);
      if (call.fault !== undefined) return;
      accepted++;
      const gone = new Set(['connection', 'keep-alive', 'upgrade', 'te', 'host']);
      if (!trusted) for (const forwarded of ['x-forwarded-for', 'x-real-ip', 'forwarded']) gone.add(forwarded);
      for (const [fieldName, list] of fields)
        if (fieldName.toLowerCase() === 'connection')
          for (const one of list.split(',')) gone.add(one.trim().toLowerCase());
      for (let i = 0; i < call.headers.length; i += 2) {
        const sent = call.headers[i] ?? '';
        assert.ok(!gone.has(sent) && !sent.startsWith('sallyport') && sent === sent.toLowerCase(), sent);
      }
    }),
    { numRuns: 2_000 },
  );
  assert.ok(accepted > 200, 'enough of them were calls');
});

test('an answer loses what belongs to the connection of its upstream and what only the gateway says', () => {
  const raw = [
    ...[
      'Content-Type',
      'text/plain',
      'Connection',
      'close, X-Hop',
      'connection',
      'X-Other',
      'X-Hop',
      '1',
      'x-other',
      '1',
    ],
    ...[
      'Keep-Alive',
      '5',
      'Transfer-Encoding',
      'chunked',
      'Upgrade',
      'h2c',
      'Trailer',
      'x',
      'Sallyport-Request-Id',
      'x',
    ],
    ...['sallyport-consumer', 'x', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'],
  ];
  const expected = ['content-type', 'text/plain', 'set-cookie', 'a=1', 'set-cookie', 'b=2'];
  assert.deepEqual(rebuildResponseHeaders(raw), expected);
  assert.deepEqual(rebuildResponseHeaders(raw.map((text) => Buffer.from(text, 'latin1'))), expected);
});

test('an upstream cannot split an answer: fields with control characters or broken names are left out', () => {
  const raw = [
    'X-A',
    'a\r\nSet-Cookie: b',
    'X-B',
    'a\0',
    'X C',
    'a',
    'X:D',
    'a',
    '',
    'a',
    ':status',
    '200',
    'X-E',
    'a\tb',
  ];
  assert.deepEqual(rebuildResponseHeaders(raw), ['x-e', 'a\tb']);
});
