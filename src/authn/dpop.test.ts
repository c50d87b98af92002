import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { createReplayMemory, ReplayGuard } from '../crypto/replay-memory.ts';
import { DpopVerifier } from './dpop.ts';
import {
  claimsOf,
  ec,
  ed,
  type Holder,
  headerOf,
  holderOf,
  NOW,
  NOW_MS,
  outcomeOf,
  POLICY,
  p384,
  proofOf,
  rsa,
  signTexts,
  verifierOf,
} from './dpop-fixture.test.ts';
import { DpopNonces } from './dpop-nonce.ts';

const REPLAYED = 'authn.dpop_replay dpop.replay';
const NONCE_MISSING = 'authn.dpop_nonce dpop.nonce_missing';
const NONCE_WRONG = 'authn.dpop_nonce dpop.nonce_wrong';

describe('right proofs', () => {
  const p521 = holderOf('ES512', generateKeyPairSync('ec', { namedCurve: 'P-521' }));
  const holders: readonly Holder[] = [ec, ed, p384, p521, rsa, { ...rsa, alg: 'PS256' }];
  for (const holder of holders)
    test(`${holder.alg} where it is allowed`, () => {
      const { present } = verifierOf({ algorithms: [holder.alg] });
      const result = present(proofOf({}, {}, holder), { thumbprint: holder.thumbprint });
      assert.deepEqual(result, { kind: 'ok', thumbprint: holder.thumbprint, answerFields: undefined });
    });

  test('EdDSA is Ed25519', () => {
    const { present } = verifierOf();
    assert.equal(present(proofOf({}, { alg: 'EdDSA' }, ed), { thumbprint: ed.thumbprint }).kind, 'ok');
  });

  test('the example of RFC 9449 §7.1, at its time', () => {
    const proof =
      'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0Rs' +
      'cEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2' +
      'In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90' +
      'ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFF' +
      'byJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA';
    const { present } = verifierOf({}, { startedAtMs: 1_562_262_000_000 });
    const result = present(proof, {
      host: 'resource.example.org',
      target: '/protectedresource',
      thumbprint: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I',
      atMs: 1_562_262_618_000,
    });
    assert.equal(outcomeOf(result), 'ok');
  });

  test('a key that is not compared is named', () => {
    const result = verifierOf().present(proofOf(), { thumbprint: 'unbound' });
    assert.equal(result.kind === 'ok' && result.thumbprint, ec.thumbprint);
  });

  test('a remembered key proves again, and under more holders than are remembered', () => {
    const { present } = verifierOf({}, { entries: 65_536 });
    for (let i = 0; i < 3; i++) assert.equal(present(proofOf({ jti: `a${i}` })).kind, 'ok');
    // A header with another member is another text, and is remembered of its own.
    for (let i = 0; i < 1_100; i++) assert.equal(present(proofOf({ jti: `b${i}` }, { x: i })).kind, 'ok');
    assert.equal(present(proofOf({ jti: 'c' })).kind, 'ok');
  });

  for (const htu of [
    'https://api.example.com/orders?page=2#top',
    'HTTPS://API.example.COM:443/orders',
    'https://api.example.com/%6Frders',
    'https://api.example.com/a/../orders',
  ])
    test(`htu may be written ${htu}`, () => {
      assert.equal(outcomeOf(verifierOf().present(proofOf({ htu }))), 'ok');
    });

  test('the query is no part of the URI', () => {
    assert.equal(verifierOf().present(proofOf(), { target: '/orders?page=2' }).kind, 'ok');
  });

  test('the origin of the policy stands for scheme and host of the call', () => {
    const { present } = verifierOf({ origin: 'https://Shop.example:443' });
    const how = { host: 'internal:8080', encrypted: false };
    assert.equal(present(proofOf({ htu: 'https://shop.example/orders' }), how).kind, 'ok');
    assert.equal(outcomeOf(present(proofOf({ htu: 'http://internal:8080/orders' }), how)), 'authn.dpop_proof dpop.uri');
  });

  for (const [name, iat, atMs] of [
    ['the oldest', NOW - 65, NOW_MS],
    ['the earliest', NOW + 5, NOW_MS],
    ['one of a clock with fractions', NOW + 0.25, NOW_MS],
  ] as const)
    test(`${name} that is in time`, () => assert.equal(verifierOf().present(proofOf({ iat }), { atMs }).kind, 'ok'));

  test('times a proof says besides are kept', () => {
    assert.equal(verifierOf().present(proofOf({ nbf: NOW + 5, exp: NOW - 4 })).kind, 'ok');
  });
});

