import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { crc32 } from 'node:zlib';
import { type ApiKeyAuthenticator, createApiKeyAuthenticator } from '../../src/authn/api-key.ts';
import type { Call } from '../../src/core/call.ts';
import { base62Word } from '../../src/crypto/base62.ts';
import type { CredentialReader } from '../../src/crypto/credential-index.ts';
import type { KeySupply } from './key-supply.ts';

/** So many keys are presented, each once in a round: their records are far more than a processor's caches hold. */
const PRESENTED = 100_000;
const KEY_CHARACTERS = 70;
const NOW_MS = 1_790_000_000_000;

export interface Authentication {
  readonly authenticator: ApiKeyAuthenticator;
  readonly accepted: Buffer;
  /** The ids of the same keys with another secret and a right checksum: they get as far as the digest. */
  readonly refused: Buffer;
}

/** Nanoseconds per call. */
export interface Authenticated {
  readonly accepted: number;
  readonly refused: number;
}

/** Chooses random keys of the first `count` and proves that the authenticator tells right ones from others. */
export function authenticationOf(supply: KeySupply, credentials: CredentialReader, count: number): Authentication {
  const { peppers } = supply;
  const authenticator = createApiKeyAuthenticator({ name: 'bench', header: 'x-api-key', credentials, peppers });
  const accepted = Buffer.alloc(PRESENTED * KEY_CHARACTERS);
  const refused = Buffer.alloc(PRESENTED * KEY_CHARACTERS);
  for (let i = 0; i < PRESENTED; i++) {
    const { key } = supply.key(randomInt(count));
    assert.equal(accepted.write(key, i * KEY_CHARACTERS, 'latin1'), KEY_CHARACTERS);
    const body = `${key.slice(0, -7)}${key.at(-7) === 'x' ? 'y' : 'x'}`;
    refused.write(body + base62Word(crc32(body)), i * KEY_CHARACTERS, 'latin1');
  }
  const { key } = supply.key(randomInt(count));
  const reasonOf = (presented: string): string => {
    const verdict = authenticator.authenticate(callWith(presented), NOW_MS);
    return verdict.kind === 'deny' ? verdict.reason : verdict.kind;
  };
  assert.equal(reasonOf(key), 'pass');
  assert.equal(reasonOf(refused.toString('latin1', 0, KEY_CHARACTERS)), 'authn.api_key_wrong');
  assert.equal(reasonOf(supply.key(count).key), 'authn.api_key_unknown');
  assert.equal(reasonOf(key.slice(0, -1)), 'authn.api_key_malformed');
  return { authenticator, accepted, refused };
}

export function measureAuthentication({ authenticator, accepted, refused }: Authentication): Authenticated {
  return { accepted: perCall(authenticator, accepted, 'pass'), refused: perCall(authenticator, refused, 'deny') };
}

function perCall(authenticator: ApiKeyAuthenticator, keys: Buffer, expected: 'pass' | 'deny'): number {
  let characters = 0;
  const cutting = performance.now();
  for (let at = 0; at < keys.length; at += KEY_CHARACTERS)
    characters += callWith(keys.toString('latin1', at, at + KEY_CHARACTERS)).headers.length;
  const start = performance.now();
  let judged = 0;
  for (let at = 0; at < keys.length; at += KEY_CHARACTERS) {
    const call = callWith(keys.toString('latin1', at, at + KEY_CHARACTERS));
    if (authenticator.authenticate(call, NOW_MS).kind === expected) judged++;
  }
  const end = performance.now();
  assert.equal(judged, PRESENTED);
  assert.equal(characters, PRESENTED * 8);
  return ((end - start - (start - cutting)) * 1e6) / PRESENTED;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

export function callWith(key: string): Call {
  return {
    requestId: 'r',
    method: 'GET',
    scheme: 'https',
    host: 'api.example.com',
    path: '/orders',
    pathAmbiguities: 0,
    query: '',
    httpVersion: '1.1',
    headers: ['host', 'api.example.com', 'accept', '*/*', 'user-agent', 'bench', 'x-api-key', key],
    address: { text: '192.0.2.7', group: '192.0.2.7' },
    fromTrustedProxy: false,
    peer: undefined,
    bodyFraming: 'none',
    bodyBytesDeclared: -1,
    upgrade: '',
    fault: undefined,
  };
}
