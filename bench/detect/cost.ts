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

if (dataIsThere()) {
  const calls = benignRequests('validation').slice(0, short ? 1500 : undefined);
  const times = new Float64Array(calls.length);
  for (let round = 0; round < (short ? 2 : 5); round++) {
    for (let i = 0; i < calls.length; i++) {
      const began = process.hrtime.bigint();
      for (const leaf of calls[i]?.leaves ?? []) scorer.scoreUntilCertain(leaf);
      times[i] = Number(process.hrtime.bigint() - began) / 1000;
    }
  }
  times.sort();
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
  console.log(
    `benign call: median ${at(0.5)} µs, p90 ${at(0.9)} µs, p99 ${at(0.99)} µs, most ${at(0.9999)} µs (${calls.length} calls, scoring alone)`,
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
];
console.log('64 KB of          ms     ns a character   against 8 KB');
for (const [name, unit] of KINDS) {
  const cost = (size: number): number => {
    const leaf: Leaf = { ...attack, text: unit.repeat(Math.ceil(size / unit.length)).slice(0, size) };
    let best = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 12; run++) {
      const began = process.hrtime.bigint();
      scorer.scoreUntilCertain(leaf);
      best = Math.min(best, Number(process.hrtime.bigint() - began) / 1e6);
    }
    return best;
  };
  const small = cost(8192);
  const large = cost(65_536);
  console.log(
    `${name.padEnd(16)} ${large.toFixed(2).padStart(6)} ${((large * 1e6) / 65_536).toFixed(1).padStart(10)} ${(large / small / 8).toFixed(2).padStart(16)}`,
  );
}
