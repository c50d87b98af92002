import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import type { Call } from '../core/call.ts';
import type { ApiKeyRecord, Consumer } from '../core/credential.ts';
import { NO_CLAIMS, type Principal } from '../core/principal.ts';
import { type ReasonCode, reasonOf } from '../core/reasons.ts';
import type { Verdict } from '../core/verdict.ts';
import { ApiKeyDigester, foreignKeyId, type Peppers } from '../crypto/api-key-digest.ts';
import { issueApiKey } from '../crypto/api-key-format.ts';
import { base62Word } from '../crypto/base62.ts';
import { CredentialIndexWriter, CredentialReader } from '../crypto/credential-index.ts';
import { createApiKeyAuthenticator } from './api-key.ts';

const NOW_MS = 1_790_000_000_000;
const random = { bytes: (count: number): Uint8Array => randomBytes(count) };
const peppers: Peppers = { current: 2, byVersion: { 1: randomBytes(32), 2: randomBytes(32) } };

function callWith(headers: readonly string[], address = '192.0.2.7'): Call {
  return {
    requestId: 'r',
    method: 'GET',
    scheme: 'https',
    host: 'api.example.com',
    path: '/orders',
    pathAmbiguities: 0,
    query: '',
    httpVersion: '1.1',
    headers,
    address: { text: address, group: address },
    fromTrustedProxy: false,
    peer: undefined,
    bodyFraming: 'none',
    bodyBytesDeclared: -1,
    upgrade: '',
    fault: undefined,
  };
}

/** An authenticator over an index of its own, and what a test needs to put keys into it. */
function house() {
  const writer = new CredentialIndexWriter(random, 4);
  const credentials = new CredentialReader(writer.handle());
  const digester = new ApiKeyDigester(peppers);
  const authenticator = createApiKeyAuthenticator({ name: 'keys', header: 'x-api-key', credentials, peppers });
  const recordFor = (keyId: string, digested: string, change: Partial<ApiKeyRecord>): ApiKeyRecord => {
    const pepperVersion = change.pepperVersion ?? peppers.current;
    return {
      keyId,
      consumer: 'acme',
      digest: Uint8Array.from(digester.digest(pepperVersion, digested) ?? randomBytes(32)),
      foreign: false,
      name: '',
      scopes: ['read:orders'],
      allowedCidrs: [],
      status: 'active',
      createdAtMs: 0,
      notBeforeMs: 0,
      expiresAtMs: 0,
      successorId: '',
      revokedAtMs: 0,
      revokedReason: '',
      routes: [],
      limits: [],
      idleSeconds: 0,
      enabledAtMs: 0,
      disabledReason: '',
      familyId: '',
      ...change,
      pepperVersion,
    };
  };
  return {
    writer,
    authenticator,
    add(change: Partial<ApiKeyRecord> = {}, consumer?: Consumer): { key: string; record: ApiKeyRecord } {
      const { key, keyId } = issueApiKey(random, 'sp', 'live');
      const record = recordFor(keyId, key, change);
      writer.upsert(record, consumer);
      credentials.adopt(writer.handle());
      return { key, record };
    },
    importKey(key: string): void {
      const sha256 = createHash('sha256').update(key).digest('hex');
      writer.upsert(recordFor(foreignKeyId(sha256), sha256, { foreign: true }), undefined);
      credentials.adopt(writer.handle());
    },
    ask: (key: string, address?: string, nowMs = NOW_MS): Verdict =>
      authenticator.authenticate(callWith(['host', 'api.example.com', 'x-api-key', key], address), nowMs),
  };
}

function principalOf(verdict: Verdict): Principal {
  assert.equal(verdict.kind, 'pass');
  assert.ok(verdict.kind === 'pass' && verdict.principal !== undefined);
  return verdict.principal;
}

function assertDenied(verdict: Verdict, reason: ReasonCode): void {
  assert.equal(verdict.kind, 'deny', JSON.stringify(verdict));
  if (verdict.kind === 'deny') assert.equal(verdict.reason, reason);
}

