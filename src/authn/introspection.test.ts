import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import type { IntrospectionAuthenticatorConfig } from '../core/configuration.ts';
import type { Verdict } from '../core/verdict.ts';
import { createReplayMemory, ReplayGuard } from '../crypto/replay-memory.ts';
import { RevocationReader, RevocationWriter } from '../crypto/revocation-memory.ts';
import { read } from '../http/call-fixture.test.ts';
import type { Fetch, OutboundRequest } from '../ports.ts';
import { DpopVerifier } from './dpop.ts';
import { DpopNonces } from './dpop-nonce.ts';
import { createIntrospectionAuthenticator } from './introspection.ts';

const NOW_MS = 1_800_000_000_000;
const NOW = NOW_MS / 1_000;
const dpop = {
  algorithms: ['ES256'],
  maxAgeSeconds: 60,
  skewSeconds: 5,
  requireNonce: false,
  origin: undefined,
} as const;
const CONFIG: IntrospectionAuthenticatorConfig = {
  type: 'introspection',
  endpoint: 'https://id.example.com/introspect',
  clientId: 'gate way',
  clientSecret: 's:ecret+',
  issuer: 'https://id.example.com',
  location: { header: 'authorization', queryParameter: undefined },
  claims: {
    audiences: ['api'],
    requiredClaims: [],
    skewSeconds: 30,
    lifetimeSecondsMax: 86_400,
    scopeClaim: 'scope',
    groupsClaim: undefined,
    consumer: { claim: undefined, prefix: 'corp:' },
    binding: { require: 'none', dpop },
    stepUp: { acrValues: [], maxAgeSeconds: 0 },
  },
  outbound: { timeoutSeconds: 2, allowPrivateAddresses: false },
  cacheSecondsMax: 30,
  negativeCacheSecondsMax: 5,
  tokenBytesMax: 4_096,
};
const ACTIVE = { active: true, sub: 'ann', client_id: 'shop', scope: 'read', aud: 'api', exp: NOW + 600, iat: NOW - 5 };

/** An issuer that answers by a function, and counts. */
function method(answer: (request: OutboundRequest) => unknown) {
  const requests: OutboundRequest[] = [];
  const fetch: Fetch = async (request) => {
    requests.push(request);
    const given = await answer(request);
    const { status = 200, body = given } = (given ?? {}) as { status?: number; body?: unknown };
    return { status, headers: {}, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) };
  };
  const writer = new RevocationWriter({ bytes: (count) => randomBytes(count) });
  const authenticator = createIntrospectionAuthenticator({
    name: 'corp',
    config: CONFIG,
    fetch,
    revocations: new RevocationReader(writer.handle()),
    dpop: new DpopVerifier({
      policy: dpop,
      replay: new ReplayGuard(createReplayMemory({ entries: 64, startedAtMs: 0 })),
      nonces: new DpopNonces(randomBytes(32)),
    }),
    consumers: { find: () => undefined },
    monotonicMs: () => 0,
    forwarded: undefined,
    resourceMetadata: 'https://api.example.com/m',
  });
  const ask = async (token: string, nowMs = NOW_MS, remoteAddress = '192.0.2.1'): Promise<Verdict> =>
    authenticator.authenticate(read({ fields: ['authorization', `Bearer ${token}`], remoteAddress }), nowMs);
  return { ask, requests, writer };
}

function outcome(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'deny':
      return verdict.reason;
    case 'indeterminate':
      return verdict.fault.reason;
    default:
      return verdict.kind;
  }
}

