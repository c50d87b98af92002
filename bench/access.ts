/**
 * Routing and authorising among many routes with rules, next to few; and what loading so many takes.
 *
 *   scripts/node bench/access.ts [--short]
 */
import { loadConfigurationText } from '../src/config/load.ts';
import type { Configuration } from '../src/core/configuration.ts';
import { NO_CLAIMS, type Principal } from '../src/core/principal.ts';
import { generateAssertionKey } from '../src/crypto/assertion.ts';
import { beginEvaluation, EMPTY_BODY } from '../src/pipeline/evaluation.ts';
import { compileSnapshot, type Snapshot } from '../src/pipeline/snapshot.ts';
import { emptyParts } from '../src/pipeline/snapshot-fixture.test.ts';
import { judgeAuthorisation } from '../src/pipeline/stages/authorise.ts';
import { judgeRoute } from '../src/pipeline/stages/route.ts';
import { callWith, median } from './micro/authentication.ts';

const SHORT = process.argv.includes('--short');
const CALLS = SHORT ? 20_000 : 200_000;
const ROUNDS = SHORT ? 3 : 9;
const MANY = 10_000;

function configurationOf(routes: number): { configuration: Configuration; milliseconds: number } {
  const lines = Array.from(
    { length: routes },
    (_, i) =>
      `  - { id: r${i}, match: { path: "/api/v1/r${i}/orders/{orderId}", methods: [GET] }, upstream: a, authenticate: { anyOf: [keys] }, ` +
      `authorize: { scopes: [s], groups: [g${i % 7}, partners], when: 'path.orderId != "${i}" && consumer.tier == "gold"', ` +
      `deny: [{ name: d, addresses: [203.0.113.0/24] }] } }`,
  );
  const text = `version: 1\nmode: enforce\nupstreams: { a: { url: "http://127.0.0.1:3000" } }\nauthenticators: { keys: { type: api-key } }\nroutes:\n${lines.join('\n')}\n`;
  const beganAt = performance.now();
  const loaded = loadConfigurationText(text, 'bench.yaml', {
    env: {},
    readFile: () => {
      throw new Error('no file is read');
    },
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.diagnostics.slice(0, 3)));
  return { configuration: loaded.configuration, milliseconds: performance.now() - beganAt };
}

function snapshotOf(configuration: Configuration): Snapshot {
  return compileSnapshot(
    {
      version: 1,
      configuration,
      peppers: { current: 1, byVersion: { 1: new Uint8Array(32) } },
      assertionKey: generateAssertionKey(),
      consumers: new Map(),
      clientTrust: undefined,
      decoys: { tokens: [], clients: [] },
    },
    emptyParts(),
  );
}

const GOLD: Principal = {
  version: 1,
  consumer: 'acme',
  subject: 'acme',
  scopes: ['s'],
  groups: ['partners'],
  tier: 'gold',
  authenticator: 'keys',
  method: 'api-key',
  credentialId: 'k',
  issuer: '',
  clientId: '',
  binding: 'none',
  acr: '',
  authenticatedAtSeconds: 0,
  expiresAtMs: 0,
  claims: NO_CLAIMS,
};

/** Microseconds a call takes to be routed and authorised, over paths spread among all routes. */
function microsPerCall(snapshot: Snapshot, routes: number, used: number): number {
  const calls = Array.from({ length: 1_000 }, (_, i) => ({
    ...callWith('k'),
    path: `/api/v1/r${((i % used) * 7_919) % routes}/orders/x`,
  }));
  const beganAt = performance.now();
  for (let i = 0; i < CALLS; i++) {
    const call = calls[i % calls.length];
    if (call === undefined) throw new Error('there are calls');
    const evaluation = beginEvaluation(call, EMPTY_BODY, snapshot, 1_790_000_000_000, 0, 1, true);
    if (judgeRoute(evaluation).kind !== 'pass') throw new Error('no route was found');
    evaluation.principal = GOLD;
    const verdict = judgeAuthorisation(evaluation);
    if (verdict instanceof Promise || verdict.kind !== 'pass') throw new Error('it was not allowed');
  }
  return ((performance.now() - beganAt) * 1000) / CALLS;
}

const few = configurationOf(10);
const many = configurationOf(MANY);
const compiledAt = performance.now();
const manySnapshot = snapshotOf(many.configuration);
const compileMs = performance.now() - compiledAt;
const fewSnapshot = snapshotOf(few.configuration);
const micros = { few: [] as number[], many: [] as number[], spread: [] as number[] };
for (let round = 0; round < ROUNDS; round++) {
  micros.few.push(microsPerCall(fewSnapshot, 10, 10));
  micros.many.push(microsPerCall(manySnapshot, MANY, 10));
  micros.spread.push(microsPerCall(manySnapshot, MANY, 1_000));
}
const one = median(micros.few);
const ratio = (other: number): string => `${other.toFixed(2)} µs, ${(other / one).toFixed(2)} ×`;
console.log(`${one.toFixed(2)} µs  routing and authorising a call among 10 routes with rules`);
console.log(`${ratio(median(micros.many))}  the same among ${MANY} routes, of which calls use 10`);
console.log(
  `${ratio(median(micros.spread))}  the same, of which calls use 1,000 in turn: rules come from memory, not from cache`,
);
console.log(`${(many.milliseconds / 1000).toFixed(2)} s  loading and checking the ${MANY} routes`);
console.log(`${(compileMs / 1000).toFixed(2)} s  compiling them for one thread`);
