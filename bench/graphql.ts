/**
 * What judging GraphQL documents costs: an ordinary one, and the worst ones of 64 KiB that were thought of.
 *
 *   scripts/node bench/graphql.ts [--short]
 */
import { BOUNDS, facts } from '../src/authz/graphql/graphql-fixture.test.ts';
import { GraphqlInspection } from '../src/authz/graphql/inspection.ts';
import { median } from './micro/authentication.ts';

const SHORT = process.argv.includes('--short');
const ROUNDS = SHORT ? 5 : 15;
const SIZE = 65_000;
const OPEN = {
  ...BOUNDS,
  tokensMax: 100_000,
  depthMax: 500,
  aliasesMax: 1e6,
  fieldsMax: 1e6,
  directivesMax: 1e6,
  costMax: 1e9,
};

const filled = (piece: (at: number) => string): string => {
  let text = '';
  for (let at = 0; text.length + 30 < SIZE; at++) text += piece(at);
  return text;
};
const bomb = `{ ...f0 } ${filled((at) => `fragment f${at} on Q{...f${at + 1} ...f${at + 1}}`)}`;
const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`v${at}`, at]));
const operations = (count: number): string =>
  Array.from({ length: count }, (_, at) => `query q${at}($n:Int=1){...f0}`).join('');
const chain = Array.from({ length: 400 }, (_, at) => `fragment f${at} on Q{a ...f${at + 1}}`).join('');
const documents: readonly (readonly [
  name: string,
  query: string,
  reason: string,
  bounds: typeof BOUNDS,
  more?: Readonly<Record<string, unknown>>,
])[] = [
  [
    'an ordinary document',
    'query Orders($n: Int) { orders(first: $n) { id total customer { name } lines { sku amount } } }',
    '',
    BOUNDS,
  ],
  ['64 KiB of fields', `{${filled(() => 'a ')}}`, 'graphql.fields', { ...BOUNDS, tokensMax: 100_000 }],
  ['64 KiB of aliases, all allowed', `{${filled((at) => `a${at}:b `)}}`, '', OPEN],
  ['64 KiB of commas', `{a${','.repeat(SIZE - 10)}}`, '', OPEN],
  ['64 KiB of braces', `${'{a'.repeat(SIZE / 3)}${'}'.repeat(SIZE / 3)}`, 'graphql.depth', OPEN],
  ['a bomb of fragments', `${bomb} fragment f${bomb.split('fragment').length - 1} on Q{x}`, 'graphql.depth', OPEN],
  [
    'many operations beside many variables',
    `${operations(150)}fragment f0 on Q{a}`,
    '',
    { ...BOUNDS, tokensMax: 2500 },
    { operationName: 'q0', variables: many },
  ],
  [
    'many operations over many fragments',
    `${operations(1_000)}${chain}fragment f400 on Q{a}`,
    '',
    OPEN,
    { operationName: 'q0' },
  ],
  [
    '64 KiB of fields under the default of tokens',
    `{${filled(() => 'a ')}}`,
    'graphql.too_large',
    { ...BOUNDS, tokensMax: 2000 },
  ],
];

for (const [name, query, reason, bounds, more] of documents) {
  const inspection = new GraphqlInspection(bounds);
  const call = facts({ body: JSON.stringify({ query, variables: { n: 20 }, ...more }) });
  // The canary: a figure counts only where the verdict is the one that the work leads to.
  const verdict = inspection.judge(call);
  const found = verdict.kind === 'deny' ? verdict.reason : '';
  if (found !== reason) throw new Error(`${name}: ${found}`);
  const repeats = query.length < 1000 ? 5_000 : 10;
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const beganAt = performance.now();
    for (let at = 0; at < repeats; at++) inspection.judge(call);
    times.push(((performance.now() - beganAt) * 1000) / repeats);
  }
  console.log(`${name.padEnd(46)} ${median(times).toFixed(1).padStart(10)} µs  ${reason === '' ? 'pass' : reason}`);
}
