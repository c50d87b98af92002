import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { ApiKeyRecord } from '../../../src/core/credential.ts';
import { ApiKeyDigester } from '../../../src/crypto/api-key-digest.ts';
import { issueApiKey } from '../../../src/crypto/api-key-format.ts';
import { CredentialIndexWriter, CredentialReader } from '../../../src/crypto/credential-index.ts';
import type { JudgedRequest } from '../../harness/judge.ts';
import { type Json, signToken } from '../../harness/tokens.ts';

/** Monday, 15 June 2026, 10:30 in UTC. */
export const NOW_MS = Date.UTC(2026, 5, 15, 10, 30);

const issuing = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const certificate = { der: randomBytes(64), chainError: '' };
const thumbprint = createHash('sha256').update(certificate.der).digest('base64url');
const random = { bytes: (count: number) => randomBytes(count) };
const digester = new ApiKeyDigester({ current: 1, byVersion: { 1: new Uint8Array(32).fill(1) } });
const index = new CredentialIndexWriter(random);

export const KEY_SET = JSON.stringify({
  keys: [{ ...createPublicKey(issuing.privateKey).export({ format: 'jwk' }), kid: 'k', alg: 'ES256', use: 'sig' }],
});

const CONSUMERS = {
  acme: { name: 'acme', groups: ['partners'], tier: 'gold', disabled: false },
  globex: { name: 'globex', groups: [], tier: 'silver', disabled: false },
} as const;

function apiKey(
  consumer: keyof typeof CONSUMERS,
  scopes: readonly string[],
  change: Partial<ApiKeyRecord> = {},
): string {
  const { key, keyId } = issueApiKey(random, 'sp', 'live');
  index.upsert(
    {
      keyId,
      consumer,
      digest: Uint8Array.from(digester.digest(1, key) ?? []),
      pepperVersion: 1,
      foreign: false,
      name: '',
      scopes,
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
    },
    CONSUMERS[consumer],
  );
  return key;
}

const acmeKey = apiKey('acme', ['orders:read']);
const KEYS: Readonly<Record<string, string>> = {
  'acme-key': acmeKey,
  'globex-key': apiKey('globex', ['orders:read', 'orders:write']),
  'revoked-key': apiKey('acme', ['orders:read'], { status: 'revoked', revokedAtMs: 1 }),
  'confined-key': apiKey('acme', ['orders:read'], { routes: ['elsewhere'] }),
  // There is a key of this id, and its secret is another one.
  'guessed-key': apiKey('acme', ['orders:read'], { digest: Uint8Array.from(randomBytes(32)) }),
  'garbled-key': 'sp_live_wrong',
};

const SECOND = NOW_MS / 1000;
const CLAIMS: Json = {
  iss: 'https://id.example.com',
  aud: 'https://api.example.com',
  iat: SECOND - 60,
  exp: SECOND + 600,
};
const ALICE: Json = {
  ...CLAIMS,
  sub: 'alice',
  client_id: 'acme',
  scope: 'orders:read orders:write',
  groups: ['staff', 'beta'],
  roles: ['editor', 'viewer'],
  acr: 'urn:mfa',
  auth_time: SECOND - 600,
  tenant: 't1',
  level: 3,
  admin: true,
  nested: { team: 'blue' },
};
const TOKENS: Readonly<Record<string, Json>> = {
  alice: ALICE,
  bob: {
    ...CLAIMS,
    iat: SECOND - 3_000,
    sub: 'bob',
    client_id: 'globex',
    scope: 'orders:read',
    groups: [],
    roles: ['viewer'],
    acr: 'urn:pwd',
    auth_time: SECOND - 7_200,
    tenant: 't2',
    level: 1,
    admin: false,
  },
  carol: { ...CLAIMS, sub: 'carol' },
  forged: ALICE,
  expired: { ...ALICE, iat: SECOND - 7_200, exp: SECOND - 3_600 },
  bound: { ...ALICE, cnf: { 'x5t#S256': thumbprint } },
  'bound-elsewhere': { ...ALICE, cnf: { 'x5t#S256': thumbprint } },
};

/** What a caller of this name puts into a call. `change`: claims that are others; they are signed all the same. */
export function presentedBy(caller: string, change: Json): Pick<JudgedRequest, 'fields' | 'peer'> {
  if (caller === 'nobody') return { fields: [] };
  if (caller === 'alice-with-key') return { fields: ['authorization', `Bearer ${token(ALICE)}`, 'x-api-key', acmeKey] };
  const key = KEYS[caller];
  if (key !== undefined) return { fields: ['x-api-key', key] };
  const claims = TOKENS[caller];
  if (claims === undefined) throw new TypeError(`nobody is called ${caller}`);
  const signed = token({ ...claims, ...change }, caller === 'forged' ? foreign.privateKey : issuing.privateKey);
  return { fields: ['authorization', `Bearer ${signed}`], ...(caller === 'bound' ? { peer: certificate } : {}) };
}

function token(claims: Json, key = issuing.privateKey): string {
  return signToken({ alg: 'ES256', typ: 'at+jwt', kid: 'k' }, claims, key);
}

export const credentials = (): CredentialReader => new CredentialReader(index.handle());
