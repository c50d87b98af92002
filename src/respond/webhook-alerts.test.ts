import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { AlertWebhook } from '../core/configuration.ts';
import type { Finding } from '../core/finding.ts';
import type { OutboundRequest } from '../ports.ts';
import { memoryAlertStore } from '../store/memory/finding-store.ts';
import { signatureOf, WebhookAlerts } from './webhook-alerts.ts';

const logger = { debug() {}, info() {}, warn() {}, error() {} };
const secret = randomBytes(32).toString('base64');
const TARGET: AlertWebhook = {
  url: 'https://hooks.example.com/a',
  secret,
  severityMin: 'medium',
  allowPrivateAddresses: false,
};

const finding = (change: Partial<Finding> = {}): Finding => ({
  id: '0123456789abcdef',
  detector: 'test.seen',
  actor: 'a',
  subject: 's',
  severity: 'high',
  certainty: 1,
  title: 'seen',
  count: 1,
  firstMs: 1,
  lastMs: 1,
  requestIds: [],
  status: 'open',
  resolvedAtMs: 0,
  timeline: [],
  hourly: [],
  resolution: '',
  ...change,
});

function world(answer: () => number | Error, target: AlertWebhook | undefined = TARGET) {
  const requests: OutboundRequest[] = [];
  const clock = { now: 1_800_000_000_000 };
  const store = memoryAlertStore();
  const alerts = new WebhookAlerts({
    store,
    clock: { nowMs: () => clock.now, monotonicMicros: () => 0 },
    logger,
    target: () => target,
    fetch: async (request) => {
      requests.push(request);
      const given = answer();
      if (given instanceof Error) throw given;
      return { status: given, headers: {}, body: new Uint8Array(0) };
    },
  });
  const waiting = () => store.due(Number.MAX_SAFE_INTEGER, 100);
  return { alerts, requests, clock, store, waiting };
}

test('a finding is sent once, signed over id, time and body', async () => {
  const { alerts, requests, waiting } = world(() => 204);
  await alerts.enqueue(finding());
  await alerts.deliver();
  await alerts.deliver();
  assert.equal(requests.length, 1);
  const [{ headers, body, allowPrivateAddresses }] = requests as [OutboundRequest];
  assert.equal(headers['webhook-timestamp'], '1800000000');
  const expected = signatureOf(`whsec_${secret}`, String(headers['webhook-id']), '1800000000', String(body));
  assert.equal(headers['webhook-signature'], `v1,${expected}`);
  assert.equal((JSON.parse(String(body)) as { data: Finding }).data.title, 'seen');
  assert.equal(allowPrivateAddresses, false);
  assert.deepEqual(await waiting(), []);
});

test('the signature is that of the reference of Standard Webhooks', () => {
  assert.equal(
    signatureOf(
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      '1614265330',
      '{"test": 2432232314}',
    ),
    'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
});

test('one that is not taken is sent again, less and less often, and given up after three days', async () => {
  const { alerts, requests, clock, waiting } = world(() => (requests.length % 2 === 0 ? 500 : new Error('gone')));
  await alerts.enqueue(finding());
  const pauses: number[] = [];
  for (let i = 0; i < 12; i++) {
    await alerts.deliver();
    const [alert] = await waiting();
    if (alert === undefined) break;
    pauses.push((alert.dueAtMs - clock.now) / 1_000);
    await alerts.deliver();
    assert.equal(requests.length, i + 1, 'not before its time');
    clock.now = alert.dueAtMs;
  }
  assert.deepEqual(pauses, [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600]);
  clock.now += 3 * 86_400_000;
  await alerts.deliver();
  assert.deepEqual(await waiting(), []);
});

test('what is too mild, or for nobody, is not kept', async () => {
  const mild = world(() => 204);
  await mild.alerts.enqueue(finding({ severity: 'low' }));
  assert.deepEqual(await mild.waiting(), []);
  const nobody = new WebhookAlerts({
    store: mild.store,
    clock: { nowMs: () => 0, monotonicMicros: () => 0 },
    logger,
    target: () => undefined,
    fetch: () => Promise.reject(new Error('nobody is asked')),
  });
  await nobody.enqueue(finding());
  await nobody.deliver();
  assert.deepEqual(await mild.waiting(), []);
});
