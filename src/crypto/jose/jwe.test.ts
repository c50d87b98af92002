import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { CompactEncrypt } from 'jose';
import type { JweConfig } from '../../core/configuration.ts';
import { createJweDecrypter } from './jwe.ts';
import { checkJweForm } from './jwe-form.ts';
import { readDecryptionKey } from './jwe-key.ts';
import { pair } from './key-samples.test.ts';
import { jwkThumbprint } from './thumbprint.ts';

const NESTED = 'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const x25519 = generateKeyPairSync('x25519');
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });

const config: JweConfig = {
  keyManagement: ['RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'],
  contentEncryption: ['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512'],
  privateKeys: [rsa, p256, x25519].map(({ privateKey }) => pem(privateKey)),
};
const decrypter = createJweDecrypter(config);

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

interface Sealing {
  readonly alg?: string;
  readonly enc?: string;
  readonly to?: KeyObject;
  readonly plaintext?: string | Uint8Array;
  readonly header?: Record<string, unknown>;
}

function seal({ alg = 'RSA-OAEP-256', enc = 'A256GCM', to = rsa.publicKey, plaintext = NESTED, header = {} }: Sealing) {
  return new CompactEncrypt(Buffer.from(plaintext))
    .setProtectedHeader({ alg, enc, ...header })
    .encrypt(to, { crit: { 'urn:x': true } });
}

/** The token with its header replaced: what a sender without our library would send. */
async function forgeHeader(
  change: (header: Record<string, unknown>) => unknown,
  sealing: Sealing = {},
): Promise<string> {
  const [header, ...rest] = (await seal(sealing)).split('.');
  const changed = change(JSON.parse(Buffer.from(header!, 'base64url').toString()));
  const text = typeof changed === 'string' ? changed : JSON.stringify(changed);
  return [Buffer.from(text).toString('base64url'), ...rest].join('.');
}

async function signalOf(token: string): Promise<string> {
  const result = await decrypter.decrypt(token);
  return result.ok ? 'decrypted' : result.fault.signal;
}

for (const [alg, to] of [
  ['RSA-OAEP-256', rsa.publicKey],
  ['ECDH-ES', p256.publicKey],
  ['ECDH-ES+A128KW', p256.publicKey],
  ['ECDH-ES+A256KW', p256.publicKey],
  ['ECDH-ES', x25519.publicKey],
  ['ECDH-ES+A256KW', x25519.publicKey],
] as const)
  for (const enc of config.contentEncryption)
    test(`a signed token is taken out of ${alg} (${to.asymmetricKeyType}) with ${enc}`, async () => {
      assert.deepEqual(await decrypter.decrypt(await seal({ alg, enc, to })), { ok: true, nested: NESTED });
      const typed = await seal({ alg, enc, to, header: { cty: 'JWT', typ: 'JWT', apu: 'QQ' } });
      assert.equal(await signalOf(typed), 'decrypted');
    });

const off = {
  kty: 'EC',
  crv: 'P-256',
  x: 'gTli65eTQ7z-Bh147ff8K3m7k2UiDiG2LpYkWAaFJCc',
  y: 'cLAnjKa4bzjD7DJVPwa9EPrRzMG7rONgsiUD-kf30Fs',
};
const es: Sealing = { alg: 'ECDH-ES', to: p256.publicKey };
type Token = () => string | Promise<string>;

