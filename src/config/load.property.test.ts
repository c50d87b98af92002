import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDocument, stringify } from 'yaml';
import { renderDiagnostic } from './diagnostics.ts';
import { GOOD, load } from './loading-fixture.test.ts';

/** A file that says much, so that mutations meet every part of the schema. */
const RICH = `${GOOD}  - id: open
    match: { path: /health }
    upstream: orders
    mode: observe
    stages: { limit: observe }
    authenticate: none
    inspect: { maxBodyBytes: 1KiB }
    paths: { doubleSlash: keep }
listen: { host: 127.0.0.1, port: 8080, limits: { connectionsMax: 10 } }
admin: { host: 127.0.0.1, port: 8081 }
trustedProxies: [10.0.0.0/8]
store: { url: "file:./data" }
state: { url: "memory:" }
stages: { limit: observe }
unmatched: deny
consumers: { acme: { groups: [partners], tier: gold } }
events: { retainDays: 7, maxBytes: 5GiB }
apiKeys: { brand: sp, environment: live }
`;

/** Small pieces that mean something to YAML or to the schema. */
const PIECE = fc.constantFrom(
  '',
  ' ',
  '\n',
  '  ',
  ':',
  '- ',
  '{',
  '}',
  '[',
  ']',
  ',',
  '&a ',
  '*a',
  '!x ',
  '"',
  "'",
  '#',
  '|',
  '>',
  '${',
  '}',
  '\t',
  '\0',
  '---\n',
  '%',
  '0',
  '~',
  'null',
  '<<',
  '\ufeff',
  '\ud800',
);

test('property: no mutation of a file crashes the loader, and whatever it refuses has a place', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(RICH.length), fc.nat(12), PIECE), { minLength: 1, maxLength: 4 }), (edits) => {
      let text = RICH;
      for (const [offset, removed, piece] of edits) text = text.slice(0, offset) + piece + text.slice(offset + removed);
      const result = load(text);
      if (result.ok) return;
      assert.ok(result.diagnostics.length > 0);
      assert.ok(result.diagnostics.some((problem) => problem.severity === 'error'));
      for (const problem of result.diagnostics) {
        assert.ok(problem.line >= 1 && problem.line <= text.split('\n').length, `${problem.line}`);
        assert.ok(problem.column >= 1);
        renderDiagnostic(problem);
      }
    }),
    { numRuns: 600 },
  );
});

test('property: no document of any shape crashes the loader', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.json(),
        fc.object().map((value) => stringify(value)),
      ),
      (text) => {
        const result = load(text);
        assert.equal(result.ok, false);
      },
    ),
    { numRuns: 500 },
  );
});

/** The paths of every record in a document. */
function recordPaths(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (Array.isArray(value)) return value.flatMap((item, index) => recordPaths(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return [[...path], ...Object.entries(value).flatMap(([key, item]) => recordPaths(item, [...path, key]))];
}

/** Records whose keys are names; a new name there is no unknown key, its value is malformed instead. */
const NAMED = new Set(['upstreams', 'authenticators', 'consumers']);

test('property: an unknown key anywhere is an error at that key', () => {
  assert.ok(load(RICH).ok);
  const document = parseDocument(RICH);
  const paths = recordPaths(document.toJS());
  assert.ok(paths.length > 20);
  const key = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_-]{0,12}$/).filter((name) => !RICH.includes(name));
  fc.assert(
    fc.property(
      fc.constantFrom(...paths),
      key,
      fc.constantFrom<unknown>('text', 1, true, null, [], {}),
      (path, name, value) => {
        const changed = document.clone();
        changed.setIn([...path, name], changed.createNode(value));
        const result = load(changed.toString());
        const last = path.at(-1);
        if (typeof last === 'string' && path.length === 1 && NAMED.has(last)) return;
        assert.ok(!result.ok);
        const unknown = result.diagnostics.filter((problem) => problem.path.endsWith(name));
        // Reserved keys are known and refused; any other has the code of an unknown key.
        assert.ok(
          unknown.some((problem) => problem.code === 'SP010' || problem.code === 'SP016'),
          JSON.stringify(result),
        );
      },
    ),
    { numRuns: 400 },
  );
});

test('property: a secret never appears in what the loader says', () => {
  const scalars = [...RICH.matchAll(/(?<=: |\[)(?:"[^"]*"|[\w./-]+)(?=[ ,\]}\n])/g)].map(
    (match) => [match.index, match[0].length] as const,
  );
  assert.ok(scalars.length > 40);
  const secret = fc.stringMatching(/^[a-zA-Z0-9:/@.#_-]{12,40}$/);
  fc.assert(
    fc.property(
      fc.constantFrom(...scalars),
      secret,
      fc.boolean(),
      fc.constantFrom('', 'http://', 'x'),
      ([start, length], value, fromFile, prefix) => {
        const reference = fromFile ? `"${prefix}\${file:secret}"` : `"${prefix}\${env:SECRET}"`;
        const text = RICH.slice(0, start) + reference + RICH.slice(start + length);
        const result = load(text, { env: { SECRET: value }, readFile: () => value });
        const said = result.ok ? result.warnings : result.diagnostics;
        const rendered = said.map((problem) => renderDiagnostic(problem)).join('\n');
        assert.ok(!rendered.includes(value), rendered);
        assert.ok(!JSON.stringify(said).includes(value));
      },
    ),
    { numRuns: 600 },
  );
});
