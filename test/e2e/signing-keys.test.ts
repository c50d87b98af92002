import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';
import { issuerConfig } from '../harness/issuer-config.ts';

const CALLS_PER_SECOND = 1_000;
const SECONDS = 4;

let upstream: Awaited<ReturnType<typeof echoUpstream>>;
let gateway: TestGateway;
let authorization: string;

before(async () => {
  upstream = await echoUpstream();
  gateway = await TestGateway.start({ config: issuerConfig(upstream.url), workers: 2 });
  await gateway.admin('PUT', '/api/v1/consumers/acme', {});
  const { body } = await gateway.admin('POST', '/api/v1/clients', {
    consumer: 'acme',
    name: 'load',
    grantTypes: ['client_credentials'],
    authentication: 'client_secret_basic',
  });
  authorization = `Basic ${Buffer.from(`${String(body['id'])}:${String(body['secret'])}`).toString('base64')}`;
});
after(async () => {
  await gateway.stop();
  await upstream.close();
});

async function token(): Promise<string> {
  const answer = await call(`${gateway.url}/oauth/token`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials&scope=orders%3Aread',
  });
  return (JSON.parse(answer.text) as { access_token: string }).access_token;
}

const kidOf = (text: string): string =>
  (JSON.parse(Buffer.from(text.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;

const rotate = async (how: string): Promise<void> => {
  const { status } = await gateway.admin('POST', '/api/v1/signing-keys/rotate', { how });
  assert.equal(status, 200);
};

test('the list of signing keys says which one signs, and when that changes by itself', async () => {
  const { body } = await gateway.admin('GET', '/api/v1/signing-keys');
  const items = body['items'] as { state: string }[];
  assert.equal(items.filter(({ state }) => state === 'signing').length, 1);
  assert.ok(Number(body['nextChangeAtMs']) > Date.now());
});

test(`while keys are rotated under ${CALLS_PER_SECOND} calls a second, no valid token is refused`, async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  const statuses = new Map<number, number>();
  const kids = new Set<string>();
  const tokens = [await token()];
  const pending: Promise<void>[] = [];
  const beganAt = performance.now();
  const issuing = (async () => {
    while (performance.now() - beganAt < SECONDS * 1000) {
      const fresh = await token();
      kids.add(kidOf(fresh));
      tokens.push(fresh);
      await sleep(20);
    }
  })();
  const rotating = (async () => {
    while (performance.now() - beganAt < SECONDS * 1000 - 500) {
      await sleep(400);
      await rotate('now');
    }
  })();
  for (let sent = 0; sent < CALLS_PER_SECOND * SECONDS; ) {
    const due = Math.min(
      CALLS_PER_SECOND * SECONDS,
      Math.floor(((performance.now() - beganAt) / 1000) * CALLS_PER_SECOND),
    );
    for (; sent < due; sent++) {
      // Now the newest, now one from long before: both are valid.
      const bearer = tokens[sent % 2 === 0 ? tokens.length - 1 : sent % tokens.length] ?? '';
      pending.push(
        call(`${gateway.url}/orders/1`, { headers: { authorization: `Bearer ${bearer}` }, agent }).then(
          ({ status }) => {
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
          },
        ),
      );
    }
    await sleep(5);
  }
  await Promise.all([issuing, rotating, ...pending]);
  agent.destroy();
  assert.ok(kids.size >= 4, `${kids.size} keys have signed`);
  assert.deepEqual([...statuses], [[200, CALLS_PER_SECOND * SECONDS]]);
});

test('a key that is removed in an emergency is refused everywhere before the command answers', async () => {
  const old = await token();
  const remembered = await Promise.all(
    Array.from({ length: 16 }, () => call(`${gateway.url}/orders/1`, { headers: { authorization: `Bearer ${old}` } })),
  );
  assert.ok(remembered.every(({ status }) => status === 200));
  await rotate('emergency');
  const refused = await Promise.all(
    Array.from({ length: 16 }, () => call(`${gateway.url}/orders/1`, { headers: { authorization: `Bearer ${old}` } })),
  );
  assert.ok(refused.every(({ status }) => status === 401));
  const fresh = await token();
  const taken = await call(`${gateway.url}/orders/1`, { headers: { authorization: `Bearer ${fresh}` } });
  assert.equal(taken.status, 200);
  const published = JSON.parse((await call(`${gateway.url}/oauth/jwks`)).text) as { keys: { kid: string }[] };
  assert.deepEqual(
    published.keys.map(({ kid }) => kid),
    [kidOf(fresh)],
  );
});
