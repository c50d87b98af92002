import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyWith, read } from './call-fixture.test.ts';
import { clientOrigin } from './client-origin.ts';

const proxied = policyWith(['192.0.2.0/24']);
const rows: readonly (readonly [string, string, readonly string[], boolean, string])[] = [
  ['a plain connection', 'http', [], false, 'http://api.example.com'],
  ['a claim of a client', 'http', ['x-forwarded-proto', 'https'], false, 'http://api.example.com'],
  ['a word of a trusted proxy', 'http', ['x-forwarded-proto', 'https'], true, 'https://api.example.com'],
  ['another scheme', 'http', ['x-forwarded-proto', 'ftp'], true, 'http://api.example.com'],
  ['a list', 'http', ['x-forwarded-proto', 'https,http'], true, 'http://api.example.com'],
];

for (const [name, , fields, trusted, expected] of rows)
  test(name, () => assert.equal(clientOrigin(read({ fields }, trusted ? proxied : policyWith([]))), expected));

test('an encrypted connection', () => assert.equal(clientOrigin(read({ encrypted: true })), 'https://api.example.com'));
