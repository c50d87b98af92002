import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_CLAIMS, type Principal } from '../core/principal.ts';
import { judgeScopes } from './scopes.ts';

const reader: Principal = {
  version: 1,
  consumer: 'acme',
  subject: 'acme',
  scopes: ['orders:read'],
  groups: [],
  tier: '',
  authenticator: 'keys',
  method: 'api-key',
  credentialId: 'AAAAAAAAAAAA',
  issuer: '',
  clientId: '',
  binding: 'none',
  acr: '',
  authenticatedAtSeconds: 0,
  expiresAtMs: 0,
  claims: NO_CLAIMS,
};

test('a route without scopes permits anybody its authentication let in', () => {
  assert.equal(judgeScopes([], undefined).kind, 'pass');
});

test('every required scope must be held, as a whole and in the same case', () => {
  assert.equal(judgeScopes(['orders:read'], reader).kind, 'pass');
  for (const required of [
    ['orders:write'],
    ['orders:read', 'orders:write'],
    ['orders'],
    ['ORDERS:READ'],
    ['orders:read '],
  ])
    assert.equal(judgeScopes(required, reader).kind, 'deny', required.join());
});

test('nobody holds no scope', () => {
  const verdict = judgeScopes(['orders:read'], undefined);
  assert.equal(verdict.kind, 'deny');
});