/** A key with a right checksum, from the parts of others. */
function sealed(body: string): string {
  return body + base62Word(crc32(body));
}

describe('an API key', () => {
  it('that is right identifies its consumer', () => {
    const { add, ask } = house();
    const { key, record } = add(
      { scopes: ['a', 'b'] },
      { name: 'acme', groups: ['eu'], tier: 'gold', disabled: false },
    );
    assert.deepEqual(principalOf(ask(key)), {
      version: 1,
      consumer: 'acme',
      subject: 'acme',
      scopes: ['a', 'b'],
      groups: ['eu'],
      tier: 'gold',
      authenticator: 'keys',
      method: 'api-key',
      credentialId: record.keyId,
      issuer: '',
      clientId: '',
      binding: 'none',
      acr: '',
      authenticatedAtSeconds: 0,
      expiresAtMs: 0,
      claims: NO_CLAIMS,
      restrictions: undefined,
    });
  });

  it('gives one principal as long as its state is the same, and another after it changed', () => {
    const { add, ask, writer } = house();
    const { key, record } = add();
    const first = principalOf(ask(key));
    assert.equal(principalOf(ask(key)), first);
    assert.ok(Object.isFrozen(first.scopes), 'what keys share cannot be changed through one of them');
    writer.upsert({ ...record, scopes: [] }, undefined);
    assert.deepEqual(principalOf(ask(key)).scopes, []);
  });

  it('is not mixed up with the key whose principal had its place before', () => {
    const { add, ask } = house();
    const keys = Array.from({ length: 16_500 }, (_, n) => ({ n, ...add({ consumer: `c${n}` }) }));
    for (const round of [1, 2])
      for (const { n, key } of [keys[0]!, keys[16_384]!, keys[1]!, keys[16_385]!, keys[0]!])
        assert.equal(principalOf(ask(key)).consumer, `c${n}`, `round ${round}`);
  });

  it('that is absent says nothing, and is invited with the name of its field', () => {
    const { authenticator } = house();
    assert.equal(authenticator.authenticate(callWith(['host', 'x']), NOW_MS).kind, 'notApplicable');
    assert.deepEqual(authenticator.credentialHeaders, ['x-api-key']);
    assert.equal(authenticator.challenge, 'ApiKey realm="sallyport", header="x-api-key"');
  });

  it('that is given twice is refused, even where both are the same and right', () => {
    const { authenticator, add } = house();
    const { key } = add();
    for (const second of [key, '', 'x'])
      assertDenied(
        authenticator.authenticate(callWith(['x-api-key', key, 'host', 'x', 'x-api-key', second]), NOW_MS),
        'authn.ambiguous',
      );
  });

  it('is judged by status, times and consumer, each with its own reason', () => {
    const { add, ask } = house();
    const cases: readonly (readonly [Partial<ApiKeyRecord>, ReasonCode | undefined])[] = [
      [{ status: 'revoked' }, 'authn.api_key_revoked'],
      [{ status: 'disabled' }, 'authn.api_key_disabled'],
      [{ notBeforeMs: NOW_MS + 1_000 }, 'authn.api_key_not_yet'],
      [{ expiresAtMs: NOW_MS }, 'authn.api_key_expired'],
      [{ expiresAtMs: NOW_MS + 1_000, notBeforeMs: NOW_MS }, undefined],
      [{ status: 'revoked', expiresAtMs: NOW_MS - 1 }, 'authn.api_key_revoked'],
    ];
    for (const [change, reason] of cases) {
      const verdict = ask(add(change).key);
      if (reason === undefined) assert.equal(verdict.kind, 'pass');
      else assertDenied(verdict, reason);
    }
    const { key } = add({}, { name: 'acme', groups: [], tier: '', disabled: true });
    assertDenied(ask(key), 'authn.api_key_disabled');
  });

  it('that is wrong is refused as wrong, whatever state the real one is in', () => {
    const { add, ask } = house();
    for (const change of [{}, { status: 'revoked' as const }, { expiresAtMs: 1 }, { allowedCidrs: ['10.0.0.0/8'] }]) {
      const { record } = add(change);
      assertDenied(ask(sealed(`sp_live_${record.keyId}_${'A'.repeat(43)}`)), 'authn.api_key_wrong');
    }
  });

  it('is refused from the next call on after it was revoked', () => {
    const { add, ask, writer } = house();
    const { key, record } = add();
    assert.equal(ask(key).kind, 'pass');
    writer.revoke(record.keyId);
    assertDenied(ask(key), 'authn.api_key_revoked');
  });

  it('is refused with its consumer, and let in with it again', () => {
    const { add, ask, writer } = house();
    const { key } = add();
    const consumer: Consumer = { name: 'acme', groups: [], tier: '', disabled: true };
    writer.updateConsumer(consumer);
    assertDenied(ask(key), 'authn.api_key_disabled');
    writer.updateConsumer({ ...consumer, disabled: false });
    assert.equal(ask(key).kind, 'pass');
  });

  it('under an older pepper is good as long as that pepper is known, and undecided where it is not', () => {
    const { add, ask } = house();
    assert.equal(ask(add({ pepperVersion: 1 }).key).kind, 'pass');
    const verdict = ask(add({ pepperVersion: 9 }).key);
    assert.equal(verdict.kind, 'indeterminate');
  });
});

