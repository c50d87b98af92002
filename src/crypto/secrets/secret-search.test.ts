import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { issueApiKey } from '../api-key-format.ts';
import { OWN_KEY, ownKeyFormat } from './own-key-format.ts';
import { randomText, SAMPLES, URL_SAFE } from './secret-fixture.test.ts';
import { SecretPatterns, SecretSearch } from './secret-search.ts';
import { VENDOR_FORMATS } from './vendor-formats.ts';

const PATTERNS = new SecretPatterns(VENDOR_FORMATS);

function kindsIn(...pieces: readonly string[]): readonly string[] {
  const kinds = new Set<string>();
  const search = new SecretSearch(PATTERNS, { secretFound: ({ kind }, text) => kinds.add(`${kind} ${text}`) });
  for (const piece of pieces) search.add(Buffer.from(piece, 'latin1'));
  search.end();
  return [...kinds].map((found) => found.slice(0, found.indexOf(' ')));
}

test('there is a sample of every format', () => {
  assert.deepEqual(Object.keys(SAMPLES).toSorted(), [...new Set(VENDOR_FORMATS.map(({ kind }) => kind))].toSorted());
});

for (const [kind, make] of Object.entries(SAMPLES)) {
  test(`${kind}: found wherever it stands, whole`, () => {
    for (let i = 0; i < 20; i++) {
      const secret = make();
      for (const text of [
        secret,
        `"${secret}"`,
        `{"token":"${secret}"}`,
        `\n${secret}\n`,
        `?a=${secret}&b=1`,
        `key%3D${secret}`,
        `"line\\n${secret}"`,
        `${'.'.repeat(i)} ${secret} ${'z'.repeat(300)}`,
      ]) {
        const found: string[] = [];
        const search = new SecretSearch(PATTERNS, {
          secretFound: (format, whole) => {
            if (format.kind === kind) found.push(whole);
          },
        });
        search.add(Buffer.from(text));
        search.end();
        assert.ok(found.length === 1 && secret.startsWith(found[0] ?? '-'), `${kind} in ${text.length} characters`);
        if (kind !== 'jwt' && kind !== 'private-key' && kind !== 'pypi-token') assert.equal(found[0], secret);
      }
    }
  });

  test(`${kind}: found when it is cut anywhere, and in pieces of every size`, () => {
    const secret = make();
    for (const padding of [0, 1, 300, 301]) {
      const text = `${'x '.repeat(padding)}"${secret}"${' y'.repeat(200)}`;
      const from = Math.max(1, padding * 2 - 2);
      for (let cut = from; cut < Math.min(text.length, from + secret.length + 8); cut++)
        assert.deepEqual(kindsIn(text.slice(0, cut), text.slice(cut)), [kind], `cut at ${cut}`);
      for (let size = 1; size < 40; size += size < 8 ? 1 : 7) {
        const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
        assert.deepEqual(kindsIn(...pieces), [kind], `pieces of ${size}`);
      }
    }
  });

  test(`${kind}: no look-alike is one`, () => {
    const secret = make();
    const shortened = kind === 'private-key' ? secret.slice(0, -50) : secret.slice(0, secret.length / 2);
    if (!['pypi-token', 'stripe-secret-key', 'jwt'].includes(kind)) assert.deepEqual(kindsIn(shortened), []);
    const prefixes = VENDOR_FORMATS.filter((format) => format.kind === kind).flatMap(({ prefixes: all }) => all);
    for (const prefix of prefixes) {
      assert.deepEqual(kindsIn(prefix), [], 'the prefix alone');
      assert.deepEqual(kindsIn(prefix + 'x'.repeat(300)), [], 'a placeholder');
      assert.deepEqual(kindsIn(`${prefix}${' '.repeat(300)}`), [], 'a prefix in prose');
      assert.deepEqual(kindsIn(prefix.repeat(200)), [], 'the prefix again and again');
    }
  });
}

test('a private key in JSON, with its line ends escaped, is found in pieces of every size', () => {
  const text = `{"key":"${SAMPLES['private-key']?.().replaceAll('\n', '\\r\\n')}"}`;
  for (let size = 1; size < 80; size++)
    assert.deepEqual(kindsIn(...(text.match(new RegExp(`.{1,${size}}`, 'g')) ?? [])), ['private-key'], `${size}`);
});

test('however long an answer is, little of it is kept', () => {
  const search = new SecretSearch(PATTERNS, { secretFound: () => assert.fail('a false alarm') });
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 2_000; i++) search.add(Buffer.alloc(65_536, 'sk-proj-aaaaaaaaaaaaaaaaaaaaaaaa '));
  search.end();
  assert.ok(process.memoryUsage().arrayBuffers - before < 150_000_000);
});

test('tokens that go in addresses by design are none', () => {
  const token = SAMPLES['jwt']?.() ?? '';
  assert.deepEqual(kindsIn(`id_token_hint=${token}`), []);
  assert.deepEqual(kindsIn(`client_id=a&request=${token}`), []);
  assert.deepEqual(kindsIn(`access_token=${token}`), ['jwt']);
});

