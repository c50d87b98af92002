import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BodyReader } from './h1-body.ts';

/** Reads a body that comes in the given pieces; what follows it is told too. */
function read(framing: 'length' | 'chunked' | 'close', length: number, pieces: readonly string[]) {
  let body = '';
  const reader = new BodyReader(framing, length, (piece) => {
    body += piece.toString('latin1');
  });
  for (const [at, piece] of pieces.entries()) {
    const step = reader.read(Buffer.from(piece, 'latin1'));
    if (step !== 'more') return { step, body, rest: reader.rest.toString('latin1') + pieces.slice(at + 1).join('') };
  }
  return { step: 'more', body, rest: '' };
}

test('a body ends where its framing says, and what follows is not of it', () => {
  assert.deepEqual(read('length', 5, ['hel', 'lo!!']), { step: 'end', body: 'hello', rest: '!!' });
  assert.deepEqual(read('chunked', -1, ['5\r\nhello\r\n0\r\n\r\nHTTP/1.1']), {
    step: 'end',
    body: 'hello',
    rest: 'HTTP/1.1',
  });
  assert.deepEqual(read('chunked', -1, ['5;name="x"\r\nhello\r\n0;last\r\nTrailer: x\r\n\r\n']), {
    step: 'end',
    body: 'hello',
    rest: '',
  });
  assert.deepEqual(read('close', -1, ['hello']), { step: 'more', body: 'hello', rest: '' });
});

test('chunks that two parsers could read differently break the answer', () => {
  for (const bytes of [
    '\r\nhello\r\n0\r\n\r\n',
    'x\r\nhello',
    '-5\r\nhello',
    '0x5\r\nhello',
    '5\nhello\n0\n\n',
    '5\r\nhelloX\r\n0\r\n\r\n',
    '5\r\nhello\n0\r\n\r\n',
    '5\r\rhello\r\n',
    '5;a\rb\r\nhello',
    'fffffffff\r\n',
    `5;${'x'.repeat(5_000)}`,
    `0\r\n${'X: y\r\n'.repeat(3_000)}`,
  ])
    assert.equal(read('chunked', -1, [bytes]).step, 'broken', JSON.stringify(bytes.slice(0, 40)));
});

test('however the bytes are cut, the body is the same', () => {
  const bodies = fc.array(
    fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom('a', '\r', '\n', '0', ';') }),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(bodies, fc.array(fc.nat(200), { maxLength: 8 }), (chunks, cuts) => {
      const bytes = `${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n\r\nrest`;
      const places = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((a, b) => a - b);
      const pieces = [0, ...places].map((from, i) => bytes.slice(from, [...places, bytes.length][i]));
      assert.deepEqual(read('chunked', -1, pieces), { step: 'end', body: chunks.join(''), rest: 'rest' });
    }),
    { numRuns: 2_000 },
  );
});
