import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { createJweDecrypter, decryptJwe } from './jwe.ts';
import { checkJweForm, type JwePolicy } from './jwe-form.ts';
import type { DecryptionKey } from './jwe-key.ts';
import { type MutableJwk, readVectors } from './key-samples.test.ts';

interface Vectors {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly comment: string;
    readonly private: MutableJwk;
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly jwe: string;
      readonly pt?: string;
      readonly result: 'valid' | 'invalid';
    }[];
  }[];
}

const DEFAULT: JwePolicy = {
  keyManagement: ['RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'],
  contentEncryption: ['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512'],
};
/** Everything the library knows, so that a bad token is refused for what is bad about it. */
const PERMISSIVE: JwePolicy = {
  keyManagement: [
    ...[
      'A128KW',
      'A192KW',
      'A256KW',
      'A128GCMKW',
      'A192GCMKW',
      'A256GCMKW',
      'RSA-OAEP',
      'RSA-OAEP-256',
      'RSA1_5',
      'dir',
    ],
    ...['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW', 'PBES2-HS256+A128KW', 'PBES2-HS512+A256KW'],
  ],
  contentEncryption: ['A128GCM', 'A192GCM', 'A256GCM', 'A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512'],
};

const vectors = readVectors('wycheproof-json_web_encryption_test.json') as Vectors | undefined;
const skip = vectors === undefined && 'test vectors are absent';
const cases = (vectors?.testGroups ?? []).flatMap((group) => group.tests.map((vector) => ({ ...vector, group })));

test('the encryption vectors of Wycheproof are all there', { skip }, () => {
  assert.equal(cases.length, vectors!.numberOfTests);
  assert.equal(cases.filter(({ result }) => result === 'invalid').length, 74);
});

for (const { tcId, comment, jwe, result, pt, group } of cases) {
  const { header, alg } = headerOf(jwe);
  /** RSA1_5, `dir` and compression are valid by RFC 7518 and refused here by principle. */
  const isNever = alg === 'RSA1_5' || alg === 'dir' || header.includes('"zip"');
  /** Four vectors use a key with another algorithm than its own, which only the key can tell (RFC 8725 §3.1). */
  const policy = {
    ...PERMISSIVE,
    keyManagement: PERMISSIVE.keyManagement.filter((name) => name === group.private['alg']),
  };

  test(`Wycheproof encryption ${tcId} is ${result}: ${group.comment}, ${comment}`, async () => {
    const key = keyOf(group.private);
    const opened = await decryptJwe(jwe, policy, [key]);
    assert.equal(opened.ok, result === 'valid' && !isNever, JSON.stringify(opened.ok ? 'decrypted' : opened.fault));
    if (opened.ok) assert.ok(Buffer.from(opened.plaintext).toString('hex').startsWith(pt!));
    const asConfigured = await decryptJwe(jwe, DEFAULT, [key]);
    const isOffered =
      DEFAULT.keyManagement.includes(alg) && DEFAULT.contentEncryption.some((enc) => header.includes(`"${enc}"`));
    assert.equal(asConfigured.ok, opened.ok && isOffered);
  });
}

/** What the form alone tells; the library refuses the others, and those that use a key against its own algorithm. */
const FORM_FAULTS: ReadonlyMap<string, readonly number[]> = new Map([
  ['jwe.not_canonical', [3, 24]],
  ['jwe.size', [4, 5, 6, 7, 8, 11, 14, 17, 25, 26, 27, 37, 40, 43, 46, 63, 64, 65]],
  ['jwe.form', [9, 12, 15, 18, 20, 21, 22, 38, 41, 44, 47, 49, 50]],
  ['jwe.header', [48]],
  ['jwe.epk_off_curve', [51]],
  ['jwe.algorithm', [94, 95, 96, 97, 98, 99, 110, 111, ...range(113, 120), ...range(122, 127)]],
  ['well-formed', [2, 10, 13, 16, 19, 36, 39, 42, 45, 106, 107, 108, 109, 136, 137, 138, 139]],
]);

test('bad forms of Wycheproof are refused before a key is touched, for what is bad about them', { skip }, () => {
  const found = new Map<string, number[]>();
  for (const { tcId, jwe, result } of cases) {
    if (result === 'valid') continue;
    const checked = checkJweForm(jwe, PERMISSIVE);
    const signal = checked.ok ? 'well-formed' : checked.fault.signal;
    found.set(signal, [...(found.get(signal) ?? []), tcId]);
  }
  assert.deepEqual(Object.fromEntries(found), Object.fromEntries(FORM_FAULTS));
});

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

