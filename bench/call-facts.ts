/**
 * What a call records so that it can be judged anew by another configuration (`CallProfiles.factsOf`), next to routing and
 * authorising the same call.
 *
 *   scripts/node bench/call-facts.ts [--short]
 */
import type { Principal } from '../src/core/principal.ts';
import { CallProfiles } from '../src/pipeline/call-profiles.ts';
import { beginEvaluation, EMPTY_BODY } from '../src/pipeline/evaluation.ts';
import { fingerprintOf } from '../src/pipeline/fingerprint.ts';
import { compileSnapshot } from '../src/pipeline/snapshot.ts';
import { emptyParts } from '../src/pipeline/snapshot-fixture.test.ts';
import { judgeAuthorisation } from '../src/pipeline/stages/authorise.ts';
import { judgeRoute } from '../src/pipeline/stages/route.ts';
import { callWith, median } from './micro/authentication.ts';
import { CALLER, configurationOf, snapshotData } from './micro/snapshot.ts';

const SHORT = process.argv.includes('--short');
const CALLS = SHORT ? 50_000 : 500_000;
const ROUNDS = SHORT ? 3 : 9;
/** Callers in turn, and how many kinds of them there are, each with a profile of its own. */
const CALLERS = 1_000;
const KINDS = 16;
const NOW_MS = 1_790_000_000_000;

const text = `
version: 1
mode: enforce
upstreams: { a: { url: "http://127.0.0.1:3000" } }
authenticators: { keys: { type: api-key }, tokens: { type: jwt, issuer: "https://id.example", audience: a, algorithms: [ES256] } }
routes: [{ id: orders, match: { path: "/orders/{orderId}" }, upstream: a, authenticate: { anyOf: [keys, tokens] }, authorize: { scopes: [s] } }]
`;
const parts = emptyParts();
const snapshot = compileSnapshot(snapshotData(configurationOf(text)), parts);
const profiles = new CallProfiles(snapshot, snapshot.judgedBy, fingerprintOf(parts.limits));

const callers = Array.from(
  { length: CALLERS },
  (_, i): Principal => ({
    ...CALLER,
    consumer: `consumer-${i}`,
    subject: `consumer-${i}`,
    groups: [`g${i % KINDS}`],
    credentialId: `k${i}`,
  }),
);
const call = { ...callWith('k'), path: '/orders/1' };

function judged(caller: Principal) {
  const evaluation = beginEvaluation(call, EMPTY_BODY, snapshot, NOW_MS, 0, 1, true);
  if (judgeRoute(evaluation).kind !== 'pass') throw new Error('no route was found');
  evaluation.principal = caller;
  const verdict = judgeAuthorisation(evaluation);
  if (verdict instanceof Promise || verdict.kind !== 'pass') throw new Error('it was not allowed');
  return evaluation.route;
}

function microsOf(work: (caller: Principal) => void): number {
  const beganAt = performance.now();
  for (let i = 0; i < CALLS; i++) work(callers[i % CALLERS] as Principal);
  return ((performance.now() - beganAt) * 1000) / CALLS;
}

const route = judged(callers[0] as Principal);
const told = new Set<number>();
for (const caller of callers) {
  const { profileId, profileText } = profiles.factsOf(call, route, caller, call.path, NOW_MS);
  if (profileText !== '') told.add(profileId);
}
if (told.size !== KINDS) throw new Error(`${told.size} profiles of ${KINDS} kinds of callers were told`);

let again = 0;
const judging: number[] = [];
const recording: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  judging.push(microsOf((caller) => void judged(caller)));
  recording.push(
    microsOf((caller) => {
      const { profileId, profileText } = profiles.factsOf(call, route, caller, call.path, NOW_MS);
      if (profileText !== '' || !told.has(profileId)) again++;
    }),
  );
}
if (again > 0) throw new Error(`${again} profiles were told twice, or are not those of before`);
const one = median(judging);
const facts = median(recording);
console.log(`${one.toFixed(2)} µs  routing and authorising a call`);
console.log(
  `${facts.toFixed(2)} µs, ${(facts / one).toFixed(2)} ×  what is recorded of it, to be judged by another configuration`,
);
