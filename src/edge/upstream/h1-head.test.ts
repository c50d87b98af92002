import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseHead } from './h1-head.ts';

function framingOf(text: string, method = 'GET'): string {
  const head = parseHead(text, method);
  return head.ok ? `${head.framing} ${head.length} ${head.persistent ? 'kept' : 'closed'}` : 'broken';
}

test('an answer is framed as RFC 9112 §6.3 says', () => {
  const cases: readonly [string, string, string?][] = [
    ['HTTP/1.1 200 OK\r\nContent-Length: 5', 'length 5 kept'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 0', 'none 0 kept'],
    ['HTTP/1.1 200\r\nTransfer-Encoding: Chunked', 'chunked -1 kept'],
    ['HTTP/1.1 200 OK', 'close -1 closed'],
    ['HTTP/1.0 200 OK\r\nContent-Length: 5', 'length 5 closed'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: Close', 'length 5 closed'],
    ['HTTP/1.1 204 No Content', 'none 0 kept'],
    ['HTTP/1.1 304 Not Modified\r\nContent-Length: 5', 'none 0 closed'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 5', 'none 0 kept', 'HEAD'],
  ];
  for (const [text, expected, method] of cases) assert.equal(framingOf(text, method), expected, text);
});

test('an answer that two parsers could read differently is no answer', () => {
  for (const text of [
    '',
    'HTTP/1.2 200 OK',
    'HTTP/2 200 OK',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1  200 OK',
    'HTTP/1.1 999 OK',
    'ICY 200 OK',
    'HTTP/1.1 200 O\x01K',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5',
    'HTTP/1.1 200 OK\r\nContent-Length: 5, 5',
    'HTTP/1.1 200 OK\r\nContent-Length: +5',
    'HTTP/1.1 200 OK\r\nContent-Length: ',
    'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked',
    'HTTP/1.1 200 OK\r\nContent-Length : 5',
    'HTTP/1.1 200 OK\r\n folded: x',
    'HTTP/1.1 200 OK\r\n: x',
    'HTTP/1.1 200 OK\r\nno colon',
    'HTTP/1.1 200 OK\r\nX: a\nContent-Length: 5',
    'HTTP/1.1 200 OK\r\nX: a\rb',
    'HTTP/1.1 200 OK\r\nX: a\0b',
    `HTTP/1.1 200 OK${'\r\nX: y'.repeat(300)}`,
  ])
    assert.equal(framingOf(text), 'broken', JSON.stringify(text.slice(0, 80)));
});

test('no text makes the parser throw, and no field it gives holds a line break', () => {
  const piece = fc.constantFrom(
    'HTTP/1.1 200 OK',
    '\r\n',
    '\n',
    '\r',
    ':',
    ' ',
    'Content-Length',
    'Transfer-Encoding',
    'chunked',
    '5',
    'x',
    '\0',
    'é',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const head = parseHead(pieces.join(''), 'GET');
      if (head.ok) for (const field of head.headers) assert.ok(!/[\r\n\0]/.test(field));
    }),
    { numRuns: 3_000 },
  );
});