describe('replay', () => {
  test('a proof is taken once', () => {
    const { present } = verifierOf();
    const proof = proofOf();
    assert.equal(present(proof).kind, 'ok');
    const again = present(proof);
    assert.equal(outcomeOf(again), REPLAYED);
    assert.equal(again.kind === 'refused' && again.error, 'invalid_dpop_proof');
  });

  test('another signature, time or spelling of the URI does not make it another', () => {
    const { present } = verifierOf();
    assert.equal(present(proofOf()).kind, 'ok');
    assert.equal(outcomeOf(present(proofOf())), REPLAYED);
    assert.equal(outcomeOf(present(proofOf({ iat: NOW - 1 }))), REPLAYED);
    assert.equal(outcomeOf(present(proofOf({}, { x: 1 }))), REPLAYED);
    assert.equal(outcomeOf(present(proofOf({ htu: 'https://api.example.com:443/%6frders?x' }))), REPLAYED);
  });

  test('on no other thread either', () => {
    const memory = createReplayMemory({ entries: 64, startedAtMs: NOW_MS - 3_600_000 });
    const [first, second] = [0, 1].map(() => verifierOf({}, { replay: new ReplayGuard(structuredClone(memory)) }));
    const proof = proofOf();
    assert.equal(first?.present(proof).kind, 'ok');
    assert.equal(outcomeOf(second!.present(proof)), REPLAYED);
  });

  test('not in the last moment of the longest life of a proof, and then it is too old', () => {
    const { present } = verifierOf();
    const proof = proofOf({ iat: NOW + 5 });
    assert.equal(present(proof).kind, 'ok');
    assert.equal(outcomeOf(present(proof, { atMs: NOW_MS + 70_000 })), REPLAYED);
    assert.equal(outcomeOf(present(proof, { atMs: NOW_MS + 70_001 })), 'authn.dpop_proof dpop.expired');
  });

  test('what two clients call alike is not the same', () => {
    const { present } = verifierOf();
    assert.equal(present(proofOf()).kind, 'ok');
    assert.equal(present(proofOf({}, {}, ed), { thumbprint: ed.thumbprint }).kind, 'ok');
  });

  test('a proof that cannot be remembered is not taken', () => {
    const { present } = verifierOf({}, { entries: 1 });
    const kinds = Array.from({ length: 40 }, (_, i) => present(proofOf({ jti: `j${i}` })).kind);
    assert.deepEqual([...new Set(kinds)], ['ok', 'unknown']);
    assert.equal(kinds.filter((kind) => kind === 'ok').length, 16);
  });
});

