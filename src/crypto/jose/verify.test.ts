import assert from 'node:assert/strict';
import { constants, createSecretKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { test } from 'node:test';
import type { JwsAlgorithm } from '../../core/configuration.ts';
import { algorithmOf, SIGNATURE_ALGORITHMS } from './algorithms.ts';
import { COORDINATE_BYTES } from './curve-point.ts';
import {
  ALGORITHMS,
  encode,
  pairs,
  readJws,
  type SigningPair,
  signToken,
  verificationKey,
} from './jws-samples.test.ts';
import type { CompactJws } from './types.ts';
import { fitsAlgorithm, verifyJws } from './verify.ts';

const SIGNATURE_BYTES: Readonly<Record<JwsAlgorithm, number>> = {
  ...{ Ed25519: 64, ES256: 64, ES384: 96, ES512: 132, HS256: 32, HS384: 48, HS512: 64 },
  ...{ RS256: 256, RS384: 256, RS512: 256, PS256: 256, PS384: 256, PS512: 256 },
};

function withSignature(jws: CompactJws, signature: Uint8Array): CompactJws {
  return { ...jws, signature };
}

for (const name of ['none', 'None', '', 'es256', 'ES256 ', ' ES256', 'ES256\0', 'ES256K', 'Ed448', 'ED25519', 'eddsa'])
  test(`"${JSON.stringify(name)}" names no algorithm`, () => assert.equal(algorithmOf(name), undefined));
for (const name of ['RS1', 'RS2048', 'HS1', 'ES', 'A128KW', 'dir', '__proto__', 'constructor', 'toString'])
  test(`${name} names no algorithm`, () => assert.equal(algorithmOf(name), undefined));

test('every algorithm is named by its own name, and Ed25519 by EdDSA too', () => {
  for (const algorithm of ALGORITHMS) assert.equal(algorithmOf(algorithm), algorithm);
  assert.equal(algorithmOf('EdDSA'), 'Ed25519');
});

for (const algorithm of ALGORITHMS) {
  const jws = readJws(signToken({ alg: algorithm }, '{"sub":"a"}', algorithm));
  const key = verificationKey(algorithm);

  test(`${algorithm}: a right signature verifies, of the length the algorithm has`, () => {
    assert.equal(jws.signature.length, SIGNATURE_BYTES[algorithm]);
    assert.ok(verifyJws(jws, key));
  });

  test(`${algorithm}: no signature with one bit changed verifies`, () => {
    for (let i = 0; i < jws.signature.length; i++) {
      const changed = Uint8Array.from(jws.signature);
      changed[i] = changed[i]! ^ (1 << (i & 7));
      assert.equal(verifyJws(withSignature(jws, changed), key), false);
    }
  });

  test(`${algorithm}: no input with one bit changed verifies`, () => {
    for (let i = 0; i < jws.signingInput.length; i += 5) {
      const signingInput = Uint8Array.from(jws.signingInput);
      signingInput[i] = signingInput[i]! ^ 1;
      assert.equal(verifyJws({ ...jws, signingInput }, key), false);
    }
  });

  test(`${algorithm}: signatures of every other length are refused`, () => {
    const right = jws.signature.length;
    for (const length of [0, 1, 31, 32, 33, 63, 64, 65, 95, 96, 97, 131, 132, 133, 255, 256, 257, 512]) {
      const bytes = new Uint8Array(length);
      bytes.set(jws.signature.subarray(0, length));
      assert.equal(verifyJws(withSignature(jws, bytes), key), length === right);
    }
    const zeroFirst = new Uint8Array(right + 1);
    zeroFirst.set(jws.signature, 1);
    assert.equal(verifyJws(withSignature(jws, zeroFirst), key), false);
  });

  test(`${algorithm}: signatures of zeros and of ones are refused`, () => {
    for (const byte of [0x00, 0x01, 0xff])
      assert.equal(verifyJws(withSignature(jws, new Uint8Array(SIGNATURE_BYTES[algorithm]).fill(byte)), key), false);
  });

  test(`${algorithm}: the key of another pair does not verify`, () => {
    const other = signToken({ alg: algorithm }, '{"sub":"a"}', algorithm, otherKey(algorithm));
    assert.equal(verifyJws(readJws(other), key), false);
  });

  test(`${algorithm}: a key of every other algorithm is refused, though it might verify`, () => {
    for (const named of ALGORITHMS)
      for (const used of ALGORITHMS) {
        // The token names the one, the key was meant for the other, and the signature is right for what the key is.
        const token = readJws(signToken({ alg: named }, '{}', algorithm));
        const isRight = named === algorithm && used === algorithm;
        assert.equal(verifyJws(token, verificationKey(used, pairs[algorithm].publicKey)), isRight, `${named} ${used}`);
      }
  });

  if (!algorithm.startsWith('HS'))
    test(`${algorithm}: a private key does not verify`, () => {
      assert.equal(verifyJws(jws, verificationKey(algorithm, pairs[algorithm].privateKey)), false);
    });
}

function otherKey(algorithm: JwsAlgorithm): KeyObject {
  const type = SIGNATURE_ALGORITHMS[algorithm];
  switch (type.type) {
    case 'ec':
      return generateKeyPairSync('ec', { namedCurve: type.namedCurve }).privateKey;
    case 'ed25519':
      return generateKeyPairSync('ed25519').privateKey;
    case 'rsa':
      return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    case 'hmac':
      return createSecretKey(Buffer.alloc(64, 7));
  }
}

test('a token signed with the public key as a secret does not verify, whatever form the key was in', () => {
  for (const asymmetric of ['RS256', 'ES256', 'Ed25519'] as const) {
    const { publicKey } = pairs[asymmetric];
    const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
    const forms = [
      ...[
        pem,
        pem.trim(),
        `\n${pem}`,
        pem.replaceAll('\n', '\r\n'),
        JSON.stringify(publicKey.export({ format: 'jwk' })),
      ],
      publicKey.export({ format: 'der', type: 'spki' }),
    ];
    for (const form of forms)
      for (const hmac of ['HS256', 'HS384', 'HS512'] as const) {
        const secret = createSecretKey(Buffer.from(form));
        const jws = readJws(signToken({ alg: hmac }, '{}', hmac, secret));
        assert.equal(verifyJws(jws, verificationKey(asymmetric)), false);
        assert.equal(verifyJws(jws, verificationKey(hmac, publicKey)), false);
        assert.equal(fitsAlgorithm(jws, verificationKey(asymmetric)), false);
        assert.equal(fitsAlgorithm(jws, verificationKey(hmac, publicKey)), false);
      }
  }
});

test('EdDSA is taken with a key of Ed25519 and with no other', () => {
  const jws = readJws(signToken({ alg: 'EdDSA' }, '{}', 'Ed25519'));
  assert.ok(verifyJws(jws, verificationKey('Ed25519')));
  const ed448 = generateKeyPairSync('ed448');
  const input = `${encode('{"alg":"EdDSA"}')}.${encode('{}')}`;
  const token = readJws(`${input}.${encode(sign(null, Buffer.from(input), ed448.privateKey))}`);
  assert.equal(verifyJws(token, verificationKey('Ed25519', ed448.publicKey)), false);
  assert.equal(fitsAlgorithm(token, verificationKey('Ed25519', ed448.publicKey)), false);
  assert.equal(verifyJws(jws, verificationKey('Ed25519', pairs.ES256.publicKey)), false);
});

for (const algorithm of ['ES256', 'ES384', 'ES512'] as const) {
  const details = SIGNATURE_ALGORITHMS[algorithm];
  assert.ok(details.type === 'ec');
  const size = COORDINATE_BYTES[details.curve];
  const order = BigInt(`0x${Buffer.from(details.order).toString('hex')}`);
  const jws = readJws(signToken({ alg: algorithm }, '{}', algorithm));
  const key = verificationKey(algorithm);
  const number = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(2 * size, '0'), 'hex');
  const r = BigInt(`0x${Buffer.from(jws.signature.subarray(0, size)).toString('hex')}`);
  const s = BigInt(`0x${Buffer.from(jws.signature.subarray(size)).toString('hex')}`);

  test(`${algorithm}: r and s outside 1 to n − 1 are refused`, () => {
    const top = (1n << BigInt(8 * size)) - 1n;
    for (const [one, other] of [
      [0n, 0n],
      [0n, s],
      [r, 0n],
      [order, s],
      [r, order],
      [order, order],
      [order, 0n],
      [1n, 0n],
      [0n, 1n],
      [top, top],
      [r + order > top ? top : r + order, s],
      [r, s + order > top ? top : s + order],
    ] as const)
      assert.equal(verifyJws(withSignature(jws, Buffer.concat([number(one), number(other)])), key), false);
  });

  test(`${algorithm}: the twin with n − s is the same signature to ECDSA, and s stays in its range`, () => {
    const twin = Buffer.concat([number(r), number(order - s)]);
    assert.ok(verifyJws(withSignature(jws, twin), key));
  });

  test(`${algorithm}: a signature in DER is refused, also one padded or cut to the right length`, () => {
    const der = sign(details.hash, jws.signingInput, pairs[algorithm].privateKey);
    const fitted = Buffer.alloc(2 * size);
    der.copy(fitted);
    for (const signature of [der, fitted]) assert.equal(verifyJws(withSignature(jws, signature), key), false);
  });

  test(`${algorithm}: a key on another curve does not fit`, () => {
    for (const namedCurve of ['prime256v1', 'secp384r1', 'secp521r1', 'secp256k1'])
      if (namedCurve !== details.namedCurve) {
        const pair: SigningPair = generateKeyPairSync('ec', { namedCurve });
        const other = readJws(signToken({ alg: algorithm }, '{}', algorithm, pair.privateKey));
        assert.equal(fitsAlgorithm(other, verificationKey(algorithm, pair.publicKey)), false);
        assert.equal(verifyJws(other, verificationKey(algorithm, pair.publicKey)), false);
      }
  });
}

