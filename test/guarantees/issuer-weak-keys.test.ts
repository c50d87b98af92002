import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ed25519, encodeNumber, randomPrime, rsa } from '../../src/crypto/jose/key-samples.test.ts';
import { echoUpstream, TestGateway } from '../harness/gateway.ts';

const JWT = (name: string, url: string) =>
  `  ${name}: { type: jwt, issuer: "https://${name}.example.com", audience: api, algorithms: [RS256, Ed25519], jwks: { url: "${url}/${name}" }, allowPrivateAddresses: true }`;

const CONFIG = (upstream: string, issuers: string) => `mode: enforce
upstreams: { api: { url: "${upstream}" } }
authenticators:
${JWT('one', issuers)}
${JWT('two', issuers)}
routes:
  - id: all
    match: { path: "/*" }
    upstream: api
    authenticate: { anyOf: [one, two] }
unmatched: deny
`;

test('weak keys of issuers, and primes shared between issuers, are findings', { timeout: 60_000 }, async () => {
  const [p, q, r] = [randomPrime(1024), randomPrime(1024), randomPrime(1024)];
  const jwk = (n: bigint, kid: string, e = 'AQAB') => ({ kty: 'RSA', n: encodeNumber(n), e, kid, alg: 'RS256' });
  const sets: Record<string, object[]> = {
    '/one': [jwk(p * q, 'shared-one'), { ...rsa.publicJwk, e: 'Aw', kid: 'exponent', alg: 'RS256' }],
    '/two': [
      jwk(p * r, 'shared-two'),
      jwk(randomPrime(512) * randomPrime(512), 'short'),
      { ...ed25519.publicJwk, kid: 'good' },
    ],
  };
  const issuers = http.createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: sets[request.url ?? ''] ?? [] }));
  });
  issuers.listen(0, '127.0.0.1');
  await once(issuers, 'listening');
  const upstream = await echoUpstream();
  const url = `http://127.0.0.1:${(issuers.address() as AddressInfo).port}`;
  let gateway: TestGateway | undefined;
  try {
    gateway = await TestGateway.start({ config: CONFIG(upstream.url, url) });
    const wanted = [
      'issuer.shared_prime one key shared-one critical',
      'issuer.shared_prime two key shared-two critical',
      'issuer.weak_key one jwk.rsa_exponent exponent high',
      'issuer.weak_key two jwk.rsa_size short high',
    ];
    let found: string[] = [];
    for (const giveUpAt = Date.now() + 10_000; found.length < wanted.length && Date.now() < giveUpAt; ) {
      const { body } = await gateway.admin('GET', '/api/v1/findings?status=open');
      found = (body['items'] as Record<string, string>[])
        .map(({ detector, actor, subject, severity }) => `${detector} ${actor} ${subject} ${severity}`)
        .sort();
    }
    assert.deepEqual(found, wanted);
  } finally {
    await gateway?.stop();
    await upstream.close();
    issuers.closeAllConnections();
    issuers.close();
  }
});
