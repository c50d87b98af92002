import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { p256, pair, rsa } from './key-samples.test.ts';
import { judgeSecret } from './secret-strength.ts';
import { WELL_KNOWN_SECRETS } from './well-known-secrets.ts';

const PEM_BODY = 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE';
const der = derOf();

const weak: readonly [name: string, secret: string | Uint8Array, signal: string][] = [
  ['one octet less than the hash', randomBytes(31), 'secret.short'],
  ['nothing', '', 'secret.short'],
  ['a short random text', randomBytes(12).toString('base64'), 'secret.short'],
  ['a default of a database product', 'super-secret-jwt-token-with-at-least-32-characters-long', 'secret.well_known'],
  ['a default in other case', 'SUPER-SECRET-JWT-TOKEN-WITH-AT-LEAST-32-CHARACTERS-LONG', 'secret.well_known'],
  ['a default with a line end', 'a-string-secret-at-least-256-bits-long\n', 'secret.well_known'],
  ['a default in base64', Buffer.from('reallyreallyreallyreallyverysafe').toString('base64'), 'secret.well_known'],
  ['a default in hexadecimal', Buffer.from('reallyreallyreallyreallyverysafe').toString('hex'), 'secret.well_known'],
  ['the sample of FastAPI', '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7', 'secret.well_known'],
  [
    'that sample as octets',
    Buffer.from('09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7', 'hex'),
    'secret.well_known',
  ],
  ['a generated but marked one', `django-insecure-${randomBytes(25).toString('hex')}`, 'secret.well_known'],
  ['the key of RFC 7515 §A.1', rfcKey(), 'secret.well_known'],
  ['one symbol', 'a'.repeat(64), 'secret.low_entropy'],
  ['zeros', new Uint8Array(64), 'secret.low_entropy'],
  ['a word over and over', 'kangaroo'.repeat(8), 'secret.low_entropy'],
  ['a random word over and over', randomBytes(6).toString('hex').repeat(6), 'secret.low_entropy'],
  ['a sequence of octets', Uint8Array.from({ length: 64 }, (_, i) => i), 'secret.low_entropy'],
  [
    'a sequence in hexadecimal',
    '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    'secret.low_entropy',
  ],
  ['the alphabet', 'abcdefghijklmnopqrstuvwxyz0123456789', 'secret.low_entropy'],
  ['digits in a row', '1234567890'.repeat(4), 'secret.low_entropy'],
  ['two symbols', 'abbabaabbaababbaabbabaabbaababba', 'secret.low_entropy'],
  ['a common word and digits', 'changeme1234567890123456789012345678', 'secret.low_entropy'],
  ['common words', 'My-Super-Secret-JWT-Token-For-Production-Server-2024!', 'secret.low_entropy'],
  ['a sentence of placeholders', 'please change this to a very long random string in production', 'secret.low_entropy'],
  ['rows of the keyboard', 'QwertyuiopAsdfghjklZxcvbnm12345678', 'secret.low_entropy'],
  ['a public key', `-----BEGIN PUBLIC KEY-----\n${PEM_BODY}`.padEnd(120, 'x'), 'secret.key_text'],
  [
    'a public key after white space',
    ` \n\t-----BEGIN RSA PUBLIC KEY-----\n${randomBytes(40).toString('base64')}`,
    'secret.key_text',
  ],
  ['a certificate', `-----BEGIN CERTIFICATE-----\n${randomBytes(60).toString('base64')}`, 'secret.key_text'],
  ['a public key of SSH', `ssh-ed25519 ${randomBytes(51).toString('base64')} me@here`, 'secret.key_text'],
  ['a JSON Web Key', JSON.stringify(p256.publicJwk), 'secret.key_text'],
  ['a JSON Web Key after white space', `\n ${JSON.stringify(rsa.publicJwk)}`, 'secret.key_text'],
  ['a public key in DER', der, 'secret.key_text'],
  ['a public key in base64 without its lines', der.toString('base64'), 'secret.key_text'],
];

for (const [name, secret, signal] of weak)
  test(`a secret is refused that is ${name}`, () => {
    const fault = judgeSecret(secret, 32);
    assert.equal(fault?.signal, signal);
    if (secret.length > 0) assert.ok(!fault?.detail.includes(String(secret)));
  });

test('ninety well-known secrets and more are refused as such, however short', () => {
  assert.ok(WELL_KNOWN_SECRETS.size >= 90);
  for (const secret of WELL_KNOWN_SECRETS) {
    assert.equal(secret, secret.toLowerCase());
    assert.equal(judgeSecret(secret, 32)?.signal, 'secret.well_known', secret);
  }
});

test('the length asked for is that of the hash', () => {
  for (const bytes of [32, 48, 64]) {
    assert.equal(judgeSecret(randomBytes(bytes), bytes), undefined);
    assert.equal(judgeSecret(randomBytes(bytes - 1), bytes)?.signal, 'secret.short');
  }
});

test('length is counted in octets, not in characters', () => {
  assert.equal(judgeSecret('ßéñøåžčřďťůąćęłńóśźżăâîșțğışöüç'.slice(0, 20), 32), undefined);
});

test('random secrets are taken, in every usual spelling', () => {
  const makers: readonly ((bytes: Buffer) => string | Uint8Array)[] = [
    (bytes) => bytes.subarray(0, 32),
    (bytes) => bytes,
    (bytes) => bytes.toString('hex', 0, 16),
    (bytes) => bytes.toString('hex', 0, 32),
    (bytes) => bytes.toString('base64', 0, 32),
    (bytes) => bytes.toString('base64url', 0, 24),
    (bytes) => bytes.toString('hex', 0, 18).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    (bytes) => printable(bytes.subarray(0, 32)),
    (bytes) => printable(bytes.subarray(0, 40)),
  ];
  // The same secrets in every run: of all random ones, a few in a hundred thousand do look made up.
  for (let i = 0; i < 2_000; i++) {
    const bytes = createHash('sha512').update(`sample ${i}`).digest();
    for (const make of makers) {
      const secret = make(bytes);
      assert.equal(judgeSecret(secret, 32), undefined, String(secret));
    }
  }
});

test('a long secret is judged by its beginning, in bounded time', () => {
  assert.equal(judgeSecret(randomBytes(1_000_000), 64), undefined);
  assert.equal(judgeSecret('ab'.repeat(500_000), 64)?.signal, 'secret.low_entropy');
});

/** As password managers make them. */
function printable(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(0x21 + (byte % 94))).join('');
}

function derOf(): Buffer {
  const { publicJwk } = pair('ec', { namedCurve: 'P-256' });
  const point = [publicJwk['x'], publicJwk['y']].map((text) => Buffer.from(String(text), 'base64url'));
  const head = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');
  return Buffer.concat([head, ...point]);
}

function rfcKey(): Buffer {
  return Buffer.from(
    'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
    'base64url',
  );
}
