import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../core/call.ts';
import { DECOY_KINDS } from '../core/finding.ts';
import { HoneyCredentials } from './honey-credentials.ts';
import { forgeHoneyToken } from './honey-tokens.ts';
import { PresentedDecoys } from './presented-decoys.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const SHAPE = { issuer: 'https://issuer.example', audience: 'https://api.example' };

function parts(token: string): Record<string, unknown>[] {
  return token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>);
}

function call(fields: readonly string[], query = ''): Call {
  return { headers: fields, query } as unknown as Call;
}

for (const algorithm of ['ES256', 'ES384', 'ES512', 'RS256', 'PS256', 'Ed25519', 'HS256'] as const)
  test(`a token of ${algorithm} has the form of an access token, and never the same key`, async () => {
    const { token, kid } = await forgeHoneyToken({ ...SHAPE, algorithm }, NOW_MS);
    const other = await forgeHoneyToken({ ...SHAPE, algorithm }, NOW_MS);
    assert.notEqual(kid, other.kid);
    const [header, claims] = parts(token);
    assert.deepEqual(header, { alg: algorithm, typ: 'at+jwt', kid });
    assert.equal(Buffer.from(kid, 'base64url').length, 32);
    for (const name of ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti']) assert.ok(claims?.[name], name);
    const lengths = { ES256: 64, ES384: 96, ES512: 132, RS256: 256, PS256: 256, Ed25519: 64, HS256: 32 };
    assert.equal(Buffer.from(token.split('.')[2] ?? '', 'base64url').length, lengths[algorithm]);
  });

test('a planted token is known again wherever it is carried, and by nothing else', async () => {
  const { token, kid } = await forgeHoneyToken({ ...SHAPE, algorithm: 'ES256' }, NOW_MS);
  const other = await forgeHoneyToken({ ...SHAPE, algorithm: 'ES256' }, NOW_MS);
  const decoys = new PresentedDecoys({ tokens: [kid], clients: [] });
  const signal = [`decoy.token_used:${kid}`];
  assert.deepEqual(decoys.signals(call(['authorization', `Bearer ${token}`])), signal);
  assert.deepEqual(decoys.signals(call(['authorization', `DPoP ${token}`])), signal);
  assert.deepEqual(decoys.signals(call(['cookie', `a=eyJ; session=${token}; b=1`])), signal);
  assert.deepEqual(decoys.signals(call([], `x=1&access_token=${token}`)), signal);
  const tampered = `${token.slice(0, -4)}AAAA`;
  assert.deepEqual(decoys.signals(call(['authorization', `Bearer ${tampered}`])), signal, 'whoever changes it had it');
  for (const text of [other.token, 'eyJ', 'eyJ.', `${'eyJ'.repeat(5_000)}.`, 'eyJhbGciOiJ9.x.y', token.slice(10), kid])
    assert.deepEqual(decoys.signals(call(['authorization', `Bearer ${text}`])), []);
});

test('a planted client is known again in Basic and in the query', () => {
  const decoys = new PresentedDecoys({ tokens: [], clients: ['abc'] });
  const basic = (text: string) => ['authorization', `Basic ${Buffer.from(text).toString('base64')}`];
  assert.deepEqual(decoys.signals(call(basic('abc:anything'))), ['decoy.client_used:abc']);
  assert.deepEqual(decoys.signals(call([], 'client_id=abc')), ['decoy.client_used:abc']);
  assert.deepEqual(decoys.signals(call([], 'a=1&client_id=abc&b=2')), ['decoy.client_used:abc']);
  for (const fields of [basic('abcd:x'), basic('abc'), ['authorization', 'Basic'], ['authorization', 'Basic !!!']])
    assert.deepEqual(decoys.signals(call(fields, 'xclient_id=abc&client_id=abcd')), []);
});

test('a use is told of with who, with what and where, and only of the kind that was planted', () => {
  const honey = new HoneyCredentials([]);
  for (const kind of DECOY_KINDS) honey.add({ id: `${kind}-1`, kind, place: 'the wiki', createdAtMs: 1 });
  const use = { address: '192.0.2.1', userAgent: 'curl/8', routeId: 'orders', timeMs: 5, requestId: 'r' };
  assert.ok(honey.isHoneyClient('client-1') && !honey.isHoneyClient('key-1') && !honey.isHoneyClient('none'));
  assert.match(
    honey.honeyClientUsed('client-1', use)?.title ?? '',
    /client that was planted in the wiki was used from 192\.0\.2\.1 \(curl\/8\) on route orders/,
  );
  assert.equal(honey.honeyKeyUsed('key-1', use)?.detector, 'decoy.key_used');
  assert.equal(honey.judgeSignal('decoy.token_used:token-1', use)?.certainty, 1);
  for (const signal of ['decoy.token_used:client-1', 'decoy.token_used:', 'decoy.client_used:x', 'jwt.kid_unknown'])
    assert.equal(honey.judgeSignal(signal, use), undefined);
  assert.deepEqual(honey.published(), { tokens: ['token-1'], clients: ['client-1'] });
});