test('a wrong checksum is no token of GitHub or npm', () => {
  for (const prefix of [`gh${'p'}_`, `np${'m'}_`])
    for (let i = 0; i < 2_000; i++) assert.deepEqual(kindsIn(prefix + randomText(36)), []);
});

test('a known token of GitHub passes its checksum', () => {
  // Revoked and published with the description of the format.
  assert.deepEqual(kindsIn(`gh${'p'}_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17`), ['github-token']);
});

test('a million random characters hold nothing', () => {
  const text = randomBytes(750_000).toString('base64');
  assert.deepEqual(kindsIn(text), []);
  assert.deepEqual(kindsIn(randomBytes(500_000).toString('hex')), []);
  assert.deepEqual(kindsIn(randomText(500_000, URL_SAFE)), []);
});

test("the id of Amazon's own documents is none", () => {
  assert.deepEqual(kindsIn(`AK${'IA'}IOSFODNN7EXAMPLE`), []);
});

test('looking at the worst text takes time that grows with its length alone', () => {
  // Whatever is slow for a candidate would be quadratic here, and this test would not end.
  for (const unit of [
    'sk-',
    'eyJ',
    'AccountKey=',
    '-----BEGIN ',
    `-----BEGIN PRIVATE KEY-----${'\n'.repeat(100)}`,
    'xoxb-',
  ])
    assert.deepEqual(kindsIn(unit.repeat(Math.ceil(1_000_000 / unit.length))), []);
});

const OWN = new SecretPatterns([ownKeyFormat('sp'), ...VENDOR_FORMATS]);
const random = { bytes: (count: number) => randomBytes(count) };

function ownKeysIn(...pieces: readonly string[]): readonly string[] {
  const keys = new Set<string>();
  const search = new SecretSearch(OWN, { secretFound: ({ kind }, text) => kind === OWN_KEY && keys.add(text) });
  for (const piece of pieces) search.add(Buffer.from(piece, 'latin1'));
  search.end();
  return [...keys];
}

test('a key of ours is found wherever it stands', () => {
  const { key } = issueApiKey(random, 'sp', 'live');
  for (const text of [
    key,
    `{"key":"${key}"}`,
    `?api_key=${key}&x=1`,
    `\n${key}\n`,
    `<a href="${key}">`,
    `sp_sp_${key}`,
    `x${key}`,
    `${key}abc`,
    `${key}_x`,
  ])
    assert.deepEqual(ownKeysIn(text), [key], text);
});

test('10,000 planted keys are all found, each cut in two at any place', () => {
  let found = 0;
  for (let i = 0; i < 10_000; i++) {
    const { key } = issueApiKey(random, 'sp', i % 2 === 0 ? 'live' : 'test');
    const text = `${'a'.repeat(i % 97)}"${key}" ${'b'.repeat(i % 31)}`;
    const cut = i % text.length;
    if (ownKeysIn(text.slice(0, cut), text.slice(cut)).includes(key)) found++;
  }
  assert.equal(found, 10_000);
});

test('a key in pieces of one byte is found', () => {
  const { key } = issueApiKey(random, 'sp', 'live');
  assert.deepEqual(ownKeysIn(...`[${key}]`), [key]);
});

test('10,000 look-alikes with a wrong checksum are no keys', () => {
  for (let i = 0; i < 10_000; i++) {
    const { key } = issueApiKey(random, 'sp', 'live');
    const at = 9 + (i % 60);
    const other = key[at] === 'a' ? 'b' : 'a';
    if (key[at] === '_') continue;
    assert.deepEqual(ownKeysIn(key.slice(0, at) + other + key.slice(at + 1)), [], 'a false alarm');
  }
});

test('keys of another brand are not ours, and of many only some are told', () => {
  assert.deepEqual(ownKeysIn(issueApiKey(random, 'other', 'live').key), []);
  const many = Array.from({ length: 1_000 }, () => issueApiKey(random, 'sp', 'live').key).join(' ');
  assert.equal(ownKeysIn(many).length, 256);
});

test('the head of a token is an object with an algorithm, however it is spaced', () => {
  const tokenWith = (header: string) =>
    `${Buffer.from(header).toString('base64url')}.${Buffer.from('{"sub":"somebody"}').toString('base64url')}.${'s'.repeat(43)}`;
  for (const header of ['{"alg":"none"}', '{"typ":"JWT",\n "alg" : "ES256"}', '{"alg":"RS256","kid":"a"}\n'])
    assert.deepEqual(kindsIn(tokenWith(header)), ['jwt'], header);
  for (const header of ['{"enc":"none"}', '{"alg":5}', '{"alg":"none"', '{"a":"alg"}'])
    assert.deepEqual(kindsIn(tokenWith(header)), [], header);
});
