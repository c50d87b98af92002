/**
 * What confining keys costs a call: `scripts/node bench/confined-keys.ts`, some seconds. Prints nanoseconds of the stages
 * `authorise` and `limit` together, on a route with one scope and no limits of its own: for a key confined to nothing, and for
 * one with routes, a rate and a quota. Medians over rounds, round about. Proves that every call was permitted, and that the
 * limits counted them all.
 */
import { performance } from 'node:perf_hooks';
import { compileAccess } from '../src/authz/access.ts';
import type { Principal } from '../src/core/principal.ts';
import { CredentialLimits } from '../src/limit/credential-limits.ts';
import { createLimitMemory } from '../src/limit/limit-memory.ts';
import { compileLimits } from '../src/limit/limiter.ts';
import { Limits } from '../src/limit/limits.ts';
import { beginEvaluation, EMPTY_BODY, type Evaluation } from '../src/pipeline/evaluation.ts';
import type { CompiledRoute, Snapshot } from '../src/pipeline/snapshot.ts';
import { judgeAuthorisation } from '../src/pipeline/stages/authorise.ts';
import { judgeLimits } from '../src/pipeline/stages/limit.ts';
import { callWith, median } from './micro/authentication.ts';

const CALLS = 100_000;
const ROUNDS = 15;
const NOW_MS = 1_790_000_000_000;
const PERMITS = 1_000_000_000;

const memory = createLimitMemory(new Uint8Array(8));
const snapshot = { credentialLimits: new CredentialLimits(memory) } as unknown as Snapshot;
const route = {
  config: { id: 'orders', authorize: { scopes: ['orders:read'] }, bodyBytesMax: 1_048_576 },
  limits: compileLimits([], 'orders', new Limits(memory)),
  access: compileAccess([], []),
} as unknown as CompiledRoute;

const free: Principal = {
  version: 1,
  consumer: 'acme',
  subject: 'acme',
  scopes: ['orders:read'],
  groups: [],
  tier: '',
  authenticator: 'keys',
  method: 'api-key',
  credentialId: 'Ab3dEf6hIj9k',
  issuer: '',
  clientId: '',
  binding: 'none',
  acr: '',
  authenticatedAtSeconds: 0,
  expiresAtMs: 0,
  claims: {},
  restrictions: undefined,
};
const confined: Principal = {
  ...free,
  restrictions: [
    {
      countedAs: 'Ab3dEf6hIj9k',
      routes: ['reports', 'orders:GET,HEAD'],
      limits: [
        { kind: 'rate', per: ['key'], permits: PERMITS, windowSeconds: 1_000, burst: PERMITS, cost: 1 },
        { kind: 'quota', per: ['key'], permits: PERMITS, window: 'day', cost: 1 },
      ],
    },
  ],
};

function perCall(principal: Principal): number {
  const call = callWith('unread');
  const evaluations: Evaluation[] = [];
  for (let i = 0; i < CALLS; i++) {
    const evaluation = beginEvaluation(call, EMPTY_BODY, snapshot, NOW_MS, NOW_MS * 1_000, 1, false);
    evaluation.route = route;
    evaluation.principal = principal;
    evaluations.push(evaluation);
  }
  let permitted = 0;
  const startedAt = performance.now();
  for (const evaluation of evaluations) {
    const verdict = judgeAuthorisation(evaluation);
    if (!(verdict instanceof Promise) && verdict.kind === 'pass' && judgeLimits(evaluation).kind === 'pass')
      permitted++;
  }
  const endedAt = performance.now();
  if (permitted !== CALLS) throw new Error(`canary: ${permitted} of ${CALLS} calls were permitted`);
  return ((endedAt - startedAt) * 1e6) / CALLS;
}

const nanos = { free: [] as number[], confined: [] as number[] };
perCall(free);
perCall(confined);
for (let round = 0; round < ROUNDS; round++) {
  nanos.free.push(perCall(free));
  nanos.confined.push(perCall(confined));
}
const last = beginEvaluation(callWith('unread'), EMPTY_BODY, snapshot, NOW_MS, NOW_MS * 1_000, 1, true);
last.route = route;
last.principal = confined;
judgeLimits(last);
const counted = PERMITS - (last.limits.find(({ policy }) => policy.includes('quota'))?.remaining ?? 0);
if (counted !== CALLS * (ROUNDS + 1)) throw new Error(`canary: ${counted} calls were counted`);
console.log(`${median(nanos.free).toFixed(0).padStart(6)} ns  authorise and limit, a key confined to nothing`);
console.log(`${median(nanos.confined).toFixed(0).padStart(6)} ns  the same with routes, a rate and a quota of its own`);
