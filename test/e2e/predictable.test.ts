import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { call, TestGateway } from '../harness/gateway.ts';

interface Found {
  readonly detector: string;
  readonly actor: string;
  readonly subject: string;
  readonly title: string;
}

test('counters in tokens, imported keys and session cookies are told of; random ones and other cookies are not', async () => {
  let sessions = 0;
  const server = http.createServer((request, response) => {
    if (request.url === '/introspect') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ active: true, sub: 'a', exp: Math.floor(Date.now() / 1_000) + 600 }));
      return;
    }
    sessions++;
    response.setHeader('set-cookie', [
      `app_session=${100_000_000 + sessions}; HttpOnly`,
      `good_session=${randomUUID()}`,
      `visits=${100_000 + sessions}`,
    ]);
    response.end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const introspection = (name: string) =>
    `  ${name}: { type: introspection, endpoint: "${url}/introspect", clientId: gateway, clientSecret: "\${file:secret}", allowPrivateAddresses: true, issuer: "${url}/${name}" }`;
  const gateway = await TestGateway.start({
    files: { secret: 'a secret of the gateway at its issuer' },
    config: `mode: enforce
upstreams: { a: { url: "${url}" } }
authenticators:
  keys: { type: api-key, header: x-api-key }
${introspection('weak')}
${introspection('sound')}
routes:
  - { id: open, match: { path: "/open" }, upstream: a, authenticate: none }
  - { id: weak, match: { path: "/weak" }, upstream: a, authenticate: { anyOf: [weak] } }
  - { id: sound, match: { path: "/sound" }, upstream: a, authenticate: { anyOf: [sound] } }
  - { id: keys, match: { path: "/keys" }, upstream: a, authenticate: { anyOf: [keys] } }
unmatched: deny
`,
  });
  try {
    const imported = Array.from({ length: 40 }, (_, i) => `customer-${7_000 + i}-key`);
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const keys = imported.map((key) => ({ consumer: 'acme', sha256: sha256(key) }));
    const made = await gateway.admin('POST', '/api/v1/keys/import', { keys });
    assert.ok(made.status < 300, JSON.stringify(made));
    for (let i = 0; i < 40; i++) {
      for (const [path, token] of [
        ['weak', `opaque-${50_000 + i}`],
        ['sound', randomUUID()],
      ]) {
        const answer = await call(`${gateway.url}/${path}`, { headers: { authorization: `Bearer ${token}` } });
        assert.equal(answer.status, 200, answer.text);
      }
      assert.equal((await call(`${gateway.url}/keys`, { headers: { 'x-api-key': imported[i] } })).status, 200);
      // Samples are taken of so many calls a second.
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    const { body } = await gateway.admin('GET', '/api/v1/findings');
    const found = body['items'] as Found[];
    assert.deepEqual(found.map(({ detector, actor, subject }) => `${detector} ${actor} ${subject}`).toSorted(), [
      'credential.predictable cookie app_session sequential',
      'credential.predictable key keys sequential',
      'credential.predictable token weak sequential',
    ]);
    assert.ok(!/opaque-5|customer-7|10000\d/.test(JSON.stringify([found, await gateway.recorded(1)])));
  } finally {
    await gateway.stop();
    server.closeAllConnections();
    server.close();
  }
});
