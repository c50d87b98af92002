import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodeLexer } from './code/lexer.ts';
import { Evidence } from './evidence.ts';
import { MarkupLexer } from './markup/lexer.ts';
import { nameOf } from './model.ts';
import { ShellLexer } from './shell/lexer.ts';
import { SqlLexer } from './sql/lexer.ts';

type Read = (evidence: Evidence, units: Uint16Array, end: number) => void;

/** What a tokeniser alone finds in a text: structures and runs of tokens by their letters. */
function found(text: string, read: Read): Set<string> {
  const evidence = new Evidence(undefined);
  evidence.reset();
  const units = Uint16Array.from({ length: text.length + 4 }, (_, i) => text.charCodeAt(i) || 0);
  read(evidence, units, text.length);
  return new Set(Array.from(evidence.ids.subarray(0, evidence.count), nameOf));
}

const sql =
  (quote: number): Read =>
  (evidence, units, end) =>
    new SqlLexer(evidence).read(units, 0, end, quote);
const code =
  (quote: number): Read =>
  (evidence, units, end) =>
    new CodeLexer(evidence).read(units, 0, end, quote);
const markup: Read = (evidence, units, end) => new MarkupLexer(evidence).read(units, 0, end);
const inAttribute: Read = (evidence, units, end) => new MarkupLexer(evidence).readInsideTag(units, 0, end, 0x22);
const shell: Read = (evidence, units, end) => new ShellLexer(evidence).read(units, 0, end);

for (const [text, read, has, hasNot] of [
  ['3 or 5=5', sql(0), ['sql.tautology', 'sql 1&1'], ['sql.number-comparison']],
  ['3 or a=a-- ', sql(0), ['sql.tautology'], []],
  ['3 or a=a/*', sql(0), ['sql.tautology'], []],
  ['set a = a + 1', sql(0), [], ['sql.tautology']],
  ['varchar(9)? and is char(9) one', sql(0), [], ['sql.tautology']],
  ['3 or 5=6', sql(0), ['sql.number-comparison'], ['sql.tautology']],
  ["x' or 'a'='a", sql(0x27), ['sql Q&s', 'sql.reopens-string'], []],
  ['1 union select a from b', sql(0), ['sql.union-select', 'sql.select-list-from'], ['sql.stacked-statement']],
  ['1; drop table t', sql(0), ['sql.stacked-statement'], ['sql.union-select']],
  ['1/*a*/or/*b*/2', sql(0), ['sql.comment-between-words', 'sql 1&1'], []],
  ['/*!/*!/*!', sql(0), ['sql ^C'], ['sql.comment-between-words']],
  ['1 -- ', sql(0), ['sql.ends-in-comment'], []],
  ['1 -- and this is a long remark', sql(0), [], ['sql.ends-in-comment']],
  ['1 -- ab cd', sql(0), [], ['sql.ends-in-comment']],
  ["a'-- ab cd", sql(0x27), ['sql.ends-in-comment'], []],
  ["a'# ab cd", sql(0x27), ['sql.ends-in-comment'], []],
  ['<img src=q onerror=f(1)>', markup, ['html.event-handler-with-code'], ['html.dangerous-tag']],
  ['<b>text</b>', markup, ['html.text-tags-only'], ['html.event-handler']],
  ['<a href="java\tscript:f()">', markup, ['html.script-url'], []],
  ['x" onfocus=f(1) y="', inAttribute, ['html.breaks-out-of-attribute'], []],
  ['{{a.b(1)}}', code(0), ['template.call-in-hole'], ['code.call-of-sink']],
  ["{{7*'7'}}", code(0), ['template.arithmetic-in-hole'], []],
  ['{{# 6*7 }}', code(0), ['template.arithmetic-in-hole'], []],
  ['{{ price | money }}', code(0), [], ['template.arithmetic-in-hole', 'template.operator-in-hole']],
  ['x=document (3)', code(0), ['code.call-of-sink'], []],
  ['Untitled document (3)', code(0), [], ['code.call-of-sink']],
  ["';eval(x)//", code(0x27), ['code.breaks-out-of-string', 'code.string-closed-then-statement'], []],
  [
    'a; cat /etc/passwd',
    shell,
    ['shell.command-with-argument-after-separator'],
    ['shell.leading-command-with-argument'],
  ],
  ['10.0.0.1;id', shell, ['shell.command-after-value'], []],
  ['a&&whoami', shell, ['shell.command-after-value'], []],
  ['a; id', shell, ['shell.command-after-separator'], ['shell.command-after-value']],
  ['git pull;ls -l', shell, [], ['shell.command-after-value']],
  ['a $(id)', shell, ['shell.command-in-substitution'], []],
  ['cat$IFS/etc/x', shell, ['shell.blank-by-variable'], []],
] as const) {
  test(`a tokeniser alone reads ${JSON.stringify(text)} as ${[...has, ...hasNot.map((name) => `not ${name}`)].join(', ')}`, () => {
    const features = found(text, read);
    for (const name of has) assert.ok(features.has(name), [...features].join(' | '));
    for (const name of hasNot) assert.ok(!features.has(name), name);
  });
}

test('a reading with a model keeps the features that have weights and no others', () => {
  const rows = new Uint16Array(0x40000);
  const all = new Evidence(undefined);
  all.reset();
  const units = Uint16Array.from('3 or 5=5', (char) => char.charCodeAt(0));
  new SqlLexer(all).read(units, 0, units.length, 0);
  const kept = all.ids[2] ?? 0;
  rows[kept] = 7;
  const few = new Evidence(rows);
  few.reset();
  new SqlLexer(few).read(units, 0, units.length, 0);
  assert.deepEqual([...few.ids.subarray(0, few.count)], [kept]);
});
