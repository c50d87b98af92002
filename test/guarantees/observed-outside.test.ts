import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { call, type RecordedCall, TestGateway } from '../harness/gateway.ts';
import { json, type ToldServer, toldServer } from '../harness/owner-service.ts';

/** Longer than any test may take: whoever waits for it has failed. */
const TIMEOUT_SECONDS = 30;

describe('what is asked of others about calls that are only observed', () => {
  let upstream: ToldServer;
  let owners: ToldServer;
  let gateway: TestGateway;
  let key: string;
  let folder: string;

  before(async () => {
    upstream = await toldServer((_request, response) => json(response, { from: 'api' }));
    owners = await toldServer(() => undefined);
    folder = mkdtempSync(join(tmpdir(), 'sallyport-observed-'));
    gateway = await TestGateway.start({ config: configuration(), folder });
    ({ key } = await gateway.createKey('alice'));
  });
  after(async () => {
    await upstream.close();
    await owners.close();
    await gateway.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    upstream.seen.length = 0;
    owners.answer = () => undefined;
  });

  function configuration(): string {
    return `
mode: observe
upstreams: { shop: { url: "${upstream.url}" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
owners:
  orders: { type: http, url: "${owners.url}/owners/{id}", allowPrivateAddresses: true, timeoutSeconds: ${TIMEOUT_SECONDS} }
deciders:
  pdp: { type: opa, url: "${owners.url}/v1/data/shop/allow", allowPrivateAddresses: true, timeoutSeconds: ${TIMEOUT_SECONDS} }
routes:
  - id: order
    match: { path: "/orders/{orderId}" }
    upstream: shop
    authenticate: { anyOf: [keys] }
    authorize: { owner: 'path.orderId in owned(principal, "orders")' }
  - id: limited
    match: { path: "/limited/{orderId}" }
    upstream: shop
    authenticate: { anyOf: [keys] }
    authorize: { owner: 'path.orderId in owned(principal, "orders")' }
    stages: { limit: enforce }
    limits: [{ per: route, rate: 1/h }]
  - id: decided
    match: { path: "/decided" }
    upstream: shop
    authenticate: { anyOf: [keys] }
    authorize: { decide: [pdp] }
`;
  }

  const get = async (path: string): Promise<number> =>
    (await call(`${gateway.url}${path}`, { headers: { 'x-api-key': key } })).status;

  async function recorded(path: string): Promise<RecordedCall & { readonly detail: string }> {
    const [one] = await gateway.recorded(1, (event) => event.path === path);
    return one as RecordedCall & { readonly detail: string };
  }

  type Answer = (value: unknown) => void;

  /** Holds every question; the next one, as soon as it came, and how it is answered. */
  function held(): () => Promise<Answer> {
    const answers: Answer[] = [];
    let came: () => void = () => undefined;
    owners.answer = (_request, response) => {
      answers.push((value) => json(response, value));
      came();
    };
    return async () => {
      for (;;) {
        const answer = answers.shift();
        if (answer !== undefined) return answer;
        await new Promise<void>((resolve) => {
          came = resolve;
        });
      }
    };
  }

  test('a call is forwarded and answered while the owner is still being asked, and its record says what came of it', async () => {
    const nextQuestion = held();
    assert.equal(await get('/orders/7'), 200);
    assert.equal(upstream.seen.length, 1);
    (await nextQuestion())({ owner: 'bob' });
    const other = await recorded('/orders/7');
    assert.deepEqual([other.outcome, other.reason, other.status], ['observed', 'authz.owner', 200]);
    assert.match(other.detail, /orders: found in/);
    assert.ok(!other.detail.includes('bob'));
    assert.equal(await get('/orders/8'), 200);
    (await nextQuestion())({ owner: 'alice' });
    const own = await recorded('/orders/8');
    assert.deepEqual([own.outcome, own.reason, own.status], ['permitted', '', 200]);
  });

  test('the late answer serves the next call', async () => {
    const nextQuestion = held();
    assert.equal(await get('/orders/20?first'), 200);
    (await nextQuestion())({ owner: 'alice' });
    await recorded('/orders/20');
    const asked = owners.seen.length;
    assert.equal(await get('/orders/20?second'), 200);
    await gateway.recorded(2, ({ path, outcome }) => path === '/orders/20' && outcome === 'permitted');
    assert.equal(owners.seen.length, asked);
  });

  test('nor does a decider hold a call', async () => {
    const nextQuestion = held();
    assert.equal(await get('/decided'), 200);
    (await nextQuestion())({ result: false });
    const { outcome, reason } = await recorded('/decided');
    assert.deepEqual([outcome, reason], ['observed', 'authz.decider']);
  });

  test('a later stage that enforces still does, and the record says so', async () => {
    const nextQuestion = held();
    assert.equal(await get('/limited/1'), 200);
    assert.equal(await get('/limited/2'), 429);
    for (let i = 0; i < 2; i++) (await nextQuestion())({ owner: 'bob' });
    const [first, second] = [await recorded('/limited/1'), await recorded('/limited/2')];
    assert.deepEqual([first.outcome, first.reason], ['observed', 'authz.owner']);
    assert.deepEqual([second.outcome, second.reason, second.status], ['denied', 'limit.rate', 429]);
  });

  test('a gateway that stops records what it did not find out as that', async () => {
    assert.equal(await get('/orders/9'), 200);
    assert.equal(await gateway.stop(), 0);
    gateway = await TestGateway.start({ config: configuration(), folder });
    const { outcome, reason, status } = await recorded('/orders/9');
    assert.deepEqual([outcome, reason, status], ['observed', 'authz.unavailable', 200]);
  });
});
