import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { COORDINATE_BYTES, type EcCurve, isCurvePoint, isSafeEd25519Point, isSafeX25519Point } from './curve-point.ts';
import { pair, power } from './key-samples.test.ts';

const CURVES: readonly EcCurve[] = ['P-256', 'P-384', 'P-521'];
const FIELD: Readonly<Record<EcCurve, bigint>> = {
  'P-256': 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  'P-384': 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
  'P-521': (1n << 521n) - 1n,
};
const P25519 = (1n << 255n) - 19n;

for (const curve of CURVES) {
  const size = COORDINATE_BYTES[curve];

  test(`fresh points of ${curve} are on it, and no neighbour of theirs is`, () => {
    for (let i = 0; i < 20; i++) {
      const [x, y] = freshPoint(curve);
      assert.equal(isCurvePoint(curve, x, y), true);
      const flipped = Buffer.from(y);
      flipped.writeUInt8(flipped.readUInt8(size - 1) ^ 1, size - 1);
      assert.equal(isCurvePoint(curve, x, flipped), false);
      assert.equal(isCurvePoint(curve, y, x), false);
    }
  });

  test(`what stands for the point at infinity is not on ${curve}`, () => {
    const zero = Buffer.alloc(size);
    assert.equal(isCurvePoint(curve, zero, zero), false);
    assert.equal(isCurvePoint(curve, Buffer.alloc(0), Buffer.alloc(0)), false);
  });

  test(`coordinates of ${curve} that are cut, padded or not reduced are refused`, () => {
    const [x, y] = freshPoint(curve);
    assert.equal(isCurvePoint(curve, x.subarray(1), y), false);
    assert.equal(isCurvePoint(curve, Buffer.concat([Buffer.alloc(1), x]), y), false);
    const raised = BigInt(`0x${y.toString('hex')}`) + FIELD[curve];
    const hex = raised.toString(16).padStart(size * 2, '0');
    // Only P-521 has room above its prime in the octets of one coordinate for every y.
    if (hex.length === size * 2) assert.equal(isCurvePoint(curve, x, Buffer.from(hex, 'hex')), false);
  });

  test(`a point of ${curve} is on neither of the others`, () => {
    const [x, y] = freshPoint(curve);
    for (const other of CURVES) assert.equal(isCurvePoint(other, x, y), other === curve);
  });
}

test('the points of Ed25519 whose eightfold is the identity are refused, with either sign', () => {
  const orders = new Set<number>();
  for (const encoded of ED25519_TORSION) {
    const bytes = Buffer.from(encoded, 'hex');
    orders.add(orderOf(decodeEdwards(bytes)));
    for (const sign of [0, 0x80]) {
      const signed = Buffer.from(bytes);
      signed.writeUInt8(signed.readUInt8(31) | sign, 31);
      assert.equal(isSafeEd25519Point(signed), false, signed.toString('hex'));
    }
  }
  assert.deepEqual([...orders].sort(), [1, 2, 4, 8]);
});

test('encodings of Ed25519 that are not reduced are refused', () => {
  for (let y = P25519; y < 1n << 255n; y++) assert.equal(isSafeEd25519Point(littleEndian(y)), false);
});

test('fresh keys of Ed25519 and X25519 are taken', () => {
  for (let i = 0; i < 50; i++) {
    assert.equal(isSafeEd25519Point(rawX('ed25519')), true);
    assert.equal(isSafeX25519Point(rawX('x25519')), true);
  }
  assert.equal(isSafeEd25519Point(rawX('ed25519').subarray(1)), false);
  assert.equal(isSafeX25519Point(rawX('x25519').subarray(1)), false);
});

test('public keys that make every X25519 secret zero are refused', () => {
  const own = generateKeyPairSync('x25519').privateKey;
  for (const encoded of X25519_TORSION) {
    const bytes = Buffer.from(encoded, 'hex');
    assert.equal(isSafeX25519Point(bytes), false, encoded);
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: bytes.toString('base64url') }, format: 'jwk' });
    assert.throws(() => diffieHellman({ privateKey: own, publicKey: key }), encoded);
  }
});

/** Little-endian y of the points of order 4, 1, 8, 8 and 2. */
const ED25519_TORSION: readonly string[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
];
const X25519_TORSION: readonly string[] = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
];

function freshPoint(curve: EcCurve): [Buffer, Buffer] {
  const { x, y } = pair('ec', { namedCurve: curve }).publicJwk;
  return [Buffer.from(String(x), 'base64url'), Buffer.from(String(y), 'base64url')];
}

function rawX(type: 'ed25519' | 'x25519'): Buffer {
  const jwk = pair(type, {}).privateJwk;
  const { x } = createPublicKey(createPrivateKey({ key: jwk as never, format: 'jwk' })).export({ format: 'jwk' });
  return Buffer.from(String(x), 'base64url');
}

function littleEndian(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}

type Point = readonly [bigint, bigint];
const D = mod(-121_665n * power(121_666n, P25519 - 2n, P25519));

function mod(value: bigint): bigint {
  return ((value % P25519) + P25519) % P25519;
}

/** RFC 8032 §5.1.3, either root. */
function decodeEdwards(encoded: Buffer): Point {
  const y = BigInt(`0x${Buffer.from(encoded).reverse().toString('hex')}`);
  const u = mod(y * y - 1n);
  const v = mod(D * y * y + 1n);
  let x = mod(u * v ** 3n * power(mod(u * v ** 7n), (P25519 - 5n) / 8n, P25519));
  if (mod(v * x * x) !== u) x = mod(x * power(2n, (P25519 - 1n) / 4n, P25519));
  assert.equal(mod(v * x * x), u, 'not on the curve');
  return [x, y];
}

function add([x1, y1]: Point, [x2, y2]: Point): Point {
  const product = mod(D * x1 * x2 * y1 * y2);
  const invert = (value: bigint) => power(mod(value), P25519 - 2n, P25519);
  return [mod((x1 * y2 + x2 * y1) * invert(1n + product)), mod((y1 * y2 + x1 * x2) * invert(1n - product))];
}

function orderOf(point: Point): number {
  let sum = point;
  for (let order = 1; order <= 8; order++) {
    if (sum[0] === 0n && sum[1] === 1n) return order;
    sum = add(sum, point);
  }
  return Number.POSITIVE_INFINITY;
}