const attacks: readonly [name: string, token: Token, signal: string][] = [
  ['is encrypted to another key', () => seal({ to: stranger.publicKey }), 'jwe.undecryptable'],
  [
    'is encrypted to another key of the curve',
    () => seal({ ...es, to: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey }),
    'jwe.undecryptable',
  ],
  [
    'is encrypted to a curve we have no key of',
    () => seal({ ...es, to: generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey }),
    'jwe.undecryptable',
  ],
  ['has a changed tag', async () => flip(await seal({}), 4), 'jwe.undecryptable'],
  ['has a changed ciphertext', async () => flip(await seal({}), 3), 'jwe.undecryptable'],
  ['has a changed initialization vector', async () => flip(await seal({}), 2), 'jwe.undecryptable'],
  ['has a changed encrypted key', async () => flip(await seal({}), 1), 'jwe.undecryptable'],
  ['has an added header', () => forgeHeader((header) => ({ ...header, typ: 'JWT' })), 'jwe.undecryptable'],
  [
    'names a key of ours it is not for',
    async () => seal({ header: { kid: thumbprintOf(p256.publicKey) } }),
    'jwe.undecryptable',
  ],
  // Algorithms.
  ['uses SHA-1 in OAEP', () => seal({ alg: 'RSA-OAEP' }), 'jwe.algorithm'],
  ['uses PKCS #1 v1.5', () => forgeHeader((header) => ({ ...header, alg: 'RSA1_5' })), 'jwe.algorithm'],
  ['uses a shared key directly', () => forgeHeader((header) => ({ ...header, alg: 'dir' })), 'jwe.algorithm'],
  ['uses a password', () => forgeHeader((header) => ({ ...header, alg: 'PBES2-HS256+A128KW' })), 'jwe.algorithm'],
  [
    'asks for a million hashes',
    () => forgeHeader((header) => ({ ...header, p2c: 1e9, p2s: 'AAAA' })),
    'jwe.header_p2s',
  ],
  ['says alg none', () => forgeHeader((header) => ({ ...header, alg: 'none' })), 'jwe.algorithm'],
  ['says alg in other case', () => forgeHeader((header) => ({ ...header, alg: 'rsa-oaep-256' })), 'jwe.algorithm'],
  ['has a list as alg', () => forgeHeader((header) => ({ ...header, alg: ['RSA-OAEP-256'] })), 'jwe.header'],
  ['uses a content encryption that is not offered', () => seal({ enc: 'A192GCM' }), 'jwe.algorithm'],
  ['has no enc', () => forgeHeader(({ alg }) => ({ alg })), 'jwe.header'],
  // Headers.
  ['is compressed', () => forgeHeader((header) => ({ ...header, zip: 'DEF' })), 'jwe.header_zip'],
  ['names a critical extension', () => seal({ header: { crit: ['urn:x'], 'urn:x': 1 } }), 'jwe.header_crit'],
  ['brings its own key', () => seal({ header: { jwk: { kty: 'EC' } } }), 'jwe.header_jwk'],
  ['says where to get a key', () => seal({ header: { jku: 'https://evil.example/' } }), 'jwe.header_jku'],
  ['says where to get a certificate', () => seal({ header: { x5u: 'https://evil.example/' } }), 'jwe.header_x5u'],
  ['brings its own certificate', () => seal({ header: { x5c: ['AA'] } }), 'jwe.header_x5c'],
  ['has a kid with a line end', () => seal({ header: { kid: 'a\nb' } }), 'jwe.kid'],
  ['has another content type', () => seal({ header: { cty: 'text/plain' } }), 'jwe.content_type'],
  [
    'has a header member twice',
    () => forgeHeader((header) => JSON.stringify(header).replace('{', '{"alg":"RSA-OAEP-256",')),
    'jwe.header',
  ],
  ['has a header that is no JSON', () => forgeHeader(() => '{'), 'jwe.header'],
  ['has a header that is a list', () => forgeHeader(() => '[]'), 'jwe.header'],
  ['has a header without end', () => forgeHeader((header) => ({ ...header, x: 'x'.repeat(2_000) })), 'jwe.form'],
  // Ephemeral keys.
  [
    'has an ephemeral key off the curve',
    () => forgeHeader((header) => ({ ...header, epk: off }), es),
    'jwe.epk_off_curve',
  ],
  [
    'has a private ephemeral key',
    () => forgeHeader((header) => ({ ...header, epk: pair('ec', { namedCurve: 'P-256' }).privateJwk }), es),
    'jwe.epk',
  ],
  ['has no ephemeral key', () => forgeHeader(({ alg, enc }) => ({ alg, enc }), es), 'jwe.epk'],
  ['has a text as ephemeral key', () => forgeHeader((header) => ({ ...header, epk: 'AA' }), es), 'jwe.epk'],
  [
    'has an ephemeral key of Ed25519',
    () => forgeHeader((header) => ({ ...header, epk: pair('ed25519', {}).publicJwk }), es),
    'jwe.epk',
  ],
  [
    'has the zero of X25519 as ephemeral key',
    () => forgeHeader((header) => ({ ...header, epk: { kty: 'OKP', crv: 'X25519', x: 'A'.repeat(43) } }), es),
    'jwe.epk',
  ],
  [
    'has a padded party',
    () => seal({ ...es, header: { apv: 'QQ' } }).then((token) => forgeParty(token, 'QQ==')),
    'jwe.header',
  ],
  // Form.
  ['is empty', () => '', 'jwe.form'],
  ['is a signed token', () => NESTED, 'jwe.form'],
  ['has a sixth segment', async () => `${await seal({})}.AA`, 'jwe.form'],
  ['is JSON', () => '{"protected":"a","ciphertext":"b"}', 'jwe.form'],
  ['is padded', async () => `${await seal({})}==`, 'jwe.not_canonical'],
  ['has a line end', async () => `${await seal({})}\n`, 'jwe.not_canonical'],
  ['has a space within', async () => (await seal({})).replace('.', ' .'), 'jwe.not_canonical'],
  ['has stray low bits', async () => strayTag(await seal({})), 'jwe.not_canonical'],
  ['has a cut tag', async () => (await seal({})).slice(0, -6), 'jwe.size'],
  ['has a longer tag', async () => `${await seal({})}AAAA`, 'jwe.size'],
  ['has no ciphertext', async () => without(await seal({}), 3), 'jwe.size'],
  ['has no encrypted key', async () => without(await seal({}), 1), 'jwe.size'],
  ['has an encrypted key it needs none of', async () => (await seal(es)).replace('..', '.AAAA.'), 'jwe.size'],
  ['is longer than 16 KB', () => seal({ plaintext: `${NESTED}${'A'.repeat(16_384)}` }), 'jwe.size'],
  // What is inside.
  ['holds claims without signature', () => seal({ plaintext: '{"iss":"a","sub":"admin"}' }), 'jwe.not_nested'],
  [
    'holds a token without signature',
    () => seal({ plaintext: 'eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0.' }),
    'jwe.not_nested',
  ],
  ['holds another encrypted token', async () => seal({ plaintext: await seal({}) }), 'jwe.not_nested'],
  ['holds a signed token and a line end', () => seal({ plaintext: `${NESTED}\n` }), 'jwe.not_nested'],
  ['holds octets', () => seal({ plaintext: Uint8Array.of(255, 46, 255, 46, 255) }), 'jwe.not_nested'],
  ['holds one octet', () => seal({ plaintext: '.' }), 'jwe.not_nested'],
];

