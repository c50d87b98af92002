import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { TestGateway } from '../harness/gateway.ts';

/** Sends only the head, waits until the upstream has it, then sends the body. */
async function sendLate(url: string, headers: http.OutgoingHttpHeaders, upstream: http.Server): Promise<number> {
  const request = http.request(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } });
  request.flushHeaders();
  await once(upstream, 'request', { signal: AbortSignal.timeout(10_000) });
  request.end('{"query":"{ a { b { c { d } } } }"}');
  const [answer] = (await once(request, 'response', { signal: AbortSignal.timeout(10_000) })) as [http.IncomingMessage];
  answer.resume();
  return answer.statusCode ?? 0;
}

test('a body that comes late is not held by what only observes, however it is framed', async () => {
  const bodies: string[] = [];
  const upstream = http.createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (piece: string) => {
      text += piece;
    });
    request.on('end', () => {
      bodies.push(text);
      response.end('ok');
    });
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const gateway = await TestGateway.start({
    config: `mode: observe
upstreams: { api: { url: "http://127.0.0.1:${(upstream.address() as AddressInfo).port}" } }
routes:
  - { id: watched, match: { path: /watched }, upstream: api, authenticate: none, inspect: { graphql: { depth: 3 } } }
`,
  });
  try {
    const body = '{"query":"{ a { b { c { d } } } }"}';
    for (const headers of [{ 'content-length': body.length }, { 'transfer-encoding': 'chunked' }])
      assert.equal(await sendLate(`${gateway.url}/watched`, headers, upstream), 200, JSON.stringify(headers));
    assert.deepEqual(bodies, [body, body]);
  } finally {
    await gateway.stop();
    upstream.close();
  }
});
