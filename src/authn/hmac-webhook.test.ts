import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import type { Call } from '../core/call.ts';
import {
  BODY,
  build,
  callOf,
  hook,
  judge,
  mac,
  NEW,
  OLD,
  OTHER,
  renamed,
  replayGuard,
  SECONDS,
  shown,
  signedBy,
  webhook,
  webhookFields,
  whole,
  withFields,
} from './hmac-fixture.test.ts';

describe('standard webhooks', () => {
  test('the reference vector is accepted', async () => {
    const client = { secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], consumer: 'acme', scopes: [] };
    const authenticator = build({
      scheme: 'standard-webhooks',
      clients: { sender: client },
      replay: replayGuard(1_614_000_000_000),
    });
    const call = {
      ...callOf(),
      headers: webhookFields(
        'msg_p5jXN8AQM9LWM0D4loKWxJek',
        '1614265330',
        'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      ),
    };
    const verdict = await judge(authenticator, call, whole('{"test": 2432232314}'), 1_614_265_330_000);
    assert.equal(shown(verdict), 'pass sender');
  });

  const good = () => webhook();
  const accepted: readonly (readonly [name: string, call: () => Call])[] = [
    ['a signed webhook', good],
    ['a secret that is being replaced', () => webhook({ secret: OLD })],
    [
      'one right signature among several',
      () => signedBy((mac) => `v1,${Buffer.alloc(32).toString('base64')} v1,${mac}`),
    ],
    ['a signature beside one of an unknown version', () => signedBy((mac) => `v1a,abc v1,${mac} v9,`)],
  ];
  for (const [name, call] of accepted)
    test(`${name} is accepted`, async () => {
      assert.equal(shown(await judge(hook(), call())), 'pass sender');
    });

  const attacks: readonly (readonly [name: string, call: () => Call, expected: string, body?: string])[] = [
    ['another body', good, 'signature_wrong hmac.wrong_signature', '{"amount":2}'],
    [
      'another id',
      () => ({ ...good(), headers: renamed(good().headers, 'webhook-id', 'msg_2') }),
      'signature_wrong hmac.wrong_signature',
    ],
    [
      'another time',
      () => ({ ...good(), headers: renamed(good().headers, 'webhook-timestamp', String(SECONDS + 1)) }),
      'signature_wrong hmac.wrong_signature',
    ],
    ['another secret', () => webhook({ secret: OTHER }), 'signature_wrong hmac.wrong_signature'],
    ['an old webhook', () => webhook({ timestamp: String(SECONDS - 301) }), 'signature_expired hmac.expired'],
    ['a webhook of the future', () => webhook({ timestamp: String(SECONDS + 31) }), 'signature_expired hmac.future'],
    // Signed: id "msg_1", an old time, and a body that begins with a newer time and a full stop.
    [
      'the old time moved into the id',
      () => ({
        ...good(),
        headers: webhookFields(
          `msg_1.${SECONDS - 9_000}`,
          String(SECONDS),
          `v1,${mac(NEW, `msg_1.${SECONDS - 9_000}.${SECONDS}.${BODY}`).toString('base64')}`,
        ),
      }),
      'signature_malformed hmac.webhook_id',
    ],
    [
      'a webhook without id',
      () => ({ ...good(), headers: good().headers.slice(2) }),
      'signature_malformed hmac.webhook_id',
    ],
    ['an id with a space', () => webhook({ nonce: 'msg 1' }), 'signature_malformed hmac.webhook_id'],
    [
      'a webhook without time',
      () => ({ ...good(), headers: renamed(good().headers, 'webhook-timestamp', '') }),
      'signature_malformed hmac.timestamp',
    ],
    [
      'a time in hexadecimal',
      () => webhook({ timestamp: `0x${SECONDS.toString(16)}` }),
      'signature_malformed hmac.timestamp',
    ],
    ['an empty signature', () => signedBy(() => ''), 'signature_malformed hmac.form'],
    ['a signature without version', () => signedBy((mac) => mac), 'signature_malformed hmac.form'],
    [
      'only signatures of unknown versions',
      () => signedBy((mac) => `v2,${mac} v1a,${mac} V1,${mac}`),
      'signature_malformed hmac.version',
    ],
    [
      'a signature without padding',
      () => signedBy((mac) => `v1,${mac.replace('=', '')}`),
      'signature_malformed hmac.form',
    ],
    ['a cut signature', () => signedBy(() => 'v1,AAAA'), 'signature_malformed hmac.form'],
    ['17 signatures', () => signedBy((mac) => Array(17).fill(`v1,${mac}`).join(' ')), 'signature_malformed hmac.form'],
    ['a second id', () => withFields(good(), ['webhook-id', 'msg_2']), 'ambiguous hmac.several'],
    ['a second time', () => withFields(good(), ['webhook-timestamp', '1']), 'ambiguous hmac.several'],
    ['a second list of signatures', () => withFields(good(), ['webhook-signature', 'v1,x']), 'ambiguous hmac.several'],
  ];
  for (const [name, call, expected, body] of attacks)
    test(`${name} is refused`, async () => {
      assert.equal(shown(await judge(hook(), call(), whole(body ?? BODY))), `authn.${expected}`);
    });

  test('one delivery counts once, whichever of its signatures is shown, and the next attempt is another', async () => {
    const replay = replayGuard();
    const both = signedBy(() =>
      [NEW, OLD].map((key) => `v1,${mac(key, `msg_1.${SECONDS}.${BODY}`).toString('base64')}`).join(' '),
    );
    assert.equal(shown(await judge(hook(replay), both)), 'pass sender');
    for (const again of [both, webhook(), webhook({ secret: OLD })])
      assert.equal(shown(await judge(hook(replay), again)), 'authn.signature_replay hmac.replay');
    assert.equal(shown(await judge(hook(replay), webhook({ timestamp: String(SECONDS + 5) }))), 'pass sender');
  });

  test('a body of any bytes is signed as it is', async () => {
    const bytes = Buffer.from([0xff, 0x00, 0x0a, 0x80]);
    const signature = createHmac('sha256', NEW).update(`msg_1.${SECONDS}.`).update(bytes).digest('base64');
    const call = { ...webhook(), headers: webhookFields('msg_1', String(SECONDS), `v1,${signature}`) };
    assert.equal(shown(await judge(hook(), call, { collect: () => ({ kind: 'whole', bytes }) })), 'pass sender');
  });

  test('calls without signature are left to others', async () => {
    const call = { ...good(), headers: ['webhook-id', 'msg_1', 'authorization', 'Bearer abc'] };
    assert.equal((await judge(hook(), call)).kind, 'notApplicable');
    assert.equal(hook().presents(call), false);
    assert.equal(hook().presents(good()), true);
    assert.deepEqual(hook().credentialHeaders, ['webhook-id', 'webhook-timestamp', 'webhook-signature']);
  });

  test('two senders cannot share one method, and a short secret is none', () => {
    const client = { secrets: [NEW.toString('base64')], consumer: 'a', scopes: [] };
    assert.throws(() => build({ scheme: 'standard-webhooks', clients: { one: client, two: client } }), TypeError);
    assert.throws(() => build({ clients: { one: { ...client, secrets: ['c2hvcnQ='] } } }), TypeError);
    assert.throws(() => build({ clients: {} }), TypeError);
  });
});
