import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import fc from 'fast-check';
import { createSealer } from './sealing.ts';

const SECRET = randomBytes(32);

test('what is sealed opens again, under the same secret, purpose and context only', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (plain, context) => {
      const sealer = createSealer(SECRET, 'tests');
      const sealed = sealer.seal(plain, context);
      assert.deepEqual(sealer.open(sealed, context), plain);
      assert.equal(sealer.open(sealed, `${context}.`), undefined);
      assert.equal(createSealer(SECRET, 'other tests').open(sealed, context), undefined);
      assert.equal(createSealer(randomBytes(32), 'tests').open(sealed, context), undefined);
    }),
  );
});

test('a changed or shortened text does not open', () => {
  const sealer = createSealer(SECRET, 'tests');
  const sealed = sealer.seal(Buffer.from('a private key'), 'k1');
  for (let at = 0; at < sealed.length; at++) {
    const changed = Uint8Array.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(sealer.open(changed, 'k1'), undefined, `byte ${at}`);
    assert.equal(sealer.open(sealed.subarray(0, at), 'k1'), undefined, `${at} bytes`);
  }
});

test('the same text is sealed differently each time', () => {
  const sealer = createSealer(SECRET, 'tests');
  assert.notDeepEqual(sealer.seal(Buffer.from('x'), ''), sealer.seal(Buffer.from('x'), ''));
});
