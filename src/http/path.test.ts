import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PATH_AMBIGUITIES } from '../core/call.ts';
import { applyPathTreatments, canonicalPath, canonicalQuery } from './path.ts';

function ambiguitiesOf(raw: string): string[] | string {
  const result = canonicalPath(raw);
  return result.kind === 'fault'
    ? 'fault'
    : PATH_AMBIGUITIES.filter((_, bit) => (result.ambiguities & (1 << bit)) !== 0);
}

test('every spelling that could climb, split or hide a segment is reported', () => {
  const attacks: readonly [string, ...string[]][] = [
    ['/a%2fb', 'encodedSlash'],
    ['/a%2Fb', 'encodedSlash'],
    ['/a\\b', 'backslash'],
    ['/a%5cb', 'backslash'],
    ['/a/../b', 'dotSegments'],
    ['/a/..', 'dotSegments'],
    ['/./a', 'dotSegments'],
    ['/a/%2e%2e/b', 'dotSegments'],
    ['/a/.%2E/b', 'dotSegments'],
    ['/a/..;/b', 'dotSegments', 'semicolon'],
    ['/a/..%3b/b', 'dotSegments', 'semicolon'],
    ['/a/..%2fb', 'encodedSlash', 'dotSegments'],
    ['/a/..%5cb', 'backslash', 'dotSegments'],
    ['/a/..\\b', 'backslash', 'dotSegments'],
    ['//a', 'doubleSlash'],
    ['/a//b', 'doubleSlash'],
    ['/a;x=1/b', 'semicolon'],
    ['/a%3bx', 'semicolon'],
    ['/a%252fb', 'doubleEncoding'],
    ['/a%25%32%66b', 'doubleEncoding'],
    ['/a%252e%252e', 'doubleEncoding'],
  ];
  for (const [raw, ...expected] of attacks) assert.deepEqual(ambiguitiesOf(raw), expected, raw);
});

test('what is no path at all is a fault', () => {
  for (const raw of [
    '',
    'a',
    '/%',
    '/%2',
    '/%zz',
    '/%00',
    '/a b',
    '/a\tb',
    '/a\x01',
    '/a"b',
    '/%c0%af',
    '/%ff',
    '/%ed%a0%80',
    '/%e2%82',
    '/a#b',
    '/a\u0100',
  ])
    assert.equal(canonicalPath(raw).kind, 'fault', JSON.stringify(raw));
});

test('encoding that changes nothing is taken away, other encoding gets one spelling', () => {
  const forms: readonly [string, string][] = [
    ['/orders/1', '/orders/1'],
    ['/%6frders/%31', '/orders/1'],
    ['/a%2d%2e%5f%7e', '/a-._~'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/caf\u00c3\u00a9', '/caf%C3%A9'],
    ['/a%20b', '/a%20b'],
    ['/.well-known/x', '/.well-known/x'],
    ['/a..b/c.', '/a..b/c.'],
  ];
  for (const [raw, expected] of forms)
    assert.deepEqual(canonicalPath(raw), { kind: 'path', path: expected, ambiguities: 0 });
});

const pieces = fc.constantFrom(
  '/',
  '.',
  '..',
  '%2e',
  '%2F',
  '%5c',
  '\\',
  ';',
  '%3b',
  '%25',
  '%32',
  '2f',
  'a',
  'Z',
  '%41',
  '%c3%a9',
  '~',
  '%00',
  '%',
  ' ',
);
const paths = fc.array(pieces, { maxLength: 12 }).map((parts) => `/${parts.join('')}`);

test('canonicalisation is idempotent, and finds in its own result what it found before', () => {
  fc.assert(
    fc.property(paths, (raw) => {
      const once = canonicalPath(raw);
      if (once.kind === 'fault') return;
      assert.deepEqual(canonicalPath(once.path), once);
    }),
    { numRuns: 5_000 },
  );
});

test('a path that is reported clean reads the same to servers that decode, merge, climb and strip', () => {
  fc.assert(
    fc.property(paths, (raw) => {
      const clean = canonicalPath(raw);
      if (clean.kind === 'fault' || clean.ambiguities !== 0) return;
      const decoded = decodeURIComponent(clean.path);
      // One decoding more, slashes of either kind merged, parameters stripped, dots resolved: the same segments.
      const twice = decoded.includes('%') ? safelyDecoded(decoded) : decoded;
      const lax = new URL(
        `http://x${twice.replaceAll('\\', '/').replace(/\/{2,20}/g, '/')}`
          .replaceAll('#', '%23')
          .replaceAll('?', '%3F'),
      );
      assert.equal(lax.pathname.split('/').length, clean.path.split('/').length, clean.path);
      assert.ok(!decoded.includes(';') && !decoded.includes('\\'));
    }),
    { numRuns: 5_000 },
  );
});

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function treat(raw: string, treatments: Parameters<typeof applyPathTreatments>[2]) {
  const result = canonicalPath(raw);
  assert.equal(result.kind, 'path');
  return result.kind === 'path' ? applyPathTreatments(result.path, result.ambiguities, treatments) : undefined;
}

test('an ambiguous path is refused with the reason that names the rule, unless the route treats it', () => {
  assert.deepEqual(treat('/a%2fb', {}), { kind: 'reject', reason: 'path.encoded_slash' });
  assert.deepEqual(treat('/a%2fb', { encodedSlash: 'keep' }), { kind: 'forward', path: '/a%2Fb' });
  assert.deepEqual(treat('/a%2fb', { encodedSlash: 'decode' }), { kind: 'forward', path: '/a/b' });
  assert.deepEqual(treat('/a%2fb', { encodedSlash: 'redirect' }), { kind: 'redirect', path: '/a/b' });
  assert.deepEqual(treat('/a//b', { doubleSlash: 'decode' }), { kind: 'forward', path: '/a/b' });
  assert.deepEqual(treat('/a/./b/../c', { dotSegments: 'decode' }), { kind: 'forward', path: '/a/c' });
  assert.deepEqual(treat('/a;v=1/b', { semicolon: 'decode' }), { kind: 'forward', path: '/a/b' });
  assert.deepEqual(treat('/a%252fb', { doubleEncoding: 'keep' }), {
    kind: 'forward',
    path: '/a%252Fb'.replace('2F', '2f'),
  });
});

test('permission for one ambiguity is no permission for what decoding it uncovers', () => {
  assert.equal(treat('/a/..%2f..%2fetc', { encodedSlash: 'decode' })?.kind, 'reject');
  assert.equal(treat('/a/..%2fb', { encodedSlash: 'keep' })?.kind, 'reject');
  assert.equal(treat('/a%252fb', { doubleEncoding: 'decode' })?.kind, 'reject');
  assert.equal(treat('/%2f/evil.example', { encodedSlash: 'redirect' })?.kind, 'reject');
});

test('a query keeps its bytes, and those outside ASCII get their encoding', () => {
  assert.equal(canonicalQuery('a=%2f&b=[1]&c=\\'), 'a=%2f&b=[1]&c=\\');
  assert.equal(canonicalQuery('q=\u00c3\u00a9'), 'q=%C3%A9');
  for (const bad of ['a b', 'a#b', 'a\r', '\u0100']) assert.equal(canonicalQuery(bad), undefined);
});