describe('tokens an issuer is asked about', () => {
  test('the question is a form in the body, with the gateway’s own credential form-encoded', async () => {
    const { ask, requests } = method(() => ACTIVE);
    const verdict = await ask('a+b/c~d==');
    assert.equal(verdict.kind, 'pass');
    const [request] = requests;
    assert.equal(request?.method, 'POST');
    assert.equal(request?.url, CONFIG.endpoint);
    assert.equal(request?.body, 'token=a%2Bb%2Fc~d%3D%3D&token_type_hint=access_token');
    const credential = Buffer.from(
      String(request?.headers['authorization']).slice('Basic '.length),
      'base64',
    ).toString();
    assert.equal(credential, 'gate+way:s%3Aecret%2B');
    const principal = verdict.kind === 'pass' ? verdict.principal : undefined;
    assert.equal(principal?.consumer, 'corp:shop');
    assert.equal(principal?.issuer, 'https://id.example.com');
    assert.equal(principal?.method, 'introspection');
    assert.match(principal?.credentialId ?? '', /^sha256:/);
  });

  test('an answer is believed for its time, never past the end of the token, and then asked for again', async () => {
    const { ask, requests } = method(() => ({ ...ACTIVE, exp: NOW + 20 }));
    for (const later of [0, 10_000, 29_000]) assert.equal(outcome(await ask('t', NOW_MS + later)), 'pass');
    assert.equal(requests.length, 1);
    assert.equal(outcome(await ask('t', NOW_MS + 51_000)), 'authn.token_expired');
    const negative = method(() => ({ active: false }));
    assert.equal(outcome(await negative.ask('t')), 'authn.token_inactive');
    assert.equal(outcome(await negative.ask('t', NOW_MS + 4_000)), 'authn.token_inactive');
    assert.equal(negative.requests.length, 1);
    await negative.ask('t', NOW_MS + 5_000);
    assert.equal(negative.requests.length, 2);
  });

  const REFUSED: readonly (readonly [string, unknown, string])[] = [
    ['inactive', { active: false, sub: 'ann', aud: 'api' }, 'authn.token_inactive'],
    ['another audience', { ...ACTIVE, aud: 'other' }, 'authn.token_audience'],
    ['no audience', { ...ACTIVE, aud: undefined }, 'authn.token_audience'],
    ['another issuer', { ...ACTIVE, iss: 'https://evil.example' }, 'authn.token_issuer'],
    ['a refresh token', { ...ACTIVE, token_type: 'refresh_token' }, 'authn.token_type'],
    ['a type that is no text', { ...ACTIVE, token_type: {} }, 'authn.token_type'],
    ['expired', { ...ACTIVE, exp: NOW - 31 }, 'authn.token_expired'],
    ['not valid yet', { ...ACTIVE, nbf: NOW + 31 }, 'authn.token_not_yet'],
    ['bound to a key nobody names', { ...ACTIVE, token_type: 'DPoP' }, 'authn.token_binding'],
    ['bound to a key, as a plain token', { ...ACTIVE, cnf: { jkt: 'x'.repeat(43) } }, 'authn.token_binding'],
    ['bound in an unknown way', { ...ACTIVE, cnf: { other: 1 } }, 'authn.token_binding'],
    ['scopes that are no text', { ...ACTIVE, scope: 1 }, 'authn.token_claims'],
  ];
  for (const [name, answer, reason] of REFUSED)
    test(`refused: ${name}`, async () => assert.equal(outcome(await method(() => answer).ask('t')), reason));

  const UNKNOWN: readonly (readonly [string, (request: OutboundRequest) => unknown])[] = [
    ['no answer', () => Promise.reject(new Error('gone'))],
    ['a fault of the server', () => ({ status: 500, body: '{"active":true}' })],
    ['our credential is refused', () => ({ status: 401, body: '{"active":true}' })],
    ['a redirect', () => ({ status: 302, body: '' })],
    ['no JSON', () => ({ body: '<html>' })],
    ['a list', () => ({ body: '[{"active":true}]' })],
    ['active twice', () => ({ body: '{"active":false,"active":true}' })],
    ['active as text', () => ({ ...ACTIVE, active: 'true' })],
    ['active as a number', () => ({ ...ACTIVE, active: 1 })],
    ['no word of active', () => ({ sub: 'ann' })],
  ];
  for (const [name, answer] of UNKNOWN)
    test(`neither yes nor no, and nothing is remembered: ${name}`, async () => {
      const { ask, requests } = method(answer);
      assert.equal(outcome(await ask('t')), 'authn.unavailable');
      assert.equal(outcome(await ask('t')), 'authn.unavailable');
      assert.equal(requests.length, 2);
    });

  test('many calls with one token ask once', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { ask, requests } = method(() => gate.then(() => ACTIVE));
    const asking = Promise.all(Array.from({ length: 50 }, () => ask('t')));
    release();
    assert.deepEqual(new Set((await asking).map(outcome)), new Set(['pass']));
    assert.equal(requests.length, 1);
  });

  test('a server that does not answer is left alone after five failures, then tried by one call at a time', async () => {
    let healthy = false;
    const { ask, requests } = method(() => (healthy ? ACTIVE : Promise.reject(new Error('gone'))));
    for (let i = 0; i < 20; i++) assert.equal(outcome(await ask(`t${i}`, NOW_MS, `192.0.2.${i}`)), 'authn.unavailable');
    assert.equal(requests.length, 5);
    const later = NOW_MS + 2_000;
    await Promise.all(Array.from({ length: 10 }, (_, i) => ask(`u${i}`, later, `198.51.100.${i}`)));
    assert.equal(requests.length, 6);
    healthy = true;
    assert.equal(outcome(await ask('v', later + 4_000)), 'pass');
    assert.equal(outcome(await ask('w', later + 4_000)), 'pass');
  });

  test('questions that fail together are one hiccup: the pause is the shortest', async () => {
    let healthy = false;
    const { ask } = method(() => (healthy ? ACTIVE : Promise.reject(new Error('gone'))));
    await Promise.all(Array.from({ length: 40 }, (_, i) => ask(`t${i}`, NOW_MS, `192.0.2.${i}`)));
    healthy = true;
    assert.equal(outcome(await ask('v', NOW_MS + 2_001, '198.51.100.1')), 'pass');
  });

  test('tokens that the issuer cannot answer, from one address, keep nobody else from being asked about', async () => {
    for (const status of [400, 500]) {
      const { ask, requests } = method(({ body }) =>
        body?.includes('good') === true ? ACTIVE : { status, body: 'what is this?' },
      );
      let refused = 0;
      for (let second = 0; second < 60; second++) {
        await ask(`odd-${second}`, NOW_MS + second * 1_000, '203.0.113.66');
        const good = await ask(`good-${second}`, NOW_MS + second * 1_000, '198.51.100.1');
        if (outcome(good) !== 'pass') refused++;
      }
      assert.equal(refused, 0, `status ${status}`);
      assert.ok(requests.length <= 120);
    }
  });

  test('one address cannot take every question', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { ask } = method(() => gate.then(() => ACTIVE));
    const flood = Array.from({ length: 400 }, (_, i) => ask(`t${i}`, NOW_MS, '203.0.113.66'));
    const good = ask('good', NOW_MS, '198.51.100.1');
    release();
    assert.equal(outcome(await good), 'pass');
    const outcomes = (await Promise.all(flood)).map(outcome);
    assert.equal(outcomes.filter((one) => one === 'pass').length, 32);
  });

  test('an address that invents tokens is slowed down before the issuer is asked, others are not', async () => {
    const { ask, requests } = method(({ body }) => (body?.includes('good') === true ? ACTIVE : { active: false }));
    const outcomes = new Set<string>();
    for (let i = 0; i < 60; i++) outcomes.add(outcome(await ask(`invented-${i}`)));
    assert.deepEqual([...outcomes], ['authn.token_inactive', 'authn.throttled']);
    assert.ok(requests.length <= 21, `${requests.length} questions`);
    assert.equal(outcome(await ask('good', NOW_MS, '198.51.100.1')), 'pass');
  });

  test('what was revoked here is refused although the issuer’s answer is still believed', async () => {
    const { ask, writer } = method(() => ({ ...ACTIVE, jti: 'j1' }));
    assert.equal(outcome(await ask('t')), 'pass');
    writer.add('jti', 'https://id.example.com', 'j1', 0xffff_ffff, 0);
    assert.equal(outcome(await ask('t')), 'authn.token_revoked');
  });
});
