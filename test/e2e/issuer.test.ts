import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { call, TestGateway } from '../harness/gateway.ts';
import { AUDIENCE, INTROSPECTING, TestIssuer } from '../harness/issuer.ts';

let upstream: http.Server;
let upstreamUrl = '';

before(async () => {
  upstream = http.createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ url: request.url, headers: request.headers }));
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  upstreamUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
});

after(() => {
  upstream.closeAllConnections();
  upstream.close();
});

function configuration(authenticator: string, workers = ''): string {
  return `mode: enforce
${workers}
upstreams: { orders: { url: "${upstreamUrl}" } }
authenticators:
  corp: ${authenticator}
routes:
  - id: read
    match: { path: "/orders/*", methods: [GET] }
    upstream: orders
    authenticate: { anyOf: [corp] }
    authorize: { scopes: [orders:read] }
unmatched: deny
`;
}

function jwtOf(issuer: TestIssuer, more = ''): string {
  return `{ type: jwt, issuer: "${issuer.url}", audience: "${AUDIENCE}", algorithms: [ES256], allowPrivateAddresses: true${more} }`;
}

function get(gateway: TestGateway, token: string, path = '/orders/1', scheme = 'Bearer') {
  return call(`${gateway.url}${path}`, { headers: { authorization: `${scheme} ${token}` } });
}

