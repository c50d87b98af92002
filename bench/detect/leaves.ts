/**
 * What it costs to find every value of a call: recorded benign calls read one after the other.
 * `scripts/node bench/detect/leaves.ts [--short]`. Reads ../shared/data and says so where it is absent.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { LeafReader } from '../../src/detect/leaves/read-call.ts';
import { DEFAULT_LEAF_LIMITS } from '../../src/detect/leaves/walk.ts';
import { type RecordedCall, recordedCall } from '../../training/recorded-call.ts';

const FILE = fileURLToPath(new URL('../../../shared/data/detect/benign-requests-dev.jsonl.gz', import.meta.url));
const short = process.argv.includes('--short');

if (!existsSync(FILE)) {
  console.log(`no figures: ${FILE} is absent`);
  process.exit(0);
}
const calls = gunzipSync(readFileSync(FILE))
  .toString('utf8')
  .trim()
  .split('\n')
  .flatMap((line) => recordedCall(Buffer.from((JSON.parse(line) as { raw: string }).raw, 'base64')) ?? []);

const reader = new LeafReader(DEFAULT_LEAF_LIMITS);
let characters = 0;
let canary = 0;
const visitor = {
  visit({ text }: { readonly text: string }): void {
    characters += text.length;
    if (text === 'canary-value') canary++;
  },
};
const counts = new Map<string, number>();
let leaves = 0;
for (const { call, body } of calls) {
  const report = reader.read(call, call.path, [], { kind: 'bytes', bytes: body }, visitor);
  leaves += report.leaves;
  for (const what of report.malformations) count(`malformed:${what}`);
  for (const what of report.oddities) count(`odd:${what}`);
  for (const what of report.limitsMet) count(`limit:${what}`);
}
const charactersOnce = characters;

/** Microseconds of this thread's own time for one run, over as many as the system's clock of threads can tell apart. */
function cpuMicros(work: () => void): number {
  work();
  for (let runs = 1; ; runs *= 4) {
    const began = process.threadCpuUsage();
    for (let run = 0; run < runs; run++) work();
    const { user, system } = process.threadCpuUsage(began);
    if (user + system >= (short ? 60_000 : 250_000)) return (user + system) / runs;
  }
}

const readCall = ({ call, body }: RecordedCall) =>
  reader.read(call, call.path, [], { kind: 'bytes', bytes: body }, visitor);
// Which calls are dear is told by the least of some rounds; what they cost, by the thread's own time over many of that rank.
const ranked = calls.map((call) => ({ call, least: Number.POSITIVE_INFINITY }));
for (let round = 0; round < 5; round++)
  for (const one of ranked) {
    const began = process.hrtime.bigint();
    readCall(one.call);
    one.least = Math.min(one.least, Number(process.hrtime.bigint() - began) / 1000);
  }
ranked.sort((one, other) => one.least - other.least);
/** Per call, over a share of the ranks. */
function band(from: number, to: number): string {
  const some = ranked.slice(Math.floor(ranked.length * from), Math.ceil(ranked.length * to)).map(({ call }) => call);
  return (cpuMicros(() => some.forEach(readCall)) / some.length).toFixed(1);
}
const text = JSON.stringify({ id: 7, name: 'blue shoes', tags: ['new', 'sale'], note: 'x'.repeat(100) });
const canaryMicros = (): string => cpuMicros(() => void JSON.parse(text)).toFixed(2);
const canaryBefore = canaryMicros();
const [first] = calls;
if (first !== undefined)
  reader.read({ ...first.call, query: 'a=canary-value' }, '/', [], { kind: 'bytes', bytes: first.body }, visitor);

function count(what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

console.log(
  `${calls.length} calls, ${leaves} leaves, ${charactersOnce} characters; canary ${canary === 1 ? 'seen' : 'MISSED'}`,
);
console.log(
  `processor time per call: median ${band(0.45, 0.55)} µs (calls of the middle tenth), p90 ${band(0.89, 0.91)} µs, p99 ${band(0.985, 0.995)} µs; mean ${band(0, 1)} µs; worst ${(ranked.at(-1)?.least ?? 0).toFixed(0)} µs`,
);
console.log(
  `next to it: JSON.parse of ${text.length} characters ${canaryBefore} µs before, ${canaryMicros()} µs after`,
);
console.log([...counts].map(([what, calls]) => `${what} ${calls}`).join(', '));

const TYPES: Readonly<Record<string, string>> = {
  JSON: 'application/json',
  braces: 'application/json',
  XML: 'text/xml',
  messages: 'application/x-protobuf',
  'empty fields': 'application/x-protobuf',
  'messages in one another': 'application/x-protobuf',
};

/** Field 1 in field 1, as deep as a length of one octet allows at most. */
function nestedMessage(depth: number): string {
  let message = 'text';
  for (let i = 0; i < depth; i++) message = `\n${String.fromCharCode(message.length)}${message}`;
  return message;
}

// Linear: the same content eight times as large should cost about eight times as much.
for (const [name, make] of [
  [
    'JSON',
    (n: number) => JSON.stringify(Array.from({ length: n }, (_, i) => ({ name: `item ${i}`, note: 'some words' }))),
  ],
  ['form', (n: number) => Array.from({ length: n }, (_, i) => `field${i}=some+words`).join('&')],
  ['ampersands', (n: number) => '&a'.repeat(n * 8)],
  ['braces', (n: number) => `"${'[{'.repeat(n * 8)}`],
  ['XML', (n: number) => `<r>${'<i a="b">x &amp;</i>'.repeat(n)}</r>`],
  ['messages', (n: number) => '\n\x0e\x08\x01\x12\nsome words'.repeat(n)],
  ['empty fields', (n: number) => '\n\0'.repeat(n * 8)],
  ['messages in one another', (n: number) => Array.from({ length: n >> 3 }, () => nestedMessage(60)).join('')],
] as const) {
  const type = TYPES[name] ?? 'application/x-www-form-urlencoded';
  const cost = (n: number): number => {
    const body = Buffer.from(make(n));
    const call = { ...(first as RecordedCall).call, headers: ['content-type', type], query: '' };
    return cpuMicros(() => void reader.read(call, '/', [], { kind: 'bytes', bytes: body }, visitor)) / body.length;
  };
  const [small, large] = [cost(250), cost(2000)];
  console.log(
    `${name}: ${(small * 1000).toFixed(2)} ns a byte, eight times as large ${(large * 1000).toFixed(2)} ns a byte`,
  );
}

// Bounds: however many values a call has, what is read of it is bounded.
for (const [what, headers, body] of [
  [
    '100,000 values of JSON',
    ['content-type', 'application/json'],
    JSON.stringify(Array.from({ length: 100_000 }, (_, i) => `v${i}`)),
  ],
  ['100,000 pairs of a form', ['content-type', 'application/x-www-form-urlencoded'], 'a=b&'.repeat(100_000)],
  ['2,000 cookies in 8 KB', ['cookie', 'a=b;'.repeat(2000)], ''],
] as const) {
  const call = { ...(first?.call as RecordedCall['call']), headers, query: '' };
  const bytes = Buffer.from(body);
  let shown = 0;
  const micros = cpuMicros(() => {
    shown = reader.read(call, '/', [], { kind: 'bytes', bytes }, visitor).leaves;
  });
  console.log(`${what}: ${(micros / 1000).toFixed(2)} ms, ${shown} shown`);
}
