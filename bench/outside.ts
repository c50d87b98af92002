/**
 * Authorising a call whose owner or decision is remembered, next to the same route that asks nobody.
 *
 *   scripts/node bench/outside.ts [--short]
 */
import { beginEvaluation, EMPTY_BODY } from '../src/pipeline/evaluation.ts';
import { compileSnapshot } from '../src/pipeline/snapshot.ts';
import { emptyParts } from '../src/pipeline/snapshot-fixture.test.ts';
import { judgeAuthorisation } from '../src/pipeline/stages/authorise.ts';
import { judgeRoute } from '../src/pipeline/stages/route.ts';
import { callWith, median } from './micro/authentication.ts';
import { CALLER, configurationOf, snapshotData } from './micro/snapshot.ts';

const SHORT = process.argv.includes('--short');
const CALLS = SHORT ? 20_000 : 200_000;
const ROUNDS = SHORT ? 3 : 9;
/** Objects that calls ask about in turn, all of them remembered. */
const OBJECTS = 1_000;

const RULES = {
  nobody: 'scopes: [s]',
  accepted: `scopes: [s], owner: 'path.orderId in owned(principal, "accepted")'`,
  owner: `scopes: [s], owner: 'path.orderId in owned(principal, "orders")'`,
  decider: 'scopes: [s], decide: [pdp]',
} as const;
type Rule = keyof typeof RULES;

const text = `
version: 1
mode: enforce
upstreams: { a: { url: "http://127.0.0.1:3000" } }
authenticators: { keys: { type: api-key } }
owners:
  orders: { type: http, url: "https://shop.example/owners/{id}", cacheSeconds: 300 }
  accepted: { type: accepted }
deciders: { pdp: { type: opa, url: "https://opa.example/v1/data/allow", cacheSeconds: 300 } }
routes:
${Object.entries(RULES)
  .map(
    ([id, rule]) =>
      `  - { id: ${id}, match: { path: "/${id}/{orderId}" }, upstream: a, authenticate: { anyOf: [keys] }, authorize: { ${rule} } }`,
  )
  .join('\n')}
`;

let asked = 0;
const answer = Buffer.from('{"owner":"acme","result":true}');
const snapshot = compileSnapshot(
  {
    ...snapshotData(configurationOf(text)),
    acceptedOwners: Array.from({ length: OBJECTS }, (_, i) => ({
      lookup: 'accepted',
      object: String(i),
      owners: ['acme'],
    })),
  },
  emptyParts({
    fetch: () => {
      asked++;
      return Promise.resolve({ status: 200, headers: { 'content-type': 'application/json' }, body: answer });
    },
  }),
);

function judge(rule: Rule, object: number) {
  const call = { ...callWith('k'), path: `/${rule}/${object}` };
  const evaluation = beginEvaluation(call, EMPTY_BODY, snapshot, 1_790_000_000_000, 0, 1, true);
  if (judgeRoute(evaluation).kind !== 'pass') throw new Error('no route was found');
  evaluation.principal = CALLER;
  return judgeAuthorisation(evaluation);
}

function microsPerCall(rule: Rule): number {
  const beganAt = performance.now();
  for (let i = 0; i < CALLS; i++) {
    const verdict = judge(rule, i % OBJECTS);
    if (verdict instanceof Promise || verdict.kind !== 'pass') throw new Error('it was not remembered, or not allowed');
  }
  return ((performance.now() - beganAt) * 1000) / CALLS;
}

const rules = Object.keys(RULES) as Rule[];
for (const rule of rules)
  for (let object = 0; object < OBJECTS; object++)
    if ((await judge(rule, object)).kind !== 'pass') throw new Error('it was not allowed');
const askedFirst = asked;
const micros: Record<Rule, number[]> = { nobody: [], accepted: [], owner: [], decider: [] };
for (let round = 0; round < ROUNDS; round++) for (const rule of rules) micros[rule].push(microsPerCall(rule));
if (askedFirst !== 2 * OBJECTS || asked !== askedFirst) throw new Error('each object was to be asked for once, before');
const one = median(micros.nobody);
const shown = (rule: Rule): string =>
  `${median(micros[rule]).toFixed(2)} µs, ${(median(micros[rule]) / one).toFixed(2)} ×`;
console.log(`${one.toFixed(2)} µs  routing and authorising a call on a route that asks nobody`);
console.log(`${shown('accepted')}  the same with an owner that was accepted`);
console.log(`${shown('owner')}  the same with an owner that is remembered`);
console.log(`${shown('decider')}  the same with a decision that is remembered`);
