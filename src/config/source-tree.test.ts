import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALIASES_MAX, DEPTH_MAX, keyPositionOf, NODES_MAX, parseSource, positionOf } from './source-tree.ts';

function faultsOf(text: string): readonly string[] {
  const { root, faults } = parseSource(text);
  assert.equal(root === undefined, faults.length > 0);
  return faults.map((fault) => `${fault.code} ${fault.position.line}:${fault.position.column} ${fault.message}`);
}

test('every value and key has its line and column', () => {
  const { root } = parseSource('\ufeffa: 1\nb:\r\n  - x\n  - { c: "d",\n      e: true }\n');
  assert.ok(root !== undefined);
  assert.deepEqual(positionOf(root, ['a']), { line: 1, column: 5 });
  assert.deepEqual(positionOf(root, ['b', 0]), { line: 3, column: 5 });
  assert.deepEqual(positionOf(root, ['b', 1, 'c']), { line: 4, column: 10 });
  assert.deepEqual(keyPositionOf(root, ['b', 1, 'e']), { line: 5, column: 7 });
  assert.deepEqual(positionOf(root, ['b', 1, 'missing', 'deeper']), { line: 4, column: 5 }, 'the nearest thing above');
});

test('an alias stands for its anchor, at the place of the alias', () => {
  const { root } = parseSource('a: &x { k: v }\nb: *x\n');
  assert.ok(root?.kind === 'record');
  assert.deepEqual(root.entries[1]?.value, {
    kind: 'record',
    position: { line: 2, column: 4 },
    entries: [
      {
        key: 'k',
        keyPosition: { line: 2, column: 4 },
        value: { kind: 'scalar', position: { line: 2, column: 4 }, value: 'v' },
      },
    ],
  });
});

test('scalars follow YAML 1.2: yes is text, 010 is ten, 0o10 is eight', () => {
  const { root } = parseSource('[yes, 010, 0o10, 1e3, ~, true, "1"]');
  assert.ok(root?.kind === 'list');
  assert.deepEqual(
    root.items.map((item) => (item.kind === 'scalar' ? item.value : item.kind)),
    ['yes', 10, 8, 1000, null, true, '1'],
  );
});

const REFUSED: readonly (readonly [string, string, string])[] = [
  ['a key twice', 'a:\n  b: x\n  b: y\n', 'SP004 3:3 the key "b" stands on line 2 already'],
  ['a tag', 'a: !!str 5', 'SP006 1:10 a tag (!…) is used'],
  ['an unknown tag', 'a: !foo 5', 'SP003 1:4 a tag (!…) is used that is not known here'],
  ['a number as a key', '1: x', 'SP006 1:1 a key is not plain text'],
  ['a list as a key', '? [a]\n: x', 'SP006 1:3 a key is not plain text'],
  ['an anchor that does not exist', 'a: *b', 'SP003 1:4 an alias names an anchor that does not stand before it'],
  ['an anchor inside itself', 'a: &a [*a]', `SP005 1:8 more than ${DEPTH_MAX} levels of nesting`],
  ['two documents', 'a: 1\n---\nb: 2\n', 'SP003 2:1 the file holds more than one document (---)'],
  ['nothing', '# only a comment\n', 'SP003 1:1 the file is empty'],
  ['a tab as indentation', 'a:\n\tb: 1\n', 'SP003 2:1 a tab is used for indentation'],
  ['text after the end of quotes', 'a: "x" y\n', 'SP003 1:8 something stands where YAML does not allow it'],
  [
    'a bracket that is not closed',
    'a: [1, 2\nb: 3\n',
    'SP003 1:4 the bracket that opens here is not closed, or what it holds is indented less than the lines around it',
  ],
  [
    'a bracket that is not closed inside one that is',
    'a:\n  - { b: { c: [1], d: [2,\n      3 } }\n  - 4\n',
    'SP003 2:23 the bracket that opens here is not closed, or what it holds is indented less than the lines around it',
  ],
  [
    'indentation that fits nothing',
    'a:\n    b: 1\n  c: 2\n',
    'SP003 3:1 the indentation does not fit the lines above, or a bracket is not closed',
  ],
];

for (const [what, text, expected] of REFUSED) {
  test(`refused: ${what}`, () => assert.equal(faultsOf(text)[0], expected));
}

test('a document that grows when read is stopped', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 10; level++)
    lines.push(
      `a${level}: &a${level} [${Array(9)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    );
  assert.match(faultsOf(lines.join('\n'))[0] ?? '', new RegExp(`SP005 .* more than ${ALIASES_MAX} aliases`));
  const wide = `a: &a [${Array(NODES_MAX / 50)
    .fill('x')
    .join(',')}]\n${Array.from({ length: 90 }, (_, index) => `b${index}: *a\n`).join('')}`;
  assert.match(faultsOf(wide)[0] ?? '', new RegExp(`SP005 .* more than ${NODES_MAX} values`));
});

test('deep nesting is refused before it is parsed, whatever its form', () => {
  for (const text of [
    '['.repeat(500_000),
    '{a: '.repeat(250_000),
    '[{},'.repeat(250_000),
    '- '.repeat(500_000),
    '? '.repeat(500_000),
  ]) {
    assert.match(faultsOf(text)[0] ?? '', /^SP005 1:\d+ more than 200 nested/);
  }
  const stairs = Array.from({ length: 1400 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n');
  assert.match(faultsOf(stairs)[0] ?? '', /^SP00[35] /);
});

test('what is refused never quotes the text', () => {
  for (const text of [
    'a: "hunter2',
    'a: hunter2: x',
    '@hunter2',
    'hunter2',
    'a: [hunter2',
    'a: !hunter2 x',
    'a: *hunter2',
    '%hunter2\n---\na: 1',
    'a: |hunter2\n x',
  ]) {
    const { faults } = parseSource(text);
    assert.ok(!JSON.stringify(faults).includes('hunter2'), JSON.stringify(faults));
  }
});
