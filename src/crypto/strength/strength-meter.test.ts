import assert from 'node:assert/strict';
import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { base62 } from '../base62.ts';
import { StrengthMeter, type Weakness } from './strength-meter.ts';

const NOW_MS = Date.UTC(2026, 6, 1);

/** The first thing that is said of `count` values, and the last. */
function judged(make: (i: number) => string, count = 4_096): Weakness[] {
  const meter = new StrengthMeter(randomInt(2 ** 31), randomInt(2 ** 31));
  const said: Weakness[] = [];
  for (let i = 0; i < count; i++) {
    const weakness = meter.observe(make(i), NOW_MS + i * 137);
    if (weakness !== undefined) said.push(weakness);
  }
  return said;
}

function uuid7(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${randomUUID().slice(15)}`;
}

function uuid1(ms: number): string {
  const ticks = ((BigInt(ms) + 12_219_292_800_000n) * 10_000n + BigInt(randomInt(10_000)))
    .toString(16)
    .padStart(15, '0');
  return `${ticks.slice(7)}-${ticks.slice(3, 7)}-1${ticks.slice(0, 3)}-9abc-0242ac120002`;
}

function ulid(ms: number): string {
  const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  let time = '';
  for (let rest = ms, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = digits[rest % 32] + time;
  return time + Array.from({ length: 16 }, () => digits[randomInt(32)]).join('');
}

const SOUND: Readonly<Record<string, (i: number) => string>> = {
  'UUID version 4': () => randomUUID(),
  '128 bits in base62': () => base62(randomBytes(16), 22),
  '128 bits in hex': () => randomBytes(16).toString('hex'),
  '128 bits in base64url': () => randomBytes(16).toString('base64url'),
  '256 bits in base64url': () => randomBytes(32).toString('base64url'),
  'twenty random digits': () => Array.from({ length: 20 }, () => randomInt(10)).join(''),
  'UUID version 7': (i) => uuid7(NOW_MS + i * 137),
  ULID: (i) => ulid(NOW_MS + i * 137),
  'a prefix and 96 bits': () => `tok_${randomBytes(12).toString('hex')}`,
  'a digest of a counter, which nothing here can tell': (i) => createHash('md5').update(String(i)).digest('hex'),
};

for (const [name, make] of Object.entries(SOUND))
  test(`${name}: no false alarm over 100,000 values`, () => {
    for (let run = 0; run < 25; run++)
      assert.deepEqual(
        judged((i) => make(run * 4_096 + i)),
        [],
      );
  });

const shuffled = Array.from({ length: 5_000 }, (_, i) => i);
for (let i = shuffled.length - 1; i > 0; i--) {
  const j = randomInt(i + 1);
  [shuffled[i], shuffled[j]] = [shuffled[j] ?? 0, shuffled[i] ?? 0];
}

const WEAK: Readonly<Record<string, readonly [Weakness['kind'], (i: number) => string]>> = {
  'a counter': ['sequential', (i) => String(1_000_000 + i)],
  'a counter with steps': ['sequential', (i) => `user-${900_000 + i * 7 + randomInt(5)}-x`],
  'a counter in hex, padded': ['sequential', (i) => (0xabcdef00 + i).toString(16).padStart(32, '0')],
  'a counter in base62': [
    'sequential',
    (i) => base62(Buffer.from((2 ** 40 + i).toString(16).padStart(16, '0'), 'hex'), 10),
  ],
  'counters seen out of order': ['sequential', (i) => String(5_000_000 + (i ^ 3))],
  'a counter in random order': ['low-entropy', (i) => String(1_000_000_000 + (shuffled[i] ?? 0) * 7_919)],
  milliseconds: ['time-based', (i) => String(NOW_MS + i * 137)],
  'seconds and four digits': ['time-based', (i) => `${Math.floor(NOW_MS / 1_000) + i}${1_000 + randomInt(9_000)}`],
  'milliseconds in base36': ['time-based', (i) => `s${(NOW_MS + i * 137).toString(36)}${randomInt(36).toString(36)}`],
  'UUID version 1': ['time-based', (i) => uuid1(NOW_MS + i * 137)],
  'an object id': [
    'time-based',
    (i) => `${Math.floor(NOW_MS / 1_000 + i).toString(16)}a1b2c3d4e5${(0x100000 + i).toString(16)}`,
  ],
  'eight random digits': ['low-entropy', () => String(randomInt(10_000_000, 99_999_999))],
  'eight random hex digits': ['low-entropy', () => randomBytes(4).toString('hex')],
  'ten random base62 characters': ['low-entropy', () => base62(randomBytes(12), 10)],
  'a long constant and four random bytes': ['low-entropy', () => `${'f'.repeat(56)}${randomBytes(4).toString('hex')}`],
};

for (const [name, [kind, make]] of Object.entries(WEAK))
  test(`${name}: found after 32 values as ${kind}, and so again`, () => {
    for (let run = 0; run < 20; run++) {
      const said = judged(make, 1_024);
      assert.equal(said[0]?.observed, 32);
      assert.deepEqual([...new Set(said.map((one) => one.kind))], [kind]);
      assert.ok(said.every(({ bits }) => bits >= 0 && bits < 64));
    }
  });

test('values that are repeated, too short, too long or not of visible characters are no evidence', () => {
  assert.deepEqual(
    judged((i) => String(1_000_000 + (i % 31))),
    [],
  );
  assert.deepEqual(
    judged((i) => String(i % 999)),
    [],
  );
  assert.deepEqual(
    judged((i) => `${i}`.padStart(129, '0')),
    [],
  );
  assert.deepEqual(
    judged((i) => `ü${1_000_000 + i}`),
    [],
  );
});
