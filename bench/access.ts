/**
 * Routing and authorising among many routes with rules, next to few; and what loading so many takes.
 *
 *   scripts/node bench/access.ts [--short]
 */
import { parseDocument } from 'yaml';
import type { Call } from '../src/core/call.ts';
import type { Configuration } from '../src/core/configuration.ts';
import type { Principal } from '../src/core/principal.ts';
import { beginEvaluation, EMPTY_BODY } from '../src/pipeline/evaluation.ts';
import { compileSnapshot, type Snapshot } from '../src/pipeline/snapshot.ts';
import { emptyParts } from '../src/pipeline/snapshot-fixture.test.ts';
import { judgeAuthorisation } from '../src/pipeline/stages/authorise.ts';
import { judgeRoute } from '../src/pipeline/stages/route.ts';
import { callWith, median } from './micro/authentication.ts';
import { CALLER, configurationOf, snapshotData } from './micro/snapshot.ts';

const SHORT = process.argv.includes('--short');
const CALLS = SHORT ? 20_000 : 200_000;
const ROUNDS = SHORT ? 3 : 9;
const MANY = 10_000;

interface LoadedBench {
  readonly configuration: Configuration;
  /** Of loading, and of the library's reading of the same text. */
  readonly milliseconds: number;
  readonly parseMs: number;
}

function loadedBench(routes: number): LoadedBench {
  const lines = Array.from(
    { length: routes },
    (_, i) =>
      `  - { id: r${i}, match: { path: "/api/v1/r${i}/orders/{orderId}", methods: [GET] }, upstream: a, authenticate: { anyOf: [keys] }, ` +
      `authorize: { scopes: [s], groups: [g${i % 7}, partners], when: 'path.orderId != "${i}" && consumer.tier == "gold"', ` +
      `deny: [{ name: d, addresses: [203.0.113.0/24] }] } }`,
  );
  const text = `version: 1\nmode: enforce\nupstreams: { a: { url: "http://127.0.0.1:3000" } }\nauthenticators: { keys: { type: api-key } }\nroutes:\n${lines.join('\n')}\n`;
  const beganAt = threadMs();
  const configuration = configurationOf(text);
  const milliseconds = threadMs() - beganAt;
  const parsingAt = threadMs();
  if (parseDocument(text, { uniqueKeys: false }).errors.length > 0) throw new Error('it cannot be read');
  return { configuration, milliseconds, parseMs: threadMs() - parsingAt };
}

function snapshotOf(configuration: Configuration): Snapshot {
  return compileSnapshot(snapshotData(configuration), emptyParts());
}

const GOLD: Principal = { ...CALLER, groups: ['partners'], tier: 'gold' };

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Paths of calls that use so many of the routes in turn, far from each other. */
function pathsOf(routes: number, used: number): readonly string[] {
  return Array.from({ length: used }, (_, i) => `/api/v1/r${(i * 7_919) % routes}/orders/x`);
}

/** Routes and judges a call; whether it is allowed. */
function isAllowed(snapshot: Snapshot, call: Call): boolean {
  const evaluation = beginEvaluation(call, EMPTY_BODY, snapshot, 1_790_000_000_000, 0, 1, true);
  if (judgeRoute(evaluation).kind !== 'pass') throw new Error('no route was found');
  evaluation.principal = GOLD;
  const verdict = judgeAuthorisation(evaluation);
  if (verdict instanceof Promise) throw new Error('nobody is asked');
  return verdict.kind === 'pass';
}

/** Every rule that is used decides: the one order it excludes is refused. Else the bench would measure nothing. */
function proveRules(snapshot: Snapshot, paths: readonly string[]): void {
  for (const path of paths) {
    const excluded = path.replace(/r(\d+)\/orders\/x$/, 'r$1/orders/$1');
    if (!isAllowed(snapshot, { ...callWith('k'), path }) || isAllowed(snapshot, { ...callWith('k'), path: excluded }))
      throw new Error(`the rule of ${path} does not decide`);
  }
}

