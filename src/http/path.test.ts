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
    '/%01',
    '/%1f',
    '/%7f',
    '/%u002f',
    '/%%32%65',
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
  '%09',
  '%40',
  '\u00c3\u00a9',
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

/** Decodes one layer of whatever is a percent-encoding, as lenient servers do; bytes as Latin-1 text. */
function decodedOnce(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

test('the canonical path names the resource the raw one named', () => {
  fc.assert(
    fc.property(paths, (raw) => {
      const canonical = canonicalPath(raw);
      if (canonical.kind === 'path') assert.equal(decodedOnce(canonical.path), decodedOnce(raw));
    }),
    { numRuns: 5_000 },
  );
});

test('a path that is reported clean reads the same to servers that decode twice, merge, climb and strip', () => {
  let clean = 0;
  fc.assert(
    fc.property(paths, (raw) => {
      const canonical = canonicalPath(raw);
      if (canonical.kind === 'fault' || canonical.ambiguities !== 0) return;
      clean++;
      const decoded = decodedOnce(canonical.path);
      const lax = decodedOnce(decodedOnce(decoded))
        .replaceAll('\\', '/')
        .replace(/\/{2,99}/g, '/')
        .split('/')
        .map((segment) => segment.replace(/;.{0,999}/, ''));
      assert.equal(lax.join('/'), decoded, canonical.path);
      assert.ok(!lax.includes('.') && !lax.includes('..'), canonical.path);
      assert.equal(lax.length, canonical.path.split('/').length);
    }),
    { numRuns: 5_000 },
  );
  assert.ok(clean > 100, 'enough of them were clean');
});

function treat(raw: string, treatments: Parameters<typeof applyPathTreatments>[2]) {
  const result = canonicalPath(raw);
  assert.equal(result.kind, 'path');
  return result.kind === 'path' ? applyPathTreatments(result.path, result.ambiguities, treatments) : undefined;
}

test('an ambiguous path is refused with the reason that names the rule, unless the route treats it', () => {
  assert.deepEqual(treat('/a%2fb', {}), { kind: 'reject', reason: 'path.encoded_slash' });
  assert.deepEqual(treat('/a\\b', { backslash: 'reject' }), { kind: 'reject', reason: 'path.backslash' });
  assert.deepEqual(treat('/a%2fb', { encodedSlash: 'keep' }), { kind: 'forward', path: '/a%2Fb' });
  assert.deepEqual(treat('/a%2fb', { encodedSlash: 'decode' }), { kind: 'forward', path: '/a/b' });
  assert.deepEqual(treat('/a%2fb', { encodedSlash: 'redirect' }), { kind: 'redirect', path: '/a/b' });
  assert.deepEqual(treat('/a\\b%5cc', { backslash: 'decode' }), { kind: 'forward', path: '/a/b/c' });
  assert.deepEqual(treat('/a//b///', { doubleSlash: 'decode' }), { kind: 'forward', path: '/a/b/' });
  assert.deepEqual(treat('/a/./b/../c', { dotSegments: 'decode' }), { kind: 'forward', path: '/a/c' });
  assert.deepEqual(treat('/../../etc', { dotSegments: 'decode' }), { kind: 'forward', path: '/etc' });
  assert.deepEqual(treat('/a/..', { dotSegments: 'decode' }), { kind: 'forward', path: '/' });
  assert.deepEqual(treat('/a/b/.', { dotSegments: 'decode' }), { kind: 'forward', path: '/a/b/' });
  assert.deepEqual(treat('/a;v=1/b%3bw', { semicolon: 'decode' }), { kind: 'forward', path: '/a/b' });
  assert.deepEqual(treat('/a%252fb', { doubleEncoding: 'keep' }), { kind: 'forward', path: '/a%252fb' });
  assert.deepEqual(treat('/100%25/%2541', { doubleEncoding: 'decode' }), { kind: 'forward', path: '/100%25/A' });
});

test('permission for one ambiguity is no permission for what decoding it uncovers', () => {
  assert.equal(treat('/a/..%2f..%2fetc', { encodedSlash: 'decode' })?.kind, 'reject');
  assert.equal(treat('/a/..%2fb', { encodedSlash: 'keep' })?.kind, 'reject');
  assert.equal(treat('/a%252fb', { doubleEncoding: 'decode' })?.kind, 'reject');
  assert.equal(treat('/a%25252fb', { doubleEncoding: 'decode' })?.kind, 'reject');
  assert.equal(treat('/a%2500', { doubleEncoding: 'decode' })?.kind, 'reject');
  assert.deepEqual(treat('/a%252fb', { doubleEncoding: 'decode', encodedSlash: 'keep' }), {
    kind: 'forward',
    path: '/a%2Fb',
  });
});

test('a dot segment that mending cannot reach, because what hides it is kept, is refused', () => {
  const treatments = { dotSegments: 'decode', encodedSlash: 'keep', backslash: 'keep', semicolon: 'keep' } as const;
  for (const raw of ['/a/..%2fb', '/a/..\\b', '/a/..;x/b', '/a/..%5cb'])
    assert.deepEqual(treat(raw, treatments), { kind: 'reject', reason: 'path.dot_segments' }, raw);
});

test('a redirect never leads to another host', () => {
  assert.equal(treat('/%2f/evil.example', { encodedSlash: 'redirect' })?.kind, 'reject');
  assert.deepEqual(treat('//evil.example/a;b', { doubleSlash: 'keep', semicolon: 'redirect' }), {
    kind: 'reject',
    reason: 'path.double_slash',
  });
  assert.deepEqual(treat('/\\evil.example/a;b', { backslash: 'keep', semicolon: 'redirect' }), {
    kind: 'reject',
    reason: 'path.backslash',
  });
  assert.deepEqual(treat('//evil.example', { doubleSlash: 'redirect' }), { kind: 'redirect', path: '/evil.example' });
});

const treatment = fc.constantFrom('reject', 'keep', 'decode', 'redirect');
const treatments = fc.record(Object.fromEntries(PATH_AMBIGUITIES.map((name) => [name, treatment])), {
  requiredKeys: [],
});

test('what a route lets through is canonical and holds only what the route keeps; a redirect is followed once', () => {
  fc.assert(
    fc.property(paths, treatments, (raw, chosen) => {
      const permissions = chosen as Parameters<typeof applyPathTreatments>[2];
      const canonical = canonicalPath(raw);
      if (canonical.kind === 'fault') return;
      const treated = applyPathTreatments(canonical.path, canonical.ambiguities, permissions);
      if (treated.kind === 'reject') return;
      const again = canonicalPath(treated.path);
      assert.ok(again.kind === 'path' && again.path === treated.path, treated.path);
      for (const [bit, name] of PATH_AMBIGUITIES.entries())
        if ((again.ambiguities & (1 << bit)) !== 0) assert.equal(permissions[name], 'keep', treated.path);
      if (treated.kind === 'forward') return;
      assert.ok(!treated.path.startsWith('//') && !treated.path.startsWith('/\\'), treated.path);
      assert.deepEqual(applyPathTreatments(again.path, again.ambiguities, permissions), {
        kind: 'forward',
        path: again.path,
      });
    }),
    { numRuns: 5_000 },
  );
});

test('a query keeps its bytes, and those outside ASCII get their encoding', () => {
  assert.equal(canonicalQuery('a=%2f&b=[1]&c=\\'), 'a=%2f&b=[1]&c=\\');
  assert.equal(canonicalQuery('q=\u00c3\u00a9'), 'q=%C3%A9');
  for (const bad of ['a b', 'a#b', 'a\r', '\u0100']) assert.equal(canonicalQuery(bad), undefined);
});
