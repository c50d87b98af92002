import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { REVOCATION_KINDS, REVOKED_ALWAYS } from '../core/credential.ts';
import { RevocationReader, RevocationWriter } from './revocation-memory.ts';

const random = { bytes: (count: number): Uint8Array => randomBytes(count) };
const ISSUER = 'https://issuer.example';
const NOW_S = 1_790_000_000;
const NOW_MS = NOW_S * 1_000;

function both(): { writer: RevocationWriter; reader: RevocationReader } {
  const writer = new RevocationWriter(random);
  return { writer, reader: new RevocationReader(structuredClone(writer.handle())) };
}

describe('revocations', () => {
  test('nothing is revoked where nothing was added', () => {
    const { writer, reader } = both();
    for (const kind of REVOCATION_KINDS) assert.equal(reader.isRevoked(kind, ISSUER, 'x', 0), false);
    assert.equal(writer.size, 0);
    assert.equal(writer.remove('jti', ISSUER, 'x'), false);
  });

  test('what was issued up to the moment is revoked, and what came after is not', () => {
    const { writer, reader } = both();
    assert.equal(writer.add('sub', ISSUER, 'alice', NOW_S, 0), true);
    assert.equal(reader.isRevoked('sub', ISSUER, 'alice', NOW_S - 1), true);
    assert.equal(reader.isRevoked('sub', ISSUER, 'alice', NOW_S), true);
    assert.equal(reader.isRevoked('sub', ISSUER, 'alice', NOW_S + 0.5), false);
    assert.equal(reader.isRevoked('sub', ISSUER, 'alice', NOW_S + 1), false);
  });

  test('a token without a usable issue time is revoked by any revocation of its value', () => {
    const { writer, reader } = both();
    writer.add('sub', ISSUER, 'alice', NOW_S, 0);
    assert.equal(reader.isRevoked('sub', ISSUER, 'alice', Number.NaN), true);
    assert.equal(reader.isRevoked('sub', ISSUER, 'bob', Number.NaN), false);
  });

  test('always means always', () => {
    const { writer, reader } = both();
    writer.add('jti', ISSUER, 'x', REVOKED_ALWAYS, 0);
    for (const issuedAt of [0, NOW_S, REVOKED_ALWAYS, REVOKED_ALWAYS + 1, 1e300, Number.POSITIVE_INFINITY])
      assert.equal(reader.isRevoked('jti', ISSUER, 'x', issuedAt), true, `${issuedAt}`);
  });

  test('neither another kind, nor another issuer, nor a value cut elsewhere is meant', () => {
    const { writer, reader } = both();
    writer.add('sub', 'ab', 'c', REVOKED_ALWAYS, 0);
    for (const kind of REVOCATION_KINDS) {
      writer.add(kind, 'other', 'other', REVOKED_ALWAYS, 0);
      assert.equal(reader.isRevoked(kind, 'ab', 'c', 0), kind === 'sub', kind);
    }
    for (const [issuer, value] of [
      ['a', 'bc'],
      ['abc', ''],
      ['', 'abc'],
      ['ab', 'c '],
      ['ab', 'C'],
      ['1:ab', 'c'],
    ] as const)
      assert.equal(reader.isRevoked('sub', issuer, value, 0), false, `${issuer}|${value}`);
  });

  test('a second revocation widens the first and never weakens it', () => {
    const { writer, reader } = both();
    assert.equal(writer.add('sub', ISSUER, 'alice', NOW_S, NOW_MS + 10_000), true);
    const version = reader.version;
    assert.equal(writer.add('sub', ISSUER, 'alice', NOW_S - 100, NOW_MS + 5_000), false);
    assert.equal(reader.version, version);
    assert.equal(reader.isRevoked('sub', ISSUER, 'alice', NOW_S), true);
    assert.equal(writer.add('sub', ISSUER, 'alice', NOW_S + 100, NOW_MS), true);
    assert.notEqual(reader.version, version);
    assert.equal(reader.isRevoked('sub', ISSUER, 'alice', NOW_S + 100), true);
    // The longer life stayed; then it has no end, which no other addition changes.
    assert.equal(writer.prune(NOW_MS + 9_000), 0);
    assert.equal(writer.add('sub', ISSUER, 'alice', NOW_S, 0), true);
    assert.equal(writer.add('sub', ISSUER, 'alice', NOW_S, NOW_MS), false);
    assert.equal(writer.prune(NOW_MS + 1e12), 0);
    assert.equal(writer.size, 1);
  });

  test('what is taken back is good again, and can be revoked anew', () => {
    const { writer, reader } = both();
    for (let turn = 0; turn < 5_000; turn++) {
      writer.add('jti', ISSUER, `${turn}`, REVOKED_ALWAYS, 0);
      const version = reader.version;
      assert.equal(writer.remove('jti', ISSUER, `${turn}`), true);
      assert.notEqual(reader.version, version);
      assert.equal(reader.isRevoked('jti', ISSUER, `${turn}`, 0), false);
      assert.equal(writer.remove('jti', ISSUER, `${turn}`), false);
    }
    assert.equal(writer.size, 0);
    writer.add('jti', ISSUER, '7', REVOKED_ALWAYS, 0);
    assert.equal(reader.isRevoked('jti', ISSUER, '7', 0), true);
  });

  test('what expired is forgotten, and nothing else', () => {
    const { writer, reader } = both();
    for (let n = 0; n < 3_000; n++) writer.add('jti', ISSUER, `${n}`, REVOKED_ALWAYS, n % 3 === 0 ? 0 : NOW_MS + n);
    assert.equal(writer.prune(NOW_MS - 1), 0);
    assert.equal(writer.prune(NOW_MS + 10_000), 2_000);
    assert.equal(writer.size, 1_000);
    for (let n = 0; n < 3_000; n++) assert.equal(reader.isRevoked('jti', ISSUER, `${n}`, 0), n % 3 === 0, `${n}`);
  });

  test('it grows, finds everything, and under steady change does not grow on', () => {
    const { writer, reader } = both();
    for (let n = 0; n < 100_000; n++) assert.equal(writer.add('sid', ISSUER, `s${n}`, n, 0), true);
    for (let n = 0; n < 100_000; n += 7) {
      assert.equal(reader.isRevoked('sid', ISSUER, `s${n}`, n), true);
      assert.equal(reader.isRevoked('sid', ISSUER, `s${n}`, n + 1), false);
      assert.equal(reader.isRevoked('sid', ISSUER, `t${n}`, 0), false);
    }
    const bytes = writer.handle().shared.byteLength;
    for (let n = 0; n < 400_000; n++) {
      writer.remove('sid', ISSUER, `s${n}`);
      writer.add('sid', ISSUER, `s${n + 100_000}`, n, 0);
    }
    assert.equal(writer.size, 100_000);
    assert.ok(writer.handle().shared.byteLength <= bytes * 5, `${bytes} to ${writer.handle().shared.byteLength}`);
    for (let n = 400_000; n < 500_000; n += 11) assert.equal(reader.isRevoked('sid', ISSUER, `s${n}`, 0), true);
    for (let n = 0; n < 400_000; n += 11) assert.equal(reader.isRevoked('sid', ISSUER, `s${n}`, 0), false);
  });

  test('times that are none are refused', () => {
    const { writer } = both();
    for (const before of [-1, 1.5, Number.NaN, REVOKED_ALWAYS + 1])
      assert.throws(() => writer.add('jti', ISSUER, 'x', before, 0), RangeError);
    for (const expires of [-1, Number.NaN]) assert.throws(() => writer.add('jti', ISSUER, 'x', 1, expires), RangeError);
    assert.equal(writer.size, 0);
  });
});
