import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passesAroundRoutes } from '../pipeline/unmatched-calls.ts';
import { load, marked, problemsOf } from './loading-fixture.test.ts';

const REST = `upstreams: { api: { url: "http://127.0.0.1:3000" } }
authenticators: { keys: { type: api-key } }
`;
const KEYS = 'upstream: api, authenticate: { anyOf: [keys] }';
const ENFORCED = `${REST}routes: [{ id: r, match: { path: /a }, mode: enforce, ${KEYS} }]\n`;
const OBSERVED = `${REST}routes: [{ id: r, match: { path: /a }, ${KEYS} }]\n`;

const file = (head: string, rest = ENFORCED) => `version: 1\n${head}${rest}`;

/** What it shows, and the file; the place is the one marked. */
const OPEN: readonly (readonly [string, string])[] = [
  ['a route enforces', file('mode: observe\nunmatched: ▲deny\n')],
  [
    'a stage of a route enforces',
    file('mode: observe\nunmatched: ▲deny\n', ENFORCED.replace('mode: enforce', 'stages: { limit: enforce }')),
  ],
  ['a stage of every route enforces', file('mode: observe\nunmatched: ▲deny\nstages: { limit: enforce }\n', OBSERVED)],
  ['the stage that finds the route observes', file('mode: enforce\nunmatched: ▲deny\nstages: { route: observe }\n')],
  [
    'a wider route takes every path, and another leaves methods to nobody',
    file(
      'mode: observe\nunmatched: ▲deny\n',
      `${REST}routes:
  - { id: r, match: { path: /a, methods: [GET] }, mode: enforce, ${KEYS} }
  - { id: all, match: { path: "/*" }, ${KEYS} }
`,
    ),
  ],
];

for (const [what, marks] of OPEN)
  test(`unmatched calls are only observed while something enforces: ${what}`, () => {
    const { text, place } = marked(marks);
    assert.deepEqual(
      problemsOf(text).filter((problem) => problem.startsWith('SP063')),
      [`SP063 ${place} unmatched`],
    );
    followed(text);
  });

/** What it shows, and a file that needs no word on it. */
const CLOSED: readonly (readonly [string, string])[] = [
  ['everything enforces', file('mode: enforce\n')],
  ['everything observes', file('mode: observe\n', OBSERVED)],
  ['the stage that finds the route enforces', file('mode: observe\nstages: { route: enforce }\n')],
  ['a stage before the route enforces', file('mode: observe\nstages: { framing: enforce }\n', OBSERVED)],
  ['a route takes every call', file('mode: observe\n', ENFORCED.replace('/a', '"/*"'))],
  [
    'there is no one upstream that unmatched calls could go to',
    file('mode: observe\n', ENFORCED.replace('api: {', 'b: { url: "http://127.0.0.1:3001" }, api: {')),
  ],
];

for (const [what, text] of CLOSED)
  test(`nothing is said of unmatched calls: ${what}`, () => {
    assert.deepEqual(
      problemsOf(text).filter((problem) => problem.startsWith('SP063')),
      [],
    );
  });

/** Heads of files that forward unmatched calls while something enforces. */
const FORWARDING: readonly (readonly [string, string])[] = [
  ['mode: observe\n', ENFORCED],
  ['mode: observe\nstages: { limit: enforce }\n', OBSERVED],
  ['mode: enforce\nstages: { route: observe }\n', OBSERVED],
  ['mode: enforce\n', OBSERVED],
];

for (const [head, rest] of FORWARDING)
  test(`what is proposed in place of forwarding closes it: ${head.replaceAll('\n', ' ')}`, () => {
    const text = file(`${head}unmatched: forward\n`, rest);
    assert.deepEqual(
      problemsOf(text).map((problem) => problem.split(' ')[0]),
      ['SP060'],
    );
    followed(text);
  });

/** Does to a file what its finding proposes, and asks whether that closes it. */
function followed(text: string): void {
  const result = load(text);
  const findings = result.ok ? result.warnings : result.diagnostics;
  const { fix = '' } = findings.find(({ code }) => code === 'SP060' || code === 'SP063') ?? {};
  let changed = fix.includes('unmatched: deny') ? text.replace('unmatched: forward', 'unmatched: deny') : text;
  if (fix.includes('stages: { route: enforce }')) changed = changed.replace('\n', '\nstages: { route: enforce }\n');
  if (fix.includes('route: enforce under stages'))
    changed = changed.replace(/^stages: \{(?: route: observe)?/m, 'stages: { route: enforce,').replace(', }', ' }');
  assert.notEqual(changed, text, fix);
  const now = load(changed);
  assert.ok(now.ok, fix);
  assert.deepEqual(
    now.warnings.filter(({ code }) => code === 'SP063'),
    [],
    fix,
  );
  assert.equal(passesAroundRoutes(now.configuration), false);
}
