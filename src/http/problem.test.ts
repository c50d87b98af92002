import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publicCode, REASONS, type ReasonCode, reasonOf } from '../core/reasons.ts';
import { problemBody } from './problem.ts';

const CODES = Object.keys(REASONS) as ReasonCode[];

test('every reason has a problem document of the same five members', () => {
  for (const code of CODES) {
    const { title, status } = reasonOf(code);
    const shown = publicCode(code);
    const expected = { type: `urn:sallyport:reason:${shown}`, title, status, code: shown, requestId: 'r1' };
    assert.deepEqual(JSON.parse(problemBody(code, 'r1')), expected);
  }
});

test('a guesser cannot tell an unknown key from a wrong, expired or revoked one, nor a hidden route from none', () => {
  const keys: readonly ReasonCode[] = [
    'authn.api_key_unknown',
    'authn.api_key_wrong',
    'authn.api_key_revoked',
    'authn.missing',
  ];
  assert.equal(new Set(keys.map((code) => problemBody(code, 'r1'))).size, 1);
  assert.equal(problemBody('route.method', 'r1'), problemBody('route.not_found', 'r1'));
});

test('a document is as many bytes as characters', () => {
  for (const code of CODES) {
    const body = problemBody(code, 'r1');
    assert.equal(Buffer.byteLength(body), body.length, code);
  }
});
