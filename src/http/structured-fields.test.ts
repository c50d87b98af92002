import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { memberText, readDictionary, strictMemberText, strictText } from './structured-fields.ts';

describe('dictionaries that two readers could read differently are none', () => {
  const refused: Readonly<Record<string, string>> = {
    'a key twice': 'a=1, a=2',
    'a key twice behind a display string that ends in a backslash': 'x=%"\\", a=1, a=2, b=")", c=1',
    'a parameter twice': 'a=1;p=1;p=2',
    'a parameter of an inner list twice': 'a=("x");created=1;created=2',
    'a parameter within an inner list twice': 'a=("x";sf;sf)',
    'an open string': 'a="',
    'a trailing comma': 'a=1,',
    'a capital letter': 'A=1',
    'a number of 16 digits': 'a=1234567890123456',
    'more members than anybody needs': Array.from({ length: 65 }, (_, i) => `k${i}`).join(','),
    'a field longer than any head': `a="${'x'.repeat(16_384)}"`,
  };
  for (const [name, text] of Object.entries(refused)) test(name, () => assert.equal(readDictionary(text), undefined));

  test('separators within strings and lists separate nothing', () => {
    const read = readDictionary('a="x, y;z\\", (", b=("p;q" "r";sf);created=1;tag="),", c=%"\\";p, d=:YQ==:;q="1"');
    assert.deepEqual([...(read?.keys() ?? [])], ['a', 'b', 'c', 'd']);
    assert.equal(readDictionary('')?.size, 0);
  });
});

describe('fields whose strict text could be that of another one have none', () => {
  const PAIRS: readonly (readonly [string, string, string])[] = [
    ['a whole decimal and an integer', 'a=1.0', 'a=1.00'],
    ['dates beyond all calendars', 'a=@999999999999998', 'a=@999999999999999'],
    ['control characters in display strings', 'a=%"%01b"', 'a=%"%01c"'],
    ['the same in a parameter', 'a;p=%"%01b"', 'a;p=%"%01c"'],
    ['the same within a list', 'a=(x;p=%"%01b")', 'a=(x;p=%"%01c")'],
  ];
  for (const [name, ...texts] of PAIRS)
    test(name, () => {
      for (const text of texts) {
        const member = readDictionary(text)?.get('a');
        assert.ok(member !== undefined, text);
        assert.equal(strictMemberText(text, member), undefined, text);
        assert.equal(strictText(text, 'dictionary'), undefined, text);
      }
    });

  test('all others have one, and are told apart by it', () => {
    const texts = [
      'a=1',
      'a=1.5',
      'a=10.01',
      'a=?0',
      'a',
      'a=x',
      'a="x"',
      'a="1.0"',
      'a=:eA==:',
      'a=@1',
      'a=%"x"',
      'a=(x);p',
    ];
    const strict = texts.map((text) => strictText(text, 'dictionary'));
    assert.deepEqual(strict, texts);
    assert.equal(strictText(' a=1 ,\tb ', 'dictionary'), 'a=1, b');
    assert.equal(strictText('x,  (y  z)', 'list'), 'x, (y z)');
    assert.equal(strictText(':eA==:', 'item'), ':eA==:');
    assert.equal(strictText('a b', 'item'), undefined);
  });
});

test('whatever can be read can be written: nothing throws', () => {
  const alphabet = [
    '1',
    '.5',
    '0',
    '-',
    '"x"',
    '"\\\\"',
    '(',
    ')',
    ', b=',
    ';p=',
    ':YQ==:',
    '@9',
    '%"%0a"',
    '?1',
    ' ',
    'tok',
    'é',
  ];
  let seed = 9421;
  let read = 0;
  for (let round = 0; round < 40_000; round++) {
    let text = 'a=';
    for (let i = 0; i < 1 + (round & 3); i++) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      text += alphabet[(seed >>> 16) % alphabet.length];
    }
    for (const kind of ['dictionary', 'list', 'item'] as const) strictText(text, kind);
    for (const member of readDictionary(text)?.values() ?? []) {
      read++;
      memberText(member);
    }
  }
  assert.ok(read > 1_000, `only ${read} members could be read at all`);
});
