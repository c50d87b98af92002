import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { Call } from '../../core/call.ts';
import type { Principal } from '../../core/principal.ts';
import { issueApiKey } from '../../crypto/api-key-format.ts';
import { CredentialStrength } from '../../tokens/credential-strength.ts';
import { type JudgedCall, strengthSignals } from './strength-watch.ts';

const random = { bytes: (count: number) => randomBytes(count) };

function signalsOf(make: (i: number) => Partial<JudgedCall>, calls = 64): readonly string[] {
  const strength = new CredentialStrength(random);
  const signals: string[] = [];
  for (let i = 0; i < calls; i++) {
    const call = { headers: [], query: '' } as unknown as Call;
    const base: JudgedCall = { call, route: undefined, principal: undefined, cookies: [], nowMs: 1_000 * (i + 1) };
    signals.push(...strengthSignals(strength, { ...base, ...make(i) }));
  }
  return signals;
}

const principal = (method: string, claims = {}): Principal => ({ authenticator: 'corp', method, claims }) as never;

test('ids of tokens that count up are told of, random ones are not', () => {
  const told = signalsOf((i) => ({ principal: principal('jwt', { jti: `id-${70_000 + i}` }) }));
  assert.ok(told.every((signal) => signal.startsWith('credential.predictable:sequential:')) && told.length === 2);
  assert.ok(told[0]?.endsWith(':jti:corp'));
  assert.deepEqual(
    signalsOf(() => ({ principal: principal('jwt', { jti: randomUUID() }) })),
    [],
  );
  assert.deepEqual(
    signalsOf((i) => ({ principal: principal('jwt', { jti: i }) })),
    [],
    'no text',
  );
});

test('keys of ours, calls of nobody and cookies of no session are no evidence', () => {
  const route = { authenticators: [{ name: 'corp', credentialHeaders: ['x-api-key'] }] } as never;
  const withKey = (key: string): Partial<JudgedCall> => ({
    route,
    principal: principal('api-key'),
    call: { headers: ['x-api-key', key], query: '' } as unknown as Call,
  });
  assert.deepEqual(
    signalsOf(() => withKey(issueApiKey(random, 'sp', 'live').key)),
    [],
  );
  assert.equal(signalsOf((i) => withKey(`k${10_000 + i}`)).length, 2);
  assert.deepEqual(
    signalsOf((i) => ({ cookies: [`visits=${10_000 + i}; Path=/`, 'sid', '=', ''] })),
    [],
  );
  assert.deepEqual(
    signalsOf(() => ({})),
    [],
  );
  for (const name of ['sidebar', 'inside-top', 'last_author'])
    assert.deepEqual(
      signalsOf((i) => ({ cookies: [`${name}=${10_000 + i}; Path=/`] })),
      [],
      name,
    );
  for (const name of ['PHPSESSID', 'connect.sid', 'sid_guest', 'Authorization', 'XSRF-TOKEN'])
    assert.equal(signalsOf((i) => ({ cookies: [`${name}=${10_000 + i}; Path=/`] })).length, 2, name);
  assert.deepEqual(
    signalsOf((i) => ({ cookies: ['sid=; Max-Age=0', `sid=${i % 2}`] })),
    [],
    'taken away again',
  );
});
