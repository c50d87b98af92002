import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BodyPieces } from './body-pieces.ts';

test('pieces of any sizes are one body again', () => {
  const size = fc.oneof(fc.nat(3), fc.nat(3), fc.nat(3_000), fc.nat(150_000));
  fc.assert(
    fc.property(fc.array(size, { maxLength: 60 }), (sizes) => {
      const pieces = new BodyPieces();
      const came = sizes.map((length, index) => Buffer.alloc(length, index + 1));
      for (const piece of came) pieces.add(piece);
      const whole = Buffer.concat(came);
      assert.equal(pieces.bytes, whole.length);
      assert.ok(pieces.whole().equals(whole));
    }),
    { numRuns: 100 },
  );
});

test('a body in one piece is that piece, and none is an empty body', () => {
  const pieces = new BodyPieces();
  assert.equal(pieces.whole().length, 0);
  const only = Buffer.from('{}');
  pieces.add(only);
  assert.equal(pieces.whole(), only);
});

test('of a body sent byte by byte hardly more is kept than its bytes', () => {
  const pieces = new BodyPieces();
  const one = Buffer.from('x');
  for (let i = 0; i < 200_000; i++) pieces.add(one);
  assert.ok(pieces.count < 30, `${pieces.count} pieces`);
  assert.equal(pieces.whole().toString(), 'x'.repeat(200_000));
});