for (const bits of [256, 384, 512] as const) {
  const pss = `PS${bits}` as const;
  const input = `${encode(JSON.stringify({ alg: pss }))}.${encode('{}')}`;
  const { privateKey } = pairs[pss];

  test(`${pss}: a salt of any length but the hash's is refused`, () => {
    for (const saltLength of [0, 20, 32, 48, 64, constants.RSA_PSS_SALTLEN_MAX_SIGN]) {
      const options = { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
      const signature = sign(`sha${bits}`, Buffer.from(input), options);
      const jws = readJws(`${input}.${encode(signature)}`);
      assert.equal(verifyJws(jws, verificationKey(pss)), saltLength === bits / 8);
    }
  });

  test(`${pss} and RS${bits}: neither padding is taken for the other`, () => {
    const pkcs1 = `RS${bits}` as const;
    assert.equal(verifyJws(readJws(signToken({ alg: pss }, '{}', pkcs1)), verificationKey(pss)), false);
    assert.equal(verifyJws(readJws(signToken({ alg: pkcs1 }, '{}', pss)), verificationKey(pkcs1)), false);
  });

  test(`${pss}: a key of type RSASSA-PSS is none of RFC 7518`, () => {
    const pair: SigningPair = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    const jws = readJws(signToken({ alg: pss }, '{}', pss, pair.privateKey));
    assert.equal(verifyJws(jws, verificationKey(pss, pair.publicKey)), false);
  });
}

test('the signature of an RSA key is as long as its modulus, also where that is no whole number of octets', () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2052 });
  const jws = readJws(signToken({ alg: 'RS256' }, '{}', 'RS256', pair.privateKey));
  const key = verificationKey('RS256', pair.publicKey);
  assert.equal(jws.signature.length, 257);
  assert.ok(verifyJws(jws, key));
  const minimal = jws.signature.subarray(jws.signature[0] === 0 ? 1 : 0, 256);
  assert.equal(verifyJws(withSignature(jws, minimal), key), false);
});

