/**
 * Nanoseconds per `checkLimits` on one thread: `scripts/node bench/micro/limit.ts`.
 * The last column of each line is the number of admitted calls: the proof that the work was done.
 */
import { performance } from 'node:perf_hooks';
import type { LimitRule } from '../../src/core/configuration.ts';
import { createLimitMemory } from '../../src/limit/limit-memory.ts';
import { checkLimits, compileLimits, limitStates } from '../../src/limit/limiter.ts';
import { Limits } from '../../src/limit/limits.ts';
import { rateLimitField } from '../../src/limit/ratelimit-headers.ts';

const CALLS = 1_000_000;
const ROUNDS = 3;

const perConsumer: LimitRule = {
  kind: 'rate',
  per: ['consumer'],
  permits: 1_000_000,
  windowSeconds: 1,
  burst: 1_000_000,
  cost: 1,
};
const perAddress: LimitRule = { ...perConsumer, per: ['address'] };
const quota: LimitRule = { kind: 'quota', per: ['consumer'], permits: 2 ** 30 - 1, window: 'month', cost: 1 };
const exhausted: LimitRule = { ...perConsumer, permits: 1, windowSeconds: 86_400, burst: 1 };

const limits = new Limits(createLimitMemory(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)));
const consumers = Array.from({ length: 1000 }, (_, i) => ({
  consumer: `consumer-${i}`,
  keyId: `k${i}`,
  addressGroup: `192.0.2.${i % 250}`,
}));

let nowMicros = 1e12;
const nowMs = 1_780_000_000_000;

measure('one rate rule', [perConsumer]);
measure('one quota', [quota]);
measure('two rate rules', [perConsumer, perAddress]);
measure('two rate rules and a quota', [perConsumer, perAddress, quota]);
measure('one rate rule, refused', [exhausted]);
measure('one rate rule, with RateLimit field', [perConsumer], true);
measureFlood();

function measure(name: string, rules: readonly LimitRule[], withField = false): void {
  const compiled = compileLimits(rules, 'bench', limits);
  let best = Number.POSITIVE_INFINITY;
  let admitted = 0;
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < CALLS; i++) {
      nowMicros += 1;
      const subject = consumers[i % consumers.length];
      if (subject === undefined) continue;
      if (checkLimits(compiled, subject, nowMicros, nowMs).kind === 'pass') admitted++;
      if (withField) bytes += rateLimitField(limitStates(compiled)).length;
    }
    best = Math.min(best, ((performance.now() - start) * 1e6) / CALLS);
  }
  print(name, best, admitted + bytes);
}

/** Every call from an address never seen: hashing, finding a slot, taking an idle one away. */
function measureFlood(): void {
  const compiled = compileLimits([perAddress], 'flood', limits);
  const addresses = Array.from(
    { length: CALLS },
    (_, i) => `2001:db8:${(i >>> 16).toString(16)}:${(i & 0xffff).toString(16)}::/64`,
  );
  let admitted = 0;
  const start = performance.now();
  for (const addressGroup of addresses) {
    nowMicros += 1;
    if (checkLimits(compiled, { consumer: '', keyId: '', addressGroup }, nowMicros, nowMs).kind === 'pass') admitted++;
  }
  print('one rate rule, a new address each time', ((performance.now() - start) * 1e6) / CALLS, admitted);
}

function print(name: string, nanoseconds: number, proof: number): void {
  console.log(`${name.padEnd(42)} ${nanoseconds.toFixed(0).padStart(6)} ns  ${proof}`);
}
