import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { parsePasswordHash, verifyPassword } from '../../crypto/password-hash.ts';
import { RecordedIo } from '../io-fixture.test.ts';
import { hashFrom } from './passwords.ts';

test('the first line is hashed in form C, and is not shown', async () => {
  const recorded = new RecordedIo();
  assert.equal(await hashFrom(Readable.from([Buffer.from('ho\u0308rse\r\nmore')]), recorded.command()), 0);
  const hash = parsePasswordHash(recorded.out.trimEnd()) ?? assert.fail();
  assert.equal(await verifyPassword(hash, 'h\u00f6rse'), true);
  assert.equal(recorded.err, '');
});

test('with --json the hash is in a document with a version', async () => {
  const recorded = new RecordedIo();
  assert.equal(await hashFrom(Readable.from([Buffer.from('secret')]), recorded.command(true)), 0);
  const { version, passwordHash } = JSON.parse(recorded.out) as { version: number; passwordHash: string };
  assert.equal(version, 1);
  assert.ok(parsePasswordHash(passwordHash) !== undefined);
});

for (const [name, text] of [
  ['no password', ''],
  ['an empty line', '\nsecret'],
  ['a password that no client can send', 'a\tb'],
  ['a password that is longer than what is looked at', 'x'.repeat(511)],
] as const)
  test(`${name} is refused`, async () => {
    const recorded = new RecordedIo();
    assert.equal(await hashFrom(Readable.from([Buffer.from(text)]), recorded.command()), 2);
    assert.equal(recorded.out, '');
  });
