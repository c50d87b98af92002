import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compactVerify } from 'jose';
import type { JwsAlgorithm } from '../../core/configuration.ts';
import { type MutableJwk, readVectors } from './key-samples.test.ts';
import { compileKeySet } from './key-set.ts';

interface Vectors {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly comment: string;
    readonly private: { readonly keys: readonly MutableJwk[] };
    readonly public?: { readonly keys: readonly MutableJwk[] };
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly jws: string;
      readonly result: 'valid' | 'invalid';
    }[];
  }[];
}

/** Every algorithm there is, so that it is the key that is refused and not the algorithm. */
const ALL: readonly JwsAlgorithm[] = [
  ...(['Ed25519', 'ES256', 'ES384', 'ES512', 'HS256', 'HS384', 'HS512'] as const),
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const),
];

/** Why a key was left out; the others are refused by their signature, which is that of another token. */
const FAULTS: ReadonlyMap<number, string> = new Map([
  [1, 'jwk.mixed_set'],
  [4, 'jwk.duplicate_kid'],
  [6, 'jwk.none_usable'],
  [7, 'jwk.roca'],
  [8, 'jwk.rsa_size'],
  [9, 'jwk.rsa_exponent'],
  [10, 'jwk.short_secret'],
  [11, 'jwk.short_secret'],
  [12, 'jwk.short_secret'],
  [16, 'jwk.member'],
  [17, 'jwk.member'],
  [18, 'jwk.member'],
  [19, 'jwk.algorithm'],
  [20, 'jwk.algorithm'],
  [21, 'jwk.none_usable'],
  [22, 'jwk.off_curve'],
  [23, 'jwk.algorithm'],
  [24, 'jwk.algorithm'],
  [25, 'jwk.algorithm'],
  [26, 'jwk.algorithm'],
]);

const vectors = readVectors('wycheproof-json_web_key_test.json') as Vectors | undefined;

test('the key vectors of Wycheproof are all there', {
  skip: vectors === undefined && 'test vectors are absent',
}, () => {
  const count = vectors!.testGroups.reduce((sum, { tests }) => sum + tests.length, 0);
  assert.deepEqual([count, vectors!.numberOfTests], [26, 26]);
});

for (const group of vectors?.testGroups ?? [])
  for (const { tcId, comment, jws, result } of group.tests)
    test(`Wycheproof key ${tcId} is ${result}: ${group.comment}, ${comment}`, async () => {
      const set = compileKeySet((group.public ?? group.private).keys, ALL);
      const header = JSON.parse(Buffer.from(jws.split('.', 1)[0]!, 'base64url').toString());
      let isVerified = false;
      for (const { key, algorithm } of set.find(header.kid, header.alg))
        isVerified ||= await compactVerify(jws, key, { algorithms: [algorithm] }).then(
          () => true,
          () => false,
        );
      assert.equal(isVerified, result === 'valid');
      const signals = set.faults.map(({ signal }) => signal);
      const expected = FAULTS.get(tcId);
      if (expected === undefined) assert.deepEqual(signals, []);
      else assert.ok(signals.includes(expected), signals.join());
    });
