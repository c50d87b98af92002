import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { GOOD, load, problemsOf } from './loading-fixture.test.ts';

/** A self-signed certificate for gateway.test and its key, made for this test. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBhDCCASugAwIBAgIUWS46OTaZbPEhAR0jgCjJSAU0uAowCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMZ2F0ZXdheS50ZXN0MCAXDTI2MTEyMzE4NTIxOVoYDzIxMjYx
MDMwMTg1MjE5WjAXMRUwEwYDVQQDDAxnYXRld2F5LnRlc3QwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAAQxSmdUrFXsQ80P5+a7Rpb0p8sgM6M3ZPN8/jj4MJHAUljR
6X0p6uno7Qn7Pjnpp9YLLju+hteyoTOiTyBvCJPAo1MwUTAdBgNVHQ4EFgQUjW8q
sUFhnKbR4WHCHFGh1HniRF8wHwYDVR0jBBgwFoAUjW8qsUFhnKbR4WHCHFGh1Hni
RF8wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBAev3Q7T3RjPwO
Nhmtntu1BjsobC+1qWRH0jBHA28ekQIgdhJEYRocmRvH0qkEX/Qm2EHY7ftJEzCs
xqS7Jtz6TeY=
-----END CERTIFICATE-----
`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg472e7qDKHWQxA+4N
ikQ/9gB4BMY+r/E9kwyGeCgcH0GhRANCAAQxSmdUrFXsQ80P5+a7Rpb0p8sgM6M3
ZPN8/jj4MJHAUljR6X0p6uno7Qn7Pjnpp9YLLju+hteyoTOiTyBvCJPA
-----END PRIVATE KEY-----
`;
const OTHER_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

const TEXT = GOOD.replace(
  'mode: enforce',
  'mode: enforce\nlisten: { tls: { cert: tls/gateway.crt, key: /etc/gateway.key } }',
);

function files(contents: Readonly<Record<string, string>>): { readFile: (path: string) => string } {
  return {
    readFile(path) {
      const content = contents[path];
      if (content === undefined) throw Object.assign(new Error('missing'), { code: 'ENOENT' });
      return content;
    },
  };
}

test('a certificate with its key is accepted, and both files are named as sources', () => {
  const result = load(TEXT, files({ '/srv/gateway/tls/gateway.crt': CERTIFICATE, '/etc/gateway.key': KEY }));
  assert.ok(result.ok, JSON.stringify(result));
  assert.deepEqual(result.configuration.listen.tls, {
    certFile: '/srv/gateway/tls/gateway.crt',
    keyFile: '/etc/gateway.key',
    clientAuth: 'none',
    clientCaFile: undefined,
    crlFile: undefined,
  });
  assert.deepEqual(result.sources, ['/srv/gateway/sallyport.yaml', '/srv/gateway/tls/gateway.crt', '/etc/gateway.key']);
});

test('a certificate with the key of another is refused at the key', () => {
  const ports = files({ '/srv/gateway/tls/gateway.crt': CERTIFICATE, '/etc/gateway.key': OTHER_KEY });
  assert.deepEqual(problemsOf(TEXT, ports), ['SP025 3:46 listen.tls.key']);
});

test('files that are missing or hold something else are refused, each at its place', () => {
  assert.deepEqual(problemsOf(TEXT, files({})), ['SP024 3:24 listen.tls.cert', 'SP024 3:46 listen.tls.key']);
  const swapped = files({ '/srv/gateway/tls/gateway.crt': KEY, '/etc/gateway.key': CERTIFICATE });
  assert.deepEqual(problemsOf(TEXT, swapped), ['SP024 3:24 listen.tls.cert', 'SP024 3:46 listen.tls.key']);
  const result = load(TEXT, swapped);
  assert.ok(!JSON.stringify(result).includes(KEY.split('\n')[1] ?? KEY));
});

test('the certificate authority of an upstream is read too', () => {
  const text = GOOD.replace('"http://127.0.0.1:3000"', '"https://127.0.0.1:3000", ca: ca.pem');
  const result = load(text, files({ '/srv/gateway/ca.pem': CERTIFICATE }));
  assert.ok(result.ok);
  assert.equal(result.configuration.upstreams['orders']?.caFile, '/srv/gateway/ca.pem');
  assert.deepEqual(problemsOf(text, files({ '/srv/gateway/ca.pem': 'no certificate' })), [
    'SP024 4:48 upstreams.orders.ca',
  ]);
});
