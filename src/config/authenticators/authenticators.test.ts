import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { GOOD, load } from '../loading-fixture.test.ts';

const KEYS = 'keys: { type: api-key, header: X-Api-Key }';
const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ED = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
const SMALL_RSA = generateKeyPairSync('rsa', { modulusLength: 1024 })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();
const FILES: Readonly<Record<string, string>> = {
  strong: randomBytes(32).toString('base64'),
  'strong-text': randomBytes(48).toString('base64'),
  weak: 'secret',
  'weak-base64': Buffer.alloc(32, 'a').toString('base64'),
  ed: ED,
  rsa1024: SMALL_RSA,
  private: EC.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  jwks: JSON.stringify({ keys: [{ ...EC.publicKey.export({ format: 'jwk' }), kid: 'a', alg: 'ES256', use: 'sig' }] }),
  'not-a-set': '{}',
  'private-set': JSON.stringify({ keys: [{ ...EC.privateKey.export({ format: 'jwk' }), kid: 'a', alg: 'ES256' }] }),
  hash: '$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b+dWRWJTmaasq5Wv2hjJ8tSmXk',
  'weak-hash': '5f4dcc3b5aa765d61d8327deb882cf99',
};

function read(method: string) {
  const text = GOOD.replace(KEYS, `keys: ${method}`);
  return load(text, {
    readFile: (path) => {
      const name = path.split('/').at(-1) ?? '';
      const content = FILES[name];
      if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return content;
    },
  });
}

const JWT = 'type: jwt, issuer: "https://id.example.com", audience: "https://api.example.com", algorithms: [ES256]';

const TAKEN: readonly (readonly [string, string])[] = [
  ['a jwt with keys by discovery', `{ ${JWT} }`],
  ['a jwt with keys by address', `{ ${JWT}, jwks: { url: "https://id.example.com/keys" } }`],
  ['a jwt with keys of a file', `{ ${JWT}, jwks: { file: jwks } }`],
  ['a jwt with a strong secret', `{ ${JWT.replace('ES256', 'HS256')}, secrets: ["\${file:strong-text}"] }`],
  [
    'a jwt of an issuer on this machine',
    `{ ${JWT.replace('https://id.example.com', 'http://127.0.0.1:9000')}, allowPrivateAddresses: true }`,
  ],
  [
    'a jwt bound by DPoP with step-up',
    `{ ${JWT}, binding: dpop, dpop: { requireNonce: true }, stepUp: { acr: [gold], maxAgeSeconds: 300 } }`,
  ],
  [
    'introspection',
    '{ type: introspection, endpoint: "https://id.example.com/introspect", clientId: gw, clientSecret: "${file:strong}" }',
  ],
  [
    'signed requests',
    '{ type: http-signature, keys: { a: { algorithm: ed25519, publicKey: "${file:ed}", consumer: acme } } }',
  ],
  [
    'signed requests with a secret',
    '{ type: http-signature, keys: { a: { algorithm: hmac-sha256, secret: "${file:strong}", consumer: acme } } }',
  ],
  ['a shared secret', '{ type: hmac, clients: { acme: { secrets: ["${file:strong}"], consumer: acme } } }'],
  [
    'webhooks',
    '{ type: hmac, scheme: standard-webhooks, clients: { shop: { secrets: ["${file:strong}"], consumer: shop } } }',
  ],
  ['passwords', '{ type: basic, users: { alice: { passwordHash: "${file:hash}", consumer: acme } } }'],
];