for (const [name, token, signal] of attacks)
  test(`an encrypted token is refused that ${name}`, async () => {
    assert.equal(await signalOf(await token()), signal);
  });

test('what cannot be decrypted is told in one way, whatever the step', async () => {
  const results = await Promise.all(
    [1, 2, 3, 4].map(async (segment) => decrypter.decrypt(flip(await seal({ enc: 'A128CBC-HS256' }), segment))),
  );
  for (const result of results) assert.deepEqual(result, results[0]);
});

test('a token that names no key is tried with each that fits, so that keys can be rotated', async () => {
  const rotated = createJweDecrypter({ ...config, privateKeys: [pem(stranger.privateKey), pem(rsa.privateKey)] });
  for (const header of [{}, { kid: 'unknown' }, { kid: thumbprintOf(rsa.publicKey) }])
    assert.equal((await rotated.decrypt(await seal({ header }))).ok, true);
  assert.equal((await rotated.decrypt(await seal({ header: { kid: thumbprintOf(stranger.publicKey) } }))).ok, false);
});

test('only what the configuration offers is decrypted', async () => {
  const narrow = createJweDecrypter({
    keyManagement: ['ECDH-ES'],
    contentEncryption: ['A128GCM'],
    privateKeys: [pem(p256.privateKey)],
  });
  assert.equal((await narrow.decrypt(await seal({ ...es, enc: 'A128GCM' }))).ok, true);
  assert.equal((await narrow.decrypt(await seal({ ...es, enc: 'A256GCM' }))).ok, false);
  assert.equal((await narrow.decrypt(await seal({ ...es, alg: 'ECDH-ES+A128KW', enc: 'A128GCM' }))).ok, false);
  assert.equal((await narrow.decrypt(await seal({ enc: 'A128GCM' }))).ok, false);
});