describe('nonces', () => {
  const nonceOf = (fields: readonly string[] | undefined): string => {
    assert.equal(fields?.[0], 'dpop-nonce');
    return fields[1] ?? '';
  };

  test('a proof without one is answered with one, and then taken', () => {
    const { present } = verifierOf({ requireNonce: true });
    const asked = present(proofOf());
    assert.equal(outcomeOf(asked), NONCE_MISSING);
    assert.ok(asked.kind === 'refused');
    assert.equal(asked.error, 'use_dpop_nonce');
    const nonce = nonceOf(asked.answerFields);
    assert.deepEqual(present(proofOf({ nonce })), { kind: 'ok', thumbprint: ec.thumbprint, answerFields: undefined });
    assert.equal(outcomeOf(present(proofOf({ nonce }))), REPLAYED);
  });

  test('one that is wrong is refused also where none is needed', () => {
    for (const requireNonce of [false, true])
      for (const nonce of ['', 'x', randomBytes(16).toString('base64url')]) {
        const { present, nonces } = verifierOf({ requireNonce });
        const result = present(proofOf({ nonce }));
        assert.equal(outcomeOf(result), NONCE_WRONG);
        assert.equal(nonceOf(result.kind === 'refused' ? result.answerFields : undefined), nonces.current(NOW_MS));
        assert.equal(present(proofOf({ nonce: nonces.current(NOW_MS) })).kind, 'ok');
      }
  });

  test('one of another process is wrong', () => {
    const { present } = verifierOf({ requireNonce: true });
    const other = new DpopNonces(randomBytes(32)).current(NOW_MS);
    assert.equal(outcomeOf(present(proofOf({ nonce: other }))), NONCE_WRONG);
  });

  test('one is taken for four minutes at least and for five at most, and renewed from two on', () => {
    const { present, nonces } = verifierOf({ requireNonce: true });
    const startOfMinuteMs = Math.floor(NOW_MS / 60_000) * 60_000;
    const nonce = nonces.current(startOfMinuteMs);
    const at = (atMs: number): ReturnType<typeof present> =>
      present(proofOf({ nonce, jti: String(atMs), iat: Math.floor(atMs / 1_000) }), { atMs });
    for (const [minutes, renewed] of [
      [0, false],
      [1, false],
      [2, true],
      [4, true],
    ] as const) {
      const atMs = startOfMinuteMs + minutes * 60_000;
      const result = at(atMs);
      assert.ok(result.kind === 'ok', `${minutes} minutes`);
      assert.equal(result.answerFields !== undefined, renewed, `${minutes} minutes`);
      if (renewed) assert.equal(nonceOf(result.answerFields), nonces.current(atMs));
    }
    assert.equal(at(startOfMinuteMs + 299_999).kind, 'ok');
    assert.equal(outcomeOf(at(startOfMinuteMs + 300_000)), NONCE_WRONG);
  });

  test('one from the future is wrong, and a clock that goes back does not bring old ones to life', () => {
    const { present, nonces } = verifierOf({ requireNonce: true });
    assert.equal(outcomeOf(present(proofOf({ nonce: nonces.current(NOW_MS + 60_000) }))), NONCE_WRONG);
    assert.equal(present(proofOf({ nonce: nonces.current(NOW_MS) })).kind, 'ok');
  });

  test('a thread that has the secret knows the nonces of another', () => {
    const secret = randomBytes(32);
    const nonce = new DpopNonces(secret).current(NOW_MS);
    const { present } = verifierOf({ requireNonce: true }, { nonces: new DpopNonces(secret) });
    assert.equal(present(proofOf({ nonce })).kind, 'ok');
  });

  test('right after a start a proof needs one, because nobody knows what was used before', () => {
    const started = { startedAtMs: NOW_MS - 1_000 };
    const { present, nonces } = verifierOf({}, started);
    const asked = present(proofOf());
    assert.equal(outcomeOf(asked), NONCE_MISSING);
    assert.equal(present(proofOf({ nonce: nonces.current(NOW_MS) })).kind, 'ok');
    // Made ahead of its time before the start, it could still be used after it.
    assert.equal(outcomeOf(verifierOf({}, started).present(proofOf({ iat: NOW + 4 }))), NONCE_MISSING);
    assert.equal(verifierOf({}, started).present(proofOf({ iat: NOW + 5 })).kind, 'ok');
  });

  test('a short secret is refused', () => {
    assert.throws(() => new DpopNonces(randomBytes(31)), RangeError);
  });
});

describe('a verifier of its own', () => {
  const parts = {
    replay: new ReplayGuard(createReplayMemory({ entries: 16, startedAtMs: 0 })),
    nonces: new DpopNonces(randomBytes(32)),
  };
  for (const origin of ['', 'api.example.com', 'ftp://a', 'https://a/b', 'https://a?b', 'https://u@a', 'https://a#'])
    test(`cannot be made for the origin "${origin}"`, () => {
      assert.throws(() => new DpopVerifier({ policy: { ...POLICY, origin }, ...parts }), TypeError);
    });

  test('white space in the JSON of a right proof means nothing', () => {
    const proof = signTexts(JSON.stringify(headerOf(ec), undefined, 2), ` ${JSON.stringify(claimsOf())}\n`);
    assert.equal(verifierOf().present(proof).kind, 'ok');
  });
});