test('a decrypter with the keys of Wycheproof refuses every vector, since none holds a signed token', {
  skip,
}, async () => {
  const jwks = vectors!.testGroups.map((group) => group.private).filter(({ kty }) => kty !== 'oct');
  for (const jwk of jwks) {
    const pem = privateKeyOf(jwk).export({ type: 'pkcs8', format: 'pem' }).toString();
    const keyManagement = jwk['kty'] === 'RSA' ? (['RSA-OAEP-256'] as const) : (['ECDH-ES', 'ECDH-ES+A128KW'] as const);
    const { decrypt } = createJweDecrypter({
      keyManagement,
      contentEncryption: ['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512'],
      privateKeys: [pem],
    });
    for (const { jwe } of cases) assert.equal((await decrypt(jwe)).ok, false);
  }
});

const cookbook: readonly [file: string, expected: string][] = [
  ['5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2', 'jwe.algorithm'],
  ['5_2.key_encryption_using_rsa-oaep_with_aes-gcm', 'decrypted'],
  ['5_3.key_wrap_using_pbes2-aes-keywrap_with-aes-cbc-hmac-sha2', 'jwe.header_p2s'],
  ['5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_aes-gcm', 'decrypted'],
  ['5_5.key_agreement_using_ecdh-es_with_aes-cbc-hmac-sha2', 'decrypted'],
  ['5_6.direct_encryption_using_aes-gcm', 'jwe.algorithm'],
  ['5_7.key_wrap_using_aes-gcm_keywrap_with_aes-cbc-hmac-sha2', 'decrypted'],
  ['5_8.key_wrap_using_aes-keywrap_with_aes-gcm', 'decrypted'],
  ['5_9.compressed_content', 'jwe.header_zip'],
  ['5_10.including_additional_authentication_data', 'no compact form'],
  ['5_11.protecting_specific_header_fields', 'no compact form'],
  ['5_12.protecting_content_only', 'no compact form'],
  ['5_13.encrypting_to_multiple_recipients', 'no compact form'],
];

interface Example {
  readonly input: { readonly plaintext: string; readonly key?: MutableJwk };
  readonly output: { readonly compact?: string; readonly json?: object; readonly json_flat?: object };
}

for (const [file, expected] of [
  ...cookbook.map(([name, outcome]) => [`jwe-${name}`, outcome] as const),
  ['curve25519-ecdh-es', 'decrypted'] as const,
])
  test(`${file} of RFC 7520 is ${expected}, and its JSON form refused`, async (context) => {
    const example = readVectors(`jose-cookbook/${file}.json`) as Example | undefined;
    if (example === undefined) return context.skip('test vectors are absent');
    const { input, output } = example;
    const keys = input.key === undefined || Array.isArray(input.key) ? [] : [keyOf(input.key)];
    for (const form of [output.json, output.json_flat])
      if (form !== undefined) assert.equal((await decryptJwe(JSON.stringify(form), PERMISSIVE, keys)).ok, false);
    if (output.compact === undefined) return assert.equal(expected, 'no compact form');
    const opened = await decryptJwe(output.compact, PERMISSIVE, keys);
    assert.equal(opened.ok ? 'decrypted' : opened.fault.signal, expected);
    if (opened.ok) assert.equal(Buffer.from(opened.plaintext).toString(), input.plaintext);
  });

function headerOf(jwe: string): { readonly header: string; readonly alg: string } {
  const header = Buffer.from(jwe.split('.', 1)[0]!, 'base64url').toString();
  try {
    return { header, alg: String(JSON.parse(header).alg) };
  } catch {
    return { header, alg: '' };
  }
}

function privateKeyOf(jwk: MutableJwk) {
  return createPrivateKey({ key: jwk as never, format: 'jwk' });
}

/** Keys as the vectors give them; the gateway itself takes them as PEM only. */
function keyOf(jwk: MutableJwk): DecryptionKey {
  if (jwk['kty'] === 'oct')
    return { key: createSecretKey(String(jwk['k']), 'base64url'), kind: 'secret', curve: undefined, kid: undefined };
  const key = privateKeyOf(jwk);
  const curve = createPublicKey(key as never).export({ format: 'jwk' }).crv;
  return jwk['kty'] === 'RSA'
    ? { key, kind: 'rsa', curve: undefined, kid: undefined }
    : { key, kind: 'curve', curve, kid: undefined };
}
