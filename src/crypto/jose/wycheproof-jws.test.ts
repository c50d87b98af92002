import assert from 'node:assert/strict';
import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import type { JwsAlgorithm } from '../../core/configuration.ts';
import { algorithmOf } from './algorithms.ts';
import { readCompactJws } from './compact-jws.ts';
import { importVerificationKeys } from './jwk.ts';
import { ALGORITHMS } from './jws-samples.test.ts';
import { type MutableJwk, readVectors } from './key-samples.test.ts';
import type { CompactJws } from './types.ts';
import { verifyJws } from './verify.ts';

interface TokenVectors {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly comment: string;
    readonly private: MutableJwk;
    readonly public?: MutableJwk;
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly jws: string;
      readonly result: 'valid' | 'invalid';
    }[];
  }[];
}

const PS384_UNDER_PS256 = 'the token says PS384 and its key PS256: a key is used for one algorithm (RFC 8725 §3.1)';
const NO_ES521 = 'the alg of the key is ES521, which is no algorithm; the token says ES512';
const SAME_AS_VALID = 'said to have wrong padding, but it is the valid token of case 357, octet by octet';
const FOREIGN_CHARACTER = 'said to be valid with "?" in a segment, which RFC 7515 §2 and RFC 4648 §3.3 refuse';

/** Cases whose result is disputed: what we answer, and why it is not what the file says. */
const EXCLUDED: ReadonlyMap<number, { readonly ours: 'valid' | 'invalid'; readonly why: string }> = new Map([
  [346, { ours: 'invalid', why: PS384_UNDER_PS256 }],
  [350, { ours: 'invalid', why: PS384_UNDER_PS256 }],
  [347, { ours: 'invalid', why: NO_ES521 }],
  [351, { ours: 'invalid', why: NO_ES521 }],
  [367, { ours: 'valid', why: SAME_AS_VALID }],
  [370, { ours: 'valid', why: SAME_AS_VALID }],
  [372, { ours: 'invalid', why: FOREIGN_CHARACTER }],
  [373, { ours: 'invalid', why: FOREIGN_CHARACTER }],
]);

/** Cases whose key says that it is not for verifying: the fault is the key's. */
const KEYS_FOR_ENCRYPTION: ReadonlySet<number> = new Set([353, 354, 355, 356]);

const tokens = readVectors('wycheproof-json_web_signature_test.json') as TokenVectors | undefined;
const skip = tokens === undefined && 'test vectors are absent';

function importKey(jwk: MutableJwk): KeyObject {
  return jwk['kty'] === 'oct'
    ? createSecretKey(Buffer.from(String(jwk['k']), 'base64url'))
    : createPublicKey({ format: 'jwk', key: jwk as JsonWebKey });
}

/** A key for the algorithm it names; one that names none would be asked for that of the token. */
function isValid(token: string, jwk: MutableJwk): boolean {
  const result = readCompactJws(token, { bytesMax: 8192, toleratePadding: false });
  if (result.kind !== 'jws') return false;
  const algorithm = algorithmOf(typeof jwk['alg'] === 'string' ? jwk['alg'] : result.jws.algorithm);
  return algorithm !== undefined && verifyJws(result.jws, { algorithm, kid: undefined, key: importKey(jwk) });
}

test('the token vectors of Wycheproof are all there, and 393 of 401 are undisputed', { skip }, () => {
  const ids = tokens!.testGroups.flatMap((group) => group.tests.map(({ tcId }) => tcId));
  assert.deepEqual([ids.length, new Set(ids).size, tokens!.numberOfTests], [401, 401, 401]);
  assert.equal(ids.filter((id) => !EXCLUDED.has(id)).length, 393);
});

let undisputed = 0;
for (const group of tokens?.testGroups ?? [])
  for (const { tcId, comment, jws, result } of group.tests) {
    const jwk = group.public ?? group.private;
    const excluded = EXCLUDED.get(tcId);
    if (excluded !== undefined)
      test(`Wycheproof token ${tcId} is ${excluded.ours}, not ${result}: ${excluded.why}`, () => {
        assert.equal(isValid(jws, jwk) ? 'valid' : 'invalid', excluded.ours);
        assert.notEqual(excluded.ours, result);
      });
    else if (KEYS_FOR_ENCRYPTION.has(tcId))
      test(`Wycheproof token ${tcId} is ${result}: ${group.comment}, ${comment}`, () => {
        undisputed++;
        assert.equal(result, 'invalid');
        assert.equal(importVerificationKeys(jwk, ALGORITHMS).ok, false);
        // Nothing else is wrong: it is the purpose of the key that the case is about.
        assert.ok(isValid(jws, jwk));
      });
    else
      test(`Wycheproof token ${tcId} is ${result}: ${group.comment}, ${comment}`, () => {
        undisputed++;
        assert.equal(isValid(jws, jwk) ? 'valid' : 'invalid', result);
      });
  }

test('all 393 undisputed tokens of Wycheproof were judged', { skip }, () => assert.equal(undisputed, 393));

interface SignatureVectors {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly publicKeyJwk?: JsonWebKey;
    readonly publicKeyDer: string;
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly msg: string;
      readonly sig: string;
      readonly result: 'valid' | 'invalid';
    }[];
  }[];
}

/** A signature alone, over octets that are no token. */
function bareJws(algorithm: JwsAlgorithm, message: string, signature: string): CompactJws {
  const parsed: CompactJws = {
    header: Object.create(null) as Record<string, unknown>,
    algorithm,
    kid: undefined,
    type: '',
    payload: new Uint8Array(0),
    signingInput: Buffer.from(message, 'hex'),
    signature: Buffer.from(signature, 'hex'),
    canonical: '',
  };
  return parsed;
}

for (const [file, algorithm, count] of [
  ['wycheproof-ecdsa_secp256r1_sha256_p1363_test.json', 'ES256', 262],
  ['wycheproof-ed25519_test.json', 'Ed25519', 151],
] as const) {
  const vectors = readVectors(file) as SignatureVectors | undefined;
  test(`all ${count} signatures of ${file} are judged as it says`, {
    skip: vectors === undefined && 'test vectors are absent',
  }, () => {
    let judged = 0;
    for (const group of vectors!.testGroups) {
      const key = createPublicKey({ key: Buffer.from(group.publicKeyDer, 'hex'), format: 'der', type: 'spki' });
      if (group.publicKeyJwk !== undefined)
        assert.ok(key.equals(createPublicKey({ key: group.publicKeyJwk, format: 'jwk' })));
      for (const { tcId, comment, msg, sig, result } of group.tests) {
        judged++;
        const isVerified = verifyJws(bareJws(algorithm, msg, sig), { algorithm, kid: undefined, key });
        assert.equal(isVerified, result === 'valid', `${tcId} ${comment}`);
      }
    }
    assert.deepEqual([judged, vectors!.numberOfTests], [count, count]);
  });
}