describe('an API key bound to addresses', () => {
  it('is good from these alone, in both families', () => {
    const { add, ask } = house();
    const { key } = add({ allowedCidrs: ['192.0.2.0/24', '2001:db8::/32'] });
    for (const address of ['192.0.2.0', '192.0.2.255', '2001:db8::1']) assert.equal(ask(key, address).kind, 'pass');
    for (const address of ['192.0.3.0', '2001:db9::1', '::1', '', 'unknown', '192.0.2.1 '])
      assertDenied(ask(key, address), 'authn.api_key_address');
  });

  it('is good from nowhere where no block can be read', () => {
    const { add, ask } = house();
    for (const block of ['', '*', '192.0.2.0/33', '192.0.2.0/', '0.0.0.0/0x', 'localhost'])
      assertDenied(ask(add({ allowedCidrs: [block] }).key), 'authn.api_key_address');
    assert.equal(ask(add({ allowedCidrs: ['garbage', '192.0.2.7'] }).key).kind, 'pass');
  });
});

describe('attacks on API keys', () => {
  const { add, ask } = house();
  const { key, record } = add();
  const other = add();

  it('start from a key that is good', () => {
    assert.equal(ask(key).kind, 'pass');
    assert.equal(ask(other.key).kind, 'pass');
  });

  it('with one character changed anywhere, with the checksum repaired or not, are refused', () => {
    for (let i = 0; i < key.length; i++)
      for (const character of 'a0Z_-\0é') {
        if (character === key[i]) continue;
        assert.equal(ask(key.slice(0, i) + character + key.slice(i + 1)).kind, 'deny');
        const body = key.slice(0, -6);
        if (i < body.length) assert.equal(ask(sealed(body.slice(0, i) + character + body.slice(i + 1))).kind, 'deny');
      }
  });

  it('with the secret of one key and the id of another are refused', () => {
    const secret = key.slice(-49, -6);
    assertDenied(ask(sealed(`sp_live_${other.record.keyId}_${secret}`)), 'authn.api_key_wrong');
    assertDenied(
      ask(sealed(`sp_live_${secret.slice(0, 12)}_${record.keyId}${secret.slice(12)}`)),
      'authn.api_key_unknown',
    );
  });

  it('with another brand or environment are refused: the digest is of the whole key', () => {
    for (const labels of ['sp_test', 'xx_live', 'spl_ive'])
      assertDenied(ask(sealed(key.slice(0, -6).replace('sp_live', labels))), 'authn.api_key_wrong');
  });

  it('cut off, folded, padded, doubled, very long or full of NULs are refused', () => {
    const attempts = [
      '',
      ' ',
      key.slice(0, -1),
      key.slice(1),
      key.toUpperCase(),
      key.toLowerCase(),
      ` ${key}`,
      `${key} `,
      `${key}\0`,
      `\0${key}`,
      `${key},${key}`,
      `${key}${key}`,
      key.padEnd(10_240, 'A'),
      'A'.repeat(10_240),
      '\0'.repeat(84),
      key.replace('sp', 'ｓｐ'),
      [...key].map((character) => String.fromCharCode(character.charCodeAt(0) + 256)).join(''),
      `Bearer ${key}`,
      '__proto__',
      'constructor',
      "' OR 1=1--",
      record.keyId,
      Buffer.from(record.digest).toString('hex'),
    ];
    for (const attempt of attempts) assert.equal(ask(attempt).kind, 'deny', JSON.stringify(attempt.slice(0, 100)));
  });

  it('are recorded with the public id at most', () => {
    const attempts = [
      key.slice(0, -1),
      sealed(`sp_live_${record.keyId}_${'A'.repeat(43)}`),
      sealed(`sp_live_${'x'.repeat(12)}_${key.slice(-49, -6)}`),
      'my-password',
    ];
    for (const attempt of attempts) {
      const text = JSON.stringify(ask(attempt));
      assert.ok(
        !text.includes(key.slice(-49, -6)) && !text.includes('A'.repeat(12)) && !text.includes('my-pass'),
        text,
      );
      assert.match(text, /"name":"api_key\.[a-z_]+"/);
    }
  });

  it('are all answered with the same status', () => {
    for (const attempt of ['x', key.slice(0, -1), sealed(`sp_live_${'x'.repeat(12)}_${'A'.repeat(43)}`)]) {
      const verdict = ask(attempt);
      assert.ok(verdict.kind === 'deny');
      assert.equal(reasonOf(verdict.reason).status, 401);
      assert.equal(reasonOf(verdict.reason).publicCode, 'authn.required');
    }
  });
});

