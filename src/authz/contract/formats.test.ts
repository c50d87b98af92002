import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TEXT_FORMATS } from './formats.ts';

const TABLE: Readonly<Record<string, { readonly good: readonly string[]; readonly bad: readonly string[] }>> = {
  'date-time': {
    good: ['2026-11-28T10:00:00Z', '2024-02-29t23:59:60.123+05:30', '0001-01-01T00:00:00-00:00'],
    bad: [
      '2026-11-28',
      '2026-11-28 10:00:00Z',
      '2023-02-29T00:00:00Z',
      '2026-11-28T24:00:00Z',
      '2026-11-28T10:00:00',
      '2026-11-28T10:00:00.Z',
      '2026-11-28T10:00Z',
      '2026-13-01T00:00:00Z',
      ' 2026-11-28T10:00:00Z',
    ],
  },
  date: {
    good: ['2026-11-28', '2000-02-29'],
    bad: ['2026-11-31', '1900-02-29', '26-11-28', '2026-1-1', '2026-11-28Z', '２026-11-2'],
  },
  time: { good: ['10:00:00Z', '10:00:00.5+01:00'], bad: ['10:00:00', '25:00:00Z', '10:00:00+24:00'] },
  email: {
    good: ['a@b.example', "o'x+y@sub.example.org"],
    bad: ['a', '@b', 'a@', 'a@@b', 'a b@c', '.a@b', 'a..b@c', 'a@-b', `${'a'.repeat(65)}@b`, 'a@b\n'],
  },
  uuid: {
    good: ['123e4567-e89b-12d3-a456-426614174000'],
    bad: [
      '123e4567e89b12d3a456426614174000',
      '123e4567-e89b-12d3-a456-42661417400g',
      '{123e4567-e89b-12d3-a456-42661417400}',
    ],
  },
  uri: {
    good: ['https://a.example/x?y=%20#z', 'urn:isbn:1', 'mailto:a@b'],
    bad: ['/x', 'http//x', 'https://a b', 'https://a/%zz', 'https://a/"', '1a:x', 'https://ü'],
  },
  'uri-reference': { good: ['/x?y', '#a', ''], bad: ['a b', '%g0', 'a\\b'] },
  hostname: { good: ['a', 'a-b.example'], bad: ['', '-a', 'a-', 'a..b', 'a_b', `${'a'.repeat(64)}.b`, 'ä'] },
  ipv4: { good: ['127.0.0.1'], bad: ['127.0.0', '256.0.0.1', '127.0.0.01', '::1', '0x7f.0.0.1'] },
  ipv6: { good: ['::1', '2001:db8::8', '::ffff:1.2.3.4'], bad: ['1.2.3.4', '::g', '1::2::3', 'fe80::1%eth0', '[::1]'] },
  byte: { good: ['', 'YQ==', 'YWI=', 'YWJj'], bad: ['YQ', 'YQ=', '====', 'Y-==', 'YQ==\n'] },
  base64url: { good: ['', 'YQ', 'Y-_z'], bad: ['Y', 'YQ==', 'Y+'] },
};

test('each format takes what its specification has and refuses what comes near', () => {
  for (const [name, { good, bad }] of Object.entries(TABLE)) {
    const format = TEXT_FORMATS.get(name);
    assert.ok(format !== undefined, name);
    for (const text of good) assert.ok(format.holds(text), `${name}: ${text}`);
    for (const text of bad) assert.ok(!format.holds(text), `${name}: ${text}`);
  }
});