test('some algorithms are refused even where a policy lists them', async () => {
  const never = ['dir', 'none', 'RSA1_5', 'PBES2-HS256+A128KW', 'PBES2-HS512+A256KW'];
  for (const alg of never) {
    const token = await forgeHeader((header) => ({ ...header, alg }));
    const result = checkJweForm(token, { keyManagement: never, contentEncryption: ['A256GCM'] });
    assert.equal(result.ok ? 'taken' : result.fault.signal, 'jwe.algorithm');
  }
});

const unusable: readonly [name: string, text: string][] = [
  ['no key', 'no key'],
  ['a public key', rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()],
  [
    'an encrypted key',
    rsa.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
  ],
  ['an RSA key of 1024 bits', pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey)],
  [
    'an RSA key with exponent 3',
    pem(generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).privateKey),
  ],
  ['a signing key', pem(generateKeyPairSync('ed25519').privateKey)],
  ['a key of another curve', pem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey)],
];

for (const [name, text] of unusable)
  test(`tokens cannot be encrypted to ${name}`, () => {
    assert.equal(readDecryptionKey(text).ok, false);
    assert.throws(() => createJweDecrypter({ ...config, privateKeys: [text] }), TypeError);
  });

test('a configuration without keys, with too many, or with one of no use is a programmer fault', () => {
  assert.throws(() => createJweDecrypter({ ...config, privateKeys: [] }), TypeError);
  assert.throws(() => createJweDecrypter({ ...config, privateKeys: Array(9).fill(pem(rsa.privateKey)) }), TypeError);
  assert.throws(() => createJweDecrypter({ ...config, keyManagement: ['ECDH-ES'] }), TypeError);
});

function thumbprintOf(key: KeyObject): string {
  return jwkThumbprint({ ...createPublicKey(key.export({ type: 'spki', format: 'pem' })).export({ format: 'jwk' }) });
}

function flip(token: string, segment: number): string {
  return token
    .split('.')
    .map((text, i) => {
      if (i !== segment) return text;
      const bytes = Buffer.from(text, 'base64url');
      bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
      return bytes.toString('base64url');
    })
    .join('.');
}

function without(token: string, segment: number): string {
  return token
    .split('.')
    .map((text, i) => (i === segment ? '' : text))
    .join('.');
}

/** A tag of 16 octets leaves four bits of its last character unused. */
function strayTag(token: string): string {
  const last = token.slice(-1);
  return token.slice(0, -1) + { A: 'B', Q: 'R', g: 'h', w: 'x' }[last];
}

function forgeParty(token: string, party: string): string {
  const [header, ...rest] = token.split('.');
  const changed = { ...JSON.parse(Buffer.from(header!, 'base64url').toString()), apv: party };
  return [Buffer.from(JSON.stringify(changed)).toString('base64url'), ...rest].join('.');
}
