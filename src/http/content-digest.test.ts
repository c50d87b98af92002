import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { judgeContentDigest } from './content-digest.ts';

const BODY = Buffer.from('{"hello": "world"}\n');
const of = (algorithm: string, body: Uint8Array = BODY): string => createHash(algorithm).update(body).digest('base64');

describe('Content-Digest (RFC 9530)', () => {
  test('the examples of appendix D, over their own body', () => {
    assert.equal(judgeContentDigest('sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:', BODY), 'right');
    assert.equal(
      judgeContentDigest('sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:', BODY.subarray(0, 18)),
      'wrong',
    );
  });

  const CASES: readonly (readonly [string, string, string])[] = [
    ['one that is right', `sha-512=:${of('sha512')}:`, 'right'],
    ['two that are right', `sha-256=:${of('sha256')}:, sha-512=:${of('sha512')}:`, 'right'],
    ['an unknown one beside a right one', `md5=:AAAA:, sha-256=:${of('sha256')}:, x=1`, 'right'],
    ['one bit less', `sha-256=:${of('sha256', Buffer.from('other'))}:`, 'wrong'],
    ['a right one and a wrong one', `sha-256=:${of('sha256')}:, sha-512=:${of('sha512', Buffer.alloc(0))}:`, 'wrong'],
    [
      'a digest cut short',
      `sha-256=:${createHash('sha256').update(BODY).digest().subarray(0, 4).toString('base64')}:`,
      'wrong',
    ],
    ['an empty digest', 'sha-256=::', 'wrong'],
    ['the digest of another algorithm', `sha-512=:${of('sha256')}:`, 'wrong'],
    ['only md5', `md5=:${of('md5')}:`, 'weak'],
    ['only sha-1, under both names', `sha=:${of('sha1')}:, sha-1=:${of('sha1')}:`, 'weak'],
    ['a name in another spelling', `sha256=:${of('sha256')}:`, 'weak'],
    ['nothing', '', 'weak'],
    ['text', `sha-256="${of('sha256')}"`, 'malformed'],
    ['a list', `sha-256=(:${of('sha256')}:)`, 'malformed'],
    ['a name in capitals', `SHA-256=:${of('sha256')}:`, 'malformed'],
    ['the same name twice', `sha-256=:${of('sha256')}:, sha-256=:AAAA:`, 'malformed'],
  ];
  for (const [name, field, expected] of CASES)
    test(`${name}: ${expected}`, () => assert.equal(judgeContentDigest(field, BODY), expected));
});
