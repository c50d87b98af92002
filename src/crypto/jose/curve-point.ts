/** Elliptic curves of JOSE (RFC 7518 §6.2.1.1), y² = x³ − 3x + b over the integers modulo p (FIPS 186-5, SP 800-186 §3.2.1). */
export type EcCurve = 'P-256' | 'P-384' | 'P-521';

/** Octets of one coordinate (RFC 7518 §6.2.1.2). */
export const COORDINATE_BYTES: Readonly<Record<EcCurve, number>> = Object.freeze({
  'P-256': 32,
  'P-384': 48,
  'P-521': 66,
});

export function isEcCurve(name: unknown): name is EcCurve {
  return name === 'P-256' || name === 'P-384' || name === 'P-521';
}

const P256 = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const P384 = 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n;
const P521 = 2n ** 521n - 1n;
const B256 = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const B384 = 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn;
const B521 =
  0x051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n;

/**
 * True where both coordinates are reduced and lie on the curve. The cofactor is 1, so every such point is of full
 * order; the point at infinity has no coordinates, and its usual stand-in (0, 0) is on none of these curves.
 * Prevents the invalid-curve attack (RFC 8725 §3.4).
 */
export function isCurvePoint(curve: EcCurve, xBytes: Uint8Array, yBytes: Uint8Array): boolean {
  const size = COORDINATE_BYTES[curve];
  if (xBytes.length !== size || yBytes.length !== size) return false;
  const p = curve === 'P-256' ? P256 : curve === 'P-384' ? P384 : P521;
  const b = curve === 'P-256' ? B256 : curve === 'P-384' ? B384 : B521;
  const x = bigEndian(xBytes);
  const y = bigEndian(yBytes);
  return x < p && y < p && (y * y - (x * x * x - 3n * x + b)) % p === 0n;
}

const P25519 = 2n ** 255n - 19n;

/** The y coordinates of the eight points of Ed25519 whose order divides 8; their x is implied up to its sign. */
const ED25519_SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  P25519 - 1n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
]);

/**
 * True where 32 octets are a reduced encoding of a y coordinate (RFC 8032 §5.1.2) that is not of small order. Under a
 * key of small order one signature fits many messages. Does not check that the point is on the curve: under a key that
 * is not, nothing verifies.
 */
export function isSafeEd25519Point(encoded: Uint8Array): boolean {
  if (encoded.length !== 32) return false;
  const y = littleEndian(encoded);
  return y < P25519 && !ED25519_SMALL_ORDER_Y.has(y);
}

/** The u coordinates of Curve25519 and its twist whose order divides 8 (RFC 7748 §6.1 asks to refuse their zero secret). */
const X25519_SMALL_ORDER_U: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  P25519 - 1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
]);

/** True where 32 octets are a reduced u coordinate that is not of small order. */
export function isSafeX25519Point(encoded: Uint8Array): boolean {
  if (encoded.length !== 32 || ((encoded[31] ?? 0xff) & 0x80) !== 0) return false;
  const u = littleEndian(encoded);
  return u < P25519 && !X25519_SMALL_ORDER_U.has(u);
}

/** Unsigned big-endian octets as a number. */
export function bigEndian(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** The low 255 bits: the highest is a sign, or to be ignored. */
function littleEndian(bytes: Uint8Array): bigint {
  const reversed = Uint8Array.from(bytes).reverse();
  reversed[0] = (reversed[0] ?? 0) & 0x7f;
  return bigEndian(reversed);
}
