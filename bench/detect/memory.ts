/**
 * Memory of the detector: model, tables of the scorer, and learned parameters of 5,000 endpoints of six parameters each.
 * `scripts/node bench/detect/memory.ts`. Heap and array buffers after collection, the modules' own code included.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { PlacedParameter } from '../../src/detect/parameters/learned-table.ts';

const ENDPOINTS = 5_000;
const PARAMETERS = 6;
const MEGABYTE = 1_048_576;
const BOUND_MEGABYTES = 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function used(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / MEGABYTE;
}

const before = used();
const { loadValueJudge } = await import('../../src/pipeline/value-judge.ts');
const judge = loadValueJudge();
const read = (text: string) =>
  judge.scoreValue({ location: 'json', isKey: false, path: 'body.note', text, decoded: [] });
const found = read("1' UNION SELECT password FROM users--");
const scorer = used() - before;

const { compileLearnedTable, endpointKey, LearnedTable } = await import('../../src/detect/parameters/learned-table.ts');
const { numberOf } = await import('../../src/detect/model.ts');
const { fingerprintOf } = await import('../../src/pipeline/fingerprint.ts');
const hash = fingerprintOf({ hashKeyLo: 1, hashKeyHi: 2 });

/** One in six is a choice of 32 values, one carries markup with 32 usual pieces of evidence; the others are of narrow types. */
function parameterAt(endpoint: number, index: number): PlacedParameter {
  const types = ['integer', 'uuid', 'date', 'identifier', undefined, undefined] as const;
  return {
    endpoint: endpointKey(`route-${endpoint}`, 'POST', `/v1/things-${endpoint}/{id}`),
    path: `body.items[].field-${String.fromCharCode(97 + index)}`,
    learned: {
      type: types[index],
      lengthMax: 40,
      alphabet: 0xff,
      members: index === 4 ? Array.from({ length: 32 }, (_, i) => endpoint * 64 + i + 1) : [],
      evidence: index === 5 ? Array.from({ length: 32 }, () => 'html.text-tags-only') : [],
      forgive: [],
    },
  };
}

const beforeTable = used();
const table = compileLearnedTable(
  Array.from({ length: ENDPOINTS * PARAMETERS }, (_, i) => parameterAt(Math.floor(i / PARAMETERS), i % PARAMETERS)),
  hash,
  numberOf,
);
const shared = table.byteLength / MEGABYTE;
const learned = new LearnedTable(hash, table);
// A canary: everything that was put in is found, and holds what it was told.
let held = 0;
for (let endpoint = 0; endpoint < ENDPOINTS; endpoint++) {
  const { endpoint: key, path } = parameterAt(endpoint, 0);
  if (learned.find(key, path)?.isUnusual('1 or 2') === true && learned.find(key, path)?.isUnusual('12') === false)
    held++;
}
const perThread = Math.max(0, used() - beforeTable);

console.log(
  `canary: an attack is ${found === undefined ? 'missed' : 'found'}; ${held} of ${ENDPOINTS} endpoints hold integers to it`,
);
console.log(
  `per thread: scorer, model and tables ${scorer.toFixed(1)} MB, view of learned parameters ${perThread.toFixed(1)} MB`,
);
console.log(
  `shared by all threads: learned parameters of ${ENDPOINTS} endpoints × ${PARAMETERS} ${shared.toFixed(1)} MB`,
);
const total = scorer + perThread + shared;
console.log(`one thread and what is shared: ${total.toFixed(1)} MB (bound ${BOUND_MEGABYTES} MB)`);
process.exitCode = found !== undefined && held === ENDPOINTS && total <= BOUND_MEGABYTES ? 0 : 1;
