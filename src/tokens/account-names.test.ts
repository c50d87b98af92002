import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { displayNameFrom, isDisplayName, isEmail, normalisedUserName } from './account-names.ts';

test('a user name has one form, however it is written', () => {
  for (const typed of ['Alice', 'ALICE', ' alice ', 'Ａｌｉｃｅ', '𝐀lice'])
    assert.equal(normalisedUserName(typed), 'alice');
  assert.equal(normalisedUserName('Stra\u00dfe'), normalisedUserName('STRASSE'));
  assert.equal(normalisedUserName('zo\u00eb'), normalisedUserName('zoe\u0308'));
  assert.equal(normalisedUserName('ΣΊΣΥΦΟΣ'), normalisedUserName('σίσυφος'));
  assert.equal(normalisedUserName('Alice@Example.test'), 'alice@example.test');
});

test('what could be taken for another name, or for part of a path, is none', () => {
  for (const typed of [
    '',
    ' ',
    'a b',
    'corp/alice',
    'a\u202eb',
    'a\u200bb',
    'a\u0000',
    '.alice',
    '-x',
    '<b>',
    'a'.repeat(65),
    '\u0301a',
    '../x',
  ])
    assert.equal(normalisedUserName(typed), undefined, JSON.stringify(typed));
});

test('the form of a form is itself', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (typed) => {
      const name = normalisedUserName(typed);
      if (name !== undefined) assert.equal(normalisedUserName(name), name);
    }),
    { numRuns: 3_000 },
  );
});

test('addresses and display names hold nothing that hides', () => {
  assert.ok(isEmail('alice@example.test'));
  for (const text of ['alice', '@example.test', 'alice@', 'a b@example.test', 'a@b@c', 'a\n@example.test'])
    assert.ok(!isEmail(text));
  assert.ok(isDisplayName('Zoë 名'));
  for (const text of ['', '  ', 'a\u202eb', 'a\nb', 'x'.repeat(101)]) assert.ok(!isDisplayName(text));
  assert.equal(displayNameFrom(` ${'x'.repeat(200)}`)?.length, 100);
  assert.equal(displayNameFrom('a\u202eb'), undefined);
  assert.equal(displayNameFrom({}), undefined);
});