/** Time of the processor that this thread has used: others may use the machine too. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Microseconds that one round of `work` takes. */
function microsEach(work: (path: string) => void, paths: readonly string[]): number {
  const beganAt = threadMs();
  for (let i = 0; i < CALLS; i++) work(paths[i % paths.length] ?? '');
  return ((threadMs() - beganAt) * 1000) / CALLS;
}

/** What a call takes to be routed and authorised. The call itself was just read, and is in the caches of the processor. */
function judging(snapshot: Snapshot): (path: string) => void {
  const call: Writable<Call> = callWith('k');
  return (path) => {
    call.path = path;
    if (!isAllowed(snapshot, call)) throw new Error('it was not allowed');
  };
}

/** The least that finds one of so many things by name: what this costs more for many is the machine's own. */
function lookingUp(paths: readonly string[]): (path: string) => void {
  const places = new Map(paths.map((path, index) => [path, { index }]));
  return (path) => {
    if (places.get(path) === undefined) throw new Error('it was not found');
  };
}

// As the command line does it.
process.env = { ...process.env };

const few = loadedBench(10);
const many = loadedBench(MANY);
const compiledAt = threadMs();
const manySnapshot = snapshotOf(many.configuration);
const compileMs = threadMs() - compiledAt;
const fewSnapshot = snapshotOf(few.configuration);
const fewPaths = pathsOf(10, 10);
const tenPaths = pathsOf(MANY, 10);
const thousandPaths = pathsOf(MANY, 1_000);
proveRules(fewSnapshot, fewPaths);
proveRules(manySnapshot, thousandPaths);
const judgeFew = judging(fewSnapshot);
const judgeMany = judging(manySnapshot);
/** How fast the machine is. */
const body = JSON.stringify(
  Array.from({ length: 16 }, (_, i) => ({ id: `order-${i}`, quantity: i, note: 'x'.repeat(20) })),
);
const parse = (): void => {
  if (JSON.parse(body).length !== 16) throw new Error('it cannot be read');
};
const lookUp = lookingUp(pathsOf(MANY, MANY));
const micros = { few: [] as number[], ten: [] as number[], thousand: [] as number[] };
const parseMicros: number[] = [];
const mapMicros = { ten: [] as number[], thousand: [] as number[] };
for (let round = 0; round < ROUNDS; round++) {
  micros.few.push(microsEach(judgeFew, fewPaths));
  micros.ten.push(microsEach(judgeMany, tenPaths));
  micros.thousand.push(microsEach(judgeMany, thousandPaths));
  parseMicros.push(microsEach(parse, tenPaths));
  mapMicros.ten.push(microsEach(lookUp, tenPaths));
  mapMicros.thousand.push(microsEach(lookUp, thousandPaths));
}
const one = median(micros.few);
const ratio = (other: number): string => `${other.toFixed(2)} µs, ${(other / one).toFixed(2)} ×`;
console.log(`${one.toFixed(2)} µs  routing and authorising a call among 10 routes with a rule each`);
console.log(`${ratio(median(micros.ten))}  the same among ${MANY} routes with as many rules, of which calls use 10`);
console.log(
  `${ratio(median(micros.thousand))}  the same, of which calls use 1,000 in turn: more than the nearest caches hold`,
);
console.log(
  `${median(mapMicros.ten).toFixed(2)} and ${median(mapMicros.thousand).toFixed(2)} µs, ` +
    `${(median(mapMicros.thousand) / median(mapMicros.ten)).toFixed(2)} ×  for comparison: a look-up in a Map of ${MANY} paths, of which 10 and 1,000 are used`,
);
console.log(
  `${(many.milliseconds / 1000).toFixed(2)} s  loading and checking the ${MANY} routes, of which the YAML library alone ${(many.parseMs / 1000).toFixed(2)} s in the same run`,
);
console.log(`${(compileMs / 1000).toFixed(2)} s  compiling them for one thread`);
console.log(
  `${median(parseMicros).toFixed(2)} µs  JSON.parse of ${body.length} bytes on this machine, in the same run`,
);
