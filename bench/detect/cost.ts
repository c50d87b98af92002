import { CLEAN_UNITS_MAX } from '../../src/detect/clean-texts.ts';
import type { Leaf } from '../../src/detect/leaf.ts';
import { loadModel } from '../../src/detect/load-model.ts';
import { ValueScorer } from '../../src/detect/scorer.ts';
import { benignRequests, DATA, dataIsThere } from '../../training/datasets.ts';

/** What scoring costs: recorded benign calls, long texts of the dearest kinds, and whether cost grows with length alone. */
const short = process.argv.includes('--short');
const heap = process.memoryUsage();
const scorer = new ValueScorer(loadModel());
const after = process.memoryUsage();
console.log(
  `memory of model and tables: ${((after.heapUsed + after.arrayBuffers - heap.heapUsed - heap.arrayBuffers) / 1e6).toFixed(1)} MB (before a collection)`,
);

const attack: Leaf = { location: 'query', isKey: false, path: 'q', text: "7' or 8=8 -- ", decoded: [] };
if (scorer.scoreValue(attack)?.reaches.default !== true)
  throw new Error('the canary was not seen: nothing is measured');

/** What the work takes of the processor, in microseconds: the thread's own time over so many runs that its coarse clock does. */
function micros(work: () => void): number {
  work();
  let runs = 1;
  for (;;) {
    const cpu = process.threadCpuUsage();
    for (let run = 0; run < runs; run++) work();
    const { user, system } = process.threadCpuUsage(cpu);
    if (user + system >= (short ? 60_000 : 250_000)) return (user + system) / runs;
    runs *= 4;
  }
}

const plain = JSON.stringify('plain text, and more of it. '.repeat(2340));
const canary = (): number => micros(() => void JSON.parse(plain));
console.log(`canary: JSON.parse of 64 KB of text takes ${canary().toFixed(0)} µs; a machine at rest needs 15 to 30`);

if (dataIsThere()) {
  const calls = benignRequests('validation').slice(0, short ? 1500 : undefined);
  const rounds = short ? 5 : 9;
  const times = calls.map(() => new Float64Array(rounds));
  const units = calls.reduce((sum, { leaves }) => sum + leaves.reduce((all, { text }) => all + text.length, 0), 0);
  const cpu = process.threadCpuUsage();
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < calls.length; i++) {
      const leaves = calls[i]?.leaves ?? [];
      const list = times[i];
      if (list === undefined) continue;
      const began = process.hrtime.bigint();
      for (const leaf of leaves) scorer.scoreUntilCertain(leaf);
      list[round] = Number(process.hrtime.bigint() - began) / 1000;
    }
  }
  const used = process.threadCpuUsage(cpu);
  // The least of the rounds is what the call itself costs: in the others, programs had their turn in between.
  const least = Float64Array.from(times, (list) => list.sort()[0] ?? 0).sort();
  const at = (share: number): string => (least[Math.floor(least.length * share)] ?? 0).toFixed(1);
  const mean = (used.user + used.system) / rounds / calls.length;
  console.log(
    `benign call (${calls.length} in recorded order, least of ${rounds} rounds each): median ${at(0.5)} µs, p90 ${at(0.9)}, p95 ${at(0.95)}, p99 ${at(0.99)}, most ${at(0.9999)}; mean ${mean.toFixed(1)} µs of processor time for ${(units / calls.length).toFixed(0)} characters`,
  );
} else console.log(`The corpora are not in ${DATA}: benign calls are not measured.`);

const KINDS: readonly (readonly [string, string])[] = [
  ['letters', 'abcdefgh'],
  ['prose', 'we select a table or the other, and so on. '],
  ['sql', "1' or 1=1 union select a,b from c -- "],
  ['quotes', "'"],
  ['mixed quotes', `'"\``],
  ['tags', '<a b=c>'],
  ['angles', '<'],
  ['percent', '%2527'],
  ['comments opened', '/*'],
  ['comments', "u/**/n''a"],
  ['holes', '${'],
  ['mustaches', '{{a(b)}}'],
  ['shell', ';cat /etc/x|id '],
  ['climbs', '../'],
  ['urls', 'http://127.0.0.1/'],
  ['entities', '&lt;&#60'],
  ['parentheses', '(a=b)'],
  ['line ends', '\r\na: b'],
  ['full width', '\uff1c'],
  ['base64', 'PHNjcmlwdD4x'],
  ['code', 'if (a[i] > b) { return f("x", y) + 1; }\n'],
  ['html', '<p class="x">it is <b>a</b> text</p>\n'],
  ['json', '{"a":"b","c":[1,2]},'],
];
console.log('64 KB of               ms  read to its end  ns a character  against 16 KB  verdict');
for (const [name, unit] of KINDS) {
  const leafOf = (size: number): Leaf => ({
    ...attack,
    text: unit.repeat(Math.ceil(size / unit.length)).slice(0, size),
  });
  const large = leafOf(65_536);
  const once = micros(() => scorer.scoreUntilCertain(large)) / 1000;
  const whole = micros(() => scorer.scoreValue(large)) / 1000;
  // Longer than what is known again when it comes once more.
  const little = leafOf(2 * CLEAN_UNITS_MAX);
  const small = micros(() => scorer.scoreValue(little)) / 1000;
  const reaches = scorer.scoreValue(large)?.reaches;
  const verdict = reaches === undefined ? 'nothing' : reaches.default ? 'refused' : 'near';
  console.log(
    `${name.padEnd(16)} ${once.toFixed(2).padStart(8)} ${whole.toFixed(2).padStart(16)} ${((whole * 1e6) / 65_536).toFixed(1).padStart(15)} ${((whole / 65_536) * (little.text.length / small)).toFixed(2).padStart(13)}   ${verdict}`,
  );
}
console.log(`canary again: ${canary().toFixed(0)} µs`);
