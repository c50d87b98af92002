import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Call, CollectedBody } from '../core/call.ts';
import { NO_CLAIMS } from '../core/principal.ts';
import type { Verdict } from '../core/verdict.ts';
import type { RegisteredConsumer } from './consumer-of.ts';
import {
  BODY,
  build,
  callOf,
  edited,
  judge,
  NO_SOURCE,
  NOW,
  OLD,
  OTHER,
  replayGuard,
  SECONDS,
  shown,
  whole,
  withFields,
  withoutBody,
} from './hmac-fixture.test.ts';

describe('sallyport-hmac', () => {
  test('a signed request identifies its client', async () => {
    const verdict = await judge(build(), callOf());
    assert.deepEqual(verdict.kind === 'pass' && verdict.principal, {
      version: 1,
      consumer: 'acme',
      subject: 'billing',
      scopes: ['write'],
      groups: [],
      tier: '',
      authenticator: 'signed',
      method: 'hmac',
      credentialId: 'billing',
      issuer: '',
      clientId: '',
      binding: 'none',
      acr: '',
      authenticatedAtSeconds: 0,
      expiresAtMs: 0,
      claims: NO_CLAIMS,
    });
  });

  const accepted: readonly (readonly [name: string, call: () => Call])[] = [
    ['the second secret', () => callOf({ secret: OLD })],
    ['a signature in base64url', () => callOf({ signature: (mac) => mac.toString('base64url') })],
    ['the scheme in another case', () => edited(callOf(), (text) => text.replace('Sallyport-HMAC', 'sallyport-hmac'))],
    ['a query in another order', () => ({ ...callOf({ query: 'a=1&b=2' }), query: 'b=2&a=1' })],
    ['a field that is not signed', () => withFields(callOf(), ['x-other', '1'])],
    ['a request without body', () => withoutBody()],
    ['the oldest time', () => callOf({ timestamp: String(SECONDS - 300) })],
    ['the time farthest ahead', () => callOf({ timestamp: String(SECONDS + 30) })],
  ];
  for (const [name, call] of accepted)
    test(`${name} is accepted`, async () => {
      assert.equal(shown(await judge(build(), call())), 'pass billing');
    });

  const attacks: readonly (readonly [name: string, call: () => Call, expected: string])[] = [
    ['the secret of another client', () => callOf({ secret: OTHER }), 'signature_wrong hmac.wrong_signature'],
    ['a retired secret', () => callOf({ secret: Buffer.alloc(32, 'retired') }), 'signature_wrong hmac.wrong_signature'],
    ['an empty secret', () => callOf({ secret: Buffer.alloc(0) }), 'signature_wrong hmac.wrong_signature'],
    ['an unknown client', () => callOf({ clientId: 'mallory' }), 'signature_key hmac.unknown_client'],
    ['a client of the prototype', () => callOf({ clientId: '__proto__' }), 'signature_key hmac.unknown_client'],
    [
      "another client's name on the request",
      () => edited(callOf(), (text) => text.replace('Credential=billing', 'Credential=twin')),
      'signature_wrong hmac.wrong_signature',
    ],
    ['another method', () => ({ ...callOf(), method: 'PUT' }), 'signature_wrong hmac.wrong_signature'],
    ['another path', () => ({ ...callOf(), path: '/v1/refunds' }), 'signature_wrong hmac.wrong_signature'],
    ['the path in another case', () => ({ ...callOf(), path: '/V1/orders' }), 'signature_wrong hmac.wrong_signature'],
    ['another query', () => ({ ...callOf(), query: 'a=2' }), 'signature_wrong hmac.wrong_signature'],
    [
      'a query added',
      () => ({ ...withoutBody({ query: '' }), query: 'admin=1' }),
      'signature_wrong hmac.wrong_signature',
    ],
    [
      'values of one name exchanged',
      () => ({ ...callOf({ query: 'a=1&a=2' }), query: 'a=2&a=1' }),
      'signature_wrong hmac.wrong_signature',
    ],
    ['another host', () => ({ ...callOf(), host: 'admin.example' }), 'signature_wrong hmac.wrong_signature'],
    ['another port', () => ({ ...callOf(), host: 'api.example:8443' }), 'signature_wrong hmac.wrong_signature'],
    [
      'a signed field changed',
      () => ({ ...callOf(), headers: callOf().headers.map((text) => (text === 'text/plain' ? 'text/html' : text)) }),
      'signature_wrong hmac.wrong_signature',
    ],
    [
      'a signed field removed',
      () => ({ ...callOf(), headers: callOf().headers.filter((_, i, all) => all[i - (i % 2)] !== 'content-type') }),
      'signature_coverage hmac.field_missing',
    ],
    [
      'a signed field doubled',
      () => withFields(callOf(), ['content-type', 'text/html']),
      'signature_coverage hmac.field_repeated',
    ],
    [
      'a newer time',
      () =>
        edited(callOf({ timestamp: String(SECONDS - 400) }), (text) =>
          text.replace(String(SECONDS - 400), String(SECONDS)),
        ),
      'signature_wrong hmac.wrong_signature',
    ],
    [
      'another nonce',
      () => edited(callOf(), (text) => text.replace('Nonce=n', 'Nonce=m')),
      'signature_wrong hmac.wrong_signature',
    ],
    ['an old request', () => callOf({ timestamp: String(SECONDS - 301) }), 'signature_expired hmac.expired'],
    ['a request of the future', () => callOf({ timestamp: String(SECONDS + 31) }), 'signature_expired hmac.future'],
    ['milliseconds for seconds', () => callOf({ timestamp: String(NOW) }), 'signature_expired hmac.future'],
    ['host not signed', () => callOf({ signed: ['content-type'] }), 'signature_coverage hmac.host_unsigned'],
    ['nothing signed', () => callOf({ signed: [] }), 'signature_coverage hmac.fields'],
    ['authorization signed', () => callOf({ signed: ['authorization', 'host'] }), 'signature_coverage hmac.fields'],
    ['a field signed twice', () => callOf({ signed: ['host', 'host'] }), 'signature_coverage hmac.fields'],
    ['fields out of order', () => callOf({ signed: ['host', 'content-type'] }), 'signature_coverage hmac.fields'],
    ['a field name in upper case', () => callOf({ signed: ['Host'] }), 'signature_coverage hmac.fields'],
    ['a field name that is none', () => callOf({ signed: ['ho st'] }), 'signature_coverage hmac.fields'],
    [
      '33 fields',
      () => callOf({ signed: Array.from({ length: 33 }, (_, i) => `x${i}`) }),
      'signature_coverage hmac.fields',
    ],
    [
      'a field that is not there',
      () => callOf({ signed: ['host', 'x-missing'] }),
      'signature_coverage hmac.field_missing',
    ],
    ['a time with a leading zero', () => callOf({ timestamp: `0${SECONDS}` }), 'signature_malformed hmac.timestamp'],
    ['a time with a sign', () => callOf({ timestamp: `+${SECONDS}` }), 'signature_malformed hmac.timestamp'],
    ['a time with a fraction', () => callOf({ timestamp: `${SECONDS}.5` }), 'signature_malformed hmac.timestamp'],
    ['a time that is no number', () => callOf({ timestamp: 'NaN' }), 'signature_malformed hmac.timestamp'],
    ['a time beyond numbers', () => callOf({ timestamp: '9'.repeat(400) }), 'signature_malformed hmac.timestamp'],
    ['no nonce', () => callOf({ nonce: '' }), 'signature_malformed hmac.nonce'],
    ['a short nonce', () => callOf({ nonce: 'n'.repeat(15) }), 'signature_malformed hmac.nonce'],
    ['a long nonce', () => callOf({ nonce: 'n'.repeat(129) }), 'signature_malformed hmac.nonce'],
    ['a nonce of other characters', () => callOf({ nonce: 'nonce nonce nonce' }), 'signature_malformed hmac.nonce'],
    ['no signature', () => callOf({ signature: () => '' }), 'signature_malformed hmac.form'],
    [
      'a cut signature',
      () => callOf({ signature: (mac) => mac.toString('hex').slice(0, 62) }),
      'signature_malformed hmac.form',
    ],
    [
      'a signature in upper case',
      () => callOf({ signature: (mac) => mac.toString('hex').toUpperCase() }),
      'signature_malformed hmac.form',
    ],
    [
      'a padded signature',
      () => callOf({ signature: (mac) => `${mac.toString('base64url')}=` }),
      'signature_malformed hmac.form',
    ],
    [
      'parts in another order',
      () => edited(callOf(), (text) => text.replace(/(Timestamp=\d+),(Nonce=\w+)/u, '$2,$1')),
      'signature_malformed hmac.form',
    ],
    ['a part twice', () => edited(callOf(), (text) => `${text},Signature=00`), 'signature_malformed hmac.form'],
    [
      'a space between parts',
      () => edited(callOf(), (text) => text.replace(',Nonce', ', Nonce')),
      'signature_malformed hmac.form',
    ],
    ['the scheme alone', () => edited(callOf(), () => 'Sallyport-HMAC-SHA256'), 'signature_malformed hmac.form'],
    [
      'a very long credential',
      () => edited(callOf(), (text) => `${text}${'0'.repeat(5_000)}`),
      'signature_malformed hmac.form',
    ],
    [
      'two credentials',
      () => withFields(callOf(), ['authorization', callOf().headers[1] ?? '']),
      'ambiguous hmac.several',
    ],
  ];
  for (const [name, call, expected] of attacks)
    test(`${name} is refused`, async () => {
      assert.equal(shown(await judge(build(), call())), `authn.${expected}`);
    });

  test('another body is refused, and one that was not signed', async () => {
    const wrong = 'authn.signature_wrong hmac.wrong_signature';
    assert.equal(shown(await judge(build(), callOf(), whole('{"amount":2}'))), wrong);
    assert.equal(shown(await judge(build(), callOf(), whole(''))), wrong);
    assert.equal(shown(await judge(build(), { ...withoutBody(), bodyFraming: 'chunked' }, whole('x'))), wrong);
    assert.equal(shown(await judge(build(), { ...callOf(), bodyFraming: 'none' }, NO_SOURCE)), wrong);
  });

  test('a body that cannot be read decides nothing in favour of anyone', async () => {
    const cases: readonly (readonly [CollectedBody, string])[] = [
      [{ kind: 'tooLarge' }, 'body.too_large hmac.body_too_large'],
      [{ kind: 'busy' }, 'indeterminate authn.unavailable'],
      [{ kind: 'broken' }, 'framing.body hmac.body_broken'],
    ];
    for (const [body, expected] of cases) {
      assert.equal(shown(await judge(build(), callOf(), { collect: () => body })), expected);
      assert.equal(shown(await judge(build(), callOf(), { collect: () => Promise.resolve(body) })), expected);
    }
  });

  test('no more of the body is read than is configured, and none for a credential that is no good anyway', async () => {
    const asked: number[] = [];
    const collect = (bytesMax: number): CollectedBody => {
      asked.push(bytesMax);
      return { kind: 'whole', bytes: Buffer.from(BODY) };
    };
    await judge(build(), callOf(), { collect });
    await judge(build(), callOf({ timestamp: '1' }), { collect });
    await judge(build(), callOf({ nonce: '' }), { collect });
    assert.deepEqual(asked, [1_024]);
  });

  test('a body that is there already needs no promise', () => {
    const body: CollectedBody = { kind: 'whole', bytes: Buffer.from(BODY) };
    assert.equal(shown(build().authenticate(callOf(), NOW, { collect: () => body }) as Verdict), 'pass billing');
  });

  test('a request counts once, on every thread and under every spelling', async () => {
    const replay = replayGuard();
    assert.equal(shown(await judge(build({ replay }), callOf())), 'pass billing');
    const replayed = 'authn.signature_replay hmac.replay';
    assert.equal(shown(await judge(build({ replay }), callOf())), replayed);
    assert.equal(
      shown(await judge(build({ replay }), callOf({ signature: (mac) => mac.toString('base64url') }))),
      replayed,
    );
    assert.equal(shown(await judge(build({ replay }), callOf({ secret: OLD }))), replayed);
    assert.equal(shown(await judge(build({ replay }), callOf({ timestamp: String(SECONDS + 1) }))), replayed);
    assert.equal(shown(await judge(build({ replay }), callOf(), whole(BODY), NOW + 299_999)), replayed);
    assert.equal(shown(await judge(build({ replay }), callOf({ nonce: 'another-nonce-16' }))), 'pass billing');
    const twin = callOf({ clientId: 'twin', secret: OTHER });
    assert.equal(shown(await judge(build({ replay }), twin)), 'pass twin', 'a nonce is one of its client');
  });

  test('a wrong request does not use up the nonce of a right one', async () => {
    const replay = replayGuard();
    assert.equal((await judge(build({ replay }), callOf({ secret: OTHER }))).kind, 'deny');
    assert.equal((await judge(build({ replay }), callOf())).kind, 'pass');
  });

  test('what may have been used before the start is not decided', async () => {
    const replay = replayGuard(NOW - 30_000);
    assert.equal(shown(await judge(build({ replay }), callOf())), 'indeterminate authn.unavailable');
    assert.equal(shown(await judge(build({ replay }), callOf({ timestamp: String(SECONDS + 1) }))), 'pass billing');
    assert.equal(
      shown(await judge(build({ replay }), callOf({ secret: OTHER }))),
      'authn.signature_wrong hmac.wrong_signature',
    );
  });

  test('without room to remember a request it is not decided', async () => {
    const replay = replayGuard(NOW - 1_000_000, 16);
    for (let i = 0; i < 16; i++) replay.claim('test', [String(i)], NOW + 1_000_000, NOW);
    assert.equal(shown(await judge(build({ replay }), callOf())), 'indeterminate authn.unavailable');
  });

  test('a registered consumer brings its groups, and a disabled one is refused without using the request up', async () => {
    let registered: RegisteredConsumer = { groups: ['g'], tier: 'gold', disabled: true };
    const authenticator = build({ find: (name) => (name === 'acme' ? registered : undefined) });
    assert.equal(shown(await judge(authenticator, callOf())), 'authn.signature_key hmac.consumer_disabled');
    registered = { ...registered, disabled: false };
    const verdict = await judge(authenticator, callOf());
    assert.ok(verdict.kind === 'pass');
    assert.deepEqual([verdict.principal?.groups, verdict.principal?.tier], [['g'], 'gold']);
  });

  test('a copy whose body is held back is judged by when the body comes', async () => {
    let waitedMs = 0;
    const slow = build({ monotonicMs: () => waitedMs });
    const held = { collect: () => Promise.resolve().then(() => whole(BODY).collect(1_024)) };
    const late = {
      collect: () =>
        held.collect().then((body) => {
          waitedMs = 301_000;
          return body;
        }),
    };
    assert.equal(shown(await judge(slow, callOf(), late)), 'authn.signature_expired hmac.expired');
  });

  test('another scheme is left to others', async () => {
    const authenticator = build();
    for (const headers of [[], ['authorization', 'Bearer abc'], ['authorization', 'Sallyport-HMAC-SHA512 a=b']]) {
      const call = { ...callOf(), headers };
      assert.equal((await judge(authenticator, call)).kind, 'notApplicable');
      assert.equal(authenticator.presents(call), false);
    }
    assert.equal(authenticator.presents(callOf()), true);
    assert.deepEqual(authenticator.credentialHeaders, ['authorization']);
  });
});
