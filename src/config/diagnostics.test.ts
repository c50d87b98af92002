import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DIAGNOSTICS } from './diagnostic-catalogue.ts';
import { diagnostic, diagnosticJson, docsAnchor, pathText, renderDiagnostic, sortDiagnostics } from './diagnostics.ts';
import { GOOD, load } from './loading-fixture.test.ts';
import { quoted, shownLiteral } from './shown-text.ts';

test('a diagnostic is rendered with its place, why, fix and where to read more', () => {
  const result = load(GOOD.replace('path: "/orders/{orderId}"', 'path: "orders"'));
  assert.ok(!result.ok);
  assert.equal(
    result.diagnostics.map((problem) => renderDiagnostic(problem)).join('\n'),
    `error[SP014] sallyport.yaml:9:43 routes[0].match.path: "orders" is not a path template: a path begins with /
  why: A value that cannot be read exactly would be applied differently from what was meant.
  fix: write literal segments, {name} for one segment, and * only at the end, such as /orders/{orderId}
  docs: docs/configuration.md#sp014
`,
  );
});

test('the fix names what was probably meant', () => {
  const result = load(GOOD.replace('upstream: orders', 'upstraem: orders'));
  assert.ok(!result.ok);
  assert.deepEqual(
    result.diagnostics.map((problem) => [problem.code, problem.fix]),
    [['SP010', 'did you mean "upstream"?']],
    'and not that it is missing',
  );
  const without = load(GOOD.replace('    upstream: orders\n', ''));
  assert.ok(!without.ok);
  assert.deepEqual(
    without.diagnostics.map((problem) => [problem.code, problem.fix]),
    [['SP011', 'add upstream: … (the name of an upstream)']],
  );
});

test('a diagnostic of the whole file has no path', () => {
  const problem = diagnostic(
    'SP003',
    { file: 'a.yaml', position: { line: 2, column: 1 }, path: [] },
    'the file is empty',
  );
  assert.equal(renderDiagnostic(problem).split('\n')[0], 'error[SP003] a.yaml:2:1: the file is empty');
});

test('the JSON form has every field and the anchor', () => {
  const problem = diagnostic('SP044', { file: 'a.yaml', position: { line: 2, column: 3 }, path: ['routes', 0] }, 'm');
  assert.deepEqual(diagnosticJson(problem), {
    code: 'SP044',
    severity: 'warning',
    file: 'a.yaml',
    line: 2,
    column: 3,
    path: 'routes[0]',
    message: 'm',
    why: DIAGNOSTICS.SP044.why,
    fix: DIAGNOSTICS.SP044.fix,
    docs: 'docs/configuration.md#sp044',
  });
});

test('paths are written as one would type them, with quotes around keys that need them', () => {
  assert.equal(pathText(['routes', 2, 'match', 'path']), 'routes[2].match.path');
  assert.equal(pathText(['a b', 0, 'c']), '["a b"][0].c');
  assert.equal(pathText(['x', '\u001b[31m\u202e']), 'x["\\u001b[31m\\u202e"]');
  assert.equal(pathText([]), '');
});

test('text from a file is shortened and cannot act on a terminal', () => {
  assert.equal(quoted('a\u001b[2J\u009b\u2028\u200bb'), '"a\\u001b[2J\\u009b\\u2028\\u200bb"');
  assert.equal(quoted('x'.repeat(100)), `"${'x'.repeat(80)}…"`);
});

test('a credential is not shown', () => {
  assert.equal(shownLiteral('https://user:pass@host'), 'the value (not shown)');
  assert.equal(shownLiteral(`see sp_live_${'a'.repeat(12)}_${'b'.repeat(49)}`), 'the value (not shown)');
  assert.equal(shownLiteral('plain'), '"plain"');
  assert.equal(shownLiteral(5), '5');
});

test('diagnostics stand in the order of the file, errors first on one place', () => {
  const at = (code: 'SP044' | 'SP010', line: number, column: number) =>
    diagnostic(code, { file: 'f', position: { line, column }, path: [] }, 'm');
  const sorted = sortDiagnostics([at('SP044', 2, 1), at('SP044', 1, 9), at('SP010', 2, 1), at('SP010', 1, 10)]);
  assert.deepEqual(
    sorted.map(({ code, line, column }) => [code, line, column]),
    [
      ['SP044', 1, 9],
      ['SP010', 1, 10],
      ['SP010', 2, 1],
      ['SP044', 2, 1],
    ],
  );
});

test('every code of the catalogue says what, why and what to do', () => {
  for (const [code, entry] of Object.entries(DIAGNOSTICS)) {
    assert.match(code, /^SP\d{3}$/);
    assert.match(entry.why, /\.$/, code);
    assert.doesNotMatch(entry.fix, /\.$/, code);
    assert.ok(entry.title.length > 0);
  }
  assert.equal(docsAnchor('SP001'), 'docs/configuration.md#sp001');
});
