import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerReader } from './answer-reader.ts';

const ANSWERS = [
  { status: 200, text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n\r\nhello' },
  { status: 429, text: 'HTTP/1.1 429 Too Many\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n' },
  { status: 200, text: 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n' },
  { status: 204, text: 'HTTP/1.1 204 No Content\r\n\r\n' },
];

test('an answer is complete at its last byte, wherever the network cuts it', () => {
  for (let cut = 1; cut < 80; cut++) {
    const reader = new AnswerReader();
    for (const { status, text } of ANSWERS) {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += cut) {
        const done = reader.push(bytes.subarray(at, at + cut));
        assert.equal(done, at + cut >= bytes.length, `${status} cut every ${cut} at ${at}`);
      }
      assert.equal(reader.status, status);
    }
  }
});

test('what has no length, an unreadable one, or more bytes than announced is an error', () => {
  for (const text of [
    'HTTP/1.1 200 OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: five\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabc',
  ]) {
    assert.throws(() => new AnswerReader().push(Buffer.from(text)));
  }
});
