import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { loadValueJudge } from '../../src/pipeline/value-judge.ts';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';

const SUSPICIOUS_MAX = 6;
/** Texts the strict profile refuses and the relaxed one does not, by the model of the day. */
const NEAR = ['1; DROP TABLE users', '1/0 or 1', 'a;cat x', 'PATH=/usr/bin:$PATH', "' or 'a", '<svg>'].filter(isNear);

function isNear(text: string): boolean {
  const judge = loadValueJudge();
  const found = judge.scoreValue({ location: 'json', isKey: false, path: 'body.note', text, decoded: [] });
  return (
    found?.classes.every((one) => one.score < judge.thresholdOf('relaxed', one.class) - 0.5) === true &&
    found.classes.some((one) => one.score >= judge.thresholdOf('strict', one.class))
  );
}

describe('values that only come near an attack', () => {
  let upstream: Awaited<ReturnType<typeof echoUpstream>>;
  let gateway: TestGateway;
  before(async () => {
    upstream = await echoUpstream();
    try {
      gateway = await TestGateway.start({
        workers: 3,
        config: `mode: enforce
upstreams: { api: { url: "${upstream.url}" } }
trustedProxies: [127.0.0.1]
authenticators: { key: { type: api-key, header: x-api-key } }
inspect: { payload: { profile: relaxed, learn: false, suspiciousMax: ${SUSPICIOUS_MAX} } }
routes:
  - { id: open, match: { path: "/open/*" }, upstream: api, authenticate: none }
  - { id: other, match: { path: "/other/*" }, upstream: api, authenticate: none }
  - { id: own, match: { path: "/own/*" }, upstream: api, authenticate: { anyOf: [key] } }
`,
      });
    } catch (error) {
      await upstream.close();
      throw error;
    }
  });
  after(async () => {
    await gateway.stop();
    await upstream.close();
  });

  const text = (): string => NEAR[0] ?? assert.fail('no text comes near an attack any more: write others');
  const post = (path: string, note: string, headers: Record<string, string>) =>
    call(`${gateway.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ note }),
    });
  /** Statuses of so many calls at once, on connections of their own: the kernel spreads them over the threads. */
  const counted = async (calls: number, path: string, headers: Record<string, string>, note = text()) => {
    const answers = await Promise.all(Array.from({ length: calls }, () => post(path, note, headers)));
    const codes = answers.map(({ status, text: body }) =>
      status === 200 ? '200' : `${status} ${JSON.parse(body).code}`,
    );
    return Object.fromEntries(
      [...new Set(codes)].sort().map((code) => [code, codes.filter((one) => one === code).length]),
    );
  };
  const from = (address: string) => ({ 'x-forwarded-for': address });

  test('pass so often and no oftener, on every thread together and over every route', async () => {
    const refused = '403 payload.refused';
    assert.deepEqual(await counted(2, '/other/1', from('198.51.100.1')), { '200': 2 });
    assert.deepEqual(await counted(30, '/open/1', from('198.51.100.1')), {
      '200': SUSPICIOUS_MAX - 2,
      [refused]: 32 - SUSPICIOUS_MAX,
    });
    assert.deepEqual(await counted(3, '/other/1', from('198.51.100.1')), { [refused]: 3 });
    assert.deepEqual(await counted(3, '/open/1', from('198.51.100.1'), 'nothing of note'), { '200': 3 });
    assert.deepEqual(await counted(3, '/open/1', from('198.51.100.2')), { '200': 3 });
    const recorded = await gateway.recorded(35 - SUSPICIOUS_MAX, ({ reason }) => reason === 'payload.suspicious');
    assert.ok(recorded.every(({ address }) => address === '198.51.100.1'));
  });

  test('count against the consumer, from wherever it calls, and against no other', async () => {
    const [acme, other] = [await gateway.createKey('acme'), await gateway.createKey('other')];
    const perAddress = SUSPICIOUS_MAX / 2;
    for (const address of ['198.51.100.11', '198.51.100.12'])
      assert.deepEqual(await counted(perAddress, '/own/1', { 'x-api-key': acme.key, ...from(address) }), {
        '200': perAddress,
      });
    const refused = { '403 payload.refused': 4 };
    assert.deepEqual(await counted(4, '/own/1', { 'x-api-key': acme.key, ...from('198.51.100.13') }), refused);
    assert.deepEqual(await counted(4, '/own/1', { 'x-api-key': other.key, ...from('198.51.100.11') }), { '200': 4 });
    assert.deepEqual(await counted(4, '/open/1', from('198.51.100.11')), { '200': 4 });
  });
});
