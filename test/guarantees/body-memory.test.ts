import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { call, echoUpstream, TestGateway } from '../harness/gateway.ts';

const MIB = 1_048_576;
const BODY = Buffer.from(`{"a":"${'x'.repeat(7 * MIB)}"}`);
/** Beyond a quarter of the 128 MiB one thread holds. */
const GREEDY = 7;

/** Sends all of a body but its last byte, for which the gateway waits. */
function hold(url: string, headers: http.OutgoingHttpHeaders): http.ClientRequest {
  const request = http.request(url, {
    method: 'POST',
    agent: false,
    headers: { ...headers, 'content-type': 'application/json', 'content-length': BODY.length },
  });
  request.on('error', () => undefined);
  request.write(BODY.subarray(0, -1));
  return request;
}

test('one client with many bodies that are held takes the room of nobody else', { timeout: 60_000 }, async () => {
  const upstream = await echoUpstream();
  const gateway = await TestGateway.start({
    workers: 1,
    config: `mode: enforce
upstreams: { api: { url: "${upstream.url}" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
routes:
  - id: judged
    match: { path: /judged }
    upstream: api
    authenticate: { anyOf: [keys] }
    authorize: { fields: { request: [{ allow: [a] }] } }
    inspect: { maxBodyBytes: 8MiB }
`,
  });
  const held: http.ClientRequest[] = [];
  try {
    const [greedy, other] = [await gateway.createKey('greedy'), await gateway.createKey('other')];
    for (let i = 0; i < GREEDY; i++) held.push(hold(`${gateway.url}/judged`, { 'x-api-key': greedy.key }));
    // Whether its client hears of it or finds the connection closed on the rest of its body, it is recorded as refused.
    const [refused] = await gateway.recorded(1, ({ consumer }) => consumer === 'greedy');
    assert.deepEqual([refused?.status, refused?.reason], [503, 'inspect.body']);
    const { status } = await call(`${gateway.url}/judged`, {
      method: 'POST',
      headers: { 'x-api-key': other.key, 'content-type': 'application/json' },
      body: BODY,
    });
    assert.equal(status, 200, 'another client is judged as ever');
  } finally {
    for (const request of held) request.destroy();
    await gateway.stop('SIGKILL');
    await upstream.close();
  }
});