test('an RSA key of less than 2048 bits and a secret shorter than the hash verify nothing', () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const token = readJws(signToken({ alg: 'RS256' }, '{}', 'RS256', weak.privateKey));
  assert.equal(verifyJws(token, verificationKey('RS256', weak.publicKey)), false);
  for (const [algorithm, bytes] of [
    ['HS256', 31],
    ['HS384', 47],
    ['HS512', 63],
  ] as const) {
    const short = createSecretKey(Buffer.alloc(bytes, 3));
    const enough = createSecretKey(Buffer.alloc(bytes + 1, 3));
    assert.equal(
      verifyJws(readJws(signToken({ alg: algorithm }, '{}', algorithm, short)), verificationKey(algorithm, short)),
      false,
    );
    assert.ok(
      verifyJws(readJws(signToken({ alg: algorithm }, '{}', algorithm, enough)), verificationKey(algorithm, enough)),
    );
  }
});

test('what is no key of the kind that was promised is refused and not thrown', () => {
  const jws = readJws(signToken({ alg: 'ES256' }));
  const x25519 = generateKeyPairSync('x25519').publicKey;
  for (const algorithm of ALGORITHMS) {
    const named = { ...jws, algorithm };
    assert.equal(verifyJws(named, verificationKey(algorithm, x25519)), false);
    assert.equal(verifyJws(named, verificationKey(algorithm, createSecretKey(Buffer.alloc(0)))), false);
  }
});
