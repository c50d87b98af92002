import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFieldPath } from './field-path.ts';

test('a path is read step by step', () => {
  assert.deepEqual(parseFieldPath('items[].**."a.b[]".*'), {
    ok: true,
    steps: [
      { kind: 'member', name: 'items' },
      { kind: 'element' },
      { kind: 'anyDepth' },
      { kind: 'member', name: 'a.b[]' },
      { kind: 'anyMember' },
    ],
  });
  assert.deepEqual(parseFieldPath('[*].id'), parseFieldPath('[].id'));
});

test('what could be read in two ways is no path', () => {
  for (const text of [
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    'a b',
    'a/b',
    'a[0]',
    'a.[]',
    '*a',
    '***',
    '**.**',
    '"a',
    '"a"b',
    '[]a',
    'a\u0000',
    `${'a.'.repeat(40)}a`,
  ])
    assert.equal(parseFieldPath(text).ok, false, text);
});