const REFUSED: readonly (readonly [string, string, string])[] = [
  ['tokens without a signature', 'SP080', `{ ${JWT.replace('[ES256]', '[none]')} }`],
  ['tokens without a signature in another spelling', 'SP080', `{ ${JWT.replace('[ES256]', '[ES256, nOnE]')} }`],
  ['an audience with a wildcard', 'SP081', `{ ${JWT.replace('https://api.example.com', '*')} }`],
  ['a wildcard inside an audience', 'SP081', `{ ${JWT.replace('https://api.example.com', 'https://*.example.com')} }`],
  ['a jwt without an audience', 'SP011', `{ ${JWT.replace('audience: "https://api.example.com", ', '')} }`],
  ['secrets beside public keys', 'SP082', `{ ${JWT.replace('[ES256]', '[ES256, HS256]')} }`],
  ['a secret without HS*', 'SP015', `{ ${JWT}, secrets: ["\${file:strong-text}"] }`],
  ['HS* without a secret', 'SP015', `{ ${JWT.replace('ES256', 'HS256')} }`],
  [
    'HS* with published keys',
    'SP015',
    `{ ${JWT.replace('ES256', 'HS256')}, secrets: ["\${file:strong-text}"], jwks: { url: "https://id.example.com/k" } }`,
  ],
  [
    'one secret for two algorithms',
    'SP015',
    `{ ${JWT.replace('ES256', 'HS256, HS512')}, secrets: ["\${file:strong-text}"] }`,
  ],
  ['a secret everybody knows', 'SP083', `{ ${JWT.replace('ES256', 'HS256')}, secrets: ["\${file:weak}"] }`],
  [
    'a secret in the file itself',
    'SP023',
    `{ ${JWT.replace('ES256', 'HS256')}, secrets: [abcdefghijklmnopqrstuvwxyz0123456789] }`,
  ],
  ['a public key for HS*', 'SP083', `{ ${JWT.replace('ES256', 'HS256')}, secrets: ["\${file:ed}"] }`],
  ['an issuer asked in plain HTTP', 'SP085', `{ ${JWT.replace('https://id', 'http://id')} }`],
  ['keys asked for in plain HTTP', 'SP085', `{ ${JWT}, jwks: { url: "http://id.example.com/keys" } }`],
  ['a file that is no key set', 'SP024', `{ ${JWT}, jwks: { file: not-a-set } }`],
  ['a key set with private keys', 'SP084', `{ ${JWT}, jwks: { file: private-set } }`],
  ['keys that fit no algorithm', 'SP084', `{ ${JWT.replace('ES256', 'RS256')}, jwks: { file: jwks } }`],
  ['a skew of minutes', 'SP013', `{ ${JWT}, skewSeconds: 5m }`],
  ['a type that is no access token', 'SP013', `{ ${JWT}, typ: [dpop+jwt] }`],
  ['a DPoP algorithm with a shared secret', 'SP013', `{ ${JWT}, dpop: { algorithms: [HS256] } }`],
  ['certificates that bind and are never asked for', 'SP088', `{ ${JWT}, binding: mtls }`],
  [
    'RSA1_5 for encrypted tokens',
    'SP013',
    `{ ${JWT}, encryption: { keyManagement: [RSA1_5], privateKeys: ["\${file:private}"] } }`,
  ],
  [
    'a decryption key that fits nothing',
    'SP084',
    `{ ${JWT}, encryption: { keyManagement: [RSA-OAEP-256], privateKeys: ["\${file:private}"] } }`,
  ],
  [
    'an issuer asked about tokens in plain HTTP',
    'SP085',
    '{ type: introspection, endpoint: "http://id.example.com/i", clientId: gw, clientSecret: "${file:strong}" }',
  ],
  ['certificates nobody asks for', 'SP088', '{ type: mtls, identity: san-dns }'],
  ['forwarded certificates without authorities', 'SP015', '{ type: mtls, forwarded: { format: xfcc } }'],
  ['spiffe without a trust domain', 'SP015', '{ type: mtls, identity: spiffe }'],
  ['a pin without keys', 'SP015', '{ type: mtls, identity: spki-sha256 }'],
  [
    'a signature over the method alone',
    'SP086',
    '{ type: http-signature, components: ["@method"], keys: { a: { algorithm: ed25519, publicKey: "${file:ed}", consumer: acme } } }',
  ],
  [
    'a signature over path without query',
    'SP086',
    '{ type: http-signature, components: ["@method", "@authority", "@path"], keys: { a: { algorithm: ed25519, publicKey: "${file:ed}", consumer: acme } } }',
  ],
  [
    'a key of another algorithm',
    'SP084',
    '{ type: http-signature, keys: { a: { algorithm: ecdsa-p256-sha256, publicKey: "${file:ed}", consumer: acme } } }',
  ],
  [
    'a small RSA key',
    'SP084',
    '{ type: http-signature, keys: { a: { algorithm: rsa-pss-sha512, publicKey: "${file:rsa1024}", consumer: acme } } }',
  ],
  [
    'a private key where a public one belongs',
    'SP014',
    '{ type: http-signature, keys: { a: { algorithm: ed25519, publicKey: "${file:private}", consumer: acme } } }',
  ],
  [
    'a weak shared secret',
    'SP083',
    '{ type: hmac, clients: { acme: { secrets: ["${file:weak-base64}"], consumer: acme } } }',
  ],
  [
    'a shared secret that is not base64',
    'SP014',
    '{ type: hmac, clients: { acme: { secrets: ["${file:ed}"], consumer: acme } } }',
  ],
  [
    'two senders of one webhook',
    'SP015',
    '{ type: hmac, scheme: standard-webhooks, clients: { a: { secrets: ["${file:strong}"], consumer: a }, b: { secrets: ["${file:strong}"], consumer: b } } }',
  ],
  [
    'a password hash without cost',
    'SP087',
    '{ type: basic, users: { alice: { passwordHash: "${file:weak-hash}", consumer: acme } } }',
  ],
];

for (const [name, method] of TAKEN)
  test(`${name}: taken`, () => {
    const result = read(method);
    assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.diagnostics));
  });

for (const [name, code, method] of REFUSED)
  test(`${name}: refused with ${code}, and nothing of a secret is said`, () => {
    const result = read(method);
    assert.ok(!result.ok, 'it was taken');
    assert.ok(
      result.diagnostics.some((problem) => problem.code === code),
      result.diagnostics.map((problem) => `${problem.code} ${problem.message}`).join('\n'),
    );
    const told = JSON.stringify(result.diagnostics);
    for (const secret of Object.values(FILES))
      assert.ok(secret === '{}' || secret === 'secret' || !told.includes(secret));
  });
