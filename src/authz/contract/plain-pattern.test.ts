import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { compilePlainPattern } from './plain-pattern.ts';

const atoms = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    '-',
    '_',
    ' ',
    '/',
    '\\.',
    '\\$',
    '\\d',
    '\\w',
    '\\-',
    '\\\\',
    '@',
    ':',
    '.',
    '(',
    '|',
    'é',
  ),
  fc
    .array(
      fc.constantFrom('a', 'b', 'a-c', '0-9', 'A-Z', '\\d', '\\w', '.', '+', '_', '-', '\\-', '\\]', '^', '[', ' '),
      {
        minLength: 1,
        maxLength: 4,
      },
    )
    .map((members) => `[${members.join('')}]`),
);
const times = fc.constantFrom('', '', '+', '*', '?', '{2}', '{1,3}', '{0,2}', '{2,}', '+?', '{3,1}', '{,2}');
const patterns = fc
  .tuple(
    fc.constantFrom('^', '^', '^', ''),
    fc.array(fc.tuple(atoms, times), { maxLength: 4 }),
    fc.constantFrom('$', '$', ''),
  )
  .map(([begin, runs, end]) => `${begin}${runs.map(([atom, often]) => atom + often).join('')}${end}`);
const texts = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', 'c', '0', '9', '-', '_', '.', 'Z', ' ', '+'), maxLength: 8 }),
  fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\n', '\\', '$', '\ud800', '💡', '@', ']', '^'), maxLength: 4 }),
);

test('a plain pattern takes what the engine of patterns takes, and what that of ECMAScript does', () => {
  let plainOnes = 0;
  let taken = 0;
  fc.assert(
    fc.property(patterns, fc.array(texts, { minLength: 12, maxLength: 12 }), (pattern, samples) => {
      let engine: RE2JS;
      try {
        engine = RE2JS.compile(RE2JS.translateRegExp(pattern));
      } catch {
        return;
      }
      const plain = compilePlainPattern(pattern);
      if (plain === undefined) return;
      plainOnes++;
      const ecmaScript = new RegExp(pattern);
      for (const text of samples) {
        const expected = engine.test(text);
        if (expected) taken++;
        assert.equal(plain(text), expected, `${pattern} ${JSON.stringify(text)}`);
        assert.equal(ecmaScript.test(text), expected, `${pattern} ${JSON.stringify(text)}`);
      }
    }),
    { numRuns: 3_000 },
  );
  assert.ok(plainOnes > 300 && taken > 100, `${plainOnes} plain patterns, ${taken} texts taken`);
});

test('the patterns documents are full of are plain, and those that leave a choice are not', () => {
  for (const [pattern, good, bad] of [
    ['^[a-z0-9-]+$', 'a-1', 'a_1'],
    ['^[0-9a-f]{8}-[0-9a-f]{4}$', '0123abcd-00ff', '0123abcd-00f'],
    ['^\\d{4}-\\d{2}-\\d{2}$', '2026-11-28', '2026-11-28\n'],
    ['^[A-Z]{2}$', 'DE', 'DEU'],
    ['^[\\w.+-]+@[\\w-]+\\.\\w{2,}$', 'a.b+c@d-e.fg', 'a.b@c'],
    ['^v1', 'v1.2', 'v2'],
    ['^$', '', 'a'],
  ] as const) {
    const plain = compilePlainPattern(pattern);
    assert.ok(plain !== undefined, pattern);
    assert.equal(plain(good), true, pattern);
    assert.equal(plain(bad), false, pattern);
  }
  for (const pattern of [
    'a',
    '^a+a$',
    '^[a-z]*b?a$',
    '^(a|b)$',
    '^a|b$',
    '^.$',
    '^[^a]$',
    '^\\s$',
    '^a+?$',
    '^[é]$',
    '^\\bx$',
  ])
    assert.equal(compilePlainPattern(pattern), undefined, pattern);
});
