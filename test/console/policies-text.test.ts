import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { diffOf } from '../../console/src/pages/policies/line-diff.ts';
import { withRule } from '../../console/src/pages/policies/rule-insertion.ts';
import { blockLines, tokensOf } from '../../console/src/pages/policies/yaml-tokens.ts';
import { loadConfigurationText } from '../../src/config/load.ts';

const LINES = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 24 }).map((lines) => lines.join('\n'));

describe('the difference of two texts', () => {
  test('leads from one to the other, whatever they are, and changes no more lines than it must', () => {
    fc.assert(
      fc.property(LINES, LINES, (before, after) => {
        const { hunks, added, removed } = diffOf(before, after);
        const old = before.split('\n');
        const young = after.split('\n');
        for (const line of hunks.flat()) {
          if (line.kind !== 'added') assert.equal(old[line.before - 1], line.text);
          if (line.kind !== 'removed') assert.equal(young[line.after - 1], line.text);
        }
        const gone = new Set(hunks.flat().flatMap((line) => (line.kind === 'removed' ? [line.before] : [])));
        const come = new Set(hunks.flat().flatMap((line) => (line.kind === 'added' ? [line.after] : [])));
        assert.deepEqual(
          old.filter((_, index) => !gone.has(index + 1)),
          young.filter((_, index) => !come.has(index + 1)),
        );
        assert.deepEqual([gone.size, come.size], [removed, added]);
        assert.equal(old.length - removed, longestCommon(old, young), 'as few as there can be');
        const shown = hunks.flat().map((line) => ('before' in line ? `b${line.before}` : `a${line.after}`));
        assert.equal(new Set(shown).size, shown.length, 'no line twice');
      }),
      { numRuns: 500 },
    );
  });

  test('shows three lines around a change, and two changes far apart as two', () => {
    const before = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`);
    const after = before.with(4, 'fifth').with(30, 'other');
    const { hunks } = diffOf(before.join('\n'), after.join('\n'));
    assert.deepEqual(
      hunks.map((hunk) => [hunk.length, hunk[0]?.text, hunk.at(-1)?.text]),
      [
        [8, 'line 2', 'line 8'],
        [8, 'line 28', 'line 34'],
      ],
    );
  });

  test('of two long texts that have nothing in common is one replacement, and is there at once', () => {
    const text = (letter: string): string => Array.from({ length: 20_000 }, (_, index) => letter + index).join('\n');
    const { added, removed } = diffOf(text('a'), text('b'));
    assert.deepEqual([added, removed], [20_000, 20_000]);
  });
});

function longestCommon(one: readonly string[], other: readonly string[]): number {
  let row = new Array<number>(other.length + 1).fill(0);
  for (const line of one) {
    const next = [0];
    other.forEach((text, index) => {
      next.push(text === line ? (row[index] ?? 0) + 1 : Math.max(row[index + 1] ?? 0, next[index] ?? 0));
    });
    row = next;
  }
  return row.at(-1) ?? 0;
}

describe('colours of the configuration', () => {
  test('leave every character where it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab: -#\'"[]{},|>\\${}%~1') }),
        fc.boolean(),
        (line, inBlock) => {
          assert.equal(
            tokensOf(line, inBlock)
              .map(({ text }) => text)
              .join(''),
            line,
          );
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('tell keys, texts, numbers, words, references and comments apart', () => {
    const line = `  - { url: "http://a:1", secret: \${env:KEY}, rate: 5000/1m, max: 20, mode: enforce } # why`;
    const kinds = tokensOf(line, false).filter(({ text }) => text.trim() !== '');
    assert.deepEqual(
      kinds.filter(({ kind }) => kind !== 'sign').map(({ kind, text }) => `${kind} ${text.trim()}`),
      [
        'key url',
        'text "http://a:1"',
        'key secret',
        'reference ${env:KEY}',
        'key rate',
        'plain 5000/1m',
        'key max',
        'number 20',
        'key mode',
        'word enforce',
        'comment # why',
      ],
    );
  });

  test('know what is inside a block of text', () => {
    const lines = ['a: |', '  b: c', '', '  # no comment', 'd: e', '- >-', '  x', 'y: z'];
    assert.deepEqual([...blockLines(lines)], [0, 1, 1, 1, 0, 0, 1, 0]);
  });
});

const RULE = `routes:
  - id: orders
    authorize:
      deny:
        - name: from-calls
          consumers: ["initech"]
          when: 'request.path.startsWith("/orders/o''hara")'
`;

const AROUND = (authorize: string): string => `version: 1
mode: enforce
upstreams: { shop: { url: "http://127.0.0.1:1" } }
authenticators: { keys: { type: api-key, header: x-api-key } }
consumers: { initech: {} }
routes:
  - id: other
    match: { path: "/other/*" }
    upstream: shop
    authenticate: { anyOf: [keys] }
  - id: orders # those of the shop
    match: { path: "/orders/*" }
    upstream: shop
    authenticate: { anyOf: [keys] }
${authorize}
  - id: last
    match: { path: "/last/*" }
    upstream: shop
    authenticate: { anyOf: [keys] }
unmatched: deny
`;

/** What the loader says of a text: its errors, and the names of the rules by which a route denies. */
function judgeText(text: string): { errors: readonly string[]; denies: (routeId: string) => readonly string[] } {
  const readFile = (name: string): never => {
    throw new Error(`${name} is not read here`);
  };
  const loaded = loadConfigurationText(text, '/sallyport.yaml', { env: {}, readFile, readBytes: readFile });
  if (!loaded.ok) return { errors: loaded.diagnostics.map(({ message }) => message), denies: () => [] };
  const { routes } = loaded.configuration;
  return {
    errors: [],
    denies: (routeId) =>
      routes.find(({ id }) => id === routeId)?.authorize.access.flatMap(({ deny }) => deny.map(({ name }) => name)) ??
      [],
  };
}

describe('a rule is put into its route', () => {
  for (const [how, authorize] of [
    ['that says nothing of it', '    # nothing here'],
    ['in one line', '    authorize: { scopes: [orders:read] }'],
    ['in lines', '    authorize:\n      scopes: [orders:read]'],
    [
      'that denies something already',
      '    authorize:\n      deny:\n        - name: no-deletion\n          when: \'request.method == "DELETE"\'',
    ],
    [
      'that denies something already, in the other manner',
      '    authorize:\n      deny:\n      - name: no-deletion\n        when: \'request.method == "DELETE"\'',
    ],
  ] as const)
    test(how, () => {
      const text = AROUND(authorize);
      const found = withRule(text, 'orders', RULE);
      assert.ok(found !== undefined);
      assert.deepEqual(judgeText(text).errors, [], 'as it was');
      const { errors, denies } = judgeText(found.text);
      assert.deepEqual(errors, []);
      assert.ok(denies('orders').includes('from-calls'), found.text);
      assert.ok(!denies('last').includes('from-calls') && !denies('other').includes('from-calls'));
      assert.match(found.text.split('\n')[found.line - 1] ?? '', /authorize|deny|from-calls/);
      assert.equal(denies('orders').includes('no-deletion'), how.includes('already'), 'and what was there stays');
    });

  test('and where the manner is not known a person is asked', () => {
    assert.equal(withRule(AROUND('    authorize: { deny: [] }'), 'orders', RULE), undefined);
    assert.equal(withRule(AROUND(''), 'elsewhere', RULE), undefined);
  });
});
