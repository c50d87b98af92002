import assert from 'node:assert/strict';
import { createPublicKey, createSecretKey, type JsonWebKey } from 'node:crypto';
import { test } from 'node:test';
import { algorithmOf } from './algorithms.ts';
import { outcome, readJws } from './jws-samples.test.ts';
import { readVectors } from './key-samples.test.ts';
import type { VerificationKey } from './types.ts';
import { verifyJws } from './verify.ts';

interface Example {
  readonly input: {
    readonly payload: string;
    readonly key: JsonWebKey & { readonly kid?: string };
    readonly alg: string;
  };
  readonly output: { readonly compact?: string; readonly json?: object; readonly json_flat?: object };
}

/** RFC 7520 §4, RFC 8037 and RFC 7797, and what becomes of their compact form here. */
const EXAMPLES: readonly (readonly [file: string, compact: 'verified' | 'unverified' | 'absent' | string])[] = [
  ['jws-4_1.rsa_v15_signature.json', 'verified'],
  ['jws-4_2.rsa-pss_signature.json', 'verified'],
  ['jws-4_3.ecdsa_signature.json', 'verified'],
  ['jws-4_4.hmac-sha2_integrity_protection.json', 'verified'],
  // The payload that was signed is not in it: as a token it says nothing, and its signature is that of something else.
  ['jws-4_5.signature_with_detached_content.json', 'unverified'],
  ['jws-4_6.protecting_specific_header_fields.json', 'absent'],
  ['jws-4_7.protecting_content_only.json', 'absent'],
  ['jws-4_8.multiple_signatures.json', 'absent'],
  ['curve25519-jws.json', 'verified'],
  // RFC 7797 §7: no token; its payload stands there as it is, with spaces and an exclamation mark.
  ['rfc7797-hmac-sha2_b64_false.json', 'jwt.base64url'],
  ['rfc7797-4.2.hmac-sha2_b64_false.json', 'absent'],
];

function verificationKeyOf({ input }: Example): VerificationKey {
  const algorithm = algorithmOf(input.alg);
  assert.ok(algorithm !== undefined);
  const key =
    input.key.kty === 'oct'
      ? createSecretKey(Buffer.from(input.key.k ?? '', 'base64url'))
      : createPublicKey({ format: 'jwk', key: input.key });
  return { algorithm, kid: input.key.kid, key };
}

for (const [file, expected] of EXAMPLES) {
  const example = readVectors(`jose-cookbook/${file}`) as Example | undefined;
  const skip = example === undefined && 'test vectors are absent';

  test(`cookbook ${file}: the compact form is ${expected}`, { skip }, () => {
    const { compact } = example!.output;
    if (expected === 'absent') return assert.equal(compact, undefined);
    assert.ok(compact !== undefined);
    if (expected.includes('.')) return assert.equal(outcome(compact), expected);
    const jws = readJws(compact);
    const key = verificationKeyOf(example!);
    assert.equal(verifyJws(jws, key), expected === 'verified');
    assert.equal(jws.kid, jws.kid === undefined ? undefined : key.kid);
    assert.equal(jws.canonical, compact);
    if (expected === 'verified') assert.equal(Buffer.from(jws.payload).toString(), example!.input.payload);
  });

  test(`cookbook ${file}: the JSON forms are refused as tokens`, { skip }, () => {
    const forms = [example!.output.json, example!.output.json_flat].filter((form) => form !== undefined);
    assert.ok(forms.length > 0);
    for (const form of forms)
      for (const text of [JSON.stringify(form), JSON.stringify(form, undefined, 2), `\n ${JSON.stringify(form)}`])
        assert.equal(outcome(text), 'jwt.json_serialization');
  });
}
