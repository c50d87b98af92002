import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { describe, test } from 'node:test';
import { ALGORITHM } from '../attacks/algorithm.ts';
import { BINDING } from '../attacks/binding.ts';
import { CLAIMS } from '../attacks/claims.ts';
import { FORM } from '../attacks/form.ts';
import { HEADER } from '../attacks/header.ts';
import { REQUEST } from '../attacks/request.ts';
import { SIGNATURE } from '../attacks/signature.ts';
import {
  AUDIENCE,
  bearer,
  boundToken,
  certificate,
  certified,
  claims,
  ed,
  header,
  judge,
  NOW,
  NOW_MS,
  OTHER,
  otherEc,
  proof,
  proved,
  rsa,
  secret,
  strangerEc,
  token,
} from '../attacks/world.ts';
import type { JudgedRequest } from '../harness/judge.ts';
import { signTexts, signToken } from '../harness/tokens.ts';

const TABLES = {
  request: REQUEST,
  form: FORM,
  algorithm: ALGORITHM,
  header: HEADER,
  signature: SIGNATURE,
  claims: CLAIMS,
  binding: BINDING,
};

for (const [topic, attacks] of Object.entries(TABLES))
  describe(`attacks on tokens: ${topic}`, () => {
    for (const { name, make, reason, signal } of attacks)
      test(name, async () => {
        const decision = await judge().judge(make());
        assert.equal(decision.effect, 'deny', 'it was let through');
        if (decision.effect !== 'deny') return;
        assert.equal(decision.enforced, true);
        assert.ok(decision.status === 401 || decision.status === 400, `status ${decision.status}`);
        assert.equal(decision.reason, reason, decision.detail);
        assert.deepEqual(
          decision.signals.map((one) => one.name),
          signal === '' ? [] : [signal],
        );
        if (decision.status === 401) assert.ok((decision.challenge ?? '') !== '', 'a 401 needs a challenge');
        assert.equal(decision.principal, undefined);
      });
  });

test('the table has at least 120 attacks, each of its own name', () => {
  const names = Object.values(TABLES).flatMap((attacks) => attacks.map(({ name }) => name));
  assert.ok(names.length >= 120, `${names.length} attacks`);
  assert.equal(new Set(names).size, names.length);
});

describe('what the attacks imitate is let in', () => {
  const good: Readonly<Record<string, () => JudgedRequest>> = {
    ES256: () => bearer(token()),
    Ed25519: () => bearer(token({ alg: 'Ed25519', kid: 'ed' }, {}, ed.privateKey)),
    'EdDSA, the older name': () =>
      bearer(
        signTexts(
          JSON.stringify(header({ alg: 'EdDSA', kid: 'ed' })),
          JSON.stringify(claims()),
          'Ed25519',
          ed.privateKey,
        ),
      ),
    RS256: () => bearer(token({ alg: 'RS256', kid: 'rsa' }, {}, rsa.privateKey)),
    'without kid where one key fits': () => bearer(token({ kid: undefined })),
    'typ with application/ before it': () => bearer(token({ typ: 'application/at+jwt' })),
    'the second issuer': () =>
      bearer(signToken({ alg: 'ES256', typ: 'at+jwt', kid: 'o1' }, claims({ iss: OTHER }), otherEc.privateKey)),
    'several audiences': () => bearer(token({}, { aud: ['https://x.example', AUDIENCE] })),
    'a shared secret': () =>
      bearer(
        signToken(
          { alg: 'HS256', typ: 'at+jwt' },
          claims({ iss: 'https://shared.example.com' }),
          createSecretKey(Buffer.from(secret)),
        ),
        '/shared',
      ),
    'an issuer that writes no types': () =>
      bearer(
        signToken({ alg: 'ES256', kid: 'o1' }, claims({ iss: 'https://sloppy.example.com' }), otherEc.privateKey),
        '/sloppy',
      ),
    'a proof of possession': () => {
      const text = boundToken();
      return proved(text, proof(text));
    },
    'a proof with a query in the call': () => {
      const text = boundToken();
      return { ...proved(text, proof(text)), target: '/proved?a=1' };
    },
    'the certificate a token is bound to': () => ({ ...bearer(token({}, certified), '/certified'), peer: certificate }),
    'a strong and fresh sign-in': () => bearer(token({}, { acr: 'gold', auth_time: NOW - 100 }), '/strong'),
    'a scheme in other letters': () => ({ fields: ['authorization', `bEARER ${token()}`] }),
    'expired within the skew': () => bearer(token({}, { exp: NOW - 29 })),
  };
  for (const [name, make] of Object.entries(good))
    test(name, async () => {
      const decision = await judge().judge(make());
      assert.equal(
        decision.effect,
        'permit',
        decision.effect === 'deny' ? `${decision.reason}: ${decision.detail}` : '',
      );
      const { principal } = decision;
      assert.equal(principal?.subject, 'ann');
      assert.equal(Object.getPrototypeOf(principal?.claims), null);
    });
});

test('what holds of a token is judged again when it is known', async () => {
  const gateway = judge();
  const text = token();
  for (const nowMs of [NOW_MS, NOW_MS + 100_000])
    assert.equal((await gateway.judge({ ...bearer(text), nowMs })).effect, 'permit');
  const late = await gateway.judge({ ...bearer(text), nowMs: NOW_MS + 331_000 });
  assert.equal(late.effect === 'deny' && late.reason, 'authn.token_expired');
  const bound = boundToken();
  const once = proof(bound);
  assert.equal((await gateway.judge(proved(bound, once))).effect, 'permit');
  const again = await gateway.judge(proved(bound, once));
  assert.equal(again.effect === 'deny' && again.reason, 'authn.dpop_replay');
  const plain = await gateway.judge(bearer(bound, '/proved'));
  assert.equal(plain.effect === 'deny' && plain.reason, 'authn.token_binding');
});

test('one address cannot make the gateway verify signatures without end, and known tokens are not concerned', async () => {
  const gateway = judge();
  const known = token();
  assert.equal((await gateway.judge(bearer(known))).effect, 'permit');
  const reasons = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const decision = await gateway.judge(bearer(token({}, { jti: `forged-${i}` }, strangerEc.privateKey)));
    assert.equal(decision.effect, 'deny');
    if (decision.effect === 'deny') reasons.add(decision.reason);
  }
  assert.deepEqual([...reasons], ['authn.token_signature', 'authn.throttled']);
  assert.equal((await gateway.judge(bearer(known))).effect, 'permit');
  const elsewhere = await gateway.judge({ ...bearer(token({}, { jti: 'fresh' })), remoteAddress: '198.51.100.7' });
  assert.equal(elsewhere.effect, 'permit');
});