describe('a key of another format', () => {
  it('is good once it was imported by its hash, and unknown ones stay malformed', () => {
    const { importKey, ask } = house();
    assertDenied(ask('zpka_of-elsewhere'), 'authn.api_key_malformed');
    importKey('zpka_of-elsewhere');
    const principal = principalOf(ask('zpka_of-elsewhere'));
    assert.equal(principal.consumer, 'acme');
    assert.equal(principal.credentialId, foreignKeyId(createHash('sha256').update('zpka_of-elsewhere').digest('hex')));
    for (const wrong of ['zpka_of-elsewherE', 'zpka_of-elsewhere ', 'zpka_of-elsewher', 'x'.repeat(1_025), ''])
      assertDenied(ask(wrong), 'authn.api_key_malformed');
  });

  it('is not opened by its hash or its id', () => {
    const { importKey, ask } = house();
    importKey('of-elsewhere');
    const sha256 = createHash('sha256').update('of-elsewhere').digest('hex');
    assertDenied(ask(sha256), 'authn.api_key_malformed');
    assertDenied(ask(sealed(`sp_live_${foreignKeyId(sha256)}_${'A'.repeat(43)}`)), 'authn.api_key_wrong');
  });

  it('may have our form, as keys of another installation and of another checksum have', () => {
    const { importKey, add, ask } = house();
    const { key } = issueApiKey(random, 'sp', 'live');
    const damaged = `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`;
    add();
    assertDenied(ask(key), 'authn.api_key_unknown');
    assertDenied(ask(damaged), 'authn.api_key_checksum');
    importKey(key);
    importKey(damaged);
    assert.equal(ask(key).kind, 'pass');
    assert.equal(ask(damaged).kind, 'pass');
    const { key: unknown } = issueApiKey(random, 'sp', 'live');
    assertDenied(ask(unknown), 'authn.api_key_unknown');
  });
});