describe('tokens of a real issuer', () => {
  test('a token is taken, its identity reaches the upstream, and the token does not', async () => {
    const issuer = await TestIssuer.start();
    const gateway = await TestGateway.start({ config: configuration(jwtOf(issuer)) });
    try {
      const token = await issuer.token();
      const answer = await get(gateway, token);
      assert.equal(answer.status, 200, answer.text);
      const { headers } = JSON.parse(answer.text) as { headers: Record<string, string> };
      assert.equal(headers['sallyport-subject'], 'reports');
      assert.equal(headers['sallyport-consumer'], 'corp:reports');
      assert.equal(headers['sallyport-scopes'], 'orders:read');
      assert.equal(headers['sallyport-auth'], 'jwt');
      assert.equal(headers['authorization'], undefined);

      const missing = await call(`${gateway.url}/orders/1`);
      assert.equal(missing.status, 401);
      assert.match(
        String(missing.headers['www-authenticate']),
        new RegExp(`resource_metadata="${gateway.url}/\\.well-known/oauth-protected-resource"`),
      );
      const metadata = await call(`${gateway.url}/.well-known/oauth-protected-resource`);
      assert.equal(metadata.status, 200);
      const document = JSON.parse(metadata.text) as Record<string, unknown>;
      assert.equal(document['resource'], gateway.url);
      assert.deepEqual(document['authorization_servers'], [issuer.url]);

      const narrow = await issuer.token('orders:write');
      const denied = await get(gateway, narrow);
      assert.equal(denied.status, 403);
      const wrong = await get(gateway, `${token.slice(0, -4)}AAAA`);
      assert.equal(wrong.status, 401);
      assert.match(String(wrong.headers['www-authenticate']), /error="invalid_token"/);
    } finally {
      await gateway.stop();
      await issuer.close();
    }
  });

  test('the signing key is replaced under load: no right token is refused, none of a dropped key is taken', async () => {
    const issuer = await TestIssuer.start();
    const gateway = await TestGateway.start({
      config: configuration(jwtOf(issuer, ', cooldownSeconds: 1, refreshSeconds: 5')),
      workers: 2,
    });
    try {
      let wrongRefusals = 0;
      let calls = 0;
      let stopped = false;
      const clients = Array.from({ length: 6 }, async () => {
        while (!stopped) {
          const token = await issuer.token();
          for (let i = 0; i < 5 && !stopped; i++) {
            const { status } = await get(gateway, token);
            calls++;
            if (status !== 200) wrongRefusals++;
          }
        }
      });
      for (let round = 1; round <= 3; round++) {
        // Longer than the cool-down: a key that appears sooner is found with the next scheduled fetch.
        await new Promise((resolve) => setTimeout(resolve, 1_300));
        await issuer.rotate(`key-${round}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 700));
      stopped = true;
      await Promise.all(clients);
      assert.equal(wrongRefusals, 0, `${wrongRefusals} of ${calls} right tokens were refused`);
      assert.ok(calls > 100, `only ${calls} calls were made`);

      const old = await issuer.token();
      assert.equal((await get(gateway, old)).status, 200);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      await issuer.rotate('after-a-leak', { dropOld: true });
      // A token under the new key makes the gateway look, and with that the old one goes, cached verdicts included.
      assert.equal((await get(gateway, await issuer.token())).status, 200);
      assert.equal((await get(gateway, old)).status, 401);
    } finally {
      await gateway.stop();
      await issuer.close();
    }
  });

  test('an issuer that is down is believed within the bound and not beyond, and never asked for every bad token', async () => {
    const issuer = await TestIssuer.start();
    const gateway = await TestGateway.start({
      config: configuration(jwtOf(issuer, ', refreshSeconds: 5, staleSeconds: 3, cooldownSeconds: 1')),
    });
    try {
      const token = await issuer.token();
      assert.equal((await get(gateway, token)).status, 200);
      issuer.down = true;
      const downSince = Date.now();
      const asked = issuer.keySetRequests;
      const [header, payload, signature] = token.split('.');
      const forged = Buffer.from(
        JSON.stringify({ ...JSON.parse(Buffer.from(header ?? '', 'base64url').toString()), kid: 'invented' }),
      ).toString('base64url');
      for (let i = 0; i < 200; i++) await get(gateway, `${forged}.${payload}.${signature}`);
      const seconds = (Date.now() - downSince) / 1000;
      assert.ok(
        issuer.keySetRequests - asked <= Math.ceil(seconds) + 2,
        `${issuer.keySetRequests - asked} requests for the key set in ${seconds} s`,
      );
      assert.equal((await get(gateway, token)).status, 200, 'keys that were fetched just now are still good');
      // The next fetch fails; from the last good one on the bound runs.
      for (let status = 200; status === 200; ) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        status = (await get(gateway, token)).status;
        assert.ok(status === 200 || status === 503, `an issuer that is down must not make a caller wrong: ${status}`);
        assert.ok(Date.now() - downSince < 30_000, 'the keys are believed for ever');
      }
      issuer.down = false;
      for (const giveUpAt = Date.now() + 20_000; ; ) {
        if ((await get(gateway, token)).status === 200) break;
        assert.ok(Date.now() < giveUpAt, 'the issuer answers again, and the gateway does not notice');
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    } finally {
      await gateway.stop();
      await issuer.close();
    }
  });

  test('revoked tokens are refused within a second on every thread, cached ones too', async () => {
    const issuer = await TestIssuer.start();
    const gateway = await TestGateway.start({ config: configuration(jwtOf(issuer)), workers: 3 });
    try {
      const agents = Array.from({ length: 12 }, () => new http.Agent({ keepAlive: true, maxSockets: 1 }));
      const everywhere = (token: string) =>
        Promise.all(
          agents.map((agent) =>
            call(`${gateway.url}/orders/1`, { headers: { authorization: `Bearer ${token}` }, agent }).then(
              ({ status }) => status,
            ),
          ),
        );
      for (const kind of ['jti', 'sub', 'client', 'kid'] as const) {
        const token = await issuer.token();
        assert.deepEqual(new Set(await everywhere(token)), new Set([200]), `before ${kind}`);
        const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
          string,
          string
        >;
        const value = { jti: claims['jti'], sub: claims['sub'], client: claims['client_id'], kid: 'first' }[kind];
        const target = { kind, issuer: issuer.url, value };
        assert.equal((await gateway.admin('POST', '/api/v1/revocations', target)).status, 201);
        assert.deepEqual(new Set(await everywhere(token)), new Set([401]), `after ${kind}`);
        assert.equal((await gateway.admin('POST', '/api/v1/revocations/restore', target)).status, 200);
        assert.deepEqual(new Set(await everywhere(token)), new Set([200]), `restored ${kind}`);
      }
      for (const agent of agents) agent.destroy();
    } finally {
      await gateway.stop();
      await issuer.close();
    }
  });
});

describe('tokens an issuer is asked about', () => {
  test('active tokens pass, others do not, many calls ask once, and a dead issuer is 503', async () => {
    const issuer = await TestIssuer.start('opaque');
    const gateway = await TestGateway.start({
      config: configuration(
        `{ type: introspection, endpoint: "${issuer.url}/token/introspection", clientId: ${INTROSPECTING.id}, clientSecret: "\${file:secret}", audience: "${AUDIENCE}", allowPrivateAddresses: true, negativeCacheSeconds: 1 }`,
      ),
      files: { secret: INTROSPECTING.secret },
    });
    try {
      const token = await issuer.token();
      const before = issuer.introspections;
      const statuses = await Promise.all(
        Array.from({ length: 40 }, () => get(gateway, token).then(({ status }) => status)),
      );
      assert.deepEqual(new Set(statuses), new Set([200]));
      assert.equal(issuer.introspections - before, 1, 'one question for forty calls');
      assert.equal((await get(gateway, 'an-invented-token-of-some-length')).status, 401);
      issuer.down = true;
      assert.equal((await get(gateway, token)).status, 200, 'the answer is still good');
      assert.equal((await get(gateway, 'another-invented-token')).status, 503);
    } finally {
      await gateway.stop();
      await issuer.close();
    }
  });
});
